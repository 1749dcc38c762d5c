use crate::wire;

wire! {
/// One time that a program got credentials.
pub struct HandOut {
    /// RFC 3339, UTC.
    pub at: String,
    pub profile: String,
    /// `key`, `session`, `role` or `other`.
    pub kind: String,
    /// Asked of STS just then, and not taken from the cache.
    pub fresh: bool,
    /// The program that asked, then its parents; empty where the system does not tell.
    pub programs: Vec<String>,
    /// The folder that the program was in.
    pub folder: String,
}
}

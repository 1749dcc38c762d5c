use crate::wire;

wire! {
/// A failure as a person reads it. `code` decides what the page offers; the texts are never matched on.
pub struct Failure {
    /// Stable, dotted, lower case: `sts.unknown_key`.
    pub code: String,
    /// What happened, one sentence.
    pub message: String,
    /// Why, one or two sentences; empty when the message says it all.
    pub cause: String,
    /// What to do now; empty when nothing can be done.
    pub hint: String,
}
}

use std::fmt;

use zeroize::Zeroizing;

/// A secret access key, a session token or the like.
///
/// It has no `Display` and no `Serialize`, its `Debug` is redacted, it is compared in constant time (for equal
/// lengths) and wiped when dropped. [`Secret::expose`] is the one way out, so that every exit can be found by name.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The secret itself. Keep the borrow short and never log, print or store it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        let (left, right) = (self.0.as_bytes(), other.0.as_bytes());
        if left.len() != right.len() {
            return false;
        }
        let difference = left.iter().zip(right).fold(0u8, |sum, (a, b)| {
            // The optimizer must not turn this into an early exit.
            std::hint::black_box(sum | (a ^ b))
        });
        difference == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

//! The clipboard, from Rust: the page never needs the right to it.

use std::sync::{Mutex, PoisonError};

use keywell_app::{Code, Problem};

/// Kept open while the window lives: on X11 a copied text is gone with the program that holds it.
#[derive(Default)]
pub struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    /// `sensitive` texts are kept out of clipboard histories where the system has a way to say so.
    pub fn copy(&self, text: &str, sensitive: bool) -> Result<(), Problem> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: arboard::Error| {
            Problem::new(
                Code::Internal,
                "The clipboard can not be used.",
                "Select the text and copy it by hand.",
            )
            .because(error.to_string())
        };
        let clipboard = match held.take() {
            Some(clipboard) => held.insert(clipboard),
            None => held.insert(arboard::Clipboard::new().map_err(failed)?),
        };
        let set = clipboard.set();
        let set = if sensitive {
            exclude_from_history(set)
        } else {
            set
        };
        set.text(text.to_owned()).map_err(failed)
    }
}

#[cfg(target_os = "macos")]
fn exclude_from_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtApple;
    set.exclude_from_history()
}

#[cfg(windows)]
fn exclude_from_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtWindows;
    set.exclude_from_history().exclude_from_cloud()
}

#[cfg(all(unix, not(target_os = "macos")))]
fn exclude_from_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtLinux;
    set.exclude_from_history()
}

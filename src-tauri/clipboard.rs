//! The clipboard, from Rust: the page never needs the right to it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keywell_app::{Code, Problem};
use keywell_vault::Secret;

/// Kept open while the window lives: on X11 a copied text is gone with the program that holds it.
#[derive(Default)]
pub struct Clipboard(Arc<Mutex<Option<arboard::Clipboard>>>);

impl Clipboard {
    pub fn copy(&self, text: &str) -> Result<(), Problem> {
        self.set(text, |set| set)
    }

    /// Keeps the text out of clipboard histories where the system has a way to say so, and takes it off after a time,
    /// unless something else was copied since. Needs a tokio runtime.
    pub fn copy_sensitive(&self, text: &str, clear_after: Option<Duration>) -> Result<(), Problem> {
        self.set(text, exclude_from_history)?;
        if let Some(time) = clear_after {
            let (held, text) = (self.0.clone(), Secret::new(text));
            tokio::spawn(async move {
                tokio::time::sleep(time).await;
                // On X11 another program is asked, which may take its time.
                tokio::task::spawn_blocking(move || clear(&mut lock(&held), text.expose()));
            });
        }
        Ok(())
    }

    fn set(
        &self,
        text: &str,
        mark: fn(arboard::Set<'_>) -> arboard::Set<'_>,
    ) -> Result<(), Problem> {
        let mut held = lock(&self.0);
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
        mark(clipboard.set()).text(text.to_owned()).map_err(failed)
    }
}

fn lock(held: &Mutex<Option<arboard::Clipboard>>) -> MutexGuard<'_, Option<arboard::Clipboard>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn clear(held: &mut Option<arboard::Clipboard>, text: &str) {
    if let Some(clipboard) = held
        && clipboard.get_text().is_ok_and(|now| now == text)
    {
        // What can not be cleared can not be copied over either, and nobody is there to be told.
        let _ = clipboard.clear();
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

//! The files and folders that a person gave this window: dropped on it, picked in a dialog, or seen in the watched
//! Downloads folder. The page may name these and no others, so that a page gone wrong can send nothing else away.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use keywell_app::{Code, Problem};

#[derive(Default)]
pub struct GivenPaths(Mutex<HashSet<PathBuf>>);

impl GivenPaths {
    pub fn add<P: Into<PathBuf>>(&self, paths: impl IntoIterator<Item = P>) {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.extend(paths.into_iter().map(Into::into));
    }

    /// The path as it was given, letter by letter; one that leads to the same file another way was not.
    pub fn take(&self, path: &str) -> Result<PathBuf, Problem> {
        let path = Path::new(path);
        let given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.get(path).cloned().ok_or_else(|| {
            Problem::new(
                Code::PathNotGiven,
                "Nobody gave this window that file or folder.",
                "Drop it on the window, or choose it with the button.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_is_taken_and_no_way_around_it() {
        let given = GivenPaths::default();
        given.add(["/home/ana/photos", "/home/ana/key.csv"]);
        assert_eq!(
            given.take("/home/ana/key.csv").unwrap(),
            Path::new("/home/ana/key.csv")
        );
        for path in [
            "",
            "/",
            "/home/ana",
            "/home/ana/photos/../.ssh/id_ed25519",
            "/home/ana/photos/inner.jpg",
            "key.csv",
            "/HOME/ANA/KEY.CSV",
        ] {
            assert_eq!(
                given.take(path).unwrap_err().code,
                Code::PathNotGiven,
                "{path}"
            );
        }
    }
}

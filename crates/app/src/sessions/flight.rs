//! One call for everybody who wants the same session at the same moment, across processes.
//!
//! Who gets the lock of a session's file asks STS; the others wait for the lock, then find the answer in the cache. The
//! system drops the lock of a process that dies, so that the next one goes on. A failure is left in the lock's file:
//! those who waited for it take it for theirs, instead of each asking again.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{cache, person::Person};
use crate::{
    App, blocking,
    problem::{Code, Problem},
};

/// How often those who wait look whether the one ahead asks a person.
const LOOK: Duration = Duration::from_millis(100);
/// A mark that was left by a process that died is no longer believed after this.
const MARK_LIFE: Duration = Duration::from_secs(60);

/// The right to ask STS for one session. Dropping it lets the next one in.
pub(super) struct Flight {
    lock: File,
    mark: PathBuf,
}

/// A failure as the next in line reads it. No secrets.
#[derive(Serialize, Deserialize)]
struct Failed {
    /// Nanoseconds since 1970.
    at: u128,
    code: String,
    message: String,
    cause: String,
    hint: String,
}

/// Waits until nobody else asks for this session.
///
/// # Errors
/// The failure of the one ahead, when it failed after `arrived`.
pub(super) async fn enter(
    app: &App,
    name: &str,
    arrived: SystemTime,
    person: &Person,
) -> Result<Flight, Problem> {
    cache::make_folder(app)?;
    let folder = app.places.data.join("hand-outs");
    let path = folder.join(format!("{name}.lock"));
    let mark = folder.join(format!("{name}.asking"));
    let locking = blocking({
        let path = path.clone();
        move || lock(&path, arrived)
    });
    tokio::pin!(locking);
    let lock = loop {
        match tokio::time::timeout(LOOK, &mut locking).await {
            Ok(locked) => break locked?,
            Err(_) if is_marked(&mark) => person.is_asked(),
            Err(_) => {}
        }
    };
    let lock = lock.map_err(|error| unusable(&path, &error))??;
    Ok(Flight { lock, mark })
}

fn lock(path: &Path, arrived: SystemTime) -> io::Result<Result<File, Problem>> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)?;
    file.lock()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(match serde_json::from_str::<Failed>(&text) {
        Ok(failed) if failed.at > nanoseconds(arrived) => Err(failed.into_problem()),
        _ => Ok(file),
    })
}

fn nanoseconds(time: SystemTime) -> u128 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos()
}

fn is_marked(mark: &Path) -> bool {
    fs::metadata(mark)
        .and_then(|found| found.modified())
        .is_ok_and(|marked| marked.elapsed().unwrap_or_default() < MARK_LIFE)
}

impl Flight {
    /// Tells those who wait that a person is being asked, until the guard is dropped.
    pub fn mark_asking(&self) -> Asking {
        // Without the mark they give up a little early.
        let _ = File::create(&self.mark);
        Asking(self.mark.clone())
    }

    /// Leaves the outcome for those who wait.
    pub fn land(mut self, outcome: Result<(), &Problem>, now: SystemTime) {
        let text = match outcome {
            Ok(()) => String::new(),
            Err(problem) => serde_json::to_string(&Failed {
                at: nanoseconds(now),
                code: problem.code.as_str().to_owned(),
                message: problem.message.clone(),
                cause: problem.cause.clone(),
                hint: problem.hint.clone(),
            })
            .unwrap_or_default(),
        };
        // Without it each of them asks by itself, which is slower and not wrong.
        let _ = self
            .lock
            .set_len(0)
            .and_then(|()| self.lock.rewind())
            .and_then(|()| self.lock.write_all(text.as_bytes()));
    }
}

pub(super) struct Asking(PathBuf);

impl Drop for Asking {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Failed {
    fn into_problem(self) -> Problem {
        let code = Code::parse(&self.code).unwrap_or(Code::HelperFailed);
        Problem::new(code, self.message, self.hint).because(self.cause)
    }
}

fn unusable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::FilesUnwritable,
        format!("Keywell can not write {}.", path.display()),
        "Check who owns the folder, whether it may be written, and whether the disk is full.",
    )
    .because(error.to_string())
}

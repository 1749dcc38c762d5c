//! Notices that another program wrote the AWS files, or another Keywell its own.

use std::{fs, path::Path, time::Duration, time::SystemTime};

use crate::{App, places::Places};

/// How often the files are looked at. A look is three calls of the system, which cost microseconds also on a share of the
/// network, where no notification would come.
const PAUSE: Duration = Duration::from_millis(500);

/// What tells one state of the files from another without reading them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen([Option<(SystemTime, u64)>; 3]);

impl Seen {
    pub fn now(places: &Places) -> Self {
        let state = |path: &Path| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self([
            state(&places.config_file),
            state(&places.credentials_file),
            state(&places.data.join("index.json")),
        ])
    }
}

/// Waits until the files differ from what was seen; returns what is seen then.
pub async fn changed(app: &App, seen: &Seen) -> Seen {
    loop {
        tokio::time::sleep(PAUSE).await;
        let now = Seen::now(&app.places);
        if now != *seen {
            return now;
        }
    }
}

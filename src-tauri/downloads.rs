//! Watches the Downloads folder, with the person's consent, for the csv that the AWS console gives.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use keywell_app::{CancellationToken, Code, Problem, setup::csv_file};
use keywell_wire::CsvArrival;
use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// Reports each console csv that lands in `folder` until the token is cancelled. Files that were there before are left
/// alone. A browser writes under another name and renames, so any change to a well-named file counts.
pub async fn watch(
    folder: &Path,
    cancel: &CancellationToken,
    on_csv: impl Fn(CsvArrival),
) -> Result<(), Problem> {
    let failed = |error: notify::Error| {
        Problem::new(
            Code::Internal,
            format!("{} can not be watched.", folder.display()),
            "Drop the file on this window instead.",
        )
        .because(error.to_string())
    };
    let (sender, mut changes) = mpsc::unbounded_channel::<PathBuf>();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        for path in event.map(|event| event.paths).unwrap_or_default() {
            // The receiver is gone only when the watch has ended.
            let _ = sender.send(path);
        }
    })
    .map_err(failed)?;
    watcher
        .watch(folder, RecursiveMode::NonRecursive)
        .map_err(failed)?;
    let mut seen = HashSet::new();
    while let Some(Some(path)) = cancel.run_until_cancelled(changes.recv()).await {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        // Only a file that can be read as a whole is reported: a half-written one comes again.
        if csv_file::is_console_name(&name)
            && csv_file::read(&path).is_ok()
            && seen.insert(path.clone())
        {
            on_csv(CsvArrival {
                path: path.display().to_string(),
                file_name: name,
            });
        }
    }
    Ok(())
}

//! Watches transfers until they have ended.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use keywell_app::{CancellationToken, transfers::Transfers};
use keywell_wire::{TransferRow, TransferState};

use crate::output::Output;

const STEP: Duration = Duration::from_millis(100);

/// Waits for these transfers and shows their bytes on a terminal. Cancelling stops them all and waits until they have
/// cleaned up behind them.
pub(super) async fn watch(
    transfers: &Transfers,
    ids: &[String],
    output: Output,
    cancel: &CancellationToken,
) -> Vec<TransferRow> {
    let bar = bar(output);
    let ended = transfers.wait(ids);
    tokio::pin!(ended);
    let mut tick = tokio::time::interval(STEP);
    let mut is_cancelled = false;
    let rows = loop {
        tokio::select! {
            rows = &mut ended => break rows,
            () = cancel.cancelled(), if !is_cancelled => {
                is_cancelled = true;
                transfers.cancel_all();
            }
            _ = tick.tick() => show(&bar, &transfers.rows_of(ids)),
        }
    };
    bar.finish_and_clear();
    rows
}

fn bar(output: Output) -> ProgressBar {
    let bar = if output.json {
        ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
    } else {
        // Drawn on stderr, and only when that is a terminal.
        ProgressBar::new(0)
    };
    if let Ok(style) = ProgressStyle::with_template(
        "{bar:32} {binary_bytes}/{binary_total_bytes}  {binary_bytes_per_sec}  {msg}",
    ) {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, rows: &[TransferRow]) {
    bar.set_length(rows.iter().map(|row| row.bytes_total).sum());
    bar.set_position(rows.iter().map(|row| row.bytes_done).sum());
    let ended = rows
        .iter()
        .filter(|row| {
            !matches!(
                row.state,
                TransferState::Waiting | TransferState::Running | TransferState::Checking
            )
        })
        .count();
    bar.set_message(format!("{ended} of {} files", rows.len()));
}

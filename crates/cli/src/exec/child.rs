//! Running a program so that nobody notices who started it.

use std::{io, process::Command};

use crate::{error::Ended, start::MemoryGuard};

/// Runs the program in the place of this one, where the system can do that.
#[cfg(unix)]
pub(super) async fn become_it(mut command: Command, guard: &MemoryGuard) -> io::Result<Ended> {
    use std::os::unix::process::CommandExt as _;
    // Returns only when it fails.
    Err(guard.lifted(|| command.exec()))
}

#[cfg(not(unix))]
pub(super) async fn become_it(command: Command, guard: &MemoryGuard) -> io::Result<Ended> {
    run(command, guard).await
}

/// Runs the program beside this one, passes on the signals that this one gets, and ends as it does.
#[cfg(unix)]
pub(super) async fn run(command: Command, guard: &MemoryGuard) -> io::Result<Ended> {
    use std::os::unix::process::ExitStatusExt as _;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{SignalKind, signal};

    // A terminal sends Ctrl-C and the like to both; what only this process gets, it passes on.
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut quits = signal(SignalKind::quit())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut hang_ups = signal(SignalKind::hangup())?;
    let mut child = guard.lifted(|| tokio::process::Command::from(command).spawn())?;
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let pass_on = |signal: Signal| {
        if let Some(pid) = pid {
            // It may have ended meanwhile.
            let _ = kill_process(pid, signal);
        }
    };
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = interrupts.recv() => {}
            _ = quits.recv() => {}
            _ = terminations.recv() => pass_on(Signal::TERM),
            _ = hang_ups.recv() => pass_on(Signal::HUP),
        }
    };
    // As shells tell of a program that a signal ended.
    let code = status
        .code()
        .or_else(|| Some(128 + status.signal()?))
        .unwrap_or(1);
    Ok(Ended::Child(u8::try_from(code).unwrap_or(1)))
}

#[cfg(not(unix))]
pub(super) async fn run(command: Command, guard: &MemoryGuard) -> io::Result<Ended> {
    // Ctrl-C goes to the whole console; the program decides what it means.
    let _ignored = tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    let status = guard
        .lifted(|| tokio::process::Command::from(command).spawn())?
        .wait()
        .await?;
    Ok(Ended::Child(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    ))
}

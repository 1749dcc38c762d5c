//! Gives back what only the start needed.

use std::time::Duration;

/// What a start does in the background is over then.
const SETTLED: Duration = Duration::from_secs(15);

/// A start runs through half of the program, and most of that is not run again soon. Once it is over, the program's code leaves
/// this process; it stays in the system's file cache, from where what is run comes back page by page.
pub async fn give_back_after_start() {
    tokio::time::sleep(SETTLED).await;
    // A debugger writes its marks into the code, which would be lost.
    if !cfg!(debug_assertions) {
        give_back();
    }
}

#[cfg(target_os = "linux")]
fn give_back() {
    #[expect(
        unsafe_code,
        reason = "the linker's names for where the code begins and ends"
    )]
    unsafe extern "C" {
        static __executable_start: u8;
        static etext: u8;
    }
    let code = (&raw const __executable_start).cast_mut();
    let length = (&raw const etext).addr() - code.addr();
    #[expect(unsafe_code, reason = "there is no safe way to name pages")]
    // SAFETY: these pages are mapped from the program's file, begin with one, and are never written: they read the same when they
    // come back.
    unsafe {
        let page = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).unwrap_or(4096);
        libc::madvise(code.cast(), length - length % page, libc::MADV_DONTNEED);
    }
}

#[cfg(not(target_os = "linux"))]
fn give_back() {}

//! What is done to the process before anything else runs.

/// Takes remote control and core dumps away from builds that people use.
pub fn harden() {
    no_core_dumps();
    if !cfg!(debug_assertions) {
        #[expect(
            unsafe_code,
            reason = "this is the first thing in the process, so no other thread reads the environment"
        )]
        // SAFETY: see above.
        unsafe {
            // Remote control is for tests, which drive debug builds.
            std::env::remove_var("TAURI_WEBVIEW_AUTOMATION");
            std::env::remove_var("WEBKIT_INSPECTOR_SERVER");
            std::env::remove_var("WEBKIT_INSPECTOR_HTTP_SERVER");
        }
    }
    #[cfg(target_os = "linux")]
    draw_without_shaders();
}

/// Lets WebKitGTK draw the page's tiles with the processor; the graphics card still puts them together. The page is text on flat
/// colours, and at each start the card's way had shaders compiled for it first.
#[cfg(target_os = "linux")]
fn draw_without_shaders() {
    const CPU_RENDERING: &str = "WEBKIT_SKIA_ENABLE_CPU_RENDERING";
    if std::env::var_os(CPU_RENDERING).is_none() {
        #[expect(unsafe_code, reason = "no other thread runs yet, as in `harden`")]
        // SAFETY: see above.
        unsafe {
            std::env::set_var(CPU_RENDERING, "1");
        }
    }
}

#[cfg(unix)]
fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // A dump would hold secrets that are in use. The hard limit stays for the programs that are started from here; where
    // the soft one can not be set, the system allows no dumps anyway.
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            ..getrlimit(Resource::Core)
        },
    );
}

#[cfg(not(unix))]
fn no_core_dumps() {}

// Included by the build scripts of programs whose start is measured.

/// Puts the functions that a start runs next to one another, in the order of the file that `cargo xtask order` writes:
/// the system reads a program in pieces of 64 KiB, and what a start needs would lie in most of them. What the file does
/// not name comes after; what it names and is no more is left out without a word.
fn link_in_start_order(file: &std::path::Path) {
    println!("cargo:rerun-if-changed={}", file.display());
    println!("cargo:rerun-if-env-changed=KEYWELL_LINK_MAP");
    let is = |name: &str, value: &str| std::env::var(name).as_deref() == Ok(value);
    // There the toolchain's own linker is LLVM's, which knows these options.
    let links_with_lld = is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_ENV", "gnu");
    if !links_with_lld || !is("PROFILE", "release") {
        return;
    }
    let argument = |argument: &str| println!("cargo:rustc-link-arg-bins=-Wl,{argument}");
    if file.exists() {
        let file = std::path::absolute(file).expect("the build has a folder");
        argument(&format!("--symbol-ordering-file={}", file.display()));
        argument("--no-warn-symbol-ordering");
    }
    if let Ok(map) = std::env::var("KEYWELL_LINK_MAP") {
        argument(&format!("-Map={map}"));
        argument("--no-demangle");
    }
}

//! Tells tauri-build where the capabilities and permissions are, and makes sure that a page is there to embed.

use std::{env, fs, path::Path};

include!("../xtask/order/link.rs");

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    println!("cargo:rerun-if-changed=ui/dist");
    ensure_page(Path::new("ui/dist/index.html"));
    link_in_start_order(Path::new("src-tauri/start-order.txt"));
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .windows_attributes(
            tauri_build::WindowsAttributes::new().window_icon_path("src-tauri/icons/icon.ico"),
        )
        .app_manifest(
            tauri_build::AppManifest::new()
                .permissions_path_pattern("./src-tauri/permissions/**/*"),
        );
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("{error:#}")
    }
}

/// Checks and tests compile without a built page; what people get does not.
fn ensure_page(index: &Path) {
    if index.exists() {
        return;
    }
    assert!(
        env::var("PROFILE").as_deref() != Ok("release"),
        "ui/dist is empty: build the page first (npm run build in ui/)"
    );
    fs::create_dir_all("ui/dist").expect("ui/dist can be made");
    fs::write(
        index,
        "<!doctype html><title>Keywell</title><p>Build the page first: npm run build in ui/</p>\n",
    )
    .expect("the page can be written");
}

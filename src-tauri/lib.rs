//! The shell: a window, the page in it, and the commands that the page may call. What a command does is in
//! `crates/app`; what may be called from where is in `permissions/` and `capabilities/`.

mod arguments;
mod ask;
mod clipboard;
mod commands;
mod downloads;
mod environment;
mod given;
mod instance;
mod menu;
mod notices;
mod page;
mod passphrase;
mod practice;
mod reveal;
mod shell;
#[cfg(debug_assertions)]
mod simulated_drop;
mod start;
mod tray;

use arguments::Arguments;
use shell::Shell;
use start::Start;
use tauri::{
    AppHandle, DragDropEvent, Manager, RunEvent, WebviewWindowBuilder, WindowEvent,
    webview::PageLoadEvent,
};
use tauri_plugin_window_state::StateFlags;

/// Opens the window and runs until it is closed.
pub fn run() {
    let begun = Start::begin();
    environment::harden();
    let arguments = Arguments::of(std::env::args_os().filter_map(|one| one.into_string().ok()));
    if arguments.ask {
        return ask::run();
    }
    let shell = Shell::new(begun.measured_as(&arguments));
    shell.start.ask_keychain(&shell.app);
    let mut builder = tauri::Builder::default();
    // Measured starts follow each other closely, and each is a start of its own.
    if !arguments.measure_start
        && let Some(plugin) = instance::plugin(&shell.app)
    {
        builder = builder.plugin(plugin);
    }
    builder
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(
                    StateFlags::SIZE
                        | StateFlags::POSITION
                        | StateFlags::MAXIMIZED
                        | StateFlags::FULLSCREEN,
                )
                .with_denylist(&reveal::LABELS)
                .build(),
        )
        .register_uri_scheme_protocol(reveal::SCHEME, |context, request| {
            reveal::answer(&context, &request)
        })
        .invoke_handler(tauri::generate_handler![
            commands::system::overview,
            commands::system::regions,
            commands::system::task_cancel,
            commands::system::undo,
            commands::system::history_list,
            commands::system::history_show,
            commands::system::clipboard_copy,
            commands::system::console_open,
            commands::system::downloads_watch,
            commands::system::page_shown,
            commands::system::requests_watch,
            commands::settings::settings_show,
            commands::settings::settings_save,
            commands::settings::diagnostics_preview,
            commands::settings::diagnostics_save,
            commands::vault::vault_stores,
            commands::vault::vault_unlock,
            commands::vault::vault_create,
            commands::vault::vault_stay_locked,
            commands::vault::vault_lock,
            commands::vault::vault_move,
            commands::vault::backup_save,
            commands::vault::backup_pick,
            commands::vault::backup_open,
            commands::vault::backup_restore,
            commands::vault::backup_forget,
            commands::system::practice_start,
            commands::system::practice_stop,
            commands::setup::csv_pick,
            commands::setup::setup_from_csv,
            commands::setup::setup_from_paste,
            commands::setup::setup_from_profile,
            commands::setup::setup_preview,
            commands::setup::setup_run,
            commands::setup::setup_forget,
            commands::setup::csv_delete,
            commands::profile::profile_show,
            commands::profile::profile_use,
            commands::profile::profile_mark,
            commands::profile::profile_test,
            commands::profile::profile_fields,
            commands::profile::profile_preview,
            commands::profile::profile_save,
            commands::profile::profile_text_preview,
            commands::profile::profile_text_save,
            commands::profile::profile_group,
            commands::profile::profiles_watch,
            commands::profile::profile_copy,
            commands::profile::profile_rename,
            commands::profile::profile_remove,
            commands::portable::profile_export,
            commands::portable::profile_import_pick,
            commands::portable::profile_import_preview,
            commands::portable::profile_import,
            commands::section::section_list,
            commands::section::section_preview,
            commands::section::section_change,
            commands::hand_out::hand_out_choices,
            commands::hand_out::hand_out_choose,
            commands::hand_out::hand_out_list,
            commands::doctor::doctor_run,
            commands::doctor::doctor_fix,
            commands::migration::migration_list,
            commands::migration::migration_pick,
            commands::migration::migration_run,
            commands::migration::migration_undo,
            commands::migration::migration_final,
            commands::files::files_problems,
            commands::files::files_repair,
            commands::user::user_list,
            commands::user::user_list_all,
            commands::user::user_glance,
            commands::user::user_show,
            commands::user::user_create,
            commands::user::user_delete,
            commands::account::key_list,
            commands::account::key_create,
            commands::account::key_set_status,
            commands::account::key_delete,
            commands::unfinished::key_unfinished,
            commands::unfinished::key_finish,
            commands::unfinished::key_discard,
            commands::unfinished::key_release,
            commands::unfinished::key_reveal,
            commands::unfinished::key_copy,
            commands::unfinished::key_save,
            commands::account::rotation_list,
            commands::account::key_rotate,
            commands::account::key_rotate_back,
            commands::account::key_rotate_many,
            commands::account::rotation_due,
            commands::key_health::key_health,
            commands::key_health::key_health_rows,
            commands::key_health::key_health_save,
            commands::access::access_preview,
            commands::access::access_grant,
            commands::access::access_list,
            commands::access::access_revoke,
            commands::mfa::mfa_list,
            commands::mfa::mfa_create,
            commands::mfa::mfa_show,
            commands::mfa::mfa_enable,
            commands::mfa::mfa_cancel,
            commands::bucket::bucket_list,
            commands::bucket::bucket_check_name,
            commands::bucket::bucket_create,
            commands::bucket::bucket_delete,
            commands::bucket::object_list,
            commands::bucket::object_delete,
            commands::bucket::object_presign,
            commands::transfer::upload,
            commands::transfer::download,
            commands::transfer::transfers_watch,
            commands::transfer::transfer_cancel,
            commands::transfer::transfers_clear,
        ])
        .menu(menu::build)
        .on_menu_event(|app, event| menu::chosen(app, &event))
        .on_window_event(|window, event| {
            if let WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) = event {
                window.state::<Shell>().given.add(paths);
            }
        })
        .setup(move |app| {
            shell.start.passed("set up");
            app.manage(shell);
            let handle = app.handle().clone();
            if let Some(link) = arguments.link {
                page::follow_link(&handle, &link);
            }
            open_window(app)?;
            handle.state::<Shell>().start.passed("window");
            // A practice account that was used before serves again, so that its profile goes on working.
            tauri::async_runtime::spawn(
                async move { handle.state::<Shell>().practice.resume().await },
            );
            Ok(())
        })
        .build(context())
        .expect("the window system of this machine can be used")
        .run(|app, event| {
            #[cfg(target_os = "macos")]
            if let RunEvent::Opened { urls } = &event {
                page::show_window(app);
                for url in urls.iter().filter(|url| url.scheme() == "keywell") {
                    page::follow_link(app, url.as_str());
                }
            }
            // The last window was closed: what is on its way is cleaned up first. The second request, with a code, ends.
            if let RunEvent::ExitRequested {
                api, code: None, ..
            } = event
            {
                api.prevent_exit();
                close(app.clone());
            }
        });
}

/// The page and the configuration, which the program holds once.
fn context() -> tauri::Context {
    tauri::generate_context!()
}

fn close(app: AppHandle) {
    // A start while this one ends is a new one.
    tauri_plugin_single_instance::destroy(&app);
    tauri::async_runtime::spawn(async move {
        app.state::<Shell>().close().await;
        app.exit(0);
    });
}

fn open_window(app: &tauri::App) -> tauri::Result<()> {
    let config = app
        .config()
        .app
        .windows
        .first()
        .expect("tauri.conf.json names the window");
    WebviewWindowBuilder::from_config(app.handle(), config)?
        .on_navigation(is_own_page)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Started {
                window.state::<Shell>().page.close();
            }
        })
        .build()?;
    Ok(())
}

/// A page is a document of this program; nothing else is ever shown in a window.
fn is_own_page(url: &tauri::Url) -> bool {
    url.scheme() == "tauri"
        || (matches!(url.scheme(), "http" | "https") && url.host_str() == Some("tauri.localhost"))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    fn declared() -> BTreeSet<String> {
        keywell_wire::COMMANDS
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn every_command_of_the_wire_is_registered_and_no_other() {
        let registered: BTreeSet<String> = include_str!("lib.rs")
            .lines()
            .chain(include_str!("ask.rs").lines())
            .filter_map(|line| line.trim().strip_prefix("commands::")?.strip_suffix(','))
            .filter_map(|path| path.rsplit("::").next().map(str::to_owned))
            .collect();
        assert_eq!(registered, declared());
    }

    #[test]
    fn every_command_is_allowed_by_exactly_one_permission_that_its_window_has() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri");
        let mut allowed = Vec::new();
        for window in ["main", "ask"] {
            let permissions =
                fs::read_to_string(folder.join(format!("permissions/{window}.toml"))).unwrap();
            let capability =
                fs::read_to_string(folder.join(format!("capabilities/{window}.json"))).unwrap();
            let lines = permissions.lines();
            let listed = lines.clone().filter(|line| {
                line.trim_start().starts_with('"') || line.starts_with("commands.allow")
            });
            allowed.extend(listed.flat_map(|line| {
                let names = line.split('"').skip(1).step_by(2);
                names.map(str::to_owned).collect::<Vec<_>>()
            }));
            for identifier in lines.filter_map(|line| line.strip_prefix("identifier = ")) {
                assert!(
                    capability.contains(identifier),
                    "{identifier} is not in the capability of the window {window}"
                );
            }
        }
        let unique: BTreeSet<String> = allowed.iter().cloned().collect();
        assert_eq!(
            unique.len(),
            allowed.len(),
            "a command is in two permissions"
        );
        assert_eq!(unique, declared());
    }
}

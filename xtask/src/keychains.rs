//! The keychain's test of crates/vault in each state that a keychain can be in; with an open one it is part of the other tests.

use crate::phases::Phases;
use crate::session::{Keychain, Session};
use crate::system::Group;
use crate::{paths, process, system, verify};

/// Tells crates/vault what the session's keychain is; see `crates/vault/tests/vault/system.rs`.
pub const VARIABLE: &str = "KEYWELL_TEST_KEYCHAIN";

const ONLY_IT: [&str; 6] = [
    "test",
    "--workspace",
    "--test",
    "vault",
    "--",
    "system::the_system_store",
];

struct State {
    /// What [`VARIABLE`] says.
    word: &'static str,
    keychain: Keychain,
    /// With a display, a locked keyring asks a person, who never answers here.
    display: bool,
}

const fn state(word: &'static str, keychain: Keychain, display: bool) -> State {
    State {
        word,
        keychain,
        display,
    }
}

/// Each row is one home: the first state leaves a keyring in it that the next ones find.
const HOMES: [&[State]; 3] = [
    &[
        state("prepare", Keychain::Unlocked, false),
        state("locked", Keychain::AsFound, false),
        state("hangs", Keychain::AsFound, true),
    ],
    &[state("no-keyring", Keychain::AsFound, false)],
    &[state("no-provider", Keychain::Absent, false)],
];

/// On Debian KWallet brings some eighty packages with it, 120 MB, so it is no part of `cargo xtask test`.
const KWALLET: State = state("1", Keychain::KWallet, false);

/// `cargo xtask keychains`.
///
/// # Errors
/// A sentence that names the states in which the test failed.
pub fn run() -> Result<(), String> {
    let mut phases = Phases::default();
    let ready = phases.run("system packages", || {
        system::install(&[Group::Build, Group::Keyring, Group::Test, Group::KWallet])
    });
    if ready {
        test(&mut phases);
        in_state(&mut phases, "keychain: KWallet", &Session::new(), &KWALLET);
    }
    phases.finish()
}

pub fn test(phases: &mut Phases) {
    phases.tests("keychain: no bus", || {
        let mut command = verify::cargo(&ONLY_IT);
        command.env_remove(VARIABLE);
        Ok(command)
    });
    for states in HOMES {
        let session = Session::new();
        for state in states {
            in_state(
                phases,
                &format!("keychain: {}", state.word),
                &session,
                state,
            );
        }
    }
}

fn in_state(phases: &mut Phases, name: &str, session: &Result<Session, String>, state: &State) {
    phases.tests(name, || {
        let session = session.as_ref().map_err(Clone::clone)?;
        let mut command = session.command(
            state.display,
            state.keychain,
            process::cargo().get_program(),
        )?;
        command
            .current_dir(paths::root())
            .args(ONLY_IT)
            .env(VARIABLE, state.word);
        Ok(command)
    });
}

use std::time::Duration;

use keywell_wire as wire;

use crate::{
    App, blocking, index,
    problem::{Code, Problem},
    profiles,
};

/// What the first paint needs, from files alone. The keychain and the practice account are asked by the caller.
pub fn overview(
    app: &App,
    version: &str,
    vault: wire::VaultStatus,
    practice: wire::PracticeStatus,
) -> wire::Overview {
    let (profiles, problem) = match profiles::list(app) {
        Ok(profiles) => (profiles, None),
        Err(problem) => (Vec::new(), Some(wire::Failure::from(problem))),
    };
    let in_use = index::in_use(&app.places).ok().flatten();
    let profile_in_use = in_use.filter(|name| profiles.iter().any(|row| row.name == *name));
    wire::Overview {
        version: version.to_owned(),
        platform: std::env::consts::OS.to_owned(),
        config_file: app.shown(&app.places.config_file),
        credentials_file: app.shown(&app.places.credentials_file),
        profiles,
        profile_in_use,
        vault,
        practice,
        problem,
    }
}

/// Whether this system has a secret store. Opening it asks the person nothing; one that does not answer within
/// `patience` is told of as such, since the first paint waits for this.
pub async fn vault_status(app: &App, patience: Duration) -> wire::VaultStatus {
    let open = app.open_vault.clone();
    let opened = tokio::time::timeout(
        patience,
        blocking(move || open().map(|vault| vault.label())),
    );
    let problem = match opened.await {
        Ok(Ok(Ok(label))) => {
            return wire::VaultStatus {
                available: true,
                label,
                problem: None,
            };
        }
        Ok(Ok(Err(error))) => Problem::from(error),
        Ok(Err(problem)) => problem,
        Err(_) => Problem::new(
            Code::VaultTimedOut,
            "The keychain does not answer.",
            "See whether another window asks for its password.",
        ),
    };
    wire::VaultStatus {
        available: false,
        label: String::new(),
        problem: Some(problem.into()),
    }
}

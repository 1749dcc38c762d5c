//! What AWS clients get when they run the helper, and how Keywell runs it to prove a profile.
//!
//! The answer's form is "Process credential provider" of the SDK guide: version 1, one JSON object on stdout.

use std::{pin::Pin, process::Stdio, sync::Arc, time::Duration};

use keywell_vault::{ErrorKind, Item, Secret};
use serde::Deserialize;

pub use crate::helper_line::Target;
use crate::{
    App, blocking,
    cloud::AccessKeyPair,
    index::{self, Entry},
    problem::{Code, Problem},
    profiles,
    vault::is_of_one_item,
};

/// How long the helper may take when Keywell proves a profile with it.
pub(crate) const PROOF_LIMIT: Duration = Duration::from_secs(20);

/// Runs a `credential_process` line and returns what it printed.
pub type RunHelper = Arc<
    dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<Secret, Problem>> + Send>> + Send + Sync,
>;

/// The JSON object for a profile, newline included. It holds the secret: its one use is stdout of the helper.
pub async fn credential_json(app: &App, target: &Target) -> Result<Secret, Problem> {
    let profile = match target {
        Target::Profile(profile) => profile.clone(),
        Target::Id(id) => match index::profile_of_id(&app.places, id)? {
            Some(profile) => profile,
            None => profile_with_line(app, target)?.ok_or_else(|| profiles::secret_missing(id))?,
        },
    };
    let pair = match index::entry(&app.places, &profile)?.and_then(|entry| entry.key_id) {
        Some(key_id) => profiles::pair_from_vault(app, &profile, &key_id).await?,
        // An item without a line is a key that was kept when its profile was removed.
        None if profile_with_line(app, target)?.is_none() => {
            return Err(profiles::secret_missing(&profile));
        }
        None => find_again(app, &profile).await?,
    };
    let mut answer = serde_json::json!({
        "Version": 1,
        "AccessKeyId": pair.key_id,
        "SecretAccessKey": pair.secret.expose(),
    });
    if let Some(token) = &pair.session_token {
        answer["SessionToken"] = token.expose().into();
    }
    Ok(Secret::new(format!("{answer}\n")))
}

/// The profile whose line in the config file names this target.
fn profile_with_line(app: &App, target: &Target) -> Result<Option<String>, Problem> {
    let files = profiles::read_files(app)?;
    Ok(profiles::names(&files)
        .into_iter()
        .find(|profile| profiles::line_target(&files, profile).as_ref() == Some(target)))
}

/// The index can be rebuilt: each item says which profile of which config file it belongs to, and the profile's line
/// which id stands for it.
pub(crate) async fn find_again(app: &App, profile: &str) -> Result<AccessKeyPair, Problem> {
    let open = app.open_vault.clone();
    let config_file = app.places.config_file.to_string_lossy().into_owned();
    let wanted = profile.to_owned();
    let found = blocking(move || {
        let vault = open()?;
        let mut newest: Option<Item> = None;
        for key_id in vault.list()? {
            match vault.get(&key_id) {
                Ok(item) if item.profile == wanted && item.config_file == config_file => {
                    if newest
                        .as_ref()
                        .is_none_or(|known| known.created < item.created)
                    {
                        newest = Some(item);
                    }
                }
                Ok(_) => {}
                // Another item that can not be read is not this profile's trouble.
                Err(error) if is_of_one_item(error.kind) || error.kind == ErrorKind::NoEntry => {}
                Err(error) => return Err(error),
            }
        }
        Ok(newest)
    })
    .await??;
    let item = found.ok_or_else(|| profiles::secret_missing(profile))?;
    let line_id = match profiles::line_target(&profiles::read_files(app)?, profile) {
        Some(Target::Id(id)) => Some(id),
        _ => None,
    };
    let remembered = index::change(&app.places, |view| {
        let known = view.entries.remove(profile).unwrap_or_default();
        let entry = Entry {
            key_id: Some(item.key_id.clone()),
            key_stored: Some(item.created),
            opaque_id: known.opaque_id.or(line_id),
            tested: known.tested,
            production: known.production,
            group: known.group,
        };
        view.set(profile, Some(entry));
    });
    if let Err(problem) = remembered {
        // The key is at hand; finding it takes longer next time, and nothing else is lost.
        tracing::warn!(
            code = problem.code.as_str(),
            "the index could not be written"
        );
    }
    Ok(AccessKeyPair {
        key_id: item.key_id,
        secret: item.secret,
        session_token: item.session_token,
    })
}

/// Runs the line as clients do: split into words, no shell, no terminal.
pub fn run_helper() -> RunHelper {
    Arc::new(|line| Box::pin(async move { run_line(&line).await }))
}

async fn run_line(line: &str) -> Result<Secret, Problem> {
    let failed = |cause: String| {
        Problem::new(
            Code::HelperFailed,
            "The helper that AWS clients call did not answer.",
            "Check that the keywell program is where the profile says.",
        )
        .because(cause)
    };
    let mut words = split(line).into_iter();
    let program = words
        .next()
        .ok_or_else(|| failed("The line is empty.".into()))?;
    let mut command = tokio::process::Command::new(program);
    command
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(windows)]
    command.creation_flags(0x0800_0000); // CREATE_NO_WINDOW
    let output = tokio::time::timeout(PROOF_LIMIT, command.output())
        .await
        .map_err(|_| {
            failed(format!(
                "It took longer than {} seconds.",
                PROOF_LIMIT.as_secs()
            ))
        })?
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        // The helper's stderr is free of secrets by its own rule.
        return Err(Problem::new(
            Code::HelperFailed,
            "The helper that AWS clients call handed no key out.",
            "Mend what it says, or set the profile up again.",
        )
        .because(String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout)
        .map(Secret::new)
        .map_err(|_| failed("It printed something that is not text.".into()))
}

/// Words between blanks, double quotes kept together: the part of the clients' rules that they all share.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// Reads what a helper printed.
pub(crate) fn read_answer(text: &Secret) -> Result<AccessKeyPair, Problem> {
    let wrong = |cause: &str| {
        Problem::new(
            Code::HelperFailed,
            "The helper that AWS clients call printed something else than credentials.",
            "Check which program the profile names.",
        )
        .because(cause)
    };
    let answer: Answer = serde_json::from_str(text.expose())
        .map_err(|_| wrong("It is not the JSON that AWS asks for."))?;
    if answer.version != 1 {
        return Err(wrong("It is not version 1."));
    }
    Ok(AccessKeyPair {
        key_id: answer.access_key_id,
        secret: Secret::new(answer.secret_access_key),
        session_token: answer.session_token.map(Secret::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_every_client_splits_it() {
        assert_eq!(
            split("/usr/bin/keywell credential-process --profile a"),
            ["/usr/bin/keywell", "credential-process", "--profile", "a"]
        );
        assert_eq!(
            split("\"/opt/key well/keywell\"  credential-process"),
            ["/opt/key well/keywell", "credential-process"]
        );
        assert!(split("  ").is_empty());
    }

    #[test]
    fn what_is_not_credentials_is_refused_without_being_shown() {
        for text in [
            "",
            "{}",
            r#"{"Version":2,"AccessKeyId":"A","SecretAccessKey":"hidden"}"#,
            "hidden",
        ] {
            let problem = read_answer(&Secret::new(text)).unwrap_err();
            assert_eq!(problem.code, Code::HelperFailed);
            assert!(!format!("{problem:?}").contains("hidden"));
        }
    }
}

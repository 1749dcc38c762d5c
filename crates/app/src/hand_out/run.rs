//! Runs the helper as AWS clients do, and reads what it prints.

use std::{pin::Pin, process::Stdio, sync::Arc, time::Duration};

use keywell_vault::Secret;
use serde::Deserialize;

use crate::{
    cloud::AccessKeyPair,
    problem::{Code, Problem},
};

/// How long the helper may take when Keywell proves a profile with it: a person may have to type a code. Without one it
/// ends by itself far earlier.
pub(crate) const PROOF_LIMIT: Duration = Duration::from_secs(65);

/// Runs a `credential_process` line and returns what it printed.
pub type RunHelper = Arc<
    dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<Secret, Problem>> + Send>> + Send + Sync,
>;

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

/// Words between blanks, what is quoted kept together: the part of the clients' rules that they all share. Single quotes
/// are none on Windows.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for character in line.chars() {
        match character {
            '"' | '\'' if quote == Some(character) => quote = None,
            '"' | '\'' if quote.is_none() && (character == '"' || cfg!(unix)) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            ' ' if quote.is_none() => words.extend(word.take()),
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
        #[cfg(unix)]
        assert_eq!(
            split("'/opt/key well/keywell' a\"'b\""),
            ["/opt/key well/keywell", "a'b"]
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

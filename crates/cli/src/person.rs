//! Who is asked for a code or for leave, when a hand-out needs one.

use std::sync::Arc;

use async_trait::async_trait;
use keywell_app::{
    App, Problem,
    ask::AskWindow,
    hand_out::Caller,
    sessions::{Ask, Leave, MfaQuestion, PassphraseQuestion, Person, UseQuestion},
};
use keywell_vault::Secret;

use crate::{error::Stop, output::Output, passphrase, prompt};

/// The person at the terminal, if there is one.
pub(crate) fn person(output: Output, caller: &Caller) -> Person {
    match prompt::may_ask(output) {
        true => Person::who_is_asked_by(Arc::new(Terminal(caller.clone()))),
        false => Person::nobody(),
    }
}

/// The person whom the helper reaches: AWS clients keep its terminal for themselves, so that a window asks.
pub(crate) fn person_of_helper(output: Output, app: &App, caller: &Caller) -> Person {
    if output.json || prompt::has_terminal() {
        return person(output, caller);
    }
    let program = std::env::current_exe().ok();
    match program.and_then(|own| AskWindow::find(&own, &app.variables, caller.clone())) {
        Some(window) => Person::who_is_asked_by(Arc::new(window)),
        None => Person::nobody(),
    }
}

struct Terminal(Caller);

#[async_trait]
impl Ask for Terminal {
    async fn code(&self, question: &MfaQuestion) -> Result<Secret, Problem> {
        let question = question.clone();
        answered(move || {
            let MfaQuestion { profile, again, .. } = &question;
            let device = question.device();
            let again = if *again {
                "AWS refused this code. Wait for the next one. "
            } else {
                ""
            };
            let text = format!("{again}MFA code of {device} for the profile {profile}:");
            let code = prompt::ask(&text)?.ok_or_else(Stop::cancelled)?;
            Ok(Secret::new(code))
        })
        .await
    }

    async fn passphrase(&self, question: &PassphraseQuestion) -> Result<Secret, Problem> {
        let question = question.clone();
        answered(move || {
            if question.again {
                prompt::tell("It does not open with that passphrase.")?;
            }
            passphrase::typed_for(&question.file)
        })
        .await
    }

    async fn leave(&self, question: &UseQuestion) -> Result<Leave, Problem> {
        let (question, caller) = (question.clone(), self.0.clone());
        answered(move || {
            prompt::tell(&wish(&question, &caller))?;
            let choices = [
                ("Only this time", Leave::Once),
                ("For an hour", Leave::ForAnHour),
                ("Always", Leave::Always),
                ("No", Leave::Refused),
            ];
            let words = choices.map(|(words, _)| words.to_owned());
            let chosen = prompt::choose("Allow it?", &words)?;
            Ok(choices[chosen].1)
        })
        .await
    }
}

fn wish(UseQuestion { profile, account }: &UseQuestion, caller: &Caller) -> String {
    let account = match account {
        Some(account) => format!(" (account {account})"),
        None => String::new(),
    };
    let program = match caller.program() {
        "" => "A program that the system does not name",
        named => named,
    };
    let mut text = format!("{program} wants the credentials of the profile {profile}{account}.");
    if let Some((_, parents)) = caller
        .programs
        .split_first()
        .filter(|(_, more)| !more.is_empty())
    {
        text.push_str(&format!("\nStarted by: {}", parents.join(" < ")));
    }
    text.push_str(&format!("\nIn the folder: {}", caller.folder));
    text
}

/// A question keeps its thread for as long as the person thinks.
async fn answered<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, Stop> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(ask).await {
        Ok(Ok(answer)) => Ok(answer),
        _ => Err(Problem::cancelled()),
    }
}

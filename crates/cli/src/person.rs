//! Who is asked for a code, when a hand-out needs one.

use std::sync::Arc;

use keywell_app::{
    Problem,
    sessions::{MfaQuestion, Person},
};
use keywell_vault::Secret;

use crate::{output::Output, prompt};

/// The person at the terminal, if there is one.
pub(crate) fn person(output: Output) -> Person {
    if !prompt::may_ask(output) {
        return Person::nobody();
    }
    Person::who_is_asked_by(Arc::new(|question| {
        Box::pin(async move {
            // A question keeps its thread for as long as the person thinks.
            tokio::task::spawn_blocking(move || ask(&question))
                .await
                .unwrap_or_else(|_| Err(Problem::cancelled()))
        })
    }))
}

fn ask(question: &MfaQuestion) -> Result<Secret, Problem> {
    let MfaQuestion { profile, again, .. } = question;
    let device = question.device();
    let again = if *again {
        "AWS refused this code. Wait for the next one. "
    } else {
        ""
    };
    let text = format!("{again}MFA code of {device} for the profile {profile}:");
    match prompt::ask(&text) {
        Ok(Some(code)) => Ok(Secret::new(code)),
        _ => Err(Problem::cancelled()),
    }
}

//! Questions to a person. They go to stderr, so that stdout holds only results, and are asked only on a terminal.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use keywell_vault::Secret;

use crate::{error::Stop, interrupt::while_asking, output::Output};

/// The longest secret or token that is read from stdin, in bytes; AWS's tokens stay below 4 KiB.
const LONGEST: u64 = 64 * 1024;

pub(crate) fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Nothing asks without a terminal or with `--json`.
pub(crate) fn may_ask(output: Output) -> bool {
    !output.json && has_terminal()
}

/// Asks for a line. `None` when the person only pressed Enter.
pub(crate) fn ask(question: &str) -> Result<Option<String>, Stop> {
    while_asking(|| {
        let mut stderr = anstream::stderr();
        write!(stderr, "{question} ")?;
        stderr.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Err(Stop::cancelled());
        }
        let line = line.trim();
        Ok((!line.is_empty()).then(|| line.to_owned()))
    })
}

/// Asks for a line, with an answer for Enter.
pub(crate) fn ask_with_default(question: &str, default: &str) -> Result<String, Stop> {
    Ok(ask(&format!("{question} [{default}]:"))?.unwrap_or_else(|| default.to_owned()))
}

/// Asks yes or no; Enter is no.
pub(crate) fn confirm(question: &str) -> Result<bool, Stop> {
    let answer = ask(&format!("{question} [y/N]"))?.unwrap_or_default();
    Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks for a word to be typed; true when it was.
pub(crate) fn confirm_typed(question: &str, word: &str) -> Result<bool, Stop> {
    Ok(ask(question)?.as_deref() == Some(word))
}

/// Asks for one of several, by number; returns its index.
pub(crate) fn choose(question: &str, choices: &[String]) -> Result<usize, Stop> {
    let mut stderr = anstream::stderr();
    for (number, choice) in (1..).zip(choices) {
        writeln!(stderr, "  {number}  {}", crate::output::escaped(choice))?;
    }
    loop {
        let answer = ask(&format!("{question} [1-{}]:", choices.len()))?.unwrap_or_default();
        match answer.parse::<usize>() {
            Ok(number) if (1..=choices.len()).contains(&number) => return Ok(number - 1),
            _ => writeln!(stderr, "Type a number from 1 to {}.", choices.len())?,
        }
    }
}

/// A secret typed without being shown.
pub(crate) fn hidden(question: &str) -> Result<Secret, Stop> {
    let text = while_asking(|| rpassword::prompt_password(format!("{question} ")))?;
    Ok(Secret::new(text))
}

/// The secret from stdin's first line, and the session token from its second.
pub(crate) fn secret_from_stdin() -> Result<(Secret, Option<Secret>), Stop> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(LONGEST).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes)
        .map(Secret::new)
        .map_err(|_| Stop::usage("What came on stdin is not text.", SECRET_HINT))?;
    let mut lines = text.expose().lines();
    let secret = lines
        .next()
        .filter(|line| !line.is_empty())
        .ok_or_else(|| Stop::usage("There is no secret on stdin.", SECRET_HINT))?;
    let token = lines.next().filter(|line| !line.is_empty());
    Ok((Secret::new(secret), token.map(Secret::new)))
}

const SECRET_HINT: &str =
    "Write the secret access key to stdin; a session token goes on the second line.";

/// Says something beside a question.
pub(crate) fn tell(text: &str) -> Result<(), Stop> {
    writeln!(anstream::stderr(), "{}", crate::error::shown(text))?;
    Ok(())
}

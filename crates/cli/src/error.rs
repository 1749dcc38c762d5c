//! How a command ends, and how a failure is shown.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};
use clap::error::ErrorKind;
use keywell_app::{Code, Problem};
use keywell_wire::Failure;

use crate::output::{Output, escaped};

const FAILED: u8 = 1;
const REFUSED: u8 = 2;
const PARTLY: u8 = 3;
const CANCELLED: u8 = 130;

/// The end of a command that has said all there is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Done,
    /// The answer is on stdout, and it is no.
    Failed,
    /// The answer is on stdout, and something is left to do.
    Partly,
    /// As a program that was run ended.
    Child(u8),
}

impl Ended {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => FAILED,
            Self::Partly => PARTLY,
            Self::Child(code) => code,
        }
    }
}

/// A failure that is still to be shown.
#[derive(Debug)]
pub(crate) struct Stop {
    pub failure: Failure,
    code: u8,
    /// Nobody reads any more; nothing is shown.
    quiet: bool,
}

impl Stop {
    fn new(failure: Failure, code: u8) -> Self {
        Self {
            failure,
            code,
            quiet: false,
        }
    }

    /// The arguments do not make sense together, or one of them does not make sense here.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        let failure = Failure {
            code: "usage".into(),
            message: message.into(),
            cause: String::new(),
            hint: hint.into(),
        };
        Self::new(failure, REFUSED)
    }

    pub fn cancelled() -> Self {
        Problem::cancelled().into()
    }

    /// Some of the work is done and some is not.
    pub fn partly(failure: Failure) -> Self {
        Self::new(failure, PARTLY)
    }

    pub fn failed(failure: Failure) -> Self {
        Self::new(failure, FAILED)
    }

    /// The same with another exit code.
    pub fn with_code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// Says on stderr what happened, why, and what to do.
    pub fn report(&self, output: Output) -> ExitCode {
        if self.quiet {
            return ExitCode::SUCCESS;
        }
        // There is nowhere left to say that stderr is closed.
        let _ = if output.json {
            write_json(&self.failure)
        } else {
            write_text(&self.failure)
        };
        ExitCode::from(self.code)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        let code = exit_code(problem.code);
        Self::new(problem.into(), code)
    }
}

impl From<io::Error> for Stop {
    /// Of the command's own input and output.
    fn from(error: io::Error) -> Self {
        let failure = Failure {
            code: "terminal.failed".into(),
            message: "Reading from or writing to the terminal failed.".into(),
            cause: error.to_string(),
            hint: String::new(),
        };
        Self {
            quiet: error.kind() == io::ErrorKind::BrokenPipe,
            ..Self::new(failure, FAILED)
        }
    }
}

fn exit_code(code: Code) -> u8 {
    match code {
        Code::Cancelled | Code::TransferCancelled => CANCELLED,
        Code::ProfileName
        | Code::ProfileValue
        | Code::FilesValue
        | Code::RegionForm
        | Code::SettingValue
        | Code::SettingUnknown
        | Code::KeyIdForm
        | Code::KeySecretForm
        | Code::KeyTokenMissing
        | Code::KeyTokenUnexpected
        | Code::KeyDescriptionForm
        | Code::RotationGrace
        | Code::UserName
        | Code::EndpointForm
        | Code::BucketName
        | Code::PresignTooLong
        | Code::MfaSeedForm
        | Code::CsvSeveralKeys => REFUSED,
        _ => FAILED,
    }
}

fn write_json(failure: &Failure) -> io::Result<()> {
    let text = serde_json::to_string(failure)?;
    writeln!(io::stderr(), "{text}")
}

fn write_text(failure: &Failure) -> io::Result<()> {
    let mut stderr = anstream::stderr().lock();
    let red = AnsiColor::Red.on_default().bold();
    let dim = Style::new().dimmed();
    writeln!(stderr, "{red}error:{red:#} {}", shown(&failure.message))?;
    if !failure.cause.is_empty() {
        writeln!(stderr, "{dim}  why:{dim:#} {}", shown(&failure.cause))?;
    }
    if !failure.hint.is_empty() {
        writeln!(stderr, "{dim}   do:{dim:#} {}", shown(&failure.hint))?;
    }
    Ok(())
}

/// Lines below the first stand where the first begins; names in them can not drive the terminal.
pub(crate) fn shown(text: &str) -> String {
    text.lines()
        .map(escaped)
        .collect::<Vec<_>>()
        .join("\n       ")
}

/// Shows what clap has to say. Help and version are answers; everything else is bad usage.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let is_answer = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    // The arguments did not parse, so the option is looked for by hand.
    let wants_json = std::env::args_os()
        .skip(1)
        .take_while(|argument| argument != "--")
        .any(|argument| argument == "--json");
    if is_answer || !wants_json {
        return match error.print() {
            Ok(()) => ExitCode::from(if is_answer { 0 } else { REFUSED }),
            Err(_) => ExitCode::from(FAILED),
        };
    }
    let text = error.render().to_string();
    let text = text.trim().trim_start_matches("error: ");
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    Stop::usage(
        message.split_whitespace().collect::<Vec<_>>().join(" "),
        rest.split_whitespace().collect::<Vec<_>>().join(" "),
    )
    .report(Output::new(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_tell_refused_cancelled_and_failed_apart() {
        let cases = [
            (Code::ProfileName, 2),
            (Code::RegionForm, 2),
            (Code::KeySecretForm, 2),
            (Code::EndpointForm, 2),
            (Code::BucketName, 2),
            (Code::CsvSeveralKeys, 2),
            (Code::RotationGrace, 2),
            (Code::Cancelled, 130),
            (Code::TransferCancelled, 130),
            (Code::ProfileExists, 1),
            (Code::VaultNoService, 1),
            (Code::AccessDenied, 1),
        ];
        for (code, expected) in cases {
            assert_eq!(exit_code(code), expected, "{}", code.as_str());
        }
    }

    #[test]
    fn a_sentence_of_several_lines_is_indented_and_can_not_drive_the_terminal() {
        assert_eq!(
            shown("one\ntwo \u{1b}[31mred"),
            "one\n       two \\x1b[31mred"
        );
    }
}

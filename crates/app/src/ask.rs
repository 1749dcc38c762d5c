//! Asking a person through a small window: what goes over the pipe between the helper and `keywell-desktop --ask`, which
//! the helper starts as its child. The question is one line of JSON on the child's stdin, which stays open for as long as
//! the answer is waited for. The answer is one line on its stdout and goes nowhere else.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use async_trait::async_trait;
use keywell_vault::Secret;
use keywell_wire as wire;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    time::Instant,
};
use zeroize::Zeroizing;

use crate::{
    Variables,
    hand_out::Caller,
    problem::{Code, Problem},
    sessions::{Ask, Leave, MfaQuestion, PassphraseQuestion, UseQuestion, WITH_A_PERSON},
};

/// The argument that makes the desktop program ask, and do nothing else.
pub const ASK: &str = "--ask";
/// The file name of the desktop program. It lies beside `keywell`.
pub(crate) fn window_program() -> String {
    format!("keywell-desktop{}", std::env::consts::EXE_SUFFIX)
}

/// No question and no answer is longer, in bytes.
pub const LONGEST: u64 = 64 * 1024;

/// What a person answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Code(Secret),
    Passphrase(Secret),
    Leave(Leave),
    Cancelled,
}

const WORDS: [(Leave, &str); 4] = [
    (Leave::Once, "once"),
    (Leave::ForAnHour, "hour"),
    (Leave::Always, "always"),
    (Leave::Refused, "refused"),
];

impl Answer {
    /// As it goes over the pipe, newline included.
    pub fn line(&self) -> Secret {
        Secret::new(match self {
            Self::Code(code) => format!("code {}\n", code.expose()),
            Self::Passphrase(passphrase) => format!("passphrase {}\n", passphrase.expose()),
            Self::Leave(leave) => {
                let word = WORDS.iter().find(|(known, _)| known == leave);
                format!("leave {}\n", word.map_or("refused", |(_, word)| word))
            }
            Self::Cancelled => "cancelled\n".to_owned(),
        })
    }

    /// The inverse of [`Answer::line`]; nothing for what is no answer.
    pub fn read(line: &str) -> Option<Self> {
        let line = line.strip_suffix('\n')?;
        match line.split_once(' ') {
            Some(("code", code)) => Some(Self::Code(Secret::new(code))),
            Some(("passphrase", passphrase)) => Some(Self::Passphrase(Secret::new(passphrase))),
            Some(("leave", given)) => WORDS
                .iter()
                .find(|(_, word)| *word == given)
                .map(|(leave, _)| Self::Leave(*leave)),
            None if line == "cancelled" => Some(Self::Cancelled),
            _ => None,
        }
    }
}

impl From<wire::AskAnswer> for Answer {
    fn from(answer: wire::AskAnswer) -> Self {
        match answer {
            wire::AskAnswer::Code { code } => Self::Code(Secret::new(code)),
            wire::AskAnswer::Passphrase { passphrase } => Self::Passphrase(Secret::new(passphrase)),
            wire::AskAnswer::Leave { leave } => Self::Leave(match leave {
                wire::Leave::Once => Leave::Once,
                wire::Leave::ForAnHour => Leave::ForAnHour,
                wire::Leave::Always => Leave::Always,
                wire::Leave::Refused => Leave::Refused,
            }),
            wire::AskAnswer::Cancelled => Self::Cancelled,
        }
    }
}

/// Asks through windows of the desktop program.
pub struct AskWindow {
    program: PathBuf,
    caller: Caller,
    /// The caller's minute; nothing where it waits for as long as there are questions.
    until: Option<Instant>,
}

impl AskWindow {
    /// Nothing where there is no display, or no desktop program beside `helper`. The minute that the person has begins
    /// now.
    pub fn find(helper: &Path, variables: &Variables, caller: Caller) -> Option<Self> {
        let helper = helper.canonicalize().ok()?;
        let program = helper.with_file_name(window_program());
        (has_display(variables) && program.is_file()).then(|| Self {
            program,
            caller,
            until: Some(Instant::now() + WITH_A_PERSON),
        })
    }

    /// For the desktop program's own needs. Each question has a minute of its own.
    pub fn beside_itself(program: PathBuf, variables: &Variables) -> Option<Self> {
        let caller = Caller {
            programs: vec![program.to_string_lossy().into_owned()],
            ..Caller::default()
        };
        has_display(variables).then_some(Self {
            program,
            caller,
            until: None,
        })
    }

    fn question(&self, kind: wire::AskKind, profile: &str) -> wire::AskQuestion {
        let left = self.until.map_or(WITH_A_PERSON, |until| {
            until.saturating_duration_since(Instant::now())
        });
        wire::AskQuestion {
            kind,
            profile: profile.to_owned(),
            account: None,
            device: None,
            file: None,
            again: false,
            programs: self.caller.programs.clone(),
            folder: self.caller.folder.clone(),
            seconds: u32::try_from(left.as_secs()).unwrap_or_default(),
        }
    }

    /// The error is why there is no answer, in words.
    async fn ask(&self, question: &wire::AskQuestion) -> Result<Answer, String> {
        let mut line = serde_json::to_vec(question).map_err(|error| error.to_string())?;
        line.push(b'\n');
        let mut window = Command::new(&self.program)
            .arg(ASK)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What a window system says there is not for the caller of the helper.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| error.to_string())?;
        let (Some(mut questions), Some(answers)) = (window.stdin.take(), window.stdout.take())
        else {
            return Err("It has no pipes.".to_owned());
        };
        // One that is gone already says so by its answer.
        let _ = questions.write_all(&line).await;
        let mut answer = Zeroizing::new(Vec::with_capacity(256));
        answers
            .take(LONGEST)
            .read_to_end(&mut answer)
            .await
            .map_err(|error| error.to_string())?;
        // Until here the window knows by it that somebody waits.
        drop(questions);
        let read = std::str::from_utf8(&answer).ok().and_then(Answer::read);
        match read {
            Some(answer) => Ok(answer),
            None => Err(match tokio::time::timeout(ENDING, window.wait()).await {
                Ok(Ok(status)) => format!("It ended without an answer: {status}."),
                _ => "It gave no answer.".to_owned(),
            }),
        }
    }
}

/// How long a window that has closed its stdout may take to end.
const ENDING: Duration = Duration::from_secs(1);

#[async_trait]
impl Ask for AskWindow {
    async fn code(&self, question: &MfaQuestion) -> Result<Secret, Problem> {
        let asked = wire::AskQuestion {
            account: question.account().map(str::to_owned),
            device: Some(question.device().to_owned()),
            again: question.again,
            ..self.question(wire::AskKind::Code, &question.profile)
        };
        match self.ask(&asked).await {
            Ok(Answer::Code(code)) => Ok(code),
            Ok(Answer::Cancelled) => Err(Problem::cancelled()),
            Ok(_) => Err(no_window(Code::MfaNobody, "It answered something else.")),
            Err(why) => Err(no_window(Code::MfaNobody, &why)),
        }
    }

    async fn passphrase(&self, question: &PassphraseQuestion) -> Result<Secret, Problem> {
        let asked = wire::AskQuestion {
            file: Some(question.file.to_string_lossy().into_owned()),
            again: question.again,
            ..self.question(wire::AskKind::Passphrase, &question.profile)
        };
        let nobody = Code::VaultPassphraseNeeded;
        match self.ask(&asked).await {
            Ok(Answer::Passphrase(passphrase)) => Ok(passphrase),
            Ok(Answer::Cancelled) => Err(Problem::cancelled()),
            Ok(_) => Err(no_window(nobody, "It answered something else.")),
            Err(why) => Err(no_window(nobody, &why)),
        }
    }

    async fn leave(&self, question: &UseQuestion) -> Result<Leave, Problem> {
        let asked = wire::AskQuestion {
            account: question.account.clone(),
            ..self.question(wire::AskKind::Leave, &question.profile)
        };
        match self.ask(&asked).await {
            Ok(Answer::Leave(leave)) => Ok(leave),
            // Whoever closes the window has not said yes.
            Ok(Answer::Cancelled) => Ok(Leave::Refused),
            Ok(_) => Err(no_window(Code::LeaveNobody, "It answered something else.")),
            Err(why) => Err(no_window(Code::LeaveNobody, &why)),
        }
    }
}

fn no_window(code: Code, why: &str) -> Problem {
    Problem::new(
        code,
        "Keywell's window could not ask you.",
        "Run keywell exec with this profile in a terminal once.",
    )
    .because(why)
}

/// Where X11 or Wayland show windows, they say so; elsewhere every session of a person has a display.
fn has_display(variables: &Variables) -> bool {
    !cfg!(all(unix, not(target_os = "macos")))
        || ["WAYLAND_DISPLAY", "DISPLAY"]
            .iter()
            .any(|name| variables.text(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_out_of_the_pipe_as_it_went_in() {
        let mut answers = vec![
            Answer::Code(Secret::new("123456")),
            Answer::Passphrase(Secret::new(" correct horse  battery ")),
            Answer::Cancelled,
        ];
        answers.extend(WORDS.map(|(leave, _)| Answer::Leave(leave)));
        for answer in answers {
            assert_eq!(Answer::read(answer.line().expose()), Some(answer));
        }
    }

    #[test]
    fn what_is_no_answer_or_was_cut_short_is_none() {
        for text in [
            "",
            "\n",
            "code",
            "code 123456",
            "leave\n",
            "leave maybe\n",
            "Cancelled\n",
        ] {
            assert_eq!(Answer::read(text), None, "{text:?}");
        }
    }
}

//! `keywell setup`: a key, wherever it came from, becomes a tested profile.

use std::{
    fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use anstyle::AnsiColor;
use keywell_app::{
    App, Code, Problem, settings,
    setup::{self, Request, csv_file},
};
use keywell_wire::{KeyDraft, PasteRequest, SetupPlan, SetupSummary, Severity, StoreChoice};

use crate::{
    Session,
    error::{Ended, Stop},
    interrupt, key,
    output::{BOLD, DIM, Output, escaped},
    prompt,
    steps::StepView,
    vault,
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell setup                                              guided
  keywell setup --csv ~/Downloads/ana_accessKeys.csv
  keywell setup --key-id AKIAIOSFODNN7EXAMPLE --profile media    (asks for the secret)
  pass show aws | keywell setup --key-id AKIAIOSFODNN7EXAMPLE --profile media --region eu-west-1
  keywell setup --create-for ana --using admin --profile ana
  keywell setup --from-profile old

The secret is never an argument: it is typed at a hidden prompt or read from stdin, where a session
token may follow on a second line. Whatever fails, files and keychain end as they were.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: SourceArguments,

    /// The profile that acts for --create-for
    #[arg(long, value_name = "PROFILE", requires = "create_for")]
    using: Option<String>,

    /// Which key of a csv that holds several, counted from 1
    #[arg(
        long,
        value_name = "N",
        requires = "csv",
        conflicts_with_all = ["key_id", "create_for", "from_profile"],
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    row: Option<u32>,

    /// The profile to write; a free name is chosen when left out
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// The profile's region
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// The AWS CLI's output format for the profile; that of the settings when left out
    #[arg(long, value_name = "FORMAT")]
    output: Option<String>,

    /// The address of a server other than AWS, kept in the profile
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,

    /// Where this key and later ones are kept: keychain or file; as the settings say when left out
    #[arg(long, value_name = "STORE", value_parser = vault::store)]
    store: Option<StoreChoice>,

    /// Write over a profile that exists
    #[arg(long)]
    replace: bool,

    /// Ask nothing over the network
    #[arg(long)]
    no_test: bool,

    /// Delete the csv afterwards
    #[arg(long, requires = "csv", conflicts_with_all = ["key_id", "create_for", "from_profile"])]
    delete_csv: bool,

    /// Store the key of an account's root user all the same; the word `root` confirms it
    #[arg(long, value_name = "root", value_parser = ["root"])]
    confirm_root: Option<String>,
}

#[derive(clap::Args)]
#[group(multiple = false)]
struct SourceArguments {
    /// A .csv file from the AWS console
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    /// An access key ID; its secret is read from stdin or a hidden prompt
    #[arg(long, value_name = "ID")]
    key_id: Option<String>,

    /// Make a new key for this IAM user
    #[arg(long, value_name = "USER", requires = "using")]
    create_for: Option<String>,

    /// Take the key of a profile whose secret lies in a plain file
    #[arg(long, value_name = "NAME")]
    from_profile: Option<String>,
}

enum Source {
    Csv(PathBuf),
    KeyId(String),
    CreateFor { user: String, using: String },
    FromProfile(String),
}

impl Arguments {
    /// The folder of the csv: the practice account's own csv lies beside its state.
    pub fn csv_folder(&self) -> Option<PathBuf> {
        let folder = self.source.csv.as_deref()?.parent()?;
        Some(if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder.to_owned()
        })
    }

    fn source(&mut self) -> Option<Source> {
        let SourceArguments {
            csv,
            key_id,
            create_for,
            from_profile,
        } = &mut self.source;
        let using = self.using.take();
        csv.take()
            .map(Source::Csv)
            .or_else(|| key_id.take().map(Source::KeyId))
            .or_else(|| {
                Some(Source::CreateFor {
                    user: create_for.take()?,
                    using: using?,
                })
            })
            .or_else(|| from_profile.take().map(Source::FromProfile))
    }
}

pub(crate) async fn run(session: &Session, mut arguments: Arguments) -> Result<Ended, Stop> {
    let app = &session.app;
    let Some(wanted) = arguments.store.take() else {
        return set_up_from_source(session, arguments).await;
    };
    // Chosen before, as the helper that proves the profile reads the setting; and put back when nothing comes of it.
    let before = settings::read(&app.places).store;
    keywell_app::vault::choose(app, &wanted)?;
    let outcome = set_up_from_source(session, arguments).await;
    if outcome.is_err() {
        keywell_app::vault::choose(app, &before)?;
    }
    outcome
}

async fn set_up_from_source(session: &Session, mut arguments: Arguments) -> Result<Ended, Stop> {
    let output = session.output;
    let may_ask = prompt::may_ask(output);
    let given = arguments.source();
    let is_guided = given.is_none();
    let source = match given {
        Some(source) => source,
        None if may_ask => choose_source(&session.app)?,
        None => {
            return Err(Stop::usage(
                "Set-up was not told where the key comes from.",
                "Add --csv FILE, --key-id ID, --create-for USER --using PROFILE or --from-profile NAME",
            ));
        }
    };
    let mut summary = match source {
        Source::CreateFor { user, using } => {
            let new = key::NewKey {
                profile: Some(match arguments.profile {
                    Some(profile) => profile,
                    None if may_ask => prompt::ask_with_default("Name of the new profile", &user)?,
                    None => user.clone(),
                }),
                using,
                user,
                description: String::new(),
                region: arguments.region,
            };
            let created = key::make(session, new).await?;
            created.summary.expect("a profile was asked for")
        }
        Source::Csv(path) => {
            // The summary names it, and is read elsewhere.
            let path = std::path::absolute(&path)?;
            let draft = draft_of_csv(session, &path, arguments.row)?;
            let mut summary = set_up(session, &arguments, draft, is_guided).await?;
            if arguments.delete_csv || (may_ask && offer_deletion(&session.app, &path)?) {
                setup::delete_csv(&session.app, &path)?;
                summary.csv_path = None;
            }
            summary
        }
        Source::KeyId(key_id) => {
            let draft = draft_of_key(session, key_id)?;
            set_up(session, &arguments, draft, is_guided).await?
        }
        Source::FromProfile(profile) => {
            let draft = setup::from_profile(&session.app, &profile)?;
            set_up(session, &arguments, draft, is_guided).await?
        }
    };
    // It could only be used by the process that is about to end.
    summary.undo = None;
    output.either(&summary, |summary| show_summary(output, summary))?;
    Ok(Ended::Done)
}

fn choose_source(app: &App) -> Result<Source, Stop> {
    prompt::tell("Where does the access key come from?")?;
    let arrived = downloaded_csvs(&app.places.downloads);
    let mut choices: Vec<String> = arrived
        .iter()
        .map(|path| format!("the file {}", app.places.shown(path)))
        .collect();
    choices.extend(
        [
            "another .csv file from the AWS console",
            "I have the key ID and the secret",
            "make a new key for an IAM user, with a profile that works",
            "a profile whose secret lies in a plain file",
        ]
        .map(str::to_owned),
    );
    let chosen = prompt::choose("Choose", &choices)?;
    if let Some(path) = arrived.get(chosen) {
        return Ok(Source::Csv(path.clone()));
    }
    Ok(match chosen - arrived.len() {
        0 => Source::Csv(typed_path(&needed("Path of the file:")?, &app.places.home)),
        1 => Source::KeyId(needed("Access key ID:")?),
        2 => Source::CreateFor {
            using: prompt::ask_with_default("Profile that may make keys", "default")?,
            user: needed("IAM user who gets the key:")?,
        },
        _ => Source::FromProfile(prompt::ask_with_default("Profile", "default")?),
    })
}

/// A path as people type or drop it at a prompt, where no shell takes quotes and `~` away.
fn typed_path(text: &str, home: &Path) -> PathBuf {
    let bare = ['\'', '"']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text);
    match bare.strip_prefix("~/") {
        Some(rest) => home.join(rest),
        None => PathBuf::from(bare),
    }
}

fn needed(question: &str) -> Result<String, Stop> {
    loop {
        if let Some(answer) = prompt::ask(question)? {
            return Ok(answer);
        }
    }
}

/// Files in the downloads folder that have the console's names, the newest first.
fn downloaded_csvs(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| csv_file::is_console_name(&entry.file_name().to_string_lossy()))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

fn draft_of_csv(session: &Session, path: &Path, row: Option<u32>) -> Result<KeyDraft, Stop> {
    let app = &session.app;
    let draft = setup::from_csv(app, path, row.map(|row| row - 1))?;
    if draft.choices.is_empty() || row.is_some() {
        return Ok(draft);
    }
    let names: Vec<String> = draft
        .choices
        .iter()
        .map(|choice| match &choice.user {
            Some(user) => format!("{} of {user}", choice.key_id),
            None => choice.key_id.clone(),
        })
        .collect();
    if prompt::may_ask(session.output) {
        prompt::tell("The file holds several keys.")?;
        let chosen = prompt::choose("Which one", &names)?;
        let row = draft.choices[chosen].row;
        return Ok(setup::from_csv(app, path, Some(row))?);
    }
    let listed: Vec<String> = (1..)
        .zip(&names)
        .map(|(number, name)| format!("{number}: {}", escaped(name)))
        .collect();
    Err(Problem::new(
        Code::CsvSeveralKeys,
        format!("{} holds {} keys.", path.display(), names.len()),
        "Choose one of them: --row N",
    )
    .because(listed.join(", "))
    .into())
}

fn draft_of_key(session: &Session, key_id: String) -> Result<KeyDraft, Stop> {
    let (secret, session_token) = if io::stdin().is_terminal() {
        if session.output.json {
            return Err(Stop::usage(
                "The secret is read from stdin, and that is the terminal, which would show it.",
                "Write the secret to stdin, or leave --json out to be asked",
            ));
        }
        let secret = prompt::hidden("Secret access key (not shown):")?;
        let token = if key_id.trim().starts_with("ASIA") {
            Some(prompt::hidden("Session token (not shown):")?)
        } else {
            None
        };
        (secret, token)
    } else {
        prompt::secret_from_stdin()?
    };
    let request = PasteRequest {
        key_id,
        secret: secret.expose().to_owned(),
        session_token: session_token.map(|token| token.expose().to_owned()),
    };
    Ok(setup::from_paste(&session.app, request)?)
}

async fn set_up(
    session: &Session,
    arguments: &Arguments,
    draft: KeyDraft,
    is_guided: bool,
) -> Result<SetupSummary, Stop> {
    let app = &session.app;
    let may_ask = prompt::may_ask(session.output);
    if !session.output.json {
        for finding in &draft.findings {
            let sign = match finding.severity {
                Severity::Note => '–',
                Severity::Warning | Severity::Stop => '!',
            };
            prompt::tell(&format!("{sign} {}. {}", finding.message, finding.detail))?;
        }
    }
    let plan = SetupPlan {
        profile: match &arguments.profile {
            Some(profile) => profile.clone(),
            None if may_ask => ask_profile(&draft)?,
            None => draft.suggested_profile,
        },
        region: match &arguments.region {
            Some(region) => region.clone(),
            None if is_guided => prompt::ask_with_default("Region", &draft.suggested_region)?,
            None => draft.suggested_region,
        },
        output: arguments.output.clone().unwrap_or(draft.suggested_output),
        endpoint_url: arguments
            .endpoint_url
            .clone()
            .or(draft.suggested_endpoint_url),
        replace: arguments.replace,
        root_confirmation: arguments.confirm_root.clone().unwrap_or_default(),
        draft: draft.draft,
    };
    let request = Request {
        ask_network: !arguments.no_test,
        ..setup::request_of(app, &plan)?
    };
    run_request(session, request).await
}

fn ask_profile(draft: &KeyDraft) -> Result<String, Stop> {
    if draft.default_free && draft.suggested_profile != "default" {
        prompt::tell(
            "There is no profile `default` yet: what is called so is used where none is named.",
        )?;
    }
    prompt::ask_with_default("Name of the profile", &draft.suggested_profile)
}

async fn run_request(session: &Session, mut request: Request) -> Result<SetupSummary, Stop> {
    let view = StepView::of_setup(session.output);
    let cancel = interrupt::token();
    let on_step = |step| view.show(&step);
    let outcome = setup::run(&session.app, &request, &on_step, &cancel).await;
    match outcome {
        Err(problem) if problem.code == Code::KeyRoot && prompt::may_ask(session.output) => {
            prompt::tell(&format!("{} {}", problem.message, problem.cause))?;
            prompt::tell(
                "Better: make an IAM user in the console, and set up a key of that user.",
            )?;
            if !prompt::confirm_typed("To store it all the same, type root:", "root")? {
                return Err(Stop::cancelled());
            }
            request.root_confirmed = true;
            Ok(setup::run(&session.app, &request, &on_step, &cancel).await?)
        }
        outcome => Ok(outcome?),
    }
}

fn offer_deletion(app: &App, path: &Path) -> Result<bool, Stop> {
    prompt::confirm(&format!(
        "{} still holds the secret in plain text. Delete it?",
        app.places.shown(path)
    ))
}

pub(crate) fn show_summary(output: Output, summary: &SetupSummary) -> io::Result<()> {
    let green = AnsiColor::Green.on_default().bold();
    let who = if summary.identity.account_id.is_empty() {
        summary.key_id.clone()
    } else {
        format!(
            "{} in the account {}",
            summary.identity.name, summary.identity.account_id
        )
    };
    output.line("")?;
    output.line(format!(
        "{green}Done.{green:#} The profile {BOLD}{}{BOLD:#} is {}.",
        escaped(&summary.profile),
        escaped(&who)
    ))?;
    if let Some(path) = &summary.csv_path {
        output.line(format!("The secret still lies in {}.", escaped(path)))?;
    }
    output.line(format!("{DIM}Try:{DIM:#}"))?;
    for command in &summary.commands {
        output.line(format!("  {}", escaped(command)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_path_loses_its_quotes_and_its_tilde() {
        let home = Path::new("/home/ana");
        for (text, expected) in [
            ("/tmp/a.csv", "/tmp/a.csv"),
            ("'/tmp/a b.csv'", "/tmp/a b.csv"),
            ("\"/tmp/a b.csv\"", "/tmp/a b.csv"),
            ("~/Downloads/a.csv", "/home/ana/Downloads/a.csv"),
            ("it's.csv", "it's.csv"),
        ] {
            assert_eq!(typed_path(text, home), Path::new(expected), "{text}");
        }
    }
}

//! Which of a profile's sources each AWS client uses on this machine, and which variables win over it.

use std::path::PathBuf;

use keywell_aws_files::{Document, FileKind, header};

use super::clients::{Chosen, Client, Kind};
use crate::{
    App, Variables,
    problem::{Code, Problem},
    profiles::{self, Files, together},
};

/// As many profiles as may act through each other. AWS sets no limit; nobody means to have more.
const LONGEST_CHAIN: usize = 20;

/// Where a setting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: PathBuf,
    /// Counted from 1.
    pub line: usize,
}

/// What a client takes from a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Found {
        kind: Kind,
        place: Place,
        /// The profiles that the role is assumed through, down to the one whose credentials sign.
        through: Vec<String>,
    },
    /// It takes nothing, and why: one sentence.
    Refused(String),
    /// The profile names no credentials that this client knows.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub client: Client,
    pub source: Source,
    /// The variables that are set and win over the source, where the profile is chosen by AWS_PROFILE or is the default.
    pub overridden_by: Vec<&'static str>,
    /// Whether they win also where the profile is named on the command line or in the program.
    pub even_when_named: bool,
}

/// A variable that is set and has a say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    pub variable: String,
    /// What it does, one sentence.
    pub effect: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub profile: String,
    pub clients: Vec<Explained>,
    pub environment: Vec<Override>,
}

/// Says which source wins for a profile, client by client.
///
/// # Errors
/// When the files can not be read, the profile is not there, and when it acts through itself or through too many
/// others: no client gets out of that.
pub fn explain(app: &App, profile: &str) -> Result<Explanation, Problem> {
    explain_in(app, &profiles::read_files(app)?, profile)
}

/// As [`explain`], from files that are read already.
pub(crate) fn explain_in(app: &App, files: &Files, profile: &str) -> Result<Explanation, Problem> {
    if !profiles::has(files, profile) {
        return Err(profiles::missing(profile));
    }
    let view = View { app, files };
    view.check_chain(profile)?;
    let keys = both(&app.variables, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let identity = both(
        &app.variables,
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
    );
    let chosen = if app.variables.text("AWS_PROFILE").is_some() || profile != "default" {
        Chosen::Variable
    } else {
        Chosen::Default
    };
    let clients = Client::ALL
        .into_iter()
        .map(|client| {
            let source = view.source(client, profile, &mut Vec::new());
            let overriding = |chosen| {
                let mut variables = Vec::new();
                if keys && client.prefers_environment(chosen) {
                    variables.extend(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
                } else if identity && client.prefers_web_identity(chosen) && !is_role(&source) {
                    variables.extend(["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"]);
                }
                variables
            };
            Explained {
                client,
                overridden_by: overriding(chosen),
                even_when_named: !overriding(Chosen::Named).is_empty(),
                source,
            }
        })
        .collect();
    Ok(Explanation {
        profile: profile.to_owned(),
        clients,
        environment: environment(&app.variables, profile),
    })
}

fn both(variables: &Variables, one: &str, other: &str) -> bool {
    variables.get(one).is_some() && variables.get(other).is_some()
}

fn is_role(source: &Source) -> bool {
    matches!(
        source,
        Source::Found {
            kind: Kind::Role,
            ..
        }
    )
}

struct View<'a> {
    app: &'a App,
    files: &'a Files,
}

impl View<'_> {
    fn document(&self, kind: FileKind) -> &Document {
        match kind {
            FileKind::Config => &self.files.config,
            FileKind::Credentials => &self.files.credentials,
        }
    }

    fn place_in(&self, kind: FileKind, profile: &str, key: &str) -> Option<Place> {
        let line = self.document(kind).line_of(&header(kind, profile), key)?;
        let file = match kind {
            FileKind::Config => &self.app.places.config_file,
            FileKind::Credentials => &self.app.places.credentials_file,
        };
        Some(Place {
            file: file.clone(),
            line,
        })
    }

    /// Clients merge both files, and the credentials file wins.
    fn place(&self, profile: &str, key: &str) -> Option<Place> {
        self.place_in(FileKind::Credentials, profile, key)
            .or_else(|| self.place_in(FileKind::Config, profile, key))
    }

    fn value(&self, profile: &str, key: &str) -> Option<String> {
        [FileKind::Credentials, FileKind::Config]
            .into_iter()
            .find_map(|kind| self.document(kind).get(&header(kind, profile), key))
    }

    fn has(&self, profile: &str, key: &str) -> bool {
        self.place(profile, key).is_some()
    }

    /// Where a profile has this kind of credentials, as the client sees it.
    fn find(&self, client: Client, kind: Kind, profile: &str) -> Option<Place> {
        let web_identity = self.has(profile, "web_identity_token_file");
        match kind {
            Kind::Role if client == Client::Java && !self.has_role_source(profile) => None,
            Kind::Role if client == Client::JavaScript && !self.has_role_source(profile) => None,
            Kind::Role if web_identity => None,
            Kind::Role => self.place(profile, "role_arn"),
            Kind::CredentialSource => self.place(profile, "credential_source"),
            Kind::WebIdentity if !self.has(profile, "role_arn") => None,
            Kind::WebIdentity => self.place(profile, "web_identity_token_file"),
            Kind::Sso => {
                // botocore looks for these two alone, the others for any of them.
                let (decisive, more) = (
                    ["sso_account_id", "sso_role_name"],
                    ["sso_session", "sso_start_url", "sso_region"],
                );
                let more = if matches!(client, Client::AwsCli | Client::Boto3) {
                    &[]
                } else {
                    more.as_slice()
                };
                decisive
                    .iter()
                    .chain(more)
                    .find_map(|key| self.place(profile, key))
            }
            Kind::LoginSession => self.place(profile, "login_session"),
            Kind::Process => self.place(profile, "credential_process"),
            Kind::CredentialsFile => {
                self.place_in(FileKind::Credentials, profile, "aws_access_key_id")
            }
            Kind::ConfigFile => self.place_in(FileKind::Config, profile, "aws_access_key_id"),
        }
    }

    fn has_role_source(&self, profile: &str) -> bool {
        self.has(profile, "source_profile") || self.has(profile, "credential_source")
    }

    /// `through` are the profiles that led here.
    fn source(&self, client: Client, profile: &str, through: &mut Vec<String>) -> Source {
        if let Some(refused) = self.refused(client, profile) {
            return Source::Refused(refused);
        }
        let found = client
            .order(!through.is_empty())
            .iter()
            .find_map(|kind| Some((*kind, self.find(client, *kind, profile)?)));
        let Some((kind, place)) = found else {
            return Source::Nothing;
        };
        if kind != Kind::Role {
            return Source::Found {
                kind,
                place,
                through: Vec::new(),
            };
        }
        self.role(client, profile, place, through)
    }

    fn role(
        &self,
        client: Client,
        profile: &str,
        place: Place,
        through: &mut Vec<String>,
    ) -> Source {
        if self.has(profile, "credential_source") && !self.has(profile, "source_profile") {
            return Source::Found {
                kind: Kind::Role,
                place,
                through: Vec::new(),
            };
        }
        let Some(next) = self.value(profile, "source_profile") else {
            return Source::Refused(together::no_source(profile));
        };
        if client == Client::Java && next == profile {
            return Source::Refused(format!(
                "The Java SDK does not let the profile {profile} act through itself."
            ));
        }
        through.push(profile.to_owned());
        match self.source(client, &next, through) {
            Source::Found {
                kind: Kind::Role,
                through: more,
                ..
            } => Source::Found {
                kind: Kind::Role,
                place,
                through: [vec![next], more].concat(),
            },
            Source::Found { .. } => Source::Found {
                kind: Kind::Role,
                place,
                through: vec![next],
            },
            Source::Refused(why) => Source::Refused(why),
            Source::Nothing => Source::Refused(format!(
                "The profile {profile} acts through {next}, which has no credentials."
            )),
        }
    }

    /// What a client does not take together.
    fn refused(&self, client: Client, profile: &str) -> Option<String> {
        let has = |key: &str| self.has(profile, key);
        if has("role_arn") && has("source_profile") && has("credential_source") {
            return Some(together::two_sources(profile));
        }
        for kind in [FileKind::Credentials, FileKind::Config] {
            let id = self.place_in(kind, profile, "aws_access_key_id");
            if id.is_some() && !has("aws_secret_access_key") {
                return Some(format!(
                    "The profile {profile} has an access key ID without its secret."
                ));
            }
        }
        let named = |keys: &[&'static str]| -> Vec<&'static str> {
            keys.iter().copied().filter(|key| has(key)).collect()
        };
        let together = match client {
            Client::Go => named(&[
                "source_profile",
                "credential_source",
                "credential_process",
                "web_identity_token_file",
            ]),
            // A profile has to be of exactly one kind, unless it signs in.
            Client::DotNet if self.find(client, Kind::Sso, profile).is_none() => named(&[
                "source_profile",
                "credential_source",
                "credential_process",
                "web_identity_token_file",
                "aws_access_key_id",
            ]),
            _ => Vec::new(),
        };
        (together.len() > 1).then(|| {
            format!(
                "The {} takes no profile that has {} together.",
                client.name(),
                together.join(" and ")
            )
        })
    }

    /// Follows `source_profile` until it ends.
    fn check_chain(&self, profile: &str) -> Result<(), Problem> {
        let mut seen = vec![profile.to_owned()];
        loop {
            let last = seen.last().map_or(profile, String::as_str);
            let Some(next) = self.value(last, "source_profile") else {
                return Ok(());
            };
            let place = self.place(last, "source_profile");
            let place = place.map_or_else(String::new, |place| {
                format!("line {} of {}", place.line, self.app.shown(&place.file))
            });
            if !profiles::has(self.files, &next) {
                return Err(Problem::new(
                    Code::ProfileChain,
                    format!(
                        "The profile {last} acts through {next}, which is not there ({place})."
                    ),
                    "Write another profile into source_profile, or make this one.",
                ));
            }
            if next == last && self.has(last, "aws_access_key_id") {
                return Ok(());
            }
            if seen.contains(&next) {
                return Err(Problem::new(
                    Code::ProfileChain,
                    format!("The profile {profile} acts through itself ({place})."),
                    "Write the profile into source_profile that has the key.",
                )
                .because(format!("The way goes {} → {next}.", seen.join(" → "))));
            }
            if seen.len() == LONGEST_CHAIN {
                return Err(Problem::new(
                    Code::ProfileChain,
                    format!(
                        "The profile {profile} acts through more than {LONGEST_CHAIN} others ({place})."
                    ),
                    "Let it act through the profile that has the key.",
                ));
            }
            seen.push(next);
        }
    }
}

/// Variables that are set and change what a profile says about anything but credentials.
fn environment(variables: &Variables, profile: &str) -> Vec<Override> {
    let mut found = Vec::new();
    let mut say = |variable: &str, effect: &dyn Fn(&str) -> Option<String>| {
        let effect = variables.text(variable).and_then(|value| effect(&value));
        found.extend(effect.map(|effect| Override {
            variable: variable.to_owned(),
            effect,
        }));
    };
    let other = |who: &'static str| {
        move |value: &str| {
            (value != profile)
                .then(|| format!("{who} use the profile {value}, unless {profile} is named."))
        }
    };
    say("AWS_PROFILE", &other("All clients"));
    say("AWS_DEFAULT_PROFILE", &other("The AWS CLI and boto3"));
    say("AWS_REGION", &|value| {
        Some(format!(
            "The region is {value} for the SDKs and the AWS CLI 2; boto3 and the AWS CLI 1 do not look at it."
        ))
    });
    say("AWS_DEFAULT_REGION", &|value| {
        Some(format!(
            "The region is {value} for the AWS CLI and boto3, and where AWS_REGION is not set for the Rust and Go SDKs."
        ))
    });
    say("AWS_DEFAULT_OUTPUT", &|value| {
        Some(format!("The AWS CLI prints {value}."))
    });
    say("AWS_CA_BUNDLE", &|value| {
        Some(format!("Certificates are checked against {value}."))
    });
    say("AWS_ENDPOINT_URL", &|value| {
        Some(format!(
            "All services are at {value}, whatever endpoint_url the profile has."
        ))
    });
    for service in ["S3", "IAM", "STS"] {
        say(&format!("AWS_ENDPOINT_URL_{service}"), &|value| {
            Some(format!(
                "{service} is at {value}, whatever endpoint_url the profile has."
            ))
        });
    }
    say("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", &|value| {
        value
            .eq_ignore_ascii_case("true")
            .then(|| "No endpoint_url of the profile or of a variable is used.".to_owned())
    });
    found
}

//! From a profile to what has to be asked of STS, by the rules of the SDKs: "Assume role credential provider" of the SDK
//! guide, botocore's `AssumeRoleProvider` and aws-config's `profile/credentials/repr.rs`.

use keywell_aws_files::{FileKind, header};
use keywell_vault::Secret;
use sha2::{Digest, Sha256};

use crate::{
    App,
    cloud::AccessKeyPair,
    helper_line::Target,
    index,
    problem::{Code, Problem},
    profiles::{self, Files},
};

/// STS takes sessions of no less than this.
const SHORTEST_SECONDS: u32 = 900;
const LONGEST_ROLE_SECONDS: u32 = 43_200;
const LONGEST_TOKEN_SECONDS: u32 = 129_600;
/// Each profile of a chain is a call of STS, and whoever waits for the last one has a few seconds in all.
const LONGEST_CHAIN: usize = 10;
/// `AssumeRole`'s limit for session names.
const LONGEST_SESSION_NAME: usize = 64;

/// Which credentials a profile begins with, and what STS makes of them, first call first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// The profile that was asked for: its region and addresses hold for all calls, as in the SDKs.
    pub profile: String,
    pub base: Base,
    pub hops: Vec<Hop>,
    /// The profile for which the person wants to be asked first, if they do.
    pub asks_first: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Base {
    /// A key in the keychain; its ID when the index knows it.
    Keychain {
        owner: String,
        key_id: Option<String>,
    },
    /// Keys that stand in a file or in the environment.
    Pair(AccessKeyPair),
    /// A sign-in, a web identity or another program, through the SDK's own providers.
    Other { profile: String, settings: String },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Hop {
    /// `GetSessionToken`, with MFA when a device is named.
    Token {
        profile: String,
        serial: Option<String>,
        seconds: Option<u32>,
    },
    Role {
        profile: String,
        role_arn: String,
        session_name: String,
        external_id: Option<String>,
        seconds: Option<u32>,
        tags: Vec<(String, String)>,
    },
}

impl Base {
    /// Whether STS gives sessions for it. An item of the keychain may be a session too, which STS then says itself.
    fn is_long_term(&self) -> bool {
        match self {
            Self::Keychain { key_id, .. } => {
                key_id.as_ref().is_none_or(|id| !id.starts_with("ASIA"))
            }
            Self::Pair(pair) => pair.session_token.is_none(),
            Self::Other { .. } => false,
        }
    }
}

impl Hop {
    /// How long its session lives, in seconds; STS's own default where the profile says nothing.
    pub fn length(&self) -> u64 {
        match self {
            Self::Token { seconds, .. } => seconds.map_or(43_200, u64::from),
            Self::Role { seconds, .. } => seconds.map_or(3_600, u64::from),
        }
    }
}

impl Plan {
    /// What the helper hands out for its target. A line that names its own profile means that profile's key, also
    /// where the profile has a role beside it: SDKs run such a line to get at the key, and assume the role themselves.
    pub fn for_helper(app: &App, target: &Target) -> Result<Self, Problem> {
        let files = profiles::read_files(app)?;
        let profile = match target {
            Target::Profile(profile) => profile.clone(),
            Target::Id(id) => match index::profile_of_id(&app.places, id)? {
                Some(profile) => profile,
                None => with_line(&files, target).ok_or_else(|| profiles::secret_missing(id))?,
            },
        };
        let entry = index::entry(&app.places, &profile)?.unwrap_or_default();
        let names_itself = names_itself(app, &files, &profile)?;
        let asks_first = entry.ask_first.then(|| profile.clone());
        let has_role = setting(&files, &profile, "role_arn").is_some();
        if has_role && !names_itself {
            return Self::follow(app, &files, &profile, asks_first);
        }
        // An item without a line is a key that was kept when its profile was removed.
        if entry.key_id.is_none() && with_line(&files, target).is_none() {
            return Err(profiles::secret_missing(&profile));
        }
        let hops = match has_role {
            true => Vec::new(),
            false => own_hops(&files, &profile, entry.short_sessions)?,
        };
        Ok(Self {
            base: Base::Keychain {
                owner: profile.clone(),
                key_id: entry.key_id,
            },
            hops,
            profile,
            asks_first,
        })
    }

    /// What a program that is given this profile acts with.
    pub fn for_profile(app: &App, profile: &str) -> Result<Self, Problem> {
        let files = profiles::read_files(app)?;
        if !profiles::has(&files, profile) {
            return Err(profiles::missing(profile));
        }
        let owner = owner_of(app, &files, profile)?;
        let asks_first = index::entry(&app.places, &owner)?
            .is_some_and(|entry| entry.ask_first)
            .then_some(owner);
        Self::follow(app, &files, profile, asks_first)
    }

    /// The same, where a key alone does not do: a long-term one then makes a session without MFA.
    pub fn with_session(mut self) -> Self {
        if self.hops.is_empty() && self.base.is_long_term() {
            self.hops.push(Hop::Token {
                profile: self.profile.clone(),
                serial: None,
                seconds: None,
            });
        }
        self
    }

    /// Whether it ends with a user's own session that was made with MFA.
    pub fn ends_with_mfa(&self) -> bool {
        matches!(
            self.hops.last(),
            Some(Hop::Token {
                serial: Some(_),
                ..
            })
        )
    }

    /// The same with another key of its user in the place of the one that the index names.
    pub fn with_key(mut self, key_id: &str) -> Self {
        if let Base::Keychain { key_id: named, .. } = &mut self.base {
            *named = Some(key_id.to_owned());
        }
        self
    }

    /// The same without a user's own session at its end, which is of no use to the console's sign-in.
    pub fn for_console(mut self) -> Self {
        if matches!(self.hops.last(), Some(Hop::Token { .. })) {
            self.hops.pop();
        }
        self
    }

    fn follow(
        app: &App,
        files: &Files,
        profile: &str,
        asks_first: Option<String>,
    ) -> Result<Self, Problem> {
        let mut visited: Vec<String> = Vec::new();
        let mut roles = Vec::new();
        let mut next = profile.to_owned();
        let (base, own_hops) = loop {
            if visited.contains(&next) {
                visited.push(next);
                return Err(looped(&visited));
            }
            if !profiles::has(files, &next) {
                return Err(broken(
                    &visited,
                    &format!("There is no profile {next}."),
                    "Correct source_profile, or make that profile.",
                ));
            }
            visited.push(next.clone());
            if visited.len() > LONGEST_CHAIN {
                return Err(too_long(&visited));
            }
            // In a source, static keys win over a role.
            if visited.len() > 1
                && let Some((pair, _)) = profiles::plain_pair(files, &next)
            {
                break (Base::Pair(pair), Vec::new());
            }
            if let Some(role) = Role::read(files, &next)? {
                let source = role.source(&visited)?;
                roles.push(role);
                match source {
                    Source::Environment => {
                        break (Base::Pair(environment_pair(app, &visited)?), Vec::new());
                    }
                    Source::Profile(name) if name == next => {
                        break self_reference(app, files, &visited)?;
                    }
                    Source::Profile(name) => next = name,
                }
            } else {
                match base_of(app, files, &visited)? {
                    Step::Base(base, hops) => break (base, hops),
                    Step::Profile(name) => next = name,
                }
            }
        };
        let hops = with_roles(own_hops, roles, &base, &visited)?;
        Ok(Self {
            profile: profile.to_owned(),
            base,
            hops,
            asks_first,
        })
    }

    /// The name in the cache of the session that the first hops lead to. It changes with everything that the session
    /// depends on, the key foremost: after a rotation nobody finds the old key's session. It begins with the key's ID,
    /// by which the sessions of a key are found.
    pub fn cache_name(&self, hops: usize) -> String {
        let mut digest = Sha256::new();
        let mut field = |text: &str| {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        };
        match &self.base {
            Base::Keychain { owner, key_id } => field(key_id.as_deref().unwrap_or(owner)),
            Base::Pair(pair) => {
                field(&pair.key_id);
                // Sessions of one key may have different rights.
                field(pair.session_token.as_ref().map_or("", Secret::expose));
            }
            Base::Other { profile, settings } => {
                field(profile);
                field(settings);
            }
        }
        for hop in &self.hops[..hops] {
            match hop {
                Hop::Token {
                    serial, seconds, ..
                } => {
                    field("token");
                    field(serial.as_deref().unwrap_or_default());
                    field(&seconds.unwrap_or_default().to_string());
                }
                Hop::Role {
                    profile: _,
                    role_arn,
                    session_name,
                    external_id,
                    seconds,
                    tags,
                } => {
                    field("role");
                    field(role_arn);
                    field(session_name);
                    field(external_id.as_deref().unwrap_or_default());
                    field(&seconds.unwrap_or_default().to_string());
                    for (key, value) in tags {
                        field(key);
                        field(value);
                    }
                    field("");
                }
            }
        }
        let digest: String = digest
            .finalize()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        match self.key_id() {
            Some(key_id) => format!("{}{digest}", names_of_key(key_id)),
            None => digest,
        }
    }

    /// The key that it begins with, where it is known.
    fn key_id(&self) -> Option<&str> {
        match &self.base {
            Base::Keychain { key_id, .. } => key_id.as_deref(),
            Base::Pair(pair) => Some(&pair.key_id),
            Base::Other { .. } => None,
        }
    }
}

/// How the names of a key's sessions begin. They are names of files, too.
pub(super) fn names_of_key(key_id: &str) -> String {
    let key_id: String = key_id.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{key_id}-")
}

/// A setting of a profile. The credentials file wins, as in the SDKs.
fn setting(files: &Files, profile: &str, name: &str) -> Option<String> {
    [
        (FileKind::Credentials, &files.credentials),
        (FileKind::Config, &files.config),
    ]
    .into_iter()
    .find_map(|(kind, document)| document.get(&header(kind, profile), name))
    .filter(|value| !value.is_empty())
}

/// The profile whose line in the config file names this target.
fn with_line(files: &Files, target: &Target) -> Option<String> {
    profiles::names(files)
        .into_iter()
        .find(|profile| profiles::line_target(files, profile).as_ref() == Some(target))
}

/// The profile that a line of ours stands for.
fn owner(app: &App, files: &Files, target: Target) -> Result<String, Problem> {
    match target {
        Target::Profile(owner) => Ok(owner),
        Target::Id(id) => match index::profile_of_id(&app.places, &id)? {
            Some(owner) => Ok(owner),
            None => with_line(files, &Target::Id(id.clone()))
                .ok_or_else(|| profiles::secret_missing(&id)),
        },
    }
}

/// The profile whose key a profile's own line hands out.
pub(super) fn owner_of(app: &App, files: &Files, profile: &str) -> Result<String, Problem> {
    match profiles::line_target(files, profile) {
        Some(target) => owner(app, files, target),
        None => Ok(profile.to_owned()),
    }
}

fn names_itself(app: &App, files: &Files, profile: &str) -> Result<bool, Problem> {
    match profiles::line_target(files, profile) {
        Some(target) => Ok(owner(app, files, target)? == profile),
        None => Ok(false),
    }
}

enum Step {
    Base(Base, Vec<Hop>),
    Profile(String),
}

/// Where a profile without a role gets its credentials; the last of `visited` is meant.
fn base_of(app: &App, files: &Files, visited: &[String]) -> Result<Step, Problem> {
    let name = visited.last().map(String::as_str).unwrap_or_default();
    if let Some(target) = profiles::line_target(files, name) {
        let owner = owner(app, files, target)?;
        if owner != name && profiles::has(files, &owner) {
            return Ok(Step::Profile(owner));
        }
        let entry = index::entry(&app.places, &owner)?.unwrap_or_default();
        let hops = own_hops(files, name, entry.short_sessions)?;
        let base = Base::Keychain {
            key_id: entry.key_id,
            owner,
        };
        return Ok(Step::Base(base, hops));
    }
    let other = [
        "sso_session",
        "sso_start_url",
        "login_session",
        "web_identity_token_file",
    ]
    .iter()
    .any(|wanted| setting(files, name, wanted).is_some());
    if !other && let Some((pair, _)) = profiles::plain_pair(files, name) {
        let hops = match pair.session_token {
            None => own_hops(files, name, false)?,
            Some(_) => Vec::new(),
        };
        return Ok(Step::Base(Base::Pair(pair), hops));
    }
    if other || setting(files, name, "credential_process").is_some() {
        let settings = files
            .config
            .properties(&header(FileKind::Config, name))
            .into_iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        let base = Base::Other {
            profile: name.to_owned(),
            settings,
        };
        return Ok(Step::Base(base, Vec::new()));
    }
    Err(broken(
        visited,
        &format!("The profile {name} has no credentials."),
        "Set a key up for it: keywell setup --profile NAME --replace",
    ))
}

/// A role whose source is its own profile: that profile's key, as if it had no role.
fn self_reference(
    app: &App,
    files: &Files,
    visited: &[String],
) -> Result<(Base, Vec<Hop>), Problem> {
    match base_of(app, files, visited)? {
        // The settings of the profile are those of its role.
        Step::Base(base, _) => Ok((base, Vec::new())),
        Step::Profile(name) => {
            let mut visited = visited.to_vec();
            visited.push(name);
            Err(looped(&visited))
        }
    }
}

fn own_hops(files: &Files, profile: &str, short: bool) -> Result<Vec<Hop>, Problem> {
    let serial = setting(files, profile, "mfa_serial");
    if serial.is_none() && !short {
        return Ok(Vec::new());
    }
    Ok(vec![Hop::Token {
        profile: profile.to_owned(),
        serial,
        seconds: seconds(files, profile, LONGEST_TOKEN_SECONDS)?,
    }])
}

fn seconds(files: &Files, profile: &str, longest: u32) -> Result<Option<u32>, Problem> {
    let Some(text) = setting(files, profile, "duration_seconds") else {
        return Ok(None);
    };
    text.parse()
        .ok()
        .filter(|seconds| (SHORTEST_SECONDS..=longest).contains(seconds))
        .map(Some)
        .ok_or_else(|| {
            Problem::new(
                Code::ProfileValue,
                format!(
                    "duration_seconds of the profile {profile} is not a length that STS takes."
                ),
                format!("Give a number of seconds from {SHORTEST_SECONDS} to {longest}."),
            )
            .because(format!("It is {text:?}."))
        })
}

/// A profile's role and what stands beside it.
struct Role {
    profile: String,
    role_arn: String,
    session_name: String,
    external_id: Option<String>,
    seconds: Option<u32>,
    tags: Vec<(String, String)>,
    serial: Option<String>,
    source_profile: Option<String>,
    credential_source: Option<String>,
}

enum Source {
    Profile(String),
    Environment,
}

impl Role {
    fn read(files: &Files, profile: &str) -> Result<Option<Self>, Problem> {
        let value = |name: &str| setting(files, profile, name);
        // A web identity takes no other credentials, so its role is the SDK's own matter.
        let Some(role_arn) =
            value("role_arn").filter(|_| value("web_identity_token_file").is_none())
        else {
            return Ok(None);
        };
        let tags = value("session_tags").unwrap_or_default();
        Ok(Some(Self {
            profile: profile.to_owned(),
            role_arn,
            session_name: value("role_session_name").unwrap_or_else(|| session_name(profile)),
            external_id: value("external_id"),
            seconds: seconds(files, profile, LONGEST_ROLE_SECONDS)?,
            tags: read_tags(profile, &tags)?,
            serial: value("mfa_serial"),
            source_profile: value("source_profile"),
            credential_source: value("credential_source"),
        }))
    }

    fn source(&self, visited: &[String]) -> Result<Source, Problem> {
        let profile = &self.profile;
        match (&self.source_profile, self.credential_source.as_deref()) {
            (Some(name), None) => Ok(Source::Profile(name.clone())),
            (None, Some("Environment")) => Ok(Source::Environment),
            (None, Some(other)) => Err(broken(
                visited,
                &format!(
                    "The profile {profile} takes its credentials from {other}, which only servers of AWS have."
                ),
                "Name a profile with source_profile, or use credential_source = Environment.",
            )),
            (Some(_), Some(_)) => Err(broken(
                visited,
                &format!("The profile {profile} has both source_profile and credential_source."),
                "Remove one of the two.",
            )),
            (None, None) => Err(broken(
                visited,
                &format!(
                    "The profile {profile} has a role_arn but neither source_profile nor credential_source."
                ),
                "Say whose key assumes the role: source_profile = NAME",
            )),
        }
    }
}

/// `key=value,key=value`, as aws-vault writes session tags. The SDKs have no setting for them.
fn read_tags(profile: &str, text: &str) -> Result<Vec<(String, String)>, Problem> {
    text.split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
        .map(|tag| {
            tag.split_once('=')
                .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
                .ok_or_else(|| {
                    Problem::new(
                        Code::ProfileValue,
                        format!("session_tags of the profile {profile} can not be read."),
                        "Write them as: session_tags = team=web,cost=42",
                    )
                    .because(format!("{tag:?} has no equals sign."))
                })
        })
        .collect()
}

/// What CloudTrail shows of a session that the profile does not name.
fn session_name(profile: &str) -> String {
    let name: String = profile
        .chars()
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '+' | '=' | ',' | '.' | '@' | '_' | '-' => {
                character
            }
            _ => '-',
        })
        .collect();
    let mut name = format!("keywell-{name}");
    name.truncate(LONGEST_SESSION_NAME);
    name
}

/// What the key's own profile wants, then the roles as calls, first call first. The first one's MFA device makes a
/// session before it, which all roles behind the same key then share. It takes the place of one without MFA: no second
/// session can be made of a session.
fn with_roles(
    own_hops: Vec<Hop>,
    roles: Vec<Role>,
    base: &Base,
    visited: &[String],
) -> Result<Vec<Hop>, Problem> {
    let long_term = base.is_long_term();
    let has_mfa = matches!(
        own_hops[..],
        [Hop::Token {
            serial: Some(_),
            ..
        }]
    );
    let mut hops = own_hops;
    for (position, role) in roles.into_iter().rev().enumerate() {
        if let Some(serial) = role.serial {
            if position > 0 || !long_term {
                return Err(broken(
                    visited,
                    &format!(
                        "The profile {} asks for MFA, but what it starts from is a session.",
                        role.profile
                    ),
                    "Move mfa_serial to the profile whose role the key itself assumes.",
                ));
            }
            if !has_mfa {
                hops = vec![Hop::Token {
                    profile: role.profile.clone(),
                    serial: Some(serial),
                    seconds: None,
                }];
            }
        }
        hops.push(Hop::Role {
            profile: role.profile,
            role_arn: role.role_arn,
            session_name: role.session_name,
            external_id: role.external_id,
            seconds: role.seconds,
            tags: role.tags,
        });
    }
    Ok(hops)
}

fn environment_pair(app: &App, visited: &[String]) -> Result<AccessKeyPair, Problem> {
    let variable = |name: &str| app.variables.text(name);
    match (
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
    ) {
        (Some(key_id), Some(secret)) => Ok(AccessKeyPair {
            key_id,
            secret: Secret::new(secret),
            session_token: variable("AWS_SESSION_TOKEN").map(Secret::new),
        }),
        _ => Err(broken(
            visited,
            "It takes its key from the environment, and AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set.",
            "Set both variables, or name a profile with source_profile.",
        )),
    }
}

fn chain(visited: &[String]) -> String {
    visited.join(" → ")
}

fn looped(visited: &[String]) -> Problem {
    Problem::new(
        Code::ChainLoop,
        format!("The profiles lead back to themselves: {}.", chain(visited)),
        "Let one of them end the chain: source_profile has to lead to a profile with a key.",
    )
}

fn too_long(visited: &[String]) -> Problem {
    Problem::new(
        Code::ChainTooLong,
        format!(
            "The chain of profiles is longer than {LONGEST_CHAIN}: {} → …",
            chain(visited)
        ),
        "Let source_profile lead to a profile with a key in fewer steps.",
    )
}

fn broken(visited: &[String], cause: &str, hint: &str) -> Problem {
    let message = match visited {
        [only] => format!("The profile {only} is not complete."),
        _ => format!("The chain of profiles {} is not complete.", chain(visited)),
    };
    Problem::new(Code::ChainBroken, message, hint).because(cause)
}

//! What a program is told through its environment: the credentials of a profile, its region, its addresses. The names
//! are those of the SDK guide, "Environment variables".

use keywell_vault::Secret;

use super::{
    Permit,
    journal::{self, Caller},
};
use crate::{
    App,
    problem::Problem,
    resolve,
    sessions::{self, Handed, Person, Plan},
    time,
};

/// Variables that choose credentials, or that a session brought along. What they held before is another profile's.
const FOREIGN: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// An environment to give to a program or a shell.
pub struct Environment {
    /// Names and values, in a fixed order.
    pub set: Vec<(&'static str, Secret)>,
    /// Names that must hold nothing.
    pub unset: Vec<&'static str>,
}

impl Environment {
    fn new(mut set: Vec<(&'static str, Option<String>)>) -> Self {
        set.retain(|(_, value)| value.is_some());
        let is_set = |name: &&&'static str| set.iter().any(|(known, _)| known == *name);
        let unset = FOREIGN
            .iter()
            .filter(|name| !is_set(name))
            .copied()
            .collect();
        Self {
            set: set
                .into_iter()
                .filter_map(|(name, value)| Some((name, Secret::new(value?))))
                .collect(),
            unset,
        }
    }
}

/// The environment with a profile's credentials in it. Where they are a session, it says when they end.
pub async fn environment(
    app: &App,
    Permit { profile }: &Permit,
    person: &Person,
    caller: &Caller,
) -> Result<Environment, Problem> {
    let handed = for_program(app, Plan::for_profile(app, profile)?, person, caller).await?;
    let secret = |secret: &Secret| Some(secret.expose().to_owned());
    let mut set = vec![
        ("AWS_ACCESS_KEY_ID", Some(handed.pair.key_id.clone())),
        ("AWS_SECRET_ACCESS_KEY", secret(&handed.pair.secret)),
        (
            "AWS_SESSION_TOKEN",
            handed.pair.session_token.as_ref().and_then(secret),
        ),
        (
            "AWS_CREDENTIAL_EXPIRATION",
            handed.expires.map(time::rfc3339),
        ),
    ];
    set.extend(settings(app, profile)?);
    Ok(Environment::new(set))
}

/// The environment for a program that asks a server of ours for its credentials ("Container credential provider").
pub fn server_environment(
    app: &App,
    profile: &str,
    address: &str,
    token: &Secret,
) -> Result<Environment, Problem> {
    let mut set = vec![
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            Some(address.to_owned()),
        ),
        (
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            Some(token.expose().to_owned()),
        ),
    ];
    set.extend(settings(app, profile)?);
    Ok(Environment::new(set))
}

/// What the server answers: always a session, since the SDKs want a token and an end. It is renewed when it must be.
pub async fn container_json(
    app: &App,
    Permit { profile }: &Permit,
    person: &Person,
    caller: &Caller,
) -> Result<Secret, Problem> {
    let plan = Plan::for_profile(app, profile)?.with_session();
    let handed = for_program(app, plan, person, caller).await?;
    let token = handed.pair.session_token.as_ref().map(Secret::expose);
    let answer = serde_json::json!({
        "AccessKeyId": handed.pair.key_id,
        "SecretAccessKey": handed.pair.secret.expose(),
        "Token": token,
        "Expiration": handed.expires.map(time::rfc3339),
    });
    Ok(Secret::new(answer.to_string()))
}

async fn for_program(
    app: &App,
    plan: Plan,
    person: &Person,
    caller: &Caller,
) -> Result<Handed, Problem> {
    let profile = plan.profile.clone();
    let handed = person
        .patiently(sessions::obtain(app, plan, person))
        .await?;
    journal::note(app, &profile, &handed, caller);
    Ok(handed)
}

/// Region and addresses, which programs would else read from the profile.
fn settings(app: &App, profile: &str) -> Result<Vec<(&'static str, Option<String>)>, Problem> {
    let connection = resolve::connection_without_credentials(app, profile)?;
    let endpoints = connection.endpoints;
    let own = |endpoint: Option<String>| endpoint.filter(|own| Some(own) != endpoints.all.as_ref());
    Ok(vec![
        ("AWS_REGION", Some(connection.region.clone())),
        ("AWS_DEFAULT_REGION", Some(connection.region)),
        (
            "AWS_CA_BUNDLE",
            connection
                .network
                .ca_bundle
                .and_then(|bundle| bundle.to_str().map(str::to_owned)),
        ),
        ("AWS_ENDPOINT_URL_S3", own(endpoints.s3)),
        ("AWS_ENDPOINT_URL_IAM", own(endpoints.iam)),
        ("AWS_ENDPOINT_URL_STS", own(endpoints.sts)),
        ("AWS_ENDPOINT_URL", endpoints.all.clone()),
        ("KEYWELL_PROFILE", Some(profile.to_owned())),
    ])
}

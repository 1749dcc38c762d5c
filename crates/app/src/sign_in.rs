//! A link that signs a profile in to the console. Source: IAM User Guide, "Enable custom identity broker access to the
//! AWS console".
//!
//! Only sessions can sign in, and not every kind: those of `AssumeRole` and its like, and those of
//! `GetFederationToken`. A user's key makes one of the latter; it may then do in the console what the user may do,
//! except what a policy allows with MFA alone.

use keywell_vault::Secret;
use url::form_urlencoded;

use crate::{
    App,
    cloud::{CloudErrorKind, Connection, Context, Credentials, FederationToken, Identity, Session},
    console,
    hand_out::{self, Caller},
    problem::{Code, Problem},
    resolve,
    sessions::{self, Handed, Kind, Person, Plan},
};

/// How long a user's session lives, in seconds: the service's default.
const SECONDS: u32 = 43_200;
/// The user's own policies still say what the session may do.
const ALL_THAT_THE_USER_MAY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
/// `GetFederationToken`'s limits for names.
const LONGEST_NAME: usize = 32;
const SHORTEST_NAME: usize = 2;
/// The console names the sign-in after it.
const ISSUER: &str = "keywell";

/// What to sign in to.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    pub profile: &'a str,
    /// The part of the console's address that names a service: `s3`. Its start page without one.
    pub service: Option<&'a str>,
    /// The origin of the sign-in service in place of AWS's own.
    pub endpoint: Option<&'a str>,
}

pub struct SignInLink {
    /// Whoever has it is signed in, for 15 minutes.
    pub address: Secret,
    /// Who is signed in.
    pub arn: String,
    /// Whether the profile asks for MFA, of which a session that can sign in knows nothing.
    pub without_mfa: bool,
}

/// Makes the link. It asks STS for a session where the profile has none that can sign in.
pub async fn link(
    app: &App,
    wanted: SignIn<'_>,
    person: &Person,
    caller: &Caller,
) -> Result<SignInLink, Problem> {
    let service = wanted.service.map(checked_service).transpose()?;
    let endpoint = wanted.endpoint.map(checked_origin).transpose()?;
    let plan = Plan::for_profile(app, wanted.profile)?;
    let without_mfa = plan.ends_with_mfa();
    let plan = plan.for_console();
    let connection = resolve::connection_without_credentials(app, wanted.profile)?;
    // A key of another service is nothing that may be sent to AWS.
    let is_elsewhere = connection.endpoints.sts.is_some();
    if is_elsewhere && endpoint.is_none() {
        return Err(Problem::new(
            Code::ConsoleElsewhere,
            format!(
                "The profile {} does not belong to AWS: it has an endpoint of its own.",
                wanted.profile
            ),
            "Only AWS has this console. Use a profile without endpoint_url.",
        ));
    }
    let handed = person
        .patiently(async {
            hand_out::leave(app, &plan, person, caller).await?;
            sessions::obtain(app, plan, person).await
        })
        .await?;
    let region = connection.region.clone();
    let key_id = handed.pair.key_id.clone();
    let as_handed = Connection {
        credentials: Credentials::Pair(handed.pair.clone()),
        ..connection
    };
    let account = resolve::connect(app, as_handed, Some(wanted.profile))?;
    let context = Context {
        profile: Some(wanted.profile),
        key_id: Some(&key_id),
        ..Context::default()
    };
    let identity = account
        .identity()
        .await
        .map_err(|error| Problem::from_cloud(&error, &context))?
        .identity;
    let handed = match can_sign_in(&identity, &handed, wanted.profile)? {
        true => handed,
        false => {
            let name = session_name(&identity);
            let request = FederationToken {
                name: &name,
                policy: ALL_THAT_THE_USER_MAY,
                seconds: SECONDS,
            };
            let session = account.federation_token(request).await;
            from_user(session.map_err(|error| match error.kind {
                CloudErrorKind::AccessDenied => Problem::from_cloud(&error, &context).with_hint(
                    "Allow sts:GetFederationToken in the user's policy, or sign in with a profile that has a role.",
                ),
                _ => Problem::from_cloud(&error, &context),
            })?)
        }
    };
    let partition = identity.arn.split(':').nth(1).unwrap_or("aws");
    let origin = endpoint.unwrap_or_else(|| sign_in_origin(partition).to_owned());
    let token =
        account
            .sign_in_token(&origin, &handed.pair)
            .await
            .map_err(|error| match error.kind {
                CloudErrorKind::Invalid => refused(wanted.profile, &identity.arn),
                _ => Problem::from_cloud(&error, &context),
            })?;
    hand_out::note(app, wanted.profile, &handed, caller);
    let page = match service {
        Some(service) => format!("{service}/home"),
        None => "console/home".to_owned(),
    };
    let destination = format!(
        "https://{}/{page}?region={}",
        console::host(partition),
        region
    );
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "login")
        .append_pair("Issuer", ISSUER)
        .append_pair("Destination", &destination)
        .append_pair("SigninToken", token.expose())
        .finish();
    Ok(SignInLink {
        address: Secret::new(format!("{origin}/federation?{query}")),
        arn: identity.arn,
        without_mfa,
    })
}

/// Whether these credentials can sign in as they are; a user's key can be made into some that can.
fn can_sign_in(identity: &Identity, handed: &Handed, profile: &str) -> Result<bool, Problem> {
    let resource = identity.arn.splitn(6, ':').nth(5).unwrap_or_default();
    let has_token = handed.pair.session_token.is_some();
    match resource.split('/').next().unwrap_or_default() {
        "root" => Err(Problem::new(
            Code::ConsoleRoot,
            format!(
                "The profile {profile} has a key of the root user, which is not signed in by a link."
            ),
            "Use the root user's password in the console, and a key of an IAM user here.",
        )),
        "user" if has_token => Err(Problem::new(
            Code::ConsoleSession,
            format!(
                "The profile {profile} holds a session that AWS made with GetSessionToken, and such a session can not sign in to the console."
            ),
            "Sign in with the profile of the key behind it, or with a profile that has a role.",
        )),
        "user" => Ok(false),
        _ => Ok(true),
    }
}

fn refused(profile: &str, arn: &str) -> Problem {
    Problem::new(
        Code::ConsoleSession,
        format!("The console's sign-in does not take the session of the profile {profile}."),
        "Sign in with a profile that has a role, or with a user's key.",
    )
    .because(format!("It is a session of {arn}."))
}

fn from_user(session: Session) -> Handed {
    Handed {
        pair: session.pair,
        expires: session.expires,
        kind: Kind::Session,
        fresh: true,
    }
}

/// What CloudTrail and the console show: the user's name, as far as it fits.
fn session_name(identity: &Identity) -> String {
    let user = identity.arn.rsplit('/').next().unwrap_or_default();
    let name: String = user.chars().take(LONGEST_NAME).collect();
    match name.len() < SHORTEST_NAME {
        true => format!("{ISSUER}-{name}"),
        false => name,
    }
}

fn sign_in_origin(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "https://signin.amazonaws.cn",
        "aws-us-gov" => "https://signin.amazonaws-us-gov.com",
        _ => "https://signin.aws.amazon.com",
    }
}

fn checked_service(service: &str) -> Result<&str, Problem> {
    let is_name = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
    };
    if !service.is_empty() && service.chars().all(is_name) {
        return Ok(service);
    }
    Err(Problem::new(
        Code::ConsoleService,
        "This is no name of a service in the console's addresses.",
        "Take what stands behind the host there: s3, iam, ec2, cloudwatch.",
    ))
}

/// A session goes there: never in the clear, except to this machine.
fn checked_origin(endpoint: &str) -> Result<String, Problem> {
    url::Url::parse(endpoint)
        .ok()
        .filter(|url| match (url.scheme(), url.host()) {
            ("https", Some(_)) => true,
            ("http", Some(url::Host::Ipv4(host))) => host.is_loopback(),
            _ => false,
        })
        .map(|url| url.origin().ascii_serialization())
        .ok_or_else(|| {
            Problem::new(
                Code::EndpointForm,
                "The address of the sign-in service can not be used.",
                "Write it as https://HOST.",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::AccessKeyPair;

    fn identity(arn: &str) -> Identity {
        Identity {
            account_id: "123456789012".into(),
            arn: arn.into(),
            user_id: "AIDA".into(),
        }
    }

    #[test]
    fn who_can_sign_in_is_told_from_the_callers_arn() {
        let cases = [
            ("arn:aws:iam::123456789012:root", false, Err("console.root")),
            ("arn:aws:iam::123456789012:root", true, Err("console.root")),
            ("arn:aws:iam::123456789012:user/a/eve", false, Ok(false)),
            (
                "arn:aws:iam::123456789012:user/eve",
                true,
                Err("console.session"),
            ),
            (
                "arn:aws-cn:sts::123456789012:assumed-role/Admin/eve",
                true,
                Ok(true),
            ),
            (
                "arn:aws:sts::123456789012:federated-user/eve",
                true,
                Ok(true),
            ),
        ];
        for (arn, has_token, expected) in cases {
            let handed = Handed {
                pair: AccessKeyPair {
                    key_id: "AKIAIOSFODNN7EXAMPLE".into(),
                    secret: Secret::new("s"),
                    session_token: has_token.then(|| Secret::new("t")),
                },
                expires: None,
                kind: Kind::LongTerm,
                fresh: false,
            };
            let told = can_sign_in(&identity(arn), &handed, "work");
            let told = told.map_err(|problem| problem.code.as_str());
            assert_eq!(told, expected, "{arn} {has_token}");
        }
    }

    #[test]
    fn a_session_is_named_after_its_user_within_the_limits() {
        let cases = [
            ("user/team/eve", "eve"),
            ("user/e", "keywell-e"),
            (
                "user/a-name-that-is-longer-than-the-service-takes",
                "a-name-that-is-longer-than-the-s",
            ),
        ];
        for (resource, expected) in cases {
            let identity = identity(&format!("arn:aws:iam::123456789012:{resource}"));
            assert_eq!(session_name(&identity), expected);
        }
    }

    #[test]
    fn a_session_is_sent_to_no_address_in_the_clear_but_this_machines() {
        let cases = [
            ("https://signin.example/", Some("https://signin.example")),
            ("http://127.0.0.1:4711", Some("http://127.0.0.1:4711")),
            ("http://signin.example", None),
            ("signin.example", None),
            ("file:///etc/passwd", None),
            ("", None),
        ];
        for (endpoint, expected) in cases {
            let origin = checked_origin(endpoint).ok();
            assert_eq!(origin.as_deref(), expected, "{endpoint}");
        }
    }

    #[test]
    fn a_service_is_a_word_of_an_address_and_nothing_else() {
        assert_eq!(checked_service("s3").unwrap(), "s3");
        for refused in ["", "../x", "S3", "a?b", "a/b", "a b", "a#b"] {
            let problem = checked_service(refused).unwrap_err();
            assert_eq!(problem.code, Code::ConsoleService, "{refused}");
        }
    }
}

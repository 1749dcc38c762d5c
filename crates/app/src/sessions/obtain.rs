//! Carries a plan out.

use std::{pin::Pin, sync::Arc, time::Duration, time::SystemTime};

use super::{
    cache::{Cache, left},
    flight::{self, Flight},
    person::{MfaQuestion, Person, is_fido},
    plan::{Base, Hop, Plan},
    totp,
};
use crate::{
    App, blocking,
    cloud::{
        AccessKeyPair, AssumeRole, CloudError, CloudErrorKind, Connection, Context, Credentials,
        MfaCode, Session,
    },
    hand_out,
    problem::{Code, Problem},
    profiles, resolve,
};

/// A session is renewed when less than this is left of it: botocore asks again with less than 15 minutes.
const RENEW_BELOW: u64 = 20 * 60;
/// One that has less than this left helps nobody, not even while the network is down.
const USELESS_BELOW: u64 = 60;
/// How long STS may take while there is a session to fall back on.
const PATIENCE_WITH_FALL_BACK: Duration = Duration::from_secs(3);
/// How often a person is asked for a code before it counts as wrong.
const TRIES: u32 = 2;

/// What is handed out, and what is told of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Handed {
    pub pair: AccessKeyPair,
    pub expires: Option<SystemTime>,
    pub kind: Kind,
    /// Asked of STS just now.
    pub fresh: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    LongTerm,
    /// `GetSessionToken`.
    Session,
    Role,
    /// What the SDK found by itself.
    Other,
}

impl Plan {
    fn kind(&self) -> Kind {
        match (self.hops.last(), &self.base) {
            (Some(Hop::Role { .. }), _) => Kind::Role,
            (Some(Hop::Token { .. }), _) => Kind::Session,
            (None, Base::Other { .. }) => Kind::Other,
            (None, _) => Kind::LongTerm,
        }
    }

    fn handed(&self, session: Session, fresh: bool) -> Handed {
        Handed {
            pair: session.pair,
            expires: session.expires,
            kind: self.kind(),
            fresh,
        }
    }
}

/// What can be handed out without asking STS: a key, or a session that is cached. Waits for the keychain.
pub(crate) fn quick(app: &App, plan: &mut Plan) -> Result<Option<Handed>, Problem> {
    let Some(hop) = plan.hops.last() else {
        let pair = match &plan.base {
            Base::Other { .. } => return Ok(None),
            Base::Pair(pair) => pair.clone(),
            Base::Keychain { owner, key_id } => keychain_pair(app, owner, key_id.as_deref())?,
        };
        let session = Session {
            pair,
            expires: None,
        };
        return Ok(Some(plan.handed(session, false)));
    };
    let renew_below = renew_below(hop);
    settle(app, plan)?;
    let Some(cache) = Cache::open(app)? else {
        return Ok(None);
    };
    let found = cache.get(&plan.cache_name(plan.hops.len()))?;
    Ok(found
        .filter(|session| left(session, app.now()) >= renew_below)
        .map(|session| plan.handed(session, false)))
}

/// When the session ends that a person has typed a code for and that this profile stands on, if there is one.
pub(crate) async fn mfa_session_end(
    app: &App,
    profile: &str,
) -> Result<Option<SystemTime>, Problem> {
    let mut plan = Plan::for_profile(app, profile)?;
    let device = plan
        .hops
        .iter()
        .enumerate()
        .find_map(|(at, hop)| match hop {
            Hop::Token { serial, .. } => Some((at + 1, serial.clone()?)),
            Hop::Role { .. } => None,
        });
    let Some((hops, serial)) = device else {
        return Ok(None);
    };
    // Codes that Keywell makes itself need nobody.
    if totp::is_seed_kept(app, &serial).await? {
        return Ok(None);
    }
    settle(app, &mut plan)?;
    let Some(cache) = Cache::open(app)? else {
        return Ok(None);
    };
    let name = plan.cache_name(hops);
    let session = blocking(move || cache.get(&name)).await??;
    Ok(session.and_then(|session| session.expires))
}

/// Carries the plan out, asking STS and the person where it must.
pub(crate) async fn obtain(app: &App, plan: Plan, person: &Person) -> Result<Handed, Problem> {
    obtain_lasting(app, plan, person, Duration::ZERO).await
}

/// The same, with a new session in place of a cached one that ends sooner than after `at_least`.
pub(crate) async fn obtain_lasting(
    app: &App,
    mut plan: Plan,
    person: &Person,
    at_least: Duration,
) -> Result<Handed, Problem> {
    if plan.hops.is_empty() {
        let session = base_session(app, &plan).await?;
        return Ok(plan.handed(session, false));
    }
    settle(app, &mut plan)?;
    let cache = Cache::open(app)?.map(Arc::new);
    let work = Work {
        app,
        plan: &plan,
        cache,
        person,
        at_least: at_least.as_secs(),
        arrived: app.now(),
    };
    let (session, fresh) = work.session(plan.hops.len()).await?;
    Ok(plan.handed(session, fresh))
}

/// Short sessions are renewed when two thirds of them are over.
fn renew_below(hop: &Hop) -> u64 {
    RENEW_BELOW.min(hop.length() / 3)
}

/// Finds the key that the index has lost, since the sessions' names depend on it.
fn settle(app: &App, plan: &mut Plan) -> Result<(), Problem> {
    if let Base::Keychain { owner, key_id } = &mut plan.base
        && key_id.is_none()
    {
        *key_id = Some(hand_out::find_again_now(app, owner)?.key_id);
    }
    Ok(())
}

fn keychain_pair(app: &App, owner: &str, key_id: Option<&str>) -> Result<AccessKeyPair, Problem> {
    match key_id {
        Some(key_id) => profiles::pair_from_vault_now(app, owner, key_id),
        None => hand_out::find_again_now(app, owner),
    }
}

async fn base_session(app: &App, plan: &Plan) -> Result<Session, Problem> {
    let pair = match &plan.base {
        Base::Keychain {
            owner,
            key_id: Some(key_id),
        } => profiles::pair_from_vault(app, owner, key_id).await?,
        Base::Keychain {
            owner,
            key_id: None,
        } => hand_out::find_again(app, owner).await?,
        Base::Pair(pair) => pair.clone(),
        Base::Other { profile, .. } => {
            let connection = resolve::connection_without_credentials(app, profile)?;
            let account = resolve::connect(app, connection, Some(profile))?;
            return account.credentials().await.map_err(|error| {
                Problem::from_cloud(
                    &error,
                    &Context {
                        profile: Some(profile),
                        ..Context::default()
                    },
                )
            });
        }
    };
    Ok(Session {
        pair,
        expires: None,
    })
}

/// One plan on its way.
struct Work<'a> {
    app: &'a App,
    plan: &'a Plan,
    cache: Option<Arc<Cache>>,
    person: &'a Person,
    /// Seconds that a session still has to last.
    at_least: u64,
    arrived: SystemTime,
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(Session, bool), Problem>> + Send + 'a>>;

impl Work<'_> {
    /// The session that the first `hops` lead to, and whether it is new.
    fn session(&self, hops: usize) -> Answer<'_> {
        Box::pin(async move {
            let Some(hop) = hops.checked_sub(1).map(|last| &self.plan.hops[last]) else {
                return Ok((base_session(self.app, self.plan).await?, false));
            };
            let name = self.plan.cache_name(hops);
            let enough = renew_below(hop).max(self.at_least);
            if let Some(session) = self.cached(&name, enough).await? {
                return Ok((session, false));
            }
            let flight = flight::enter(self.app, &name, self.arrived, self.person).await?;
            // Whoever was ahead has left its answer there.
            if let Some(session) = self.cached(&name, enough).await? {
                return Ok((session, false));
            }
            let old = self.cached(&name, USELESS_BELOW).await?;
            let asked = match &old {
                None => self.ask(&flight, hops, hop).await,
                Some(_) => {
                    let asking = self.ask(&flight, hops, hop);
                    tokio::time::timeout(PATIENCE_WITH_FALL_BACK, asking)
                        .await
                        .unwrap_or_else(|_| {
                            Err(Problem::new(
                                Code::TimedOut,
                                "STS did not answer in time.",
                                "",
                            ))
                        })
                }
            };
            let asked = match asked {
                Ok(session) => self.keep(&name, session).await,
                Err(problem) => Err(problem),
            };
            flight.land(asked.as_ref().map(|_| ()), self.app.now());
            match (asked, old) {
                (Ok(session), _) => Ok((session, true)),
                (Err(problem), Some(old)) if passes(problem.code) => Ok((old, false)),
                (Err(problem), _) => Err(problem),
            }
        })
    }

    async fn cached(&self, name: &str, at_least: u64) -> Result<Option<Session>, Problem> {
        let Some(cache) = self.cache.clone() else {
            return Ok(None);
        };
        let name = name.to_owned();
        let found = blocking(move || cache.get(&name)).await??;
        Ok(found.filter(|session| left(session, self.app.now()) >= at_least))
    }

    async fn keep(&self, name: &str, session: Session) -> Result<Session, Problem> {
        let Some(cache) = self.cache.clone() else {
            return Ok(session);
        };
        let (name, now) = (name.to_owned(), self.app.now_seconds());
        blocking(move || {
            cache.put(&name, &session, now)?;
            Ok(session)
        })
        .await?
    }

    async fn ask(&self, flight: &Flight, hops: usize, hop: &Hop) -> Result<Session, Problem> {
        let (source, _) = self.session(hops - 1).await?;
        let connection = Connection {
            credentials: Credentials::Pair(source.pair.clone()),
            ..resolve::connection_without_credentials(self.app, &self.plan.profile)?
        };
        let endpoint = connection.endpoints.sts.clone();
        let account = resolve::connect(self.app, connection, Some(&self.plan.profile))?;
        let context = Context {
            profile: Some(&self.plan.profile),
            key_id: Some(&source.pair.key_id),
            endpoint: endpoint.as_deref(),
            ..Context::default()
        };
        match hop {
            Hop::Token {
                serial: None,
                seconds,
                ..
            } => account
                .session_token(None, *seconds)
                .await
                .map_err(|error| Problem::from_cloud(&error, &context)),
            Hop::Token {
                profile,
                serial: Some(serial),
                seconds,
            } => {
                let mut question = MfaQuestion {
                    profile: profile.clone(),
                    serial: serial.clone(),
                    again: false,
                };
                if is_fido(serial) {
                    return Err(no_fido(&question));
                }
                for _ in 0..TRIES {
                    let code = {
                        let _asking = flight.mark_asking();
                        match totp::code(self.app, serial, self.person).await? {
                            Some(code) => code,
                            None => self.person.code(&question).await?,
                        }
                    };
                    let mfa = MfaCode {
                        serial,
                        code: &code,
                    };
                    match account.session_token(Some(mfa), *seconds).await {
                        // This call needs no permission: what is refused is the code.
                        Err(error) if error.kind == CloudErrorKind::AccessDenied => {
                            question.again = true;
                        }
                        Err(error) => return Err(Problem::from_cloud(&error, &context)),
                        Ok(session) => return Ok(session),
                    }
                }
                Err(code_refused(&question))
            }
            Hop::Role {
                profile,
                role_arn,
                session_name,
                external_id,
                seconds,
                tags,
            } => account
                .assume_role(AssumeRole {
                    role_arn,
                    session_name,
                    external_id: external_id.as_deref(),
                    seconds: *seconds,
                    tags,
                })
                .await
                .map_err(|error| match error.kind {
                    CloudErrorKind::AccessDenied => role_denied(&error, profile, role_arn),
                    _ => Problem::from_cloud(&error, &context),
                }),
        }
    }
}

/// Whether a failure may be over in a minute, so that an older session still serves.
fn passes(code: Code) -> bool {
    matches!(
        code,
        Code::Unreachable
            | Code::TimedOut
            | Code::Throttled
            | Code::Unavailable
            | Code::Proxy
            | Code::Tls
    )
}

fn no_fido(question: &MfaQuestion) -> Problem {
    let profile = &question.profile;
    Problem::new(
        Code::MfaFido,
        format!(
            "The MFA device of the profile {profile} is a security key or passkey, and STS gives no sessions for those."
        ),
        "Sign in with `aws login` or IAM Identity Center, or set an authenticator app up: `keywell mfa create`.",
    )
    .because(format!("It is {}.", question.serial))
}

fn code_refused(question: &MfaQuestion) -> Problem {
    Problem::new(
        Code::MfaCode,
        format!(
            "AWS refused the code of the MFA device {} twice.",
            question.device()
        ),
        "Check that this is the device that the profile names in mfa_serial, and that its clock is right. AWS takes no code twice.",
    )
}

fn role_denied(error: &CloudError, profile: &str, role_arn: &str) -> Problem {
    let cause = match &error.service_message {
        Some(message) => format!("AWS said: {message}"),
        None => String::new(),
    };
    Problem::new(
        Code::RoleDenied,
        format!("The profile {profile} may not assume the role {role_arn}."),
        "Check the role's ARN. Its trust policy has to name this key's user or account, and may ask for MFA or an external_id.",
    )
    .because(cause)
}

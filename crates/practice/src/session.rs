//! Session keys and their tokens. Nothing is stored: the secret of a session key and the seal of its token are made
//! from the account's own master secret, so that sessions outlive a restart as AWS's do.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::account::{Account, Caller, Grant};
use crate::clock::{from_millis, iso8601};
use crate::random;
use crate::secret::Secret;
use crate::xml::{element, wrap};

/// `ASIA` is AWS's own prefix of session keys.
const KEY_ID_PREFIX: &str = "ASIAPRACTICE";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    key_id: String,
    expires_millis: i64,
    who: Who,
}

/// Who a session acts as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Who {
    User { name: String, mfa: bool },
    Role { name: String, session: String },
    Federated { user: String, name: String },
}

/// Why a token is not taken.
pub(crate) enum SessionRefusal {
    Invalid,
    Expired,
}

pub(crate) fn new_master() -> Secret {
    Secret::new(random::secret_access_key())
}

pub(crate) fn is_session_key(key_id: &str) -> bool {
    key_id.starts_with(KEY_ID_PREFIX)
}

/// The secret of a session key: 40 characters of the base64 alphabet, as all secret access keys have.
pub(crate) fn secret_of(account: &Account, key_id: &str) -> Secret {
    let code = authenticator(account, &["secret", key_id]).finalize();
    Secret::new(STANDARD.encode(&code.into_bytes()[..30]))
}

/// A new session as the `Credentials` element of STS.
pub(crate) fn issue(account: &Account, who: Who, expires: OffsetDateTime) -> String {
    let key_id = format!("{KEY_ID_PREFIX}{}", random::base32(8));
    let secret = secret_of(account, &key_id);
    let claims = Claims {
        key_id: key_id.clone(),
        expires_millis: crate::clock::to_millis(expires),
        who,
    };
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap_or_default());
    let seal = authenticator(account, &["token", &claims]).finalize();
    let token = format!("{claims}.{}", URL_SAFE_NO_PAD.encode(seal.into_bytes()));
    wrap(
        "Credentials",
        &(element("AccessKeyId", &key_id)
            + &element("SecretAccessKey", secret.expose())
            + &element("SessionToken", &token)
            + &element("Expiration", &iso8601(expires))),
    )
}

/// The secret of a session's key and its caller, when the token is one of this account, belongs to the key and has
/// not ended, and its user or role is still there.
pub(crate) fn open(
    account: &Account,
    key_id: &str,
    token: &str,
    now_millis: i64,
) -> Result<(Secret, Caller), SessionRefusal> {
    let claims = read(account, token)
        .filter(|claims| claims.key_id == key_id)
        .ok_or(SessionRefusal::Invalid)?;
    if from_millis(claims.expires_millis) <= from_millis(now_millis) {
        return Err(SessionRefusal::Expired);
    }
    let caller = caller(account, &claims.who).ok_or(SessionRefusal::Invalid)?;
    Ok((secret_of(account, key_id), caller))
}

pub(crate) fn caller(account: &Account, who: &Who) -> Option<Caller> {
    match who {
        Who::User { name, mfa } => {
            let user = account.users.get(name)?;
            Some(Caller {
                grant: Grant::UserSession { mfa: *mfa },
                ..account.caller(user)
            })
        }
        Who::Federated { user, name } => {
            let owner = account.users.get(user)?;
            Some(Caller {
                grant: Grant::Federated,
                user_id: format!("{}:{name}", account.id),
                arn: format!("arn:aws:sts::{}:federated-user/{name}", account.id),
                ..account.caller(owner)
            })
        }
        Who::Role { name, session } => {
            let role = account.roles.get(name)?;
            Some(Caller {
                user_name: format!("{name}/{session}"),
                grant: Grant::Role { name: name.clone() },
                user_id: format!("{}:{session}", role.id),
                arn: format!("arn:aws:sts::{}:assumed-role/{name}/{session}", account.id),
            })
        }
    }
}

fn read(account: &Account, token: &str) -> Option<Claims> {
    let (claims, seal) = token.split_once('.')?;
    let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
    authenticator(account, &["token", claims])
        .verify_slice(&seal)
        .ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

fn authenticator(account: &Account, parts: &[&str]) -> Hmac<sha2::Sha256> {
    let mut code = Hmac::new_from_slice(account.session_master.expose().as_bytes())
        .expect("HMAC takes keys of any length");
    for part in parts {
        code.update(part.as_bytes());
        code.update(b"\n");
    }
    code
}

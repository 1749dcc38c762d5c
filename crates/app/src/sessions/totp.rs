//! Codes of an MFA device whose seed the person gave to Keywell (RFC 6238: SHA-1, six digits, 30 seconds, which is what
//! AWS's virtual devices are).
//!
//! The seed lies in the keychain beside the key, so that whoever can read the one can read the other: convenient, and no
//! second factor any more.

use std::{collections::BTreeMap, time::Duration};

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use keywell_vault::{ErrorKind, Item, Secret, store_and_verify};
use sha1::Sha1;

use super::{
    person::Person,
    plan::{Hop, Plan},
};
use crate::{
    App, blocking,
    problem::{Code, Problem},
    state_file,
};

const STEP_SECONDS: u64 = 30;
/// RFC 4226 wants 16 bytes; AWS's seeds have 40.
const SHORTEST_SEED: usize = 10;

/// Device → the window of the last code that was used: AWS takes no code twice.
type Used = BTreeMap<String, u64>;

/// Keeps the seed of the device that a profile names; returns the device's serial number. `text` is the seed in base32,
/// or the `otpauth:` address that a QR code holds.
///
/// # Errors
/// `mfa.no_device` when the profile names none, `mfa.seed_form`, and those of the keychain.
pub async fn keep_seed(app: &App, profile: &str, text: &Secret) -> Result<String, Problem> {
    let serial = device(app, profile)?;
    store_seed(app, &serial, text).await?;
    Ok(serial)
}

/// Keeps the seed of a device.
pub(crate) async fn store_seed(app: &App, serial: &str, text: &Secret) -> Result<(), Problem> {
    let seed = read_seed(text)?;
    let item = Item {
        key_id: item_name(serial),
        secret: Secret::new(BASE32_NOPAD.encode(&seed)),
        session_token: None,
        // It belongs to no profile, so that no search for a profile's key finds it.
        profile: String::new(),
        config_file: String::new(),
        created: app.now_seconds(),
    };
    let open = app.open_vault.clone();
    blocking(move || store_and_verify(open()?.as_ref(), &item)).await??;
    Ok(())
}

/// Whether Keywell makes the codes of a device. Where there is no keychain, it does not.
pub(crate) async fn is_seed_kept(app: &App, serial: &str) -> Result<bool, Problem> {
    let (open, name) = (app.open_vault.clone(), item_name(serial));
    match blocking(move || open()?.get(&name)).await? {
        Ok(_) => Ok(true),
        Err(error) if error.kind == ErrorKind::NoEntry || error.kind.is_absence() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The codes of the window before this one and of this one, in this order: AWS takes codes a little early and late.
pub(crate) fn two_codes(app: &App, seed: &Secret) -> Result<[Secret; 2], Problem> {
    let seed = read_seed(seed)?;
    let step = app.now_seconds() / STEP_SECONDS;
    Ok([step - 1, step].map(|step| Secret::new(code_of(&seed, step))))
}

/// Forgets the seed of the device that a profile names; false when there was none.
pub async fn forget_seed(app: &App, profile: &str) -> Result<bool, Problem> {
    let name = item_name(&device(app, profile)?);
    let open = app.open_vault.clone();
    match blocking(move || open()?.delete(&name)).await? {
        Ok(()) => Ok(true),
        Err(error) if error.kind == ErrorKind::NoEntry => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A code that was not used before, when the device's seed is kept. Waits for the next window where it must.
pub(super) async fn code(
    app: &App,
    serial: &str,
    person: &Person,
) -> Result<Option<Secret>, Problem> {
    let (open, name) = (app.open_vault.clone(), item_name(serial));
    let seed = match blocking(move || open()?.get(&name)).await? {
        Ok(item) => item.secret,
        Err(error) if error.kind == ErrorKind::NoEntry || error.kind.is_absence() => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let seed = read_seed(&seed)?;
    let now = app.now_seconds();
    let step = state_file::update(&app.places.data.join("mfa.json"), |used: &mut Used| {
        let last = used.entry(serial.to_owned()).or_default();
        *last = (now / STEP_SECONDS).max(*last + 1);
        *last
    })?;
    let wait = (step * STEP_SECONDS).saturating_sub(now);
    if wait > 0 {
        // As long as a person would have to wait.
        person.is_asked();
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
    Ok(Some(Secret::new(code_of(&seed, step))))
}

fn device(app: &App, profile: &str) -> Result<String, Problem> {
    let plan = Plan::for_profile(app, profile)?;
    let serial = plan.hops.into_iter().find_map(|hop| match hop {
        Hop::Token { serial, .. } => serial,
        Hop::Role { .. } => None,
    });
    serial.ok_or_else(|| {
        Problem::new(
            Code::MfaNoDevice,
            format!("The profile {profile} names no MFA device."),
            "Write the device's ARN into it: keywell profile set NAME mfa_serial=ARN",
        )
    })
}

fn item_name(serial: &str) -> String {
    format!("mfa:{serial}")
}

#[cfg(fuzzing)]
pub(crate) fn seed_length(text: &Secret) -> Option<usize> {
    Some(read_seed(text).ok()?.len())
}

fn read_seed(text: &Secret) -> Result<Vec<u8>, Problem> {
    let text = text.expose().trim();
    let seed = match text.strip_prefix("otpauth://") {
        Some(address) => address
            .split_once('?')
            .and_then(|(_, query)| {
                url::form_urlencoded::parse(query.as_bytes())
                    .find(|(name, _)| name == "secret")
                    .map(|(_, secret)| secret.into_owned())
            })
            .unwrap_or_default(),
        None => text.to_owned(),
    };
    let plain: String = seed
        .chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, '-' | '='))
        .map(|character| character.to_ascii_uppercase())
        .collect();
    BASE32_NOPAD
        .decode(plain.as_bytes())
        .ok()
        .filter(|seed| seed.len() >= SHORTEST_SEED)
        .ok_or_else(|| {
            Problem::new(
                Code::MfaSeedForm,
                "This is not the seed of an MFA device.",
                "AWS shows it as “secret key” when a virtual device is set up: letters and the digits 2 to 7.",
            )
        })
}

fn code_of(seed: &[u8], step: u64) -> String {
    let mut code = Hmac::<Sha1>::new_from_slice(seed).expect("HMAC takes keys of any length");
    code.update(&step.to_be_bytes());
    let digest = code.finalize().into_bytes();
    // RFC 4226, 5.3: the last four bits say which four bytes count.
    let offset = usize::from(digest[digest.len() - 1] & 0xf);
    let word = [0, 1, 2, 3].map(|byte| digest[offset + byte]);
    format!(
        "{:06}",
        (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let seed = b"12345678901234567890";
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_of(seed, time / STEP_SECONDS), code);
        }
    }

    #[test]
    fn a_seed_is_read_as_people_copy_it() {
        let seed = b"12345678901234567890".to_vec();
        for text in [
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            " gezd gnbv-gy3t qojq gezd gnbv gy3t qojq=\n",
            "otpauth://totp/AWS:me?issuer=x&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        ] {
            assert_eq!(read_seed(&Secret::new(text)).unwrap(), seed, "{text}");
        }
        for text in [
            "",
            "123456",
            "GEZDGNBV",
            "otpauth://totp/x",
            "not base32 at all!!!!",
        ] {
            let problem = read_seed(&Secret::new(text)).unwrap_err();
            assert_eq!(problem.code, Code::MfaSeedForm, "{text}");
        }
    }
}

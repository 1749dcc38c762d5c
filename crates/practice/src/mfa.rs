//! IAM: virtual MFA devices, and the codes that they show (RFC 6238 with SHA-1, six digits, 30 seconds).
//!
//! Source: IAM API Reference, the page of each action; IAM User Guide, "Resynchronize virtual and hardware MFA devices".

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha1::Sha1;

use crate::account::{Account, Caller};
use crate::authentication::Refusal;
use crate::clock::{from_millis, iso8601};
use crate::iam::{check_name, no_such_entity};
use crate::query::{Answer, Parameters, authorise};
use crate::random;
use crate::secret::{self, Secret};
use crate::state::State;
use crate::xml::{element, wrap};

const STEP_SECONDS: i64 = 30;
/// AWS takes codes a little early and late.
const TOLERATED_STEPS: i64 = 1;
const SEED_CHARACTERS: usize = 64;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MfaDevice {
    #[serde(with = "secret::stored")]
    pub(crate) seed: Secret,
    pub(crate) user: Option<String>,
    pub(crate) enabled_millis: Option<i64>,
    /// The window of the last code that was taken: none is taken twice.
    pub(crate) last_step: i64,
}

/// The code that a device of this seed (base32, as IAM writes it) shows `unix_seconds` after 1970; nothing for what is
/// no seed.
pub fn code_at(seed: &str, unix_seconds: i64) -> Option<String> {
    let seed = unbase32(seed)?;
    let mut code = Hmac::<Sha1>::new_from_slice(&seed).ok()?;
    code.update(&unix_seconds.div_euclid(STEP_SECONDS).to_be_bytes());
    let digest = code.finalize().into_bytes();
    let offset = usize::from(digest[digest.len() - 1] & 0xf);
    let word: [u8; 4] = digest[offset..offset + 4].try_into().ok()?;
    let number = (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000;
    Some(format!("{number:06}"))
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for c in text.trim_end_matches('=').chars() {
        let value = match c.to_ascii_uppercase() {
            c @ 'A'..='Z' => u32::from(c) - u32::from('A'),
            c @ '2'..='7' => u32::from(c) - u32::from('2') + 26,
            _ => return None,
        };
        bits = (bits << 5) | value;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

impl MfaDevice {
    /// Whether the device shows this code now, and in a window after the last one that was taken; it is taken then.
    fn take(&mut self, code: &str, now_seconds: i64) -> Option<i64> {
        let step = self.step_of(code, now_seconds)?;
        (step > self.last_step).then(|| {
            self.last_step = step;
            step
        })
    }

    fn step_of(&self, code: &str, now_seconds: i64) -> Option<i64> {
        let now = now_seconds.div_euclid(STEP_SECONDS);
        (now - TOLERATED_STEPS..=now + TOLERATED_STEPS)
            .find(|step| code_at(self.seed.expose(), step * STEP_SECONDS).as_deref() == Some(code))
    }
}

/// Checks the code of a call of STS that names a device, and uses it up.
pub(crate) fn verify(
    state: &State,
    caller: &Caller,
    parameters: &Parameters,
) -> Result<bool, Refusal> {
    let (Some(serial), Some(code)) = (parameters.get("SerialNumber"), parameters.get("TokenCode"))
    else {
        return Ok(false);
    };
    let refused = |text: &str| {
        Refusal::new(
            403,
            "AccessDenied",
            format!("MultiFactorAuthentication failed, {text}"),
        )
    };
    let now = state.clock.now().unix_timestamp();
    state.change_account(|account| {
        let device = account
            .mfa_devices
            .get_mut(serial)
            .filter(|device| device.user.as_ref() == Some(&caller.user_name))
            .ok_or_else(|| refused("unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user."))?;
        device
            .take(code, now)
            .map(|_| true)
            .ok_or_else(|| refused("invalid MFA one time pass code."))
    })
}

/// Answers the actions about MFA devices; nothing for others.
pub(crate) fn call(state: &State, caller: &Caller, parameters: &Parameters) -> Option<Answer> {
    let handler: fn(&State, &Caller, &Parameters) -> Answer = match parameters.action() {
        "CreateVirtualMFADevice" => create,
        "EnableMFADevice" => enable,
        "DeactivateMFADevice" => deactivate,
        "DeleteVirtualMFADevice" => delete,
        "ListMFADevices" => list,
        _ => return None,
    };
    let action = format!("iam:{}", parameters.action());
    let resource = parameters.get("SerialNumber").map_or_else(
        || format!("arn:aws:iam::{}:mfa/*", state.account().id),
        str::to_owned,
    );
    Some(
        authorise(state, caller, &action, &resource)
            .and_then(|()| handler(state, caller, parameters)),
    )
}

fn no_such_device(serial: &str) -> Refusal {
    no_such_entity(format!(
        "VirtualMFADevice with serial number {serial} does not exist."
    ))
}

fn find<'a>(account: &'a mut Account, serial: &str) -> Result<&'a mut MfaDevice, Refusal> {
    account
        .mfa_devices
        .get_mut(serial)
        .ok_or_else(|| no_such_device(serial))
}

fn user<'a>(caller: &'a Caller, parameters: &'a Parameters) -> &'a str {
    parameters.get("UserName").unwrap_or(&caller.user_name)
}

fn create(state: &State, _: &Caller, parameters: &Parameters) -> Answer {
    let name = parameters.required("VirtualMFADeviceName")?;
    check_name("virtualMFADeviceName", name, 226)?;
    let seed = random::base32(SEED_CHARACTERS);
    state.change_account(|account| {
        let serial = format!("arn:aws:iam::{}:mfa/{name}", account.id);
        if account.mfa_devices.contains_key(&serial) {
            return Err(Refusal::new(
                409,
                "EntityAlreadyExists",
                "MFADevice entity at the same path and name already exists.",
            ));
        }
        use base64::Engine as _;
        // IAM sends the bytes of the seed's text, as every blob, in base64.
        let sent = base64::engine::general_purpose::STANDARD.encode(&seed);
        let xml = wrap(
            "VirtualMFADevice",
            &(element("SerialNumber", &serial) + &element("Base32StringSeed", &sent)),
        );
        let device = MfaDevice {
            seed: Secret::new(seed),
            user: None,
            enabled_millis: None,
            last_step: 0,
        };
        account.mfa_devices.insert(serial, device);
        Ok(Some(xml))
    })
}

fn enable(state: &State, caller: &Caller, parameters: &Parameters) -> Answer {
    let serial = parameters.required("SerialNumber")?;
    let codes = [
        parameters.required("AuthenticationCode1")?,
        parameters.required("AuthenticationCode2")?,
    ];
    let user = user(caller, parameters);
    let (now, now_millis) = (state.clock.now().unix_timestamp(), state.now_millis());
    state.change_account(|account| {
        let device = find(account, serial)?;
        let first = device.step_of(codes[0], now);
        let second = device.step_of(codes[1], now);
        match (first, second) {
            (Some(first), Some(second)) if second == first + 1 => device.last_step = second,
            _ => {
                return Err(Refusal::new(
                    403,
                    "InvalidAuthenticationCode",
                    "Authentication code for device is not valid.",
                ));
            }
        }
        device.user = Some(user.to_owned());
        device.enabled_millis = Some(now_millis);
        Ok(None)
    })
}

fn deactivate(state: &State, _: &Caller, parameters: &Parameters) -> Answer {
    let serial = parameters.required("SerialNumber")?;
    state.change_account(|account| {
        let device = find(account, serial)?;
        device.user = None;
        device.enabled_millis = None;
        Ok(None)
    })
}

fn delete(state: &State, _: &Caller, parameters: &Parameters) -> Answer {
    let serial = parameters.required("SerialNumber")?;
    state.change_account(|account| {
        if find(account, serial)?.user.is_some() {
            return Err(Refusal::new(
                409,
                "DeleteConflict",
                "Cannot delete entity, must deactivate first.",
            ));
        }
        account.mfa_devices.remove(serial);
        Ok(None)
    })
}

fn list(state: &State, caller: &Caller, parameters: &Parameters) -> Answer {
    let user = user(caller, parameters);
    let account = state.account();
    if parameters.get("UserName").is_some() && !account.users.contains_key(user) {
        return Err(no_such_entity(format!(
            "The user with name {user} cannot be found."
        )));
    }
    let members: String = account
        .mfa_devices
        .iter()
        .filter(|(_, device)| device.user.as_deref() == Some(user))
        .map(|(serial, device)| {
            let enabled = device.enabled_millis.unwrap_or_default();
            wrap(
                "member",
                &(element("UserName", user)
                    + &element("SerialNumber", serial)
                    + &element("EnableDate", &iso8601(from_millis(enabled)))),
            )
        })
        .collect();
    Ok(Some(
        wrap("MFADevices", &members) + &element("IsTruncated", "false"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(seed, time).as_deref(), Some(code));
        }
        assert_eq!(code_at("no seed!", 0), None);
    }
}

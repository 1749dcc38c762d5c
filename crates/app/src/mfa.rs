//! MFA devices of IAM users: which there are, and setting up a virtual one.
//!
//! A device that is being set up waits in this process's memory with its seed: the page and the terminal hold its id.
//! Until two of its codes were confirmed it belongs to nobody, and giving up deletes it.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use keywell_vault::Secret;
use keywell_wire as wire;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::{
    EcLevel, QrCode,
    render::{svg, unicode::Dense1x2},
};

use crate::{
    App,
    cloud::{CloudError, CloudErrorKind, Context},
    problem::{Code, Problem},
    profiles, resolve,
    sessions::{self, MfaQuestion},
};

/// `virtualMFADeviceName` of IAM's service model.
const LONGEST_NAME: usize = 226;

/// The device that is being set up. One at a time: an older one would only be a seed that lies about.
#[derive(Default)]
pub struct Drafts {
    next: AtomicU64,
    waiting: Mutex<Option<Draft>>,
}

#[derive(Clone)]
struct Draft {
    id: String,
    profile: String,
    user: String,
    account: String,
    serial: String,
    seed: Secret,
}

/// The two codes that confirm a device.
pub enum Codes {
    /// As a person read them off the device, in this order.
    Typed([Secret; 2]),
    /// Made from the seed, for one that is kept.
    OfSeed,
}

/// The devices of a user; of the profile's own when none is named.
pub async fn devices(
    app: &App,
    profile: &str,
    user: Option<&str>,
) -> Result<wire::MfaDevices, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let serials = account
        .mfa_devices(user)
        .await
        .map_err(|error| explained(&error, profile, user))?;
    let mut devices = Vec::new();
    for serial in serials {
        devices.push(wire::MfaDevice {
            kind: kind_of(&serial),
            name: name_of(&serial),
            seed_kept: sessions::is_seed_kept(app, &serial).await?,
            serial,
        });
    }
    let only_fido = !devices.is_empty()
        && devices
            .iter()
            .all(|device| device.kind == wire::MfaKind::Fido);
    Ok(wire::MfaDevices { devices, only_fido })
}

/// FIDO devices have ARNs of their own; what has no ARN is the serial number on a piece of hardware.
fn kind_of(serial: &str) -> wire::MfaKind {
    if sessions::is_fido(serial) {
        wire::MfaKind::Fido
    } else if serial.starts_with("arn:") {
        wire::MfaKind::Virtual
    } else {
        wire::MfaKind::Hardware
    }
}

/// Whether STS takes codes of a device: it gives no sessions for FIDO devices.
pub(crate) fn gives_codes(serial: &str) -> bool {
    kind_of(serial) != wire::MfaKind::Fido
}

fn name_of(serial: &str) -> String {
    match serial.rsplit_once(":u2f/") {
        // user/NAME/DEVICE-ID
        Some((_, path)) => path.rsplit('/').next().unwrap_or(path).to_owned(),
        None => {
            let question = MfaQuestion {
                profile: String::new(),
                serial: serial.to_owned(),
                again: false,
            };
            question.device().to_owned()
        }
    }
}

/// Makes a virtual device for a user, that of the profile when none is named. It is not the user's until
/// [`enable`] has confirmed it.
///
/// # Errors
/// `mfa.device_name`, and those of IAM: `mfa.device_taken` when the account has a device of that name.
pub async fn create(
    app: &App,
    profile: &str,
    user: Option<&str>,
    name: Option<&str>,
) -> Result<wire::MfaDraft, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let answer = account
        .identity()
        .await
        .map_err(|error| explained(&error, profile, user))?;
    let card = profiles::identity_card(&answer.identity);
    let user = match user {
        Some(user) => user.to_owned(),
        None if card.kind == wire::IdentityKind::User => card.name,
        None => {
            return Err(Problem::new(
                Code::MfaNoUser,
                format!("The profile {profile} is no IAM user, and only users have MFA devices."),
                "Name the user: keywell mfa create PROFILE --user NAME",
            ));
        }
    };
    let name = name.unwrap_or(&user);
    check_name(name)?;
    let made = account
        .create_virtual_mfa_device(name)
        .await
        .map_err(|error| explained(&error, profile, Some(&user)))?;
    // One that was begun before and not ended is nobody's.
    let before = take(app);
    let id = format!(
        "mfa-{}",
        app.mfa_drafts.next.fetch_add(1, Ordering::Relaxed)
    );
    let draft = Draft {
        id: id.clone(),
        profile: profile.to_owned(),
        user: user.clone(),
        account: answer.identity.account_id,
        serial: made.serial.clone(),
        seed: made.seed,
    };
    *waiting(app) = Some(draft);
    if let Some(before) = before {
        delete(app, &before).await?;
    }
    Ok(wire::MfaDraft {
        draft: id,
        name: name.to_owned(),
        serial: made.serial,
        user,
    })
}

/// `[\w+=,.@-]+` of IAM's service model; a path is not offered.
fn check_name(name: &str) -> Result<(), Problem> {
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    if (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Problem::new(
        Code::MfaDeviceName,
        format!("{name:?} is no name for an MFA device."),
        "Use letters, digits and any of _ + = , . @ -",
    ))
}

/// The seed of a device that is being set up, as apps take it.
pub struct Enrolment {
    pub name: String,
    pub user: String,
    pub account: String,
    /// In base32, for typing.
    pub seed: Secret,
    address: Secret,
}

/// # Errors
/// `setup.draft_gone`.
pub fn enrolment(app: &App, id: &str) -> Result<Enrolment, Problem> {
    let draft = get(app, id)?;
    let name = name_of(&draft.serial);
    // The form that IAM's own QR code has (API Reference, VirtualMFADevice).
    let label =
        utf8_percent_encode(&format!("{name}@{}", draft.account), NON_ALPHANUMERIC).to_string();
    let address = format!(
        "otpauth://totp/{label}?secret={}&issuer=AWS",
        draft.seed.expose().trim_end_matches('=')
    );
    Ok(Enrolment {
        name,
        user: draft.user,
        account: draft.account,
        seed: draft.seed,
        address: Secret::new(address),
    })
}

impl Enrolment {
    /// The QR code as SVG, dark on light.
    pub fn svg(&self) -> Result<Secret, Problem> {
        Ok(Secret::new(
            self.code()?
                .render::<svg::Color>()
                .min_dimensions(264, 264)
                .quiet_zone(true)
                .build(),
        ))
    }

    /// The QR code as lines for a terminal, light blocks for what is dark on paper: most terminals are dark, and phones
    /// read both.
    pub fn lines(&self) -> Result<Secret, Problem> {
        Ok(Secret::new(
            self.code()?
                .render::<Dense1x2>()
                .dark_color(Dense1x2::Light)
                .light_color(Dense1x2::Dark)
                .quiet_zone(true)
                .build(),
        ))
    }

    fn code(&self) -> Result<QrCode, Problem> {
        QrCode::with_error_correction_level(self.address.expose(), EcLevel::M).map_err(|error| {
            Problem::new(
                Code::Internal,
                "The QR code can not be drawn.",
                "Type the seed into the app instead.",
            )
            .because(error.to_string())
        })
    }
}

/// Confirms the device with two codes in a row, and keeps its seed where the person chose that. A wrong code can be
/// tried again.
///
/// # Errors
/// `mfa.code_refused`, `setup.draft_gone`, and those of IAM and the keychain. The device is the user's when only keeping
/// the seed failed.
pub async fn enable(
    app: &App,
    id: &str,
    codes: Codes,
    keep_seed: bool,
) -> Result<wire::MfaEnabled, Problem> {
    let draft = get(app, id)?;
    let codes = match codes {
        Codes::Typed(codes) => codes,
        Codes::OfSeed => sessions::two_codes(app, &draft.seed)?,
    };
    let account = resolve::account_of(app, &draft.profile).await?;
    account
        .enable_mfa_device(&draft.user, &draft.serial, [&codes[0], &codes[1]])
        .await
        .map_err(|error| explained(&error, &draft.profile, Some(&draft.user)))?;
    *waiting(app) = None;
    if keep_seed {
        sessions::store_seed(app, &draft.serial, &draft.seed).await?;
    }
    Ok(wire::MfaEnabled {
        serial: draft.serial,
        user: draft.user,
        seed_kept: keep_seed,
    })
}

/// Gives up: the device that was made is deleted. One that is gone already is what was wanted.
pub async fn cancel(app: &App, id: &str) -> Result<(), Problem> {
    let Ok(draft) = get(app, id) else {
        return Ok(());
    };
    *waiting(app) = None;
    delete(app, &draft).await
}

/// Gives up whichever device is being set up, when the program ends. A failure leaves a device that nobody has.
pub async fn cancel_waiting(app: &App) {
    if let Some(draft) = take(app)
        && let Err(problem) = delete(app, &draft).await
    {
        tracing::warn!(
            code = problem.code.as_str(),
            "an unused MFA device is left over"
        );
    }
}

async fn delete(app: &App, draft: &Draft) -> Result<(), Problem> {
    let account = resolve::account_of(app, &draft.profile).await?;
    account
        .delete_virtual_mfa_device(&draft.serial)
        .await
        .map_err(|error| explained(&error, &draft.profile, Some(&draft.user)))
}

fn waiting(app: &App) -> std::sync::MutexGuard<'_, Option<Draft>> {
    app.mfa_drafts
        .waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

fn take(app: &App) -> Option<Draft> {
    waiting(app).take()
}

fn get(app: &App, id: &str) -> Result<Draft, Problem> {
    waiting(app)
        .clone()
        .filter(|draft| draft.id == id)
        .ok_or_else(|| {
            Problem::new(
                Code::DraftGone,
                "This MFA device is not being set up any more.",
                "Begin again.",
            )
        })
}

fn explained(error: &CloudError, profile: &str, user: Option<&str>) -> Problem {
    match error.kind {
        CloudErrorKind::WrongMfaCode => Problem::new(
            Code::MfaCode,
            "AWS did not take these two codes.",
            "Type two codes that the device shows one after the other, the older one first. Check that this computer's and the phone's clock are right.",
        ),
        CloudErrorKind::MfaDeviceTaken => Problem::new(
            Code::MfaDeviceTaken,
            "This account has an MFA device of that name already.",
            "Choose another name.",
        ),
        _ => Problem::from_cloud(
            error,
            &Context {
                profile: Some(profile),
                user,
                ..Context::default()
            },
        ),
    }
}

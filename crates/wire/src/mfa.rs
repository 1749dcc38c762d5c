use serde::Deserialize;
use ts_rs::TS;

use crate::wire;

/// The two codes that a new device showed; they go inwards only.
#[derive(Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MfaEnableRequest {
    pub draft: String,
    pub codes: [String; 2],
    /// Keeps the seed beside the access key, so that Keywell makes the codes.
    pub keep_seed: bool,
}

wire! {
/// The MFA devices of an IAM user.
pub struct MfaDevices {
    pub devices: Vec<MfaDevice>,
    /// STS has no sessions with FIDO devices, so that such a user has to sign in another way.
    pub only_fido: bool,
}

pub struct MfaDevice {
    /// Its ARN, or the number printed on a piece of hardware: what `mfa_serial` takes.
    pub serial: String,
    pub name: String,
    pub kind: MfaKind,
    /// Keywell makes its codes.
    pub seed_kept: bool,
}

pub enum MfaKind {
    Virtual,
    Fido,
    Hardware,
}

pub struct MfaCreateRequest {
    pub profile: String,
    pub user: String,
    pub name: String,
}

/// A virtual device that waits for its two codes. The seed stays in Rust.
pub struct MfaDraft {
    pub draft: String,
    pub name: String,
    pub serial: String,
    pub user: String,
}

pub struct MfaEnabled {
    pub serial: String,
    pub user: String,
    pub seed_kept: bool,
}
}

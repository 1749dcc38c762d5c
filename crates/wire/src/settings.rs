use crate::{Failure, wire};

wire! {
/// What a person chose for Keywell itself. An empty text is no choice.
pub struct Settings {
    pub appearance: Appearance,
    /// Of new profiles.
    pub default_region: String,
    /// The AWS CLI's output format of new profiles.
    pub default_output: String,
    /// Where new keys are kept.
    pub store: StoreChoice,
    /// So long after its passphrase was given, the encrypted file asks for it again; 0: not before the machine restarts.
    pub lock_after_minutes: u32,
    /// After so long a copied secret or link is taken off the clipboard; 0: never.
    pub clipboard_seconds: u32,
    /// `http://host:port`. The environment's proxy variables win.
    pub proxy: String,
    /// Hosts that are asked directly, as in `NO_PROXY`, which wins.
    pub no_proxy: String,
    /// PEM file that replaces the system's certificate authorities. `AWS_CA_BUNDLE` and a profile's `ca_bundle` win.
    pub ca_bundle: String,
    /// A key older than this, in days, is to be rotated; reminders say so.
    pub key_rotate_days: u32,
    /// A key that was not used for longer than this, in days, is called unused.
    pub key_unused_days: u32,
    /// Keywell may rotate keys that are due while its window is open, and go on with rotations that wait.
    pub rotate_in_background: bool,
    /// The window tells of sessions that end soon and need a person.
    pub notify_sessions: bool,
    /// Files of one upload or download that are on their way at the same time.
    pub transfer_parallel: u32,
    /// All transfers together, in KiB per second; 0: as fast as it goes.
    pub transfer_kib_per_second: u32,
}

pub enum Appearance {
    System,
    Light,
    Dark,
    Contrast,
}

pub enum StoreChoice {
    /// The system's keychain.
    Keychain,
    /// An encrypted file.
    File,
}

/// The settings in force and what is wrong with them.
pub struct SettingsState {
    pub settings: Settings,
    /// Where they are stored, as a person writes it.
    pub file: String,
    /// Why what is stored is not in force; then all settings are the defaults.
    pub problem: Option<Failure>,
    /// Fields that are refused. After a save: nothing was saved. Else the stored value is not in force.
    pub problems: Vec<SettingProblem>,
    /// Fields that do nothing now, since a variable of the environment decides.
    pub overrides: Vec<SettingOverride>,
}

/// What can be shown to somebody who helps.
pub struct Diagnostics {
    pub text: String,
}

pub struct SettingProblem {
    /// The field's name in `Settings`.
    pub field: String,
    pub failure: Failure,
}

pub struct SettingOverride {
    /// The field's name in `Settings`.
    pub field: String,
    pub variable: String,
}
}

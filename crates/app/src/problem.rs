//! The one error of the use cases: message, cause, hint, code.

use std::{error::Error, fmt};

/// Declares the codes once: the variant and what scripts and the page see.
macro_rules! codes {
    ($($variant:ident = $text:literal,)+) => {
        /// What decides. Screens and scripts switch on it; the sentences beside it are for people.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($variant),+ }

        impl Code {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The inverse of [`Code::as_str`].
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

codes! {
    CsvUnreadable = "csv.unreadable",
    CsvNotACsv = "csv.not_a_csv",
    CsvEmpty = "csv.empty",
    CsvNoKey = "csv.no_key",
    CsvTooLarge = "csv.too_large",
    CsvDelimiter = "csv.delimiter",
    CsvSeveralKeys = "csv.several_keys",
    CsvNotOurs = "csv.not_ours",
    KeyIdForm = "key.id_form",
    KeySecretForm = "key.secret_form",
    KeyTokenMissing = "key.token_missing",
    KeyTokenUnexpected = "key.token_unexpected",
    KeyDescriptionForm = "key.description_form",
    KeyRoot = "key.root",
    KeyInUse = "key.in_use",
    KeyUnfinished = "key.unfinished",
    RotationRunning = "rotation.running",
    RotationNone = "rotation.none",
    RotationRefused = "rotation.refused",
    RotationGrace = "rotation.grace",
    RotationJournal = "rotation.journal",
    RotationNotReady = "rotation.not_ready",
    RotationUnproven = "rotation.unproven",
    RotationNoWayBack = "rotation.no_way_back",
    RotationStopped = "rotation.stopped",
    DraftGone = "setup.draft_gone",
    Cancelled = "task.cancelled",
    SetupUnproven = "setup.unproven",
    ProfileName = "profile.name",
    ProfileExists = "profile.exists",
    ProfileMissing = "profile.missing",
    ProfileNotPlain = "profile.not_plain",
    ProfileSecretMissing = "profile.secret_missing",
    ProfileValue = "profile.value",
    ProfileChain = "profile.chain",
    RegionForm = "region.form",
    RegionDisabled = "region.disabled",
    EndpointForm = "endpoint.form",
    FilesUnreadable = "files.unreadable",
    FilesNotText = "files.not_text",
    FilesUnwritable = "files.unwritable",
    FilesChanged = "files.changed",
    FilesEdit = "files.edit",
    SettingValue = "settings.value",
    SettingUnknown = "settings.unknown",
    SettingsDamaged = "settings.damaged",
    SettingsNewer = "settings.newer",
    FilesValue = "files.value",
    FilesConflict = "files.conflict",
    FilesOverwritten = "files.overwritten",
    FilesRefused = "files.sdk_refuses",
    FilesNoHome = "files.no_home",
    LinkRefused = "link.refused",
    PathNotGiven = "path.not_given",
    UndoGone = "undo.gone",
    UndoSealed = "undo.sealed",
    VaultNoEntry = "vault.no_entry",
    VaultLocked = "vault.locked",
    VaultDenied = "vault.denied",
    VaultNoProvider = "vault.no_provider",
    VaultBrokeOff = "vault.broke_off",
    VaultNoService = "vault.no_service",
    VaultNoKeyring = "vault.no_keyring",
    VaultTimedOut = "vault.timed_out",
    VaultDamaged = "vault.damaged",
    VaultAltered = "vault.altered",
    VaultOtherVersion = "vault.other_version",
    VaultPassphraseNeeded = "vault.passphrase_needed",
    VaultNotUnlocked = "vault.not_unlocked",
    VaultWrongPassphrase = "vault.wrong_passphrase",
    VaultCutShort = "vault.cut_short",
    VaultFileDamaged = "vault.file_damaged",
    VaultUnreadable = "vault.unreadable",
    VaultUnwritable = "vault.unwritable",
    VaultConflict = "vault.conflict",
    VaultBackupExists = "vault.backup_exists",
    VaultTooLong = "vault.too_long",
    VaultOther = "vault.other",
    UnknownKey = "sts.unknown_key",
    WrongSecret = "sts.wrong_secret",
    BadToken = "sts.bad_token",
    ExpiredSession = "sts.expired_session",
    ClockSkew = "clock.skewed",
    AccessDenied = "aws.access_denied",
    NoSuchUser = "iam.no_such_user",
    NoSuchKey = "iam.no_such_key",
    NoSuchEntity = "iam.no_such_entity",
    EntityExists = "iam.entity_exists",
    DeleteConflict = "iam.delete_conflict",
    UserName = "iam.user_name",
    UserSelf = "iam.user_self",
    Quota = "aws.quota",
    KeyLimit = "iam.key_limit",
    PolicyForm = "policy.form",
    PolicyTooLong = "policy.too_long",
    AccessPrefix = "access.prefix",
    AccessNothing = "access.nothing_allowed",
    AccessRunning = "access.running",
    AccessJournal = "access.journal",
    AccessNone = "access.none",
    AccessUnproven = "access.unproven",
    NoSuchBucket = "s3.no_such_bucket",
    NoSuchObject = "s3.no_such_object",
    NoSuchUpload = "s3.no_such_upload",
    BucketName = "s3.bucket_name",
    BucketTaken = "s3.bucket_taken",
    BucketOwned = "s3.bucket_owned",
    BucketNotEmpty = "s3.bucket_not_empty",
    WrongRegion = "s3.wrong_region",
    PreconditionFailed = "s3.precondition_failed",
    BadChecksum = "s3.bad_checksum",
    PresignTooLong = "s3.presign_too_long",
    Throttled = "aws.throttled",
    Unavailable = "aws.unavailable",
    NotImplemented = "aws.not_implemented",
    InvalidRequest = "aws.invalid_request",
    NoCredentials = "aws.no_credentials",
    Unreachable = "network.unreachable",
    TimedOut = "network.timed_out",
    Tls = "network.tls",
    Proxy = "network.proxy",
    AwsOther = "aws.other",
    TransferExists = "transfer.exists",
    TransferSourceMissing = "transfer.source_missing",
    TransferSourceChanged = "transfer.source_changed",
    TransferSourceUnreadable = "transfer.source_unreadable",
    TransferName = "transfer.name",
    TransferDiskFull = "transfer.disk_full",
    TransferTargetUnwritable = "transfer.target_unwritable",
    TransferCancelled = "transfer.cancelled",
    HelperPath = "helper.path",
    HelperFailed = "helper.failed",
    MigrateNoKey = "migrate.no_key",
    MigrateBlocked = "migrate.blocked",
    MigrateFile = "migrate.file",
    DoctorNoFinding = "doctor.no_finding",
    DoctorNoFix = "doctor.no_fix",
    HelperTimedOut = "helper.timed_out",
    ChainLoop = "profile.chain_loop",
    ChainBroken = "profile.chain_broken",
    ChainTooLong = "profile.chain_too_long",
    RoleDenied = "sts.role_denied",
    MfaCode = "mfa.code_refused",
    MfaFido = "mfa.fido",
    MfaNoDevice = "mfa.no_device",
    MfaSeedForm = "mfa.seed_form",
    MfaDeviceName = "mfa.device_name",
    MfaDeviceTaken = "mfa.device_taken",
    MfaNoUser = "mfa.no_user",
    MfaNobody = "mfa.nobody_to_ask",
    LeaveNobody = "hand_out.nobody_to_ask",
    LeaveRefused = "hand_out.refused",
    SessionsCutShort = "sessions.cut_short",
    SessionsOtherVersion = "sessions.other_version",
    SessionsOtherKey = "sessions.other_key",
    ConsoleRoot = "console.root",
    ConsoleSession = "console.session",
    ConsoleElsewhere = "console.elsewhere",
    ConsoleService = "console.service",
    Practice = "practice.failed",
    Internal = "internal",
}

/// A failure as a person meets it. No field ever holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: Code,
    /// What happened, one sentence.
    pub message: String,
    /// Why, one or two sentences; may be empty.
    pub cause: String,
    /// What to do; may be empty.
    pub hint: String,
}

impl Problem {
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            cause: String::new(),
            hint: hint.into(),
        }
    }

    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }

    /// Where what to do depends on what was wanted.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        hint.clone_into(&mut self.hint);
        self
    }

    /// Adds a sentence to the cause.
    #[must_use]
    pub fn and_because(mut self, cause: &str) -> Self {
        if !self.cause.is_empty() && !cause.is_empty() {
            self.cause.push(' ');
        }
        self.cause.push_str(cause);
        self
    }

    /// For a step that failed and whose taking back failed too: the first failure stays the message, and the hint
    /// is the one of what is now left over.
    #[must_use]
    pub(crate) fn not_taken_back(self, failure: &Self) -> Self {
        let hint = failure.hint.clone();
        let mut problem = self.and_because(&format!(
            "Not all could be put back as it was: {}",
            failure.message
        ));
        if !hint.is_empty() {
            problem.hint = hint;
        }
        problem
    }

    pub fn cancelled() -> Self {
        Self::new(
            Code::Cancelled,
            "You cancelled this. Nothing was changed.",
            "",
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for Problem {}

impl From<&Problem> for keywell_wire::Failure {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.as_str().to_owned(),
            message: problem.message.clone(),
            cause: problem.cause.clone(),
            hint: problem.hint.clone(),
        }
    }
}

impl From<Problem> for keywell_wire::Failure {
    fn from(problem: Problem) -> Self {
        Self::from(&problem)
    }
}

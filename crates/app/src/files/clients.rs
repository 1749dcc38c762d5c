//! What is true of each AWS client: in which order it looks for credentials, and when variables win over a profile.
//!
//! The orders are those of the clients' sources (November 2026): botocore `credentials.py` (`ProfileProviderBuilder`,
//! `AssumeRoleProvider`), aws-config `profile/credentials/repr.rs`, aws-sdk-go-v2 `config/resolve_credentials.go` and
//! `shared_config.go`, aws-sdk-java-v2 `ProfileCredentialsUtils.java`, aws-sdk-js-v3 `credential-provider-ini`
//! (`resolveProfileData.ts`) and `credential-provider-node`, aws-sdk-net `CredentialProfileTypeDetector.cs`, and for
//! .NET's chain <https://docs.aws.amazon.com/sdk-for-net/v4/developer-guide/creds-assign.html>. That of the AWS CLI
//! and boto3 is held against the real ones by a journey.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    AwsCli,
    Boto3,
    Rust,
    Go,
    Java,
    JavaScript,
    DotNet,
}

impl Client {
    pub const ALL: [Client; 7] = [
        Client::AwsCli,
        Client::Boto3,
        Client::Rust,
        Client::Go,
        Client::Java,
        Client::JavaScript,
        Client::DotNet,
    ];

    /// The word that scripts see.
    pub fn id(self) -> &'static str {
        match self {
            Client::AwsCli => "aws-cli",
            Client::Boto3 => "boto3",
            Client::Rust => "rust",
            Client::Go => "go",
            Client::Java => "java",
            Client::JavaScript => "javascript",
            Client::DotNet => "dotnet",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Client::AwsCli => "AWS CLI",
            Client::Boto3 => "boto3",
            Client::Rust => "Rust SDK",
            Client::Go => "Go SDK",
            Client::Java => "Java SDK",
            Client::JavaScript => "JavaScript SDK",
            Client::DotNet => ".NET SDK",
        }
    }

    /// Whether a key in the environment wins over the profile, given how the profile is chosen.
    pub(super) fn prefers_environment(self, chosen: Chosen) -> bool {
        match self {
            Client::AwsCli | Client::Boto3 | Client::Go => chosen != Chosen::Named,
            Client::JavaScript => chosen == Chosen::Default,
            Client::Rust | Client::Java | Client::DotNet => true,
        }
    }

    /// Whether a web identity in the environment wins over the keys of the profile.
    pub(super) fn prefers_web_identity(self, chosen: Chosen) -> bool {
        match self {
            Client::AwsCli | Client::Boto3 | Client::Go => chosen != Chosen::Named,
            Client::Java | Client::DotNet => true,
            Client::Rust | Client::JavaScript => false,
        }
    }

    /// Kinds of credentials in the order in which the client looks for them in the profile that was asked for, and in
    /// one that another profile acts through.
    pub(super) fn order(self, is_source: bool) -> &'static [Kind] {
        use Kind::{
            ConfigFile, CredentialSource, CredentialsFile, LoginSession, Process, Role, Sso,
            WebIdentity,
        };
        match (self, is_source) {
            (Client::AwsCli | Client::Boto3, false) => &[
                Role,
                WebIdentity,
                Sso,
                CredentialsFile,
                LoginSession,
                Process,
                ConfigFile,
            ],
            // A role only where there are no keys (`_resolve_credentials_from_profile`).
            (Client::AwsCli | Client::Boto3, true) => &[
                WebIdentity,
                Sso,
                CredentialsFile,
                LoginSession,
                Process,
                ConfigFile,
                Role,
            ],
            (Client::Rust, false) => &[
                Role,
                CredentialSource,
                WebIdentity,
                Sso,
                LoginSession,
                Process,
                CredentialsFile,
                ConfigFile,
            ],
            (Client::Rust, true) => &[
                CredentialsFile,
                ConfigFile,
                Role,
                CredentialSource,
                WebIdentity,
                Sso,
                LoginSession,
                Process,
            ],
            (Client::Go, false) => &[
                Role,
                CredentialsFile,
                ConfigFile,
                CredentialSource,
                WebIdentity,
                Sso,
                LoginSession,
                Process,
            ],
            (Client::Go, true) => &[
                CredentialsFile,
                ConfigFile,
                Role,
                CredentialSource,
                WebIdentity,
                Sso,
                LoginSession,
                Process,
            ],
            (Client::Java, _) => &[WebIdentity, Sso, Role, Process, CredentialsFile, ConfigFile],
            (Client::JavaScript, false) => &[
                Role,
                CredentialsFile,
                ConfigFile,
                WebIdentity,
                Process,
                Sso,
                LoginSession,
            ],
            (Client::JavaScript, true) => &[
                CredentialsFile,
                ConfigFile,
                Role,
                WebIdentity,
                Process,
                Sso,
                LoginSession,
            ],
            (Client::DotNet, _) => &[Sso, Role, WebIdentity, Process, CredentialsFile, ConfigFile],
        }
    }
}

/// The clients that take a key from the environment even where a profile is named.
pub(crate) fn prefer_environment_to_a_named_profile() -> Vec<Client> {
    Client::ALL
        .into_iter()
        .filter(|client| client.prefers_environment(Chosen::Named))
        .collect()
}

/// How a profile comes to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    /// `--profile`, or in the program's code.
    Named,
    /// AWS_PROFILE.
    Variable,
    /// It is the one named default.
    Default,
}

/// A kind of source that credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Role,
    CredentialSource,
    WebIdentity,
    Sso,
    LoginSession,
    Process,
    /// Keys in the credentials file.
    CredentialsFile,
    /// Keys in the config file.
    ConfigFile,
}

impl Kind {
    /// The word that scripts see.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Role => "assume_role",
            Kind::CredentialSource => "credential_source",
            Kind::WebIdentity => "web_identity",
            Kind::Sso => "sso",
            Kind::LoginSession => "login_session",
            Kind::Process => "credential_process",
            Kind::CredentialsFile => "credentials_file",
            Kind::ConfigFile => "config_file",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Kind::Role => "the role",
            Kind::CredentialSource => "the credential source",
            Kind::WebIdentity => "the web identity",
            Kind::Sso => "the sign-in (IAM Identity Center)",
            Kind::LoginSession => "the sign-in (aws login)",
            Kind::Process => "the program in credential_process",
            Kind::CredentialsFile => "the key in the credentials file",
            Kind::ConfigFile => "the key in the config file",
        }
    }
}

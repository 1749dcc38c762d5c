//! Where a connection's credentials come from.

use aws_config::{
    BehaviorVersion, Region,
    ecs::EcsCredentialsProvider,
    environment::EnvironmentVariableCredentialsProvider,
    meta::credentials::CredentialsProviderChain,
    profile::{ProfileFileCredentialsProvider, credentials},
    provider_config::ProviderConfig,
    web_identity_token::WebIdentityTokenCredentialsProvider,
};
use aws_credential_types::{Credentials as SdkCredentials, provider::SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SharedTimeSource};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use keywell_app::cloud::{Connection, Credentials};
use keywell_vault::Secret;

/// The SDK's provider for a connection.
///
/// `Environment` asks, in this order: the variables, a web identity token, the default profile, a container's endpoint.
/// The instance metadata service is left out: it is a network address that answers on servers only, and asking it makes
/// everybody else wait.
pub(crate) fn provider(
    connection: &Connection,
    http_client: &SharedHttpClient,
    time: &SharedTimeSource,
) -> SharedCredentialsProvider {
    let config = || {
        ProviderConfig::empty()
            .with_region(Some(Region::new(connection.region.clone())))
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(http_client.clone())
            .with_time_source(time.clone())
            .with_sleep_impl(TokioSleep::new())
    };
    match &connection.credentials {
        Credentials::Pair(pair) => SharedCredentialsProvider::new(SdkCredentials::new(
            pair.key_id.clone(),
            pair.secret.expose(),
            pair.session_token
                .as_ref()
                .map(|token| Secret::expose(token).to_owned()),
            None,
            "keywell",
        )),
        Credentials::Profile(name) => SharedCredentialsProvider::new(
            profile(connection, &config()).profile_name(name).build(),
        ),
        Credentials::Environment => SharedCredentialsProvider::new(
            CredentialsProviderChain::first_try(
                "environment",
                EnvironmentVariableCredentialsProvider::new(),
            )
            .or_else(
                "web identity",
                WebIdentityTokenCredentialsProvider::builder()
                    .configure(&config())
                    .build(),
            )
            .or_else("profile", profile(connection, &config()).build())
            .or_else(
                "container",
                EcsCredentialsProvider::builder()
                    .configure(&config())
                    .build(),
            ),
        ),
    }
}

fn profile(connection: &Connection, config: &ProviderConfig) -> credentials::Builder {
    let mut files = EnvConfigFiles::builder()
        .include_default_config_file(false)
        .include_default_credentials_file(false);
    // Most people have only one of the two, and to the SDK a file that is named but not there is an error.
    for (kind, file) in [
        (EnvConfigFileKind::Config, &connection.config_file),
        (EnvConfigFileKind::Credentials, &connection.credentials_file),
    ] {
        files = if file.exists() {
            files.with_file(kind, file)
        } else {
            files.with_contents(kind, "")
        };
    }
    ProfileFileCredentialsProvider::builder()
        .configure(config)
        .profile_files(files.build())
}

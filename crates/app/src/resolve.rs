//! From a profile's name to a connection: region, addresses, network and credentials, with the meaning that AWS SDKs
//! give to the files and the environment ("Configuration and authentication settings reference" of the SDK guide).

use std::{path::PathBuf, sync::Arc};

use keywell_aws_files::{Document, FileKind, header};

use crate::{
    App,
    cloud::{Account, Connection, Context, Credentials, Endpoints, Network},
    hand_out, places,
    problem::{Code, Problem},
    profiles::{self, Source},
    regions::DEFAULT_REGION,
    settings,
};

/// Opens the account that a profile acts in.
pub async fn account_of(app: &App, profile: &str) -> Result<Arc<dyn Account>, Problem> {
    let connection = connection_of(app, profile).await?;
    connect(app, connection, Some(profile))
}

/// Opens the account that the AWS SDKs would use without a profile: the environment's variables, then `AWS_PROFILE`
/// or the default profile.
pub async fn environment_account(app: &App) -> Result<(Arc<dyn Account>, Option<String>), Problem> {
    let named = app.variables.text("AWS_PROFILE");
    let profile = named.clone().unwrap_or_else(|| "default".to_owned());
    let exists = profiles::exists(app, &profile)?;
    if app.variables.get("AWS_ACCESS_KEY_ID").is_none() {
        if exists {
            return Ok((account_of(app, &profile).await?, Some(profile)));
        }
        if named.is_some() {
            return Err(profiles::missing(&profile));
        }
    }
    // Region and addresses come from the profile even where the key comes from the environment.
    let connection = if exists {
        connection_without_credentials(app, &profile)?
    } else {
        let region = environment_region(app).unwrap_or_else(|| DEFAULT_REGION.to_owned());
        bare_connection(app, &region, None)
    };
    let connection = Connection {
        credentials: Credentials::Environment,
        ..connection
    };
    Ok((connect(app, connection, None)?, None))
}

pub(crate) fn connect(
    app: &App,
    connection: Connection,
    profile: Option<&str>,
) -> Result<Arc<dyn Account>, Problem> {
    app.cloud.connect(connection).map_err(|error| {
        Problem::from_cloud(
            &error,
            &Context {
                profile,
                ..Context::default()
            },
        )
    })
}

/// A connection for a key that has no profile yet.
pub(crate) fn bare_connection(app: &App, region: &str, endpoint_url: Option<&str>) -> Connection {
    Connection {
        credentials: Credentials::Environment,
        region: region.to_owned(),
        endpoints: match endpoint_url {
            Some(url) => Endpoints {
                all: Some(url.to_owned()),
                ..Endpoints::default()
            },
            None if ignores_endpoints(app, None) => Endpoints::default(),
            None => environment_endpoints(app),
        },
        network: network(app, None),
        config_file: app.places.config_file.clone(),
        credentials_file: app.places.credentials_file.clone(),
    }
}

/// The connection of a profile, secrets included.
pub async fn connection_of(app: &App, profile: &str) -> Result<Connection, Problem> {
    let files = profiles::read_files(app)?;
    let credentials = match profiles::source(app, &files, profile)? {
        Source::Keychain { key_id } => {
            Credentials::Pair(profiles::pair_from_vault(app, profile, &key_id).await?)
        }
        Source::KeychainMissing => {
            let owner = match profiles::line_target(&files, profile) {
                Some(hand_out::Target::Profile(owner)) => owner,
                _ => profile.to_owned(),
            };
            Credentials::Pair(hand_out::find_again(app, &owner).await?)
        }
        Source::Plain { pair, .. } => Credentials::Pair(pair),
        Source::Other(_) => Credentials::Profile(profile.to_owned()),
        Source::Empty => {
            return Err(Problem::new(
                Code::NoCredentials,
                format!("The profile {profile} has no access key and no other way to credentials."),
                "Set a key up for it: keywell setup --profile NAME --replace",
            ));
        }
    };
    Ok(Connection {
        credentials,
        ..connection_without_credentials(app, profile)?
    })
}

/// Region, addresses and network of a profile; its credentials are still to be put in.
pub(crate) fn connection_without_credentials(
    app: &App,
    profile: &str,
) -> Result<Connection, Problem> {
    let config = profiles::read_files(app)?.config;
    let section = header(FileKind::Config, profile);
    let region = environment_region(app)
        .or_else(|| config.get(&section, "region"))
        .unwrap_or_else(|| DEFAULT_REGION.to_owned());
    let network = network(app, config.get(&section, "ca_bundle").map(PathBuf::from));
    Ok(Connection {
        credentials: Credentials::Profile(profile.to_owned()),
        region,
        endpoints: endpoints(app, &config, &section),
        network,
        config_file: app.places.config_file.clone(),
        credentials_file: app.places.credentials_file.clone(),
    })
}

/// The environment's network, then the profile's, then what Keywell's settings say.
fn network(app: &App, profile_ca_bundle: Option<PathBuf>) -> Network {
    let mut network = places::network(&app.variables);
    network.ca_bundle = network.ca_bundle.or(profile_ca_bundle);
    settings::fill(&mut network, &app.places);
    network
}

fn environment_region(app: &App) -> Option<String> {
    app.variables
        .text("AWS_REGION")
        .or_else(|| app.variables.text("AWS_DEFAULT_REGION"))
}

/// The address that a profile points all services or one of them at, for lists and sentences.
pub(crate) fn configured_endpoint(config: &Document, section: &str) -> Option<String> {
    config
        .get(section, "endpoint_url")
        .or_else(|| service_endpoint(config, section, "s3"))
}

/// Order of the SDK guide, "Service-specific endpoints": the service's variable, the general variable, the service's
/// entry of the profile's `services` section, the profile's `endpoint_url`.
fn endpoints(app: &App, config: &Document, section: &str) -> Endpoints {
    if ignores_endpoints(app, config.get(section, "ignore_configured_endpoint_urls")) {
        return Endpoints::default();
    }
    let variables = environment_endpoints(app);
    let of = |own: Option<String>, service: &str| {
        own.or_else(|| variables.all.clone())
            .or_else(|| service_endpoint(config, section, service))
            .or_else(|| config.get(section, "endpoint_url"))
    };
    Endpoints {
        all: variables
            .all
            .clone()
            .or_else(|| config.get(section, "endpoint_url")),
        s3: of(variables.s3, "s3"),
        iam: of(variables.iam, "iam"),
        sts: of(variables.sts, "sts"),
    }
}

/// The variable wins over the profile's setting.
fn ignores_endpoints(app: &App, setting: Option<String>) -> bool {
    app.variables
        .text("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .or(setting)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn environment_endpoints(app: &App) -> Endpoints {
    Endpoints {
        all: app.variables.text("AWS_ENDPOINT_URL"),
        s3: app.variables.text("AWS_ENDPOINT_URL_S3"),
        iam: app.variables.text("AWS_ENDPOINT_URL_IAM"),
        sts: app.variables.text("AWS_ENDPOINT_URL_STS"),
    }
}

fn service_endpoint(config: &Document, section: &str, service: &str) -> Option<String> {
    let services = config.get(section, "services")?;
    let block = config.get(&format!("services {services}"), service)?;
    block.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "endpoint_url").then(|| value.trim().to_owned())
    })
}

//! The AWS traits against servers on loopback: ones that give told answers, and the practice account.

mod addresses;
mod connections;
mod credentials;
mod errors;
mod journey;
mod key_health;
mod objects;
mod practice;
mod regions;
mod server;
mod sessions;
mod uploads;

use std::path::PathBuf;

use keywell_app::cloud::{AccessKeyPair, Connection, Credentials, Endpoints, Network};
use keywell_vault::Secret;

/// The example key of AWS's documentation.
pub fn example_pair() -> AccessKeyPair {
    AccessKeyPair {
        key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: None,
    }
}

pub fn connection_to(endpoint: &str) -> Connection {
    Connection {
        credentials: Credentials::Pair(example_pair()),
        region: "us-east-1".to_owned(),
        endpoints: Endpoints {
            all: Some(endpoint.to_owned()),
            ..Endpoints::default()
        },
        network: Network::default(),
        config_file: PathBuf::from("none"),
        credentials_file: PathBuf::from("none"),
    }
}

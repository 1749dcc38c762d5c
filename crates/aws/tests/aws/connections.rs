use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use keywell_app::cloud::{Cloud, CloudErrorKind as Kind, Connection};
use keywell_aws::AwsCloud;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
};

use crate::{
    connection_to,
    server::{Answer, Server, serve},
};

pub const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::123456789012:user/eve</Arn><UserId>AIDAEVE</UserId><Account>123456789012</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

/// A server with a certificate of its own making; returns its address and the certificate as PEM.
async fn tls_server() -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![cert.der().clone()],
            signing_key.serialize_der().try_into().unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let respond = Arc::new(|_: &_, _| Answer::new(200, IDENTITY));
                    serve(stream, respond, Arc::new(Mutex::default())).await;
                }
            });
        }
    });
    (url, cert.pem())
}

async fn kind_of(connection: Connection) -> Kind {
    let account = AwsCloud::new().connect(connection).unwrap();
    account.identity().await.unwrap_err().kind
}

/// An address on which nothing listens.
async fn closed_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_a_tls_error() {
    let (url, _) = tls_server().await;
    assert_eq!(kind_of(connection_to(&url)).await, Kind::Tls);
}

#[tokio::test]
async fn a_ca_bundle_makes_its_servers_trusted_and_leaves_out_what_is_no_certificate() {
    let (url, pem) = tls_server().await;
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle.pem");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(&bundle, format!("# ours\n{broken}{pem}")).unwrap();
    let mut connection = connection_to(&url);
    connection.network.ca_bundle = Some(bundle);
    let account = AwsCloud::new().connect(connection).unwrap();
    let answer = account.identity().await.unwrap();
    assert_eq!(answer.identity.account_id, "123456789012");
    assert_eq!(answer.clock_offset_milliseconds, None);
}

#[tokio::test]
async fn a_ca_bundle_that_can_not_be_used_is_a_tls_error_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate here").unwrap();
    for bundle in [
        empty.as_path(),
        Path::new("/nowhere/bundle.pem"),
        folder.path(),
    ] {
        let mut connection = connection_to("http://127.0.0.1:1");
        connection.network.ca_bundle = Some(bundle.to_owned());
        let error = AwsCloud::new().connect(connection).err().unwrap();
        assert_eq!(error.kind, Kind::Tls, "{}", bundle.display());
    }
}

#[tokio::test]
async fn plain_http_where_https_is_expected_is_a_tls_error() {
    let server = Server::always(Answer::new(200, IDENTITY)).await;
    let https = server.url.replace("http://", "https://");
    assert_eq!(kind_of(connection_to(&https)).await, Kind::Tls);
}

#[tokio::test]
async fn a_refused_connection_is_unreachable() {
    let closed = closed_address().await;
    assert_eq!(kind_of(connection_to(&closed)).await, Kind::Unreachable);
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_unreachable() {
    let server = Server::always(Answer::hang_up_after(0)).await;
    assert_eq!(kind_of(connection_to(&server.url)).await, Kind::Unreachable);
}

#[tokio::test]
async fn an_endpoint_that_is_no_address_is_refused_at_once() {
    for endpoint in ["localhost:9000", "ftp://127.0.0.1", "", "http://"] {
        let error = AwsCloud::new().connect(connection_to(endpoint)).err();
        assert_eq!(error.unwrap().kind, Kind::Invalid, "{endpoint}");
    }
}

fn through_proxy(proxy: &str) -> Connection {
    // TEST-NET-1 (RFC 5737): only a proxy that is asked instead can answer for it.
    let mut connection = connection_to("http://192.0.2.1");
    connection.network.http_proxy = Some(proxy.to_owned());
    connection.network.https_proxy = Some(proxy.to_owned());
    connection
}

#[tokio::test]
async fn a_proxy_is_asked_instead_of_the_server() {
    let proxy = Server::always(Answer::new(200, IDENTITY)).await;
    let address = proxy.url.replace("http://", "http://eve:secret@");
    let account = AwsCloud::new().connect(through_proxy(&address)).unwrap();
    account.identity().await.unwrap();
    let asked = proxy.asked();
    assert!(asked[0].target.starts_with("http://192.0.2.1/"));
    assert_eq!(
        asked[0].header("proxy-authorization"),
        Some("Basic ZXZlOnNlY3JldA==")
    );
}

#[tokio::test]
async fn a_proxy_without_a_scheme_is_an_http_proxy() {
    let proxy = Server::always(Answer::new(200, IDENTITY)).await;
    let address = proxy.url.trim_start_matches("http://");
    let account = AwsCloud::new().connect(through_proxy(address)).unwrap();
    assert!(account.identity().await.is_ok());
}

#[tokio::test]
async fn a_proxy_that_refuses_or_is_not_there_is_a_proxy_error() {
    let refusing = Server::always(Answer::new(407, "")).await;
    let forbidding = Server::always(Answer::new(403, "")).await;
    let closed = closed_address().await;
    let https = |proxy: &str| {
        let mut connection = through_proxy(proxy);
        connection.endpoints.all = Some("https://192.0.2.1".to_owned());
        connection
    };
    for connection in [
        through_proxy(&refusing.url),
        through_proxy(&closed),
        https(&refusing.url),
        https(&forbidding.url),
        https(&closed),
    ] {
        let endpoint = connection.endpoints.all.clone();
        let proxy = connection.network.https_proxy.clone();
        assert_eq!(
            kind_of(connection).await,
            Kind::Proxy,
            "{endpoint:?} {proxy:?}"
        );
    }
}

#[tokio::test]
async fn a_proxy_address_that_can_not_be_used_is_refused_at_once() {
    for proxy in ["socks5://127.0.0.1:1080", "http://", "http://a b"] {
        let error = AwsCloud::new().connect(through_proxy(proxy)).err();
        assert_eq!(error.unwrap().kind, Kind::Proxy, "{proxy}");
    }
}

#[tokio::test]
async fn loopback_is_asked_directly_whatever_the_proxy_variables_say() {
    let proxy = Server::always(Answer::new(407, "")).await;
    let server = Server::always(Answer::new(200, IDENTITY)).await;
    let mut connection = through_proxy(&proxy.url);
    connection.endpoints.all = Some(server.url.clone());
    let account = AwsCloud::new().connect(connection).unwrap();
    account.identity().await.unwrap();
    assert!(proxy.asked().is_empty());
}

#[tokio::test]
async fn the_clock_of_the_service_is_read_from_its_answer() {
    let answer = Answer::new(200, IDENTITY).header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let server = Server::always(answer).await;
    let told = server.account().identity().await.unwrap();
    assert!(told.clock_offset_milliseconds.unwrap() < -1_000_000_000);
}

#[tokio::test]
async fn each_service_has_its_own_endpoint_before_the_common_one() {
    let common = Server::always(Answer::new(200, IDENTITY)).await;
    let own = Server::always(Answer::new(200, IDENTITY)).await;
    let mut connection = connection_to(&common.url);
    connection.endpoints.sts = Some(own.url.clone());
    let account = AwsCloud::new().connect(connection).unwrap();
    account.identity().await.unwrap();
    assert_eq!((common.asked().len(), own.asked().len()), (0, 1));
}

//! The HTTP client: one TLS stack (rustls with ring), the system's certificate authorities or a bundle, and proxies.

use std::{
    error::Error,
    fmt,
    net::IpAddr,
    path::Path,
    sync::{Arc, LazyLock},
};

use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::base64;
use http::Uri;
use hyper_util::client::{legacy, proxy::matcher::Matcher};
use keywell_app::cloud::{CloudError, CloudErrorKind, Network};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::error::chain;

const CONNECT: &str = "connect";

/// The proxy could not be reached, or would not let the request through.
#[derive(Debug)]
pub(crate) struct ProxyError {
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the proxy can not be reached or refuses")
    }
}

impl Error for ProxyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

/// Builds the client of one connection. Fails with `Tls` when the bundle can not be used and with `Proxy` when a proxy's
/// address can not.
pub(crate) fn http_client(network: &Network) -> Result<SharedHttpClient, CloudError> {
    let tls = TlsContext::builder()
        .with_trust_store(trust_store(network.ca_bundle.as_deref())?)
        .build()
        .map_err(|error| CloudError::new(CloudErrorKind::Tls, CONNECT).with_source(error))?;
    let http = proxy_address(network.http_proxy.as_deref());
    let https = proxy_address(network.https_proxy.as_deref());
    let matcher = matcher(
        http.as_deref(),
        https.as_deref(),
        network.no_proxy.as_deref(),
    );
    let through = |address: Option<String>| {
        address
            .map(|address| {
                let proxy = ProxyConfig::all(address.as_str()).map_err(|error| {
                    CloudError::new(CloudErrorKind::Proxy, CONNECT).with_source(error)
                })?;
                Ok(tls_client(tls.clone(), proxy))
            })
            .transpose()
    };
    Ok(SharedHttpClient::new(RoutedClient {
        direct: tls_client(tls.clone(), ProxyConfig::disabled()),
        http: through(http)?,
        https: through(https)?,
        matcher: Arc::new(matcher),
    }))
}

fn matcher(http: Option<&str>, https: Option<&str>, no_proxy: Option<&str>) -> Matcher {
    let mut matcher = Matcher::builder();
    if let Some(address) = http {
        matcher = matcher.http(address);
    }
    if let Some(address) = https {
        matcher = matcher.https(address);
    }
    if let Some(rules) = no_proxy {
        matcher = matcher.no(rules);
    }
    matcher.build()
}

/// A proxy variable often holds `host:port` alone.
fn proxy_address(value: Option<&str>) -> Option<String> {
    let value = value?.trim();
    if value.is_empty() {
        None
    } else if value.contains("://") {
        Some(value.to_owned())
    } else {
        Some(format!("http://{value}"))
    }
}

fn tls_client(tls: TlsContext, proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone())
            .proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    })
}

/// The SDK takes it for a bug when it is told to use the system's authorities and there are none.
static SYSTEM_TRUSTS_ANYBODY: LazyLock<bool> = LazyLock::new(|| {
    let native = rustls_native_certs::load_native_certs();
    let (valid, _) = RootCertStore::empty().add_parsable_certificates(native.certs);
    if valid == 0 {
        tracing::warn!("this system has no certificate authorities");
    }
    valid > 0
});

/// The authorities that a server's certificate must come from. The SDK panics on a certificate that does not parse, so
/// that only those which do are handed to it.
fn trust_store(bundle: Option<&Path>) -> Result<TrustStore, CloudError> {
    let Some(bundle) = bundle else {
        return Ok(TrustStore::empty().with_native_roots(*SYSTEM_TRUSTS_ANYBODY));
    };
    let unusable = |source: Box<dyn Error + Send + Sync>| {
        CloudError::new(CloudErrorKind::Tls, CONNECT).with_source(source)
    };
    let text = std::fs::read(bundle).map_err(|error| unusable(error.into()))?;
    let mut store = TrustStore::empty();
    let mut usable = 0;
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| unusable(error.to_string().into()))?;
        if RootCertStore::empty().add(certificate.clone()).is_ok() {
            store.add_pem_certificate(pem(&certificate));
            usable += 1;
        }
    }
    if usable == 0 {
        return Err(unusable(
            format!("{} holds no usable certificate", bundle.display()).into(),
        ));
    }
    Ok(store)
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let body = base64::encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

/// Sends each request directly or through the proxy of its scheme, so that a failing proxy can be told from a failing
/// server. Loopback addresses are always asked directly.
#[derive(Debug)]
struct RoutedClient {
    direct: SharedHttpClient,
    http: Option<SharedHttpClient>,
    https: Option<SharedHttpClient>,
    matcher: Arc<Matcher>,
}

impl HttpClient for RoutedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let proxied = |client: &Option<SharedHttpClient>| {
            client
                .as_ref()
                .map(|client| client.http_connector(settings, components))
        };
        SharedHttpConnector::new(RoutedConnector {
            direct: self.direct.http_connector(settings, components),
            http: proxied(&self.http),
            https: proxied(&self.https),
            matcher: Arc::clone(&self.matcher),
        })
    }
}

#[derive(Debug)]
struct RoutedConnector {
    direct: SharedHttpConnector,
    http: Option<SharedHttpConnector>,
    https: Option<SharedHttpConnector>,
    matcher: Arc<Matcher>,
}

impl RoutedConnector {
    fn proxy_for(&self, address: &str) -> Option<&SharedHttpConnector> {
        let address: Uri = address.parse().ok()?;
        if !goes_through_proxy(&self.matcher, &address) {
            return None;
        }
        match address.scheme_str() {
            Some("https") => self.https.as_ref(),
            _ => self.http.as_ref(),
        }
    }
}

fn goes_through_proxy(matcher: &Matcher, address: &Uri) -> bool {
    let loopback = address.host().is_none_or(is_loopback);
    !loopback && matcher.intercept(address).is_some()
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl HttpConnector for RoutedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(proxy) = self.proxy_for(request.uri()) else {
            let answer = self.direct.call(request);
            return HttpConnectorFuture::new(async move { answer.await.map_err(settle_rejection) });
        };
        let answer = proxy.call(request);
        HttpConnectorFuture::new(async move {
            match answer.await {
                Ok(response) if response.status().as_u16() == 407 => {
                    Err(final_error(ProxyError { source: None }))
                }
                Ok(response) => Ok(response),
                Err(error) => Err(name_proxy(error)),
            }
        })
    }
}

/// An error that asking again would only repeat: the SDK takes one of no kind as it is.
fn final_error(error: impl Into<Box<dyn Error + Send + Sync>>) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}

/// A certificate that does not verify now will not in a second.
fn settle_rejection(error: ConnectorError) -> ConnectorError {
    if chain(&error).any(|error| error.is::<rustls::Error>()) {
        final_error(error)
    } else {
        error
    }
}

/// Marks what went wrong on the way to or through the proxy. A certificate that does not verify is the server's matter,
/// and so is a connection that breaks after it stood.
fn name_proxy(error: ConnectorError) -> ConnectorError {
    let error = settle_rejection(error);
    let rejected = chain(&error).any(|error| error.is::<rustls::Error>());
    let connecting = chain(&error).any(|error| {
        error
            .downcast_ref::<legacy::Error>()
            .is_some_and(legacy::Error::is_connect)
    });
    if rejected || !connecting {
        return error;
    }
    final_error(ProxyError {
        source: Some(Box::new(error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_exceptions_and_schemes_without_a_proxy_are_asked_directly() {
        let proxy = Some("http://127.0.0.1:3128");
        let rules = Some(".corp.example, 10.0.0.0/8, exact.example");
        let https_only = matcher(None, proxy, rules);
        let both = matcher(proxy, proxy, rules);
        for (address, with_https_only, with_both) in [
            ("https://s3.us-east-1.amazonaws.com/", true, true),
            ("http://s3.us-east-1.amazonaws.com/", false, true),
            ("https://s3.corp.example/", false, false),
            ("https://10.1.2.3:9000/", false, false),
            ("https://exact.example/", false, false),
            ("https://inexact.example/", true, true),
            ("https://127.0.0.1:9000/", false, false),
            ("https://127.8.8.8/", false, false),
            ("https://[::1]:9000/", false, false),
            ("https://LocalHost/", false, false),
            ("https://photos.localhost/", false, false),
        ] {
            let parsed: Uri = address.parse().unwrap();
            assert_eq!(
                goes_through_proxy(&https_only, &parsed),
                with_https_only,
                "{address}"
            );
            assert_eq!(goes_through_proxy(&both, &parsed), with_both, "{address}");
        }
    }
}

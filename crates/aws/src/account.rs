//! One account: the SDK's clients of a connection, an S3 client per region, and where the buckets are.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_config::{
    AppName, BehaviorVersion, Region, SdkConfig, identity::IdentityCache, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SharedTimeSource};
use aws_smithy_runtime_api::client::{
    http::SharedHttpClient, orchestrator::HttpResponse, result::SdkError,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::sdk_config;
use keywell_app::cloud::{ChecksumAlgorithm, CloudError, CloudErrorKind, Connection, Endpoints};

use crate::{
    client, credentials,
    error::{Question, Shape, translate},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Three of these make the half minute after which a person would call it broken.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;
/// A `credential_process` may wait for a person, who unlocks a keychain or signs in.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(60);

/// An AWS account behind one connection.
pub(crate) struct AwsAccount {
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) credentials: SharedCredentialsProvider,
    pub(crate) time: SharedTimeSource,
    region: String,
    endpoints: Endpoints,
    shape: Shape,
    config: SdkConfig,
    s3: Mutex<HashMap<String, aws_sdk_s3::Client>>,
    bucket_regions: Mutex<HashMap<String, String>>,
}

impl AwsAccount {
    /// Fails with `Tls` or `Proxy` when the network settings can not be used, with `Invalid` when an endpoint is not an
    /// address.
    pub(crate) fn open(
        connection: Connection,
        time: SharedTimeSource,
    ) -> Result<AwsAccount, CloudError> {
        let endpoints = &connection.endpoints;
        for endpoint in [
            &endpoints.all,
            &endpoints.s3,
            &endpoints.iam,
            &endpoints.sts,
        ]
        .into_iter()
        .flatten()
        {
            check_endpoint(endpoint)?;
        }
        let http_client = client::http_client(&connection.network)?;
        let provider = credentials::provider(&connection, &http_client, &time);
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(connection.region.clone()))
            .http_client(http_client)
            .credentials_provider(provider.clone())
            .identity_cache(
                IdentityCache::lazy()
                    .load_timeout(CREDENTIALS_TIMEOUT)
                    .build(),
            )
            .time_source(time.clone())
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            )
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_app_name(AppName::new("keywell").ok());
        let config = config.build();
        let common = endpoints.all.as_ref();
        let iam = at(config.to_builder(), endpoints.iam.as_ref(), common);
        // The identity test is where a wrong clock must show: the AWS CLI and other clients do not correct it.
        let honest = config.to_builder().disable_clock_skew_correction(true);
        let sts = at(honest, endpoints.sts.as_ref(), common);
        Ok(AwsAccount {
            iam: aws_sdk_iam::Client::new(&iam),
            sts: aws_sdk_sts::Client::new(&sts),
            credentials: provider,
            time,
            region: connection.region,
            shape: Shape::of(&connection.credentials),
            endpoints: connection.endpoints,
            config,
            s3: Mutex::default(),
            bucket_regions: Mutex::default(),
        })
    }

    /// The S3 client of a region.
    pub(crate) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        let mut clients = self.s3.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.to_owned()).or_insert_with(|| {
            let endpoint = self.s3_endpoint();
            let mut config = aws_sdk_s3::config::Builder::from(&self.config)
                .region(Region::new(region.to_owned()))
                .force_path_style(endpoint.is_some())
                .request_checksum_calculation(RequestChecksumCalculation::WhenSupported)
                .response_checksum_validation(ResponseChecksumValidation::WhenSupported);
            config.set_endpoint_url(endpoint.map(str::to_owned));
            aws_sdk_s3::Client::from_conf(config.build())
        });
        client.clone()
    }

    /// The connection's own region.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The client that all requests of this account go through.
    pub(crate) fn http_client(&self) -> Option<SharedHttpClient> {
        self.config.http_client()
    }

    fn s3_endpoint(&self) -> Option<&str> {
        let endpoint = self.endpoints.s3.as_ref().or(self.endpoints.all.as_ref());
        endpoint.map(String::as_str)
    }

    /// CRC64NVME is AWS's own default and can be joined from parts; other servers often know only the older CRC32.
    pub(crate) fn checksum_algorithm(&self) -> ChecksumAlgorithm {
        match self.s3_endpoint() {
            None => ChecksumAlgorithm::Crc64Nvme,
            Some(_) => ChecksumAlgorithm::Crc32,
        }
    }

    /// Where a bucket is, as far as it is known.
    pub(crate) fn known_region(&self, bucket: &str) -> Option<String> {
        let regions = self
            .bucket_regions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        regions.get(bucket).cloned()
    }

    pub(crate) fn remember_region(&self, bucket: &str, region: &str) {
        self.bucket_regions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(bucket.to_owned(), region.to_owned());
    }

    pub(crate) fn forget_region(&self, bucket: &str) {
        self.bucket_regions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(bucket);
    }

    /// Calls S3 in the bucket's region. When the service says that the bucket is elsewhere, asks once more there.
    pub(crate) async fn in_region_of<T, F>(
        &self,
        bucket: &str,
        call: impl Fn(aws_sdk_s3::Client) -> F + Send + Sync,
    ) -> Result<T, CloudError>
    where
        T: Send,
        F: Future<Output = Result<T, CloudError>> + Send,
    {
        let asked = self
            .known_region(bucket)
            .unwrap_or_else(|| self.region.clone());
        let error = match call(self.s3(&asked)).await {
            Err(error) => error,
            answer => return answer,
        };
        let CloudErrorKind::WrongRegion(told) = &error.kind else {
            return Err(error);
        };
        let right = match told {
            Some(region) => region.clone(),
            None => self.look_up_region(bucket).await?,
        };
        if right == asked {
            return Err(error);
        }
        self.remember_region(bucket, &right);
        call(self.s3(&right)).await
    }

    /// Translates an error; `missing` is what "not found" means here when the service does not name it.
    pub(crate) fn error<E>(
        &self,
        operation: &'static str,
        missing: CloudErrorKind,
        error: SdkError<E, HttpResponse>,
    ) -> CloudError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        translate(&self.question(operation, missing), error)
    }

    pub(crate) fn question(&self, operation: &'static str, missing: CloudErrorKind) -> Question {
        Question {
            operation,
            missing,
            shape: self.shape,
            now: self.time.now(),
        }
    }
}

/// Timeouts for calls that take as long as their bytes do.
pub(crate) fn without_attempt_limit() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .disable_operation_attempt_timeout()
        .build()
}

/// Timeouts for calls that keep the service busy, as joining parts or copying does.
pub(crate) fn with_attempt_limit(limit: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(limit)
        .build()
}

pub(crate) fn check_endpoint(endpoint: &str) -> Result<(), CloudError> {
    let invalid = || CloudError::new(CloudErrorKind::Invalid, "connect");
    let address = url::Url::parse(endpoint).map_err(|error| invalid().with_source(error))?;
    if !matches!(address.scheme(), "http" | "https") || address.host().is_none() {
        return Err(invalid().with_source(format!("{endpoint} is not an http address")));
    }
    Ok(())
}

/// The settings of a service with an address of its own, else the common one, else AWS's.
fn at(mut config: sdk_config::Builder, own: Option<&String>, common: Option<&String>) -> SdkConfig {
    config.set_endpoint_url(own.or(common).cloned());
    config.build()
}

//! A client that signs as told and follows nothing, and a practice account for each test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::{HeaderMap, Method, Request};
use hyper_util::rt::TokioIo;
use keywell_practice::{Options, Practice, start};

/// The clock that a test moves.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn now(&self) -> SystemTime {
        let seconds = self.0.load(Ordering::SeqCst);
        let shift = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 {
            SystemTime::now() - shift
        } else {
            SystemTime::now() + shift
        }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

pub(crate) struct Fixture {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) practice: Practice,
    pub(crate) clock: TestClock,
    pub(crate) admin: Client,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = TestClock::default();
        let mut options = options(folder.path(), &clock);
        change(&mut options);
        let practice = start(options).await.expect("it starts");
        let admin = admin(&practice);
        Self {
            folder,
            practice,
            clock,
            admin,
        }
    }

    /// A client of a new user, with an inline policy if one is given.
    pub(crate) async fn user(&self, name: &str, policy: Option<&str>) -> Client {
        self.admin
            .iam(&[("Action", "CreateUser"), ("UserName", name)])
            .await
            .ok();
        if let Some(policy) = policy {
            let parameters = [
                ("Action", "PutUserPolicy"),
                ("UserName", name),
                ("PolicyName", "inline"),
                ("PolicyDocument", policy),
            ];
            self.admin.iam(&parameters).await.ok();
        }
        self.admin.new_key(name).await
    }
}

pub(crate) fn options(folder: &std::path::Path, clock: &TestClock) -> Options {
    let clock = clock.clone();
    Options::new(folder, Arc::new(move || clock.now()))
}

/// The administrator, from the csv.
pub(crate) fn admin(practice: &Practice) -> Client {
    let csv = std::fs::read_to_string(practice.csv_path()).expect("the csv");
    let row = csv.lines().nth(1).expect("a row");
    let (key_id, secret) = row.split_once(',').expect("two columns");
    Client {
        address: practice
            .endpoint_url()
            .trim_start_matches("http://")
            .to_owned(),
        key_id: key_id.to_owned(),
        secret: secret.to_owned(),
        token: None,
        region: "us-east-1".to_owned(),
        time: None,
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) address: String,
    pub(crate) key_id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) region: String,
    /// When requests say they were made; nothing means now.
    pub(crate) time: Option<SystemTime>,
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first element of that name.
    pub(crate) fn element(&self, name: &str) -> String {
        self.elements(name).into_iter().next().unwrap_or_default()
    }

    pub(crate) fn elements(&self, name: &str) -> Vec<String> {
        let text = self.text();
        text.split(&format!("<{name}>"))
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(&format!("</{name}>"))?.0.to_owned()))
            .collect()
    }

    /// Status and AWS error code.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.element("Code"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.text()
        );
        self
    }
}

/// A request before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    payload: Option<&'static str>,
}

pub(crate) fn call(method: &str, target: &str) -> Call {
    Call {
        method: method.parse().expect("a method"),
        target: target.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        payload: None,
    }
}

impl Call {
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// What stands in place of the payload's hash.
    pub(crate) fn payload(mut self, payload: &'static str) -> Self {
        self.payload = Some(payload);
        self
    }
}

impl Client {
    fn settings(service: &str) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        settings
    }

    fn sign_into(
        &self,
        request: &mut Request<Vec<u8>>,
        service: &str,
        payload: SignableBody<'_>,
        settings: SigningSettings,
    ) {
        let identity = Credentials::new(
            self.key_id.clone(),
            self.secret.clone(),
            self.token.clone(),
            None,
            "test",
        )
        .into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(self.time.unwrap_or_else(SystemTime::now))
            .settings(settings)
            .build()
            .expect("parameters")
            .into();
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    value.to_str().expect("a text header").to_owned(),
                )
            })
            .collect();
        let url = format!("http://{}{}", self.address, request.uri());
        let signable = SignableRequest::new(
            request.method().as_str(),
            url,
            headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
            payload,
        )
        .expect("a signable request");
        let (instructions, _) = sign(signable, &params).expect("a signature").into_parts();
        instructions.apply_to_request_http1x(request);
    }

    fn request(&self, call: &Call) -> Request<Vec<u8>> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(&call.target)
            .header("host", &self.address);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        request.body(call.body.clone()).expect("a request")
    }

    pub(crate) fn signed(&self, service: &str, call: &Call) -> Request<Vec<u8>> {
        let mut request = self.request(call);
        let payload = match call.payload {
            Some(payload) => SignableBody::Precomputed(payload.to_owned()),
            None => SignableBody::Bytes(&call.body),
        };
        self.sign_into(&mut request, service, payload, Self::settings(service));
        request
    }

    /// The target of a presigned URL.
    pub(crate) fn presigned(&self, call: &Call, seconds: u64) -> String {
        let mut settings = Self::settings("s3");
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(seconds));
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        let mut request = self.request(call);
        self.sign_into(&mut request, "s3", SignableBody::UnsignedPayload, settings);
        let uri = request.uri();
        uri.path_and_query().expect("a target").to_string()
    }

    pub(crate) async fn s3(&self, call: Call) -> Answer {
        self.send(self.signed("s3", &call)).await
    }

    pub(crate) async fn put(&self, target: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.s3(call("PUT", target).body(body)).await
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.s3(call("GET", target)).await
    }

    pub(crate) async fn iam(&self, parameters: &[(&str, &str)]) -> Answer {
        self.query("iam", "2010-05-08", parameters).await
    }

    pub(crate) async fn identity(&self) -> Answer {
        self.query("sts", "2011-06-15", &[("Action", "GetCallerIdentity")])
            .await
    }

    pub(crate) async fn query(
        &self,
        service: &str,
        version: &str,
        parameters: &[(&str, &str)],
    ) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("Version", version)
            .extend_pairs(parameters)
            .finish();
        let call = call("POST", "/")
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(body);
        self.send(self.signed(service, &call)).await
    }

    /// Makes a key for a user; the client that has it.
    pub(crate) async fn new_key(&self, user: &str) -> Self {
        let answer = self
            .iam(&[("Action", "CreateAccessKey"), ("UserName", user)])
            .await
            .ok();
        Self {
            key_id: answer.element("AccessKeyId"),
            secret: answer.element("SecretAccessKey"),
            ..self.clone()
        }
    }

    pub(crate) async fn unsigned(&self, call: Call) -> Answer {
        self.send(self.request(&call)).await
    }

    pub(crate) async fn send(&self, request: Request<Vec<u8>>) -> Answer {
        self.try_send(request).await.expect("an answer")
    }

    /// Sends a request on a connection of its own; fails unless the answer is whole.
    pub(crate) async fn try_send(&self, request: Request<Vec<u8>>) -> Result<Answer, hyper::Error> {
        match self.send_for_what_comes(request).await? {
            (answer, None) => Ok(answer),
            (_, Some(error)) => Err(error),
        }
    }

    /// Sends a request; the answer as far as it came, and the error that ended it.
    pub(crate) async fn send_for_what_comes(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<(Answer, Option<hyper::Error>), hyper::Error> {
        let stream = tokio::net::TcpStream::connect(&self.address)
            .await
            .expect("a connection");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let response = sender
            .send_request(request.map(|body| Whole(Some(Bytes::from(body)))))
            .await?;
        let (parts, mut incoming) = response.into_parts();
        let mut answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: Vec::new(),
        };
        while let Some(frame) =
            std::future::poll_fn(|context| std::pin::Pin::new(&mut incoming).poll_frame(context))
                .await
        {
            match frame {
                Ok(frame) => answer
                    .body
                    .extend_from_slice(&frame.into_data().unwrap_or_default()),
                Err(error) => return Ok((answer, Some(error))),
            }
        }
        Ok((answer, None))
    }
}

struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let bytes = self.0.take().filter(|bytes| !bytes.is_empty());
        std::task::Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, Bytes::len) as u64)
    }
}

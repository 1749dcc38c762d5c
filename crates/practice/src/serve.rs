//! From an HTTP request to the service that it is signed for, and back.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, EXPECT, HeaderValue, SERVER,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Uri};
use s3s::Body;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::authentication::{
    Refusal, authenticate_presigned_v2, authenticate_query, authenticate_s3, unreadable_query,
    unreadable_s3,
};
use crate::body::{CutBody, DrainedBody};
use crate::clock::http_date;
use crate::faults::Fault;
use crate::query::{self, Parameters, QueryService};
use crate::s3::{
    FaultSlot, KeysOfAccount, PoliciesOfAccount, PracticeS3, RequestRegion, UnrecordedUse,
    is_bucket_name,
};
use crate::signature::{
    Claim, Unreadable, hex_sha256, read_claim, read_presigned_v2, without_signature,
};
use crate::state::State;
use crate::{iam, random, sts, xml};

/// IAM and STS requests are small.
const LARGEST_QUERY_BYTES: usize = 1024 * 1024;

/// Everything that answers requests.
pub(crate) struct Server {
    state: Arc<State>,
    s3: S3Service,
}

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset by a fault")]
pub(crate) struct Reset;

/// Which of the services a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    S3,
    Query(QueryService),
}

impl Server {
    pub(crate) fn new(state: Arc<State>) -> Self {
        let mut config = S3Config::default();
        // The time was checked against the practice account's own clock, which may be skewed.
        config.presigned_url_max_skew_time_secs = u32::MAX;
        let mut builder = S3ServiceBuilder::new(PracticeS3::new(Arc::clone(&state)));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        builder.set_auth(KeysOfAccount(Arc::clone(&state)));
        builder.set_access(PoliciesOfAccount(Arc::clone(&state)));
        Self {
            s3: builder.build(),
            state,
        }
    }

    /// Answers one request, or ends its connection.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Reset> {
        if !self.state.latency.is_zero() {
            tokio::time::sleep(self.state.latency).await;
        }
        let (parts, body) = request.into_parts();
        let body = DrainedBody::new(body, parts.headers.contains_key(EXPECT));
        let claim = read_claim(&parts.headers, parts.uri.query().unwrap_or_default());
        let mut response = match service_of(&parts, &claim) {
            Ok(Service::S3) => self.answer_s3(parts, body, claim).await?,
            Ok(Service::Query(service)) => self.answer_query(service, parts, body, claim).await?,
            Err(refusal) => query_refusal(QueryService::Iam, &refusal),
        };
        let headers = response.headers_mut();
        headers.insert(SERVER, HeaderValue::from_static("keywell-practice"));
        // Clients correct their clocks by this header.
        if let Ok(date) = HeaderValue::from_str(&http_date(self.state.clock.now())) {
            headers.insert(DATE, date);
        }
        Ok(response)
    }

    async fn answer_s3(
        &self,
        mut parts: Parts,
        body: DrainedBody,
        claim: Result<Claim, Unreadable>,
    ) -> Result<Response<Body>, Reset> {
        let request_id = random::hex::<8>().to_ascii_uppercase();
        let region = match self.authenticate_s3(&mut parts, claim) {
            Ok(region) => region,
            Err(refusal) => return Ok(s3_refusal(&refusal, &request_id)),
        };
        let slot = FaultSlot::default();
        parts.extensions.insert(region);
        parts.extensions.insert(slot.clone());
        let request = Request::from_parts(parts, Body::http_body_unsync(body));
        let mut response = match self.s3.call(request).await {
            Ok(response) => response,
            Err(error) => {
                let error: Box<dyn std::error::Error + Send + Sync> = error.into();
                tracing::error!(error = &*error as &dyn std::error::Error, "S3 failed");
                let refusal = Refusal::new(
                    500,
                    "InternalError",
                    "We encountered an internal error. Please try again.",
                );
                s3_refusal(&refusal, &request_id)
            }
        };
        // s3s answers HeadObject with 200 whatever the range.
        if response.status() == StatusCode::OK && response.headers().contains_key(CONTENT_RANGE) {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert("x-amz-request-id", id);
        }
        match slot.take() {
            Some(fault) => strike(response, &fault),
            None => Ok(response),
        }
    }

    /// Checks who sent a request, leaves that in its extensions, and takes away a signature in the query that s3s need
    /// not check again.
    fn authenticate_s3(
        &self,
        parts: &mut Parts,
        claim: Result<Claim, Unreadable>,
    ) -> Result<RequestRegion, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        let region = match (claim, read_presigned_v2(query)) {
            (Ok(claim), _) => {
                let caller = authenticate_s3(&self.state, &claim, parts)?;
                parts.extensions.insert(caller);
                if claim.is_presigned() {
                    remove_signature(parts);
                }
                RequestRegion(Some(claim.region))
            }
            (Err(Unreadable::OtherAlgorithm), Some(presigned)) => {
                let caller = authenticate_presigned_v2(&self.state, &presigned)?;
                parts.extensions.insert(caller);
                parts.extensions.insert(UnrecordedUse(presigned.key_id));
                RequestRegion(None)
            }
            (Err(unreadable), _) => return Err(unreadable_s3(unreadable)),
        };
        check_new_bucket_name(parts)?;
        Ok(region)
    }

    async fn answer_query(
        &self,
        service: QueryService,
        parts: Parts,
        body: DrainedBody,
        claim: Result<Claim, Unreadable>,
    ) -> Result<Response<Body>, Reset> {
        let mut body = Body::http_body_unsync(body);
        let Ok(body) = body.store_all_limited(LARGEST_QUERY_BYTES).await else {
            let refusal = Refusal::new(413, "RequestEntityTooLarge", "Request body is too large");
            return Ok(query_refusal(service, &refusal));
        };
        let parameters = Parameters::read(&parts, &body);
        let authenticated = claim
            .map_err(unreadable_query)
            .and_then(|claim| authenticate_query(&self.state, &claim, &parts, &hex_sha256(&body)));
        let caller = match authenticated {
            Ok(caller) => caller,
            Err(refusal) => return Ok(query_refusal(service, &refusal)),
        };
        let action = parameters.action();
        self.state.count_call(service.name(), action);
        let fault = self.state.faults.strike(service.name(), action, None);
        if let Some(fault) = &fault {
            tokio::time::sleep(fault.delay()).await;
            if let Some((status, code)) = fault.answer() {
                let refusal = Refusal::new(
                    status,
                    code,
                    format!("A fault of the practice account: {code}"),
                );
                return strike(query_refusal(service, &refusal), fault);
            }
            if fault.reset {
                return Err(Reset);
            }
        }
        let answer = match service {
            QueryService::Iam => iam::call(&self.state, &caller, &parameters),
            QueryService::Sts => sts::call(&self.state, &caller, &parameters),
        };
        let response = match answer {
            Ok(result) => {
                let id = random::uuid();
                let document = query::document(service, action, result.as_deref(), &id);
                xml_response(200, document, "x-amzn-requestid", &id)
            }
            Err(refusal) => query_refusal(service, &refusal),
        };
        match fault {
            Some(fault) => strike(response, &fault),
            None => Ok(response),
        }
    }
}

/// The service of the credential scope. An unsigned request is taken for the service that it looks like.
fn service_of(parts: &Parts, claim: &Result<Claim, Unreadable>) -> Result<Service, Refusal> {
    let Ok(claim) = claim else {
        let is_form = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| {
            kind.as_bytes()
                .starts_with(b"application/x-www-form-urlencoded")
        });
        return Ok(
            if parts.method == Method::POST && parts.uri.path() == "/" && is_form {
                Service::Query(QueryService::Sts)
            } else {
                Service::S3
            },
        );
    };
    match claim.service.as_str() {
        "s3" => Ok(Service::S3),
        "iam" => Ok(Service::Query(QueryService::Iam)),
        "sts" => Ok(Service::Query(QueryService::Sts)),
        other => Err(Refusal::new(
            501,
            "NotImplemented",
            format!("The practice account does not implement the service {other}."),
        )),
    }
}

/// A name that no bucket can have is refused before s3s, which has no words for it.
fn check_new_bucket_name(parts: &Parts) -> Result<(), Refusal> {
    let name = parts.uri.path().trim_matches('/');
    let creates = parts.method == Method::PUT && !name.is_empty() && !name.contains('/');
    if creates && parts.uri.query().is_none_or(str::is_empty) && !is_bucket_name(name) {
        return Err(Refusal::new(
            400,
            "InvalidBucketName",
            "The specified bucket is not valid.",
        ));
    }
    Ok(())
}

/// A checked presigned request goes on as if it had never been signed.
fn remove_signature(parts: &mut Parts) {
    let query = without_signature(parts.uri.query().unwrap_or_default());
    let path = parts.uri.path();
    let target = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    if let Ok(uri) = target.parse::<Uri>() {
        parts.uri = uri;
    }
}

/// Does to an answer what a fault asks for.
fn strike(mut response: Response<Body>, fault: &Fault) -> Result<Response<Body>, Reset> {
    if fault.reset {
        return Err(Reset);
    }
    if let Some(body) = &fault.body {
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = Body::from(body.clone());
    }
    if let Some(after) = fault.cut_after {
        return Ok(response.map(|body| Body::http_body_unsync(CutBody::new(body, after))));
    }
    Ok(response)
}

fn s3_refusal(refusal: &Refusal, request_id: &str) -> Response<Body> {
    let document = xml::s3_error(
        &refusal.code,
        &refusal.message,
        &refusal.details,
        request_id,
    );
    xml_response(refusal.status, document, "x-amz-request-id", request_id)
}

fn query_refusal(service: QueryService, refusal: &Refusal) -> Response<Body> {
    let id = random::uuid();
    let document = query::error_document(service, refusal, &id);
    xml_response(refusal.status, document, "x-amzn-requestid", &id)
}

fn xml_response(
    status: u16,
    document: String,
    id_header: &'static str,
    request_id: &str,
) -> Response<Body> {
    let mut response = Response::new(Body::from(document));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(id_header, id);
    }
    response
}

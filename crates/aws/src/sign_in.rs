//! The console's sign-in service. No SDK has a client for it; this is one request, sent by the SDK's own machinery.
//!
//! Source: IAM User Guide, "Enable custom identity broker access to the AWS console".

use std::{error::Error, fmt, time::Duration};

use aws_config::timeout::TimeoutConfig;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::{
    orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
    result::SdkError,
};
use aws_smithy_types::error::{ErrorMetadata, metadata::ProvideErrorMetadata};
use keywell_app::cloud::{AccessKeyPair, CloudError, CloudErrorKind};
use keywell_vault::Secret;
use serde::Deserialize;
use url::form_urlencoded;

use crate::{
    account::{AwsAccount, check_endpoint},
    error::translate,
};

const OPERATION: &str = "getSigninToken";
const TIMEOUT: Duration = Duration::from_secs(10);

/// A refusal. The service says why in HTML, which is not kept.
#[derive(Debug, Default)]
struct Refused(ErrorMetadata);

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the sign-in service refused the session")
    }
}

impl Error for Refused {}

impl ProvideErrorMetadata for Refused {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    signin_token: String,
}

impl AwsAccount {
    pub(crate) async fn ask_for_sign_in_token(
        &self,
        endpoint: &str,
        session: &AccessKeyPair,
    ) -> Result<Secret, CloudError> {
        check_endpoint(endpoint)?;
        let http_client = self
            .http_client()
            .ok_or_else(|| CloudError::new(CloudErrorKind::Invalid, OPERATION))?;
        let operation = Operation::builder()
            .service_name("signin")
            .operation_name(OPERATION)
            .http_client(http_client)
            .endpoint_url(endpoint)
            .no_auth()
            .no_retry()
            .sleep_impl(TokioSleep::new())
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
            .serializer(|query: Secret| {
                let mut request = HttpRequest::empty();
                request.set_uri(format!("/federation?{}", query.expose()))?;
                Ok(request)
            })
            .deserializer::<Secret, Refused>(read)
            .build();
        let answer: Result<_, SdkError<Refused, HttpResponse>> =
            operation.invoke(query(session)).await;
        answer.map_err(|error| translate(&self.question(OPERATION, CloudErrorKind::Invalid), error))
    }
}

fn query(session: &AccessKeyPair) -> Secret {
    let token = session.session_token.as_ref().map(Secret::expose);
    let session = Secret::new(
        serde_json::json!({
            "sessionId": session.key_id,
            "sessionKey": session.secret.expose(),
            "sessionToken": token,
        })
        .to_string(),
    );
    Secret::new(
        form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", OPERATION)
            .append_pair("Session", session.expose())
            .finish(),
    )
}

fn read(response: &HttpResponse) -> Result<Secret, OrchestratorError<Refused>> {
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(Refused::default()));
    }
    let answer: Answer = serde_json::from_slice(response.body().bytes().unwrap_or_default())
        .map_err(|_| OrchestratorError::other("the answer is not the JSON that AWS documents"))?;
    Ok(Secret::new(answer.signin_token))
}

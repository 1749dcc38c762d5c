//! The query protocol of IAM and STS: parameters in, XML out.

use std::collections::BTreeMap;

use hyper::http::request::Parts;

use crate::account::{Caller, denial_message};
use crate::authentication::Refusal;
use crate::condition::Values;
use crate::policy::Decision;
use crate::state::State;
use crate::xml::{element, wrap};

/// The two services that speak it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryService {
    Iam,
    Sts,
}

impl QueryService {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }
}

/// A request's parameters, the `Action` among them.
#[derive(Debug, Clone)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(crate) fn read(request: &Parts, body: &[u8]) -> Self {
        let query = request.uri.query().unwrap_or_default();
        Self(
            url::form_urlencoded::parse(query.as_bytes())
                .chain(url::form_urlencoded::parse(body))
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    pub(crate) fn of(action: &str, parameters: &[(&str, &str)]) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self(
            parameters
                .iter()
                .copied()
                .chain([("Action", action)])
                .map(owned)
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).filter(|text| !text.is_empty()).ok_or_else(|| {
            let mut member = name.to_owned();
            member[..1].make_ascii_lowercase();
            validation_error(format!(
                "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ))
        })
    }

    pub(crate) fn action(&self) -> &str {
        self.get("Action").unwrap_or_default()
    }

    /// The values of `Name.member.1`, `Name.member.2` …, or of a field of each.
    pub(crate) fn members(&self, name: &str, field: Option<&str>) -> Vec<&str> {
        (1..)
            .map_while(|number| {
                let field = field.map(|field| format!(".{field}")).unwrap_or_default();
                self.get(&format!("{name}.member.{number}{field}"))
            })
            .collect()
    }
}

/// The result's inner XML; nothing for actions whose answer has no result.
pub(crate) type Answer = Result<Option<String>, Refusal>;

pub(crate) fn validation_error(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "ValidationError", message)
}

/// The refusal of an action that is not built.
pub(crate) fn not_implemented(service: QueryService, action: &str) -> Refusal {
    Refusal::new(
        501,
        "NotImplemented",
        format!(
            "The practice account does not implement {}:{action}.",
            service.name()
        ),
    )
}

/// Refuses what the caller's policies do not allow.
pub(crate) fn authorise(
    state: &State,
    caller: &Caller,
    action: &str,
    resource: &str,
) -> Result<(), Refusal> {
    match state.decide(caller, action, resource, &Values::new()) {
        Decision::Allowed => Ok(()),
        decision => Err(Refusal::new(
            403,
            "AccessDenied",
            denial_message(caller, action, resource, decision),
        )),
    }
}

/// The XML document of an answer.
pub(crate) fn document(
    service: QueryService,
    action: &str,
    result: Option<&str>,
    request_id: &str,
) -> String {
    let result = result
        .map(|inner| wrap(&format!("{action}Result"), inner))
        .unwrap_or_default();
    let metadata = wrap("ResponseMetadata", &element("RequestId", request_id));
    format!(
        "<{action}Response xmlns=\"{}\">{result}{metadata}</{action}Response>",
        service.namespace()
    )
}

/// The XML document of an error.
pub(crate) fn error_document(service: QueryService, refusal: &Refusal, request_id: &str) -> String {
    let fault = if refusal.status >= 500 {
        "Receiver"
    } else {
        "Sender"
    };
    let error = element("Type", fault)
        + &element("Code", &refusal.code)
        + &element("Message", &refusal.message);
    format!(
        "<ErrorResponse xmlns=\"{}\">{}{}</ErrorResponse>",
        service.namespace(),
        wrap("Error", &error),
        element("RequestId", request_id)
    )
}

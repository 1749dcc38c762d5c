//! Trust policies of roles: who may assume one.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Principal" and "Condition". Of the conditions there are the two
//! that people put into trust policies most: `aws:MultiFactorAuthPresent` and `sts:ExternalId`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::account::{Account, Caller, Grant};
use crate::policy::{Effect, OneOrMany, PolicyRefusal, matches_glob};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trust {
    #[serde(rename = "Version")]
    _version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    #[serde(rename = "Statement")]
    statements: OneOrMany<Statement>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    principal: Principal,
    action: OneOrMany<String>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMany<serde_json::Value>>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Principal {
    Any(String),
    Named(BTreeMap<String, OneOrMany<String>>),
}

/// How a trust policy takes a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trusted {
    No,
    /// The account as a whole is trusted: the caller's own policies must allow it as well.
    WithOwnPolicy,
    Yes,
}

/// What a caller brings along.
pub(crate) struct Visit<'a> {
    pub(crate) caller: &'a Caller,
    /// The session has MFA, or a code came with the call.
    pub(crate) mfa: bool,
    pub(crate) external_id: Option<&'a str>,
}

pub(crate) fn parse(document: &str) -> Result<Trust, PolicyRefusal> {
    let trust: Trust = serde_json::from_str(document).map_err(|_| PolicyRefusal::Malformed)?;
    let known = |statement: &Statement| {
        statement.condition.iter().all(|(operator, keys)| {
            keys.keys().all(|key| {
                matches!(
                    (operator.as_str(), key.to_ascii_lowercase().as_str()),
                    ("Bool" | "BoolIfExists", "aws:multifactorauthpresent")
                        | ("StringEquals", "sts:externalid")
                )
            })
        })
    };
    if trust.statements.as_slice().iter().all(known) {
        Ok(trust)
    } else {
        Err(PolicyRefusal::Condition)
    }
}

impl Trust {
    pub(crate) fn decide(&self, account: &Account, visit: &Visit<'_>) -> Trusted {
        let mut trusted = Trusted::No;
        for statement in self.statements.as_slice() {
            let takes = statement
                .action
                .as_slice()
                .iter()
                .any(|action| matches_glob(&action.to_ascii_lowercase(), "sts:assumerole"));
            let named = statement.principal.names(account, visit.caller);
            if !takes || named == Trusted::No || !statement.holds(visit) {
                continue;
            }
            match statement.effect {
                Effect::Deny => return Trusted::No,
                Effect::Allow if trusted != Trusted::Yes => trusted = named,
                Effect::Allow => {}
            }
        }
        trusted
    }
}

impl Statement {
    fn holds(&self, visit: &Visit<'_>) -> bool {
        self.condition.values().flatten().all(|(key, wanted)| {
            wanted.as_slice().iter().any(|wanted| {
                let wanted = match wanted {
                    serde_json::Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                if key.eq_ignore_ascii_case("sts:ExternalId") {
                    visit.external_id == Some(wanted.as_str())
                } else {
                    wanted == visit.mfa.to_string()
                }
            })
        })
    }
}

impl Principal {
    fn names(&self, account: &Account, caller: &Caller) -> Trusted {
        let names = match self {
            Self::Any(star) => std::slice::from_ref(star),
            Self::Named(kinds) => kinds.get("AWS").map_or(&[][..], OneOrMany::as_slice),
        };
        let role_arn = match &caller.grant {
            Grant::Role { name } => account.roles.get(name).map(|role| account.role_arn(role)),
            _ => None,
        };
        let root = format!("arn:aws:iam::{}:root", account.id);
        let mut trusted = Trusted::No;
        for name in names {
            if *name == caller.arn || Some(name) == role_arn.as_ref() || name == "*" {
                return Trusted::Yes;
            }
            if *name == root || *name == account.id {
                trusted = Trusted::WithOwnPolicy;
            }
        }
        trusted
    }
}

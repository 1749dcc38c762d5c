//! Conditions of a statement, as far as the practice account has them: string operators on what a listing asks for.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators"; Service Authorization Reference, "Actions,
//! resources, and condition keys for Amazon S3".

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::policy::{OneOrMany, PolicyRefusal, matches_pattern};

/// The condition keys of a request; a key that the request does not carry is not there.
pub(crate) type Values<'a> = BTreeMap<&'static str, &'a str>;

/// Condition keys that a request can carry here.
const KEYS: &[&str] = &["s3:prefix", "s3:delimiter"];

/// Operator, then key, then the values of which one must match.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Conditions(BTreeMap<String, BTreeMap<String, OneOrMany<String>>>);

#[derive(Debug, Clone, Copy)]
enum Operator {
    Equals,
    Like,
}

/// An operator by its name, and whether it is negated.
fn operator(name: &str) -> Option<(Operator, bool)> {
    Some(match name {
        "StringEquals" => (Operator::Equals, false),
        "StringNotEquals" => (Operator::Equals, true),
        "StringLike" => (Operator::Like, false),
        "StringNotLike" => (Operator::Like, true),
        _ => return None,
    })
}

fn known_key(name: &str) -> Option<&'static str> {
    // The names of condition keys ignore case.
    KEYS.iter()
        .copied()
        .find(|key| key.eq_ignore_ascii_case(name))
}

impl Conditions {
    /// Refuses what could not be evaluated, so that nothing is allowed by mistake.
    pub(crate) fn check(&self) -> Result<(), PolicyRefusal> {
        let known = self.0.iter().all(|(name, keys)| {
            operator(name).is_some() && keys.keys().all(|key| known_key(key).is_some())
        });
        if known {
            Ok(())
        } else {
            Err(PolicyRefusal::Condition)
        }
    }

    /// Whether every condition holds. A key that the request does not carry fails an operator and passes a negated one.
    pub(crate) fn hold(&self, values: &Values<'_>, variables: bool) -> bool {
        self.0.iter().all(|(name, keys)| {
            let Some((operator, negated)) = operator(name) else {
                return false;
            };
            keys.iter().all(|(key, wanted)| {
                let value = known_key(key).and_then(|key| values.get(key));
                let matches = value.is_some_and(|value| {
                    wanted.as_slice().iter().any(|wanted| match operator {
                        Operator::Equals => matches_pattern(
                            &crate::policy::without_wildcards(wanted, variables),
                            value,
                        ),
                        Operator::Like => {
                            matches_pattern(&crate::policy::pattern(wanted, variables), value)
                        }
                    })
                });
                matches != negated
            })
        })
    }
}

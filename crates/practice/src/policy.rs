//! Inline policies: which of them may be stored, and what they allow.
//!
//! Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference".

use serde::Deserialize;

/// A policy that was understood in full.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
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
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    condition: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Why a policy document is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyRefusal {
    /// AWS refuses it as well: `MalformedPolicyDocument`.
    Malformed,
    /// AWS would take it, the practice account has no conditions.
    Condition,
}

/// The answer of a set of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    /// No statement allows it.
    ImplicitlyDenied,
    /// A statement denies it.
    ExplicitlyDenied,
}

/// Reads a policy document.
pub(crate) fn parse(document: &str) -> Result<Policy, PolicyRefusal> {
    let policy: Policy = serde_json::from_str(document).map_err(|_| PolicyRefusal::Malformed)?;
    for statement in policy.statements.as_slice() {
        if statement.action.is_some() == statement.not_action.is_some()
            || statement.resource.is_some() == statement.not_resource.is_some()
        {
            return Err(PolicyRefusal::Malformed);
        }
        if statement.condition.is_some() {
            return Err(PolicyRefusal::Condition);
        }
    }
    Ok(policy)
}

/// Decides about one action on one resource. An explicit denial wins over every permission.
pub(crate) fn evaluate<'a>(
    policies: impl Iterator<Item = &'a Policy>,
    action: &str,
    resource: &str,
) -> Decision {
    let mut decision = Decision::ImplicitlyDenied;
    for policy in policies {
        for statement in policy.statements.as_slice() {
            if statement.covers(action, resource) {
                match statement.effect {
                    Effect::Deny => return Decision::ExplicitlyDenied,
                    Effect::Allow => decision = Decision::Allowed,
                }
            }
        }
    }
    decision
}

impl Statement {
    fn covers(&self, action: &str, resource: &str) -> bool {
        // Actions are compared without regard to case, resources with it.
        let action = action.to_ascii_lowercase();
        let any_action = |patterns: &OneOrMany<String>| {
            patterns
                .as_slice()
                .iter()
                .any(|pattern| matches_glob(&pattern.to_ascii_lowercase(), &action))
        };
        let any_resource = |patterns: &OneOrMany<String>| {
            patterns
                .as_slice()
                .iter()
                .any(|pattern| matches_glob(pattern, resource))
        };
        let action_covered = self.action.as_ref().is_some_and(any_action)
            || self.not_action.as_ref().is_some_and(|not| !any_action(not));
        let resource_covered = self.resource.as_ref().is_some_and(any_resource)
            || self
                .not_resource
                .as_ref()
                .is_some_and(|not| !any_resource(not));
        action_covered && resource_covered
    }
}

/// Whether `text` matches `pattern`, in which `*` is any run of characters and `?` any one.
pub(crate) fn matches_glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last `*` should take one character more.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, taken)) => {
                    p = after_star;
                    t = taken + 1;
                    retry = Some((after_star, t));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_runs_and_single_characters() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("s3:Get*", "s3:GetObject", true),
            ("s3:Get*", "s3:PutObject", false),
            ("*a*b", "xxaxxaxb", true),
            ("*a*b", "xxaxxaxbx", false),
            ("a*b*c", "abbbcbc", true),
        ] {
            assert_eq!(matches_glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    fn decide(documents: &[&str], action: &str, resource: &str) -> Decision {
        let policies: Vec<Policy> = documents
            .iter()
            .map(|text| parse(text).expect("a policy"))
            .collect();
        evaluate(policies.iter(), action, resource)
    }

    #[test]
    fn an_explicit_denial_wins_and_silence_denies() {
        let allow = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::photos*"}}"#;
        let deny =
            r#"{"Statement":[{"Effect":"Deny","Action":["S3:deleteobject"],"Resource":["*"]}]}"#;
        let photo = "arn:aws:s3:::photos/cat.png";
        assert_eq!(decide(&[allow], "s3:GetObject", photo), Decision::Allowed);
        assert_eq!(
            decide(&[allow], "s3:GetObject", "arn:aws:s3:::other/x"),
            Decision::ImplicitlyDenied
        );
        assert_eq!(
            decide(&[], "s3:GetObject", photo),
            Decision::ImplicitlyDenied
        );
        for order in [[allow, deny], [deny, allow]] {
            assert_eq!(
                decide(&order, "s3:DeleteObject", photo),
                Decision::ExplicitlyDenied
            );
        }
    }

    #[test]
    fn not_action_and_not_resource_cover_the_rest() {
        let policy = r#"{"Statement":{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::secret/*"}}"#;
        for (action, resource, expected) in [
            ("s3:GetObject", "arn:aws:s3:::open/x", Decision::Allowed),
            ("iam:ListUsers", "*", Decision::ImplicitlyDenied),
            (
                "s3:GetObject",
                "arn:aws:s3:::secret/x",
                Decision::ImplicitlyDenied,
            ),
        ] {
            assert_eq!(decide(&[policy], action, resource), expected, "{action}");
        }
    }

    #[test]
    fn documents_that_cannot_be_evaluated_are_refused() {
        for (document, refusal) in [
            ("", PolicyRefusal::Malformed),
            ("{}", PolicyRefusal::Malformed),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#,
                PolicyRefusal::Malformed,
            ),
            (
                r#"{"Statement":{"Effect":"Perhaps","Action":"*","Resource":"*"}}"#,
                PolicyRefusal::Malformed,
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true"}}}}"#,
                PolicyRefusal::Condition,
            ),
        ] {
            assert_eq!(parse(document).err(), Some(refusal), "{document}");
        }
    }
}

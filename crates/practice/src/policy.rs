//! Inline policies: which of them may be stored, and what they allow.
//!
//! Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference".

use serde::Deserialize;

use crate::condition::{Conditions, Values};

/// A policy that was understood in full.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Policy {
    version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<Statement>,
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
    condition: Option<Conditions>,
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
    /// AWS would take it, the practice account does not have such a condition.
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
    for statement in policy.statement.as_slice() {
        if statement.action.is_some() == statement.not_action.is_some()
            || statement.resource.is_some() == statement.not_resource.is_some()
        {
            return Err(PolicyRefusal::Malformed);
        }
        if let Some(condition) = &statement.condition {
            condition.check()?;
        }
    }
    Ok(policy)
}

/// Decides about one action on one resource. An explicit denial wins over every permission.
pub(crate) fn evaluate<'a>(
    policies: impl Iterator<Item = &'a Policy>,
    action: &str,
    resource: &str,
    values: &Values<'_>,
) -> Decision {
    let mut decision = Decision::ImplicitlyDenied;
    for policy in policies {
        // Policy variables came with this version; before, they were plain text.
        let variables = policy.version.as_deref() == Some("2012-10-17");
        for statement in policy.statement.as_slice() {
            let holds = |conditions: &Conditions| conditions.hold(values, variables);
            if statement.covers(action, resource, variables)
                && statement.condition.as_ref().is_none_or(holds)
            {
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
    fn covers(&self, action: &str, resource: &str, variables: bool) -> bool {
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
                .any(|text| matches_pattern(&pattern(text, variables), resource))
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

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Character(char),
    AnyRun,
    AnyOne,
}

/// Reads a pattern. With `variables`, `${*}`, `${?}` and `${$}` stand for the characters themselves ("IAM policy
/// elements: Variables and tags"); other variables have no value here, so that a pattern with one matches only itself.
pub(crate) fn pattern(text: &str, variables: bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let escaped = ["${*}", "${?}", "${$}"]
            .into_iter()
            .find(|variable| variables && rest.starts_with(variable));
        if let Some(variable) = escaped {
            pieces.extend(variable.chars().nth(2).map(Piece::Character));
            rest = &rest[variable.len()..];
            continue;
        }
        pieces.push(match character {
            '*' => Piece::AnyRun,
            '?' => Piece::AnyOne,
            other => Piece::Character(other),
        });
        rest = &rest[character.len_utf8()..];
    }
    pieces
}

/// A pattern in which wildcards mean nothing.
pub(crate) fn without_wildcards(text: &str, variables: bool) -> Vec<Piece> {
    let plain = |piece| match piece {
        Piece::AnyRun => Piece::Character('*'),
        Piece::AnyOne => Piece::Character('?'),
        character => character,
    };
    pattern(text, variables).into_iter().map(plain).collect()
}

/// Whether `text` matches `pattern`, in which `*` is any run of characters and `?` any one.
pub(crate) fn matches_glob(text_pattern: &str, text: &str) -> bool {
    matches_pattern(&pattern(text_pattern, false), text)
}

pub(crate) fn matches_pattern(pattern: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last `*` should take one character more.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Piece::AnyRun) => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&piece) if piece == Piece::AnyOne || piece == Piece::Character(text[t]) => {
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
    pattern[p..].iter().all(|piece| *piece == Piece::AnyRun)
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
        evaluate(policies.iter(), action, resource, &Values::new())
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

    #[test]
    fn a_listing_is_allowed_by_its_prefix() {
        let policy = |operator: &str, value: &str| {
            parse(&format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{{"{operator}":{{"S3:Prefix":{value}}}}}}}}}"#
            ))
            .expect("a policy")
        };
        for (operator, value, prefix, expected) in [
            ("StringLike", r#""logs/*""#, Some("logs/"), true),
            ("StringLike", r#""logs/*""#, Some("logs/2026/"), true),
            ("StringLike", r#""logs/*""#, Some("log"), false),
            ("StringLike", r#""logs/*""#, Some(""), false),
            ("StringLike", r#""logs/*""#, None, false),
            ("StringLike", r#"["a/*","b/*"]"#, Some("b/x"), true),
            ("StringLike", r#""a${*}b/*""#, Some("a*b/"), true),
            ("StringLike", r#""a${*}b/*""#, Some("axb/"), false),
            ("StringLike", r#""${$}{*}""#, Some("${*}"), true),
            ("StringEquals", r#""logs/*""#, Some("logs/x"), false),
            ("StringEquals", r#""""#, Some(""), true),
            ("StringEquals", r#""""#, None, false),
            ("StringNotLike", r#""logs/*""#, Some("logs/x"), false),
            ("StringNotLike", r#""logs/*""#, None, true),
        ] {
            let values = prefix
                .map(|prefix| ("s3:prefix", prefix))
                .into_iter()
                .collect();
            let decision = evaluate(
                std::iter::once(&policy(operator, value)),
                "s3:ListBucket",
                "arn:aws:s3:::b",
                &values,
            );
            assert_eq!(
                decision == Decision::Allowed,
                expected,
                "{operator} {value} {prefix:?}"
            );
        }
    }

    #[test]
    fn variables_stand_for_wildcards_in_the_newer_version_only() {
        let of = |version: &str| {
            format!(
                r#"{{"Version":"{version}","Statement":{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/a${{*}}/*"}}}}"#
            )
        };
        for (version, resource, expected) in [
            ("2012-10-17", "arn:aws:s3:::b/a*/x", Decision::Allowed),
            (
                "2012-10-17",
                "arn:aws:s3:::b/ab/x",
                Decision::ImplicitlyDenied,
            ),
            (
                "2012-10-17",
                "arn:aws:s3:::b/a${x}/y",
                Decision::ImplicitlyDenied,
            ),
            ("2008-10-17", "arn:aws:s3:::b/a${x}/y", Decision::Allowed),
        ] {
            assert_eq!(
                decide(&[&of(version)], "s3:GetObject", resource),
                expected,
                "{version} {resource}"
            );
        }
    }
}

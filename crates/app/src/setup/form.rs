//! Checks the form of an access key before anything is asked over the network.

use keywell_vault::Secret;

use crate::{
    cloud::AccessKeyPair,
    problem::{Code, Problem},
};

/// True for keys that end by themselves and need their session token.
pub fn is_temporary(key_id: &str) -> bool {
    key_id.starts_with("ASIA")
}

/// Checks a key that a person gave. `other_server`: an endpoint of another make takes key IDs and secrets of its own
/// form; those that look like AWS's are still held to AWS's form, since a typing error is likelier.
///
/// IAM's service model allows 16 to 128 word characters for an ID; those that AWS gives today have 20, secrets 40.
pub fn check(pair: &AccessKeyPair, other_server: bool) -> Result<(), Problem> {
    check_key_id(&pair.key_id, other_server)?;
    check_secret(&pair.secret, other_server && !looks_like_aws(&pair.key_id))?;
    let token = pair
        .session_token
        .as_ref()
        .map(Secret::expose)
        .unwrap_or_default();
    if is_temporary(&pair.key_id) && token.is_empty() {
        return Err(Problem::new(
            Code::KeyTokenMissing,
            "This is a temporary key (ASIA…), and its session token is missing.",
            "Copy all three values, or use a long-term key, whose ID begins with AKIA.",
        ));
    }
    if pair.key_id.starts_with("AKIA") && !token.is_empty() {
        return Err(Problem::new(
            Code::KeyTokenUnexpected,
            "This is a long-term key (AKIA…), and those have no session token.",
            "Leave the session token empty, or check that the key ID belongs to it.",
        ));
    }
    if token.chars().any(char::is_whitespace) {
        return Err(Problem::new(
            Code::KeyTokenUnexpected,
            "The session token has blanks or line breaks in it.",
            "Copy it again as one piece.",
        ));
    }
    Ok(())
}

/// A practice account's key is never sent to AWS itself: it would be refused there, and has no business there.
pub fn check_address(pair: &AccessKeyPair, address_named: bool) -> Result<(), Problem> {
    if address_named || !pair.key_id.starts_with(PRACTICE) {
        return Ok(());
    }
    Err(Problem::new(
        Code::EndpointForm,
        "This key belongs to a practice account, and the address of that is not named.",
        "Start it with: keywell practice start. It prints its address, which goes behind --endpoint-url.",
    ))
}

/// How the IDs of practice accounts begin.
pub const PRACTICE: &str = "AKIAPRACTICE";

fn looks_like_aws(key_id: &str) -> bool {
    key_id.get(..4).is_some_and(|prefix| {
        prefix.eq_ignore_ascii_case("AKIA") || prefix.eq_ignore_ascii_case("ASIA")
    })
}

fn check_key_id(key_id: &str, other_server: bool) -> Result<(), Problem> {
    let wrong = |message: String, hint: &str| Err(Problem::new(Code::KeyIdForm, message, hint));
    const LOOK: &str =
        "A key ID looks like AKIAIOSFODNN7EXAMPLE. Copy it again from where it was made.";
    if key_id.is_empty() {
        return wrong("The access key ID is empty.".into(), LOOK);
    }
    if key_id.trim() != key_id {
        return wrong(
            "The access key ID has blanks around it.".into(),
            "Copy it again without the blanks.",
        );
    }
    if let Some(what) = other_kind(key_id) {
        return wrong(
            format!(
                "{} is the ID of {what}, not of an access key.",
                shown(key_id)
            ),
            "Look for the ID that begins with AKIA.",
        );
    }
    if other_server && !looks_like_aws(key_id) {
        let taken = key_id.len() <= 128 && key_id.bytes().all(|byte| byte.is_ascii_graphic());
        return if taken {
            Ok(())
        } else {
            wrong(
                "The access key ID has characters that no server uses.".into(),
                LOOK,
            )
        };
    }
    if let Some(odd) = key_id
        .chars()
        .find(|character| !(character.is_ascii_uppercase() || character.is_ascii_digit()))
    {
        let found = if odd.is_whitespace() {
            "a blank".to_owned()
        } else {
            format!("{odd:?}")
        };
        return wrong(
            format!(
                "The access key ID has {found} in it; a key ID has only capital letters and digits."
            ),
            LOOK,
        );
    }
    let count = key_id.chars().count();
    if count != 20 {
        return wrong(
            format!("The access key ID has {count} characters; a key ID has 20."),
            LOOK,
        );
    }
    if !looks_like_aws(key_id) {
        return wrong(
            "The access key ID does not begin with AKIA or ASIA.".into(),
            LOOK,
        );
    }
    Ok(())
}

/// Other identifiers of IAM that people paste by mistake ("IAM identifiers" in the IAM user guide).
fn other_kind(key_id: &str) -> Option<&'static str> {
    if key_id.len() < 16 {
        return None;
    }
    Some(match key_id.get(..4)? {
        "AIDA" => "an IAM user",
        "AROA" => "a role",
        "AGPA" => "a group",
        "AIPA" => "an instance profile",
        "ANPA" => "a managed policy",
        "ASCA" => "a certificate",
        "APKA" => "a public key",
        _ => return None,
    })
}

/// A pasted value may be the secret in the wrong field, so a long one is never shown whole.
fn shown(value: &str) -> String {
    value.chars().take(4).chain("…".chars()).collect()
}

fn check_secret(secret: &Secret, other_form: bool) -> Result<(), Problem> {
    let wrong = |message: String, hint: &str| Err(Problem::new(Code::KeySecretForm, message, hint));
    const LOST: &str = "Copy it again from where it was made. If it is lost, make a new key: AWS shows a secret only once.";
    let text = secret.expose();
    if text.is_empty() {
        return wrong("The secret access key is empty.".into(), LOST);
    }
    if text.trim() != text {
        return wrong(
            "The secret access key has blanks around it.".into(),
            "Copy it again without the blanks.",
        );
    }
    if text
        .chars()
        .any(|character| character.is_whitespace() || character.is_control())
    {
        return wrong(
            "The secret access key has blanks or line breaks in it.".into(),
            "Copy it again as one piece.",
        );
    }
    if other_form {
        return Ok(());
    }
    let count = text.chars().count();
    if count != 40 {
        return wrong(
            format!("The secret access key has {count} characters; a secret has 40."),
            LOST,
        );
    }
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'='))
    {
        return wrong(
            "The secret access key has characters that secrets do not have.".into(),
            LOST,
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn check_parts(
        key_id: &str,
        secret: &str,
        token: Option<&str>,
        other_server: bool,
    ) -> Result<(), (Code, String)> {
        let pair = AccessKeyPair {
            key_id: key_id.into(),
            secret: Secret::new(secret),
            session_token: token.map(Secret::new),
        };
        check(&pair, other_server).map_err(|problem| (problem.code, problem.message))
    }

    #[test]
    fn each_wrong_form_is_named() {
        let cases: &[(&str, &str, Option<&str>, Code, &str)] = &[
            ("", SECRET, None, Code::KeyIdForm, "is empty"),
            (
                "AKIAIOSFODNN7EXAMPL",
                SECRET,
                None,
                Code::KeyIdForm,
                "19 characters; a key ID has 20",
            ),
            (
                "AKIAIOSFODNN7EXAMPLE ",
                SECRET,
                None,
                Code::KeyIdForm,
                "blanks around it",
            ),
            (
                "akiaiosfodnn7example",
                SECRET,
                None,
                Code::KeyIdForm,
                "'a' in it",
            ),
            (
                "AKIAIOSFODNN-EXAMPLE",
                SECRET,
                None,
                Code::KeyIdForm,
                "'-' in it",
            ),
            (
                "XKIAIOSFODNN7EXAMPLE",
                SECRET,
                None,
                Code::KeyIdForm,
                "does not begin with AKIA",
            ),
            (
                "AIDAIOSFODNN7EXAMPLE",
                SECRET,
                None,
                Code::KeyIdForm,
                "the ID of an IAM user",
            ),
            (
                "AKIAIOSFODNN7EXAMPLE",
                "",
                None,
                Code::KeySecretForm,
                "is empty",
            ),
            (
                "AKIAIOSFODNN7EXAMPLE",
                "short",
                None,
                Code::KeySecretForm,
                "5 characters; a secret has 40",
            ),
            (
                "AKIAIOSFODNN7EXAMPLE",
                " wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                None,
                Code::KeySecretForm,
                "blanks around it",
            ),
            (
                "AKIAIOSFODNN7EXAMPLE",
                "wJalrXUtnFEMI K7MDENG/bPxRfiCYEXAMPLEKEY",
                None,
                Code::KeySecretForm,
                "blanks or line breaks",
            ),
            (
                "AKIAIOSFODNN7EXAMPLE",
                "wJalrXUtnFEMI_K7MDENG/bPxRfiCYEXAMPLEKEY",
                None,
                Code::KeySecretForm,
                "characters that secrets do not have",
            ),
            (
                "ASIAIOSFODNN7EXAMPLE",
                SECRET,
                None,
                Code::KeyTokenMissing,
                "session token is missing",
            ),
            (
                "AKIAIOSFODNN7EXAMPLE",
                SECRET,
                Some("abc"),
                Code::KeyTokenUnexpected,
                "have no session token",
            ),
            (
                "ASIAIOSFODNN7EXAMPLE",
                SECRET,
                Some("a b"),
                Code::KeyTokenUnexpected,
                "blanks or line breaks",
            ),
        ];
        for (key_id, secret, token, code, part) in cases {
            let (found, message) = check_parts(key_id, secret, *token, false).unwrap_err();
            assert_eq!(found, *code, "{key_id} {message}");
            assert!(message.contains(part), "{message:?} lacks {part:?}");
            assert!(
                secret.is_empty() || !message.contains(secret),
                "a message must never hold the secret"
            );
        }
    }

    #[test]
    fn the_forms_that_aws_gives_are_taken() {
        assert_eq!(
            check_parts("AKIAIOSFODNN7EXAMPLE", SECRET, None, false),
            Ok(())
        );
        assert_eq!(
            check_parts("ASIAIOSFODNN7EXAMPLE", SECRET, Some("token"), false),
            Ok(())
        );
    }

    #[test]
    fn another_server_may_have_keys_of_its_own_form_but_a_mistyped_aws_key_stays_one() {
        assert_eq!(check_parts("minioadmin", "minioadmin", None, true), Ok(()));
        assert_eq!(
            check_parts("minioadmin", "minioadmin", None, false)
                .unwrap_err()
                .0,
            Code::KeyIdForm
        );
        assert_eq!(
            check_parts("AKIAIOSFODNN7EXAMPL", SECRET, None, true)
                .unwrap_err()
                .0,
            Code::KeyIdForm
        );
        assert_eq!(
            check_parts("AKIAIOSFODNN7EXAMPLE", "short", None, true)
                .unwrap_err()
                .0,
            Code::KeySecretForm
        );
    }
}

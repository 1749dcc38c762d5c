//! Links from outside: `keywell://profile/NAME` shows a profile's page. A link never acts.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::problem::{Code, Problem};

const SCHEME: &str = "keywell";

/// The longest link and the longest name in one, in bytes: some room above the longest name that AWS's tools write.
const LONGEST: usize = 2048;
const LONGEST_NAME: usize = 512;

/// Whether an argument of the command line is meant as a link, good or bad.
pub fn is_link(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME))
}

/// The page that a link leads to, as the page's own address: `#/profiles/NAME`.
pub fn address_of(link: &str) -> Result<String, Problem> {
    let name = (link.len() <= LONGEST)
        .then(|| profile_of(link))
        .flatten()
        .ok_or_else(refused)?;
    Ok(format!(
        "#/profiles/{}",
        utf8_percent_encode(&name, NON_ALPHANUMERIC)
    ))
}

/// The link is not shown in the sentence: its text is somebody else's.
fn refused() -> Problem {
    Problem::new(
        Code::LinkRefused,
        "Keywell was opened with a link that it does not know.",
        "Links to Keywell look like keywell://profile/NAME.",
    )
}

fn profile_of(link: &str) -> Option<String> {
    let (scheme, rest) = link.split_once("://")?;
    let (host, name) = rest.split_once('/')?;
    if !scheme.eq_ignore_ascii_case(SCHEME) || !host.eq_ignore_ascii_case("profile") {
        return None;
    }
    // Windows and some browsers end an address with a slash.
    let name = name.strip_suffix('/').unwrap_or(name);
    if name.contains(['/', '\\', '?', '#']) || !well_escaped(name) {
        return None;
    }
    let name = percent_decode_str(name).decode_utf8().ok()?.into_owned();
    let fits = !name.trim().is_empty()
        && name.len() <= LONGEST_NAME
        && name != "."
        && name != ".."
        && !name.chars().any(|character| {
            character.is_control()
                || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
    fits.then_some(name)
}

/// Each `%` is followed by two hexadecimal digits; a lenient reader would take others literally.
fn well_escaped(text: &str) -> bool {
    text.split('%').skip(1).all(|escape| {
        escape
            .as_bytes()
            .get(..2)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_profile_leads_to_its_page_and_to_nothing_else() {
        for (link, address) in [
            ("keywell://profile/default", "#/profiles/default"),
            ("KEYWELL://Profile/default/", "#/profiles/default"),
            (
                "keywell://profile/harbour-prod",
                "#/profiles/harbour%2Dprod",
            ),
            ("keywell://profile/my%20media", "#/profiles/my%20media"),
            ("keywell://profile/a%2Fb", "#/profiles/a%2Fb"),
            ("keywell://profile/a%2F..%2Fb", "#/profiles/a%2F%2E%2E%2Fb"),
            ("keywell://profile/J%C3%BCrgen", "#/profiles/J%C3%BCrgen"),
            ("keywell://profile/Jürgen", "#/profiles/J%C3%BCrgen"),
            (
                "keywell://profile/%23%2Fsettings",
                "#/profiles/%23%2Fsettings",
            ),
        ] {
            assert_eq!(address_of(link).unwrap(), address, "{link}");
        }
    }

    #[test]
    fn every_other_link_is_refused_without_repeating_it() {
        let long_name = format!("keywell://profile/{}", "a".repeat(LONGEST_NAME + 1));
        let huge = format!("keywell://profile/{}", "a".repeat(5_000_000));
        for link in [
            "",
            "keywell:",
            "keywell://",
            "keywell://profile",
            "keywell://profile/",
            "keywell://profile//",
            "keywell://profile/%20",
            "keywell://settings/default",
            "keywell://profile.evil.example/default",
            "keywell://ana:secret@profile/default",
            "keywell://profile:80/default",
            "keywell:///profile/default",
            "keywell:profile/default",
            "https://profile/default",
            "javascript:alert(1)",
            "keywell://profile/.",
            "keywell://profile/..",
            "keywell://profile/%2e%2e",
            "keywell://profile/../setup",
            "keywell://profile/default/delete",
            "keywell://profile/default?do=delete",
            "keywell://profile/default#/setup",
            "keywell://profile/a\\b",
            "keywell://profile/a%00b",
            "keywell://profile/a%0Ab",
            "keywell://profile/a%1B[2J",
            "keywell://profile/a\u{7}b",
            "keywell://profile/%E2%80%AEgpj",
            "keywell://profile/%ff%fe",
            "keywell://profile/%",
            "keywell://profile/%2",
            "keywell://profile/%zz",
            "keywell://profile/%+f",
            &long_name,
            &huge,
        ] {
            let problem = address_of(link).unwrap_err();
            assert_eq!(problem.code, Code::LinkRefused);
            assert!(link.len() < 12 || !problem.message.contains(link));
        }
    }

    #[test]
    fn links_are_told_from_other_arguments_by_their_scheme() {
        for (text, expected) in [
            ("keywell://profile/a", true),
            ("Keywell:anything", true),
            ("--measure-start", false),
            ("C:\\keywell", false),
            ("/home/ana/keywell:1", false),
        ] {
            assert_eq!(is_link(text), expected, "{text}");
        }
    }
}

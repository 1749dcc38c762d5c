//! The `credential_process` line: how it is written so that every AWS client runs the same program, and how one of
//! ours is known again. AWS's rule for the line is in the SDK reference, "Process credential provider".

use std::path::{Path, PathBuf};

use crate::{
    places::Variables,
    problem::{Code, Problem},
};

/// How the line names its profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Profile(String),
    Id(String),
}

/// True for names that every client passes on untouched.
pub fn is_plain_name(profile: &str) -> bool {
    !profile.is_empty()
        && !profile.starts_with('-')
        && profile
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// The line for a profile. A path with a blank is replaced by a bare `keywell` where that is on PATH; elsewhere it is
/// quoted on Unix, and refused on Windows, where SDKs split a quoted first element in different ways.
///
/// The quotes are single ones: the first SDK for Go drops double ones around a value's first word before a shell sees it.
pub fn write(helper: &Path, target: &Target, variables: &Variables) -> Result<String, Problem> {
    let text = helper.to_str().ok_or_else(|| refused(helper))?;
    let program = if text.chars().all(is_safe_in_path) {
        text.to_owned()
    } else if on_path(helper, variables) {
        "keywell".to_owned()
    } else if cfg!(unix)
        && text
            .chars()
            .all(|character| is_safe_in_path(character) || character == ' ')
    {
        format!("'{text}'")
    } else {
        return Err(refused(helper));
    };
    Ok(match target {
        Target::Profile(profile) => format!("{program} credential-process --profile {profile}"),
        Target::Id(id) => format!("{program} credential-process --id {id}"),
    })
}

/// The profile that a `credential_process` value of Keywell's hands out; none for other programs' lines.
pub fn read(line: &str) -> Option<Target> {
    let (program, rest) = split(line)?;
    let name = program.rsplit(['/', '\\']).next()?;
    if name != "keywell" && !name.eq_ignore_ascii_case("keywell.exe") {
        return None;
    }
    let mut words = rest.split_whitespace();
    match (words.next()?, words.next()?, words.next()?, words.next()) {
        ("credential-process", "--profile", profile, None) => {
            Some(Target::Profile(profile.to_owned()))
        }
        ("credential-process", "--id", id, None) => Some(Target::Id(id.to_owned())),
        _ => None,
    }
}

/// The program that a line runs.
pub fn program(line: &str) -> Option<String> {
    split(line).map(|(program, _)| program.to_owned())
}

/// The program, without the quotes around it, and what follows.
fn split(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    for quote in ['\'', '"'] {
        if let Some(quoted) = line.strip_prefix(quote) {
            return quoted.split_once(quote);
        }
    }
    Some(line.split_once(' ').unwrap_or((line, "")))
}

/// Whether a line's program can be run from here: by its path, or by its bare name on PATH.
pub fn is_there(program: &str, variables: &Variables) -> bool {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return path.is_file();
    }
    let Some(paths) = variables.get("PATH") else {
        return false;
    };
    std::env::split_paths(paths).any(|folder| {
        folder.join(program).is_file() || folder.join(format!("{program}.exe")).is_file()
    })
}

fn is_safe_in_path(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '-' | '_' | '.' | '/')
        || (cfg!(windows) && matches!(character, '\\' | ':'))
}

fn on_path(helper: &Path, variables: &Variables) -> bool {
    let Some(paths) = variables.get("PATH") else {
        return false;
    };
    let name = helper.file_name().map(PathBuf::from).unwrap_or_default();
    let found = std::env::split_paths(paths)
        .map(|folder| folder.join(&name))
        .find(|candidate| candidate.is_file());
    found.is_some_and(|found| found.canonicalize().ok() == helper.canonicalize().ok())
}

fn refused(helper: &Path) -> Problem {
    Problem::new(
        Code::HelperPath,
        format!("AWS clients can not call a program at {}.", helper.display()),
        "Put keywell in a folder whose name has only letters, digits, hyphens, dots and underscores, or on PATH.",
    )
    .because("The path has characters that AWS's credential_process does not take.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_ours_are_known_again_and_others_are_not() {
        let cases: &[(&str, Option<Target>)] = &[
            (
                "/usr/bin/keywell credential-process --profile media",
                Some(Target::Profile("media".into())),
            ),
            (
                "keywell credential-process --id 4f9a",
                Some(Target::Id("4f9a".into())),
            ),
            (
                "\"/home/a b/keywell\" credential-process --profile x",
                Some(Target::Profile("x".into())),
            ),
            (
                "'/home/a b/keywell' credential-process --profile x",
                Some(Target::Profile("x".into())),
            ),
            (
                r"C:\Tools\Keywell.exe credential-process --profile x",
                Some(Target::Profile("x".into())),
            ),
            ("/usr/bin/aws-vault exec x --json", None),
            ("/usr/bin/keywell test x", None),
            ("keywell credential-process --profile x --more", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line), *expected, "{line}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_with_a_blank_is_quoted_and_one_with_a_dollar_is_refused() {
        let none = Variables::default();
        let target = Target::Profile("x".into());
        assert_eq!(
            write(Path::new("/opt/key well/keywell"), &target, &none).unwrap(),
            "'/opt/key well/keywell' credential-process --profile x"
        );
        assert_eq!(
            write(Path::new("/opt/$x/keywell"), &target, &none)
                .unwrap_err()
                .code,
            Code::HelperPath
        );
    }

    #[test]
    fn only_names_that_every_client_passes_on_stand_in_the_line() {
        for name in ["media", "a.b-c_9"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in ["", "a b", "ä", "a;b", "-x", "a$b", "a\"b"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}

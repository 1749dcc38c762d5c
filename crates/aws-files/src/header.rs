use crate::line::{is_blank, trim};

/// Which of the two files. They name sections differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    Config,
    Credentials,
}

/// The section types that put a word before the name.
const PREFIXES: [&str; 3] = ["profile", "sso-session", "services"];

/// The section that holds a profile: `default`, `profile x` (config) or `x` (credentials). A name with blanks,
/// quotes or backslashes is quoted in the config file as `aws configure` does it.
pub fn header(kind: FileKind, profile: &str) -> String {
    match kind {
        FileKind::Config if profile == "default" => profile.to_owned(),
        FileKind::Config => format!("profile {}", quote(profile)),
        FileKind::Credentials => profile.to_owned(),
    }
}

/// The profile that a section holds, the inverse of [`header`]. None for sections of other types, for config
/// sections without a prefix, and for names that no client accepts (`profile a b` without quotes).
pub fn profile_of(kind: FileKind, header: &str) -> Option<String> {
    let header = trim(header);
    let name = match kind {
        FileKind::Credentials => match prefixed(header) {
            // The SDKs ignore these in the credentials file.
            Some(_) => return None,
            None => header.to_owned(),
        },
        FileKind::Config if header == "default" => header.to_owned(),
        FileKind::Config => match prefixed(header)? {
            ("profile", rest) => unquote(rest)?,
            _ => return None,
        },
    };
    (!is_blank(&name)).then_some(name)
}

/// One spelling for all ways to write a section's name, so that names can be compared.
pub(crate) fn canonical(header: &str) -> String {
    let header = trim(header);
    match prefixed(header) {
        Some((prefix, rest)) => match unquote(rest) {
            Some(name) => format!("{prefix} {}", quote(&name)),
            None => format!("{prefix} {rest}"),
        },
        None => header.to_owned(),
    }
}

/// The section type and the trimmed rest, when the section's name starts with a type and a blank.
fn prefixed(header: &str) -> Option<(&'static str, &str)> {
    PREFIXES.iter().find_map(|prefix| {
        let rest = header.strip_prefix(prefix)?;
        (rest.starts_with([' ', '\t'])).then(|| (*prefix, trim(rest)))
    })
}

/// Whether a name stands for itself, without quotes.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '\\'))
}

fn quote(name: &str) -> String {
    if is_plain(name) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r#"'"'"'"#))
    }
}

/// None unless the shell would see exactly one word, which is what botocore demands.
fn unquote(text: &str) -> Option<String> {
    if is_plain(text) && !text.starts_with('#') {
        return Some(text.to_owned());
    }
    let mut words = shlex::split(text)?;
    let word = words.pop()?;
    words.is_empty().then_some(word)
}

/// The longest profile name that Keywell makes. AWS sets no limit.
const NAME_LIMIT: usize = 128;

/// Why a name can not be given to a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    #[error("The profile name is empty.")]
    Empty,
    #[error("The profile name holds a line break or another control character.")]
    ControlCharacter,
    #[error("The profile name holds the bracket {0:?}, which ends a section's name.")]
    Bracket(char),
    #[error("The profile name starts or ends with a blank.")]
    LeadingOrTrailingBlank,
    #[error("The profile name holds {0:?}, which starts a comment in the AWS files.")]
    CommentCharacter(char),
    #[error("The profile name holds both kinds of quotes.")]
    BothQuotes,
    #[error("The profile name has a meaning of its own in the AWS files.")]
    Reserved,
    #[error("The profile name is longer than {NAME_LIMIT} characters.")]
    TooLong,
}

impl NameProblem {
    /// A stable name for this kind of failure.
    pub fn code(self) -> &'static str {
        match self {
            NameProblem::Empty => "profile_name.empty",
            NameProblem::ControlCharacter => "profile_name.control_character",
            NameProblem::Bracket(_) => "profile_name.bracket",
            NameProblem::LeadingOrTrailingBlank => "profile_name.blank",
            NameProblem::CommentCharacter(_) => "profile_name.comment_character",
            NameProblem::BothQuotes => "profile_name.both_quotes",
            NameProblem::Reserved => "profile_name.reserved",
            NameProblem::TooLong => "profile_name.too_long",
        }
    }

    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            NameProblem::Empty => "Give the profile a name, such as \"work\".",
            NameProblem::Reserved => {
                "Choose another name; \"default\" is the one that is used when no profile is named."
            }
            NameProblem::TooLong => "Choose a shorter name.",
            _ => "Use letters, digits, dots, hyphens and underscores.",
        }
    }
}

/// Whether a new profile may have this name. Names that pass can be written to both files and read back by
/// [`profile_of`]; the SDKs accept fewer (letters, digits and `-/.%@_:+`).
pub fn check_profile_name(name: &str) -> Result<(), NameProblem> {
    if name.is_empty() {
        return Err(NameProblem::Empty);
    }
    if name.chars().any(char::is_control) {
        return Err(NameProblem::ControlCharacter);
    }
    if let Some(bracket) = name.chars().find(|c| matches!(c, '[' | ']')) {
        return Err(NameProblem::Bracket(bracket));
    }
    if name.trim() != name {
        return Err(NameProblem::LeadingOrTrailingBlank);
    }
    if let Some(comment) = name.chars().find(|c| matches!(c, '#' | ';')) {
        return Err(NameProblem::CommentCharacter(comment));
    }
    // The first SDK for Go does not read a file at all in which such a name is quoted.
    if name.contains('\'') && name.contains('"') {
        return Err(NameProblem::BothQuotes);
    }
    if name == "DEFAULT" {
        return Err(NameProblem::Reserved);
    }
    if name.chars().count() > NAME_LIMIT {
        return Err(NameProblem::TooLong);
    }
    // In the credentials file such a name would read as a section of another type.
    if prefixed(name).is_some() {
        return Err(NameProblem::Reserved);
    }
    Ok(())
}

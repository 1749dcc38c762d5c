use std::fmt;

/// Something in a file that a client refuses or reads in another way than meant. It changes nothing in how
/// [`crate::Document`] keeps and edits the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    pub kind: ProblemKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    ByteOrderMark,
    CarriageReturn,
    /// `[profile a` without its `]`.
    UnclosedHeader,
    /// Text after the `]`, or a comment character inside the brackets.
    UnclearHeader,
    /// `[ default ]`.
    BlankInBrackets,
    /// `[DEFAULT]`.
    ReservedHeader,
    /// A profile name that no client accepts, such as `[profile a b]` without quotes.
    IgnoredProfile,
    DuplicateSection {
        header: String,
    },
    /// Both `[default]` and `[profile default]`.
    TwoDefaults,
    DuplicateKey {
        key: String,
    },
    OutsideSection,
    MissingEquals,
    EmptyKey,
    IndentedKey,
    IndentedComment,
    InlineComment,
    NonAscii,
    /// Two sections whose names differ only in case.
    CaseTwin {
        header: String,
        other: String,
    },
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            ProblemKind::ByteOrderMark => {
                "The file starts with a byte order mark; the AWS CLI can not read it."
            }
            ProblemKind::CarriageReturn => {
                "A lone carriage return ends the line for the AWS CLI, but not for the SDKs."
            }
            ProblemKind::UnclosedHeader => "The section name lacks its closing bracket.",
            ProblemKind::UnclearHeader => {
                "The section name has more in or after its brackets than the SDKs accept."
            }
            ProblemKind::BlankInBrackets => {
                "Blanks beside the brackets make this another section for the AWS CLI than for the SDKs."
            }
            ProblemKind::ReservedHeader => {
                "The AWS CLI copies the keys of a section named DEFAULT into every profile."
            }
            ProblemKind::IgnoredProfile => {
                "No client accepts this section name, so the section is ignored."
            }
            ProblemKind::DuplicateSection { header } => {
                return write!(
                    formatter,
                    "The section [{header}] is there twice; the AWS CLI can not read the file."
                );
            }
            ProblemKind::TwoDefaults => {
                "There are both [default] and [profile default]; the SDKs ignore the former."
            }
            ProblemKind::DuplicateKey { key } => {
                return write!(
                    formatter,
                    "{key} is there twice in its section; the AWS CLI can not read the file."
                );
            }
            ProblemKind::OutsideSection => "The line belongs to no section.",
            ProblemKind::MissingEquals => "The line has no equals sign.",
            ProblemKind::EmptyKey => "The line has nothing before its equals sign.",
            ProblemKind::IndentedKey => {
                "The line is indented, so the SDKs take it for the continuation of another."
            }
            ProblemKind::IndentedComment => {
                "The comment is indented, so the SDKs take it for a part of the value above."
            }
            ProblemKind::InlineComment => {
                "The AWS CLI takes the comment after the value for a part of the value."
            }
            ProblemKind::NonAscii => {
                "The AWS CLI on Windows reads characters beyond ASCII in the system's own code page."
            }
            ProblemKind::CaseTwin { header, other } => {
                return write!(
                    formatter,
                    "[{header}] and [{other}] differ only in case; clients take them for two sections."
                );
            }
        };
        formatter.write_str(text)
    }
}

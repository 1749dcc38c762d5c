//! Reads the csv files that the AWS console has given over the years.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use keywell_vault::Secret;

use crate::{
    cloud::AccessKeyPair,
    problem::{Code, Problem},
};

/// The largest console csv has a few hundred users; a megabyte is far beyond it.
const LARGEST: u64 = 1 << 20;

/// One key of a csv.
#[derive(Debug, Clone, PartialEq)]
pub struct CsvKey {
    pub user: Option<String>,
    pub pair: AccessKeyPair,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CsvFile {
    pub keys: Vec<CsvKey>,
    /// The file also holds a console password in plain text.
    pub has_password: bool,
}

/// Reads a csv from disk. At most a megabyte is read, whatever the file's size.
pub fn read(path: &Path) -> Result<CsvFile, Problem> {
    let name = path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    let bytes = read_bytes(path, &name)?;
    parse(&name, &bytes)
}

fn read_bytes(path: &Path, name: &str) -> Result<Vec<u8>, Problem> {
    let unreadable = |error: io::Error| {
        let message = match error.kind() {
            io::ErrorKind::NotFound => format!("There is no file {name}."),
            _ => format!("{name} can not be read."),
        };
        Problem::new(
            Code::CsvUnreadable,
            message,
            "Check the path, and that you may read the file.",
        )
        .because(error.to_string())
    };
    if path.is_dir() {
        return Err(Problem::new(
            Code::CsvUnreadable,
            format!("{name} is a folder."),
            "Choose the .csv file in it.",
        ));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Problem::new(
            Code::CsvTooLarge,
            format!("{name} is far larger than a console csv."),
            "Choose the file that the AWS console gave: it has a few lines, and a name like admin_accessKeys.csv.",
        ));
    }
    Ok(bytes)
}

/// Takes the forms that are listed with their sources in the design's facts: the access key csv of today, the user csv
/// with a password column, the old one with several users, and the two-line root key file.
pub fn parse(name: &str, bytes: &[u8]) -> Result<CsvFile, Problem> {
    let text = decode(name, bytes)?;
    if text.trim().is_empty() {
        return Err(Problem::new(
            Code::CsvEmpty,
            format!("{name} is empty."),
            "Download it again, or make a new key: AWS gives a secret only once.",
        ));
    }
    if let Some(file) = parse_assignments(name, &text) {
        return file;
    }
    let first = text.lines().next().unwrap_or_default();
    if Columns::of(first.split(',')).is_none() {
        return Err(not_a_csv(name, first));
    }
    parse_table(name, &text)
}

fn decode(name: &str, bytes: &[u8]) -> Result<String, Problem> {
    if bytes.starts_with(&[0xFF, 0xFE])
        || bytes.starts_with(&[0xFE, 0xFF])
        || bytes.iter().take(64).any(|byte| *byte == 0)
    {
        return Err(Problem::new(
            Code::CsvNotACsv,
            format!(
                "{name} is not plain text in UTF-8; it looks like UTF-16 or like another kind of file."
            ),
            "Use the file as the console gave it, or save it again as UTF-8.",
        ));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    String::from_utf8(bytes.to_vec()).map_err(|_| {
        Problem::new(
            Code::CsvNotACsv,
            format!("{name} is not text."),
            "Choose the .csv file that the AWS console gave.",
        )
    })
}

fn not_a_csv(name: &str, first: &str) -> Problem {
    for (delimiter, word) in [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")] {
        if Columns::of(first.split(delimiter)).is_some() {
            return Problem::new(
                Code::CsvDelimiter,
                format!("{name} is divided by {word} instead of commas."),
                "A spreadsheet program saved it anew. Use the file as the console gave it, or save it with commas.",
            );
        }
    }
    Problem::new(
        Code::CsvNotACsv,
        format!("{name} is not an access key file: its first line does not name the columns."),
        "Choose the .csv file that the AWS console gave when the key was made, such as admin_accessKeys.csv.",
    )
}

/// Where the columns are, whatever their order, case and spacing.
struct Columns {
    key_id: usize,
    secret: usize,
    token: Option<usize>,
    user: Option<usize>,
    password: Option<usize>,
}

impl Columns {
    fn of<'a>(names: impl Iterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<String> = names.map(normalise).collect();
        let find = |wanted: &[&str]| {
            names
                .iter()
                .position(|name| wanted.contains(&name.as_str()))
        };
        Some(Self {
            key_id: find(&["accesskeyid", "awsaccesskeyid"])?,
            secret: find(&["secretaccesskey", "awssecretkey", "awssecretaccesskey"])?,
            token: find(&["sessiontoken", "awssessiontoken"]),
            user: find(&["username"]),
            password: find(&["password"]),
        })
    }
}

fn normalise(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

/// `AWSAccessKeyId=…` and `AWSSecretKey=…` on a line each, as root key files were.
fn parse_assignments(name: &str, text: &str) -> Option<Result<CsvFile, Problem>> {
    let mut names = Vec::new();
    let mut values = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once('=')?;
        names.push(name);
        values.push(value.trim().to_owned());
    }
    let columns = Columns::of(names.into_iter())?;
    if [columns.key_id, columns.secret]
        .iter()
        .any(|column| values[*column].is_empty())
    {
        return Some(Err(damaged(name, "A line of it has a name and no value.")));
    }
    let key = CsvKey {
        user: None,
        pair: AccessKeyPair {
            key_id: values[columns.key_id].clone(),
            secret: Secret::new(values[columns.secret].clone()),
            session_token: columns
                .token
                .map(|column| Secret::new(values[column].clone())),
        },
    };
    Some(Ok(CsvFile {
        keys: vec![key],
        has_password: false,
    }))
}

fn damaged(name: &str, cause: impl Into<String>) -> Problem {
    Problem::new(
        Code::CsvNotACsv,
        format!("{name} is damaged."),
        "Use the file as the console gave it.",
    )
    .because(cause)
}

fn parse_table(name: &str, text: &str) -> Result<CsvFile, Problem> {
    let uneven = |error: csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        damaged(
            name,
            format!("Line {line} does not have the columns of the first line."),
        )
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(uneven)?.clone();
    let columns = Columns::of(headers.iter()).ok_or_else(|| not_a_csv(name, ""))?;
    let mut keys = Vec::new();
    let mut half = None;
    let mut has_password = false;
    for row in reader.records() {
        let row = row.map_err(uneven)?;
        let cell = |column: usize| row.get(column).unwrap_or_default().to_owned();
        has_password |= columns
            .password
            .is_some_and(|column| !cell(column).is_empty());
        let (key_id, secret) = (cell(columns.key_id), cell(columns.secret));
        if key_id.is_empty() || secret.is_empty() {
            if key_id.len() + secret.len() > 0 {
                half = half.or(row.position().map(csv::Position::line));
            }
            continue;
        }
        keys.push(CsvKey {
            user: columns.user.map(cell).filter(|user| !user.is_empty()),
            pair: AccessKeyPair {
                key_id,
                secret: Secret::new(secret),
                session_token: columns
                    .token
                    .map(cell)
                    .filter(|token| !token.is_empty())
                    .map(Secret::new),
            },
        });
    }
    if keys.is_empty() {
        if let Some(line) = half {
            return Err(damaged(name, format!("Line {line} has only half a key.")));
        }
        return Err(Problem::new(
            Code::CsvNoKey,
            format!("{name} has no access key in it."),
            "This user was made without a key. In the console, open the user, then Security credentials, then Create access key.",
        ));
    }
    Ok(CsvFile { keys, has_password })
}

/// The user that the console put into the file's name: `marta_accessKeys.csv`, `marta_credentials.csv`.
pub fn user_from_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    // A second download of the same name gets " (1)".
    let stem = stem.split(" (").next().unwrap_or(stem);
    let user = ["_accessKeys", "_credentials"]
        .iter()
        .find_map(|ending| stem.strip_suffix(ending))?;
    (!user.is_empty()).then(|| user.to_owned())
}

/// True for names that the console gives to the files it offers for download.
pub fn is_console_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".csv")
        && (lower.contains("accesskeys")
            || lower.contains("credentials")
            || lower.starts_with("rootkey"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn keys(text: &str) -> Vec<(Option<String>, String, String)> {
        parse("x.csv", text.as_bytes())
            .unwrap()
            .keys
            .into_iter()
            .map(|key| {
                (
                    key.user,
                    key.pair.key_id,
                    key.pair.secret.expose().to_owned(),
                )
            })
            .collect()
    }

    #[test]
    fn every_form_the_console_gave_is_read() {
        let plain = vec![(None, ID.to_owned(), SECRET.to_owned())];
        assert_eq!(
            keys(&format!(
                "\u{feff}Access key ID,Secret access key\r\n{ID},{SECRET}\r\n"
            )),
            plain
        );
        assert_eq!(
            keys(&format!("Access key ID,Secret access key\n{ID},{SECRET}")),
            plain
        );
        assert_eq!(
            keys(&format!("AWSAccessKeyId={ID}\r\nAWSSecretKey={SECRET}\r\n")),
            plain
        );
        let named = vec![(Some("marta".to_owned()), ID.to_owned(), SECRET.to_owned())];
        assert_eq!(
            keys(&format!(
                "User name,Password,Access key ID,Secret access key,Console login link\nmarta,,{ID},{SECRET},https://x\n"
            )),
            named
        );
        assert_eq!(
            keys(&format!(
                "User Name,Access Key Id,Secret Access Key\n\"marta\",{ID},{SECRET}\n"
            )),
            named
        );
    }

    #[test]
    fn several_keys_stay_several_and_users_without_a_key_are_passed_over() {
        let text = format!(
            "User Name,Access Key Id,Secret Access Key\n\"a\",{ID},{SECRET}\n\"b\",,\n\"c\",{ID},{SECRET}\n\"d\",{ID},\n"
        );
        let users: Vec<_> = keys(&text)
            .into_iter()
            .map(|(user, _, _)| user.unwrap())
            .collect();
        assert_eq!(users, ["a", "c"]);
    }

    #[test]
    fn a_password_is_noticed() {
        let text = format!(
            "User name,Password,Access key ID,Secret access key\nmarta,hunter2,{ID},{SECRET}\n"
        );
        assert!(parse("x.csv", text.as_bytes()).unwrap().has_password);
    }

    #[test]
    fn what_is_no_access_key_file_is_refused_with_its_reason() {
        let utf16: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain("Access key ID".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let cases: &[(&[u8], Code, &str)] = &[
            (b"", Code::CsvEmpty, "is empty"),
            (b"\r\n \r\n", Code::CsvEmpty, "is empty"),
            (
                b"Access key ID;Secret access key\nA;B\n",
                Code::CsvDelimiter,
                "semicolons",
            ),
            (
                b"Access key ID\tSecret access key\nA\tB\n",
                Code::CsvDelimiter,
                "tabs",
            ),
            (
                b"Access key ID,Secret access key\r\n",
                Code::CsvNoKey,
                "no access key",
            ),
            (
                b"User name,Password,Console sign-in URL\nmarta,x,https://y\n",
                Code::CsvNotACsv,
                "does not name the columns",
            ),
            (
                b"hello world",
                Code::CsvNotACsv,
                "does not name the columns",
            ),
            (b"\x89PNG\r\n\x1a\n\0\0", Code::CsvNotACsv, "not plain text"),
            (
                b"Access key ID,Secret access key\n\xff\xfe\xfa",
                Code::CsvNotACsv,
                "is not text",
            ),
            (&utf16, Code::CsvNotACsv, "UTF-16"),
            (
                b"Access key ID,Secret access key\nAKIAIOSFODNN7EXAMPLE,\n",
                Code::CsvNotACsv,
                "damaged",
            ),
            (
                b"Access key ID,Secret access key\nAKIAIOSFODNN7EXAMPLE",
                Code::CsvNotACsv,
                "damaged",
            ),
            (
                b"AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE\nAWSSecretKey=\n",
                Code::CsvNotACsv,
                "damaged",
            ),
        ];
        for (bytes, code, part) in cases {
            let problem = parse("x.csv", bytes).unwrap_err();
            assert_eq!(problem.code, *code, "{problem:?}");
            assert!(
                problem.message.contains(part),
                "{:?} lacks {part:?}",
                problem.message
            );
            assert!(!problem.hint.is_empty());
        }
    }

    #[test]
    fn a_file_of_fifty_megabytes_and_a_folder_are_refused_unread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.csv");
        File::create(&path).unwrap().set_len(50 << 20).unwrap();
        assert_eq!(read(&path).unwrap_err().code, Code::CsvTooLarge);
        assert_eq!(read(folder.path()).unwrap_err().code, Code::CsvUnreadable);
        assert_eq!(
            read(&folder.path().join("none.csv")).unwrap_err().code,
            Code::CsvUnreadable
        );
    }

    #[test]
    fn the_user_is_in_the_file_name() {
        let user = |name: &str| user_from_name(Path::new(name));
        assert_eq!(user("/x/admin_accessKeys.csv").as_deref(), Some("admin"));
        assert_eq!(
            user("/x/marta.l_credentials (1).csv").as_deref(),
            Some("marta.l")
        );
        assert_eq!(user("/x/rootkey.csv"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = parse("x.csv", &bytes);
        }
    }
}

//! Where passphrases come from: a file descriptor, a credential of systemd, or a hidden prompt. Never an argument or a
//! variable, which other programs of the user can read.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use keywell_app::Variables;
use keywell_vault::{AskPassphrase, Asked, Origin, Passphrase, Secret};

use crate::{error::Stop, prompt};

/// The credential's name, as in `LoadCredentialEncrypted=keywell-passphrase` of a systemd unit (systemd.exec(5)).
const CREDENTIAL: &str = "keywell-passphrase";

/// The longest passphrase, in bytes.
const LONGEST: u64 = 4096;

/// Gets the passphrase of the encrypted file. `may_prompt` says whether a person may be asked on the terminal.
pub(crate) fn ask(
    descriptor: Option<u32>,
    variables: &Variables,
    may_prompt: bool,
) -> AskPassphrase {
    let credential = variables
        .get("CREDENTIALS_DIRECTORY")
        .map(|folder| PathBuf::from(folder).join(CREDENTIAL));
    // What a descriptor gives can be read once, and may be asked for again.
    let given: OnceLock<Secret> = OnceLock::new();
    Arc::new(move |path, asked| {
        if let Some(descriptor) = descriptor {
            let secret = match given.get() {
                Some(secret) => secret.clone(),
                None => given
                    .get_or_init({
                        let read = of_descriptor(descriptor)?;
                        move || read
                    })
                    .clone(),
            };
            return Ok(Some(Passphrase {
                secret,
                origin: Origin::Given,
            }));
        }
        if let Some(credential) = &credential {
            match File::open(credential) {
                Ok(file) => {
                    return Ok(Some(Passphrase {
                        secret: read(file)?,
                        origin: Origin::Standing,
                    }));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if !may_prompt {
            return Ok(None);
        }
        let secret = match asked {
            Asked::Existing => typed_for(path),
            Asked::New => new(&format!("the new encrypted file {}", path.display())),
        };
        let secret = secret.map_err(|stop| io::Error::other(stop.failure.message))?;
        Ok(Some(Passphrase {
            secret,
            origin: Origin::Typed,
        }))
    })
}

/// A passphrase from a descriptor that this process was started with.
pub(crate) fn of_descriptor(descriptor: u32) -> io::Result<Secret> {
    if descriptor == 0 {
        return read(io::stdin().lock());
    }
    if cfg!(windows) {
        return Err(io::Error::other("on Windows only descriptor 0 can be read"));
    }
    read(File::open(
        Path::new("/dev/fd").join(descriptor.to_string()),
    )?)
}

pub(crate) fn typed_for(file: &Path) -> Result<Secret, Stop> {
    typed(&format!("Passphrase of {} (not shown):", file.display()))
}

pub(crate) fn typed(question: &str) -> Result<Secret, Stop> {
    prompt::hidden(question)
}

/// Asks for a passphrase that is to be chosen, twice.
pub(crate) fn new(of: &str) -> Result<Secret, Stop> {
    loop {
        let first = prompt::hidden(&format!("Choose a passphrase for {of} (not shown):"))?;
        if first.expose().is_empty() {
            prompt::tell("An empty passphrase protects nothing.")?;
            continue;
        }
        if prompt::hidden("The same again:")? == first {
            return Ok(first);
        }
        prompt::tell("They differ.")?;
    }
}

/// One line end at the end is not part of it: editors and `echo` add one.
fn read(source: impl Read) -> io::Result<Secret> {
    let mut text = String::with_capacity(LONGEST as usize + 2);
    source.take(LONGEST + 2).read_to_string(&mut text)?;
    let kept = text.strip_suffix('\n').unwrap_or(&text);
    let kept = kept.strip_suffix('\r').unwrap_or(kept).len();
    text.truncate(kept);
    let secret = Secret::new(text);
    if secret.expose().len() as u64 > LONGEST {
        return Err(io::Error::other(format!(
            "it has more than {LONGEST} bytes"
        )));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_left_out_and_nothing_else() {
        for (text, expected) in [
            ("horse", "horse"),
            ("horse\n", "horse"),
            ("horse\r\n", "horse"),
            (" horse \n\n", " horse \n"),
            ("", ""),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap().expose(), expected);
        }
        assert!(read("x".repeat(5000).as_bytes()).is_err());
        assert!(read(&b"\xff\xfe"[..]).is_err());
    }
}

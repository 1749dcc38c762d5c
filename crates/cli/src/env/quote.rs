//! How each shell is told to set a variable, whatever its value holds.

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Cmd,
    Dotenv,
}

impl Shell {
    /// One line that sets a variable, with its line end; none when the shell has no way to write the value.
    pub fn set(self, name: &str, value: &str) -> Option<String> {
        Some(match self {
            Self::Bash | Self::Zsh => format!("export {name}={}\n", in_posix(value)),
            Self::Fish => format!("set -gx {name} {}\n", in_fish(value)),
            Self::Powershell => format!("$Env:{name} = {}\n", in_powershell(value)),
            Self::Cmd => format!("set \"{name}={}\"\r\n", in_cmd(value)?),
            Self::Dotenv => format!("{name}={}\n", in_dotenv(value)),
        })
    }

    /// One line that makes sure that a variable holds nothing.
    pub fn unset(self, name: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("unset {name}\n"),
            Self::Fish => format!("set -e {name}\n"),
            Self::Powershell => {
                format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue\n")
            }
            Self::Cmd => format!("set \"{name}=\"\r\n"),
            // Such a file only adds.
            Self::Dotenv => String::new(),
        }
    }
}

/// Within single quotes nothing is special but the quote itself (POSIX, Shell Command Language 2.2.2).
fn in_posix(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Within fish's single quotes the quote and the backslash are special.
fn in_fish(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// PowerShell takes typographic quotes for single quotes too; each is escaped by doubling it (about_Quoting_Rules).
fn in_powershell(value: &str) -> String {
    let mut quoted = String::from("'");
    for character in value.chars() {
        if matches!(character, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(character);
        }
        quoted.push(character);
    }
    quoted.push('\'');
    quoted
}

/// `set "NAME=VALUE"` keeps `& | < > ^`. A percent sign, a quote, an exclamation mark and a line break have no escape
/// that holds at the prompt and in a script alike.
fn in_cmd(value: &str) -> Option<&str> {
    (!value.contains(['%', '"', '!', '\n', '\r'])).then_some(value)
}

/// Bare where every reader agrees (`docker --env-file` takes quotes literally), single quotes where they do, double
/// quotes with escapes for the rest.
fn in_dotenv(value: &str) -> String {
    let bare =
        |character: char| character.is_ascii_alphanumeric() || "_-./:=+,@".contains(character);
    if value.chars().all(bare) {
        value.to_owned()
    } else if !value.contains(['\'', '\n', '\r']) {
        format!("'{value}'")
    } else {
        let escaped = value
            .replace('\\', r"\\")
            .replace('"', "\\\"")
            .replace('$', r"\$")
            .replace('\n', r"\n")
            .replace('\r', r"\r");
        format!("\"{escaped}\"")
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const HOSTILE: &[&str] = &[
        "plain",
        "",
        "with blank",
        "it's",
        "$HOME `id` $(id)",
        "a\\b\\",
        "\\'",
        "a\nb",
        "\"quoted\"",
        "!history",
        "*?[x]~",
        "; rm -rf /",
        "‘typographic’",
        "-n",
    ];

    /// What a shell holds after it has read the line.
    #[cfg(unix)]
    fn read_by(program: &str, line: &str) -> Option<String> {
        let script = format!("{line}printenv NAME");
        let output = Command::new(program).arg("-c").arg(script).output().ok()?;
        let text = String::from_utf8(output.stdout).unwrap();
        Some(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    }

    #[cfg(unix)]
    #[test]
    fn shells_read_every_value_as_it_is() {
        let mut tried = 0;
        for (shell, program) in [
            (Shell::Bash, "bash"),
            (Shell::Bash, "sh"),
            (Shell::Zsh, "zsh"),
            (Shell::Fish, "fish"),
        ] {
            for value in HOSTILE {
                let line = shell.set("NAME", value).unwrap();
                // A shell that is not on this machine can not be asked.
                if let Some(read) = read_by(program, &line) {
                    tried += 1;
                    assert_eq!(read, *value, "{program}: {line}");
                }
            }
        }
        assert!(tried >= HOSTILE.len());
    }

    #[test]
    fn each_shell_has_its_own_quotes() {
        let cases = [
            (Shell::Powershell, "it's ’x", "$Env:NAME = 'it''s ’’x'\n"),
            (Shell::Cmd, "a&b|c^", "set \"NAME=a&b|c^\"\r\n"),
            (Shell::Fish, "a\\'", "set -gx NAME 'a\\\\\\''\n"),
            (Shell::Dotenv, "AKIA/+=", "NAME=AKIA/+=\n"),
            (Shell::Dotenv, "a b$c", "NAME='a b$c'\n"),
            (Shell::Dotenv, "it's $x\n", "NAME=\"it's \\$x\\n\"\n"),
        ];
        for (shell, value, line) in cases {
            assert_eq!(shell.set("NAME", value).as_deref(), Some(line));
        }
        for value in ["100%", "a\"b", "a!b", "a\nb"] {
            assert_eq!(Shell::Cmd.set("NAME", value), None);
        }
    }
}

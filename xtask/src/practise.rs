//! The main job in the terminal, on a practice account, each step shown as it would be typed.

use crate::{paths, process};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The hidden verb that `run` starts inside a private session; its argument is the throwaway home.
pub const VERB: &str = "practise-in";

/// # Errors
/// A sentence that names the step that failed.
pub fn practise(home: &Path) -> Result<(), String> {
    let walk = Walk {
        home: home.to_path_buf(),
        keywell: paths::built("debug", "keywell"),
    };
    let data = home.join("practice");
    let port = free_port()?.to_string();
    let url = format!("http://127.0.0.1:{port}");
    let csv = data.join("admin_accessKeys.csv");

    walk.say("1. A practice account: an AWS account on this machine, with an administrator whose key lies in a .csv as the AWS console makes it.");
    let data_text = data.to_string_lossy().into_owned();
    let mut serve = walk.keywell(&["practice", "start", "--port", &port, "--data", &data_text]);
    println!("$ {} &", walk.shown(&serve));
    let _practice = Server(
        serve
            .stdout(Stdio::null())
            .spawn()
            .map_err(|why| format!("keywell cannot be started: {why}"))?,
    );
    wait_for(&csv, &port)?;

    walk.say("2. The key goes from the .csv into the keychain, is tested, and becomes a profile that AWS clients can use.");
    walk.step(&[
        "setup",
        "--csv",
        &csv.to_string_lossy(),
        "--profile",
        "practice",
        "--region",
        "us-east-1",
        "--endpoint-url",
        &url,
    ])?;
    walk.say("3. Who is it, what can it open, is the clock right?");
    walk.step(&["test", "practice"])?;
    walk.say("4. A bucket with safe defaults, a file in it, and a link that anybody can open for an hour.");
    let file = home.join("hello.txt");
    fs::write(&file, "Hello from Keywell.\n")
        .map_err(|why| format!("{} cannot be written: {why}", file.display()))?;
    walk.step(&[
        "s3",
        "mb",
        "s3://keywell-first-bucket",
        "--profile",
        "practice",
    ])?;
    walk.step(&[
        "s3",
        "cp",
        &file.to_string_lossy(),
        "s3://keywell-first-bucket/hello.txt",
        "--profile",
        "practice",
    ])?;
    walk.step(&[
        "s3",
        "ls",
        "--recursive",
        "s3://keywell-first-bucket/",
        "--profile",
        "practice",
    ])?;
    walk.step(&[
        "s3",
        "presign",
        "s3://keywell-first-bucket/hello.txt",
        "--profile",
        "practice",
    ])?;
    walk.say(
        "5. What AWS clients call to get the key. ~/.aws/config holds this line and no secret:",
    );
    let config = home.join(".aws/config");
    let text = fs::read_to_string(&config)
        .map_err(|why| format!("{} cannot be read: {why}", config.display()))?;
    println!("{}", text.trim_end());
    let mut helper = walk.keywell(&["credential-process", "--profile", "practice"]);
    println!("$ {}", walk.shown(&helper));
    let answer = process::output(&mut helper).ok_or("the credential process did not answer")?;
    println!("{}", masked(&answer));
    println!(
        "\nDone. With a display, `cargo xtask run` opens the window and does the same by pointing and clicking."
    );
    Ok(())
}

struct Walk {
    home: PathBuf,
    keywell: PathBuf,
}

impl Walk {
    fn say(&self, text: &str) {
        println!("\n{text}");
    }

    fn keywell(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.keywell);
        command
            .args(arguments)
            .env("KEYWELL_HOME", self.home.join("keywell"))
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn step(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.keywell(arguments);
        println!("$ {}", self.shown(&command));
        process::run(&mut command)
    }

    /// The command with the program's name alone and `~` for the home.
    fn shown(&self, command: &Command) -> String {
        let home = self.home.to_string_lossy();
        process::line(command)
            .replacen(&*self.keywell.to_string_lossy(), "keywell", 1)
            .replace(&*home, "~")
    }
}

/// The practice server; ended when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> Result<u16, String> {
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    free.map(|address| address.port())
        .map_err(|why| format!("no free port on 127.0.0.1: {why}"))
}

fn wait_for(csv: &Path, port: &str) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if csv.exists() && TcpStream::connect(format!("127.0.0.1:{port}")).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err("the practice account did not start within 20 seconds".into())
}

/// The helper's JSON with everything secret left out.
fn masked(answer: &str) -> String {
    let mut text = answer.trim().to_owned();
    for name in ["SecretAccessKey", "SessionToken"] {
        let Some((before, after)) = text.split_once(&format!("\"{name}\"")) else {
            continue;
        };
        let mut parts = after.splitn(3, '"');
        if let (Some(colon), Some(_), Some(rest)) = (parts.next(), parts.next(), parts.next()) {
            text = format!("{before}\"{name}\"{colon}\"****\"{rest}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_the_helper_has_no_secret() {
        let answer = r#"{"Version": 1, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtn/EXAMPLE+KEY", "SessionToken":"abc=="}"#;
        assert_eq!(
            masked(answer),
            r#"{"Version": 1, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "****", "SessionToken":"****"}"#
        );
        assert_eq!(masked("{}\n"), "{}");
    }
}

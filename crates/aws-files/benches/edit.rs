//! One value edited in a file of 5,000 profiles, against what botocore takes to load it. Run by `cargo xtask bench
//! files`, which passes the Python that has botocore.

#![allow(clippy::print_stdout)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

const PROFILES: usize = 5_000;
const TRIES: usize = 21;

/// Loads the file whenever it is told to, and prints the seconds that it took.
const LOAD: &str = "
import sys, time
from botocore.configloader import load_config
for line in sys.stdin:
    begun = time.perf_counter()
    loaded = load_config(sys.argv[1])
    print(time.perf_counter() - begun, len(loaded['profiles']), flush=True)
";

fn main() {
    let Some(python) = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'))
    else {
        println!("usage: cargo xtask bench files");
        return;
    };
    let shared = Path::new("/dev/shm");
    let parent = if shared.is_dir() {
        shared.to_path_buf()
    } else {
        env::temp_dir()
    };
    let folder = tempfile::tempdir_in(parent).expect("a temporary folder");
    let path = folder.path().join("config");
    let profile = |number| {
        format!(
            "[profile account{number}]\nregion = eu-west-1\noutput = json\nrole_arn = arn:aws:iam::123456789012:role/r{number}\nsource_profile = base\n\n"
        )
    };
    let text: String = (0..PROFILES).map(profile).collect();
    fs::write(&path, &text).expect("a temporary file");
    let mut loader = Command::new(python)
        .args(["-c", LOAD])
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut ask = loader.stdin.take().expect("piped above");
    let mut answers = BufReader::new(loader.stdout.take().expect("piped above")).lines();
    let (mut edits, mut loads) = (Vec::new(), Vec::new());
    for count in 0..TRIES {
        ask.write_all(b"\n").expect("Python listens");
        let answer = answers.next().expect("an answer").expect("it is text");
        let (seconds, profiles) = answer.split_once(' ').expect("two numbers");
        assert_eq!(profiles, PROFILES.to_string());
        loads.push(Duration::from_secs_f64(seconds.parse().expect("a number")));
        let section = format!("profile account{}", (count * 997) % PROFILES);
        let begun = Instant::now();
        keywell_aws_files::edit(&path, |document| {
            document.set(&section, "region", &format!("eu-west-{count}"))
        })
        .expect("it is written");
        edits.push(begun.elapsed());
    }
    drop(ask);
    loader.wait().expect("it ends");
    let (edit, load) = (median(&mut edits), median(&mut loads));
    println!(
        "one value in a file of {PROFILES} profiles ({} KiB in {}), medians of {TRIES}, in turns",
        text.len() / 1024,
        folder.path().display()
    );
    println!(
        "  Keywell: read, edit, write   {:>8.2} ms",
        edit.as_secs_f64() * 1000.0
    );
    println!(
        "  botocore: load               {:>8.2} ms",
        load.as_secs_f64() * 1000.0
    );
    println!(
        "  {:.1} times as fast; at least 10 are wanted",
        load.as_secs_f64() / edit.as_secs_f64()
    );
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

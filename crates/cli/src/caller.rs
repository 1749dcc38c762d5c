//! Which program asks: the ones above this one, as the kernel names their files.

use keywell_app::hand_out::Caller;

#[cfg(target_os = "linux")]
const PARENTS: usize = 4;

pub(crate) fn caller() -> Caller {
    Caller {
        programs: programs(),
        folder: std::env::current_dir()
            .map(|folder| folder.to_string_lossy().into_owned())
            .unwrap_or_default(),
    }
}

#[cfg(target_os = "linux")]
fn programs() -> Vec<String> {
    use std::{fs, os::unix::process::parent_id, path::Path};

    let mut programs = Vec::new();
    let mut process = parent_id();
    while process > 1 && programs.len() < PARENTS {
        let of = |file: &str| Path::new("/proc").join(process.to_string()).join(file);
        let name = match fs::read_link(of("exe")) {
            Ok(path) => path.to_string_lossy().into_owned(),
            // Of another user's process only the short name is told.
            Err(_) => match fs::read_to_string(of("comm")) {
                Ok(name) => name.trim_end().to_owned(),
                Err(_) => break,
            },
        };
        programs.push(name);
        // proc_pid_stat(5): the name in brackets may hold anything; the parent is the second field after it.
        let parent = fs::read_to_string(of("stat")).ok().and_then(|stat| {
            let (_, rest) = stat.rsplit_once(')')?;
            rest.split_whitespace().nth(1)?.parse().ok()
        });
        match parent {
            Some(parent) => process = parent,
            None => break,
        }
    }
    programs
}

/// Other systems tell of other processes through interfaces that are not used here.
#[cfg(not(target_os = "linux"))]
fn programs() -> Vec<String> {
    Vec::new()
}

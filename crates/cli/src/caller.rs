//! Which program asks: the ones above this one, as the kernel names their files.

use keywell_app::hand_out::Caller;

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

/// As the system's own list of processes has them.
#[cfg(not(target_os = "linux"))]
fn programs() -> Vec<String> {
    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

    let Ok(mut system) = System::new() else {
        return Vec::new();
    };
    let mut read = |process: Pid| {
        let exe = ProcessRefreshKind::nothing().with_exe(UpdateKind::Always);
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), false, exe);
        system.process(process).map(|process| {
            // Of another user's process only the short name is told.
            let name = match process.exe() {
                Some(path) if !path.as_os_str().is_empty() => path.as_os_str(),
                _ => process.name(),
            };
            let name = name.to_string_lossy().into_owned();
            (name, process.start_time(), process.parent())
        })
    };
    let mut programs = Vec::new();
    let Some((_, mut begun, mut parent)) = read(Pid::from_u32(std::process::id())) else {
        return programs;
    };
    while let Some(process) = parent
        && process.as_u32() > 1
        && programs.len() < PARENTS
    {
        match read(process) {
            // Windows keeps the number of a parent that has ended, and gives it to another process.
            Some((name, its_begin, its_parent)) if its_begin <= begun => {
                programs.push(name);
                (begun, parent) = (its_begin, its_parent);
            }
            _ => break,
        }
    }
    programs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_that_started_this_one_are_named_the_nearest_first() {
        let programs = programs();
        assert!(
            (1..=PARENTS).contains(&programs.len()),
            "a test was started by something: {programs:?}"
        );
        assert!(programs.iter().all(|program| !program.is_empty()));
    }
}

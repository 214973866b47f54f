//! Nothing is left behind: no process, no network namespace, no temporary file; not after hundreds of runs, not after many at
//! once, not after a kill.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]
#![cfg(all(target_os = "linux", feature = "live"))]

mod util;

use std::fs;
use std::process::Stdio;
use std::sync::Mutex;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use util::{command, netlab};

const RUN: [&str; 3] = ["handshake", "--mode=lab", "--quiet"];

/// The counts are those of the whole machine: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// All that is to be checked is checked 500 times in CI, 60 times elsewhere.
fn runs() -> usize {
    if std::env::var_os("NETLAB_CI").is_some() { 500 } else { 60 }
}

/// The labs of this build that still run.
fn labs() -> Vec<String> {
    let exe = env!("CARGO_BIN_EXE_netlab");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(exe) && line.contains("__lab-child") {
            found.push(line);
        }
    }
    found
}

/// Network namespaces on this machine, as the kernel's allocator counts them; `None` where only root may know.
fn namespaces() -> Option<usize> {
    let text = fs::read_to_string("/proc/slabinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("net_namespace "))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn temporary_files() -> usize {
    let ours = |name: &str| name.contains("netlab");
    fs::read_dir(std::env::temp_dir())
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(ours))
        .count()
}

/// Waits until all is as it was: the kernel takes namespaces down by itself, a little later.
fn nothing_is_left(before: (Option<usize>, usize)) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let labs = labs();
        // The allocator counts in whole pages: a few objects more or less are none.
        let more = namespaces().zip(before.0).is_some_and(|(now, then)| now > then + 16);
        if labs.is_empty() && !more && temporary_files() <= before.1 {
            return;
        }
        assert!(Instant::now() < deadline, "left: {labs:?}, namespaces {:?} after {before:?}", namespaces());
        sleep(Duration::from_millis(100));
    }
}

fn run_once() {
    let run = netlab(&RUN);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("both sides said goodbye"), "{}", run.stdout);
}

#[test]
fn runs_one_after_another_leave_nothing() {
    let _alone = ALONE.lock().unwrap();
    let before = (namespaces(), temporary_files());
    for _ in 0..runs() {
        run_once();
    }
    nothing_is_left(before);
}

#[test]
fn twenty_at_once_leave_nothing() {
    let _alone = ALONE.lock().unwrap();
    let before = (namespaces(), temporary_files());
    scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for _ in 0..runs() / 20 {
                    run_once();
                }
            });
        }
    });
    nothing_is_left(before);
}

#[test]
fn a_run_that_is_killed_leaves_nothing() {
    let _alone = ALONE.lock().unwrap();
    let before = (namespaces(), temporary_files());
    for delay in 0..runs() as u64 / 10 {
        let mut child = command(&["handshake", "--mode=lab", "--step"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    nothing_is_left(before);
}

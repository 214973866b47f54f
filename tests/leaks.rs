//! Nothing is left behind: no process, no network namespace, no temporary file; not after hundreds of runs, not after many at
//! once, not after a kill.
//!
//! Each test goes on in a user namespace of its own: what the kernel counts there is this test's alone, whoever else makes
//! namespaces on this machine.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed: that is what is meant"
)]
#![cfg(all(target_os = "linux", feature = "live"))]

mod util;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use util::Run;

/// Set where the test runs inside of its user namespace.
const INSIDE: &str = "NETLAB_LEAKS_INSIDE";
/// How many network namespaces this user namespace and those below it may have together (namespaces(7)). The kernel counts one until
/// nothing whatever refers to it.
const MOST: &str = "/proc/sys/user/max_net_namespaces";

/// All that is to be checked is checked 500 times in CI, 60 times elsewhere.
fn runs() -> usize {
    if std::env::var_os("NETLAB_CI").is_some() { 500 } else { 60 }
}

/// A shell command as root of a new user namespace.
fn as_root_of_a_new_user_namespace() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--"]);
    command
}

/// Whether this is the test inside of its user namespace; outside it is run there, to its end.
fn is_inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let can = as_root_of_a_new_user_namespace().args(["test", "-w", MOST]).status();
    if !can.is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("NETLAB_CI").is_none(), "CI must have unshare(1) and user namespaces");
        eprintln!("NOT TESTED: no user namespace can be had here");
        return false;
    }
    let mut command = as_root_of_a_new_user_namespace();
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    assert!(command.env(INSIDE, "1").status().unwrap().success(), "{test} has failed");
    false
}

/// Whether the kernel lets one more network namespace be where `most` may be.
fn is_room_for_one_of(most: usize) -> bool {
    fs::write(MOST, most.to_string()).unwrap();
    let run = Run::from(Command::new("unshare").args(["--net", "true"]).output().unwrap());
    assert!(run.code == Some(0) || run.stderr.contains("No space left on device"), "{}", run.stderr);
    run.code == Some(0)
}

/// A netlab for one test: where it lies nobody else's does, and neither do its temporary files.
struct Netlab {
    folder: tempfile::TempDir,
    exe: PathBuf,
}

impl Netlab {
    fn new() -> Netlab {
        let folder = tempfile::tempdir().unwrap();
        let exe = folder.path().join("netlab");
        fs::copy(env!("CARGO_BIN_EXE_netlab"), &exe).unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Netlab { folder, exe }
    }

    fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.exe);
        command.args(args).env("TMPDIR", self.temporary()).env_remove("NO_COLOR").stdin(Stdio::null());
        command
    }

    fn run_once(&self) {
        let run = Run::from(self.command(&["handshake", "--mode=lab", "--quiet"]).output().unwrap());
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("both sides said goodbye"), "{}", run.stdout);
    }

    /// Its processes that still run.
    fn processes(&self) -> Vec<String> {
        let exe = self.exe.to_str().unwrap();
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            if line.contains(exe) {
                found.push(line);
            }
        }
        found
    }

    /// Waits until all is as it was: the kernel takes namespaces down by itself, a little later.
    fn has_left_nothing(self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let processes = self.processes();
            if processes.is_empty() && is_room_for_one_of(1) {
                break;
            }
            if Instant::now() > deadline {
                let namespaces = (1..).find(|most| is_room_for_one_of(*most)).unwrap() - 1;
                panic!("left: {processes:?}, {namespaces} network namespaces");
            }
            sleep(Duration::from_millis(100));
        }
        let left: Vec<_> = fs::read_dir(self.temporary()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn runs_one_after_another_leave_nothing() {
    if !is_inside("runs_one_after_another_leave_nothing") {
        return;
    }
    let netlab = Netlab::new();
    for _ in 0..runs() {
        netlab.run_once();
    }
    netlab.has_left_nothing();
}

#[test]
fn twenty_at_once_leave_nothing() {
    if !is_inside("twenty_at_once_leave_nothing") {
        return;
    }
    let netlab = Netlab::new();
    scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for _ in 0..runs() / 20 {
                    netlab.run_once();
                }
            });
        }
    });
    netlab.has_left_nothing();
}

#[test]
fn a_run_that_is_killed_leaves_nothing() {
    if !is_inside("a_run_that_is_killed_leaves_nothing") {
        return;
    }
    let netlab = Netlab::new();
    for delay in 0..runs() as u64 / 10 {
        let mut child = netlab
            .command(&["handshake", "--mode=lab", "--step"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    netlab.has_left_nothing();
}

/// The count itself: a namespace that somebody still holds is noticed.
#[test]
fn a_namespace_that_is_held_is_counted() {
    if !is_inside("a_namespace_that_is_held_is_counted") {
        return;
    }
    assert!(is_room_for_one_of(2));
    let mut held = Command::new("unshare").args(["--net", "cat"]).stdin(Stdio::piped()).spawn().unwrap();
    // It says when it has its own by the link that is another than ours.
    let own = fs::read_link("/proc/self/ns/net").unwrap();
    let theirs = || fs::read_link(format!("/proc/{}/ns/net", held.id()));
    while theirs().is_ok_and(|theirs| theirs == own) {
        sleep(Duration::from_millis(1));
    }
    assert!(!is_room_for_one_of(1));
    drop(held.stdin.take());
    held.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_room_for_one_of(1) {
        assert!(Instant::now() < deadline, "it is still counted");
        sleep(Duration::from_millis(100));
    }
}

//! What netlab says of every packet of the truth captures is what tshark says of it.
//!
//! The captures lie outside the repository: in the folder that `NETLAB_TRUTH` names, else in `../shared/truth` where that
//! is there. Without them nothing is compared, and a loud line says so.

#![cfg(feature = "cli")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

fn truth() -> Option<PathBuf> {
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = named {
        assert!(
            folder.join("compare.py").is_file(),
            "NETLAB_TRUTH names {}: no compare.py in it",
            folder.display()
        );
        return Some(folder);
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth");
    beside.join("compare.py").is_file().then_some(beside)
}

fn compare(arguments: &[&str]) {
    let Some(folder) = truth() else {
        // Past the test harness, which would swallow what a passing test prints.
        let line = b"\n*** NOT RUN: no truth captures. Set NETLAB_TRUTH to their folder. ***\n\n";
        std::io::stderr().write_all(line).expect("standard error is open");
        return;
    };
    let output = Command::new("python3")
        .arg(folder.join("compare.py"))
        .args(arguments)
        .args(["--", env!("CARGO_BIN_EXE_netlab"), "dissect", "--format", "json"])
        .output()
        .expect("python3 runs the comparer");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_field_of_the_basic_captures_is_what_tshark_says() {
    compare(&["--only", "basic", "--group", "fields"]);
}

/// What TCP was doing: Wireshark's heuristics, of the version that made the truth.
#[test]
fn the_analysis_of_tcp_is_what_tshark_says() {
    compare(&["--group", "analysis"]);
}

/// Damaged files among them: what came before the damage, a message, no crash.
#[test]
fn every_field_of_all_other_captures_too() {
    compare(&["--skip", "basic", "--group", "fields"]);
}

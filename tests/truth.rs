//! What netlab says of every packet of the truth captures is what tshark says of it; and of captures that nobody has seen.
//!
//! The captures lie outside the repository: in the folder that `NETLAB_TRUTH` names, else in `../shared/truth` where that
//! is there. Without them nothing is compared, and a loud line says so. `NETLAB_BIN` names another binary to be compared, as
//! `.ci/run` does with the release build.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Of so many values one may be let off.
const ALLOWED_OF: u64 = 1000;

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
    let beside = repository().join("../shared/truth");
    beside.join("compare.py").is_file().then_some(beside)
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn binary() -> PathBuf {
    let named = std::env::var_os("NETLAB_BIN").filter(|value| !value.is_empty());
    let path = named.map_or_else(|| env!("CARGO_BIN_EXE_netlab").into(), PathBuf::from);
    assert!(path.is_file(), "NETLAB_BIN names {}, which is not there", path.display());
    path
}

/// Past the test harness, which would swallow what a passing test prints.
fn say(text: &str) {
    std::io::stderr().write_all(format!("\n{text}\n").as_bytes()).expect("standard error is open");
}

fn python(script: &Path, arguments: &[&std::ffi::OsStr]) -> Output {
    let mut command = Command::new("python3");
    command.arg(script).args(arguments).arg("--").arg(binary()).args(["dissect", "--format", "json"]);
    command.output().expect("python3 runs the comparer")
}

/// The last lines, which sum up.
fn totals(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Damaged and compressed files among them: what came before the damage, a message, no crash.
#[test]
fn every_field_of_every_packet_is_what_tshark_says() {
    let Some(folder) = truth() else {
        say("*** NOT RUN: no truth captures. Set NETLAB_TRUTH to their folder. ***");
        return;
    };
    let allowed = repository().join("tests/truth-allow.tsv");
    let scratch = tempfile::tempdir().unwrap();
    let summary = scratch.path().join("summary.json");
    let arguments = ["--group", "all", "--allow"].map(AsRef::as_ref);
    let arguments = [&arguments[..], &[allowed.as_ref(), "--json".as_ref(), summary.as_ref()]].concat();
    let output = python(&folder.join("compare.py"), &arguments);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    say(&format!("truth: {} against tshark\n{}", binary().display(), totals(&text, 5)));
    let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(summary).unwrap()).unwrap();
    let number = |key: &str| summary[key].as_u64().unwrap_or_else(|| panic!("no {key} in the summary"));
    assert!(number("compared") > 400_000, "only {} values were compared", number("compared"));
    assert!(number("allowed") * ALLOWED_OF <= number("compared"), "{} values let off", number("allowed"));
    assert!(!text.contains("note: not needed"), "rows of the allow-list that nothing needs:\n{text}");
}

/// Known captures changed in every way that networks know, and conversations invented: made here, by a fixed seed, and
/// given to tshark and to netlab. `tests/differential/run.py` does it for any seed and any number.
#[test]
fn captures_that_nobody_has_seen_too() {
    let Some(folder) = truth() else {
        say("*** NOT RUN: no truth captures, of which others could be made. ***");
        return;
    };
    let version = Command::new("tshark").arg("--version").output();
    let version =
        version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // What tshark says of TCP's doings changes from version to version.
    if !version.contains("4.0.") {
        say("*** NOT RUN: no tshark 4.0, whose rules the analysis of TCP follows. ***");
        assert!(std::env::var_os("NETLAB_CI").is_none(), "in CI tshark 4.0 must be there");
        return;
    }
    let script = repository().join("tests/differential/run.py");
    let arguments = ["--seed", "1", "--count", "40", "--truth"].map(AsRef::as_ref);
    let output = python(&script, &[&arguments[..], &[folder.as_ref()]].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    say(&format!("differential: captures made here, against tshark\n{}", totals(&text, 3)));
}

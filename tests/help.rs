//! Every command's help, kept as a file: `SNAPSHOTS=overwrite cargo test --test help` writes them anew; then read them.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod util;

use snapbox::{Data, assert_data_eq, data::DataFormat};
use util::{command, netlab};

const COMMANDS: [&str; 12] = [
    "handshake",
    "websocket",
    "osi",
    "replay",
    "flows",
    "dissect",
    "check",
    "explain",
    "captures",
    "doctor",
    "completions",
    "man",
];

fn help(file: &str, args: &[&str]) {
    let output = command(args).env("COLUMNS", "80").output().unwrap();
    let path = format!("{}/tests/help/{file}.txt", env!("CARGO_MANIFEST_DIR"));
    let expected = Data::read_from(std::path::Path::new(&path), Some(DataFormat::Text)).raw();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_data_eq!(Data::text(text).raw(), expected);
}

#[test]
fn netlab_has_help() {
    help("netlab", &["--help"]);
}

#[test]
fn every_command_has_help_with_an_example() {
    for name in COMMANDS {
        help(name, &[name, "--help"]);
        assert!(netlab(&[name, "--help"]).stdout.contains("Example: netlab "), "{name}");
    }
}

#[test]
fn what_writes_over_a_file_stands_first_under_output() {
    let with: Vec<&str> = COMMANDS
        .into_iter()
        .filter(|name| {
            let help = netlab(&[name, "--help", "--width=100"]).stdout;
            let (before, output) = help.split_once("\nOutput:\n").unwrap();
            assert!(!before.contains("--force"), "{name}: {before}");
            let first = output.lines().next().unwrap().trim_start().starts_with("--force");
            assert_eq!(first, output.contains("--force"), "{name}: {output}");
            first
        })
        .collect();
    assert_eq!(with, ["handshake", "websocket", "osi", "replay", "explain", "captures"]);
    for (args, named) in [
        (&["captures", "handshake", "--force"][..], "--export"),
        (&["replay", "handshake", "--force"], "--output"),
        (&["handshake", "--force"], "--save"),
    ] {
        let run = netlab(args);
        assert_eq!(run.code, Some(2), "{args:?}");
        assert!(run.stderr.contains(named), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn every_command_stands_in_the_overview_and_in_the_readme() {
    let overview = netlab(&["--help"]).stdout;
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let listed: Vec<&str> = overview
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert_eq!(listed, COMMANDS);
    for name in COMMANDS {
        assert!(readme.contains(&format!("`netlab {name}")), "{name} is not in the README");
    }
}

#[test]
fn help_keeps_to_the_width_that_is_asked_for() {
    for name in COMMANDS {
        for args in [[name, "--help", "--width=60"], ["--width=60", "help", name]] {
            let help = netlab(&args).stdout;
            let wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > 60).collect();
            assert!(!help.is_empty() && wide.is_empty(), "{name}: {wide:#?}");
        }
        // What has to be typed in one piece is never broken; below it, everything has room.
        let narrow = netlab(&[name, "--help", "--width", "40"]).stdout;
        let typed = |line: &&str| {
            line.starts_with("Usage: ")
                || line.starts_with("      --")
                || line.split_whitespace().count() == 1
        };
        let wide: Vec<&str> =
            narrow.lines().filter(|line| line.chars().count() > 40 && !typed(line)).collect();
        assert!(wide.is_empty(), "{name}: {wide:#?}");
    }
}

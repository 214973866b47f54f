//! Ctrl-C and the progress bar, in a real terminal.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::made::{Made, path};
use crate::terminal::Terminal;

/// A pipe with a name, into which frames flow until its reader goes away; the writer says how many it was rid of.
fn endless(folder: &TempDir) -> (String, JoinHandle<()>) {
    let pipe = folder.path().join("endless.pcap");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let name = path(&pipe).to_owned();
    let writer = thread::spawn(move || flow(&pipe));
    (name, writer)
}

fn flow(pipe: &Path) {
    let mut file = OpenOptions::new().write(true).open(pipe).unwrap();
    let header = Made::new().bytes();
    let mut many = Made::new();
    for port in 1..=5_000 {
        many.tcp(port, true, "S", (0, 0), b"");
    }
    let frames = &many.bytes()[header.len()..];
    let mut gone = file.write_all(&header).is_err();
    while !gone {
        gone = file.write_all(frames).is_err();
        // A network is slower than a file.
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn ctrl_c_shows_what_is_known_so_far() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, writer) = endless(&folder);
    let mut terminal = Terminal::start(&["flows", &pipe, "--top=2", "--color=never"], 100);
    // The bar of a pipe: a rate, and no end in sight.
    terminal.wait_for(" frames, ");
    terminal.wait_for("B/s");
    terminal.type_text("\x03");
    terminal.wait_for("5,000 conversations of TCP in ");
    terminal.wait_for("10.0.0.1:1 → 10.0.0.2:80");
    terminal.wait_for("interrupted; this is what was read up to frame ");
    let (status, seen) = terminal.end();
    assert_eq!(status.code(), Some(130), "{seen}");
    let table = seen.rsplit("netlab · conversations of").next().unwrap();
    assert!(!table.contains("B/s"), "the bar is still there: {table}");
    writer.join().unwrap();
}

#[test]
fn a_second_ctrl_c_ends_the_run_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("silent.pcap");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let name = path(&pipe).to_owned();
    let mut terminal = Terminal::start(&["flows", &name], 100);
    // Nothing more comes, and nobody closes it: netlab waits for ever.
    let mut file = OpenOptions::new().write(true).open(&pipe).unwrap();
    file.write_all(&Made::new().bytes()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let state = format!("/proc/{}/stat", terminal.id());
    while !std::fs::read_to_string(&state).unwrap().contains(") Z ") {
        assert!(Instant::now() < deadline, "it does not end");
        terminal.type_text("\x03");
        thread::sleep(Duration::from_millis(20));
    }
    let (status, seen) = terminal.end();
    assert_eq!(status.code(), Some(130), "{seen}");
    assert!(!seen.contains("conversation"), "{seen}");
    drop(file);
}

#[test]
fn quiet_shows_no_bar() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, writer) = endless(&folder);
    let mut terminal = Terminal::start(&["flows", &pipe, "--top=1", "-q"], 100);
    // Long after the bar would have come.
    thread::sleep(Duration::from_millis(1_500));
    terminal.type_text("\x03");
    terminal.wait_for("5,000 conversations of TCP in ");
    let (status, seen) = terminal.end();
    assert_eq!(status.code(), Some(130), "{seen}");
    assert!(!seen.contains("B/s") && !seen.contains("interrupted"), "{seen}");
    writer.join().unwrap();
}

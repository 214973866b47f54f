//! Long work in which nothing is to be seen says how far it is: on a terminal, and never in the midst of what is shown.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]
#![cfg(all(target_os = "linux", feature = "live"))]

#[path = "util/terminal.rs"]
mod terminal;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use terminal::Terminal;

/// More than netlab reads between two looks at the clock.
const MANY: u32 = 5000;
/// Longer than netlab waits before it says how far it is.
const LONG: Duration = Duration::from_millis(700);
const NOBODYS: u16 = 0x88b5;
const WANTED: u16 = 0x88b6;

/// The beginning of a pcap file of Ethernet.
fn head(pipe: &mut File) {
    let words = [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 1];
    pipe.write_all(&words.map(u32::to_le_bytes).concat()).unwrap();
}

/// Frames that hold nothing but their EtherType.
fn frames(pipe: &mut File, count: u32, ethertype: u16) {
    let mut record = [0, 0, 14, 14].map(u32::to_le_bytes).concat();
    record.extend([2; 12]);
    record.extend(ethertype.to_be_bytes());
    pipe.write_all(&record.repeat(count as usize)).unwrap();
}

/// What the terminal was told after `from`, up to `to`.
fn between<'a>(seen: &'a str, from: &str, to: &str) -> &'a str {
    let rest = &seen[seen.find(from).unwrap_or_else(|| panic!("{from:?} in {seen}")) + from.len()..];
    &rest[..rest.find(to).unwrap_or_else(|| panic!("{to:?} in {rest}"))]
}

#[test]
fn dissect_says_how_far_it_is_and_makes_room_for_what_it_finds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let args = ["dissect", path.to_str().unwrap(), "--filter", "eth.type == 0x88b6", "--color=never"];
    let mut terminal = Terminal::start(&args, 80);
    let mut pipe = OpenOptions::new().write(true).open(&path).unwrap();
    head(&mut pipe);
    frames(&mut pipe, 1, WANTED);
    frames(&mut pipe, MANY, NOBODYS);
    sleep(LONG);
    // What was found by then does not wait for the end.
    frames(&mut pipe, MANY, NOBODYS);
    terminal.wait_for("frame 1 ");
    assert!(!terminal.seen.contains("B/s"), "something new was to be seen: {}", terminal.seen);
    sleep(LONG);
    frames(&mut pipe, MANY, NOBODYS);
    terminal.wait_for("12,288 frames, ");
    frames(&mut pipe, 1, WANTED);
    drop(pipe);
    let (status, seen) = terminal.end();
    assert_eq!(status.code(), Some(0), "{seen}");
    let gone = between(&seen, "12,288 frames, ", "frame 15002 ");
    let (bar, cleared) = gone.rsplit_once("\x1b[2K").unwrap_or_else(|| panic!("not taken off: {gone:?}"));
    assert!(bar.contains("B/s") && cleared.trim_matches(['\r', '\n']).is_empty(), "{gone:?}");
    assert!(!seen.rsplit("frame 15002 ").next().unwrap().contains("B/s"), "and it stays away: {seen:?}");
}

#[test]
fn quiet_work_shows_no_bar() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let args = ["dissect", path.to_str().unwrap(), "--filter", "eth.type == 0x88b6", "--color=never", "-q"];
    let terminal = Terminal::start(&args, 80);
    let mut pipe = OpenOptions::new().write(true).open(&path).unwrap();
    head(&mut pipe);
    frames(&mut pipe, MANY, NOBODYS);
    sleep(LONG);
    frames(&mut pipe, MANY, NOBODYS);
    frames(&mut pipe, 1, WANTED);
    drop(pipe);
    let (status, seen) = terminal.end();
    assert_eq!(status.code(), Some(0), "{seen}");
    assert!(seen.trim_start_matches(['\r', '\n']).starts_with("frame 10001 "), "{seen:?}");
}

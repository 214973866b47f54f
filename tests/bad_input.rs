//! Bad input through the program: one line on standard error that says where and what was expected, everything before it
//! shown, exit 1. And readers that go away before the end: exit 0, without a word.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod util;

#[cfg(all(target_os = "linux", feature = "live"))]
#[path = "util/terminal.rs"]
mod terminal;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use netlab::source::{Cause, Reader};
use util::{Run, command, netlab, netlab_with_input};

/// An ARP question: it fits a minimal Ethernet frame.
fn arp() -> Vec<u8> {
    let mut frame = vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6];
    frame.extend([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2]);
    frame.resize(60, 0);
    frame
}

fn pcap(link: u32, frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, link] {
        bytes.extend(word.to_le_bytes());
    }
    for number in 0..frames {
        for word in [1_700_000_000, number, 60, 60] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(arp());
    }
    bytes
}

/// Where record `number` (from 1) begins.
fn record(number: usize) -> usize {
    24 + (number - 1) * 76
}

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    /// Frames that are shown.
    frames: usize,
    /// What the line says after the file's name.
    says: &'static str,
}

fn cases() -> Vec<Case> {
    let case = |name, bytes: &[u8], frames, says| Case { name, bytes: bytes.to_vec(), frames, says };
    let sound = pcap(1, 5);
    let with = |at: usize, value: u32| {
        let mut bytes = pcap(1, 5);
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let block = |kind: u32, length: u32, body: &[u8], again: u32| {
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), body, &again.to_le_bytes()].concat()
    };
    let section = block(
        0x0a0d_0d0a,
        28,
        &[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255],
        28,
    );
    let interface = block(1, 20, &[1, 0, 0, 0, 0, 0, 0, 0], 20);
    let packet = |id: u32, kept: u32| {
        let words = [id, 0, 0, kept, 60].map(u32::to_le_bytes).concat();
        block(6, 92, &[&words[..], &arp()].concat(), 92)
    };
    let ng = [&section[..], &interface, &packet(0, 60)].concat();
    let after = |more: &[u8]| [&ng[..], more].concat();
    vec![
        case("empty.pcap", b"", 0, ": the file is empty"),
        case(
            "text.pcap",
            b"No. Time Source",
            0,
            ": this is no capture: it begins with 4e 6f 2e 20, and neither as pcap nor as pcapng does",
        ),
        case("head.pcap", &sound[..20], 0, ": cut short: 24 bytes should follow, 20 are there"),
        case(
            "record.pcap",
            &sound[..record(3) + 7],
            2,
            ": frame 3, byte 176: cut short: 16 bytes should follow, 7 are there",
        ),
        case(
            "frame.pcap",
            &sound[..record(3) + 30],
            2,
            ": frame 3, byte 176: cut short: 60 bytes should follow, 14 are there",
        ),
        case(
            "long.pcap",
            &with(record(2) + 8, 0xffff_fff0),
            1,
            ": frame 2, byte 100: the record claims 4294967280 bytes; no packet has more than 262144",
        ),
        case("version.pcap", &with(4, 0x0004_0003), 0, ": version 3.4 of this format is unknown"),
        case(
            "link.pcap",
            &pcap(147, 2),
            2,
            ": frame 1: link type 147 is not one that netlab reads; the frames' bytes were left alone",
        ),
        case(
            "xz.pcap",
            &[0xfd, b'7', b'z', b'X', b'Z', 0],
            0,
            ": this is packed by xz; unpack it first (`unxz FILE`)",
        ),
        case(
            "snoop.pcap",
            b"snoop\0\0\0\0\0\0\x02\0\0\0\x04",
            0,
            ": this is a capture in the format snoop (Solaris), which netlab does not read; convert it: `editcap FILE NEW.pcapng`, a tool that comes with Wireshark",
        ),
        case(
            "cut.pcapng",
            &after(&packet(0, 60)[..50]),
            1,
            ": frame 2, byte 140: cut short: 92 bytes should follow, 50 are there",
        ),
        case(
            "lies.pcapng",
            &after(&block(6, 93, &[0; 60], 93)),
            1,
            ": frame 2, byte 140: a block of type 0x00000006 claims a length of 93 bytes: it must be a multiple of 4",
        ),
        case(
            "end.pcapng",
            &after(&block(6, 92, &[0; 80], 96)),
            1,
            ": frame 2, byte 140: a block of type 0x00000006 claims a length of 92 bytes: another one stands at its end",
        ),
        case(
            "nobody.pcapng",
            &after(&packet(7, 60)),
            1,
            ": frame 2, byte 140: the packet was captured on interface 7, but the section describes 1 interface",
        ),
        case(
            "room.pcapng",
            &after(&packet(0, 61)),
            1,
            ": frame 2, byte 140: cut short: 61 bytes should follow, 60 are there",
        ),
        case(
            "order.pcapng",
            &after(&block(0x0a0d_0d0a, 28, &[0; 16], 28)),
            1,
            ": frame 2, byte 140: the section's byte order mark is 0x00000000, which is neither order's",
        ),
    ]
}

/// What every failure has in common.
fn failed(run: &Run, name: &str, frames: usize, says: &str) {
    assert_eq!(run.code, Some(1), "{name}: {}", run.stderr);
    assert_eq!(run.stderr, format!("netlab: {name}{says}\n"));
    assert_eq!(run.stdout.lines().count(), frames, "{name}");
}

#[test]
fn every_kind_of_damage_is_told_in_one_line_from_a_file_and_from_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    for Case { name, bytes, frames, says } in cases() {
        let file = folder.path().join(name);
        std::fs::write(&file, &bytes).unwrap();
        let file = file.to_str().unwrap();
        failed(&netlab(&["dissect", file, "--format=json"]), file, frames, says);
        let piped = netlab_with_input(&["dissect", "-", "--format=json"], &bytes);
        failed(&piped, "standard input", frames, says);
        // In words the frames before the damage are shown too.
        let text = netlab(&["dissect", file]);
        assert_eq!(text.stdout.matches("frame.number").count(), frames, "{file}");
        assert_eq!((text.code, text.stderr), (Some(1), format!("netlab: {file}{says}\n")));
    }
}

#[test]
fn a_frame_cut_by_a_snap_length_is_no_damage() {
    let mut bytes = pcap(1, 1);
    bytes[record(1) + 8..record(1) + 12].copy_from_slice(&30u32.to_le_bytes());
    bytes.truncate(record(1) + 16 + 30);
    let run = netlab_with_input(&["dissect", "-", "--format=json"], &bytes);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let frame = &run.json()[0];
    assert_eq!((&frame["frame.len"], &frame["frame.cap_len"]), (&60.into(), &30.into()));
}

#[test]
fn what_is_no_file_at_all_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().to_str().unwrap();
    failed(&netlab(&["dissect", name]), name, 0, ": this is a directory; name a file in it");
    let missing = format!("{name}/missing.pcap");
    failed(&netlab(&["dissect", &missing]), &missing, 0, ": no such file");
    failed(&netlab(&["dissect", "/dev/null"]), "/dev/null", 0, ": the file is empty");
    let says = ": this is no capture: it begins with 00 00 00 00, and neither as pcap nor as pcapng does";
    failed(&netlab(&["dissect", "/dev/zero"]), "/dev/zero", 0, says);
}

/// Data may come by a named pipe too, and its writer may die in the middle of a frame.
#[test]
#[cfg(target_os = "linux")]
fn a_named_pipe_is_read_until_its_writer_goes() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (length, code) in [(record(6), 0), (record(5) + 20, 1)] {
        let child = command(&["dissect", pipe.to_str().unwrap(), "--format=json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::fs::OpenOptions::new()
            .write(true)
            .open(&pipe)
            .unwrap()
            .write_all(&pcap(1, 5)[..length])
            .unwrap();
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(
            (run.code, run.stdout.lines().count()),
            (Some(code), (length - 24) / 76),
            "{}",
            run.stderr
        );
        assert_eq!(
            run.stderr.contains("frame 5, byte 328: cut short: 60 bytes"),
            code == 1,
            "{}",
            run.stderr
        );
    }
}

fn written(folder: &Path, bytes: &[u8]) -> PathBuf {
    let file = folder.join("live.pcap");
    std::fs::write(&file, bytes).unwrap();
    file
}

/// It ends between two frames: without a word of its own it would pass for a whole capture.
#[test]
fn a_file_that_shrinks_while_it_is_read_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let whole = pcap(1, 20_000);
    let left = record(15_001);
    let file = written(folder.path(), &whole);
    let mut reader = Reader::open(&file).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().number, 1);
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(left as u64).unwrap();
    let mut last = 1;
    let error = loop {
        match reader.next() {
            Ok(Some(frame)) => last = frame.number,
            Ok(None) => panic!("it passes for whole after frame {last}"),
            Err(error) => break error,
        }
    };
    assert_eq!((last, error.packet, error.offset), (15_000, 15_001, left as u64));
    let Cause::Shrunk { had, has } = error.cause else { panic!("{}", error.cause) };
    assert_eq!((had, has), (whole.len() as u64, left as u64));
}

/// The same through the program, which waits in the middle of the file because nobody reads what it says.
#[test]
fn the_program_says_that_a_file_has_shrunk() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), &pcap(1, 20_000));
    let mut child = command(&["dissect", file.to_str().unwrap(), "--format=json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1000]).unwrap();
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(record(15_001) as u64).unwrap();
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let says = "frame 15001, byte 1140024: the file became shorter while it was read: it had 1520024 bytes, and now ends after 1140024";
    assert!(run.stderr.contains(says) && run.stderr.lines().count() == 1, "{}", run.stderr);
    let last: serde_json::Value =
        serde_json::from_slice(rest.split(|byte| *byte == b'\n').rev().nth(1).unwrap()).unwrap();
    assert_eq!(last["frame.number"], 15_000);
}

/// One that grows is read as far as it is there: somebody is still capturing.
#[test]
fn a_file_that_grows_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let whole = pcap(1, 20_000);
    let file = written(folder.path(), &whole[..record(10_001)]);
    let mut reader = Reader::open(&file).unwrap();
    let mut count = 0;
    while reader.next().unwrap().is_some() {
        count += 1;
        if count == 1 {
            let mut more = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
            more.write_all(&whole[record(10_001)..]).unwrap();
        }
    }
    assert_eq!(count, 20_000);
}

/// `netlab dissect big.pcap | head`, with every form of output.
#[test]
fn nobody_has_to_read_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), &pcap(1, 20_000));
    for format in ["--format=json", "--format=text"] {
        let mut child = command(&["dissect", file.to_str().unwrap(), format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdout.take().unwrap().read_exact(&mut [0; 100]).unwrap();
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{format}");
    }
}

/// Damage inside a compressed file, told with its place in the unpacked one.
#[test]
fn a_damaged_compressed_file_gives_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.pcap.gz");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&pcap(1, 50)).unwrap();
    let mut packed = encoder.finish().unwrap();
    let sound = packed.len();
    packed.truncate(sound - 2);
    std::fs::write(&file, &packed).unwrap();
    let name = file.to_str().unwrap();
    let at = sound - 4;
    let says = format!(
        " (unpacked): frame 51, byte 3824: the gzip data are damaged at byte {at} of the packed file: they end too early"
    );
    failed(&netlab(&["dissect", name, "--format=json"]), name, 50, &says);
    let piped = netlab_with_input(&["dissect", "-", "--format=json"], &packed);
    failed(&piped, "standard input", 50, &says);
}

/// Nobody can type a capture: both would wait for ever.
#[test]
#[cfg(all(target_os = "linux", feature = "live"))]
fn a_terminal_is_no_capture() {
    let mut terminal = terminal::Terminal::start(&["dissect", "-"], 120);
    let shown = terminal.wait_for("`tcpdump -w - | netlab dissect -`");
    assert!(shown.contains("netlab: standard input is this terminal; send a capture to it"), "{shown}");
    assert_eq!(terminal.end().0.code(), Some(1));
}

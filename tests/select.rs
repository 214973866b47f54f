//! `--filter` and `--frames` on the command line: what is shown, what is said when nothing is, and how mistakes are told.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod util;

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use netlab::source::Bundled;
use util::{Run, command, netlab, netlab_with_input};

/// The numbers of the frames that `dissect` shows with these flags.
fn frames(flags: &[&str]) -> Vec<u64> {
    let run = netlab(&[&["dissect", "handshake", "--format=json"], flags].concat());
    assert_eq!(run.code, Some(0), "{flags:?}: {}", run.stderr);
    run.json().iter().map(|frame| frame["frame.number"].as_u64().unwrap()).collect()
}

/// A conversation that says hello and goes: SYN, SYN-ACK, ACK, one byte, between these ports.
fn conversation(port: u16) -> Vec<Vec<u8>> {
    let frame = |from_client: bool, flags: u8, seq: u32, ack: u32, payload: &[u8]| {
        let (from, to) = if from_client { (port, 80) } else { (80, port) };
        let (src, dst) =
            if from_client { ([10, 0, 0, 1], [10, 0, 0, 2]) } else { ([10, 0, 0, 2], [10, 0, 0, 1]) };
        let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
        bytes.extend((40 + payload.len() as u16).to_be_bytes());
        bytes.extend([0, 1, 0, 0, 64, 6, 0, 0]);
        bytes.extend([src, dst].concat());
        bytes.extend([from.to_be_bytes(), to.to_be_bytes()].concat());
        bytes.extend([seq.to_be_bytes(), ack.to_be_bytes()].concat());
        bytes.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
        bytes.extend(payload);
        bytes
    };
    vec![
        frame(true, 0x02, 100, 0, b""),
        frame(false, 0x12, 500, 101, b""),
        frame(true, 0x10, 101, 501, b""),
        frame(true, 0x18, 101, 501, &[port as u8]),
    ]
}

fn pcap_head() -> Vec<u8> {
    let words = [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 1];
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn record(number: u32, frame: &[u8]) -> Vec<u8> {
    let words = [1_700_000_000, number, frame.len() as u32, frame.len() as u32];
    words.iter().flat_map(|word| word.to_le_bytes()).chain(frame.iter().copied()).collect()
}

/// A file of three conversations, from the ports 1001, 1002 and 1003; a frame of ARP ends it.
fn three() -> tempfile::NamedTempFile {
    let arp = [&[0xff; 6][..], &[2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1], &[0; 20]].concat();
    let frames = (1001..=1003).flat_map(conversation).chain([arp]);
    let mut file = tempfile::NamedTempFile::with_suffix(".pcap").unwrap();
    file.write_all(&pcap_head()).unwrap();
    for (number, frame) in (0..).zip(frames) {
        file.write_all(&record(number, &frame)).unwrap();
    }
    file
}

fn on_three(command: &str, flags: &[&str]) -> Run {
    let file = three();
    netlab(&[&[command, file.path().to_str().unwrap()], flags].concat())
}

#[test]
fn a_filter_that_cannot_be_is_a_usage_error_with_a_caret_before_anything_is_read() {
    for command in ["dissect", "replay", "flows"] {
        let run = netlab(&[command, "/no/such/file", "--filter", "tcp.port == 80 and tcp.prot == 80"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{command}: {}", run.stderr);
        let lines: Vec<&str> = run.stderr.lines().collect();
        assert_eq!(lines.len(), 3, "{command}: {}", run.stderr);
        assert!(lines[0].starts_with("netlab: --filter: ") && lines[0].contains("did you mean tcp.port"));
        assert_eq!(lines[1], "  tcp.port == 80 and tcp.prot == 80");
        assert_eq!(lines[2], "                     ^^^^^^^^");
    }
}

#[test]
fn a_mistake_in_a_long_or_strange_filter_is_told_in_three_short_lines() {
    for filter in [
        &format!("{}foo == 1 and {}", "tcp and ".repeat(200), vec!["udp"; 200].join(" or ")),
        &"x".repeat(10_000),
        "tcp[\n\x1b[31m]",
        "tcp.payload contains \"\u{202e}abc",
        "日本 == 1",
        "tcp and",
    ] {
        let run = netlab(&["dissect", "handshake", "--filter", filter]);
        assert_eq!(run.code, Some(2), "{filter}");
        let lines: Vec<&str> = run.stderr.lines().collect();
        assert_eq!(lines.len(), 3, "{filter}: {}", run.stderr);
        assert!(lines[1..].iter().all(|line| line.chars().count() <= 84), "{}", run.stderr);
        assert!(lines[2].trim().chars().all(|c| c == '^') && lines[2].contains('^'), "{}", run.stderr);
        assert!(!run.stderr.contains(['\x1b', '\u{202e}']), "{filter:?}");
    }
}

#[test]
fn a_filter_chooses_frames_and_its_short_form_is_wiresharks() {
    let syn = frames(&["--filter", "tcp.flags.syn == 1"]);
    assert_eq!(syn, [3, 4]);
    assert_eq!(frames(&["-Y", "tcp.flags.syn == 1"]), syn);
    assert_eq!(frames(&["-Y", ""]).len(), 12, "an empty filter means all frames");
    let text = netlab(&["dissect", "handshake", "--filter", "tcp.flags.syn == 1"]).stdout;
    assert!(text.contains("(SYN ACK)") && !text.contains("FIN ACK"), "{text}");
}

#[test]
fn every_form_of_frames_chooses_by_number() {
    for (flag, numbers) in [
        ("--frames=7", vec![7]),
        ("--frames=3-5", vec![3, 4, 5]),
        ("--frames=11-", vec![11, 12]),
        ("--frames=-2", vec![1, 2]),
        ("--frames=10-99", vec![10, 11, 12]),
        ("--frames=9,2,3-4,3", vec![2, 3, 4, 9]),
    ] {
        assert_eq!(frames(&[flag]), numbers, "{flag}");
    }
    assert_eq!(frames(&["--frames", "-2"]), [1, 2], "a range may begin with its minus");
    assert_eq!(frames(&["--frames", "1-3", "--filter", "tcp.flags.syn == 1"]), [3], "both must be so");
    for flag in ["0", "5-3", "x", "", "1-2-3", "--format"] {
        let run = netlab(&["dissect", "handshake", "--frames", flag]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{flag}: {}", run.stderr);
    }
}

#[test]
fn what_is_not_there_is_said_on_standard_error_and_is_no_failure() {
    for (args, said) in [
        (&["dissect", "handshake", "-Y", "udp"][..], "no frame matches udp; 12 frames read"),
        (
            &["dissect", "handshake", "-Y", "udp", "--frames", "2-3"],
            "none of these frames matches udp; 3 frames read",
        ),
        (&["dissect", "handshake", "--frames", "9-20"], "frame 12 is the last one; --frames asks for 20"),
        (&["replay", "handshake", "-Y", "udp"], "no frame of conversation 0 matches udp; 12 frames read"),
        (&["replay", "handshake", "--stream", "0", "-Y", "udp"], "no frame of conversation 0 matches udp"),
    ] {
        let run = netlab(args);
        assert_eq!(run.code, Some(0), "{args:?}");
        assert!(run.stderr.contains(said), "{args:?}: {}", run.stderr);
    }
}

/// As of `netlab osi --frame 99`. A range that begins within the capture is shown up to its end.
#[test]
fn frames_beyond_the_end_are_a_usage_error_and_nothing_is_told() {
    let capture = Bundled::find("handshake").unwrap().bytes().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("story.svg");
    let picture = picture.to_str().unwrap();
    let more: &[&[&str]] = &[
        &["--frames=99"],
        &["--frames=13-"],
        &["--frames=13,20-30", "--filter=tcp"],
        &["--frames=99", "--filter=udp"],
        &["--frames=99", "--format=json"],
    ];
    for flags in more {
        let wanted = if flags[0] == "--frames=99" { 99 } else { 13 };
        let said = |name: &str| format!("netlab: there is no frame {wanted}: {name} holds 12 frames\n");
        for command in [
            &["dissect", "handshake"][..],
            &["replay", "handshake"],
            &["replay", "handshake", "--stream=0"],
            &["replay", "handshake", "-o", picture],
            &["replay", "handshake", "--stream=0", "-o", picture],
        ] {
            if command.contains(&"-o") && flags.contains(&"--format=json") {
                continue;
            }
            let run = netlab(&[command, flags].concat());
            assert_eq!(
                (run.code, run.stdout.as_str()),
                (Some(2), ""),
                "{command:?} {flags:?}: {}",
                run.stderr
            );
            assert_eq!(run.stderr, said("handshake"), "{command:?} {flags:?}");
        }
        for command in [&["dissect", "-"][..], &["replay", "-", "--stream=0"]] {
            let run = netlab_with_input(&[command, flags].concat(), &capture);
            assert_eq!(
                (run.code, run.stdout.as_str()),
                (Some(2), ""),
                "{command:?} {flags:?}: {}",
                run.stderr
            );
            assert_eq!(run.stderr, said("standard input"), "{command:?} {flags:?}");
        }
    }
    assert!(!std::path::Path::new(picture).exists());
    let run = netlab(&["replay", "handshake", "--frames=10-20", "--format=json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let told: Vec<serde_json::Value> = run
        .json()
        .into_iter()
        .filter(|line| line["kind"] == "step")
        .map(|step| step["frames"][0].clone())
        .collect();
    assert_eq!(told, [10, 11, 12]);
    assert_eq!(on_three("replay", &["--frames=99"]).code, Some(2), "no conversation is named");
}

/// Nobody knows what the frame that was asked for would have been.
#[test]
fn damage_comes_before_a_frame_that_is_not_there() {
    let capture = Bundled::find("handshake").unwrap().bytes().unwrap();
    let damaged = &capture[..capture.len() - 200];
    let mut file = tempfile::NamedTempFile::with_suffix(".pcapng").unwrap();
    file.write_all(damaged).unwrap();
    let path = file.path().to_str().unwrap();
    for command in [&["dissect", path][..], &["replay", path], &["replay", path, "--stream=0"]] {
        let run = netlab(&[command, &["--frames=99"]].concat());
        assert_eq!(run.code, Some(1), "{command:?}: {}", run.stderr);
        assert!(
            run.stderr.contains("cut short") && !run.stderr.contains("there is no frame"),
            "{}",
            run.stderr
        );
    }
    for command in [&["dissect", "-"][..], &["replay", "-", "--stream=0"]] {
        let run = netlab_with_input(&[command, &["--frames=99"]].concat(), damaged);
        assert_eq!(run.code, Some(1), "{command:?}: {}", run.stderr);
        assert!(
            run.stderr.contains("cut short") && !run.stderr.contains("there is no frame"),
            "{}",
            run.stderr
        );
    }
}

/// The pipe stays open and gives no more: who read on would wait for ever.
#[test]
fn the_last_frame_that_is_asked_for_ends_the_reading() {
    let mut child = command(&["dissect", "-", "--frames", "1-5", "--format=json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&pcap_head()).unwrap();
    for number in 0..5 {
        stdin.write_all(&record(number, &conversation(1001)[0])).unwrap();
    }
    stdin.flush().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("still reading after the last frame that was asked for");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    let run: Run = output.into();
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 5));
}

#[test]
fn replay_lists_the_conversations_that_match_and_tells_the_only_one() {
    let run = on_three("replay", &["--filter", "tcp.srcport != 1002 and tcp.len > 0", "--format=json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let listed: Vec<(u64, u64)> =
        run.json().iter().map(|row| (number(row, "stream"), number(row, "matches"))).collect();
    assert_eq!(listed, [(0, 1), (2, 1)], "{}", run.stdout);
    assert!(run.json().iter().all(|row| row["kind"] == "conversation" && row["frames"] == 4));

    let text = on_three("replay", &["--filter", "tcp.srcport != 1002 and tcp.len > 0"]).stdout;
    assert!(text.contains("2 of the 3 conversations"), "{text}");
    assert!(text.contains("--stream 2") && !text.contains("--stream 1"), "{text}");

    let run = on_three("replay", &["--filter", "tcp.srcport == 1002 and tcp.len > 0"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains("conversation 1 is the one with a match (1 frame)"), "{}", run.stderr);
    assert!(
        run.stdout.contains("10.0.0.1:1002") && run.stdout.contains("SYN-ACK"),
        "all of it: {}",
        run.stdout
    );

    for (filter, said) in
        [("udp", "no frame matches udp; 13 frames read"), ("arp", "none of a TCP conversation")]
    {
        let run = on_three("replay", &["--filter", filter]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{filter}");
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

fn number(object: &serde_json::Value, key: &str) -> u64 {
    object[key].as_u64().unwrap()
}

#[test]
fn with_a_conversation_named_replay_tells_the_steps_that_match() {
    for flags in [&["--stream", "1", "--filter", "tcp.len > 0"][..], &["--stream", "1", "--frames", "8"]] {
        let run = on_three("replay", &[flags, &["--format=json"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let steps: Vec<serde_json::Value> =
            run.json().into_iter().filter(|line| line["kind"] == "step").collect();
        assert_eq!(steps.len(), 1, "{flags:?}: {}", run.stdout);
        assert_eq!((number(&steps[0], "stream"), &steps[0]["frames"]), (1, &serde_json::json!([8])));
    }
    let capture = Bundled::find("handshake").unwrap().bytes().unwrap();
    let run = netlab_with_input(&["replay", "-", "--filter", "tcp.flags.syn == 1"], &capture);
    assert_eq!(run.code, Some(2), "a pipe is read once");
    assert!(run.stderr.contains("--stream 0"), "{}", run.stderr);
    let flags = ["replay", "-", "--stream", "0", "--filter", "tcp.flags.syn == 1", "--format=json"];
    let run = netlab_with_input(&flags, &capture);
    assert_eq!(run.json().iter().filter(|line| line["kind"] == "step").count(), 2, "{}", run.stdout);
}

#[test]
fn flows_lists_the_conversations_with_a_frame_that_matches() {
    let streams = |filter: &str| {
        let run = on_three("flows", &["--filter", filter, "--format=json"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.json()
            .iter()
            .filter(|row| row["kind"] == "conversation")
            .map(|row| number(row, "stream"))
            .collect::<Vec<_>>()
    };
    assert_eq!(streams("tcp.port in {1001, 1003}"), [0, 2]);
    assert_eq!(streams("tcp.payload == ea"), [1], "1002 is 0x3ea");
    assert_eq!(streams("udp"), [0; 0]);
    assert_eq!(streams("tcp.flags.syn == 1 and tcp.flags.ack == 0"), [0, 1, 2]);
}

//! `netlab replay` of captures that hold much, little or nothing; what it and `flows` propose next.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/conversation.rs"]
mod conversation;
mod util;

use std::path::{Path, PathBuf};

use conversation::segment::Segment;
use conversation::{ANSWER, REQUEST, conversation};
use etherparse::PacketBuilder;
use util::{Run, netlab, netlab_with_input};

/// A pcap file of these frames.
fn pcap(link: u32, frames: &[Vec<u8>]) -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut bytes = words(&[0xa1b2_c3d4, 0x0004_0002, 0, 0, 65535, link]);
    for (number, frame) in (0..).zip(frames) {
        let len = frame.len() as u32;
        bytes.extend(words(&[1_700_000_000 + number / 1_000_000, number % 1_000_000, len, len]));
        bytes.extend(frame);
    }
    bytes
}

/// A SYN from each of so many ports, to port 80.
fn calls(count: u16) -> Vec<Vec<u8>> {
    let call = |port| {
        let mut frame = Vec::new();
        let ethernet = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
        let tcp = ethernet.ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).tcp(port, 80, 1000, 64240).syn();
        tcp.write(&mut frame, &[]).unwrap();
        frame
    };
    (0..count).map(|number| call(10_000 + number)).collect()
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// With these bytes in a file of that name.
fn on(name: &str, bytes: &[u8], command: &str, flags: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), name, bytes);
    let mut run = netlab(&[&[command, path.to_str().unwrap()], flags].concat());
    let folder = format!("{}/", folder.path().display());
    run.stdout = run.stdout.replace(&folder, "");
    run.stderr = run.stderr.replace(&folder, "");
    run
}

#[test]
fn of_very_many_conversations_the_first_twenty_are_listed() {
    let many = pcap(1, &calls(1_234));
    let run = on("x.pcap", &many, "replay", &["--width=120"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("x.pcap holds 1,234 conversations."), "{}", run.stdout);
    assert_eq!(run.stdout.matches("--stream ").count(), 20);
    assert_eq!(run.stdout.lines().last(), Some("  … and 1,214 more; netlab flows x.pcap lists all"));
    assert_eq!(on("x.pcap", &many, "replay", &["--format=json"]).json().len(), 1_234);

    let run = on("x.pcap", &many, "replay", &["--width=120", "--filter=tcp.srcport >= 10100"]);
    assert!(run.stdout.starts_with("1,134 of the 1,234 conversations in x.pcap"), "{}", run.stdout);
    let last = "  … and 1,114 more; netlab flows x.pcap with the same filter lists all";
    assert_eq!(run.stdout.lines().last(), Some(last));
}

#[test]
fn twenty_conversations_are_all() {
    let run = on("x.pcap", &pcap(1, &calls(20)), "replay", &[]);
    assert_eq!((run.code, run.stdout.matches("--stream ").count()), (Some(0), 20));
    assert!(!run.stdout.contains('…'), "{}", run.stdout);
}

#[test]
fn what_is_proposed_tells_the_same_conversation() {
    let proposes = |flags: &[&str], command: &str| {
        let run = on("x.pcap", &pcap(1, &calls(3)), "replay", &[flags, &["--width=120"]].concat());
        assert!(run.stdout.contains(&format!("Next:  {command}  ")), "{}", run.stdout);
    };
    proposes(&["--stream=1"], "netlab replay x.pcap --stream 1 --step");
    // The only one with a match: without its number all would be listed.
    proposes(&["--filter=tcp.srcport == 10002"], "netlab replay x.pcap --stream 2 --step");
    let run = on("x.pcap", &pcap(1, &calls(1)), "replay", &["--width=120"]);
    assert!(run.stdout.contains("Next:  netlab replay x.pcap --step  "), "{}", run.stdout);
}

#[test]
fn a_proposal_can_be_typed_whatever_the_file_is_called() {
    let one = pcap(1, &calls(1));
    for command in ["replay", "flows"] {
        let run = on("it's; my $file.pcap", &one, command, &["--width=120"]);
        assert!(run.stdout.contains(r"; my $file.pcap' --"), "{}", run.stdout);
        assert!(run.stdout.contains(r"it'\''s"), "{}", run.stdout);
    }
}

#[test]
fn only_what_a_bundled_capture_shows_is_the_same_live() {
    let last = |run: &Run| run.stdout.lines().last().unwrap().to_owned();
    for (name, command) in [
        ("handshake", "netlab handshake "),
        ("handshake-ipv6", "netlab handshake -6 "),
        ("handshake-refused", "netlab handshake --scenario refused "),
    ] {
        let run = last(&netlab(&["replay", name]));
        assert!(run.contains(command) && run.ends_with("  the same, live"), "{run}");
    }
    let run = last(&on("handshake", &pcap(1, &calls(1)), "replay", &["--width=120"]));
    assert!(run.contains(" netlab handshake ") && run.ends_with("  a handshake, live"), "{run}");
}

#[test]
fn a_capture_without_any_frame_is_told_so() {
    let (empty, said) = (pcap(1, &[]), "There is not one frame in it.");
    let untold = "not one frame in it, so there is nothing to tell";
    for flags in [&[][..], &["--filter=tcp"], &["--format=json"]] {
        let run = on("x.pcap", &empty, "replay", flags);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
        assert_eq!(run.stderr, format!("netlab: x.pcap: {untold}\n"));
        for command in ["dissect", "flows"] {
            let run = on("x.pcap", &empty, command, flags);
            assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{command}");
            let told = if flags.contains(&"--format=json") { None } else { Some(said) };
            assert_eq!(run.stdout.lines().last(), told, "{command}");
        }
    }
    let run = netlab_with_input(&["replay", "-"], &empty);
    assert_eq!((run.code, run.stderr), (Some(1), format!("netlab: standard input: {untold}\n")));
}

/// Runs netlab on a pipe with a name, into which these bytes are written once; a run that waits for more of them is ended.
#[cfg(unix)]
fn on_pipe(bytes: &'static [u8], flags: &[&str]) -> Run {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let args: Vec<&str> = ["replay", pipe.to_str().unwrap()].iter().chain(flags).copied().collect();
    let mut child =
        util::command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("netlab starts");
    let writer = pipe.clone();
    // Whoever never opens the pipe for reading holds this thread, not the test.
    std::thread::spawn(move || drop(std::fs::write(writer, bytes)));
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("netlab {args:?} still waits");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut run = Run::from(child.wait_with_output().unwrap());
    for text in [&mut run.stdout, &mut run.stderr] {
        *text = text.replace(pipe.to_str().unwrap(), "PIPE");
    }
    run
}

#[cfg(unix)]
#[test]
fn a_pipe_is_told_whatever_it_is_called() {
    const BYTES: &[u8] = include_bytes!("../captures/handshake.pcapng");
    for flags in [&[][..], &["--stream=0"], &["--stream=0", "--filter=tcp"]] {
        let flags = [flags, &["--format=json"]].concat();
        let told = netlab_with_input(&[&["replay", "-"], &flags[..]].concat(), BYTES);
        assert_eq!(told.code, Some(0), "{}", told.stderr);
        assert!(told.stdout.contains("ESTABLISHED"), "{}", told.stdout);
        for name in ["/dev/stdin", "/dev/fd/0"] {
            let run = netlab_with_input(&[&["replay", name], &flags[..]].concat(), BYTES);
            assert_eq!((run.code, &run.stdout), (Some(0), &told.stdout), "{name}: {}", run.stderr);
        }
        let run = on_pipe(BYTES, &flags);
        assert_eq!((run.code, &run.stdout), (Some(0), &told.stdout), "{flags:?}: {}", run.stderr);
    }
    let run = on_pipe(BYTES, &["--stream=7"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("PIPE: no TCP conversation 7 in it"), "{}", run.stderr);
    // The answers come from elsewhere than the frames.
    assert_eq!(on_pipe(BYTES, &["--step"]).code, Some(0));
    for (flag, says) in [
        ("--quiz", "PIPE can be read only once, and --quiz looks ahead; save it to a file first"),
        ("--filter=tcp", "PIPE can be read only once; name the conversation, too: --stream 0"),
    ] {
        let run = on_pipe(BYTES, &[flag]);
        assert_eq!((run.code, run.stderr.trim_end()), (Some(2), format!("netlab: {says}").as_str()));
    }
    let run = netlab_with_input(&["replay", "/dev/stdin", "--step"], BYTES);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    assert!(run.stderr.contains("standard input can't give both"), "{}", run.stderr);
}

#[test]
fn a_link_type_that_is_not_read_is_named() {
    let strange = pcap(147, &[vec![0; 20], vec![1; 20]]);
    let what = "frame 1: link type 147 is not one that netlab reads; the frames' bytes were left alone\n";
    for command in ["replay", "dissect", "flows"] {
        let run = on("x.pcap", &strange, command, &[]);
        assert_eq!((run.code, run.stderr), (Some(1), format!("netlab: x.pcap: {what}")), "{command}");
    }
    for flags in [&["--stream=0"][..], &["--filter=tcp"]] {
        let run = on("x.pcap", &strange, "replay", flags);
        assert_eq!((run.code, run.stderr), (Some(1), format!("netlab: x.pcap: {what}")));
    }
    let run = netlab_with_input(&["replay", "-"], &strange);
    assert_eq!((run.code, run.stderr), (Some(1), format!("netlab: standard input: {what}")));
}

#[test]
fn a_message_that_the_server_refuses_does_not_reach_its_program() {
    let run = netlab(&["replay", "websocket-too-big-1009"]);
    let refused = run.stdout.find("no on(\"message\"): ws refuses it with 1009").unwrap();
    assert!(refused < run.stdout.find("close 1009").unwrap(), "{}", run.stdout);
    assert_eq!(run.stdout.matches("on(\"message\")").count(), 1);
}

#[test]
fn a_checksum_that_is_wrong_is_told_in_every_form() {
    let mut file = conversation(&[(true, REQUEST), (false, ANSWER)]);
    // The newest bytes but four frames: of the answer, which the client's FIN confirms.
    let at = file.windows(12).rposition(|bytes| bytes == b"Switching Pr").unwrap();
    file[at] ^= 0x20;
    let shown = |flags: &[&str]| {
        let run = on("x.pcap", &file, "replay", &[&["--width=80"], flags].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout.split_whitespace().collect::<Vec<_>>().join(" ").replace(" │", "")
    };
    for (level, wrong, later) in [
        ("friend", "✗ The sum over these words is wrong", "So the server was understood"),
        ("student", "✗ The checksum is wrong: a receiver throws such a segment away.", "It confirms frame 5"),
        ("engineer", "✗ A receiver MUST check it (RFC 9293, 3.1; RFC 1122, 4.2.2.7)", "It confirms frame 5"),
    ] {
        let text = shown(&["--level", level]);
        assert!(text.matches(wrong).count() == 1 && text.matches(later).count() == 1, "{level}: {text}");
    }
    for format in ["svg", "html", "mermaid"] {
        let picture = shown(&["--format", format]);
        assert!(picture.contains("The checksum is wrong"), "{format}");
    }
    let steps = on("x.pcap", &file, "replay", &["--format=json"]).json();
    let noted = |frame: u64, start: &str| {
        let steps = steps.iter().filter(|step| step["frames"][0] == frame);
        let mut notes = steps.flat_map(|step| step["notes"].as_array().unwrap());
        notes.any(|note| note.as_str().unwrap().starts_with(start))
    };
    assert!(noted(5, "The checksum is wrong: ") && noted(7, "It confirms frame 5"), "{steps:?}");
}

#[test]
fn what_was_left_to_the_network_card_is_told_in_its_own_frame() {
    // The data of frame 4, and with it the sum over them, is not as it was sent; the answer in frame 5 confirms it.
    let mut file = conversation(&[(true, REQUEST), (false, ANSWER)]);
    let at = file.windows(12).position(|bytes| bytes == b"Host: exampl").unwrap();
    file[at + 6] = b'x';
    let steps = on("x.pcap", &file, "replay", &["--format=json"]).json();
    let asked = steps.iter().find(|step| step["words"] == "step ws.asked").unwrap();
    assert_eq!((&asked["frames"], &asked["from"]), (&serde_json::json!([4]), &"client".into()));
    assert_eq!(asked["filter"], "frame.number == 4 and http.request");
    assert_eq!(asked["notes"], serde_json::json!(["Frame 5 shows that it arrived."]));
    // With a handshake that shows it, nothing has to wait; tshark finds it there as well.
    let syn = 24 + 16;
    file[syn + 14 + 20 + 16] ^= 0x55;
    let steps = on("x.pcap", &file, "replay", &["--format=json"]).json();
    let asked = steps.iter().find(|step| step["words"] == "step ws.asked").unwrap();
    assert_eq!((&asked["frames"], &asked["notes"]), (&serde_json::json!([4]), &serde_json::json!([])));
}

#[test]
fn an_arp_question_to_one_neighbour_checks_what_is_known() {
    let frame = |to: [u8; 6]| {
        let mut frame = to.to_vec();
        frame.extend([2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1]);
        frame.extend([0, 0, 0, 0, 0, 0, 10, 0, 0, 2]);
        frame
    };
    let mut frames = [[0xff; 6], [2, 0, 0, 0, 0, 2]].map(frame).to_vec();
    frames.extend(calls(1));
    let run = on("arp.pcap", &pcap(1, &frames), "replay", &["--format=json"]);
    let is_arp = |object: &serde_json::Value| object["what"] == "arp.request";
    let steps: Vec<_> = run.json().into_iter().filter(is_arp).collect();
    let of =
        |name: &str| steps.iter().map(|step| step[name].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(of("words"), ["step arp.request", "step arp.check"]);
    let texts = of("text");
    assert!(texts[0].ends_with("to ff:ff:ff:ff:ff:ff: that is everybody on this link."), "{}", texts[0]);
    assert!(texts[1].contains("Is 10.0.0.2 still at 02:00:00:00:00:02?"), "{}", texts[1]);
}

#[test]
fn a_sum_that_its_arrow_has_no_room_for_stands_below() {
    let (client, server) = (([10, 0, 0, 1], 40000), ([10, 0, 0, 2], 80));
    let frames = [
        Segment::new(client, server, 0).syn().frame(),
        Segment::new(server, client, 0).syn().ack(1).frame(),
        Segment::new(client, server, 1).ack(1).frame(),
        Segment::new(client, server, 1).ack(1).fin().data(b"these are the last words").frame(),
    ];
    let bytes = pcap(1, &frames);
    for width in ["80", "100"] {
        let told = on("goodbye.pcap", &bytes, "replay", &["--tcp", "--width", width]).stdout;
        assert!(told.contains("\n     │  next 26 = 1 + 25\n"), "{told}");
        assert!(!told.contains('…'), "{told}");
    }
}

//! What every command promises: exit codes, one clear line for what goes wrong, plain text into a pipe.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod util;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use netlab::frame::{LinkType, Time};
use netlab::source::PcapngWriter;
use util::{command, netlab, netlab_with_input};

#[test]
fn bare_netlab_says_where_to_start_in_five_lines() {
    let run = netlab(&[]);
    assert_eq!(run.code, Some(0));
    assert_eq!(run.stdout.lines().count(), 5);
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    assert_eq!(netlab(&["handshaek"]).code, Some(2));
}

#[test]
fn a_width_out_of_range_is_a_usage_error() {
    assert_eq!(netlab(&["replay", "handshake", "--width=3"]).code, Some(2));
}

#[test]
fn a_number_that_cannot_be_is_told_with_one_that_can() {
    for (args, said) in [
        (&["flows", "handshake", "--top=0"][..], "a whole number from 1, such as 10"),
        (&["flows", "handshake", "--top=x"], "a whole number from 1, such as 10"),
        (&["flows", "handshake", "--top=+1"], "a whole number from 1, such as 10"),
        (&["replay", "handshake", "--stream=x"], "a conversation's number, from 0; netlab flows lists them"),
        (&["replay", "handshake", "--stream=4294967296"], "a conversation's number, from 0"),
        (&["replay", "handshake", "--width=39"], "columns, from 40 to 500, such as 80"),
        (&["handshake", "--listen=65536"], "a port's number, up to 65535, such as 8080"),
        (&["handshake", "--listen=1", "--count=4294967296"], "a whole number from 1, such as 10"),
        (&["dissect", "handshake", "--frames=,"], ": a number is missing; frames are named 7, 10-20"),
    ] {
        let run = netlab(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(run.stderr.contains(said), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn text_of_a_capture_does_not_reach_the_terminal_raw_in_json() {
    let comment = "a\u{9b}31mb\u{202e}c\u{1b}";
    let names = [(std::net::IpAddr::from([10, 7, 0, 1]), "client".to_owned())];
    let mut writer = PcapngWriter::new(Vec::new(), LinkType::Ethernet, &names).unwrap();
    // A DNS answer with the same text as a host's processor (HINFO).
    let mut answer = vec![0, 7, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, b'a', 0, 0, 13, 0, 1, 0, 0, 0, 0];
    answer.extend([0, comment.len() as u8 + 2, comment.len() as u8]);
    answer.extend(comment.as_bytes());
    answer.push(0);
    let mut frame = Vec::new();
    let builder = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4([10, 7, 0, 2], [10, 7, 0, 1], 64)
        .udp(53, 4000);
    builder.write(&mut frame, &answer).unwrap();
    writer.frame(Time(0), &frame, frame.len() as u32, Some(comment)).unwrap();
    let run = netlab_with_input(&["dissect", "-", "--format=json"], &writer.into_inner());
    let escaped = r"a\u009b31mb\u202ec\u001b";
    for key in ["frame.comment", "dns.hinfo.cpu"] {
        assert!(
            run.stdout.contains(&format!("\"{key}\":\"{escaped}\"")),
            "{key}: {}",
            run.stdout.escape_debug()
        );
        assert_eq!(run.json()[0][key], comment);
    }
    assert!(run.stdout.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)));
}

#[test]
fn a_file_that_is_not_there_is_named_in_one_line() {
    let run = netlab(&["replay", "/no/such/file.pcap"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("/no/such/file.pcap"), "{}", run.stderr);
}

#[test]
fn a_name_that_is_nearly_right_gets_a_hint() {
    let run = netlab(&["replay", "handshake-lost-sin"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("did you mean handshake-lost-syn?"), "{}", run.stderr);
}

#[test]
fn a_directory_is_told_from_a_capture() {
    let run = netlab(&["dissect", "/"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("directory"), "{}", run.stderr);
}

#[test]
fn an_empty_file_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for command in ["replay", "dissect"] {
        let run = netlab(&[command, file.path().to_str().unwrap()]);
        assert_eq!(run.code, Some(1), "{command}");
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
}

/// A file may be there another time, and then the same line works. What must be one of netlab's own names never will.
#[test]
fn an_unknown_name_is_a_usage_error_and_a_missing_file_a_failure() {
    for command in ["replay", "dissect", "flows", "check"] {
        let run = netlab(&[command, "nope"]);
        assert_eq!(run.code, Some(1), "{command}: {}", run.stderr);
        assert!(run.stderr.contains("no such file, and no bundled capture of that name"), "{}", run.stderr);
    }
    assert_eq!(netlab(&["osi", "--capture", "nope"]).code, Some(1));
    for args in [
        &["captures", "nope"][..],
        &["explain", "nope"],
        &["osi", "nope"],
        &["handshake", "--scenario", "nope"],
    ] {
        let run = netlab(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}: {}", run.stderr);
    }
    let run = netlab(&["captures", "handshake-lost-sin"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("did you mean handshake-lost-syn?"), "{}", run.stderr);
}

#[test]
fn random_bytes_are_an_error_not_a_crash() {
    let bytes: Vec<u8> = (0..5000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for command in ["replay", "dissect"] {
        let run = netlab_with_input(&[command, "-"], &bytes);
        assert_eq!(run.code, Some(1), "{command}");
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
}

#[test]
fn a_capture_that_is_cut_short_is_told_up_to_the_cut() {
    let output = command(&["captures", "handshake", "--export", "-"]).output().unwrap();
    let cut = &output.stdout[..output.stdout.len() - 30];
    let run = netlab_with_input(&["replay", "-"], cut);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("SYN-ACK"), "{}", run.stdout);
    assert!(run.stderr.contains("standard input: frame 12, byte "), "{}", run.stderr);
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let mut child =
        command(&["dissect", "handshake"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_pipe_gets_no_escape_sequences() {
    assert!(!netlab(&["replay", "handshake"]).stdout.contains('\x1b'));
}

#[test]
fn colour_always_means_always_and_no_color_means_none_on_auto() {
    assert!(netlab(&["replay", "handshake", "--color=always"]).stdout.contains('\x1b'));
    let output = command(&["replay", "handshake"]).env("NO_COLOR", "1").output().unwrap();
    assert!(!output.stdout.contains(&0x1b));
}

#[test]
fn a_stream_that_is_not_there_is_a_usage_error() {
    let run = netlab(&["replay", "handshake", "--stream", "7"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--stream takes 0 only"), "{}", run.stderr);
}

#[test]
fn an_existing_file_is_not_written_over_without_force() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let run = netlab(&["captures", "handshake", "--export", path]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("--force"), "{}", run.stderr);
    assert_eq!(netlab(&["captures", "handshake", "--export", path, "--force"]).code, Some(0));
    assert!(std::fs::metadata(path).unwrap().len() > 500);
}

#[test]
fn what_cannot_be_written_to_is_named() {
    for path in ["-", "/tmp"] {
        let run = netlab(&["handshake", "--mode=lab", "--save", path]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{path}: {}", run.stderr);
        assert!(run.stderr.contains("a file"), "{path}: {}", run.stderr);
    }
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in [&["captures"][..], &["--help"]] {
        let run: util::Run = command(args).stdout(full()).output().unwrap().into();
        assert_eq!(run.code, Some(1), "{args:?}");
        assert!(run.stderr.contains("standard output: "), "{}", run.stderr);
    }
    let run = netlab(&["man", "--into", "/no/such/folder"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("/no/such/folder"), "{}", run.stderr);
}

#[test]
fn flags_that_would_do_nothing_are_refused() {
    for args in [&["handshake", "--timeout=3"][..], &["handshake", "--listen=0", "--message=hi"]] {
        assert_eq!(netlab(args).code, Some(2), "{args:?}");
    }
}

#[test]
fn an_unknown_scenario_is_a_usage_error_and_known_ones_are_completed() {
    let run = netlab(&["handshake", "--scenario=lost-sin"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("lost-syn"), "{}", run.stderr);
    assert!(netlab(&["completions", "bash"]).stdout.contains("lost-synack"));
}

#[test]
fn completions_and_manual_page_are_written() {
    assert!(netlab(&["completions", "bash"]).stdout.contains("_netlab"));
    assert!(netlab(&["man"]).stdout.contains(".TH netlab"));
}

#[test]
fn what_no_overview_has_is_offered_by_no_shell_and_no_manual_page() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let offered = netlab(&["completions", shell]).stdout;
        assert!(offered.contains("handshake") && offered.contains("captures"), "{shell}");
        assert!(!offered.contains("exec"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(netlab(&["man", "--into", folder.path().to_str().unwrap()]).code, Some(0));
    let pages = std::fs::read_dir(folder.path()).unwrap().map(|page| page.unwrap().path());
    let texts: Vec<String> = pages.map(|page| std::fs::read_to_string(page).unwrap()).collect();
    assert!(texts.iter().any(|text| text.contains("netlab\\-handshake")));
    assert!(texts.iter().chain([&netlab(&["man"]).stdout]).all(|text| !text.contains("exec")));
}

#[test]
fn stepping_through_a_capture_takes_lines_and_ends_with_them() {
    let run = netlab_with_input(&["replay", "handshake", "--step"], b"\n\nx\nb\n?\nl\nq\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("SYN"), "{}", run.stdout);
    let run = netlab_with_input(&["replay", "handshake", "--step"], b"\n");
    assert_eq!(run.code, Some(0), "the end of input quits");
}

#[test]
fn a_wrong_scenario_gets_the_one_that_is_like_it_and_no_long_list() {
    for (command, typed, near) in
        [("websocket", "masked-serve", "'masked-server'"), ("handshake", "lost-sin", "'lost-syn'")]
    {
        let run = netlab(&[command, "--scenario", typed]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        for part in [near, &format!("netlab {command} --list")] {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
        assert!(run.stderr.lines().all(|line| line.len() <= 80), "{}", run.stderr);
    }
}

#[test]
fn a_quiz_without_a_question_says_so() {
    // One segment of a conversation of which nothing else is known.
    let mut frame = Vec::new();
    let builder = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4([10, 7, 0, 1], [10, 7, 0, 2], 64)
        .tcp(4000, 8080, 7, 512)
        .ack(9);
    builder.write(&mut frame, &[]).unwrap();
    let mut writer = PcapngWriter::new(Vec::new(), LinkType::Ethernet, &[]).unwrap();
    writer.frame(Time(0), &frame, frame.len() as u32, None).unwrap();
    let path = format!("{}/nothing-to-ask.pcapng", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, writer.into_inner()).unwrap();
    let run = netlab(&["replay", &path, "--quiz"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("There was nothing to ask about."), "{}", run.stdout);
    // What is refused is asked about, and without an answer there is no score.
    let run = netlab(&["websocket", "--mode=replay", "--scenario=bad-accept", "--quiz"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("No question was answered, so there is no score."), "{}", run.stdout);
}

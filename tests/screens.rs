//! What people see, kept as files: `SNAPSHOTS=overwrite cargo test --test screens` writes them anew; then read them.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/conversation.rs"]
mod conversation;
mod util;

use netlab::source::Bundled;
use snapbox::{Data, assert_data_eq, data::DataFormat};
use unicode_width::UnicodeWidthStr;
use util::{Run, netlab, netlab_with_input};

fn screen(file: &str, args: &[&str]) {
    screen_of(file, netlab(args));
}

fn screen_of(file: &str, run: Run) {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let path = format!("{}/tests/screens/{file}", env!("CARGO_MANIFEST_DIR"));
    let format = if file.ends_with(".svg") { DataFormat::TermSvg } else { DataFormat::Text };
    let expected = Data::read_from(std::path::Path::new(&path), Some(format)).raw();
    let actual = if format == DataFormat::TermSvg {
        Data::text(run.stdout).coerce_to(format)
    } else {
        Data::text(run.stdout)
    };
    assert_data_eq!(actual.raw(), expected);
}

#[test]
fn the_handshake_at_80_columns() {
    screen("handshake.80.txt", &["replay", "handshake", "--width=80", "--color=never"]);
}

#[test]
fn the_handshake_at_140_columns() {
    screen("handshake.140.txt", &["replay", "handshake", "--width=140", "--color=never"]);
}

#[test]
fn the_handshake_at_40_columns() {
    screen("handshake.40.txt", &["replay", "handshake", "--width=40", "--color=never"]);
}

#[test]
fn the_handshake_in_colour() {
    screen("handshake.term.svg", &["replay", "handshake", "--width=80", "--color=always"]);
}

#[test]
fn the_tutorials_websocket_in_colour() {
    screen("websocket.term.svg", &["replay", "websocket-tutorial", "--width=80", "--color=always"]);
}

#[test]
fn a_frame_through_the_layers() {
    for width in [40, 80, 140] {
        screen(&format!("osi.{width}.txt"), &["osi", &format!("--width={width}"), "--color=never"]);
    }
    screen("osi.term.svg", &["osi", "--width=80", "--color=always", "--bytes"]);
    screen("osi.friend.txt", &["osi", "--width=80", "--color=never", "--level=friend"]);
    screen("osi.4.txt", &["osi", "4", "--width=80", "--color=never"]);
    screen("osi.wss.txt", &["osi", "--capture=websocket-wss", "--width=80", "--color=never"]);
}

#[test]
fn the_handshake_in_sentences_and_in_ascii() {
    for manner in ["plain", "ascii"] {
        screen(
            &format!("handshake.{manner}.txt"),
            &["replay", "handshake", "--width=80", &format!("--{manner}")],
        );
    }
}

#[test]
fn the_handshake_for_a_friend() {
    screen("handshake.friend.txt", &["replay", "handshake", "--width=80", "--level=friend"]);
}

#[test]
fn the_handshake_for_an_engineer_in_full() {
    screen("handshake.engineer.txt", &["replay", "handshake", "--width=80", "--level=engineer", "-v"]);
}

#[test]
fn the_handshake_with_questions() {
    for width in [40, 80] {
        let args = ["replay", "handshake", "--quiz", &format!("--width={width}"), "--color=never"];
        // A wrong one, a hint and the right one, a value, a slip, nothing.
        screen_of(&format!("quiz.{width}.txt"), netlab_with_input(&args, b"a\n?\nb\n15\n\n\n"));
    }
}

#[test]
fn the_handshake_with_its_bytes() {
    screen("handshake.bytes.txt", &["replay", "handshake", "--width=80", "--bytes"]);
}

#[test]
fn the_handshake_over_ipv6() {
    screen("handshake-ipv6.80.txt", &["replay", "handshake-ipv6", "--width=80"]);
}

#[test]
fn a_refused_handshake() {
    screen("handshake-refused.80.txt", &["replay", "handshake-refused", "--width=80"]);
}

#[test]
fn a_filtered_handshake() {
    screen("handshake-filtered.80.txt", &["replay", "handshake-filtered", "--width=80"]);
}

#[test]
fn a_lost_syn() {
    screen("handshake-lost-syn.80.txt", &["replay", "handshake-lost-syn", "--width=80"]);
}

#[test]
fn a_lost_syn_ack() {
    screen("handshake-lost-synack.80.txt", &["replay", "handshake-lost-synack", "--width=80"]);
}

#[test]
fn the_fields_of_a_frame() {
    for width in [40, 80, 140] {
        let file = format!("dissect.{width}.txt");
        screen(&file, &["dissect", "handshake", "--frames=6", &format!("--width={width}"), "--color=never"]);
    }
}

#[test]
fn the_list_of_captures() {
    screen("captures.80.txt", &["captures", "--width=80"]);
}

#[test]
fn the_list_of_scenarios() {
    screen("scenarios.80.txt", &["handshake", "--list", "--width=80"]);
}

#[test]
fn bare_netlab() {
    screen("netlab.txt", &[]);
}

/// A file that goes with the test run.
fn saved(name: &str, bytes: &[u8]) -> String {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The story of a conversation without its first line, which names the file.
fn story(file: &str, path: &str, more: &[&str]) {
    let run = netlab(&[&["replay", path, "--color=never"], more].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let told = run.stdout.replace(path, "chat.pcap");
    let expected = format!("{}/tests/screens/{file}", env!("CARGO_MANIFEST_DIR"));
    let expected = Data::read_from(std::path::Path::new(&expected), Some(DataFormat::Text)).raw();
    let (_, told) = told.split_once("\n\n").unwrap();
    // Of the last lines the width of the file's name counts.
    let told = told.split("Next:").next().unwrap();
    assert_data_eq!(Data::text(told).raw(), expected);
}

#[test]
fn a_chat_by_websocket() {
    let path = saved("chat.pcap", &conversation::chat());
    for width in [40, 80, 140] {
        story(&format!("chat.{width}.txt"), &path, &[&format!("--width={width}")]);
    }
    story("chat.engineer.txt", &path, &["--width=80", "--level=engineer", "-v"]);
}

#[test]
fn what_programs_say_keeps_to_the_width_and_obeys_nobody() {
    let path = saved("hostile-said.pcap", &conversation::hostile());
    for width in [40, 60, 80, 100, 119, 120, 140, 200] {
        for more in [&[][..], &["-v"], &["--bytes"], &["--level=friend"], &["--level=engineer", "-v"]] {
            let width_arg = format!("--width={width}");
            let run = netlab(&[&["replay", &path, &width_arg, "--color=never"], more].concat());
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            assert!(!run.stdout.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{2028}']), "{width} {more:?}");
            for line in run.stdout.lines() {
                assert!(line.width() <= width, "{width} {more:?}: {} columns: {line}", line.width());
            }
        }
    }
}

#[test]
fn no_line_is_wider_than_it_may_be() {
    for bundled in Bundled::all() {
        // Those of broken rules are many, and their steps are those of the others.
        let of_rule = bundled.name.starts_with("websocket-rule-");
        let widths = if of_rule { &[40, 80, 140][..] } else { &[40, 60, 80, 100, 119, 120, 140, 200] };
        for &width in widths {
            for more in
                [&[][..], &["-v"], &["--bytes"], &["--level=friend"], &["--level=engineer", "-v", "--bytes"]]
            {
                let width_arg = format!("--width={width}");
                let mut args = vec!["replay", &bundled.name, &width_arg];
                args.extend(more);
                for line in netlab(&args).stdout.lines() {
                    assert!(line.width() <= width, "{args:?}: {} columns: {line}", line.width());
                }
            }
        }
    }
}

/// How many lines a story may take at 80 columns. One of a WebSocket holds as much as its programs say: those of a textbook (the
/// Upgrade, a text each way, the goodbye) have room in the same 60; each further message or frame may take 5 (its arrow, its words,
/// the code at both ends, what is new about it), a broken rule 7 more, with what it means, what is due and its frame drawn, a note
/// 3, and a line of the opening handshake that the textbook has not, itself. What TLS says of each kind is told in words once: 6.
fn most_lines(name: &str, steps: &[serde_json::Value]) -> usize {
    if !name.starts_with("websocket") {
        return 60;
    }
    let what = |step: &serde_json::Value| step["what"].as_str().unwrap_or_default().to_owned();
    let said = steps.iter().filter(|step| ["http.", "ws."].iter().any(|start| what(step).starts_with(start)));
    let broken = steps.iter().filter_map(|step| step["verdicts"].as_array()).flatten();
    let broken = broken.map(|verdict| if verdict["severity"] == "violation" { 7 } else { 3 });
    let opening = steps.iter().filter(|step| ["ws.asked", "ws.opened"].contains(&what(step).as_str()));
    let lines = opening.filter_map(|step| step["drawing"].as_array()).flatten();
    // A long one is broken.
    let drawn: usize = lines.map(|line| line.as_str().unwrap_or_default().len().div_ceil(72)).sum();
    // Five lines of the request, three of the answer, three of the accept's arithmetic.
    let tls: std::collections::BTreeSet<String> =
        steps.iter().map(what).filter(|what| what.starts_with("tls.")).collect();
    60 + drawn.saturating_sub(11) + 5 * said.count().saturating_sub(6) + broken.sum::<usize>() + 6 * tls.len()
}

#[test]
fn the_run_takes_at_most_60_lines_at_80_columns() {
    for bundled in Bundled::all() {
        let name = &bundled.name;
        let most = most_lines(name, &netlab(&["replay", name, "--format=json"]).json());
        for level in ["friend", "student", "engineer"] {
            let level = format!("--level={level}");
            let lines = netlab(&["replay", name, "--width=80", &level]).stdout.lines().count();
            assert!(lines <= most, "{name} at {level}: {lines} lines of {most}");
        }
    }
}

#[test]
#[cfg(all(target_os = "linux", feature = "live"))]
fn live_runs_take_at_most_60_lines_too() {
    for command in ["handshake", "websocket"] {
        for scenario in netlab::lab::scenario::Scenario::all(command).unwrap() {
            let args = [command, "--mode=lab", "--width=80", "--scenario", &scenario.name];
            let most = most_lines(command, &netlab(&[&args[..], &["--format=json"]].concat()).json());
            let run = netlab(&args);
            let lines = run.stdout.lines().count();
            assert!(lines <= most, "{}: {lines} lines of {most}\n{}", scenario.name, run.stdout);
        }
    }
}

/// A conversation of the textbook, as a capture of it would be: the Upgrade, a text each way, the goodbye.
fn textbook() -> String {
    let (text, close) =
        (conversation::masked(0x81, b"My name is John"), conversation::masked(0x88, b"\x03\xe8bye"));
    let plain = |head: &[u8]| String::from_utf8_lossy(head).replace("Sec-WebSocket-Protocol: chat\r\n", "");
    let (request, answer) = (plain(conversation::REQUEST), plain(conversation::ANSWER));
    let said: &[(bool, &[u8])] = &[
        (true, request.as_bytes()),
        (false, answer.as_bytes()),
        (true, &text),
        (false, b"\x81\x18Hello from server, John!"),
        (true, &close),
        (false, b"\x88\x05\x03\xe8bye"),
    ];
    saved("textbook.pcap", &conversation::conversation(said))
}

#[test]
fn a_websocket_takes_at_most_60_lines_at_80_columns() {
    let path = textbook();
    for level in ["friend", "student", "engineer"] {
        let run = netlab(&["replay", &path, "--width=80", "--level", level]);
        // The first and the last lines name the file, and are as long as its name.
        let (_, told) = run.stdout.split_once("\n\n").unwrap();
        let lines = told.split("Next:").next().unwrap().lines().count() + 4;
        assert!(lines <= 60, "{level}: {lines} lines\n{told}");
    }
}

/// What stands under the arrows, as one text without rails.
fn spoken(run: &Run) -> String {
    let told = run.stdout.split("Next:").next().unwrap();
    let lines = told.lines().filter_map(|line| line.strip_prefix("     │  "));
    lines.map(|line| line.trim_end_matches(['│', ' '])).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_friend_hears_each_thing_once_and_in_a_friends_words() {
    for name in ["tutorial", "ping-pong", "bad-accept", "chat", "byte-by-byte"] {
        let name = format!("websocket-{name}");
        let told = spoken(&netlab(&["replay", &name, "--width=80", "--level=friend"]));
        let sentences = told.split_inclusive(['.', '?', '!']).map(str::trim).filter(|text| text.len() > 12);
        let sentences: Vec<&str> = sentences.collect();
        assert!(sentences.len() > 5, "{name}: {told}");
        for (index, sentence) in sentences.iter().enumerate() {
            assert!(!sentences[..index].contains(sentence), "{name}: {sentence}");
        }
        assert!(!told.contains("segment") && !told.contains("=\u{201d}"), "{name}: {told}");
    }
    let student = spoken(&netlab(&["replay", "websocket-byte-by-byte", "--width=80"]));
    assert!(student.contains("It came in 8 segments, frames 10 to 24."), "{student}");
}

#[test]
fn a_list_and_a_headline_keep_to_their_width() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.pcap");
    let path = file.to_str().unwrap();
    // Two conversations of one segment each, made by hand: pcap header, then SYNs from two ports.
    let mut bytes = Vec::from([
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0,
    ]);
    for port in [50_001u16, 50_002] {
        let mut packet = Vec::new();
        etherparse::PacketBuilder::ipv4([192, 168, 122, 101], [192, 168, 122, 187], 64)
            .tcp(port, 50_000, 1, 64240)
            .syn()
            .write(&mut packet, &[])
            .unwrap();
        bytes.extend([0; 8]);
        bytes.extend([(packet.len() as u32).to_le_bytes(), (packet.len() as u32).to_le_bytes()].concat());
        bytes.extend(packet);
    }
    std::fs::write(&file, bytes).unwrap();
    for width in [40, 60, 80] {
        let width_arg = format!("--width={width}");
        let listed = netlab(&["replay", path, &width_arg]).stdout;
        assert_eq!(listed.matches("--stream ").count(), 2, "{listed}");
        let dissected = netlab(&["dissect", path, &width_arg]).stdout;
        // A temporary folder's name may be longer than a line; it is cut there.
        for line in listed.lines().chain(dissected.lines()) {
            assert!(line.width() <= width, "{} columns of {width}: {line}", line.width());
        }
    }
}

#[test]
fn no_line_ends_in_spaces() {
    let run = netlab(&["replay", "handshake", "--width=80", "-v", "--bytes"]);
    for line in run.stdout.lines() {
        assert_eq!(line, line.trim_end());
    }
}

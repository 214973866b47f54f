//! `--keylog`: what is said of files that are none, that are damaged, that fit no session; `check` and `replay` with keys.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::session::Session;
use crate::util::{Run, netlab, netlab_with_input};

/// A folder with a recorded session as a capture, and its keys.
struct Recorded {
    _folder: tempfile::TempDir,
    file: PathBuf,
    keys: PathBuf,
}

fn recorded(name: &str) -> Recorded {
    let session = Session::load(name);
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (folder.path().join("session.pcap"), folder.path().join("keys.log"));
    std::fs::write(&file, crate::capture::pcap(&session)).unwrap();
    std::fs::write(&keys, &session.keys).unwrap();
    Recorded { _folder: folder, file, keys }
}

fn run(command: &str, file: &Path, keys: &Path, more: &[&str]) -> Run {
    let args = [command, file.to_str().unwrap(), "--keylog", keys.to_str().unwrap()];
    netlab(&[&args[..], more].concat())
}

#[test]
fn a_keylog_that_is_none_ends_with_1_before_anything_is_told() {
    let session = recorded("wss");
    let other = session.keys.with_file_name("other");
    for (content, words) in [
        (&b"\x7fELF\x02\x01\n\xff\xfe\n"[..], "none of its 2 lines can be read: line 1: it has not the form"),
        (b"NO_LABEL 00 00", "its only line can't be read: line 1: its label is not known"),
        (
            b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "none of its 3 lines can be read",
        ),
        (&[b'x'; 100_000], "a line of it has more than 65,536 bytes"),
    ] {
        std::fs::write(&other, content).unwrap();
        for command in ["dissect", "check", "replay"] {
            let run = run(command, &session.file, &other, &[]);
            assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{command}");
            let [line] = run.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{}", run.stderr) };
            assert!(line.contains("other: ") && line.contains("no keylog") && line.contains(words), "{line}");
            assert!(line.matches("line 1").count() <= 1, "{line}");
        }
    }
    let folder = other.parent().unwrap();
    for (none, words) in
        [(Path::new("/nowhere/keys.log"), "no such file"), (folder, "this is a directory; name a file in it")]
    {
        let run = run("dissect", &session.file, none, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
        assert_eq!(run.stderr, format!("netlab: {}: {words}\n", none.display()));
    }
}

#[test]
fn damaged_lines_are_told_by_their_numbers_and_the_rest_is_used() {
    let session = recorded("wss");
    let text = std::fs::read_to_string(&session.keys).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(1, "SERVER_HANDSHAKE_TRAFFIC_SECRET 1234 5678");
    lines.push("CLIENT_TRAFFIC_SEC");
    std::fs::write(&session.keys, lines.join("\n")).unwrap();
    let run = run("dissect", &session.file, &session.keys, &["--format", "json"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.contains("My name is John"));
    let told: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(told.len(), 2, "{}", run.stderr);
    assert!(told[0].contains("keys.log: line 2: its client random is not 64"), "{}", told[0]);
    assert!(told[1].contains(&format!("line {}: it has not the form", lines.len())), "{}", told[1]);
    // Of many only the first ones, and how many more.
    std::fs::write(&session.keys, format!("{text}{}", "nonsense\n".repeat(40))).unwrap();
    let run = self::run("dissect", &session.file, &session.keys, &["--format", "json"]);
    assert_eq!(run.stderr.lines().count(), 4, "{}", run.stderr);
    assert!(run.stderr.contains("37 more lines can't be read"), "{}", run.stderr);
}

#[test]
fn keys_of_another_session_are_told_once() {
    let (session, other) = (recorded("wss"), recorded("aes128"));
    for command in ["dissect", "replay"] {
        let run = run(command, &session.file, &other.keys, &[]);
        assert_eq!(run.code, Some(0), "{command}");
        let [line] = run.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{}", run.stderr) };
        assert!(line.contains("does not fit: the session that it has keys for is not in"), "{line}");
    }
    // Where all was to be judged, nobody may think that it was.
    let run = run("check", &session.file, &other.keys, &[]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(run.stderr.contains("does not fit"), "{}", run.stderr);
    let run = self::run("check", &recorded("tls12").file, &recorded("tls12").keys, &[]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        run.stderr.contains("only TLS 1.3 is") && words.contains("TLS 1.2 is not decrypted yet"),
        "{words}"
    );
    // Where there is no TLS, nothing stays closed.
    let run = netlab(&["check", "handshake", "--keylog", other.keys.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("not needed: there is no TLS in handshake"), "{}", run.stderr);
}

#[test]
fn the_rules_of_websocket_hold_inside_of_tls_too() {
    let broken = recorded("unmasked");
    let run = run("check", &broken.file, &broken.keys, &["--format", "json"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let violations: Vec<Value> =
        run.json().into_iter().filter(|verdict| verdict["severity"] == "violation").collect();
    assert_eq!(violations.len(), 1, "{violations:?}");
    assert_eq!(violations[0]["rule"], "ws.client_must_mask");
    let sound = recorded("wss");
    let run = self::run("check", &sound.file, &sound.keys, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    assert!(run.stdout.contains("in 1 WebSocket connection"), "{}", run.stdout);
    assert!(!run.stdout.contains("Inside of TLS"), "{}", run.stdout);
}

#[test]
fn what_tls_hides_is_not_judged_and_that_is_said() {
    let broken = recorded("unmasked");
    let run = netlab(&["check", broken.file.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Inside of TLS in 1 conversation, so it is not judged: no keys"), "{words}");
    let json = netlab(&["check", broken.file.to_str().unwrap(), "--format", "json"]).json();
    let [unread] = json.as_slice() else { panic!("{json:?}") };
    assert_eq!((&unread["kind"], &unread["stream"]), (&"unread".into(), &0.into()));
    assert_eq!(unread["why"], "no keys of this session are known");
}

#[test]
fn a_pcapng_needs_no_flag_and_standard_input_can_be_one() {
    let session = Session::load("unmasked");
    let file = crate::capture::pcapng(&session, 1);
    let run = netlab_with_input(&["check", "-"], &file);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    let run = netlab_with_input(&["replay", "-"], &file);
    assert!(run.stdout.contains("inside: GET /chat"), "{}", run.stdout);
    let run =
        netlab_with_input(&["replay", "-", "--stream", "0", "--filter", "websocket.opcode == 8"], &file);
    assert!(run.stdout.contains("inside: close 1000") && !run.stdout.contains("GET /chat"), "{}", run.stdout);
}

/// The steps of a story, each in a word or two.
fn steps(run: &Run) -> Vec<(String, String)> {
    let steps = run.json().into_iter().filter(|object| object["kind"] == "step");
    let said = steps.filter(|step| step["states"].is_null());
    said.map(|step| (step["what"].as_str().unwrap().to_owned(), step["inside"].to_string())).collect()
}

#[test]
fn a_story_tells_the_records_and_with_keys_what_is_inside() {
    let session = recorded("wss");
    let run = run("replay", &session.file, &session.keys, &["--format", "json"]);
    let told = steps(&run);
    let inside: Vec<&str> =
        told.iter().filter(|(_, inside)| inside == "\"tls\"").map(|(what, _)| what.as_str()).collect();
    let chat = ["ws.asked", "ws.opened", "ws.text", "ws.text", "ws.binary", "ws.ping", "ws.text"];
    assert_eq!(inside[..7], chat);
    assert_eq!(inside[7..], ["ws.pong", "ws.close", "ws.close_answer"]);
    let tls: Vec<&str> =
        told.iter().map(|(what, _)| what.as_str()).filter(|what| what.starts_with("tls.")).collect();
    assert_eq!(tls[..4], ["tls.client_hello", "tls.server_hello", "tls.handshake", "tls.handshake"]);
    assert!(tls.contains(&"tls.data") && tls.contains(&"tls.aside") && tls.contains(&"tls.alert"));
    assert!(!tls.contains(&"tls.sealed"));
    // The record stands before what was in it.
    let asked = told.iter().position(|(what, _)| what == "ws.asked").unwrap();
    assert_eq!(told[asked - 1].0, "tls.data");
    assert!(run.stdout.contains("new WebSocket(\\\"wss://chat.netlab.test/chat\\\")"));

    let blind = netlab(&["replay", session.file.to_str().unwrap(), "--format", "json"]);
    let told = steps(&blind);
    assert!(told.iter().all(|(what, inside)| what.starts_with("tls.") && inside == "null"), "{told:?}");
    let sealed: Vec<Value> = blind.json().into_iter().filter(|step| step["what"] == "tls.sealed").collect();
    assert!(sealed.len() > 5);
    assert!(sealed.iter().all(|step| !step["fields"]["netlab.tls.unread"].is_null()));
}

#[test]
fn a_story_without_keys_says_what_can_be_seen_and_that_the_rest_cant() {
    let session = recorded("wss");
    let run = netlab(&["replay", session.file.to_str().unwrap(), "--width", "80"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let words = run.stdout.split(['\n', '│']).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    assert!(words.contains("reads the name chat.netlab.test."), "{}", run.stdout);
    assert!(words.contains("The rest can't: no keys of this session are known."), "{}", run.stdout);
    assert!(words.contains("--keylog FILE"), "{}", run.stdout);
    assert!(!words.contains("inside:"), "{}", run.stdout);
    // The reason is said once.
    assert_eq!(words.matches("The rest can't").count(), 1, "{}", run.stdout);
}

#[test]
fn a_story_with_keys_tells_the_first_record_and_then_what_is_inside() {
    let session = recorded("wss");
    let told = run("replay", &session.file, &session.keys, &["--width=80"]).stdout;
    assert_eq!(told.matches("═ TLS record").count(), 1, "{told}");
    // With the number of the frame that completes it, as any frame's.
    let text = told.lines().find(|line| line.contains("inside: text “My name is John”")).unwrap();
    assert!(text.trim_start().starts_with(|c: char| c.is_ascii_digit()), "{text}");
    let all = run("replay", &session.file, &session.keys, &["--width=80", "--tcp"]).stdout;
    assert!(all.matches("═ TLS record").count() > 5, "{all}");
}

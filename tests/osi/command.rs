//! The command itself: what may be asked for, and how it answers.

use std::fs;

use netlab::source::Bundled;
use serde_json::Value;

use crate::util::{netlab, netlab_with_input};

#[test]
fn a_frame_that_is_not_there_is_a_wrong_command() {
    let run = netlab(&["osi", "--frame", "19"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("no frame 19") && run.stderr.contains("18 frames"), "{}", run.stderr);
    assert_eq!(netlab(&["osi", "--frame", "0"]).code, Some(2));
    assert_eq!(netlab(&["osi", "8"]).code, Some(2));
    assert_eq!(netlab(&["osi", "--capture", "no-such-capture"]).code, Some(1));
}

#[test]
fn one_layer_is_found_by_its_number_or_its_name() {
    let four = netlab(&["osi", "4"]);
    assert_eq!(four.code, Some(0), "{}", four.stderr);
    assert_eq!(four.stdout, netlab(&["osi", "transport"]).stdout);
    assert!(four.stdout.contains("port 55985") && four.stdout.contains("da b1 1f 90"), "{}", four.stdout);
    assert!(!four.stdout.contains("6 presentation ·"));
}

#[test]
fn standard_input_is_a_capture_too() {
    let file = Bundled::find("handshake").unwrap().bytes().unwrap();
    let run = netlab_with_input(&["osi", "--capture", "-", "--format", "json"], &file);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.json()[0]["kind"], "walk");
}

#[test]
fn json_has_every_byte_and_its_layer() {
    let run = netlab(&["osi", "--format", "json"]);
    let [walk]: [Value; 1] = run.json().try_into().unwrap();
    let hex: String =
        walk["parts"].as_array().unwrap().iter().map(|part| part["bytes"].as_str().unwrap()).collect();
    assert_eq!(hex.len(), 2 * 87);
    assert_eq!((&walk["physical"]["wire"], &walk["cost"]["first"]["frames"]), (&111.into(), &10.into()));
    assert_eq!(walk["layers"].as_array().unwrap().len(), 7);
    let like: Vec<&Value> = walk["parts"].as_array().unwrap().iter().map(|part| &part["like"]).collect();
    assert_eq!(like[3..5], [&Value::from(5), &Value::from(6)]);
    let one = netlab(&["osi", "network", "--format", "json"]).json();
    assert_eq!(one[0]["layers"].as_array().unwrap().len(), 1);
}

#[test]
fn jsons_titles_are_those_of_the_level() {
    for (level, title) in [
        ("friend", "the slip for the next house (Ethernet)"),
        ("student", "Ethernet"),
        ("engineer", "Ethernet"),
    ] {
        for capture in ["websocket-tutorial", "websocket-wss"] {
            let run = netlab(&["osi", "--capture", capture, "--format", "json", "--level", level]);
            let walk = &run.json()[0];
            assert_eq!(walk["parts"][0]["title"], title, "{level}");
            let sealed = walk["sealed"].as_array().unwrap();
            assert_eq!(sealed.is_empty(), capture != "websocket-wss");
            for sealed in sealed {
                let last = sealed["parts"].as_array().unwrap().last().unwrap();
                let words = if level == "friend" { "the words" } else { "message, masked" };
                assert_eq!(last["title"], words, "{level}");
            }
        }
    }
}

#[test]
fn a_message_cannot_command_the_terminal() {
    // The payload of the frame, unmasked as it goes on the wire here: an escape sequence.
    let file = Bundled::find("handshake").unwrap().bytes().unwrap().into_owned();
    let at = file.windows(5).position(|bytes| bytes == b"hello");
    let Some(at) = at else { return assert!(fs::exists("captures").unwrap()) };
    let mut file = file;
    file[at..at + 5].copy_from_slice(b"\x1b[31m");
    for extra in [&["--bytes"][..], &["7"], &["--format", "json"]] {
        let args = [&["osi", "--capture", "-", "--color", "never"], extra].concat();
        let run = netlab_with_input(&args, &file);
        assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
    }
}

#[cfg(all(feature = "live", target_os = "linux"))]
#[test]
fn a_students_own_message_is_walked_live() {
    let run = netlab(&["osi", "--live", "--message", "hi there", "--format", "json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let walk = &run.json()[0];
    assert_eq!(walk["units"][0]["text"], "hi there");
    assert_eq!(walk["parts"].as_array().unwrap().last().unwrap()["len"], 8);
    assert_eq!(walk["cost"]["first"]["message"], 8);
    let text = netlab(&["osi", "--live", "--message", "\u{1b}[31m", "--color=never"]);
    assert!(text.stdout.contains("live in the lab") && !text.stdout.contains('\u{1b}'), "{}", text.stdout);
    // What was recorded can't be said anew.
    assert_eq!(netlab(&["osi", "--capture", "handshake", "--message", "hi"]).code, Some(2));
}

#[cfg(all(feature = "live", target_os = "linux"))]
#[test]
fn an_empty_message_is_walked_live_too() {
    for hops in [&[][..], &["--hops", "1"]] {
        let run = |extra: &[&str]| {
            let run = netlab(&[&["osi", "--live", "--message", "", "--color=never"], hops, extra].concat());
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            run
        };
        let json = run(&["--format=json"]).json();
        let (walk, unit) = (&json[0], &json[0]["units"][0]);
        assert_eq!((&unit["title"], &unit["text"], &unit["len"]), (&"text".into(), &Value::Null, &6.into()));
        assert_eq!(
            (&walk["cost"]["this"]["message"], &walk["cost"]["this"]["protocol"]),
            (&0.into(), &6.into())
        );
        assert_eq!(json.len(), 1 + hops.len() / 2);
        let text = run(&[]).stdout;
        assert!(text.contains(" 7 application   adds nothing to this frame"), "{text}");
        if hops.is_empty() {
            assert!(text.contains("hands over an empty message (text): 0 bytes."), "{text}");
            assert!(text.contains("program has it: an empty message."), "{text}");
            assert!(text.contains("carry a message of 0 bytes: it is empty"), "{text}");
            for (level, words) in
                [("friend", "says nothing: not one word."), ("engineer", "A payload length of 0")]
            {
                let text = run(&["--level", level]).stdout;
                assert!(
                    text.contains(words) && !text.contains("letters we") && !text.contains("not UTF-8"),
                    "{text}"
                );
            }
        } else {
            assert!(text.contains("payload       = 6 bytes, 81 80"), "{text}");
        }
    }
}

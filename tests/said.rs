//! What a program says is shown as it is, in the words and in the code, as far as there is room; a megabyte takes no more than
//! a few lines.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/conversation.rs"]
mod conversation;
mod util;

use std::io::Write;

use conversation::{ANSWER, REQUEST, conversation, masked};
use unicode_width::UnicodeWidthStr;
use util::netlab;

/// 25 and 41 letters: one more than was once shown of each.
const SHORT: &str = "The quick brown fox jumps";
const LONGER: &str = "The quick brown fox jumps over a lazy dog";
/// At most so many of a message are shown.
const MOST: usize = 80;

/// Each message is said by the client, and said back by the server; the last one, a megabyte, by the server alone.
fn capture() -> tempfile::NamedTempFile {
    let unmasked = |text: &str| [&[0x81, text.len() as u8], text.as_bytes()].concat();
    let mut said = vec![REQUEST.to_vec(), ANSWER.to_vec()];
    for text in [SHORT, LONGER] {
        said.extend([masked(0x81, text.as_bytes()), unmasked(text)]);
    }
    let huge = "megabyte".repeat(1 << 17);
    let head = [&[0x81, 0x7f][..], &(huge.len() as u64).to_be_bytes()].concat();
    let huge = [head.as_slice(), huge.as_bytes()].concat();
    let by_client = (0..said.len()).map(|index| index % 2 == 0);
    let mut segments: Vec<(bool, &[u8])> = by_client.zip(said.iter().map(Vec::as_slice)).collect();
    segments.extend(huge.chunks(1400).map(|part| (false, part)));
    let mut file = tempfile::NamedTempFile::with_suffix(".pcap").unwrap();
    file.write_all(&conversation(&segments)).unwrap();
    file
}

/// The lines as one, without the rail and what stands beside it.
fn joined(screen: &str) -> String {
    let inner = screen.lines().map(|line| line.trim_start().trim_start_matches('│').trim());
    inner.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_message_that_has_room_is_shown_whole_at_both_ends_and_at_every_width() {
    let file = capture();
    let path = file.path().to_str().unwrap();
    for width in ["40", "80", "140"] {
        let run = netlab(&["replay", path, "--color=never", "--width", width]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let text = joined(&run.stdout);
        for message in [SHORT, LONGER] {
            for code in [format!("socket.send(\"{message}\")"), format!("ws.send(\"{message}\")")] {
                // Beside the ladder words may stand between two lines of code.
                assert!(width == "140" || text.contains(&code), "{width}: {code}: {}", run.stdout);
            }
            // It is not said twice where that takes another line.
            let heard = [format!("event.data is \"{message}\""), "event.data is the same text".to_owned()];
            assert!(heard.iter().any(|heard| text.contains(heard)), "{width}: {}", run.stdout);
            assert!(
                width == "40" || run.stdout.contains(&format!("text “{message}”")),
                "{width}: {}",
                run.stdout
            );
        }
        assert!(run.stdout.contains("megabyte…") || text.contains("y…\""), "{width}: {}", run.stdout);
        assert!(!text.contains(&"megabyte".repeat(MOST / 8 + 1)), "{width}");
        let lines = run.stdout.lines().count();
        assert!(lines < 160, "{width}: {lines} lines");
        let told = run.stdout.split("Next:").next().unwrap();
        for line in told.lines().skip(2) {
            assert!(line.width() <= width.parse().unwrap(), "{width}: {line}");
        }
    }
    let friend = netlab(&["replay", path, "--color=never", "--width=80", "--level=friend"]).stdout;
    for message in [SHORT, LONGER] {
        assert_eq!(joined(&friend).matches(&format!("It says: “{message}”.")).count(), 2, "{friend}");
    }
    assert!(friend.contains("It says: “megabytemegabyte") && friend.contains("…”."), "{friend}");
}

#[test]
fn pictures_and_json_hold_the_same() {
    let file = capture();
    let path = file.path().to_str().unwrap();
    let told = netlab(&["replay", path, "--format=json"]);
    let code: Vec<String> = told
        .json()
        .iter()
        .flat_map(|step| step["code"].as_array().cloned().unwrap_or_default())
        .filter_map(|line| line.as_str().map(str::to_owned))
        .collect();
    assert!(code.contains(&format!("socket.send(\"{LONGER}\")")), "{code:?}");
    assert!(code.iter().all(|line| line.chars().count() < 150), "{code:?}");
    for form in ["svg", "html", "mermaid"] {
        let run = netlab(&["replay", path, "--format", form]);
        assert_eq!(run.code, Some(0), "{form}: {}", run.stderr);
        assert!(run.stdout.len() < 1 << 20, "{form}: {} bytes", run.stdout.len());
        assert!(!run.stdout.contains(&"megabyte".repeat(MOST / 8 + 1)), "{form}");
        let lines: Vec<&str> = run.stdout.lines().collect();
        let letters = |line: &str| line.split(['<', '>']).nth(2).unwrap_or_default().replace("&quot;", "\"");
        let text = lines.iter().map(|line| letters(line)).collect::<Vec<_>>().join(" ");
        match form {
            "svg" => assert!(text.contains(&format!("event.data is \"{LONGER}\"")), "{text}"),
            "html" => assert!(run.stdout.contains(&format!("event.data is &quot;{LONGER}&quot;")), "{form}"),
            _ => assert!(run.stdout.contains(&format!("text “{LONGER}”")), "{form}: {}", run.stdout),
        }
    }
}

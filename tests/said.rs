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

/// The same capture with no more than `most` bytes kept of each frame, as `tcpdump -s` does.
fn snapped(file: &[u8], most: usize) -> Vec<u8> {
    let (head, mut rest) = file.split_at(24);
    let mut snapped = head.to_vec();
    while let Some((record, behind)) = rest.split_at_checked(16) {
        let len = u32::from_le_bytes(record[8..12].try_into().unwrap()) as usize;
        let (bytes, next) = behind.split_at(len);
        let kept = &bytes[..len.min(most)];
        snapped.extend(&record[..8]);
        snapped.extend((kept.len() as u32).to_le_bytes());
        snapped.extend(&record[12..]);
        snapped.extend(kept);
        rest = next;
    }
    snapped
}

/// The story of a capture, in full and as one line.
fn told(file: &[u8], level: &str) -> String {
    let mut saved = tempfile::NamedTempFile::with_suffix(".pcap").unwrap();
    saved.write_all(file).unwrap();
    let path = saved.path().to_str().unwrap();
    let run = netlab(&["replay", path, "-v", "--tcp", "--color=never", "--width=100", "--level", level]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    joined(&run.stdout)
}

#[test]
fn bytes_that_the_capture_cut_off_are_not_called_no_text() {
    let whole = conversation(&[(true, b"GET / HTTP/1.1\r\n"), (false, b"?"), (true, b"\x00\x01\x02")]);
    // All of the headers, and nothing behind them.
    let cut = told(&snapped(&whole, 54), "student");
    for words in [
        "16 bytes that were cut off, counted from byte 1 on",
        "a byte that was cut off, counted",
        "3 bytes that were cut off",
    ] {
        assert!(cut.contains(words), "{words}: {cut}");
    }
    assert!(cut.contains("Only 54 of the frame's 70 bytes were kept.") && !cut.contains("no text"), "{cut}");
    // What was kept is shown.
    let start = told(&snapped(&whole, 57), "student");
    assert!(start.contains("“GET") && !start.contains("cut off, counted from byte 1 on"), "{start}");
    let all = told(&whole, "student");
    assert!(
        all.contains("3 bytes that are no text, counted from byte 17 on") && !all.contains("cut off"),
        "{all}"
    );
}

#[test]
fn lines_of_a_header_that_are_left_out_are_counted_and_named() {
    let more = |head: &[u8], lines: &str| {
        let head = String::from_utf8(head.to_vec()).unwrap();
        head.strip_suffix("\r\n").unwrap().to_owned() + lines + "\r\n"
    };
    let asks = more(REQUEST, "User-Agent: x\r\nCookie: secret=1\r\nCookie: other=2\r\n");
    let declines = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
        WWW-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\nContent-Length: 0\r\n\r\n";
    let proves = more(REQUEST, "Authorization: Basic dXNlcjpwYXNz\r\n");
    let again = more(REQUEST, "authorization: dXNlcjpwYXNz\r\n");
    let bare = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let said = [
        (true, asks.as_bytes()),
        (false, declines.as_bytes()),
        (true, proves.as_bytes()),
        (false, bare.as_bytes()),
        (true, again.as_bytes()),
        (false, ANSWER),
    ];
    let file = conversation(&said);
    for level in ["student", "engineer"] {
        let text = told(&file, level);
        assert!(text.contains("(3 more lines, not shown: User-Agent, Cookie)"), "{text}");
        assert!(text.contains("(1 more line, not shown: Content-Length)"), "{text}");
        assert!(text.contains("WWW-Authenticate: Basic realm=\"x\""), "{text}");
        assert!(
            text.contains("Authorization: Basic (not shown)") && text.contains("authorization: (not shown)")
        );
        // Not in the lines, not in the words; only where the bytes themselves are asked for.
        assert!(!text.contains("dXNlcjpwYXNz") && !text.contains("secret=1"), "{text}");
    }
    let student = told(&file, "student");
    for words in [
        "WWW-Authenticate asks for a proof of who is there (Basic, Digest).",
        "how to prove who asks",
        "The line Authorization proves who asks (Basic); without TLS",
    ] {
        assert!(student.contains(words), "{words}: {student}");
    }
    // A proof without a scheme before it names none.
    assert_eq!(student.matches("proves who asks (").count(), 1, "{student}");
    let engineer = told(&file, "engineer");
    assert!(engineer.contains("The challenge: Basic, Digest (RFC 9110, 11.6.1)."), "{engineer}");
    assert_eq!(engineer.matches("This 401 has no WWW-Authenticate").count(), 1, "{engineer}");
    // Nothing is left out of the plain request, so nothing is said of it.
    let plain = told(&conversation(&[(true, REQUEST), (false, ANSWER)]), "student");
    assert!(!plain.contains("not shown"), "{plain}");
    // Very many names are not all said.
    let many: String = (0..40).map(|number| format!("X-{number}: y\r\n")).collect();
    let many = told(&conversation(&[(true, more(REQUEST, &many).as_bytes()), (false, ANSWER)]), "student");
    assert!(many.contains("(40 more lines, not shown: X-0, X-1, X-2, X-3, X-4, X-5, X-6, X-7, …)"), "{many}");
}

//! A friend who knows nothing of networks reads a story in everyday words: no abbreviation, no name of a field or a flag.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod util;

use util::page::page_at;
use util::{netlab, netlab_with_input};

/// Words of the trade that no friend has to know.
const TERMS: &[&str] = &[
    "accept",
    "ack",
    "base64",
    "checksum",
    "fin",
    "flag",
    "flags",
    "handler",
    "header",
    "hex",
    "http",
    "javascript",
    "mask",
    "masked",
    "node",
    "onclose",
    "onerror",
    "onmessage",
    "opcode",
    "payload",
    "raw",
    "rst",
    "rsv",
    "segment",
    "segments",
    "seq",
    "socket",
    "status",
    "stream",
    "syn",
    "tcp",
    "tls",
    "utf",
    "wasclean",
    "window",
];

/// What is shown, without what it names or repeats: the first line, the hosts, commands to type, what the peers said.
fn words_of(screen: &str) -> String {
    let told = screen.split("\nNext:").next().unwrap();
    let lines = told.lines().skip(1).filter(|line| !line.trim_start().starts_with("client 10."));
    let text: Vec<&str> = lines.collect();
    let mut text = text.join("\n");
    for (open, close) in [('“', '”'), ('(', ')')] {
        while let Some(from) = text.find(open) {
            let to = text[from..].find(close).map_or(text.len(), |at| from + at + close.len_utf8());
            text.replace_range(from..to, "");
        }
    }
    text
}

/// Abbreviations: `SYN`, `TIME-WAIT`, `SHA-1`, not `I`.
fn abbreviations(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
    let capitals = |word: &str| word.chars().filter(char::is_ascii_uppercase).count() > 1;
    words.filter(|word| capitals(word)).map(str::to_owned).collect()
}

#[track_caller]
fn is_plain(args: &[&str]) {
    let run = netlab(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    let text = words_of(&run.stdout);
    assert_eq!(abbreviations(&text), [""; 0], "{args:?}\n{text}");
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let found: Vec<_> = words.filter(|word| TERMS.contains(word)).collect();
    assert!(found.is_empty(), "{args:?}: {found:?}\n{text}");
}

fn captures() -> Vec<String> {
    let names = netlab(&["captures", "--format=json"]).json();
    names.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_story_of_every_bundled_capture_is_plain() {
    let names = captures();
    assert!(names.len() > 40, "{names:?}");
    for name in &names {
        is_plain(&["replay", name, "--level=friend"]);
        is_plain(&["replay", name, "--level=friend", "--tcp", "--width=140"]);
        is_plain(&["replay", name, "--level=friend", "--tcp", "--plain"]);
    }
}

/// What only a walk through the layers has more of.
const LAYERS: &[&str] = &[
    "application",
    "data",
    "datagram",
    "ethernet",
    "link",
    "mac",
    "masking",
    "misread",
    "network",
    "packet",
    "physical",
    "port",
    "presentation",
    "record",
    "router",
    "session",
    "transport",
    "ttl",
    "unit",
    "websocket",
];

/// The same of a walk: it may also name the seven, in brackets, and at its end the books.
#[track_caller]
fn walk_is_plain(what: &dyn std::fmt::Debug, screen: &str) {
    // First who speaks to whom, in which capture.
    let (_, told) =
        screen.split_once("\n\n").or_else(|| screen.split_once("The tower\n")).unwrap_or(("", screen));
    let lines = told.split("Source:").next().unwrap().lines();
    // A bar is drawn of signs.
    let is_bar = |line: &str| line.starts_with(" ░") && !line.contains(" · ");
    let lines = lines.filter(|line| !line.starts_with("server 10.") && !is_bar(line));
    let text = words_of(&format!("\n{}", lines.collect::<Vec<_>>().join("\n")));
    assert_eq!(abbreviations(&text), [""; 0], "{what:?}\n{text}");
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let found: Vec<_> = words.iter().filter(|word| TERMS.contains(word) || LAYERS.contains(word)).collect();
    assert!(found.is_empty(), "{what:?}: {found:?}\n{text}");
    let is_hex = |word: &&str| word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        words.windows(3).any(|three| three.iter().all(is_hex))
    };
    let pairs = text.lines().filter(bytes);
    assert_eq!(pairs.collect::<Vec<_>>(), [""; 0], "{what:?}\n{text}");
}

#[test]
fn a_walk_through_the_layers_is_plain() {
    let walk = |args: &[&str]| {
        for form in [&["--width=140"][..], &["--width=80"], &["--width=41"], &["--plain"]] {
            let all = [&["osi", "--level=friend"], args, form].concat();
            let run = netlab(&all);
            assert_eq!(run.code, Some(0), "{all:?}: {}", run.stderr);
            walk_is_plain(&all, &run.stdout);
        }
        let all = [&["osi", "--level=student", "--format=html"], args].concat();
        walk_is_plain(&all, &page_at(&netlab(&all).stdout, "fr"));
        for form in ["svg", "mermaid"] {
            let all = [&["osi", "--level=friend", "--format", form], args].concat();
            assert!(!netlab(&all).stdout.contains("segment"), "{all:?}");
        }
    };
    for layer in ["1", "2", "3", "4", "5", "6", "7", "transport"] {
        walk(&[layer]);
    }
    for name in captures() {
        walk(&["--capture", &name]);
    }
    for frame in 1..=18 {
        walk(&["--frame", &frame.to_string()]);
        walk(&["--capture", "websocket-wss", "--frame", &frame.to_string()]);
    }
}

#[test]
fn so_it_is_where_each_frame_waits_for_enter() {
    for name in ["handshake-lost-synack", "websocket-wss"] {
        let run =
            netlab_with_input(&["replay", name, "--level=friend", "--step"], "\n".repeat(60).as_bytes());
        let text = words_of(&run.stdout).replace("Enter", "");
        assert_eq!(abbreviations(&text), [""; 0], "{text}");
        assert!(text.contains("asks: can you hear me?"), "{text}");
    }
    is_plain(&["handshake", "--mode=replay", "--level=friend"]);
    is_plain(&["websocket", "--mode=replay", "--level=friend"]);
}

#[test]
fn a_friend_who_asks_for_all_gets_all() {
    let run = netlab(&["replay", "handshake", "--level=friend", "-v"]);
    assert!(run.stdout.contains("SYN-SENT") && run.stdout.contains("(raw "), "{}", run.stdout);
    assert!(run.stdout.contains("Can you hear me?"));
}

/// The sentences of a screen that is read aloud, without what it says of the frame before them and of what to do next.
fn sentences(screen: &str) -> Vec<String> {
    let told = screen.split("\nNext:").next().unwrap();
    let mut all = Vec::new();
    for line in told.lines().skip(1).map(str::trim).filter(|line| !line.starts_with("Frame ")) {
        // What a page says with a sign.
        let line = line.strip_prefix("Worth a note: ").unwrap_or(line);
        let line = line.replace("The client breaks a rule.", "").replace("The server breaks a rule.", "");
        let mut rest = line.as_str();
        while let Some(end) = rest.find(['.', '!', '?']).map(|at| at + 1) {
            let sentence = rest[..end].trim();
            // A pause in what a program said ends no sentence, and what was cut there is whole on a page.
            if sentence.split(' ').count() > 3 && !sentence.contains('…') {
                all.push(sentence.to_owned());
            }
            rest = &rest[end..];
        }
    }
    all
}

#[test]
fn a_page_says_to_a_friend_what_the_terminal_says() {
    let (mut lacking, mut count) = (Vec::new(), 0);
    for name in captures() {
        let screen = netlab(&["replay", &name, "--level=friend", "--plain", "--width=400"]).stdout;
        // Whatever level it was made for: it has all three.
        let page = netlab(&["replay", &name, "--level=engineer", "--format=html"]).stdout;
        let page = page_at(&page, "fr").replace('\n', " ");
        for sentence in sentences(&screen) {
            count += 1;
            if !page.contains(&sentence) {
                lacking.push(format!("{name}: {sentence}"));
            }
        }
    }
    assert!(count > 500, "{count}");
    assert_eq!(lacking, [""; 0]);
}

#[test]
fn what_a_broken_rule_asks_for_is_told_in_everyday_words() {
    for (capture, due) in [
        ("websocket-unmasked-client", "So the server must hang up."),
        ("websocket-bad-accept", "So the client must hang up."),
        ("websocket-rule-key", "So the server must say no."),
    ] {
        let run = netlab(&["replay", capture, "--level=friend", "--width=80"]);
        let shown = run.stdout.replace("│", "").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(due) && !shown.contains("Due:"), "{capture}: {shown}");
    }
}

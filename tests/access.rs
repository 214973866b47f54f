//! Everybody can read it: without colour, without drawings, without anything but ASCII, and in 40 columns.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/conversation.rs"]
mod conversation;
mod util;

use netlab::render::in_ascii;
use netlab::source::Bundled;
use unicode_width::UnicodeWidthStr;
use util::{Run, command, netlab, netlab_with_input};

/// Every command that shows a capture, and those that show something else.
fn screens() -> Vec<Vec<String>> {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut all: Vec<_> = [
        "captures",
        "doctor",
        "handshake --list",
        "websocket --list",
        "flows handshake handshake-ipv6 websocket-chat websocket-wss --messages",
        "replay handshake --step",
        "replay websocket-tutorial --quiz",
        "replay handshake -v --bytes --level=engineer",
        "replay websocket-tutorial -v --bytes --level=friend",
        "dissect websocket-wss",
        "dissect websocket-tutorial",
        "osi --bytes",
        "osi 4",
        "osi --capture=websocket-wss",
        "explain tcp.flags.syn",
        "explain --all",
    ]
    .map(words)
    .into();
    for bundled in Bundled::all() {
        for what in ["replay", "flows", "check", "captures"] {
            all.push(words(&format!("{what} {}", bundled.name)));
        }
    }
    all
}

/// What is typed where somebody is asked.
const TYPED: &[u8] = b"?\nl\nx\nb\n\na\n?\nb\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";

fn shown(screen: &[String], more: &[&str]) -> Run {
    let args: Vec<&str> = screen.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let run = netlab_with_input(&args, TYPED);
    assert!(matches!(run.code, Some(0 | 3)), "{args:?}: {}", run.stderr);
    run
}

fn is_drawn(sign: char) -> bool {
    matches!(sign, '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{25ff}' | '✓' | '✗' | '·')
}

#[test]
fn plain_and_ascii_keep_to_any_width_and_to_their_signs() {
    for screen in screens() {
        // Stories are drawn for each width; those of broken rules are like the others.
        let widths = match screen.iter().any(|word| word.starts_with("websocket-rule-")) {
            true => &[40][..],
            false if screen[0] == "replay" => &[40, 41, 60, 80, 140],
            false => &[40, 80],
        };
        for width in widths {
            let width_arg = format!("--width={width}");
            for manner in [&["--ascii"][..], &["--plain"], &["--plain", "--ascii"]] {
                if *width != 40 && manner == ["--plain"] {
                    continue;
                }
                let run = shown(&screen, &[manner, &[&width_arg]].concat());
                for line in run.stdout.lines() {
                    let what = || format!("{screen:?} {manner:?} {width}: {line}");
                    // A command that must be typed stands on one line.
                    assert!(line.width() <= *width || screen == ["doctor"], "{}", what());
                    assert!(line.is_ascii() || !manner.contains(&"--ascii"), "{}", what());
                    assert!(!line.contains(is_drawn) || !manner.contains(&"--plain"), "{}", what());
                    assert!(!line.contains('\u{1b}'), "{}", what());
                }
                assert!(run.stderr.is_ascii() || !manner.contains(&"--ascii"), "{}", run.stderr);
            }
        }
    }
}

/// Words in the order in which they stand, without what is drawn.
fn words(text: &str) -> Vec<String> {
    let word = |c: char| c.is_alphanumeric() || "._:".contains(c);
    text.split(|c| !word(c))
        .map(|word| word.trim_matches([':', '.']))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn ascii_says_every_word_that_the_drawing_has() {
    for screen in screens() {
        // Wide enough that nothing is cut or broken for want of room.
        let [drawn, ascii] =
            [&["--width=300"][..], &["--width=300", "--ascii"]].map(|more| shown(&screen, more).stdout);
        assert!(words(&in_ascii(&drawn)) == words(&ascii), "{screen:?}: {ascii}");
    }
}

#[test]
fn a_step_is_said_in_sentences() {
    let told = netlab(&["replay", "handshake", "--plain", "--width=80"]).stdout;
    for sentence in [
        "Frame 3, client to server, 0.04 ms later: SYN.\n",
        "The client goes from CLOSED to SYN-SENT.\nThe server goes from LISTEN to SYN-RECEIVED.\n",
        "\nFlags 0x002. Relative sequence number 0, raw 1859024025. No acknowledgement\n",
        "Find it: tcp.flags.syn == 1 and tcp.flags.ack == 0\nSource: RFC 9293 3.5\n",
    ] {
        assert!(told.contains(sentence), "{sentence}");
    }
    let lost = netlab(&["replay", "handshake-lost-syn", "--plain", "--width=80"]).stdout;
    assert!(lost.contains(", lost on its way: SYN."), "{lost}");
    let masked = netlab(&["replay", "websocket-tutorial", "--plain", "--width=80"]).stdout;
    let sum = "\npayload: 4d 79 20 6e 61 …\nXOR the key: 68 81 86 1a 68 …\non the wire: 25 f8 a6 74 09 …\nJavaScript: ";
    assert!(masked.contains(sum), "{masked}");
    let walk = netlab(&["osi", "--plain", "--width=140"]).stdout;
    let cost = "Bytes by layer: the wire's own 24; frames 14; IP 20; TCP 32; the program's protocol 6; the message 15.";
    assert!(walk.contains(cost), "{walk}");
    assert!(walk.contains("\n 4 transport: TCP adds 32 bytes; 53 bytes now.\n"), "{walk}");
    let fields = netlab(&["dissect", "handshake", "--frames=3", "--plain", "--width=80"]).stdout;
    assert!(fields.contains("\n    Sequence number, from the start: 0, tcp.seq\n"), "{fields}");
    let listed = netlab(&["flows", "handshake", "--plain", "--width=200"]).stdout;
    let row =
        "tcp 0: textbook. Client 10.7.0.1:54675, server 10.7.0.2:8080. It starts at 0.000503 s, lasts 876 µs";
    assert!(listed.contains(row), "{listed}");
}

#[test]
fn who_listens_is_told_what_each_number_is() {
    let run = netlab(&["replay", "handshake", "--plain", "--bytes"]);
    for text in [
        "Flags 0x002. Relative sequence number 0, raw 1859024025. No acknowledgement\nnumber: the flag is not set.",
        "Acknowledgement number 1 = 0 + 1: the client's SYN takes one number.",
        "Window 64240 bytes, not scaled yet.\nOptions: maximum segment size 1460 bytes, window scale ×128, selective\n\
         acknowledgement permitted, timestamps.",
        "Window in bytes 64256 = 502 × 128: the window, scaled as the SYN said.",
        "ACK. Acknowledgement number 15 = 1 +\n14.",
        "tcp.srcport: 54675, in bytes 34 to 35: d5 93",
        "Bytes 16 to 31: 00 3c bb a1",
    ] {
        assert!(run.stdout.contains(text), "{text}\n{}", run.stdout);
    }
    let run = netlab(&["replay", "websocket-lengths", "--plain", "-v"]);
    for text in [
        "byte 0x81, in bits 1 000 0001: FIN, text (1)",
        "length 00 7e: 126 bytes",
        "length 00 00 00 00 00 01 00 00: 65,536 bytes",
        "masking key: 69 0f a3 d5",
        "payload: 78 78 78 78 78 …",
    ] {
        assert!(run.stdout.contains(text), "{text}\n{}", run.stdout);
    }
    for bundled in Bundled::all() {
        let run = netlab(&["replay", &bundled.name, "--plain", "-v", "--width=140"]);
        for line in run.stdout.lines() {
            let is_byte = |word: &str| word.len() == 2 && u8::from_str_radix(word, 16).is_ok();
            let bare = line.split(' ').take_while(|word| is_byte(word)).count();
            assert!(bare < 2, "{}: {line}", bundled.name);
            assert!(
                !["flags ", "seq ", "next ", "window "].iter().any(|name| line.starts_with(name)),
                "{line}"
            );
        }
    }
}

#[test]
fn captured_text_beyond_ascii_is_escaped() {
    let path = format!("{}/access.pcap", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, conversation::hostile()).unwrap();
    for width in [40, 80, 140] {
        for manner in [&["--ascii"][..], &["--plain", "--ascii"]] {
            let width_arg = format!("--width={width}");
            for what in ["replay", "dissect"] {
                let run = netlab(&[&[what, path.as_str(), &width_arg, "-v"], manner].concat());
                assert!(run.stdout.is_ascii() && run.stderr.is_ascii(), "{what} {}", run.stdout);
                assert!(run.stdout.lines().all(|line| line.len() <= width), "{what} {width}: {}", run.stdout);
            }
        }
    }
}

#[test]
fn a_locale_that_is_not_utf_8_gets_ascii() {
    let told = |locale: &[(&str, &str)]| {
        let mut command = command(&["replay", "handshake", "--width=80"]);
        command.env_remove("LC_ALL").env_remove("LC_CTYPE").env_remove("LANG");
        Run::from(command.envs(locale.iter().copied()).output().unwrap()).stdout.is_ascii()
    };
    for other in [
        &[("LC_ALL", "C")][..],
        &[("LANG", "de_DE.ISO-8859-1")],
        &[("LC_CTYPE", "POSIX"), ("LANG", "C.UTF-8")],
    ] {
        assert!(told(other), "{other:?}");
    }
    for utf8 in
        [&[][..], &[("LANG", "en_US.utf8")], &[("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")]]
    {
        assert!(!told(utf8), "{utf8:?}");
    }
}

#[test]
fn json_is_the_same_whatever_is_asked_of_the_text() {
    let told =
        |more: &[&str]| netlab(&[&["replay", "websocket-chat", "--format=json"], more].concat()).stdout;
    assert_eq!(told(&[]), told(&["--plain", "--ascii", "--width=40", "--color=always"]));
}

#[test]
fn colour_comes_as_it_is_asked_for() {
    let colored = |args: &[&str], set: &[(&str, &str)]| {
        let mut command = command(&[&["replay", "handshake"], args].concat());
        Run::from(command.envs(set.iter().copied()).output().unwrap()).stdout.contains("\u{1b}[")
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color=always"], &[("NO_COLOR", "1"), ("TERM", "dumb")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color=never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["--plain", "--color=always"], &[]));
}

#[test]
fn a_terminal_of_sixteen_colours_gets_no_more() {
    let many = |set: &[(&str, &str)]| {
        let mut command = command(&["replay", "handshake", "--color=always"]);
        Run::from(command.env_remove("TERM").envs(set.iter().copied()).output().unwrap())
            .stdout
            .contains("\u{1b}[38;5;")
    };
    assert!(!many(&[]));
    assert!(!many(&[("TERM", "linux"), ("COLORTERM", "")]));
    assert!(many(&[("TERM", "screen-256color")]));
    assert!(many(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]));
}

/// `text` without its colours, and what of it was red; what is broken into lines is one.
fn without_colour(text: &str) -> (String, Vec<String>) {
    let (mut out, mut red, mut goes_on) = (String::new(), Vec::<String>::new(), false);
    let mut parts = text.split("\u{1b}[");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (codes, rest) = part.split_once('m').unwrap();
        out.push_str(rest);
        let is_red = codes.ends_with(ALARM);
        match red.last_mut().filter(|_| goes_on) {
            Some(last) if is_red => last.extend([" ", rest]),
            _ if is_red => red.push(rest.to_owned()),
            _ => {}
        }
        goes_on = is_red || goes_on && rest.chars().all(|sign| sign.is_whitespace() || sign == '│');
    }
    (out, red)
}

/// What the alarm's colour is on a terminal.
const ALARM: &str = "38;5;197";

#[test]
fn nothing_is_said_by_colour_alone() {
    let mut alarms = 0;
    for screen in screens() {
        let [colored, never] = ["always", "never"]
            .map(|when| shown(&screen, &["--width=80", &format!("--color={when}")]).stdout);
        let (text, red) = without_colour(&colored);
        assert_eq!(text, never, "{screen:?}");
        // What is an alarm says so.
        for text in &red {
            alarms += 1;
            let says = [
                "✗",
                "lost",
                "refused",
                "reset",
                "unanswered",
                "broke",
                "Refused",
                "No SYN",
                "not ",
                "never",
            ];
            // What `doctor` says of a live mode for which somebody lacks the rights.
            let says_no = text.trim() == "no";
            assert!(says_no || says.iter().any(|word| text.contains(word)), "{screen:?}: {text}");
        }
    }
    assert!(alarms > 50, "{alarms}");
}

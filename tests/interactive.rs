//! `netlab websocket --interactive`: what is typed crosses the wire, each frame is shown, wrong commands get a line that helps.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop here")]
#![cfg(all(target_os = "linux", feature = "live"))]

#[path = "util/interfaces.rs"]
mod interfaces;
#[path = "util/terminal.rs"]
mod terminal;
mod util;

use std::thread::sleep;
use std::time::Duration;

use interfaces::{can_capture, listening};
use serde_json::Value;
use terminal::Terminal;
use util::{Run, netlab, netlab_with_input};

const LAB: [&str; 3] = ["websocket", "--interactive", "--mode=lab"];

/// Lines from a pipe, told as JSON.
fn piped(lines: &str) -> Run {
    let run = netlab_with_input(&[&LAB[..], &["--format=json"]].concat(), lines.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run
}

/// Each WebSocket frame in short: `> ws.text hello`.
fn frames(run: &Run) -> Vec<String> {
    let steps = run.json().into_iter().filter(|object| {
        let what = object["what"].as_str().unwrap_or_default();
        what.starts_with("ws.") && !what.starts_with("ws.asked") && !what.starts_with("ws.opened")
    });
    steps.map(|step| in_short(&step)).collect()
}

fn in_short(step: &Value) -> String {
    let arrow = if step["from"] == "client" { ">" } else { "<" };
    let fields = &step["fields"];
    let payload = data_encoding::HEXLOWER.decode(fields["websocket.payload"].as_str().unwrap().as_bytes());
    let payload = payload.unwrap();
    let shown = match fields["websocket.payload.close.status_code"].as_u64() {
        Some(code) => format!("{code} {}", String::from_utf8_lossy(&payload[2..])),
        None => payload.escape_ascii().to_string(),
    };
    format!("{arrow} {} {shown}", step["what"].as_str().unwrap()).trim_end().to_owned()
}

#[test]
fn what_is_typed_crosses_the_wire_and_is_answered() {
    let run = piped("hello\n/ping still there?\n/binary 00 ff\n//help\n{heard}\n/close 4001 see you\nlate\n");
    assert_eq!(
        frames(&run),
        [
            "> ws.text hello",
            "< ws.text hello",
            "> ws.ping still there?",
            "< ws.pong still there?",
            r"> ws.binary \x00\xff",
            r"< ws.binary \x00\xff",
            "> ws.text /help",
            "< ws.text /help",
            "> ws.text {heard}",
            "< ws.text {heard}",
            "> ws.close 4001 see you",
            "< ws.close_answer 4001 see you",
        ]
    );
    assert_eq!(run.json().last().unwrap()["outcome"], "closed");
    assert_eq!(run.stderr, "");
}

#[test]
fn a_message_goes_out_in_as_many_frames_as_were_asked_for() {
    let run = piped("/fragment 3\nHello\n/fragment 2 Bye\none\n");
    let expected = [
        "> ws.fragment H",
        "> ws.fragment el",
        "> ws.fragment_last lo",
        "< ws.text Hello",
        "> ws.fragment B",
        "> ws.fragment_last ye",
        "< ws.text Bye",
        "> ws.text one",
        "< ws.text one",
    ];
    assert_eq!(frames(&run)[..9], expected);
    assert!(run.stderr.contains("The next message goes out in 3 frames."), "{}", run.stderr);
}

#[test]
fn what_was_typed_is_kept_and_breaks_no_rule() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("typed.pcapng");
    let path = file.to_str().unwrap();
    let lines = "hello\n/ping\n/fragment 3 in three parts\n/binary 00ff80\n/close 3000 bye\n";
    let args = [&LAB[..], &["--format=json", "--save", path]].concat();
    let run = netlab_with_input(&args, lines.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let check = netlab(&["check", path, "--format=json"]);
    assert_eq!((check.code, check.stdout.as_str()), (Some(0), ""), "{}", check.stderr);
    assert_eq!(frames(&netlab(&["replay", path, "--format=json"])), frames(&run));
}

#[test]
fn the_end_of_input_says_goodbye_with_1000() {
    for lines in ["", "/quit\n", "/close 1000\n"] {
        assert_eq!(frames(&piped(lines)), ["> ws.close 1000", "< ws.close_answer 1000"], "{lines:?}");
    }
    assert_eq!(frames(&piped("/close\n")), ["> ws.close", "< ws.close_answer"]);
}

#[test]
fn wrong_commands_get_one_line_each_and_change_nothing() {
    let run = piped("/pin\n/close 1006\n/binary xyz\n/fragment 0\n\nhi\n");
    let told: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(told.len(), 4, "{told:#?}");
    for (line, says) in told.iter().zip(["/ping?", "never crosses the wire", "/binary 00ff", "/fragment 3"]) {
        assert!(line.contains(says), "{line}");
    }
    assert_eq!(frames(&run)[..2], ["> ws.text hi", "< ws.text hi"]);
}

#[test]
fn a_line_that_is_too_long_is_not_sent() {
    let run = piped(&format!("{}\nhi\n", "x".repeat(1 << 20)));
    assert!(run.stderr.contains("is not sent"), "{}", run.stderr);
    assert_eq!(frames(&run)[..2], ["> ws.text hi", "< ws.text hi"]);
}

#[test]
fn very_many_lines_wait_for_their_turn() {
    let lines: String = (0..300).map(|number| format!("message {number}\n")).collect();
    let run = piped(&lines);
    let sent: Vec<String> = frames(&run).into_iter().filter(|frame| frame.starts_with("> ws.text")).collect();
    let expected: Vec<String> = (0..300).map(|number| format!("> ws.text message {number}")).collect();
    assert_eq!(sent, expected);
}

/// How long a student thinks: longer than the lab waits for programs where everything is checked, a moment elsewhere.
fn thought() -> Duration {
    Duration::from_secs(if std::env::var_os("NETLAB_CI").is_some() { 20 } else { 2 })
}

#[test]
fn in_a_terminal_each_frame_is_shown_when_it_crosses_the_wire() {
    let mut terminal = Terminal::start(&[&LAB[..], &["--color=never"]].concat(), 80);
    terminal.wait_for("Type a message and press Enter");
    assert!(terminal.seen.contains("101 Switching Protocols"), "{}", terminal.seen);
    terminal.type_text("hello\n");
    terminal.wait_for("══ text “hello” ═");
    terminal.wait_for("═ text “hello” ══");
    terminal.type_text("/help\n");
    terminal.wait_for("/close [code] [reason]");
    sleep(thought());
    // Not the stepper's key here.
    terminal.type_text("q\n");
    terminal.wait_for("══ text “q” ═");
    terminal.wait_for("═ text “q” ══");
    terminal.type_text("\x04");
    terminal.wait_for("══ close 1000 ═");
    terminal.wait_for("Next:");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn control_c_ends_with_130() {
    let mut terminal = Terminal::start(&LAB, 80);
    terminal.wait_for("Type a message");
    terminal.type_text("\x03");
    assert_eq!(terminal.end().0.code(), Some(130));
}

#[test]
fn it_goes_with_nothing_that_speaks_by_itself() {
    for other in ["--step", "--quiz", "--send=x", "--scenario=tutorial", "--listen=8080", "--pace=1"] {
        assert_eq!(netlab(&["websocket", "--interactive", other]).code, Some(2), "{other}");
    }
    let run = netlab_with_input(&["websocket", "--interactive", "--mode=replay"], b"");
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("a recording says only what it has said"), "{}", run.stderr);
}

#[test]
fn on_loopback_and_with_a_server_it_is_the_same() {
    if !can_capture() {
        return;
    }
    let expected = [
        "> ws.text hello",
        "< ws.text hello",
        "> ws.ping",
        "< ws.pong",
        "> ws.close 1000",
        "< ws.close_answer 1000",
    ];
    let lines = b"hello\n/ping\n";
    let run = netlab_with_input(&["websocket", "--interactive", "--mode=loopback", "--format=json"], lines);
    assert_eq!(frames(&run), expected, "{}", run.stderr);
    // A server of our own on a port that was free just now.
    let server = listening(1);
    let url = format!("ws://127.0.0.1:{}/", server.port);
    let run = netlab_with_input(&["websocket", &url, "--interactive", "--format=json"], lines);
    assert_eq!(
        (frames(&run).as_slice(), run.code),
        (&expected.map(str::to_owned)[..], Some(0)),
        "{}",
        run.stderr
    );
    let told = server.end();
    assert!(told.stdout.contains("ws.close_answer"), "{}", told.stdout);
}

//! `netlab websocket` acts its scenarios out on the kernel's own TCP: each tells what its file says, and what it saves is
//! sound, to our referee and to tshark.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test may stop here")]

#[path = "util/referee.rs"]
mod referee;
mod util;

use std::path::Path;
use std::process::Command;

use referee::tshark_is_here;
use serde_json::Value;
use util::{Run, netlab};

/// A scenario in the lab, as JSON.
fn play(more: &[&str]) -> Run {
    let run = netlab(&[&["websocket", "--mode=lab", "--format=json"], more].concat());
    assert_eq!(run.code, Some(0), "{more:?}: {}", run.stderr);
    run
}

/// What the programs said, in short: `> ws.text Hello`.
fn said(run: &Run) -> Vec<String> {
    let steps = run.json().into_iter().filter(|object| object["kind"] == "step");
    let programs = steps.filter(|step| {
        let what = step["what"].as_str().unwrap();
        what.starts_with("ws.") || what.starts_with("http.")
    });
    programs.map(|step| in_short(&step)).collect()
}

fn in_short(step: &Value) -> String {
    let arrow = if step["from"] == "client" { ">" } else { "<" };
    let fields = &step["fields"];
    let detail = ["text", "close_code", "close_reason", "len"]
        .iter()
        .filter_map(|name| fields.get(*name).or(fields.get(format!("ws.{name}"))))
        .map(|value| format!(" {value}"))
        .collect::<String>();
    format!("{arrow} {}{detail}", step["what"].as_str().unwrap())
}

fn kinds(run: &Run) -> Vec<String> {
    said(run).iter().map(|said| said.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

/// The code lines of all steps.
fn code(run: &Run) -> Vec<String> {
    let steps = run.json().into_iter();
    let lines = steps.flat_map(|step| step["code"].as_array().cloned().unwrap_or_default());
    lines.map(|line| line.as_str().unwrap().to_owned()).collect()
}

/// Opcodes of all frames, as tshark reads the file.
fn opcodes_by_tshark(file: &Path) -> Vec<String> {
    let output = Command::new("tshark")
        .args(["-Y", "websocket", "-T", "fields", "-e", "websocket.opcode", "-r"])
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split([',', '\n']).filter(|opcode| !opcode.is_empty()).map(str::to_owned).collect()
}

/// Plays it, keeps it, and has the file judged: `rules` are those that it breaks.
fn judged(scenario: &str, more: &[&str], opcodes: &[&str], rules: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept.pcapng");
    let path = file.to_str().unwrap();
    let run = play(&[&["--scenario", scenario, "--save", path], more].concat());
    let check = netlab(&["check", path, "--format=json"]);
    let verdicts = check.json().into_iter().filter(|object| object["kind"] == "verdict");
    let found: Vec<Value> = verdicts.map(|verdict| verdict["rule"].clone()).collect();
    assert_eq!(found, rules, "{scenario}: {}", check.stderr);
    if tshark_is_here() {
        assert_eq!(opcodes_by_tshark(&file), opcodes, "{scenario}");
    }
    run
}

#[test]
fn a_chat_is_told_from_the_first_word_to_the_goodbye() {
    let run = judged("chat", &[], &["1", "1", "9", "10", "8", "8"], &[]);
    assert_eq!(
        kinds(&run),
        [
            "> ws.asked",
            "< ws.opened",
            "> ws.text",
            "< ws.text",
            "> ws.ping",
            "< ws.pong",
            "> ws.close",
            "< ws.close_answer"
        ]
    );
    assert_eq!(
        code(&run)[..3],
        ["new WebSocket(\"ws://10.7.0.2:8080/\")", "onopen fires", "socket.send(\"Hello, server!\")"]
    );
    assert_eq!(code(&run).last().unwrap(), "onclose fires: code 1000, reason \"bye\", wasClean true",);
}

#[test]
fn the_chat_comes_in_the_same_order_at_every_run() {
    let first = kinds(&play(&[]));
    for _ in 0..5 {
        assert_eq!(kinds(&play(&[])), first);
    }
}

#[test]
fn the_tutorial_is_what_the_page_does() {
    let run = judged("tutorial", &[], &["1", "1", "8", "8"], &[]);
    let code = code(&run);
    for line in [
        "new WebSocket(\"ws://10.7.0.2:8080/\")",
        "onopen fires",
        "socket.send(\"My name is John\")",
        "onmessage fires: event.data is \"Hello from server, John!\"",
        "onclose fires: code 1000, reason \"Bye!\", wasClean true",
    ] {
        assert!(code.iter().any(|said| said == line), "{line} is not in {code:#?}");
    }
}

#[test]
fn ones_own_words_protocols_and_headers_are_sent() {
    let run =
        play(&["--send=one", "--send=two", "--protocol=a", "--protocol=b", "--header=Origin: http://x"]);
    let code = code(&run);
    assert_eq!(code[0], "new WebSocket(\"ws://10.7.0.2:8080/\", [\"a\", \"b\"])");
    assert!(
        code.contains(&"socket.send(\"one\")".to_owned())
            && code.contains(&"socket.send(\"two\")".to_owned())
    );
    let asked = run.json().into_iter().find(|step| step["what"] == "ws.asked").unwrap();
    let lines = asked["fields"]["http.request.line"].to_string();
    assert!(lines.contains("Origin: http://x") && lines.contains("Sec-WebSocket-Protocol: a, b"), "{lines}");
    let opened = run.json().into_iter().find(|step| step["what"] == "ws.opened").unwrap();
    let lines = opened["fields"]["http.response.line"].to_string();
    assert!(lines.contains("Sec-WebSocket-Protocol: a\\r"), "{lines}");
}

#[test]
fn over_ipv6_it_is_the_same() {
    assert_eq!(kinds(&play(&["-6"])), kinds(&play(&[])));
}

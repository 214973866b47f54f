//! `netlab websocket` acts its scenarios out on the kernel's own TCP: each tells what its file says, and what it saves is
//! sound, to our referee and to tshark.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test may stop here")]

#[path = "util/referee.rs"]
mod referee;
mod util;

use std::path::Path;
use std::process::Command;

use netlab::lab::scenario::Scenario;
use referee::tshark_is_here;
use serde_json::Value;
use util::{Run, netlab, netlab_with_input};

/// A scenario in the lab, as JSON.
fn play(more: &[&str]) -> Run {
    let run = netlab(&[&["websocket", "--mode=lab", "--format=json"], more].concat());
    assert_eq!(run.code, Some(0), "{more:?}: {}", run.stderr);
    run
}

/// What the programs said, in short: `>text <text`.
fn said(run: &Run) -> String {
    let steps = run.json().into_iter().filter(|object| object["kind"] == "step");
    let said = steps.filter_map(|step| {
        let what = step["what"].as_str()?;
        let what = what.strip_prefix("ws.").or(what.strip_prefix("http."))?;
        Some(format!("{}{what}", if step["from"] == "client" { ">" } else { "<" }))
    });
    said.collect::<Vec<String>>().join(" ")
}

/// The code lines of all steps.
fn code(run: &Run) -> Vec<String> {
    let steps = run.json().into_iter();
    let lines = steps.flat_map(|step| step["code"].as_array().cloned().unwrap_or_default());
    lines.map(|line| line.as_str().unwrap().to_owned()).collect()
}

/// Opcodes of all frames, as tshark reads the file.
fn opcodes_by_tshark(file: &Path) -> String {
    let output = Command::new("tshark")
        .args(["-Y", "websocket", "-T", "fields", "-e", "websocket.opcode", "-r"])
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split([',', '\n']).filter(|opcode| !opcode.is_empty()).collect::<Vec<&str>>().join(" ")
}

/// What a scenario must come to.
struct Expected {
    name: &'static str,
    /// What is said, in order; `>` by the client.
    said: &'static str,
    /// What the page is told at the end: code, reason, whether both said goodbye. `None` where nothing was open, or nobody is left to be told.
    onclose: Option<(u16, &'static str, bool)>,
    /// Opcodes of the frames, as tshark reads them: a message's own opcode stands with its last frame.
    opcodes: &'static str,
    /// What the referee finds in what was saved.
    rules: &'static [&'static str],
}

const BYE: Option<(u16, &str, bool)> = Some((1000, "bye", true));

#[rustfmt::skip]
const ALL: &[Expected] = &[
    Expected { name: "chat", said: ">asked <opened >text <text >ping <pong >close <close_answer", onclose: BYE, opcodes: "1 1 9 10 8 8", rules: &[] },
    Expected { name: "tutorial", said: ">asked <opened >text <text <close >close_answer", onclose: Some((1000, "Bye!", true)), opcodes: "1 1 8 8", rules: &[] },
    Expected { name: "binary", said: ">asked <opened >binary <binary >close <close_answer", onclose: BYE, opcodes: "2 2 8 8", rules: &[] },
    Expected { name: "fragmented", said: ">asked <opened >fragment >ping <pong >fragment >fragment_last <text >close <close_answer", onclose: BYE, opcodes: "1 9 10 0 0 1 8 8", rules: &[] },
    Expected { name: "split-codepoint", said: ">asked <opened >fragment >fragment_last <text >close <close_answer", onclose: BYE, opcodes: "1 0 1 8 8", rules: &[] },
    Expected { name: "ping-pong", said: ">asked <opened >ping <pong >ping <pong >ping <pong <ping >pong >pong >close <close_answer", onclose: BYE, opcodes: "9 10 9 10 9 10 9 10 10 8 8", rules: &["ws.pong_unasked"] },
    Expected { name: "lengths", said: ">asked <opened >text >text >text >text >text >close <close_answer", onclose: BYE, opcodes: "1 1 1 1 1 8 8", rules: &[] },
    Expected { name: "compressed", said: ">asked <opened >text <text >text <text >close <close_answer", onclose: BYE, opcodes: "1 1 1 1 8 8", rules: &[] },
    Expected { name: "compressed-no-context", said: ">asked <opened >text <text >text <text >close <close_answer", onclose: BYE, opcodes: "1 1 1 1 8 8", rules: &[] },
    Expected { name: "subprotocol", said: ">asked <opened >text <text >close <close_answer", onclose: BYE, opcodes: "1 1 8 8", rules: &[] },
    Expected { name: "coalesced", said: ">asked <opened <text >text <text >close <close_answer", onclose: BYE, opcodes: "1 1 1 8 8", rules: &[] },
    Expected { name: "byte-by-byte", said: ">asked <opened >text <text >close <close_answer", onclose: BYE, opcodes: "1 1 8 8", rules: &[] },
    // tshark 4.0 does not look into what a proxy carries.
    Expected { name: "through-proxy", said: ">request <answer >asked <opened >text <text >close <close_answer", onclose: BYE, opcodes: "", rules: &[] },
    Expected { name: "wss", said: ">asked <opened >text <text >close <close_answer", onclose: BYE, opcodes: "1 1 8 8", rules: &[] },
    // The same on the wire, and nobody can read it.
    Expected { name: "wss-without-keys", said: "", onclose: None, opcodes: "", rules: &[] },
    Expected { name: "close-1000", said: ">asked <opened >close <close_answer", onclose: Some((1000, "nothing to say", true)), opcodes: "8 8", rules: &[] },
    Expected { name: "going-away-1001", said: ">asked <opened >text <text >close <close_answer", onclose: None, opcodes: "1 1 8 8", rules: &[] },
    Expected { name: "abnormal-1006", said: ">asked <opened >text <text", onclose: Some((1006, "", false)), opcodes: "1 1", rules: &["ws.no_close"] },
    Expected { name: "server-restart-1012", said: ">asked <opened >text <text <close >close_answer", onclose: Some((1012, "restarting, come again", true)), opcodes: "1 1 8 8", rules: &[] },
    Expected { name: "too-big-1009", said: ">asked <opened >text <close >close_answer", onclose: Some((1009, "", true)), opcodes: "1 8 8", rules: &[] },
    Expected { name: "bad-accept", said: ">asked <failed", onclose: None, opcodes: "", rules: &["ws.accept"] },
    Expected { name: "not-upgraded", said: ">asked <refused", onclose: None, opcodes: "", rules: &[] },
    Expected { name: "wrong-version", said: ">asked <refused", onclose: None, opcodes: "", rules: &["ws.version"] },
    Expected { name: "unmasked-client", said: ">asked <opened >text <close >close_answer", onclose: Some((1002, "", true)), opcodes: "1 8 8", rules: &["ws.client_must_mask"] },
    Expected { name: "masked-server", said: ">asked <opened >text <text >close", onclose: Some((1006, "", false)), opcodes: "1 1 8", rules: &["ws.server_must_not_mask", "ws.close_unanswered"] },
    Expected { name: "invalid-utf8", said: ">asked <opened >text <close >close_answer", onclose: Some((1007, "", true)), opcodes: "1 8 8", rules: &["ws.text_not_utf8"] },
    Expected { name: "reserved-opcode", said: ">asked <opened >unknown <close >close_answer", onclose: Some((1002, "", true)), opcodes: "3 8 8", rules: &["ws.reserved_opcode"] },
    Expected { name: "forbidden-close-code", said: ">asked <opened >close <close_answer", onclose: Some((1002, "Protocol violation", true)), opcodes: "8 8", rules: &["ws.forbidden_close_code"] },
];

impl Expected {
    fn of(name: &str) -> &'static Expected {
        ALL.iter().find(|expected| expected.name == name).unwrap_or_else(|| panic!("{name} is not expected"))
    }

    /// Plays it, keeps it, and has the file judged.
    fn holds(&self) -> Run {
        let name = self.name;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kept.pcapng");
        let path = file.to_str().unwrap();
        let run = play(&["--scenario", name, "--save", path]);
        assert_eq!(said(&run), self.said, "{name}");
        // A client that must fail the connection is told of an error first.
        let fails = self.rules.contains(&"ws.server_must_not_mask");
        let start = if fails { "onerror, then onclose: " } else { "onclose fires: " };
        let told = code(&run).into_iter().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
        let onclose = self
            .onclose
            .map(|(code, reason, clean)| format!("{start}code {code}, reason {reason:?}, wasClean {clean}"));
        assert_eq!(told, Vec::from_iter(onclose), "{name}");
        let check = netlab(&["check", path, "--format=json"]);
        let verdicts = check.json().into_iter().filter(|object| object["kind"] == "verdict");
        let found: Vec<Value> = verdicts.map(|verdict| verdict["rule"].clone()).collect();
        assert_eq!(found, self.rules, "{name}: {}", check.stderr);
        if tshark_is_here() {
            assert_eq!(opcodes_by_tshark(&file), self.opcodes, "{name}");
        }
        run
    }
}

#[test]
fn every_scenario_is_what_it_says() {
    // tests/rules.rs has those that break one rule each.
    for name in Scenario::names("websocket").into_iter().filter(|name| !name.starts_with("rule-")) {
        Expected::of(name).holds();
    }
}

#[test]
fn every_scenario_comes_the_same_at_every_run() {
    for name in ["chat", "too-big-1009", "not-upgraded", "wrong-version", "masked-server", "wss"] {
        let order = |run: &Run| {
            let steps = run.json().into_iter().filter(|object| object["kind"] == "step");
            steps.map(|step| format!("{} {}", step["from"], step["what"])).collect::<Vec<String>>()
        };
        let first = order(&play(&["--scenario", name]));
        for _ in 0..4 {
            assert_eq!(order(&play(&["--scenario", name])), first, "{name}");
        }
    }
}

#[test]
fn the_chat_is_told_with_its_code() {
    let code = code(&play(&[]));
    let begin = ["new WebSocket(\"ws://10.7.0.2:8080/\")", "onopen fires", "socket.send(\"Hello, server!\")"];
    assert_eq!(code[..3], begin);
    assert_eq!(code.last().unwrap(), "onclose fires: code 1000, reason \"bye\", wasClean true");
}

#[test]
fn bytes_of_a_segment_of_their_own_are_so() {
    let steps = play(&["--scenario=byte-by-byte"]).json();
    let hi = steps.iter().find(|step| step["what"] == "ws.text").unwrap();
    assert_eq!(hi["frames"].as_array().unwrap().len(), 8, "a header of six bytes, and two: {hi}");
}

#[test]
fn what_goes_together_is_one_segment() {
    let steps = play(&["--scenario=coalesced"]).json();
    let of = |what: &str| steps.iter().find(|step| step["what"] == what).unwrap()["frames"].clone();
    assert_eq!(of("ws.opened"), of("ws.text"));
}

#[test]
fn a_memory_makes_the_second_message_shorter() {
    for (name, shorter) in [("compressed", true), ("compressed-no-context", false)] {
        let steps = play(&["--scenario", name]).json();
        let own = steps.iter().filter(|step| step["what"] == "tcp.data" && step["from"] == "client");
        let lengths: Vec<u64> = own.map(|step| step["fields"]["tcp.len"].as_u64().unwrap()).collect();
        // The request, both messages, the goodbye.
        let [_, first, second, _] = lengths[..] else { panic!("{name}: {lengths:?}") };
        assert_eq!(second < first, shorter, "{name}: {lengths:?}");
        assert!(second <= first, "{name}: {lengths:?}");
    }
}

#[test]
fn the_tutorial_is_what_the_page_does() {
    let code = code(&play(&["--scenario=tutorial"]));
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
    assert_eq!(said(&play(&["-6"])), Expected::of("chat").said);
}

#[test]
fn each_frame_waits_for_enter() {
    let run = netlab_with_input(
        &["websocket", "--mode=lab", "--step", "--format=json"],
        "\n".repeat(40).as_bytes(),
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(said(&run), Expected::of("chat").said);
    let steps = run.json();
    let frames = steps.iter().filter(|step| step["kind"] == "step" && !step["wire"].is_null());
    let held: Vec<bool> = frames.map(|step| step["wire"] == "held").collect();
    assert!(held.len() > 15 && held.iter().all(|held| *held), "{held:?}");
}

#[test]
fn what_a_scenario_does_not_say_is_not_taken() {
    for (args, says) in [
        (["--scenario=lengths", "--send=hi", "--send=ho"], "has its own words: leave --send out"),
        (["--scenario=subprotocol", "--send=hi", "--send=ho"], "says one message: give --send once"),
    ] {
        let run = netlab(&[&["websocket"], &args[..]].concat());
        assert_eq!(run.code, Some(2), "{args:?}");
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
    let run = play(&["--scenario=subprotocol", "--send=hi"]);
    assert!(code(&run).contains(&"socket.send(\"hi\")".to_owned()));
}

/// What a file says of the records in it, as tshark reads it, and whether it brings keys along.
fn records_by_tshark(file: &Path) -> (Vec<String>, usize) {
    let output = Command::new("tshark")
        .args(["-Y", "tls", "-T", "fields", "-e", "ip.src", "-e", "tls.record.opaque_type", "-r"])
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut reader = netlab::source::Reader::open(file).unwrap();
    while reader.next().unwrap().is_some() {}
    (text.lines().map(str::to_owned).collect(), reader.secrets().len())
}

#[test]
fn with_and_without_keys_the_wire_has_the_same() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = ["wss", "wss-without-keys"].map(|name| {
        let file = folder.path().join(name);
        let run = play(&["--scenario", name, "--save", file.to_str().unwrap()]);
        let inside = run.json().into_iter().filter(|step| step["inside"] == "tls").count();
        assert_eq!(inside > 0, name == "wss", "{name}");
        file
    });
    let [with, without] = files.each_ref().map(|file| records_by_tshark(file));
    assert_eq!(with.0, without.0);
    assert!(with.1 > 0 && without.1 == 0, "{} and {} blocks of keys", with.1, without.1);
    // Told again from the file, it is the same story.
    let replay = |file: &Path| said(&netlab(&["replay", file.to_str().unwrap(), "--format=json"]));
    assert_eq!(replay(&files[0]), Expected::of("wss").said);
    assert_eq!(replay(&files[1]), "");
}

#[test]
fn a_page_would_have_asked_by_wss() {
    let code = code(&play(&["--scenario=wss"]));
    assert!(code.iter().any(|line| line == "new WebSocket(\"wss://chat.netlab.test/chat\")"), "{code:?}");
}

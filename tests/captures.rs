//! The index of the bundled captures agrees with the files, and every one tells the story that it promises.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod util;

use netlab::lab::scenario::Scenario;
use netlab::source::{Bundled, Reader};
use sha2::{Digest, Sha256};
use util::netlab;

const PROMISED: [&str; 10] = [
    "handshake",
    "handshake-ipv6",
    "handshake-refused",
    "handshake-filtered",
    "handshake-lost-syn",
    "handshake-lost-synack",
    "websocket-node-ws",
    "websocket-chromium",
    "websocket-python-websockets",
    "websocket-nginx",
];

#[test]
fn every_promised_capture_is_there() {
    let names: Vec<String> = Bundled::all().into_iter().map(|bundled| bundled.name).collect();
    for name in PROMISED {
        assert!(names.iter().any(|known| known == name), "{name} is not in {names:?}");
    }
    for scenario in Scenario::names("websocket") {
        let name = format!("websocket-{scenario}");
        assert!(names.contains(&name), "{name} is missing: .ci/record-captures {name}");
    }
}

#[test]
fn the_index_agrees_with_the_files() {
    for bundled in Bundled::all() {
        let bytes = bundled.bytes().unwrap_or_else(|| panic!("{} has no file", bundled.name));
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, bundled.sha256, "{}", bundled.name);
        let mut reader = Reader::from_bytes(&bundled.name, bytes).unwrap();
        let mut frames = 0;
        while reader.next().unwrap().is_some() {
            frames += 1;
            assert!(reader.comment().is_some(), "{}: frame {frames} has no comment", bundled.name);
        }
        assert_eq!(frames, bundled.frames, "{}", bundled.name);
        let (command, _) = bundled.recorded.strip_prefix("netlab ").unwrap().split_once(' ').unwrap();
        assert!(["handshake", "websocket", "lab-exec", "osi"].contains(&command), "{}", bundled.recorded);
    }
}

#[test]
fn no_file_is_left_out_of_the_index() {
    let plain = Bundled::all().iter().map(Bundled::file_name).collect::<Vec<String>>();
    let known: Vec<String> = plain.iter().flat_map(|name| [name.clone(), format!("{name}.gz")]).collect();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/captures")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "index.toml" || known.contains(&name), "{name} is not in the index");
    }
}

#[test]
fn every_capture_names_its_hosts() {
    for bundled in Bundled::all() {
        let mut reader = Reader::from_bytes(&bundled.name, bundled.bytes().unwrap()).unwrap();
        while reader.next().unwrap().is_some() {}
        let names: Vec<&str> = reader.names().iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["client", "server"], "{}", bundled.name);
    }
}

/// The steps and the outcome that a capture tells, in JSON's words.
fn told(name: &str) -> (Vec<String>, String) {
    let run = netlab(&["replay", name, "--format=json"]);
    assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
    let objects = run.json();
    let text = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let steps =
        objects.iter().filter(|object| object["kind"] == "step").map(|step| text(step, "words")).collect();
    (steps, text(objects.last().unwrap(), "outcome"))
}

#[test]
fn the_plain_handshake_is_opened_and_closed() {
    for (name, first) in [("handshake", "step arp.request"), ("handshake-ipv6", "step nd.solicitation")] {
        let (steps, outcome) = told(name);
        assert_eq!(steps[0], first);
        assert_eq!(&steps[2..5], ["step tcp.syn", "step tcp.syn_ack", "step tcp.ack_handshake"]);
        assert_eq!(outcome, "closed");
    }
}

#[test]
fn a_refusal_is_told_and_is_no_failure_of_the_replay() {
    let (steps, outcome) = told("handshake-refused");
    assert_eq!(&steps[2..], ["step tcp.syn", "step tcp.rst_refused"]);
    assert_eq!(outcome, "refused");
}

#[test]
fn silence_is_told_at_the_end() {
    let (steps, outcome) = told("handshake-filtered");
    assert_eq!(steps.last().unwrap(), "step story.no_answer");
    assert!(steps.iter().filter(|step| *step == "step tcp.syn_retransmission").count() >= 2, "{steps:?}");
    assert_eq!(outcome, "no_answer");
}

#[test]
fn a_lost_syn_is_sent_again() {
    let (steps, outcome) = told("handshake-lost-syn");
    assert_eq!(&steps[2..5], ["step tcp.syn", "step tcp.syn_retransmission", "step tcp.syn_ack"]);
    assert_eq!(outcome, "closed");
}

#[test]
fn a_lost_syn_ack_leaves_the_client_calling() {
    let run = netlab(&["replay", "handshake-lost-synack", "--format=json"]);
    let objects = run.json();
    let answer = objects.iter().find(|object| object["what"] == "tcp.syn_ack").unwrap();
    assert_eq!(answer["wire"], "dropped");
    assert_eq!(answer["states"]["client"]["after"], "SYN_SENT");
    assert_eq!(objects.last().unwrap()["outcome"], "closed");
}

#[test]
fn every_comment_says_what_netlab_would_say_now() {
    let is_story = |bundled: &Bundled| !bundled.recorded.starts_with("netlab osi ");
    for bundled in Bundled::all().into_iter().filter(is_story) {
        let told = netlab(&["replay", &bundled.name, "--format=json"]).json();
        let mut reader = Reader::from_bytes(&bundled.name, bundled.bytes().unwrap()).unwrap();
        while let Some(frame) = reader.next().unwrap() {
            let number = frame.number;
            let comment = reader.comment().unwrap();
            let step = told.iter().find(|object| object["frames"][0] == number);
            let step = step.unwrap_or_else(|| panic!("{}: frame {number} makes no step", bundled.name));
            let (_, text) = comment.split_once('\n').unwrap();
            assert_eq!(
                text,
                step["text"].as_str().unwrap(),
                "{}: frame {number}: the comments are those of other words (.ci/comment-captures)",
                bundled.name
            );
        }
    }
}

#[test]
fn both_sides_of_a_router_are_one_run() {
    for name in ["osi-router", "osi-router-ipv6"] {
        let [client, server] = ["client", "server"].map(|side| {
            let name = format!("{name}-{side}");
            let mut reader =
                Reader::from_bytes(&name, Bundled::find(&name).unwrap().bytes().unwrap()).unwrap();
            let mut segments = Vec::new();
            while reader.next().unwrap().is_some() {
                let packet = netlab::dissect::Packet::new(reader.current().unwrap());
                segments.extend(packet.tcp().map(|tcp| (tcp.seq(), tcp.ack(), tcp.checksum())));
                let comment = reader.comment().unwrap();
                assert_eq!(comment, format!("on the {side}'s side of the router"));
            }
            segments
        });
        assert!(client.len() > 10, "{name}");
        assert_eq!(client, server, "{name}");
    }
}

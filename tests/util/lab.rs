//! Plays a scenario in the lab and gathers what it tells.
#![allow(dead_code, reason = "each test uses a part")]

use std::sync::mpsc;
use std::time::Duration;

use netlab::dissect::Packet;
use netlab::event::{Host, LiveEvent, LiveFrame, Verdict};
use netlab::lab::scenario::Scenario;
use netlab::lab::wire::kind;
use netlab::lab::{Lab, LabOptions};

/// A built-in scenario, with IPv4, not held.
pub(crate) fn options(scenario: &str) -> LabOptions {
    LabOptions {
        router: false,
        exe: env!("CARGO_BIN_EXE_netlab").into(),
        ipv6: false,
        scenario: Scenario::find("handshake", scenario).unwrap(),
        step: false,
        messages: vec![b"Hello, server!".to_vec()],
    }
}

/// Plays it to its end.
pub(crate) fn play(options: LabOptions) -> Vec<LiveEvent> {
    let (lab, events) = start(options);
    let all = events.iter().collect();
    lab.stop();
    all
}

/// Begins to play it.
pub(crate) fn start(options: LabOptions) -> (Lab, mpsc::Receiver<LiveEvent>) {
    let (sender, events) = mpsc::channel();
    // A test that has seen enough no longer listens.
    let lab = Lab::start(options, move |event| drop(sender.send(event))).unwrap();
    (lab, events)
}

/// The next frame that `wanted` fits, and all events before it.
pub(crate) fn wait_for(
    events: &mpsc::Receiver<LiveEvent>,
    wanted: impl Fn(&LiveEvent) -> bool,
) -> Vec<LiveEvent> {
    let mut all = Vec::new();
    loop {
        let event =
            events.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("not seen in {all:?}"));
        let found = wanted(&event);
        all.push(event);
        if found {
            return all;
        }
    }
}

/// The frames among the events.
pub(crate) fn frames(events: &[LiveEvent]) -> Vec<&LiveFrame> {
    events.iter().filter_map(frame).collect()
}

/// The event's frame.
pub(crate) fn frame(event: &LiveEvent) -> Option<&LiveFrame> {
    if let LiveEvent::Frame(frame) = event { Some(frame) } else { None }
}

/// Each frame in short: `> syn dropped`.
pub(crate) fn told(events: &[LiveEvent]) -> Vec<String> {
    frames(events).into_iter().map(in_short).collect()
}

fn in_short(frame: &LiveFrame) -> String {
    let view = frame.frame();
    let kind = serde_json::to_value(kind(&Packet::new(view))).unwrap();
    let arrow = match frame.from {
        Some(Host::Client) => ">",
        Some(Host::Server) => "<",
        None => "?",
    };
    let verdict = match frame.verdict {
        None | Some(Verdict::Passed) => String::new(),
        Some(other) => format!(" {other:?}").to_lowercase(),
    };
    format!("{arrow} {}{verdict}", kind.as_str().unwrap())
}

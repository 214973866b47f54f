//! The lab brings up two hosts without any privilege, and shows the kernel's own TCP frame by frame.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test may stop here")]

use std::sync::mpsc;
use std::time::Duration;

use netlab::event::{LiveEvent, LiveFrame};
use netlab::lab::scenario::Scenario;
use netlab::lab::{Lab, LabOptions};

fn options(scenario: &str) -> LabOptions {
    LabOptions {
        exe: env!("CARGO_BIN_EXE_netlab").into(),
        ipv6: false,
        scenario: Scenario::find("handshake", scenario).unwrap(),
        step: false,
        message: b"Hello, server!".to_vec(),
    }
}

fn play(options: LabOptions) -> Vec<LiveEvent> {
    let (sender, events) = mpsc::channel();
    let lab = Lab::start(options, move |event| sender.send(event).unwrap()).unwrap();
    let mut all = Vec::new();
    while let Ok(event) = events.recv_timeout(Duration::from_secs(30)) {
        all.push(event);
    }
    lab.stop();
    all
}

fn frames(events: &[LiveEvent]) -> Vec<&LiveFrame> {
    events
        .iter()
        .filter_map(|event| if let LiveEvent::Frame(frame) = event { Some(frame) } else { None })
        .collect()
}

#[test]
fn a_plain_connection_has_twelve_frames() {
    let events = play(options("plain"));
    assert!(matches!(events[0], LiveEvent::Ready(_)));
    assert_eq!(frames(&events).len(), 12);
}

//! The lab brings up two hosts without any privilege, shows the kernel's own TCP frame by frame, holds what it is asked to
//! hold, and leaves nothing behind.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test may stop here")]

#[path = "util/lab.rs"]
mod lab;

use std::thread::sleep;
use std::time::Duration;

use netlab::dissect::{Checksum, Packet};
use netlab::event::{LiveEvent, TcpState, TimerKind, Verdict};
use netlab::lab::LabOptions;

use lab::{frame, frames, options, play, start, told, wait_for};

const PLAIN: [&str; 12] = [
    "> neighbour-request",
    "< neighbour-reply",
    "> syn",
    "< syn-ack",
    "> ack",
    "> data",
    "< ack",
    "< data",
    "> ack",
    "> fin",
    "< fin",
    "> ack",
];

#[test]
fn a_plain_connection_is_the_same_twelve_frames_at_every_run() {
    for ipv6 in [false, true, false, true, false, true] {
        let events = play(LabOptions { ipv6, ..options("plain") });
        assert!(matches!(events[0], LiveEvent::Ready(_)));
        assert_eq!(told(&events), PLAIN, "IPv6: {ipv6}");
    }
}

#[test]
fn both_kernels_are_read_while_each_frame_stands_on_the_wire() {
    use TcpState::*;
    let events = play(options("plain"));
    let states: Vec<_> = frames(&events)
        .iter()
        .map(|frame| frame.sockets.unwrap())
        .map(|sockets| (sockets.client.state, sockets.server.state))
        .collect();
    assert_eq!(
        states,
        [
            (SynSent, Listen),
            (SynSent, Listen),
            (SynSent, Listen),
            (SynSent, SynReceived),
            (Established, SynReceived),
            (Established, Established),
            (Established, Established),
            (Established, Established),
            (Established, Established),
            (FinWait1, Established),
            (FinWait1, LastAck),
            (TimeWait, LastAck),
        ]
    );
    let LiveEvent::Finished { sockets: Some(end), lost_frames, .. } = events.last().unwrap() else {
        panic!()
    };
    assert_eq!((end.client.state, end.server.state, *lost_frames), (TimeWait, Closed, 0));
    assert_eq!(end.client.timer.unwrap().kind, TimerKind::TimeWait);
}

#[test]
fn every_checksum_on_the_wire_is_finished() {
    for ipv6 in [false, true] {
        let events = play(LabOptions { ipv6, ..options("plain") });
        for live in frames(&events) {
            let frame = live.frame();
            if let Some(tcp) = Packet::new(frame).tcp() {
                assert_eq!(tcp.checksum_status(), Some(Checksum::Good), "frame {}", live.number);
            }
        }
    }
}

#[test]
fn a_long_message_arrives_whole() {
    let events = play(LabOptions { messages: vec![vec![b'x'; 100_000]], ..options("plain") });
    let LiveEvent::Finished { sockets: Some(end), lost_frames: 0, .. } = events.last().unwrap() else {
        panic!()
    };
    assert_eq!(end.server.state, TcpState::Closed);
    let data: usize = told(&events).iter().filter(|told| *told == "> data").count();
    assert!(data > 60, "{data} segments");
}

/// Lets every held frame through as soon as it is there.
fn walk(options: LabOptions) -> Vec<LiveEvent> {
    let (lab, events) = start(options);
    let mut all = Vec::new();
    for event in &events {
        if let Some(held) =
            frame(&event).filter(|frame| matches!(frame.verdict, Some(Verdict::Held | Verdict::Doomed)))
        {
            lab.release(held.number);
        }
        all.push(event);
    }
    all
}

#[test]
fn in_step_mode_every_frame_is_held_and_the_story_is_the_same() {
    for ipv6 in [false, true] {
        let events = walk(LabOptions { ipv6, step: true, ..options("plain") });
        let held: Vec<String> = PLAIN.iter().map(|told| format!("{told} held")).collect();
        assert_eq!(story(&events), held, "IPv6: {ipv6}");
    }
}

/// What was told but for what a slow computer's kernels said again.
fn story(events: &[LiveEvent]) -> Vec<String> {
    told(events).into_iter().filter(|told| !told.ends_with(" absorbed")).collect()
}

#[test]
fn lossy_scenarios_step_too() {
    for (name, frames) in [("lost-syn", 13), ("lost-ack", 14), ("refused", 4)] {
        let events = walk(LabOptions { step: true, ..options(name) });
        assert_eq!(story(&events).len(), frames, "{name}: {:?}", told(&events));
    }
    let said = told(&walk(LabOptions { step: true, ..options("lost-synack") }));
    assert!(said.contains(&"< syn-ack held".to_owned()), "{said:?}");
    assert_eq!(said.last().unwrap(), "> ack held");
}

#[test]
fn a_held_syn_ack_is_repeated_by_both_kernels_and_absorbed() {
    let (lab, events) = start(LabOptions { step: true, ..options("plain") });
    for _ in 0..3 {
        let held = wait_for(&events, |event| frame(event).is_some());
        lab.release(frame(held.last().unwrap()).unwrap().number);
    }
    let told_until = wait_for(&events, |event| frame(event).is_some());
    let syn_ack = frame(told_until.last().unwrap()).unwrap().clone();
    let sockets = syn_ack.sockets.unwrap();
    assert_eq!((sockets.client.state, sockets.server.state), (TcpState::SynSent, TcpState::SynReceived));
    sleep(Duration::from_millis(1500));
    lab.release(syn_ack.number);
    let meanwhile = wait_for(&events, |event| matches!(event, LiveEvent::Released { .. }));
    let mut absorbed = told(&meanwhile);
    absorbed.sort();
    absorbed.dedup();
    assert_eq!(absorbed, ["< syn-ack absorbed", "> syn absorbed"]);
    let next = wait_for(&events, |event| frame(event).is_some());
    assert_eq!(told(&next), ["> ack held"]);
}

/// How long frames are held in the test below: `NETLAB_HOLD=120` in CI.
fn hold() -> Duration {
    let seconds = std::env::var("NETLAB_HOLD").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(4))
}

#[test]
fn no_hold_ends_the_story() {
    let runs = [false, true].map(|ipv6| {
        std::thread::spawn(move || {
            let (lab, events) = start(LabOptions { ipv6, step: true, ..options("plain") });
            let mut all = Vec::new();
            for event in &events {
                if let Some(held) = frame(&event).filter(|frame| frame.verdict == Some(Verdict::Held)) {
                    if matches!(held.number, 1 | 2)
                        || told(std::slice::from_ref(&event))[0].contains("syn-ack")
                    {
                        sleep(hold());
                    }
                    lab.release(held.number);
                }
                all.push(event);
            }
            let story: Vec<String> = told(&all).into_iter().filter(|told| told.ends_with(" held")).collect();
            assert_eq!(story.len(), 12, "{story:?}");
            assert!(matches!(all.last(), Some(LiveEvent::Finished { .. })));
        })
    });
    for run in runs {
        run.join().unwrap();
    }
}

#[test]
fn a_frame_that_waits_behind_another_is_looked_at_when_its_turn_comes() {
    let mut impatient = LabOptions { step: true, ..options("plain") };
    impatient.scenario.client.patient = false;
    let (lab, events) = start(impatient);
    // Up to the ACK that ends the handshake; the request comes right behind it.
    let mut ack = 0;
    while ack == 0 {
        let seen =
            wait_for(&events, |event| frame(event).is_some_and(|live| live.verdict == Some(Verdict::Held)));
        let number = frame(seen.last().unwrap()).unwrap().number;
        if told(&seen).last().unwrap().starts_with("> ack") { ack = number } else { lab.release(number) }
    }
    let request = wait_for(&events, |event| frame(event).is_some());
    let request = frame(request.last().unwrap()).unwrap();
    assert_eq!((request.number, request.sockets), (ack + 1, None));
    lab.release(ack);
    let looked = wait_for(&events, |event| matches!(event, LiveEvent::Looked { .. }));
    let Some(LiveEvent::Looked { number, sockets: Some(sockets) }) = looked.last() else {
        panic!("{looked:?}")
    };
    assert_eq!((*number, sockets.server.state), (ack + 1, TcpState::Established));
    lab.stop();
}

#[test]
fn stopping_in_the_middle_leaves_no_process() {
    let (lab, events) = start(LabOptions { step: true, ..options("plain") });
    wait_for(&events, |event| frame(event).is_some());
    lab.stop();
    let rest: Vec<LiveEvent> = events.iter().collect();
    assert!(matches!(rest.last(), Some(LiveEvent::Failed(_))));
}

//! Every scenario is a file, and plays as its file says, on the kernel's own TCP.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test may stop here")]

#[path = "util/lab.rs"]
mod lab;

use std::time::Duration;

use netlab::event::{Host, LiveEvent, ProgramEvent, TcpState, Verdict};
use netlab::lab::scenario::Scenario;

use lab::{frames, options, play, told};

#[test]
fn the_built_in_scenarios_are_listed_plain_first() {
    let names: Vec<String> =
        Scenario::all("handshake").unwrap().into_iter().map(|scenario| scenario.name).collect();
    assert_eq!(names, ["plain", "filtered", "lost-ack", "lost-syn", "lost-synack", "refused"]);
}

#[test]
fn one_that_does_not_exist_is_told_with_those_that_do() {
    let error = Scenario::find("handshake", "lost-sin").unwrap_err().to_string();
    assert!(error.contains("lost-syn,"), "{error}");
}

#[test]
fn refused_is_answered_with_rst() {
    let events = play(options("refused"));
    assert_eq!(told(&events), ["> neighbour-request", "< neighbour-reply", "> syn", "< rst"], "four frames");
    assert!(failed(&events, "connect", 111), "the client's program is told");
    let server = frames(&events).iter().map(|frame| frame.sockets.unwrap().server.state).collect::<Vec<_>>();
    assert_eq!(server, [TcpState::Closed; 4]);
}

#[test]
fn filtered_syns_vanish_and_the_client_gives_up() {
    let events = play(options("filtered"));
    assert_eq!(
        told(&events),
        ["> neighbour-request", "< neighbour-reply", "> syn dropped", "> syn dropped", "> syn dropped"]
    );
    assert!(failed(&events, "connect", 110));
    let last = events.last().unwrap();
    assert!(matches!(last, LiveEvent::Finished { sockets: Some(sockets), lost_frames: 0, .. }
        if sockets.client.state == TcpState::Closed && sockets.server.state == TcpState::Listen));
}

#[test]
fn a_lost_syn_is_sent_again_after_a_second() {
    let events = play(options("lost-syn"));
    let said = told(&events);
    assert_eq!(
        said[..6],
        ["> neighbour-request", "< neighbour-reply", "> syn dropped", "> syn", "< syn-ack", "> ack"]
    );
    let frames = frames(&events);
    assert!(near(frames[3].time.since(frames[2].time), 1.0));
    assert_eq!(frames.len(), 13);
}

#[test]
fn a_lost_synack_is_asked_for_and_sent_again_in_the_same_order_at_every_run() {
    for _ in 0..3 {
        let events = play(options("lost-synack"));
        let said = told(&events);
        assert_eq!(said[2..7], ["> syn", "< syn-ack dropped", "> syn", "< syn-ack", "> ack"]);
        assert_eq!(said.len(), 14, "{said:?}");
        let frames = frames(&events);
        assert!(near(frames[4].time.since(frames[2].time), 1.0));
    }
}

#[test]
fn a_lost_ack_leaves_the_server_half_open_until_it_asks_again() {
    let events = play(options("lost-ack"));
    let said = told(&events);
    assert_eq!(said[2..7], ["> syn", "< syn-ack", "> ack dropped", "< syn-ack", "> ack"]);
    let frames = frames(&events);
    assert!(near(frames[5].time.since(frames[4].time), 1.0));
    let at_the_second = frames[5].sockets.unwrap();
    assert_eq!(at_the_second.client.state, TcpState::Established);
    assert_eq!(at_the_second.server.state, TcpState::SynReceived);
    assert!(frames.iter().all(|frame| frame.verdict != Some(Verdict::Held)));
}

fn near(time: Duration, seconds: f64) -> bool {
    (time.as_secs_f64() - seconds).abs() < 0.2
}

fn failed(events: &[LiveEvent], wanted: &str, number: i32) -> bool {
    events.iter().any(|event| {
        matches!(event, LiveEvent::Program { host: Host::Client, event: ProgramEvent::Failed { call, errno, .. }, .. }
            if call == wanted && *errno == number)
    })
}

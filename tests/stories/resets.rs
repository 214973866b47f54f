//! Who broke off, and an RST that nobody believes.

use netlab::event::Host;
use netlab::event::TcpState::*;
use netlab::story::{Outcome, Summary};

use super::segments::*;

fn end(summary: &Summary) -> (Outcome, Option<Host>) {
    (summary.outcome, summary.reset_by)
}

#[test]
fn who_takes_its_own_call_back_was_not_refused() {
    let (_, summary) = tell(&[client(CLIENT_ISN).syn(), client(CLIENT_ISN + 1).rst()]);
    assert_eq!(end(&summary), (Outcome::Reset, Some(Host::Client)));
    let (_, summary) = tell(&[client(CLIENT_ISN).syn().rst()]);
    assert_eq!(end(&summary), (Outcome::Reset, Some(Host::Client)));
}

#[test]
fn an_rst_outside_of_the_window_breaks_nothing_off() {
    let mut segments: Vec<Segment> = handshake().into();
    // The client waits for number 1, and has room for 64240.
    segments.push(server(SERVER_ISN + 900_000).rst());
    segments.push(client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"still here"));
    segments.push(server(SERVER_ISN + 1).ack(CLIENT_ISN + 11));
    let (steps, summary) = tell(&segments);
    assert_eq!(words(&steps)[3..], ["tcp.rst_ignored", "tcp.data", "tcp.ack"]);
    assert_eq!(states(&steps[3]), [Some(Established); 4]);
    assert!(steps[3].values.contains(&("wanted", "1".to_owned())));
    assert_eq!(end(&summary), (Outcome::Open, None));
}

#[test]
fn an_rst_in_the_window_breaks_off() {
    for seq in [1, 64_000] {
        let mut segments: Vec<Segment> = handshake().into();
        segments.push(server(SERVER_ISN + seq).rst());
        let (steps, summary) = tell(&segments);
        assert_eq!(words(&steps)[3], "tcp.rst");
        assert_eq!(end(&summary), (Outcome::Reset, Some(Host::Server)));
    }
}

#[test]
fn where_nobody_knows_the_window_an_rst_is_believed() {
    let talk = [client(7000).ack(9000).data(b"hello"), server(9000).ack(7005)];
    let told = |seq| tell(&[&talk[..], &[server(seq).rst()]].concat());
    // The window of 64240 may have been doubled up to 14 times.
    let (steps, summary) = told(9000 + 900_000);
    assert_eq!((words(&steps)[2], end(&summary)), ("tcp.rst", (Outcome::Reset, Some(Host::Server))));
    let (steps, summary) = told(9000u32.wrapping_sub(900_000_000));
    assert_eq!((words(&steps)[2], end(&summary)), ("tcp.rst_ignored", (Outcome::MidStream, None)));
}

#[test]
fn an_rst_that_does_not_confirm_the_syn_is_no_refusal() {
    let (steps, summary) = tell(&[client(CLIENT_ISN).syn(), server(0).rst()]);
    assert_eq!(words(&steps), ["tcp.syn", "tcp.rst_ignored"]);
    assert!(steps[1].values.iter().any(|(name, _)| *name == "if_calls"));
    assert_eq!(states(&steps[1])[..2], [Some(SynSent), Some(SynSent)]);
    assert_eq!(end(&summary), (Outcome::Unfinished, None));
}

#[test]
fn an_rst_after_the_end_breaks_nothing_off_again() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(server(SERVER_ISN + 1).rst());
    segments.push(client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"still here"));
    segments.push(server(SERVER_ISN + 1).rst());
    let (steps, summary) = tell(&segments);
    assert_eq!(words(&steps)[3..], ["tcp.rst", "tcp.data", "tcp.rst_again"]);
    assert_eq!(states(&steps[5]), [Some(Closed); 4]);
    assert_eq!(end(&summary), (Outcome::Reset, Some(Host::Server)));
    // A call that is refused twice is refused twice.
    let call = [client(CLIENT_ISN).syn(), server(0).rst().ack(CLIENT_ISN + 1)];
    assert_eq!(words(&tell(&[&call[..], &call].concat()).0)[3], "tcp.rst_refused");
}

#[test]
fn bytes_behind_a_fin_belong_to_nothing() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"bye").fin());
    segments.push(client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"bye").fin());
    segments.push(client(CLIENT_ISN + 5).ack(SERVER_ISN + 1).data(b"and"));
    segments.push(server(SERVER_ISN + 1).ack(CLIENT_ISN + 5).data(b"well"));
    let (steps, _) = tell(&segments);
    assert_eq!(steps[5].notes, ["It lies behind the client's FIN, so the server ignores it."]);
    // The first FIN's bytes are said with it, once.
    assert_eq!(steps[3].notes, ["Its last words come with it: “bye”."]);
    assert!([4, 6].iter().all(|step| steps[*step].notes.is_empty()), "{steps:?}");
}

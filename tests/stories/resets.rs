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
fn an_rst_with_the_awaited_number_breaks_off() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(server(SERVER_ISN + 1).rst());
    let (steps, summary) = tell(&segments);
    assert_eq!(words(&steps)[3], "tcp.rst");
    assert_eq!(end(&summary), (Outcome::Reset, Some(Host::Server)));
    // What was sent before it may have arrived, though nobody has confirmed it yet.
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(server(SERVER_ISN + 1).ack(CLIENT_ISN + 1).data(b"so long"));
    segments.push(server(SERVER_ISN + 8).rst());
    let (steps, summary) = tell(&segments);
    assert_eq!(words(&steps)[3..], ["tcp.data", "tcp.rst"]);
    assert_eq!(end(&summary), (Outcome::Reset, Some(Host::Server)));
}

#[test]
fn an_rst_elsewhere_in_the_window_is_challenged_and_the_connection_lives() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(server(SERVER_ISN + 501).rst());
    segments.push(client(CLIENT_ISN + 1).ack(SERVER_ISN + 1));
    segments.push(server(SERVER_ISN + 1).ack(CLIENT_ISN + 1).data(b"still here"));
    segments.push(client(CLIENT_ISN + 1).ack(SERVER_ISN + 11));
    let (steps, summary) = tell(&segments);
    assert_eq!(words(&steps)[3..], ["tcp.rst_challenged", "tcp.ack_challenge", "tcp.data", "tcp.ack"]);
    assert_eq!(states(&steps[3]), [Some(Established); 4]);
    assert!(steps[3].values.contains(&("wanted", "1".to_owned())));
    assert_eq!(steps[5].label, "ACK, 10 bytes");
    assert_eq!(end(&summary), (Outcome::Open, None));
}

#[test]
fn an_rst_behind_which_nothing_comes_is_believed() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(server(SERVER_ISN + 64_000).rst());
    let (steps, summary) = tell(&segments);
    // What lies before it was lost on the way to the capture.
    assert_eq!(words(&steps)[3], "tcp.rst_challenged");
    assert_eq!(end(&summary), (Outcome::Reset, Some(Host::Server)));
}

#[test]
fn what_goes_on_behind_an_ignored_rst_is_in_order() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(server(SERVER_ISN + 5_000_000).rst());
    segments.push(server(SERVER_ISN + 1).ack(CLIENT_ISN + 1).data(b"still here"));
    segments.push(server(SERVER_ISN + 11).ack(CLIENT_ISN + 1).data(b" and here"));
    for apart in [1_000, 1_000_000_000] {
        let (steps, _) = tell_apart(0, &segments, netlab::story::Refuses::Longer(None), apart);
        assert_eq!(words(&steps)[3..], ["tcp.rst_ignored", "tcp.data", "tcp.data"], "{apart}");
        assert_eq!(steps[4].label, "ACK, 10 bytes");
    }
}

#[test]
fn where_nobody_knows_the_window_any_number_above_may_lie_in_it() {
    let talk = [client(7000).ack(9000).data(b"hello"), server(9000).ack(7005)];
    let told = |seq| tell(&[&talk[..], &[server(seq).rst()]].concat());
    // The window of 64240 may have been doubled up to 14 times.
    let (steps, summary) = told(9000 + 900_000);
    assert_eq!(
        (words(&steps)[2], end(&summary)),
        ("tcp.rst_challenged", (Outcome::Reset, Some(Host::Server)))
    );
    let (steps, summary) = told(9000u32.wrapping_sub(900_000_000));
    assert_eq!((words(&steps)[2], end(&summary)), ("tcp.rst_ignored", (Outcome::MidStream, None)));
}

#[test]
fn an_answer_from_an_older_connection_ends_that_one_and_not_the_new() {
    let old = [client(1000).syn(), server(9000).syn().ack(1001), client(1001).ack(9001)];
    let again = [
        client(777_777).syn(),
        server(9001).ack(1001),
        client(1001).rst(),
        client(777_777).syn(),
        server(88_888).syn().ack(777_778),
        client(777_778).ack(88_889),
        client(777_778).ack(88_889).fin(),
        server(88_889).ack(777_779).fin(),
        client(777_779).ack(88_890),
    ];
    let (steps, summary) = tell_stream(&[&old[..], &again[..]].concat(), 1);
    assert_eq!(
        words(&steps)[..6],
        [
            "tcp.reused",
            "tcp.ack_wrong",
            "tcp.rst_wrong_answer",
            "tcp.syn_retransmission",
            "tcp.syn_ack",
            "tcp.ack_handshake"
        ]
    );
    // Nobody listened: another connection stood there, in whatever state.
    assert_eq!(states(&steps[0])[2..], [None, None]);
    assert_eq!(steps[1].sums, []);
    assert!(steps[2].values.iter().any(|(name, _)| *name == "if_ack"));
    assert_eq!(steps[4].sums[0].sum, "ack 1 = 0 + 1");
    assert_eq!(end(&summary), (Outcome::Closed, None));
}

#[test]
fn an_ack_below_the_syn_is_no_answer_to_it() {
    let (steps, summary) = tell(&[
        client(5000).syn(),
        server(9000).syn().ack(3001),
        client(3001).rst(),
        client(5000).syn(),
        server(9900).syn().ack(5001),
        client(5001).ack(9901),
    ]);
    assert_eq!(
        words(&steps),
        [
            "tcp.syn",
            "tcp.syn_ack_wrong",
            "tcp.rst_wrong_answer",
            "tcp.syn_retransmission",
            "tcp.syn_ack",
            "tcp.ack_handshake"
        ]
    );
    assert!(steps[1].sums.iter().all(|sum| !sum.sum.starts_with("ack")));
    assert_eq!(steps[4].sums[0].sum, "ack 1 = 0 + 1");
    assert_eq!(end(&summary), (Outcome::Open, None));
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

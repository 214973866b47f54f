//! TCP: one conversation, from its first segment to its last.

mod analysis;
mod counted;
mod end;
mod ending;
mod flight;
mod head;
mod moment;
mod opening;
mod scale;
mod seen;
mod segment;
mod seq;
mod side;
mod state;
mod way;

use std::net::SocketAddr;
use std::num::NonZeroU64;

use super::digest::Member;
use super::key::Key;
use super::register::Keyed;
use crate::event::Host;
use head::begins_another;
use side::Reset;
use state::Known;

pub use analysis::Analysis;
pub(super) use counted::{Counted, Odd};
pub use end::End;
pub use ending::{Ended, Outcome};
pub(super) use ending::{ended, handshake_rtt};
pub(super) use flight::Flights;
pub use head::Began;
pub(super) use head::Head;
pub(super) use moment::Moment;
pub(super) use seen::{Options, Seen};
pub use seen::{SackRanges, SynOptions};
pub use segment::{Segment, Transition, Transitions};
pub(super) use side::Side;

/// A TCP conversation: both directions between two addresses and ports, one incarnation.
#[derive(Debug)]
pub struct Conversation {
    pub(in crate::flow) head: Head,
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    client_end: End,
    server_end: End,
    /// Somebody knew that its client is not the end that would have been guessed.
    turned: bool,
}

impl Keyed for Conversation {
    fn key(&self) -> &Key {
        &self.head.key
    }
}

/// What a segment needs to know beside itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    /// It begins another conversation on ports that were used before.
    pub(super) reused_ports: bool,
    /// Whether it reached the other host, where that is known.
    pub(super) arrival: Option<bool>,
    pub(super) options: Options,
    /// Who the client is, where somebody knows it.
    pub(super) client: Option<SocketAddr>,
}

impl Conversation {
    /// `again`: its addresses and ports were used before.
    pub(in crate::flow) fn new(stream: u32, seen: &Seen, member: &Member, again: bool) -> Conversation {
        Conversation {
            head: Head::new(seen, member, again),
            stream,
            client_end: End::default(),
            server_end: End::default(),
            turned: false,
        }
    }

    /// How much of its beginning is in the capture.
    pub fn began(&self) -> Began {
        self.head.began
    }

    /// Which parts of it were seen so far (Wireshark's `tcp.completeness`).
    pub(in crate::flow) fn parts(&self) -> u8 {
        self.head.opening.parts()
    }

    /// Whether this segment is a SYN of another incarnation.
    pub(in crate::flow) fn is_over_with(&self, seen: &Seen, member: &Member) -> bool {
        begins_another(seen, &self.end(self.head.sender(member)).side)
    }

    /// What is kept of its ends for a table: the client's and the server's.
    pub(in crate::flow) fn sides(&self) -> (&Side, &Side) {
        (&self.client_end.side, &self.server_end.side)
    }

    /// One of the two ends.
    pub fn end(&self, host: Host) -> &End {
        match host {
            Host::Client => &self.client_end,
            Host::Server => &self.server_end,
        }
    }

    /// Whether nothing has shown so far which end is the client: no SYN was seen, and nothing that only one side says.
    pub fn are_roles_guessed(&self) -> bool {
        self.head.are_roles_guessed()
    }

    /// Who connected: who sent the SYN, or says what only a client says; else the end with the higher port, or who was seen first.
    pub fn client(&self) -> SocketAddr {
        self.head.address(Host::Client)
    }

    /// Who was connected to.
    pub fn server(&self) -> SocketAddr {
        self.head.address(Host::Server)
    }

    /// The client's first sequence number, if its SYN was seen.
    pub fn client_isn(&self) -> Option<u32> {
        self.client_end.isn
    }

    /// The server's first sequence number, if its SYN was seen.
    pub fn server_isn(&self) -> Option<u32> {
        self.server_end.isn
    }

    fn ends(&mut self, sender: Host) -> (&mut End, &mut End) {
        match sender {
            Host::Client => (&mut self.client_end, &mut self.server_end),
            Host::Server => (&mut self.server_end, &mut self.client_end),
        }
    }

    /// Takes the next segment; `None` where nothing follows from it.
    pub(in crate::flow) fn push(
        &mut self,
        member: &Member,
        context: Context,
        flights: &mut Flights,
    ) -> Option<Segment> {
        let seen = &member.seen;
        if seen.partial() {
            self.head.glimpse(seen);
            let from = self.head.sender(member);
            self.count_frame(from, member);
            return None;
        }
        let stream = self.stream;
        let arrives = context.arrival != Some(false);
        let first = self.head.begin(seen, member);
        if let (true, Some(client)) = (first, context.client) {
            self.turned = self.head.take_roles(client);
        }
        let guessed = self.head.are_roles_guessed();
        let swapped = self.head.learn_roles(seen, member);
        // Who knew it and who did not must come to the same.
        let anew = swapped || self.turned && guessed && !self.head.are_roles_guessed();
        if swapped {
            std::mem::swap(&mut self.client_end, &mut self.server_end);
        }
        let from = self.head.sender(member);
        let mid_stream = self.head.began == Began::MidStream;
        let completeness = self.head.opening.parts();
        // What the analysis goes by was measured before this segment.
        let known_rtt = self.head.opening.first_rtt();
        self.head.opening.take(seen, first);
        let first_rtt = self.head.opening.first_rtt();
        let (sender, receiver) = self.ends(from);
        let starts_anew = sender.count_from(seen, flights);
        receiver.side.is_confirmed_by(seen);
        if seen.syn() {
            sender.take_syn(seen, context.options.offers);
            sender.side.takes_scale(seen, &mut receiver.side);
        }
        let reset = receiver.side.reset_by(seen, &sender.side);
        let (mut analysis, mut remarkable) =
            analysed(seen, context.options.sacked, sender, receiver, known_rtt, flights);
        analysis.reused_ports = context.reused_ports || starts_anew;
        remarkable |= analysis.reused_ports;
        let (sent, mut received, crossed) =
            state::step(seen, sender, receiver, Known { first, mid_stream, reset });
        if !arrives {
            receiver.state = received.before;
            received.after = received.before;
        } else if received.before != received.after {
            receiver.certain = context.arrival == Some(true);
            receiver.moved_by = NonZeroU64::new(seen.frame);
        }
        let ignored = seen.rst() && !state::takes_reset(seen, receiver, received.before, reset);
        let challenged = ignored && reset == Reset::Challenged;
        let (window, scale_known) = scaled(seen, sender, receiver);
        let retransmission_of = if analysis.is_repeat() { sender.recent.carrying(seen.seq) } else { None };
        let acks_frame = seen.ack().and_then(|ack| receiver.recent.confirmed(receiver.acked, ack));
        let base = sender.side.base().unwrap_or(seen.seq);
        let other_base = receiver.side.base().unwrap_or(0);
        let segment = Segment {
            frame: seen.frame,
            stream,
            from,
            seq: seen.seq.wrapping_sub(base),
            seq_raw: seen.seq,
            ack: seen.ack().map(|ack| ack.wrapping_sub(other_base)),
            ack_raw: seen.ack_raw,
            next_seq: seen.end().wrapping_sub(base).wrapping_sub((seen.syn() && seen.fin()).into()),
            len: seen.len,
            window,
            scale_known,
            states: Transitions::new(from, sent, received),
            analysis,
            completeness,
            initial_rtt: first_rtt.filter(|_| remarkable),
            retransmission_of,
            acks_frame,
            crossed,
            ignored,
            challenged,
            swapped,
            anew,
            sack: SackRanges::default(),
            other_base,
        };
        if seen.syn() {
            match seen.ack() {
                None => sender.asks_again = sender.next.is_some() && arrives,
                Some(_) => receiver.asks_again = false,
            }
        }
        sender.sent(seen, window, &mut receiver.side, reset);
        if arrives {
            receiver.heard(seen);
        }
        self.head.count(&analysis);
        self.count_frame(from, member);
        Some(segment)
    }

    fn count_frame(&mut self, from: Host, member: &Member) {
        self.ends(from).0.side.count_frame(member);
        self.head.note_frame(member);
    }
}

/// What TCP was doing, and whether there is anything to say.
fn analysed(
    seen: &Seen,
    sacked: u32,
    sender: &mut End,
    receiver: &mut End,
    first_rtt: Option<i64>,
    flights: &mut Flights,
) -> (Analysis, bool) {
    let room = receiver.room_to();
    let (base, other_base) = (sender.side.base().unwrap_or(0), receiver.side.base().unwrap_or(0));
    let (own, other) = (&mut sender.side.memory, &mut receiver.side.memory);
    let (mut found, beyond) = analysis::analyse(seen, own, other, first_rtt, room);
    sender.way.sent(seen, base, sacked, found.lost_segment, flights);
    found.ack_rtt = receiver.way.confirm(seen, other_base, flights);
    let measured = seen.len > 0 && sender.way.is_whole();
    if measured {
        found.bytes_in_flight = sender.way.in_flight(&receiver.way, seen.syn() || seen.fin());
    }
    let remarkable = measured || beyond || found != Analysis::default();
    // Two frames of the same moment: nothing was measured.
    found.ack_rtt = found.ack_rtt.filter(|nanos| *nanos != 0);
    (found, remarkable)
}

/// The window in bytes, and whether that is sure: a SYN's own is never scaled, others are when both SYNs had the option (RFC
/// 7323, section 2.2). Where only the sender's was captured, that one is believed, as in Wireshark.
fn scaled(seen: &Seen, sender: &End, receiver: &End) -> (u32, bool) {
    if seen.syn() {
        return (seen.window.into(), true);
    }
    // A SYN whose options were cut off says nothing.
    let said = |end: &End| end.syn_options.is_some() && end.side.scale.is_known();
    (sender.side.scale.of(seen.window), said(sender) && said(receiver))
}

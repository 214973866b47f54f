//! Packets come in, in the order of the capture; what they mean in their conversation goes out.
//!
//! [`Tracker::push`] takes each packet once and says of a TCP segment which stream it belongs to, its numbers counted
//! from the beginning, its window scaled, which states both ends are in before and after it, and what TCP was doing
//! (sending again, missing something, repeating itself). Streams are counted as in Wireshark: in the order of their first
//! packet, and a port that is used again makes a new one. States are inferred (RFC 9293, section 3.3.2): from frames
//! alone nobody sees more; what can't be known, as in a capture that starts in the middle, is `None`.
//!
//! A conversation costs some hundred bytes, and a bounded number of recent segments; a packet costs no allocation. Where only
//! a table of conversations is wanted, not what each segment does, a [`Counter`] does less, with the same rules, and needs
//! only a [`Digest`] of each packet.
//! Knows nothing of words or colours: that begins with the story.

#![deny(clippy::indexing_slicing)]

mod arena;
mod carries;
mod counter;
mod cut;
mod digest;
mod ear;
mod fields;
mod fragments;
pub mod http;
mod key;
mod register;
mod rows;
pub mod stream;
mod table;
pub mod talk;
mod tally;
mod tcp;
pub mod tls;
mod udp;
pub mod websocket;

use std::net::SocketAddr;

use crate::dissect::Packet;
use crate::frame::Time;
pub use arena::Advise;
pub use carries::Carries;
pub use counter::Counter;
pub use cut::Unsaid;
pub use digest::Digest;
use digest::{Kind, Member};
pub use ear::{Listener, Minutes, Overheard};
pub use fields::{all_fields, kind_of, label_of};
pub use fragments::Fragments;
use register::Register;
pub use rows::{Rows, Share};
pub use table::{Row, TcpRow};
pub use tally::{Sent, Tally};
pub use tcp::{
    Analysis, Began, Conversation, End, Ended, Outcome, SackRanges, Segment, SynOptions, Transition,
    Transitions,
};
use tcp::{Context, Flights, Moment, Options};
pub use udp::Exchange;

/// To which conversation the frame last pushed belongs; a header that an ICMP error quotes counts as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    /// Wireshark's `tcp.stream`.
    pub tcp: Option<u32>,
    /// Which parts of the TCP conversation were seen before (Wireshark's `tcp.completeness`): SYN 1, SYN-ACK 2, ACK 4, data
    /// 8, FIN 16, RST 32.
    pub parts: u8,
    /// Wireshark's `udp.stream`.
    pub udp: Option<u32>,
}

/// When the first frame was seen that has a time, and what a [`Moment`] leaves out of that.
#[derive(Clone, Copy, Debug, Default)]
struct Epoch {
    first: Moment,
    era: i32,
}

impl Epoch {
    #[inline]
    fn see(&mut self, member: &Member) {
        if self.first == Moment::UNKNOWN {
            *self = Epoch { first: member.seen.time, era: member.era };
        }
    }

    fn time(self, moment: Moment) -> Option<Time> {
        moment.time(self.first, self.era)
    }
}

/// Follows every conversation of a capture.
#[derive(Debug, Default)]
pub struct Tracker {
    conversations: Register<Conversation>,
    exchanges: Register<Exchange>,
    streams: Streams,
    /// All directions' segments that are not yet confirmed.
    flights: Flights,
    epoch: Epoch,
    /// Who the client is of conversations that begin in the middle, where somebody knows it.
    client: Option<SocketAddr>,
}

impl Tracker {
    /// One that has seen nothing yet.
    pub fn new() -> Tracker {
        Tracker::default()
    }

    /// The same, for who has read the capture before: of conversations that begin in the middle, `client` is the client where it is one
    /// of the two ends.
    pub fn knowing(client: SocketAddr) -> Tracker {
        Tracker { client: Some(client), ..Tracker::default() }
    }

    /// Takes the next packet; gives what a TCP segment means in its conversation. `None` for anything else, and for a
    /// segment of which a snap length has left too little.
    pub fn push(&mut self, packet: &Packet<'_>) -> Option<Segment> {
        self.push_seen(packet, None)
    }

    /// The same for a source that may know whether the frame reached the other host. One that vanished on the way moves only
    /// its sender's state; what surely arrived is not taken back when a later frame was sent before it was heard.
    pub fn push_seen(&mut self, packet: &Packet<'_>, arrives: Option<bool>) -> Option<Segment> {
        self.streams = Streams::default();
        let mut segment = self.take(packet, arrives)?;
        if let Some(tcp) = packet.tcp() {
            segment.sack = SackRanges::of(tcp, segment.other_base);
        }
        Some(segment)
    }

    fn take(&mut self, packet: &Packet<'_>, arrival: Option<bool>) -> Option<Segment> {
        let Digest(member) = &Digest::of(packet)?;
        let seen = &member.seen;
        self.epoch.see(member);
        if matches!(member.kind, Kind::Udp | Kind::QuotedUdp) {
            let (stream, _) = self.exchanges.find(member, |_| false, |next, _| Exchange::new(next, member));
            self.streams.udp = Some(stream);
            if member.kind == Kind::Udp {
                self.exchanges.get_mut(stream)?.count(member);
            }
            return None;
        }
        let (stream, reused_ports) = self.conversations.find(
            member,
            |known| known.is_over_with(seen, member),
            |next, again| Conversation::new(next, seen, member, again),
        );
        let conversation = self.conversations.get_mut(stream)?;
        (self.streams.tcp, self.streams.parts) = (Some(stream), conversation.parts());
        if member.kind == Kind::QuotedTcp {
            return None;
        }
        let options = packet.tcp().map(Options::of).unwrap_or_default();
        conversation.push(
            member,
            Context { reused_ports, arrival, options, client: self.client },
            &mut self.flights,
        )
    }

    /// To which conversation the packet last pushed belongs.
    pub fn streams(&self) -> Streams {
        self.streams
    }

    /// A conversation by its number, as far as it has been followed.
    pub fn conversation(&self, stream: u32) -> Option<&Conversation> {
        self.conversations.get(stream)
    }

    /// All conversations so far, in the order of their first packet.
    pub fn conversations(&self) -> impl DoubleEndedIterator<Item = &Conversation> {
        self.conversations.iter()
    }

    /// How many TCP conversations there are so far.
    pub fn conversation_count(&self) -> usize {
        self.conversations.len()
    }

    /// All exchanges of UDP datagrams so far, in the order of their first.
    pub fn exchanges(&self) -> impl DoubleEndedIterator<Item = &Exchange> {
        self.exchanges.iter()
    }

    /// Every conversation that had a frame of its own: TCP's first, then UDP's, each in the order of their numbers.
    /// (One that only an ICMP error has quoted keeps its number and has no row, as in Wireshark.)
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.all_rows().filter(|row| row.packets() > 0)
    }

    /// The same with those that had no frame of their own.
    pub fn all_rows(&self) -> impl Iterator<Item = Row> {
        let tcp = self.conversations.iter().map(|conversation| {
            Row::of_tcp(conversation.stream, &conversation.head, conversation.sides(), self.epoch)
        });
        tcp.chain(self.exchanges.iter().map(|exchange| Row::of_udp(exchange.stream, exchange, self.epoch)))
    }
}

//! Packets come in, in the order of the capture; what they mean in their conversation goes out.
//!
//! [`Tracker::push`] takes each packet once and says of a TCP segment which stream it belongs to, its numbers counted
//! from the beginning, its window scaled, which states both ends are in before and after it, and what TCP was doing
//! (sending again, missing something, repeating itself). Streams are counted as in Wireshark: in the order of their first
//! packet, and a port that is used again makes a new one. States are inferred (RFC 9293, section 3.3.2): from frames
//! alone nobody sees more; what can't be known, as in a capture that starts in the middle, is `None`.
//!
//! A conversation costs a few hundred bytes, and a bounded number of recent segments; a packet costs no allocation. Where only
//! conversations count, not the frames that answer each other, [`Tracker::lean`] keeps less, and a [`Digest`] of each packet is
//! all that it needs.
//! Knows nothing of words or colours: that begins with the story.

#![deny(clippy::indexing_slicing)]

mod carries;
mod digest;
mod fields;
mod fragments;
mod key;
pub mod stream;
mod table;
mod tally;
mod tcp;
mod udp;

use std::net::SocketAddr;

use crate::dissect::Packet;
use crate::frame::Time;
pub use carries::Carries;
pub use digest::Digest;
use digest::Kind;
pub use fields::{all_fields, kind_of};
pub use fragments::Fragments;
use key::{Index, Key};
pub use table::{Row, TcpRow, merge};
pub use tally::{Sent, Tally};
pub use tcp::{
    Analysis, Began, Conversation, End, Ended, Outcome, SackRanges, Segment, SynOptions, Transition,
    Transitions,
};
use tcp::{Context, Moment};
pub use udp::Exchange;

/// So many unconfirmed segments are kept of all conversations together, beyond a few of each.
const MAX_FLIGHT: usize = 1 << 20;

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

/// Follows every conversation of a capture.
#[derive(Debug, Default)]
pub struct Tracker {
    /// The current incarnation of each pair of addresses and ports.
    tcp: Index,
    conversations: Vec<Conversation>,
    udp: Index,
    exchanges: Vec<Exchange>,
    streams: Streams,
    /// Segments of which somebody asks which frame carried what they answer.
    lean: bool,
    /// For how many unconfirmed segments all conversations have memory.
    flight: usize,
    /// The time of the first frame that has one.
    epoch: Option<Time>,
}

impl Tracker {
    /// One that has seen nothing yet.
    pub fn new() -> Tracker {
        Tracker::default()
    }

    /// The same for whoever wants conversations, not steps: it does not remember which frame carried what, so that
    /// [`Segment::retransmission_of`] and [`Segment::acks_frame`] stay `None`.
    pub fn lean() -> Tracker {
        Tracker { lean: true, ..Tracker::default() }
    }

    /// Takes the next packet; gives what a TCP segment means in its conversation. `None` for anything else, and for a
    /// segment of which a snap length has left too little.
    pub fn push(&mut self, packet: &Packet<'_>) -> Option<Segment> {
        self.push_seen(packet, None)
    }

    /// The same for a source that may know whether the frame reached the other host. One that vanished on the way moves only
    /// its sender's state; what surely arrived is not taken back when a later frame was sent before it was heard.
    pub fn push_seen(&mut self, packet: &Packet<'_>, arrives: Option<bool>) -> Option<Segment> {
        self.follow(&Digest::of(packet), arrives)
    }

    /// The same for a packet of which only the digest is left.
    pub fn follow(&mut self, digest: &Digest, arrives: Option<bool>) -> Option<Segment> {
        self.streams = Streams::default();
        self.take(digest, arrives)
    }

    /// The same for whoever only wants the conversations in the end.
    pub fn count(&mut self, digest: &Digest) {
        self.take(digest, None);
    }

    #[inline(always)]
    fn take(&mut self, digest: &Digest, arrives: Option<bool>) -> Option<Segment> {
        if self.epoch.is_none() {
            self.epoch = digest.time;
        }
        match &digest.kind {
            Kind::Tcp(seen) => self.segment(seen, digest, arrives),
            Kind::Udp(src, dst) => {
                let stream = self.udp_stream(*src, *dst, digest.frame);
                if let Some(exchange) = self.exchanges.get_mut(stream as usize) {
                    exchange.count(*src, digest);
                }
                self.streams.udp = Some(stream);
                None
            }
            Kind::QuotedTcp(seen) => {
                let (stream, _) = self.stream_of(seen);
                self.streams.tcp = Some(stream);
                self.streams.parts = self.conversation(stream).map_or(0, Conversation::parts);
                None
            }
            Kind::QuotedUdp(src, dst) => {
                self.streams.udp = Some(self.udp_stream(*src, *dst, digest.frame));
                None
            }
            Kind::Other => None,
        }
    }

    #[inline(always)]
    fn segment(&mut self, seen: &tcp::Seen, digest: &Digest, arrival: Option<bool>) -> Option<Segment> {
        let (stream, reused_ports) = self.stream_of(seen);
        let scarce = self.flight >= MAX_FLIGHT;
        let conversation = self.conversations.get_mut(stream as usize)?;
        self.streams.tcp = Some(stream);
        self.streams.parts = conversation.parts();
        if seen.partial {
            conversation.count_frame(seen, digest);
            return None;
        }
        let before = conversation.room();
        let segment =
            conversation.push(seen, Context { reused_ports, arrival, scarce, remembers: !self.lean });
        conversation.count_frame(seen, digest);
        if scarce || conversation.is_over() {
            conversation.give_back();
        }
        self.flight = self.flight + conversation.room() - before;
        Some(segment)
    }

    /// To which conversation the packet last pushed belongs.
    pub fn streams(&self) -> Streams {
        self.streams
    }

    /// A conversation by its number, as far as it has been followed.
    pub fn conversation(&self, stream: u32) -> Option<&Conversation> {
        self.conversations.get(usize::try_from(stream).ok()?)
    }

    /// All conversations so far, in the order of their first packet.
    pub fn conversations(&self) -> &[Conversation] {
        &self.conversations
    }

    /// All exchanges of UDP datagrams so far, in the order of their first.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// When a conversation's first frame was seen; `None` where the file does not say.
    pub fn start(&self, tally: &Tally) -> Option<Time> {
        tally.first.time(self.epoch?)
    }

    /// The conversation that a segment belongs to, and whether it begins another one on ports that were used before.
    fn stream_of(&mut self, seen: &tcp::Seen) -> (u32, bool) {
        let key = Key::new(seen.src, seen.dst);
        let Tracker { tcp, conversations, .. } = self;
        let known = tcp.find(&key, |stream| {
            conversations.get(stream as usize).map(|found| Key::new(found.client, found.server))
        });
        let next = conversations.len() as u32;
        let Some(place) = known else {
            tcp.insert(&key, next, |stream| {
                conversations.get(stream as usize).map(|found| Key::new(found.client, found.server))
            });
            conversations.push(Conversation::new(next, seen));
            return (next, false);
        };
        let current = conversations.get(*place as usize);
        if current.is_none_or(|conversation| !conversation.is_over_with(seen)) {
            return (*place, false);
        }
        *place = next;
        conversations.push(Conversation::again(next, seen));
        (next, true)
    }

    fn udp_stream(&mut self, src: SocketAddr, dst: SocketAddr, frame: u64) -> u32 {
        let key = Key::new(src, dst);
        let Tracker { udp, exchanges, .. } = self;
        let key_of =
            |stream: u32| exchanges.get(stream as usize).map(|found| Key::new(found.first, found.second));
        if let Some(stream) = udp.find(&key, key_of) {
            return *stream;
        }
        let next = exchanges.len() as u32;
        udp.insert(&key, next, key_of);
        exchanges.push(Exchange::new(next, src, dst, frame));
        next
    }
}

//! Packets come in, in the order of the capture; what they mean in their conversation goes out.
//!
//! [`Tracker::push`] takes each packet once and says of a TCP segment which stream it belongs to, its numbers counted
//! from the beginning, its window scaled, which states both ends are in before and after it, and what TCP was doing
//! (sending again, missing something, repeating itself). Streams are counted as in Wireshark: in the order of their first
//! packet, and a port that is used again makes a new one. States are inferred (RFC 9293, section 3.3.2): from frames
//! alone nobody sees more; what can't be known, as in a capture that starts in the middle, is `None`.
//!
//! A conversation costs a few hundred bytes, and a bounded number of recent segments; a packet costs no allocation. Where only
//! conversations are wanted, not what each segment does, [`Tracker::count`] does less, and a [`Digest`] of each packet is all
//! that it needs.
//! Knows nothing of words or colours: that begins with the story.

#![deny(clippy::indexing_slicing)]

mod arena;
mod carries;
mod cut;
mod digest;
mod fields;
mod fragments;
mod key;
pub mod stream;
mod table;
mod tally;
mod tcp;
mod udp;

use crate::dissect::Packet;
use crate::frame::Time;
use arena::Arena;
pub use carries::Carries;
pub use cut::Unsaid;
pub use digest::Digest;
use digest::{Kind, Member};
pub use fields::{all_fields, kind_of};
pub use fragments::Fragments;
use key::Index;
pub use table::{Row, TcpRow, merge};
pub use tally::{Sent, Tally};
pub use tcp::{
    Analysis, Began, Conversation, End, Ended, Outcome, SackRanges, Segment, SynOptions, Transition,
    Transitions,
};
use tcp::{Context, Flights, Moment, Seen};
pub use udp::Exchange;

/// For so many packets at once the conversations are looked up ahead.
const AHEAD: usize = 128;

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
    conversations: Arena<Conversation>,
    udp: Index,
    exchanges: Arena<Exchange>,
    streams: Streams,
    /// All directions' segments that are not yet confirmed.
    flights: Flights,
    /// When the first frame was seen that has a time, and what a moment leaves out of that.
    epoch: (Moment, i64),
}

impl Tracker {
    /// One that has seen nothing yet.
    pub fn new() -> Tracker {
        Tracker::default()
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
        let mut segment = self.take::<false>(&Digest::of(packet)?.0, arrives)?;
        if let Some(tcp) = packet.tcp() {
            segment.sack = SackRanges::of(tcp, segment.other_base);
        }
        Some(segment)
    }

    /// For whoever only wants the conversations in the end: the same, less the steps on the way. A tracker that counts leaves
    /// both ends' states aside, and must not be pushed to later on.
    pub fn count(&mut self, digest: &Digest) {
        self.take::<true>(&digest.0, None);
    }

    /// The same for many: while one is counted, what the next ones need is already on its way from memory.
    pub fn count_all(&mut self, digests: &[Digest]) {
        for group in digests.chunks(AHEAD) {
            let mut sum = 0;
            for Digest(member) in group {
                let number = self.tcp.guess(member.hash).unwrap_or(0);
                if let Some(conversation) = self.conversations.get(number as usize) {
                    sum ^= conversation.touch(&self.flights);
                }
            }
            std::hint::black_box(sum);
            for digest in group {
                self.count(digest);
            }
        }
    }

    #[inline(always)]
    fn take<const LEAN: bool>(&mut self, member: &Member, arrives: Option<bool>) -> Option<Segment> {
        if self.epoch.0 == Moment::UNKNOWN {
            self.epoch = (member.seen.time, member.era);
        }
        match member.kind {
            Kind::Tcp => self.segment::<LEAN>(&member.seen, member, arrives),
            Kind::Udp => {
                let stream = self.udp_stream(member);
                if let Some(exchange) = self.exchanges.get_mut(stream as usize) {
                    exchange.count(member);
                }
                self.streams.udp = Some(stream);
                None
            }
            Kind::QuotedTcp => {
                let (stream, _) = self.stream_of(&member.seen, member);
                self.streams.tcp = Some(stream);
                self.streams.parts = self.conversation(stream).map_or(0, Conversation::parts);
                None
            }
            Kind::QuotedUdp => {
                self.streams.udp = Some(self.udp_stream(member));
                None
            }
        }
    }

    #[inline(always)]
    fn segment<const LEAN: bool>(
        &mut self,
        seen: &Seen,
        member: &Member,
        arrival: Option<bool>,
    ) -> Option<Segment> {
        let (stream, reused_ports) = self.stream_of(seen, member);
        let conversation = self.conversations.get_mut(stream as usize)?;
        self.streams.tcp = Some(stream);
        self.streams.parts = conversation.parts();
        if seen.partial {
            conversation.glimpse(seen);
            conversation.count_frame(member);
            return None;
        }
        let context = Context { reused_ports, arrival };
        let segment = conversation.push::<LEAN>(seen, member, context, &mut self.flights);
        conversation.count_frame(member);
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

    /// When a conversation's first frame was seen; `None` where the file does not say.
    pub fn start(&self, tally: &Tally) -> Option<Time> {
        tally.first.time(self.epoch.0, self.epoch.1)
    }

    /// The conversation that a segment belongs to, and whether it begins another one on ports that were used before.
    #[inline(always)]
    fn stream_of(&mut self, seen: &Seen, member: &Member) -> (u32, bool) {
        let Tracker { tcp, conversations, .. } = self;
        let key_of = |stream: u32| conversations.get(stream as usize).map(|found| &found.key);
        let next = conversations.len() as u32;
        let Some(place) = tcp.find(member.hash, &member.key, key_of) else {
            tcp.insert(member.hash, next, key_of);
            conversations.push(Conversation::new(next, seen, member));
            return (next, false);
        };
        let current = conversations.get(*place as usize);
        if current.is_none_or(|conversation| !conversation.is_over_with(seen, member)) {
            return (*place, false);
        }
        *place = next;
        conversations.push(Conversation::again(next, seen, member));
        (next, true)
    }

    fn udp_stream(&mut self, member: &Member) -> u32 {
        let Tracker { udp, exchanges, .. } = self;
        let key_of = |stream: u32| exchanges.get(stream as usize).map(|found| &found.key);
        if let Some(stream) = udp.find(member.hash, &member.key, key_of) {
            return *stream;
        }
        let next = exchanges.len() as u32;
        udp.insert(member.hash, next, key_of);
        exchanges.push(Exchange::new(next, member));
        next
    }
}

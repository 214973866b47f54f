//! Packets come in, in the order of the capture; what they mean in their conversation goes out.
//!
//! [`Tracker::push`] takes each packet once and says of a TCP segment which stream it belongs to, its numbers counted
//! from the beginning, its window scaled, which states both ends are in before and after it, and what TCP was doing
//! (sending again, missing something, repeating itself). Streams are counted as in Wireshark: in the order of their first
//! packet, and a port that is used again makes a new one. States are inferred (RFC 9293, section 3.3.2): from frames
//! alone nobody sees more; what can't be known, as in a capture that starts in the middle, is `None`.
//!
//! A conversation costs a few hundred bytes, and a bounded number of recent segments; a packet costs no allocation.
//! Knows nothing of words or colours: that begins with the story.

#![deny(clippy::indexing_slicing)]

mod fields;
mod fragments;
mod key;
mod tcp;

use std::collections::HashMap;
use std::net::IpAddr;

use crate::dissect::{Header, Packet};
pub use fields::{all_fields, kind_of};
pub use fragments::Fragments;
use key::Key;
pub use tcp::{Analysis, Began, Conversation, End, SackRanges, Segment, SynOptions, Transition, Transitions};

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
    tcp: HashMap<Key, u32>,
    conversations: Vec<Conversation>,
    udp: HashMap<Key, u32>,
    streams: Streams,
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
        if let (Some(tcp), Some(addresses)) = (packet.tcp(), packet.addresses()) {
            let seen = tcp::Seen::new(packet, tcp, addresses)?;
            let (stream, reused) = self.stream_of(&seen);
            self.streams.tcp = Some(stream);
            self.streams.parts = self.conversation(stream).map_or(0, Conversation::parts);
            if tcp.is_partial() {
                return None;
            }
            return Some(self.conversations.get_mut(stream as usize)?.push(&seen, reused, arrives));
        }
        if let (Some(udp), Some((src, dst))) = (packet.udp(), packet.addresses()) {
            let ports = udp.source_port().zip(udp.destination_port());
            self.streams.udp = ports.map(|(from, to)| self.udp_stream(src, from, dst, to));
        } else if let Some((header, addresses)) = packet.quoted_transport() {
            self.push_quoted(packet, header, addresses);
        }
        None
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

    /// The conversation that a segment belongs to, and whether it begins another one on ports that were used before.
    fn stream_of(&mut self, seen: &tcp::Seen<'_>) -> (u32, bool) {
        let key = Key::new(seen.src, seen.dst);
        let current = self.tcp.get(&key).and_then(|stream| self.conversations.get(*stream as usize));
        let reused = current.is_some_and(|conversation| conversation.is_over_with(seen));
        match current {
            Some(conversation) if !reused => (conversation.stream, false),
            _ => {
                let stream = self.conversations.len() as u32;
                let make = if reused { Conversation::again } else { Conversation::new };
                self.conversations.push(make(stream, seen));
                self.tcp.insert(key, stream);
                (stream, reused)
            }
        }
    }

    fn push_quoted(&mut self, packet: &Packet<'_>, header: &Header<'_>, addresses: (IpAddr, IpAddr)) {
        let (src, dst) = addresses;
        match header {
            Header::Tcp(tcp) => {
                let seen = tcp::Seen::new(packet, *tcp, addresses);
                self.streams.tcp = seen.map(|seen| self.stream_of(&seen).0);
                self.streams.parts =
                    self.streams.tcp.and_then(|at| self.conversation(at)).map_or(0, Conversation::parts);
            }
            Header::Udp(udp) => {
                let ports = udp.source_port().zip(udp.destination_port());
                self.streams.udp = ports.map(|(from, to)| self.udp_stream(src, from, dst, to));
            }
            _ => {}
        }
    }

    fn udp_stream(&mut self, src: IpAddr, from: u16, dst: IpAddr, to: u16) -> u32 {
        let next = self.udp.len() as u32;
        *self.udp.entry(Key::new((src, from).into(), (dst, to).into())).or_insert(next)
    }
}

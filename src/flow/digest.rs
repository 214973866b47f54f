//! What the tracker needs to know of a packet, without its bytes: it can be handed to another thread.

use super::Carries;
use super::key::Key;
use super::tcp::{Moment, Seen};
use crate::dissect::{Header, Packet, TcpSlice, UdpSlice, plain_tcp};
use crate::frame::Frame;

/// What a packet is to the conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A TCP segment.
    Tcp,
    /// A TCP header that an ICMP error quotes.
    QuotedTcp,
    /// A UDP datagram.
    Udp,
    /// A UDP header that an ICMP error quotes.
    QuotedUdp,
}

/// A packet that belongs to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) kind: Kind,
    /// Of UDP only the frame's number and time.
    pub(super) seen: Seen,
    pub(super) key: Key,
    pub(super) hash: u32,
    /// Whether the key's lower end has sent it.
    pub(super) from_lower: bool,
    pub(super) carries: Carries,
    /// The frame's length on the wire.
    pub(super) len: u32,
    /// What a moment leaves out of its time.
    pub(super) era: i32,
}

/// What follows for conversations from one packet; borrows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub(super) Member);

impl Digest {
    /// Reads it off a packet; `None` where that belongs to no conversation: no TCP or UDP, or too little of it was kept.
    #[inline]
    pub fn of(packet: &Packet<'_>) -> Option<Digest> {
        let frame = packet.frame();
        for layer in packet.layers().iter().rev() {
            let found = match &layer.header {
                Header::Tcp(tcp) => Digest::of_tcp(frame, *tcp, layer.quoted),
                Header::Udp(udp) => Digest::of_udp(frame, *udp, layer.quoted),
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The same of a frame, without a look at what is around its segment; `None` says nothing: only the most usual build is read.
    #[inline(always)]
    pub fn of_plain(frame: &Frame<'_>) -> Option<Digest> {
        Digest::of_tcp(frame, plain_tcp(frame)?, false)
    }

    /// The same, with the segment.
    #[inline(always)]
    pub(super) fn of_plain_tcp<'f>(frame: &Frame<'f>) -> Option<(Digest, TcpSlice<'f>)> {
        let tcp = plain_tcp(frame)?;
        Some((Digest::of_tcp(frame, tcp, false)?, tcp))
    }

    /// Which of `shares` equal shares of all conversations it belongs to: always the same for both directions.
    #[inline]
    pub fn share(&self, shares: usize) -> usize {
        // The index looks at the hash's lowest and highest bits. Scaled, not divided: that would take longer than all the rest.
        ((u64::from(self.0.hash >> 8 & 0xffff) * shares as u64) >> 16) as usize
    }

    #[inline(always)]
    fn of_tcp(frame: &Frame<'_>, tcp: TcpSlice<'_>, quoted: bool) -> Option<Digest> {
        let fixed = tcp.fixed()?;
        let (key, from_lower) = Key::of_packet(tcp.addresses(), fixed.src_port, fixed.dst_port)?;
        let (seen, payload) = Seen::new(frame, tcp, &fixed);
        let (kind, carries) = if quoted {
            (Kind::QuotedTcp, Carries::Nothing)
        } else if payload.is_empty() {
            (Kind::Tcp, Carries::Nothing)
        } else {
            (Kind::Tcp, Carries::of_segment(payload, (fixed.src_port, fixed.dst_port)))
        };
        let (hash, len) = (key.hash(), frame.original_len);
        Some(Digest(Member { kind, seen, key, hash, from_lower, carries, len, era: Moment::era(frame.time) }))
    }

    fn of_udp(frame: &Frame<'_>, udp: UdpSlice<'_>, quoted: bool) -> Option<Digest> {
        if udp.length().is_some() && udp.whole_len().is_none() {
            // A length below the header's: Wireshark, too, reads no further and gives it no conversation.
            return None;
        }
        let ports = (udp.source_port()?, udp.destination_port()?);
        let (key, from_lower) = Key::of_packet(udp.addresses(), ports.0, ports.1)?;
        let (kind, carries) = if quoted {
            (Kind::QuotedUdp, Carries::Nothing)
        } else {
            (Kind::Udp, Carries::of_datagram(udp.payload(), ports))
        };
        let seen = Seen::empty(frame);
        let (hash, len) = (key.hash(), frame.original_len);
        Some(Digest(Member { kind, seen, key, hash, from_lower, carries, len, era: Moment::era(frame.time) }))
    }
}

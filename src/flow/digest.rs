//! What the tracker needs to know of a packet, without its bytes: it can be handed to another thread.

use std::net::{IpAddr, SocketAddr};

use super::Carries;
use super::tcp::Seen;
use crate::dissect::{Header, Packet, Transport, UdpSlice};
use crate::frame::Time;

/// What a packet is to the conversations.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A TCP segment.
    Tcp(Seen),
    /// A UDP datagram, from and to.
    Udp(SocketAddr, SocketAddr),
    /// A TCP header that an ICMP error quotes.
    QuotedTcp(Seen),
    /// A UDP header that an ICMP error quotes.
    QuotedUdp(SocketAddr, SocketAddr),
    /// Anything else.
    Other,
}

/// What follows for conversations from one packet; borrows nothing.
#[derive(Clone, Copy, Debug)]
pub struct Digest {
    pub(super) kind: Kind,
    pub(super) frame: u64,
    pub(super) time: Option<Time>,
    /// The frame's length on the wire.
    pub(super) len: u32,
    pub(super) carries: Carries,
}

impl Digest {
    /// Reads it off a packet.
    pub fn of(packet: &Packet<'_>) -> Digest {
        let frame = packet.frame();
        let mut carries = Carries::Nothing;
        let kind = match packet.transport() {
            None => Kind::Other,
            Some(Transport { header: Header::Tcp(tcp), addresses, quoted }) => {
                match Seen::new(packet, tcp, addresses) {
                    None => Kind::Other,
                    Some(seen) if quoted => Kind::QuotedTcp(seen),
                    Some(seen) => {
                        carries = Carries::of_segment(tcp.payload(), (seen.src.port(), seen.dst.port()));
                        Kind::Tcp(seen)
                    }
                }
            }
            Some(Transport { header: Header::Udp(udp), addresses, quoted }) => match ends(udp, addresses) {
                None => Kind::Other,
                Some((src, dst)) if quoted => Kind::QuotedUdp(src, dst),
                Some((src, dst)) => {
                    carries = Carries::of_datagram(udp.payload(), (src.port(), dst.port()));
                    Kind::Udp(src, dst)
                }
            },
            Some(_) => Kind::Other,
        };
        Digest { kind, frame: frame.number, time: frame.time, len: frame.original_len, carries }
    }
}

fn ends(udp: UdpSlice<'_>, (src, dst): (IpAddr, IpAddr)) -> Option<(SocketAddr, SocketAddr)> {
    Some((SocketAddr::new(src, udp.source_port()?), SocketAddr::new(dst, udp.destination_port()?)))
}

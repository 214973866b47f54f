//! Which frames of an interface belong to the story, and who sent them. Pure.

use std::net::{IpAddr, SocketAddr};

use crate::dissect::{Header, Packet};
use crate::event::Host;

/// What the story is about.
#[derive(Clone, Debug)]
pub(super) struct Interest {
    /// `None` where whoever connects is meant.
    pub(super) client: Option<SocketAddr>,
    /// Its address may be unspecified: any of ours.
    pub(super) server: SocketAddr,
    /// Who is spoken to on the link: the other host, or the router to it.
    pub(super) neighbour: Option<IpAddr>,
}

/// That a frame belongs to the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ours {
    /// Who sent it; `None` where that was neither of the two: a router.
    pub(super) from: Option<Host>,
    /// ARP or neighbour discovery.
    pub(super) neighbour: Option<Neighbour>,
}

/// A part of finding out the neighbour's MAC address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Neighbour {
    /// Who has this address?
    Request,
    /// I have it.
    Reply,
}

impl Ours {
    fn conversation(from: Host) -> Ours {
        Ours { from: Some(from), neighbour: None }
    }
}

impl Interest {
    /// Whether a frame belongs to the story; `None` if not.
    pub(super) fn in_it(&self, packet: &Packet<'_>) -> Option<Ours> {
        if let Some(tcp) = packet.tcp() {
            let (source, destination) = packet.addresses()?;
            let from = (source, tcp.src_port()?);
            return self.conversation(from, (destination, tcp.dst_port()?)).map(Ours::conversation);
        }
        if let Some((Header::Tcp(tcp), (source, destination))) = packet.quoted_transport() {
            let (from, to) = ((source, tcp.src_port()?), (destination, tcp.dst_port()?));
            self.conversation(from, to)?;
            let from = packet.addresses().and_then(|(sender, _)| self.host(sender));
            return Some(Ours { from, neighbour: None });
        }
        self.neighbours(packet)
    }

    /// Which of the two sent a segment from and to these.
    fn conversation(&self, from: (IpAddr, u16), to: (IpAddr, u16)) -> Option<Host> {
        if self.is_client(from) && self.is_server(to) {
            Some(Host::Client)
        } else if self.is_server(from) && self.is_client(to) {
            Some(Host::Server)
        } else {
            None
        }
    }

    fn is_client(&self, end: (IpAddr, u16)) -> bool {
        self.client.is_none_or(|client| (client.ip(), client.port()) == end)
    }

    fn is_server(&self, (ip, port): (IpAddr, u16)) -> bool {
        self.server.port() == port && (self.server.ip() == ip || self.server.ip().is_unspecified())
    }

    fn host(&self, address: IpAddr) -> Option<Host> {
        if self.client.is_some_and(|client| client.ip() == address) {
            Some(Host::Client)
        } else if self.server.ip() == address {
            Some(Host::Server)
        } else {
            None
        }
    }

    /// ARP and neighbour discovery between us and the neighbour.
    fn neighbours(&self, packet: &Packet<'_>) -> Option<Ours> {
        let neighbour = self.neighbour?;
        let us = self.client?.ip();
        let (sender, about, neighbour_is): (IpAddr, IpAddr, Neighbour) = match packet.arp() {
            Some(arp) => {
                let kind = if arp.opcode() == Some(1) { Neighbour::Request } else { Neighbour::Reply };
                (arp.sender_ip()?.into(), arp.target_ip()?.into(), kind)
            }
            None => {
                let icmp = packet.icmpv6()?;
                let (source, destination) = packet.addresses()?;
                match icmp.kind()? {
                    135 => (source, icmp.target()?.into(), Neighbour::Request),
                    136 => (source, destination, Neighbour::Reply),
                    _ => return None,
                }
            }
        };
        let ours = (sender, about) == (us, neighbour) || (sender, about) == (neighbour, us);
        ours.then(|| Ours { from: self.host(sender), neighbour: Some(neighbour_is) })
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::frame::LinkType;

    fn interest() -> Interest {
        Interest {
            client: Some("192.0.2.1:40000".parse().unwrap()),
            server: "198.51.100.7:443".parse().unwrap(),
            neighbour: Some("192.0.2.254".parse().unwrap()),
        }
    }

    fn ours(bytes: &[u8]) -> Option<Ours> {
        let original_len = bytes.len() as u32;
        let link = LinkType::Ethernet;
        interest().in_it(&Packet::new(crate::frame::Frame {
            number: 1,
            time: None,
            link,
            interface: None,
            bytes,
            original_len,
        }))
    }

    fn tcp(from: ([u8; 4], u16), to: ([u8; 4], u16)) -> Vec<u8> {
        let mut bytes = Vec::new();
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(from.0, to.0, 64).tcp(from.1, to.1, 1, 1);
        builder.write(&mut bytes, &[]).unwrap();
        bytes
    }

    const CLIENT: ([u8; 4], u16) = ([192, 0, 2, 1], 40000);
    const SERVER: ([u8; 4], u16) = ([198, 51, 100, 7], 443);

    #[test]
    fn only_this_conversation_is_in_it() {
        assert_eq!(ours(&tcp(CLIENT, SERVER)).unwrap().from, Some(Host::Client));
        assert_eq!(ours(&tcp(SERVER, CLIENT)).unwrap().from, Some(Host::Server));
        assert_eq!(ours(&tcp((CLIENT.0, 40001), SERVER)), None);
        assert_eq!(ours(&tcp(CLIENT, (SERVER.0, 80))), None);
        assert_eq!(ours(&tcp(CLIENT, ([198, 51, 100, 8], 443))), None);
    }

    #[test]
    fn a_routers_word_about_it_is_in_it() {
        let segment = tcp(CLIENT, SERVER);
        let mut bytes = Vec::new();
        PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4([203, 0, 113, 9], CLIENT.0, 64)
            .icmpv4(etherparse::Icmpv4Type::DestinationUnreachable(
                etherparse::icmpv4::DestUnreachableHeader::Host,
            ))
            .write(&mut bytes, &segment[14..])
            .unwrap();
        assert_eq!(ours(&bytes).unwrap(), Ours { from: None, neighbour: None });
    }

    #[test]
    fn arp_between_us_and_the_router_is_in_it_and_no_other() {
        let arp = |operation, sender: [u8; 4], target: [u8; 4]| {
            let mut bytes = [2; 12].to_vec();
            bytes.extend([0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation, 2, 2, 2, 2, 2, 2]);
            bytes.extend(sender);
            bytes.extend([0; 6]);
            bytes.extend(target);
            bytes
        };
        let router = [192, 0, 2, 254];
        let request = ours(&arp(1, CLIENT.0, router)).unwrap();
        assert_eq!(request, Ours { from: Some(Host::Client), neighbour: Some(Neighbour::Request) });
        let reply = ours(&arp(2, router, CLIENT.0)).unwrap();
        assert_eq!(reply, Ours { from: None, neighbour: Some(Neighbour::Reply) });
        assert_eq!(ours(&arp(1, CLIENT.0, [192, 0, 2, 77])), None);
    }
}

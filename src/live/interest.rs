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
}

impl Interest {
    /// Whether a frame belongs to the story; `None` if not.
    pub(super) fn in_it(&self, packet: &Packet<'_>) -> Option<Ours> {
        if let Some(tcp) = packet.tcp() {
            let (source, destination) = packet.addresses()?;
            let from = (source, tcp.src_port()?);
            return self
                .conversation(from, (destination, tcp.dst_port()?))
                .map(|from| Ours { from: Some(from) });
        }
        if let Some((Header::Tcp(tcp), (source, destination))) = packet.quoted_transport() {
            let (from, to) = ((source, tcp.src_port()?), (destination, tcp.dst_port()?));
            self.conversation(from, to)?;
            return Some(Ours { from: packet.addresses().and_then(|(sender, _)| self.host(sender)) });
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
        let (sender, about): (IpAddr, IpAddr) = match packet.arp() {
            Some(arp) => (arp.sender_ip()?.into(), arp.target_ip()?.into()),
            None => {
                let icmp = packet.icmpv6().filter(|icmp| matches!(icmp.kind(), Some(135 | 136)))?;
                let (source, destination) = packet.addresses()?;
                // Asking: about whom; answering: to whom.
                let about = if icmp.kind() == Some(135) { icmp.target()?.into() } else { destination };
                (source, about)
            }
        };
        let ours = (sender, about) == (us, neighbour) || (sender, about) == (neighbour, us);
        ours.then(|| Ours { from: self.host(sender) })
    }
}

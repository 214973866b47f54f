//! What it costs to bring a message across: bytes on the wire by layer, counted from the capture.

use std::collections::HashMap;
use std::net::IpAddr;

use super::heard::Message;
use super::layer::Layer;
use super::walk::{Part, Physical, Place, Walk};
use crate::dissect::{Header, Packet};

/// So many pairs of neighbours are remembered.
const NEIGHBOURS: usize = 4096;

/// Bytes on the wire, by what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// How many frames.
    pub frames: u64,
    /// What layer 1 adds: preambles, check sequences, gaps, padding. 0 where the link is no Ethernet.
    pub physical: u64,
    /// Layer 2's headers, and padding that the capture holds.
    pub link: u64,
    /// Layer 3's: IP, ARP, ICMP.
    pub network: u64,
    /// Layer 4's headers.
    pub transport: u64,
    /// What the programs said before: the Upgrade, a handshake of TLS.
    pub opening: u64,
    /// What TLS adds to the message.
    pub tls: u64,
    /// What the program's protocol adds to the message: a WebSocket header.
    pub protocol: u64,
    /// The message itself.
    pub message: u64,
    /// What the message was before it was compressed; `None` where it was not, or nobody knows.
    pub inflated: Option<u64>,
    /// Of `network`: what it took to find the neighbours, by ARP or neighbour discovery.
    pub neighbours: u64,
}

impl Bill {
    /// How many bytes of a message the other program gets: what the wire has of it, inflated where it was compressed.
    pub fn meant(&self) -> u64 {
        self.inflated.unwrap_or(self.message)
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        self.rows().iter().map(|(_, bytes)| bytes).sum()
    }

    /// Each kind with its bytes, from the wire up to the message, and the place that it is drawn as. (Opening and protocol are
    /// the programs' too; what WebSocket adds is drawn as what it is like.)
    pub fn rows(&self) -> [(&'static str, u64); 8] {
        [
            ("physical", self.physical),
            ("link", self.link),
            ("network", self.network),
            ("transport", self.transport),
            ("opening", self.opening),
            ("tls", self.tls),
            ("protocol", self.protocol),
            ("message", self.message),
        ]
    }

    /// One frame more, of which nobody knows what the programs say in it.
    fn add(&mut self, packet: &Packet<'_>) {
        let frame = packet.frame();
        let len = u64::from(frame.original_len);
        self.frames += 1;
        self.physical += Physical::of(frame.link, len).map_or(0, Physical::added);
        let (mut link, mut network, mut transport, mut capture) = (0, 0, 0, 0);
        for layer in packet.layers().iter().filter(|layer| !layer.quoted) {
            let own = layer.own_bytes().len() as u64;
            match layer.header {
                Header::Ethernet(_) | Header::Vlan(_) | Header::Llc(_) => link += own,
                Header::Sll(_) | Header::Null(_) => capture += own,
                Header::Tcp(_) | Header::Udp(_) => transport += own,
                Header::Dns(_) => {}
                _ => network += own,
            }
        }
        let said = packet.tcp().and_then(|tcp| tcp.payload_len()).map(|len| len as u64);
        let said =
            said.or_else(|| packet.udp()?.whole_len().map(|len| len.saturating_sub(8) as u64)).unwrap_or(0);
        let rest = len.saturating_sub(capture + link + network + transport + said);
        self.link += link + rest;
        self.network += network;
        self.transport += transport;
        self.opening += said;
    }

    /// Of what the last frame said, so much was the message, and so much its protocol's. Where TLS hid it, the rest is what TLS added;
    /// else something was said before it in the same frame.
    fn is_message(&mut self, said: u64, protocol: u64, message: u64, inside: bool) {
        let own = protocol + message;
        self.opening = self.opening.saturating_sub(if inside { said.max(own) } else { own });
        self.protocol += protocol;
        self.message += message;
        self.tls += if inside { said.saturating_sub(own) } else { 0 };
    }

    fn join(&mut self, other: &Bill) {
        self.frames += other.frames;
        self.physical += other.physical;
        self.link += other.link;
        self.network += other.network;
        self.transport += other.transport;
        self.opening += other.opening;
        self.tls += other.tls;
        self.protocol += other.protocol;
        self.message += other.message;
        self.neighbours += other.network;
    }

    /// Of a walk: all is known.
    pub(super) fn of(walk: &Walk) -> Bill {
        let mut bill = Bill { frames: 1, ..Bill::default() };
        bill.physical = walk.physical.map_or(0, Physical::added);
        for part in walk.layered() {
            match part.place {
                Place::At(Layer::Physical) => {}
                Place::At(Layer::Link) => bill.link += part.len,
                Place::At(Layer::Network) => bill.network += part.len,
                Place::At(Layer::Transport) => bill.transport += part.len,
                Place::Tls => bill.tls += part.len,
                Place::At(Layer::Application) => bill.message += part.len,
                Place::Like(_) | Place::At(_) => bill.protocol += part.len,
                Place::Capture => {}
            }
        }
        // What keys have opened: a part of what TLS took is the message, and what its protocol adds.
        let inside = |is: fn(&Part) -> bool| -> u64 {
            let parts = walk.sealed.iter().flat_map(|sealed| &sealed.parts);
            parts.filter(|part| is(part)).map(|part| part.len).sum()
        };
        let message = inside(|part| part.place == Place::At(Layer::Application));
        let protocol = inside(|part| part.place != Place::At(Layer::Application));
        bill.tls = bill.tls.saturating_sub(message + protocol);
        bill.message += message;
        bill.protocol += protocol;
        if let [unit] = walk.units.as_slice() {
            bill.inflated = unit.inflated.flatten().filter(|_| unit.is_whole());
        }
        bill
    }
}

/// What it costs to bring a message across.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// This frame alone: also what the next message like it costs, but for the ACK.
    pub this: Bill,
    /// The first message of the conversation, with all that it took to get there: each frame of the conversation up to it, and
    /// the questions of ARP or neighbour discovery. `None` where no message has come by then.
    pub first: Option<Bill>,
}

/// One conversation.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    so_far: Bill,
    /// What the frame pushed last said.
    said: u64,
    /// Up to the first frame in which a program said anything.
    spoken: Option<Bill>,
    /// Up to the first whole message of a WebSocket.
    message: Option<Bill>,
    /// It is a WebSocket by now, or asks to be one.
    is_socket: bool,
}

/// Counts while the capture is read.
#[derive(Debug, Default)]
pub(super) struct Counts {
    accounts: HashMap<u32, Account>,
    /// Who asked for whom, and what it took.
    neighbours: HashMap<(IpAddr, IpAddr), Bill>,
}

impl Counts {
    /// One frame more; `stream`: its conversation.
    pub(super) fn push(&mut self, packet: &Packet<'_>, stream: Option<u32>) {
        if let Some(stream) = stream {
            let account = self.accounts.entry(stream).or_default();
            let before = account.so_far.opening;
            account.so_far.add(packet);
            account.said = account.so_far.opening - before;
            if account.said > 0 && account.spoken.is_none() {
                let mut bill = account.so_far;
                bill.is_message(account.said, 0, account.said, false);
                account.spoken = Some(bill);
            }
        } else if let Some(pair) = neighbours(packet)
            && (self.neighbours.contains_key(&pair) || self.neighbours.len() < NEIGHBOURS)
        {
            self.neighbours.entry(pair).or_default().add(packet);
        }
    }

    /// With the frame pushed last a message of a WebSocket is complete.
    pub(super) fn message(&mut self, message: &Message) {
        let Message { stream, header, len, inflated, inside } = *message;
        if let Some(account) = self.accounts.get_mut(&stream)
            && account.message.is_none()
        {
            let mut bill = account.so_far;
            bill.is_message(account.said, header, len, inside);
            bill.inflated = inflated;
            account.message = Some(bill);
        }
    }

    /// Whether the conversation is a WebSocket from now on, or asks to be one: what opens it is no message.
    pub(super) fn switched(&mut self, stream: u32, is_socket: bool) {
        if let Some(account) = self.accounts.get_mut(&stream) {
            account.is_socket = is_socket;
        }
    }

    /// What the first message of a conversation between these two took.
    pub(super) fn first(&self, stream: u32, ends: Option<(IpAddr, IpAddr)>) -> Option<Bill> {
        let account = self.accounts.get(&stream)?;
        let mut bill = account.message.or(account.spoken.filter(|_| !account.is_socket))?;
        let (one, other) = ends?;
        for ((asker, asked), cost) in &self.neighbours {
            if [asker, asked].into_iter().any(|end| *end == one || *end == other) {
                bill.join(cost);
            }
        }
        Some(bill)
    }
}

/// The type of a neighbour advertisement (RFC 4861, section 4.4).
const ADVERTISEMENT: u8 = 136;

/// Who looks for whom, in the same order for question and answer.
fn neighbours(packet: &Packet<'_>) -> Option<(IpAddr, IpAddr)> {
    let pair: (IpAddr, IpAddr) = match packet.arp() {
        Some(arp) => (arp.sender_ip()?.into(), arp.target_ip()?.into()),
        None => {
            let (from, to) = packet.addresses()?;
            let icmp = packet.icmpv6()?;
            // An answer goes to the one that asked; a question, to many.
            (if icmp.kind() == Some(ADVERTISEMENT) { to } else { from }, icmp.target()?.into())
        }
    };
    let (one, other) = pair;
    Some((one.min(other), one.max(other)))
}

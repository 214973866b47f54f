//! One frame, taken apart by layers: plain data.

use std::ops::Range;

use super::cost::Cost;
use super::floors::Floor;
use super::layer::Layer;
use crate::dissect::{Buffer, Span};
use crate::event::Host;
use crate::flow::tls::Unread;
use crate::frame::{Frame, LinkType};

/// Where a stretch of bytes belongs among the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In this layer.
    At(Layer),
    /// To a protocol of the programs, which does here what OSI has this layer for (5 or 6).
    Like(Layer),
    /// To TLS: between the transport and the programs, in no single layer.
    Tls,
    /// To the capture: a header that was on no wire (Linux cooked, BSD loopback).
    Capture,
}

impl Place {
    /// One letter that stands for it wherever colour may be missing: the layer's number, `T` or `-`.
    pub fn sign(self) -> char {
        match self {
            Place::At(layer) | Place::Like(layer) => char::from(b'0' + layer.number()),
            Place::Tls => 'T',
            Place::Capture => '-',
        }
    }

    /// The layer that it is shown with; `None` for what is in none.
    pub fn layer(self) -> Option<Layer> {
        match self {
            Place::At(layer) | Place::Like(layer) => Some(layer),
            Place::Tls | Place::Capture => None,
        }
    }
}

/// A stretch of the frame's bytes that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it belongs.
    pub place: Place,
    /// What it is: `TCP`, `masking key`.
    pub title: &'static str,
    /// Where it stands: in the frame, or in what was decrypted.
    pub span: Span,
    /// How long it was on the wire; more than `span` has where the capture did not keep it.
    pub len: u64,
}

impl Part {
    /// Its bytes in those that `span` counts in.
    pub fn bytes<'a>(&self, all: &'a [u8]) -> &'a [u8] {
        all.get(self.span.bytes.clone()).unwrap_or_default()
    }
}

/// What a unit of the programs' protocols is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// A WebSocket frame with a message, or a part of one.
    Message,
    /// A WebSocket frame that is not for the program: ping, pong, close.
    Control,
    /// The request that asks for a WebSocket, or the 101 that begins it.
    Upgrade,
    /// A request or an answer of HTTP.
    Http,
    /// A message of DNS.
    Dns,
    /// A record of TLS that carries its own messages: handshake, alert.
    Tls,
    /// A record of TLS that hides what a program said, and nobody here can open it.
    Hidden,
    /// Bytes of a protocol that netlab does not read.
    Data,
}

/// Which piece of a message in several WebSocket frames one of them holds (RFC 6455, section 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// FIN is 0: more follow.
    More,
    /// FIN is 1: with it the message is whole.
    Last,
}

/// The bytes of letters that a piece of a text has only a part of: their others are in another piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Torn {
    /// Of the letter that began in the piece before: up to 3.
    pub start: Vec<u8>,
    /// Of the letter that goes on in the next piece: up to 3.
    pub end: Vec<u8>,
}

/// One thing that the programs' protocols say in the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What it is.
    pub kind: UnitKind,
    /// In few words: `text`, `GET /chat`, `Client Hello`. Untrusted text.
    pub title: String,
    /// What it says, where that is known: the message's text, or its beginning. Untrusted text.
    pub text: Option<String>,
    /// What stands before that text, and behind it, where it is a piece of a text.
    pub torn: Torn,
    /// Its length in bytes, with its own header.
    pub len: u64,
    /// Which of these bytes are in this frame.
    pub here: Range<u64>,
    /// How many bytes of it are its header; a masking key is a part of that.
    pub header: u64,
    /// The frames of the capture with its first byte and with its last.
    pub frames: (u64, u64),
    /// The masking key of a WebSocket frame.
    pub key: Option<[u8; 4]>,
    /// It is a piece of a message; `None` where it is a whole one, or none.
    pub piece: Option<Piece>,
    /// It was compressed (permessage-deflate); so many bytes it had before, where that is known.
    pub inflated: Option<Option<u64>>,
    /// The rule of WebSocket that it breaks and its receiver does not let pass: `ws.client_must_mask`.
    pub broken: Option<&'static str>,
}

impl Unit {
    /// How many bytes it carries behind its header, on the wire.
    pub fn payload(&self) -> u64 {
        self.len.saturating_sub(self.header)
    }

    /// How many bytes the program handed over for it; `None` where it was compressed, and what it was nobody knows.
    pub fn meant(&self) -> Option<u64> {
        self.inflated.unwrap_or(Some(self.payload()))
    }

    /// Whether all of it is in this frame.
    pub fn is_whole(&self) -> bool {
        self.here == (0..self.len)
    }

    /// Whether it is a WebSocket frame with an opcode that stands for nothing yet (RFC 6455, section 5.2).
    pub fn is_reserved(&self) -> bool {
        self.kind == UnitKind::Control && self.title.starts_with("opcode ")
    }
}

/// A record of TLS that keys have opened: what the program handed to TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// How many bytes the record takes on the wire, header, content and tag.
    pub record: u64,
    /// What was in it, readable; as much as belongs to the record.
    pub bytes: Vec<u8>,
    /// The same taken apart; spans count in `bytes`.
    pub parts: Vec<Part>,
}

/// Why the walk does not come to a message, or not all the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The link type is none that netlab reads.
    Link(u16),
    /// The frame carries a protocol of this EtherType, which netlab does not read.
    EtherType(u16),
    /// An IEEE 802.3 frame with a length: what is in it is no IP.
    Length,
    /// ARP: it serves IP, and carries nothing.
    Arp,
    /// ICMP: IP's own messages.
    Icmp,
    /// A protocol above IP that netlab does not read, by IANA's number.
    Protocol(u8),
    /// A piece of a packet that was cut up.
    Fragment,
    /// The segment carries no data: it is TCP's own.
    TcpOnly,
    /// The datagram is empty.
    Empty,
    /// The program's protocol is none that netlab reads.
    Program,
    /// The bytes were said before, in this frame.
    Again(u64),
    /// In TLS, and it could not be opened.
    Sealed(Unread),
    /// The capture kept so few bytes that this header is not all there.
    NotKept(&'static str),
    /// This header is damaged, or the frame ends inside of it.
    Malformed(&'static str),
}

/// What keeps the receiver's programs from getting a frame's bytes, or from getting them yet, as far as the capture tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The checksum of IPv4's header is wrong: the host discards the packet (RFC 1122, section 3.2.1.2).
    BadHeader,
    /// The checksum of TCP or UDP is wrong: the segment or datagram is discarded.
    BadSum,
    /// The receiver has confirmed these bytes before: they lie below its window (RFC 9293, section 3.10.7.4).
    Old,
    /// They were in an earlier frame; whether that one arrived, nothing shows.
    Again,
    /// Bytes before them have come in no frame so far: they wait in TCP.
    Waits,
}

/// What layer 1 of a real Ethernet adds to a frame, and no capture holds (IEEE 802.3, clauses 3.1.1 and 4.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Physical {
    /// Bytes that a short frame is filled up with, to 60; 0 where the capture has them.
    pub padding: u64,
}

impl Physical {
    /// The preamble, and the delimiter that ends it.
    pub const PREAMBLE: u64 = 8;
    /// The frame check sequence behind the frame. (By the standard it belongs to the link layer; the card takes it off.)
    pub const CHECK: u64 = 4;
    /// The silence before the next frame, as long as so many bytes.
    pub const GAP: u64 = 12;
    /// A frame without its check sequence has at least so many bytes.
    pub const LEAST: u64 = 60;

    /// For a frame of so many bytes; `None` where the link is no Ethernet.
    pub fn of(link: LinkType, len: u64) -> Option<Physical> {
        (link == LinkType::Ethernet).then(|| Physical { padding: Physical::LEAST.saturating_sub(len) })
    }

    /// All that is added.
    pub fn added(self) -> u64 {
        Physical::PREAMBLE + self.padding + Physical::CHECK + Physical::GAP
    }
}

/// What a message is called in a frame that masks it.
pub(super) const MASKED: &str = "message, masked";

/// What is called so, which stands in a packet behind UDP's datagram.
pub(super) const BEHIND_UDP: &str = "behind UDP";

/// What the key is called that masks it.
pub(super) const KEY: &str = "masking key";

/// A frame, taken apart by layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Its number in the capture.
    pub frame: u64,
    /// What its first bytes are.
    pub link: LinkType,
    /// Its length on the wire, as the capture says: without what layer 1 adds.
    pub len: u64,
    /// What was kept of it.
    pub bytes: Vec<u8>,
    /// Who sent it, where TCP tells.
    pub from: Option<Host>,
    /// All of its bytes in their order, each in one part.
    pub parts: Vec<Part>,
    /// The records of TLS in it that keys have opened.
    pub sealed: Vec<Sealed>,
    /// What the programs' protocols say in it, in order.
    pub units: Vec<Unit>,
    /// Why it does not come to a message; `None` where it does.
    pub stop: Option<Stop>,
    /// The wire dropped it, so nobody takes it up: no floor has words for the way up.
    pub lost: bool,
    /// It brings what was in this earlier frame, which the wire dropped: the first copy that arrives.
    pub instead_of: Option<u64>,
    /// What keeps the receiver's programs from its bytes; `None` where nothing does.
    pub held: Option<Held>,
    /// The sender's checksums were filled in behind the capture: a frame of its with a wrong one, and the frame that confirms it all
    /// the same.
    pub later: Option<(u64, u64)>,
    /// Bytes of earlier frames that waited for this one, and go up with it.
    pub freed: u64,
    /// What layer 1 adds; `None` where the link is no Ethernet.
    pub physical: Option<Physical>,
    /// What it costs to bring the message across.
    pub cost: Cost,
    /// What the words' placeholders stand for. Untrusted text may be among it.
    pub values: Vec<(&'static str, String)>,
    /// Every layer, from 7 to 1, with the keys of its words.
    pub floors: Vec<Floor>,
}

impl Walk {
    /// The frame as it was captured, but for its time and interface.
    pub fn as_frame(&self) -> Frame<'_> {
        Frame {
            number: self.frame,
            time: None,
            link: self.link,
            interface: None,
            bytes: &self.bytes,
            original_len: u32::try_from(self.len).unwrap_or(u32::MAX),
        }
    }

    /// How long the unit of a layer is in this frame, with all that it carries; `None` where the layer adds nothing here. What
    /// layer 1 adds counts there.
    pub fn unit_len(&self, layer: Layer) -> Option<u64> {
        if layer == Layer::Physical {
            return self.physical.map(|physical| self.len + physical.added());
        }
        if let Some(len) = self.inside_len(layer).filter(|_| self.units.len() < 2) {
            return Some(len);
        }
        let all = || self.layered();
        if self.units.len() > 1 && layer > Layer::Transport {
            // Each unit has its own, and what it carries; that stands all over the segment.
            let inside = || self.sealed.iter().flat_map(|sealed| &sealed.parts);
            let own = |part: &Part| part.place.layer() == Some(layer);
            let carried = all().chain(inside()).filter(|part| part.place.layer() >= Some(layer));
            let carried = carried.map(|part| part.len).sum();
            return all().chain(inside()).any(own).then_some(carried);
        }
        let first = all().position(|part| part.place.layer() == Some(layer))?;
        let is_trailer = |part: &Part| part.place == Place::At(Layer::Link);
        let carried = all().skip(first).filter(|part| layer == Layer::Link || !is_trailer(part));
        let carried = carried.filter(|part| carries(layer, part));
        Some(carried.map(|part| part.len).sum())
    }

    /// The same of what stands inside of TLS.
    fn inside_len(&self, layer: Layer) -> Option<u64> {
        let inside = self.sealed.iter().filter_map(|sealed| {
            let first = sealed.parts.iter().position(|part| part.place.layer() == Some(layer))?;
            let carried = sealed.parts.iter().skip(first).filter(|part| carries(layer, part));
            Some(carried.map(|part| part.len).sum())
        });
        inside.reduce(|one: u64, other| one + other)
    }

    /// The bytes that a layer adds by itself.
    pub fn own_len(&self, place: Place) -> u64 {
        self.layered().filter(|part| part.place == place).map(|part| part.len).sum()
    }

    /// The parts that are on the wire: not the capture's own header.
    pub fn layered(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.place != Place::Capture)
    }

    /// The message's own bytes in a part of it, before layer 6 has masked them; `None` where that part is none of a message that is
    /// masked and not compressed, or several units share the frame.
    pub fn unmasked(&self, part: &Part) -> Option<Vec<u8>> {
        let [unit] = self.units.as_slice() else { return None };
        let key = unit.key.filter(|_| part.title == MASKED && unit.inflated.is_none())?;
        let inside = self.sealed.first().filter(|_| part.span.buffer == Buffer::Decrypted);
        let bytes = part.bytes(inside.map_or(&self.bytes, |sealed| &sealed.bytes));
        // Of a message that began in an earlier frame the key goes on where it was.
        let turned = usize::try_from(unit.here.start.saturating_sub(unit.header) % 4).unwrap_or(0);
        Some(bytes.iter().zip(key.iter().cycle().skip(turned)).map(|(byte, key)| byte ^ key).collect())
    }

    /// Whether a part holds a compressed message: what it was before, these bytes do not show.
    pub fn is_deflated(&self, part: &Part) -> bool {
        part.place == Place::At(Layer::Application) && self.units.iter().any(|unit| unit.inflated.is_some())
    }

    /// Whether TLS alone speaks in it, as far as anybody can read: no program's protocol is to be seen.
    pub fn is_tls_alone(&self) -> bool {
        !self.units.is_empty()
            && self.units.iter().all(|unit| matches!(unit.kind, UnitKind::Tls | UnitKind::Hidden))
    }

    /// The value of a placeholder.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a layer has bytes of `part` in its unit: of the programs' own, only what is its own or comes from above it. (What a
/// ping says stands behind the key, and is no more than the session's.) What stands behind a datagram is none of layer 4.
fn carries(layer: Layer, part: &Part) -> bool {
    match layer {
        Layer::Transport => part.place.layer().is_none_or(|of| of >= layer),
        layer => layer < Layer::Transport || part.place.layer() >= Some(layer),
    }
}

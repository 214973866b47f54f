//! The frame that is wanted, with all that was known of it by then; the walk of it.

use super::cost::{Bill, Cost};
use super::floors::floors;
use super::heard::{Heard, What};
use super::layer::Layer;
use super::parts::{self, Lower};
use super::piece::Cut;
use super::units::{self, Upper, Window};
use super::values::values;
use super::walk::{Held, Part, Physical, Place, Stop, Torn, Unit, UnitKind, Walk};
use crate::dissect::{Buffer, Checksum, Header, Packet, Span, Value};
use crate::flow::Segment;
use crate::flow::stream::{Given, Side};
use crate::frame::{Frame, LinkType, Time};
use crate::story::Sums;

/// A frame, and what was known by then.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) number: u64,
    pub(super) time: Option<Time>,
    pub(super) link: LinkType,
    pub(super) bytes: Vec<u8>,
    pub(super) original_len: u32,
    pub(super) lost: bool,
    /// It brings what was in this frame, which the wire dropped.
    pub(super) instead_of: Option<u64>,
    /// Its bytes were in this frame before; nothing says that the wire dropped that.
    pub(super) again: Option<u64>,
    pub(super) segment: Option<Segment>,
    /// A wrong checksum of its sender's was filled in behind the capture: the frame that had it, and the one that confirms that.
    pub(super) later: Option<(u64, u64)>,
    /// A later frame may show that.
    pub(super) is_open: bool,
    /// Bytes before its own have come in no frame so far.
    pub(super) waits: bool,
    pub(super) met: Met,
    pub(super) window: Option<Window>,
    pub(super) heard: Vec<Heard>,
    pub(super) first: Option<Bill>,
}

impl Kept {
    /// Takes what was said of its bytes in later frames. (What stands inside of TLS is kept with the record that it came of.)
    pub(super) fn hear(&mut self, later: impl Iterator<Item = Heard>) {
        let Some(window) = &self.window else { return };
        let opened = |heard: &Heard| matches!(heard.what, What::Opened { .. });
        self.heard.extend(later.filter(|heard| {
            heard.side == window.side && (heard.inside || opened(heard) || window.part_of(heard).is_some())
        }));
    }

    /// What the checksums up to `newest` say, if that belongs to the same conversation.
    pub(super) fn learn(&mut self, sums: &Sums, newest: Option<&Segment>) {
        let Some(own) = self.segment.as_ref() else { return };
        if newest.is_some_and(|newest| newest.stream == own.stream) {
            self.later = sums.filled_in_later(own.from);
            self.is_open = sums.waits(own.from, self.number);
        }
    }
}

/// What a segment met in its stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Met {
    /// So many of its bytes had come before,
    again: u64,
    /// the first of them in this frame.
    first_in: Option<u64>,
    /// So many bytes of other frames had waited for it.
    freed: u64,
}

impl Met {
    /// Takes what the stream gives when the segment comes.
    pub(super) fn take(&mut self, given: &Given<'_>, segment: &Segment) {
        match given {
            Given::Bytes(chunk) if chunk.side.from == segment.from && chunk.frame != segment.frame => {
                self.freed += chunk.bytes.len() as u64;
            }
            Given::Overlap(overlap) => {
                self.again += overlap.later.bytes.len() as u64;
                self.first_in.get_or_insert(overlap.earlier.frame);
            }
            Given::Uncompared(uncompared) => self.again += uncompared.len,
            _ => {}
        }
    }

    /// The frame that had brought the segment's bytes before; `None` where one of them is new. Wireshark may call such a copy out of
    /// order.
    pub(super) fn copy_of(&self, segment: &Segment) -> Option<u64> {
        self.first_in.filter(|_| self.again == u64::from(segment.len))
    }
}

/// The window of a segment on its stream.
pub(super) fn window(segment: Option<&Segment>, packet: &Packet<'_>) -> Option<Window> {
    let segment = segment?;
    let span = packet.tcp_payload_span().filter(|span| span.buffer == Buffer::Frame)?;
    // The SYN takes the number before the first byte.
    let syn = packet.tcp().is_some_and(|tcp| tcp.syn());
    let first = if syn { segment.seq } else { segment.seq.wrapping_sub(1) };
    (!span.bytes.is_empty()).then_some(Window {
        side: Side { stream: segment.stream, from: segment.from },
        inside: false,
        first: first.into(),
        len: span.bytes.len(),
        at: span.bytes.start,
        buffer: Buffer::Frame,
    })
}

/// Takes it apart.
pub(super) fn walk(kept: &Kept) -> Walk {
    let frame = Frame {
        number: kept.number,
        time: kept.time,
        link: kept.link,
        interface: None,
        bytes: &kept.bytes,
        original_len: kept.original_len,
    };
    let packet = Packet::new(frame);
    let Lower { mut parts, said, behind, lost, mut stop } = parts::lower(&packet);
    let mut upper = Upper::default();
    if let Some(said) = said {
        upper = match (&kept.window, packet.udp()) {
            (Some(window), _) => units::upper(window, &kept.heard),
            (None, _) => {
                datagram(&packet, parts::part(Place::At(Layer::Application), "data of the program", said))
            }
        };
        if let (Some(again), Some(Stop::Program)) = (kept.again, &upper.stop) {
            upper.stop = Some(Stop::Again(again));
        }
    }
    let Upper { parts: more, units, sealed, stop: further } = upper;
    parts.extend(more);
    stop = stop.or(further);
    if lost > 0 {
        let place = parts.last().map_or(Place::At(Layer::Link), |part| part.place);
        let end = kept.bytes.len();
        let span = Span { buffer: Buffer::Frame, bytes: end..end, mask: None };
        parts.push(Part { place, title: "not kept", span, len: lost });
    }
    parts.extend(behind);
    let len = u64::from(kept.original_len).max(kept.bytes.len() as u64);
    let mut walk = Walk {
        frame: kept.number,
        link: kept.link,
        len,
        bytes: kept.bytes.clone(),
        from: kept.segment.map(|segment| segment.from),
        parts,
        sealed,
        units,
        stop,
        lost: kept.lost,
        instead_of: kept.instead_of,
        held: held(&packet, kept),
        later: kept.later,
        freed: kept.met.freed,
        physical: Physical::of(kept.link, len),
        cost: Cost::default(),
        values: Vec::new(),
        floors: Vec::new(),
    };
    // Of what TLS hides nobody knows which message was the first.
    let is_hidden = walk.sealed.is_empty() && walk.parts.iter().any(|part| part.place == Place::Tls);
    walk.cost = Cost { this: Bill::of(&walk), first: kept.first.filter(|_| !is_hidden) };
    walk.values = values(&walk, &packet, kept.segment.as_ref());
    walk.floors = floors(&walk, &packet);
    walk
}

/// What keeps the receiver's programs from a frame's bytes.
fn held(packet: &Packet<'_>, kept: &Kept) -> Option<Held> {
    let mut own = packet.layers().iter().filter(|layer| !layer.quoted).map(|layer| &layer.header);
    let bad_header = own
        .clone()
        .any(|header| matches!(header, Header::Ipv4(view) if view.checksum_status() == Some(Checksum::Bad)));
    let bad_sum = own.any(|header| {
        let status = match header {
            Header::Tcp(view) => view.checksum_status(),
            Header::Udp(view) => view.checksum_status(),
            _ => None,
        };
        status == Some(Checksum::Bad)
    });
    let segment = kept.segment.as_ref().filter(|segment| segment.len > 0 && packet.tcp().is_some());
    match segment {
        _ if bad_header && kept.later.is_none() => Some(Held::BadHeader),
        _ if bad_sum && kept.later.is_none() => Some(Held::BadSum),
        // What waits for its other pieces, IP holds.
        _ if Cut::of(packet).is_some() => None,
        Some(segment) if segment.analysis.spurious_retransmission => Some(Held::Old),
        Some(_) if kept.instead_of.is_some() => None,
        Some(_) if kept.again.is_some() => Some(Held::Again),
        Some(_) if kept.waits => Some(Held::Waits),
        _ => None,
    }
}

/// What a UDP datagram carries.
fn datagram(packet: &Packet<'_>, mut part: Part) -> Upper {
    let number = packet.frame().number;
    let unit = |kind, title: String, text| Unit {
        kind,
        title,
        text,
        torn: Torn::default(),
        len: part.len,
        here: 0..part.len,
        header: 0,
        frames: (number, number),
        key: None,
        piece: None,
        inflated: None,
        broken: None,
    };
    let dns = packet.layers().iter().find(|layer| !layer.quoted && matches!(layer.header, Header::Dns(_)));
    let Some((view, dns)) = packet.dns().zip(dns) else {
        return Upper { parts: vec![part], stop: Some(Stop::Program), ..Upper::default() };
    };
    let mut asked = None;
    packet.each_field(&mut |field| {
        if let (None, Value::Name(name)) = (&asked, field.value) {
            asked = Some(name.to_string());
        }
    });
    let title = match view.is_response() {
        Some(true) => format!("{} answer", dns.title()),
        _ => format!("{} question", dns.title()),
    };
    let units = vec![unit(UnitKind::Dns, title, asked)];
    part.title = dns.title();
    Upper { parts: vec![part], units, ..Upper::default() }
}

//! Reads a capture up to the frame that is wanted, and makes the walk of it.

use std::collections::{HashMap, HashSet};

use super::cost::{Bill, Cost, Counts};
use super::floors::floors;
use super::heard::{Ear, Heard, Message, What};
use super::layer::Layer;
use super::parts::{self, Lower};
use super::piece::Cut;
use super::units::{self, Upper, Window};
use super::values::values;
use super::walk::{Held, Part, Physical, Place, Stop, Unit, UnitKind, Walk};
use crate::dissect::{Buffer, Checksum, Header, Packet, Span, Value};
use crate::event::Verdict;
use crate::flow::stream::{Arrival, Reassembler, Side};
use crate::flow::talk::Talk;
use crate::flow::tls::KeyLog;
use crate::flow::websocket::Opcode;
use crate::flow::{Fragments, Segment, Tracker};
use crate::frame::{Frame, LinkType, Time};
use crate::story::{Seen, Sums};

/// So many frames are looked through behind the one that is wanted, for the end of what it has a part of.
const AHEAD: u64 = 20_000;

/// Of so many frames that the wire dropped it is known that no copy has come yet.
const DROPPED: usize = 1_024;

/// Which frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one of this number.
    Frame(u64),
    /// The first that completes a WebSocket text; else the first one that says most.
    Message,
}

/// There is no such frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoFrame {
    /// How many frames there are.
    pub frames: u64,
}

/// How much a frame is worth to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Any,
    Carries,
    Hidden,
    Says,
    Message,
    Text,
}

/// A frame, and what was known by then.
#[derive(Debug)]
struct Kept {
    number: u64,
    time: Option<Time>,
    link: LinkType,
    bytes: Vec<u8>,
    original_len: u32,
    lost: bool,
    /// It brings what was in this frame, which the wire dropped.
    instead_of: Option<u64>,
    segment: Option<Segment>,
    /// A wrong checksum of its sender's was filled in behind the capture: the frame that had it, and the one that confirms that.
    later: Option<(u64, u64)>,
    /// A later frame may show that.
    is_open: bool,
    /// Bytes before its own have come in no frame so far.
    waits: bool,
    window: Option<Window>,
    heard: Vec<Heard>,
    first: Option<Bill>,
}

impl Kept {
    /// What the checksums up to `newest` say, if that belongs to the same conversation.
    fn learn(&mut self, sums: &Sums, newest: Option<&Segment>) {
        let Some(own) = self.segment.as_ref() else { return };
        if newest.is_some_and(|newest| newest.stream == own.stream) {
            self.later = sums.filled_in_later(own.from);
            self.is_open = sums.waits(own.from, self.number);
        }
    }
}

/// Finds one frame.
#[derive(Debug)]
pub struct Finder {
    wanted: Wanted,
    fragments: Fragments,
    tracker: Tracker,
    sums: HashMap<u32, Sums>,
    streams: Reassembler,
    talk: Talk,
    ear: Ear,
    counts: Counts,
    /// Frames with data that the wire dropped, of which no copy has come through.
    dropped: HashSet<u64>,
    kept: Option<(Worth, Kept)>,
    frames: u64,
}

impl Finder {
    /// Finds this one.
    pub fn new(wanted: Wanted) -> Finder {
        Finder {
            wanted,
            fragments: Fragments::new(),
            tracker: Tracker::new(),
            sums: HashMap::new(),
            streams: Reassembler::new(),
            talk: Talk::new(),
            ear: Ear::default(),
            counts: Counts::default(),
            dropped: HashSet::new(),
            kept: None,
            frames: 0,
        }
    }

    /// The keys that open TLS; more may be added at any time.
    pub fn keys_mut(&mut self) -> &mut KeyLog {
        self.talk.keys_mut()
    }

    /// Takes the next frame of the capture; says whether more of it is needed.
    pub fn push(&mut self, frame: Frame<'_>) -> bool {
        self.push_seen(frame, &Seen::default())
    }

    /// The same with what is known of the frame beside its bytes: one that the wire dropped is taken up by nobody.
    pub fn push_seen(&mut self, frame: Frame<'_>, seen: &Seen) -> bool {
        let Finder { wanted, fragments, tracker, sums, streams, talk, ear, counts, dropped, kept, frames } =
            self;
        *frames = frame.number;
        let packet = fragments.complete(Packet::new(frame));
        let segment = tracker.push(&packet);
        let behind = matches!((*wanted, &*kept), (Wanted::Frame(number), Some(_)) if frame.number > number);
        if !behind {
            ear.heard.clear();
            ear.message = None;
            counts.push(&packet, tracker.streams().tcp.filter(|_| segment.is_some()));
        }
        let arrival = segment.as_ref().and_then(|segment| Arrival::new(segment, &packet));
        let lost = seen.verdict == Some(Verdict::Dropped);
        let original = segment.as_ref().and_then(|segment| segment.retransmission_of);
        let instead_of = original.filter(|original| !lost && dropped.remove(original));
        if lost && arrival.is_some() && original.is_none() && dropped.len() < DROPPED {
            dropped.insert(frame.number);
        }
        let sums = segment.as_ref().filter(|_| !lost).map(|segment| {
            let sums = sums.entry(segment.stream).or_default();
            sums.take(&packet, segment);
            &*sums
        });
        // What a dropped frame said was heard by nobody; who asks for that very frame wants to know what it was.
        if let Some(arrival) = arrival.as_ref().filter(|_| !lost || *wanted == Wanted::Frame(frame.number)) {
            streams.push(arrival, &mut |given| {
                talk.push(&given, &mut |said| ear.take(said, arrival.frame));
            });
        }
        if behind {
            if let (Some((_, kept)), Some(sums)) = (&mut *kept, sums) {
                kept.learn(sums, segment.as_ref());
            }
            return go_on(ear, kept, frame.number);
        }
        if let Some(Message { stream, header, len, inside }) = ear.message {
            counts.message(stream, (header, len), inside);
        }
        let worth = worth(&packet, ear);
        let better = match wanted {
            Wanted::Frame(number) => frame.number == *number,
            Wanted::Message => kept.as_ref().is_none_or(|(known, _)| *known < worth),
        };
        if better {
            let stream = segment.as_ref().map(|segment| segment.stream);
            let mut now = Kept {
                number: frame.number,
                time: frame.time,
                link: frame.link,
                bytes: frame.bytes.to_vec(),
                original_len: frame.original_len,
                lost,
                instead_of,
                waits: segment.as_ref().is_some_and(|segment| {
                    let side = Side { stream: segment.stream, from: segment.from };
                    segment.len > 0 && streams.lacks_before(side, segment.seq) > 0
                }),
                window: window(segment.as_ref(), &packet),
                heard: ear.heard.clone(),
                first: stream.and_then(|stream| counts.first(stream, packet.addresses())),
                later: None,
                is_open: false,
                segment,
            };
            if let Some(sums) = sums {
                now.learn(sums, segment.as_ref());
            }
            *kept = Some((worth, now));
        }
        match wanted {
            Wanted::Frame(number) if frame.number == *number => {
                ear.heard.clear();
                go_on(ear, kept, frame.number)
            }
            Wanted::Frame(_) => true,
            Wanted::Message => worth < Worth::Text,
        }
    }

    /// The walk of the frame that was wanted.
    ///
    /// # Errors
    /// Where there is none.
    pub fn finish(self) -> Result<Walk, NoFrame> {
        let Finder { kept, frames, mut streams, mut talk, mut ear, .. } = self;
        let Some((_, mut kept)) = kept else { return Err(NoFrame { frames }) };
        // What the capture ends in the middle of is told only now.
        if kept.window.is_some_and(|window| !units::is_covered(&window, &kept.heard)) {
            streams.finish(&mut |given| talk.push(&given, &mut |said| ear.take(said, frames)));
            talk.finish(&mut |said| ear.take(said, frames));
            kept.heard.append(&mut ear.heard);
        }
        Ok(walk(&kept))
    }
}

/// Behind the frame that is wanted: takes what was heard of it since, and says whether more is needed.
fn go_on(ear: &mut Ear, kept: &mut Option<(Worth, Kept)>, frame: u64) -> bool {
    let Some((_, kept)) = kept else { return true };
    let near = frame < kept.number + AHEAD;
    let Some(window) = &kept.window else { return kept.is_open && near };
    let opened = |heard: &Heard| matches!(heard.what, What::Opened { .. });
    // What stands inside of TLS is kept with the record that it came of.
    kept.heard.extend(ear.heard.drain(..).filter(|heard| {
        heard.side == window.side && (heard.inside || opened(heard) || window.part_of(heard).is_some())
    }));
    let repeated = kept.segment.is_some_and(|segment| segment.retransmission_of.is_some());
    let repeated = repeated && kept.instead_of.is_none();
    near && (kept.is_open || !repeated && !units::is_covered(window, &kept.heard))
}

fn worth(packet: &Packet<'_>, ear: &Ear) -> Worth {
    let of = |heard: &Heard| match &heard.what {
        What::WebSocket(frame) if frame.is_data && frame.head.fin && frame.head.opcode == Opcode::Text => {
            Worth::Text
        }
        What::WebSocket(frame) if frame.is_data => Worth::Message,
        What::WebSocket(_) | What::Http { .. } | What::Body | What::Opened { .. } => Worth::Says,
        // A flight of the handshake has records of both kinds; what a program says comes alone.
        What::Tls { unread: Some(_), .. } if ear.heard.len() == 1 => Worth::Hidden,
        What::Tls { .. } => Worth::Carries,
    };
    let carries = packet.tcp_payload().len() + packet.udp().map_or(0, |udp| udp.payload().len());
    let least = match (packet.dns(), carries) {
        (Some(_), _) => Worth::Says,
        (None, 0) => Worth::Any,
        (None, _) => Worth::Carries,
    };
    ear.heard.iter().map(of).max().map_or(least, |most| most.max(least))
}

/// The window of a segment on its stream.
fn window(segment: Option<&Segment>, packet: &Packet<'_>) -> Option<Window> {
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

fn walk(kept: &Kept) -> Walk {
    let frame = Frame {
        number: kept.number,
        time: kept.time,
        link: kept.link,
        interface: None,
        bytes: &kept.bytes,
        original_len: kept.original_len,
    };
    let packet = Packet::new(frame);
    let Lower { mut parts, said, trailer, lost, mut stop } = parts::lower(&packet);
    let mut upper = Upper::default();
    if let Some(said) = said {
        upper = match (&kept.window, packet.udp()) {
            (Some(window), _) => units::upper(window, &kept.heard),
            (None, _) => {
                datagram(&packet, parts::part(Place::At(Layer::Application), "data of the program", said))
            }
        };
        let again = kept.segment.and_then(|segment| segment.retransmission_of);
        let again = again.filter(|_| kept.instead_of.is_none());
        if let (Some(again), Some(Stop::Program)) = (again, &upper.stop) {
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
    parts.extend(trailer);
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
        Some(segment) if segment.retransmission_of.is_some() => Some(Held::Again),
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
        len: part.len,
        here: 0..part.len,
        header: 0,
        frames: (number, number),
        key: None,
        piece: None,
        inflated: None,
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

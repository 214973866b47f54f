//! What the words' placeholders stand for in one frame.

mod headers;
mod placeholders;

pub use placeholders::PLACEHOLDERS;

use super::above::{Kind, above};
use super::guess;
use super::layer::Layer;
use super::walk::{BEHIND_UDP, KEY, MASKED, Physical, Piece, Place, Stop, Torn, Unit, UnitKind, Walk};
use crate::dissect::Packet;
use crate::event::Host;
use crate::flow::Segment;
use crate::story::{grouped, text_of};

/// So many bytes are shown in a sentence.
const SHOWN: usize = 4;

struct Values(Vec<(&'static str, String)>);

impl Values {
    fn put(&mut self, name: &'static str, value: impl ToString) {
        self.0.push((name, value.to_string()));
    }

    /// How many bytes, as everywhere on the screen: with commas.
    fn bytes(&mut self, name: &'static str, value: Option<u64>) {
        self.some(name, value.map(grouped));
    }

    fn some(&mut self, name: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(known, is)| *known == name && is == value)
    }

    fn lacks(&self, name: &str) -> bool {
        self.0.iter().all(|(known, _)| *known != name)
    }

    fn mark(&mut self, name: &'static str, is_so: bool) {
        if is_so {
            self.put(name, "");
        }
    }
}

/// All of them that this frame gives.
pub(super) fn values(
    walk: &Walk,
    packet: &Packet<'_>,
    segment: Option<&Segment>,
) -> Vec<(&'static str, String)> {
    let mut values = Values(Vec::new());
    values.put("frame", walk.frame);
    let (from, to) = match walk.from {
        Some(host) => (host.name(), host.other().name()),
        None => ("sender", "receiver"),
    };
    values.put("from", from);
    values.put("to", to);
    values.mark("if_client", walk.from == Some(Host::Client));
    values.mark("if_server", walk.from == Some(Host::Server));
    if let [unit] = walk.units.as_slice() {
        speech(walk, unit, &mut values);
    }
    values.put("count", walk.units.len());
    values.mark("if_broken", walk.units.iter().any(|unit| unit.broken.is_some()));
    values.mark("if_tls", walk.parts.iter().any(|part| part.place == Place::Tls));
    let is_socket = |unit: &Unit| matches!(unit.kind, UnitKind::Message | UnitKind::Control);
    values.mark("if_socket", walk.units.iter().any(is_socket));
    values.mark("if_said", walk.cost.this.message > 0);
    values.mark("if_nothing", walk.cost.this.message == 0);
    headers::headers(walk, packet, segment, &mut values);
    values.some("again", walk.instead_of);
    values.bytes("freed", Some(walk.freed).filter(|freed| *freed > 0));
    values.mark("if_overtaken", segment.is_some_and(|segment| segment.analysis.out_of_order));
    tls(walk, &mut values);
    wire(walk, &mut values);
    if walk.stop == Some(Stop::Program) {
        unread(walk, packet, &mut values);
    }
    let inside = walk.sealed.iter().flat_map(|sealed| &sealed.parts);
    let mut parts = walk.parts.iter().chain(inside);
    if walk.lost {
        // Nobody answers what nobody has heard.
        values.0.retain(|(name, _)| *name != "if_answered");
    }
    values.mark("if_like", parts.any(|part| matches!(part.place, Place::Like(_))));
    if let Some(stop) = &walk.stop {
        why(stop, &mut values);
    }
    values.0
}

fn speech(walk: &Walk, unit: &Unit, values: &mut Values) {
    values.put("title", &unit.title);
    values.some("text", unit.text.as_ref());
    let is_empty = unit.kind == UnitKind::Message && unit.meant() == Some(0);
    values.mark("if_empty", is_empty);
    values.mark("if_full", !is_empty);
    values.mark("if_wordless", unit.text.is_none() && !is_empty);
    values.some("reads", reads(unit));
    values.mark("if_torn", unit.torn != Torn::default());
    values.bytes("unit", Some(unit.len));
    values.bytes("size", unit.meant());
    values.bytes("payload", Some(unit.payload()));
    values.bytes("header", Some(unit.header));
    values.mark("if_more", unit.piece == Some(Piece::More));
    values.mark("if_end", unit.piece == Some(Piece::Last));
    values.put("first", unit.frames.0);
    values.put("last", unit.frames.1);
    here(unit, values);
    let (first, last) = (unit.frames.0 == walk.frame, unit.frames.1 == walk.frame);
    // Where its header alone is here, that sentence says what follows.
    values.mark("if_starts", first && values.lacks("if_head_only"));
    values.mark("if_finishes", last && !first);
    values.mark("if_middle", !first && !last);
    kind(unit, values);
    values.bytes("inflated", unit.inflated.flatten());
    values.some("key", unit.key.map(|key| hex(&key)));
    let (all, parts) = match walk.sealed.first() {
        Some(sealed) => (&sealed.bytes, &sealed.parts),
        None => (&walk.bytes, &walk.parts),
    };
    let find = |title: &str| parts.iter().find(|part| part.title == title).map(|part| part.bytes(all));
    values.some("head_bytes", find("WebSocket header").map(hex));
    values.some("key_here", find(KEY).map(hex));
    values.mark("if_masked", unit.key.is_some());
    if let (Some(payload), Some(key)) = (find(MASKED), unit.key) {
        let start = payload.get(..payload.len().min(SHOWN)).unwrap_or_default();
        // Only where the message begins here does the key begin with its first byte.
        if unit.here.start <= unit.header && !start.is_empty() && unit.inflated.is_none() {
            let plain: Vec<u8> = start.iter().zip(key).map(|(byte, key)| byte ^ key).collect();
            // Whole letters, and the bytes of these.
            let whole = std::str::from_utf8(&plain).map_or_else(|error| error.valid_up_to(), str::len);
            let letters = plain.get(..whole).filter(|plain| !plain.is_empty()).and_then(text_of);
            if let Some(letters) = letters {
                values.put("masked", hex(start.get(..whole).unwrap_or_default()));
                values.put("plain", letters);
            }
        }
    }
}

/// What can be read of a piece, letters that it has torn included: `“gr” and a piece of a letter (c3)`.
fn reads(unit: &Unit) -> Option<String> {
    let piece = |bytes: &[u8]| (!bytes.is_empty()).then(|| format!("a piece of a letter ({})", hex(bytes)));
    let text = unit.text.as_ref().map(|text| format!("“{text}”"));
    let all: Vec<String> =
        [piece(&unit.torn.start), text, piece(&unit.torn.end)].into_iter().flatten().collect();
    let (last, others) = all.split_last()?;
    Some(if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) })
}

/// Which bytes of a unit this frame has: of a WebSocket frame those behind its header, for they are the message's.
fn here(unit: &Unit, values: &mut Values) {
    let header = if unit.kind == UnitKind::Message { unit.header } else { 0 };
    values.bytes("of", Some(unit.len.saturating_sub(header)));
    let (start, end) = (unit.here.start.saturating_sub(header), unit.here.end.saturating_sub(header));
    values.mark("if_head_only", start >= end);
    if start < end {
        values.bytes("from_byte", Some(start + 1));
        values.bytes("to_byte", Some(end));
        let (from, to) = (grouped(start + 1), grouped(end));
        let bytes = if from == to { format!("byte {from}") } else { format!("bytes {from} to {to}") };
        values.put("part_bytes", bytes);
    }
}

/// What only control frames of one kind, or messages of TLS of one kind, are told.
fn kind(unit: &Unit, values: &mut Values) {
    match unit.kind {
        UnitKind::Control => {
            values.mark("if_known", !unit.is_reserved());
            values.mark("if_reserved", unit.is_reserved());
            values.mark("if_close", unit.title.starts_with("close"));
            values.mark("if_ping", unit.title == "ping");
            values.mark("if_pong", unit.title == "pong");
        }
        UnitKind::Tls => values.mark("if_hello", unit.title.contains("_hello")),
        _ => {}
    }
}

/// So many letters of what an unknown program says are shown.
const READABLE: usize = 40;

/// What can be said of bytes whose protocol netlab does not read.
fn unread(walk: &Walk, packet: &Packet<'_>, values: &mut Values) {
    let part = walk.parts.iter().find(|part| part.place == Place::At(Layer::Application));
    let bytes = part.map(|part| part.bytes(&walk.bytes)).unwrap_or_default();
    if let Some(text) = text_of(bytes).filter(|text| !text.trim().is_empty()) {
        let text = text.trim_end();
        let start: String = text.chars().take(READABLE).collect();
        let more = if start.len() < text.len() { "…" } else { "" };
        values.put("says", format!("{start}{more}"));
    }
    let udp = packet.udp();
    let quic = udp.is_some() && guess::is_quic(bytes);
    values.mark("if_quic", quic);
    let ports = packet.tcp().map(|tcp| [tcp.src_port(), tcp.dst_port()]);
    let ports = ports.or(udp.map(|udp| [udp.source_port(), udp.destination_port()]));
    if let Some((port, name)) = ports.and_then(guess::by_port).filter(|_| !quic) {
        values.put("guess", name);
        values.put("guess_port", port);
    }
}

/// `68 81 86 1a`.
fn hex(bytes: &[u8]) -> String {
    let all: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    all.join(" ")
}

fn tls(walk: &Walk, values: &mut Values) {
    if let [sealed] = walk.sealed.as_slice() {
        let opened = sealed.bytes.len() as u64;
        values.bytes("record", Some(sealed.record));
        values.bytes("opened", Some(opened));
        values.bytes("tls", Some(sealed.record.saturating_sub(opened)));
    }
}

fn wire(walk: &Walk, values: &mut Values) {
    let padding = walk.parts.iter().find(|part| part.title == "padding").map(|part| part.len);
    let missing = walk.physical.map(|physical| physical.padding).filter(|padding| *padding > 0);
    values.bytes("padding", padding.or(missing));
    let behind = walk.parts.iter().find(|part| part.title == BEHIND_UDP);
    values.bytes("behind", behind.map(|part| part.len));
    values.bytes("added", walk.physical.map(Physical::added));
    values.bytes("wire", walk.unit_len(Layer::Physical));
}

fn why(stop: &Stop, values: &mut Values) {
    match stop {
        Stop::Link(number) => values.put("number", number),
        Stop::EtherType(number) => values.put("number", format!("0x{number:04x}")),
        Stop::Protocol(number) => {
            values.put("number", number);
            let above = above(*number);
            values.some("rfc", above.rfc);
            let mark = match above.kind {
                Kind::Transport => "if_transport",
                Kind::Tunnel => "if_tunnel",
                Kind::Sealed => "if_sealed",
                Kind::Helper => "if_helper",
                Kind::Nothing => "if_no_next",
                Kind::Unknown => "if_unknown",
            };
            values.mark(mark, true);
        }
        Stop::Again(frame) => values.put("again", frame),
        Stop::Sealed(why) => values.put("why", why),
        Stop::NotKept(what) | Stop::Malformed(what) => values.put("what", what),
        _ => {}
    }
}

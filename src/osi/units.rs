//! What the programs say in one frame: their stretches of the stream, cut to what the frame has of them.

use std::ops::Range;

use super::heard::{Heard, What};
use super::layer::Layer;
use super::walk::{KEY, MASKED, Part, Place, Sealed, Stop, Torn, Unit, UnitKind};
use crate::dissect::{Buffer, Span};
use crate::flow::stream::Side;
use crate::flow::tls::ContentType;
use crate::flow::websocket::Head;

/// A window on a stream: its first byte, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) side: Side,
    pub(super) inside: bool,
    /// The offset of the first byte; 64 bits where they are known, else as `tcp.seq` has it, modulo 2^32.
    pub(super) first: u64,
    pub(super) len: usize,
    /// Where the first byte stands.
    pub(super) at: usize,
    pub(super) buffer: Buffer,
}

impl Window {
    /// Which bytes of a stretch lie in the window, counted in the stretch; `None` where none does.
    pub(super) fn part_of(&self, heard: &Heard) -> Option<Range<u64>> {
        if heard.side != self.side || heard.inside != self.inside {
            return None;
        }
        self.cut(heard.offset, heard.len)
    }

    fn cut(&self, offset: u64, len: u64) -> Option<Range<u64>> {
        // Numbers of TCP go round: what lies nearer than 2 GiB before or behind is meant.
        let begins = i64::from((offset as u32).wrapping_sub(self.first as u32) as i32);
        let ends = begins.saturating_add(i64::try_from(len).unwrap_or(i64::MAX));
        let (from, to) = (begins.max(0), ends.min(i64::try_from(self.len).ok()?));
        let range =
            u64::try_from(from.checked_sub(begins)?).ok()?..u64::try_from(to.checked_sub(begins)?).ok()?;
        (from < to).then_some(range)
    }

    /// Where a stretch of the stream stands in the frame.
    fn span(&self, offset: u64, len: u64) -> Option<Span> {
        let begins = i64::from((offset as u32).wrapping_sub(self.first as u32) as i32);
        let cut = self.cut(offset, len)?;
        let start = usize::try_from(begins.checked_add(i64::try_from(cut.start).ok()?)?).ok()?;
        let count = usize::try_from(cut.end - cut.start).ok()?;
        let bytes = self.at + start..self.at + start + count;
        Some(Span { buffer: self.buffer, bytes, mask: None })
    }

    fn part(&self, parts: &mut Vec<Part>, place: Place, title: &'static str, offset: u64, len: u64) {
        if let Some(span) = self.span(offset, len) {
            let len = span.bytes.len() as u64;
            parts.push(Part { place, title, span, len });
        }
    }

    /// All bytes of it that no part has yet.
    fn fill(&self, parts: &mut Vec<Part>, place: Place, title: &'static str) {
        parts.sort_by_key(|part| part.span.bytes.start);
        let mut all = Vec::with_capacity(parts.len() + 1);
        let mut next = self.at;
        let end = self.at + self.len;
        let whole = |bytes: Range<usize>| {
            let len = bytes.len() as u64;
            Part { place, title, span: Span { buffer: self.buffer, bytes, mask: None }, len }
        };
        for mut part in parts.drain(..) {
            // What was told twice (a body and its pieces) counts once.
            part.span.bytes.start = part.span.bytes.start.max(next);
            if part.span.bytes.is_empty() {
                continue;
            }
            part.len = part.span.bytes.len() as u64;
            if part.span.bytes.start > next {
                all.push(whole(next..part.span.bytes.start));
            }
            next = part.span.bytes.end;
            all.push(part);
        }
        if next < end {
            all.push(whole(next..end));
        }
        *parts = all;
    }
}

/// What was found in a window.
#[derive(Debug, Default)]
pub(super) struct Upper {
    pub(super) parts: Vec<Part>,
    pub(super) units: Vec<Unit>,
    pub(super) sealed: Vec<Sealed>,
    pub(super) stop: Option<Stop>,
}

const APPLICATION: Place = Place::At(Layer::Application);
const LIKE_SESSION: Place = Place::Like(Layer::Session);
const LIKE_PRESENTATION: Place = Place::Like(Layer::Presentation);
/// A record of TLS begins with a type, a version and a length (RFC 8446, section 5.1).
const RECORD_HEAD: u64 = 5;

/// Whether all bytes of a window are known for something.
pub(super) fn is_covered(window: &Window, heard: &[Heard]) -> bool {
    let mut known: Vec<Range<usize>> = heard
        .iter()
        .filter(|heard| heard.side == window.side && heard.inside == window.inside)
        .filter_map(|heard| window.span(heard.offset, heard.len))
        .map(|span| span.bytes)
        .collect();
    known.sort_by_key(|range| range.start);
    let end =
        known.iter().fold(window.at, |end, range| if range.start <= end { end.max(range.end) } else { end });
    end >= window.at + window.len
}

/// Takes apart what stands in a window.
pub(super) fn upper(window: &Window, heard: &[Heard]) -> Upper {
    let mut upper = Upper::default();
    for one in heard {
        let Some(here) = window.part_of(one) else { continue };
        let unit = |kind, title: &str, header: u64| Unit {
            kind,
            title: title.to_owned(),
            text: None,
            torn: Torn::default(),
            len: one.len,
            here: here.clone(),
            header,
            frames: one.frames,
            key: None,
            piece: None,
            inflated: None,
            broken: None,
        };
        match &one.what {
            What::WebSocket(frame) => {
                websocket_parts(window, one, &frame.head, frame.is_data, &mut upper.parts);
                let kind = if frame.is_data { UnitKind::Message } else { UnitKind::Control };
                let mut unit = unit(kind, &frame.title, frame.head.size() as u64);
                unit.text.clone_from(&frame.text);
                unit.torn.clone_from(&frame.torn);
                unit.key = frame.head.key;
                unit.piece = frame.piece();
                unit.inflated = frame.compressed.then_some(frame.inflated);
                unit.broken = frame.broken;
                upper.units.push(unit);
            }
            What::Http { title, upgrade, broken } => {
                window.part(&mut upper.parts, APPLICATION, "HTTP header", one.offset, one.len);
                let kind = if *upgrade { UnitKind::Upgrade } else { UnitKind::Http };
                let broken = *broken;
                upper.units.push(Unit { broken, ..unit(kind, title, one.len) });
            }
            What::Body => {
                window.part(&mut upper.parts, APPLICATION, "HTTP body", one.offset, one.len);
                // Where its header is not here, the body speaks for the message.
                let known =
                    upper.units.iter().any(|unit| matches!(unit.kind, UnitKind::Http | UnitKind::Upgrade));
                if !known {
                    upper.units.push(unit(UnitKind::Http, "body", 0));
                }
            }
            What::Tls { content, title, unread, opened } => {
                let mut parts = Vec::new();
                window.part(&mut parts, Place::Tls, "TLS record header", one.offset, RECORD_HEAD);
                let body = (one.offset + RECORD_HEAD, one.len.saturating_sub(RECORD_HEAD));
                let is_hidden = unread.is_some() || opened.is_some();
                let name = if is_hidden { "TLS, protected" } else { "TLS message" };
                window.part(&mut parts, Place::Tls, name, body.0, body.1);
                upper.parts.extend(parts);
                match (unread, opened) {
                    (Some(why), _) => {
                        upper.stop.get_or_insert(Stop::Sealed(*why));
                        upper.units.push(unit(UnitKind::Hidden, "protected", RECORD_HEAD));
                    }
                    (_, Some(_)) if *content == ContentType::APPLICATION_DATA && title.is_empty() => {
                        opened_record(one, window, heard, &mut upper);
                    }
                    _ => {
                        let content = content.to_string();
                        let title = if title.is_empty() { &content } else { title };
                        upper.units.push(unit(UnitKind::Tls, title, RECORD_HEAD));
                    }
                }
            }
            What::Opened { .. } => {}
        }
    }
    window.fill(&mut upper.parts, APPLICATION, "data of the program");
    if upper.units.is_empty() && upper.sealed.is_empty() {
        upper.stop.get_or_insert(Stop::Program);
    }
    upper
}

/// A record that keys have opened: what was in it, taken apart in the same way.
fn opened_record(record: &Heard, outer: &Window, heard: &[Heard], upper: &mut Upper) {
    let data = heard.iter().find_map(|one| match &one.what {
        What::Opened { record: at, bytes } if one.side == record.side && *at == record.offset => {
            Some((one.offset, bytes))
        }
        _ => None,
    });
    let Some((first, bytes)) = data else { return };
    let window =
        Window { side: outer.side, inside: true, first, len: bytes.len(), at: 0, buffer: Buffer::Decrypted };
    let mut inside = self::upper(&window, heard);
    upper.units.append(&mut inside.units);
    upper.sealed.push(Sealed { record: record.len, bytes: bytes.clone(), parts: inside.parts });
    if let Some(stop) = inside.stop {
        upper.stop.get_or_insert(stop);
    }
}

/// The header of a WebSocket frame, its masking key, its payload.
fn websocket_parts(window: &Window, frame: &Heard, head: &Head, is_data: bool, parts: &mut Vec<Part>) {
    let size = head.size() as u64;
    let key = if head.key.is_some() { 4 } else { 0 };
    window.part(parts, LIKE_SESSION, "WebSocket header", frame.offset, size - key);
    window.part(parts, LIKE_PRESENTATION, KEY, frame.offset + size - key, key);
    let place = if is_data { APPLICATION } else { LIKE_SESSION };
    let title = match (is_data, head.key.is_some()) {
        (true, true) => MASKED,
        (true, false) => "message",
        (false, _) => "for WebSocket itself",
    };
    window.part(parts, place, title, frame.offset + size, frame.len.saturating_sub(size));
}

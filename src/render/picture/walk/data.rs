//! What a walk's page shows of its bytes: the frame, and what TLS hides in it, with fields, regions, and whose bytes are there at each
//! step. The shape is that of a story's page.

use data_encoding::BASE64;
use serde_json::{Value as Json, json};

use crate::dissect::{Buffer, Packet};
use crate::flow::websocket::Head;
use crate::frame::Frame;
use crate::osi::{Part, Place, Walk};
use crate::render::escape;
use crate::render::fields::value_text;
use crate::render::osi::rank;
use crate::render::picture::layers::class_of;
use crate::render::picture::page::frames::{ALL_BYTES, BYTES, Once, VALUE, explained};
use crate::words::Book;

/// A field in some bytes.
struct Field {
    name: &'static str,
    value: String,
    bytes: std::ops::Range<usize>,
    mask: u64,
}

/// Some bytes, in parts.
struct Sheet<'w> {
    title: Json,
    bytes: &'w [u8],
    len: u64,
    parts: &'w [Part],
    fields: Vec<Field>,
}

/// Gathers what a page's script reads.
pub(super) struct Data<'b> {
    book: &'b Book<'b>,
    whole: bool,
    names: Once<&'static str>,
    values: Once<String>,
    layouts: Vec<Json>,
    frames: Vec<Json>,
    steps: Vec<Json>,
}

impl<'b> Data<'b> {
    pub(super) fn new(book: &'b Book<'b>, whole: bool) -> Data<'b> {
        Data {
            book,
            whole,
            names: Once::default(),
            values: Once::default(),
            layouts: Vec::new(),
            frames: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The frame of a walk, and what is inside of TLS.
    pub(super) fn walk(&mut self, walk: &Walk) {
        let mut fields = of_headers(walk.as_frame());
        fields.extend(of_programs(walk, &walk.parts, &walk.bytes));
        self.sheet(Sheet {
            title: json!(walk.frame),
            bytes: &walk.bytes,
            len: walk.len,
            parts: &walk.parts,
            fields,
        });
        for sealed in &walk.sealed {
            let fields = of_programs(walk, &sealed.parts, &sealed.bytes);
            self.sheet(Sheet {
                title: json!("Inside of TLS, opened"),
                bytes: &sealed.bytes,
                len: sealed.bytes.len() as u64,
                parts: &sealed.parts,
                fields,
            });
        }
    }

    /// A frame as it is, without a walk.
    pub(super) fn frame(&mut self, frame: Frame<'_>, parts: &[Part]) {
        let len = u64::from(frame.original_len);
        let fields = of_headers(frame);
        self.sheet(Sheet { title: json!(frame.number), bytes: frame.bytes, len, parts, fields });
    }

    fn sheet(&mut self, sheet: Sheet<'_>) {
        let most = if self.whole { ALL_BYTES } else { BYTES };
        let bytes = sheet.bytes.get(..sheet.bytes.len().min(most)).unwrap_or_default();
        let regions: Vec<Json> = sheet
            .parts
            .iter()
            .map(|part| {
                let kind = class_of(part.place).trim_start_matches('k');
                json!([part.title, kind, part.span.bytes.start, part.span.bytes.end])
            })
            .collect();
        let mut layout = Vec::new();
        let mut values = Vec::new();
        for Field { name, value, bytes, mask } in sheet.fields {
            let layer = sheet.parts.iter().position(|part| part.span.bytes.contains(&bytes.start));
            let Some(layer) = layer else { continue };
            layout.push(json!([self.names.of(name), layer, bytes.start, bytes.end, mask]));
            values.push(self.values.of(value));
        }
        let index = self.layouts.len();
        self.layouts.push(Json::Array(layout));
        let no_more: [usize; 0] = [];
        self.frames.push(json!([
            sheet.title,
            sheet.len,
            BASE64.encode(bytes),
            regions,
            index,
            values,
            no_more
        ]));
    }

    /// A step at a place among the layers: which bytes are its own there, and which are those that it carries.
    pub(super) fn at(&mut self, walk: &Walk, place: Place) {
        let now = rank(place);
        let mut places: Vec<Json> = Vec::new();
        let sealed = walk.sealed.iter().enumerate().map(|(index, sealed)| (index + 1, &sealed.parts));
        for (index, parts) in std::iter::once((0, &walk.parts)).chain(sealed) {
            for part in parts {
                let rank = rank(part.place);
                // The capture's own header was on no wire, and is at no step.
                if rank < now || part.place == Place::Capture {
                    continue;
                }
                let state = if rank == now { 1 } else { 2 };
                places.push(json!([index, part.span.bytes.start, part.span.bytes.end, state]));
            }
        }
        let inside = now > rank(Place::Tls) && !walk.sealed.is_empty();
        let frames: Vec<usize> = match (inside, walk.sealed.len()) {
            (true, count) => (1..=count).chain([0]).collect(),
            (false, count) => (0..=count).collect(),
        };
        let payload = if now > rank(Place::Tls) { unmasked(walk) } else { Json::Null };
        let said: [usize; 0] = [];
        self.steps.push(json!([frames, 0, said, payload, places]));
    }

    /// A step that shows one frame; some of its bytes are marked.
    pub(super) fn marked(&mut self, frame: usize, marked: &[usize], len: usize) {
        let state = |at: &usize| if marked.contains(at) { 1 } else { 2 };
        let places: Vec<Json> = (0..len).map(|at| json!([frame, at, at + 1, state(&at)])).collect();
        let said: [usize; 0] = [];
        self.steps.push(json!([[frame], 0, said, Json::Null, places]));
    }

    /// All of it.
    pub(super) fn json(self) -> Json {
        let names: Vec<Json> = self.names.list.iter().map(|name| explained(name, self.book)).collect();
        json!({
            "names": names, "values": self.values.list, "layouts": self.layouts, "frames": self.frames,
            "steps": self.steps, "more": "netlab osi --bytes keeps them",
        })
    }
}

/// The fields of a frame's headers.
fn of_headers(frame: Frame<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    Packet::new(frame).each_field(&mut |field| {
        if field.layer.is_some() && field.span.buffer == Buffer::Frame && !field.span.bytes.is_empty() {
            fields.push(Field {
                name: field.name,
                value: escape(&value_text(&field, VALUE)).into_owned(),
                bytes: field.span.bytes.clone(),
                mask: field.span.mask.unwrap_or_default(),
            });
        }
    });
    fields
}

/// The fields of a WebSocket's header, where all of it is in these bytes (RFC 6455, section 5.2).
fn of_programs(walk: &Walk, parts: &[Part], bytes: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    // The first one may have begun in a frame before this.
    let begun = usize::from(walk.units.first().is_some_and(|unit| unit.here.start > 0));
    for part in parts.iter().filter(|part| part.title == "WebSocket header").skip(begun) {
        let at = part.span.bytes.start;
        let Some(head) = bytes.get(at..).and_then(Head::read) else { continue };
        if head.length_at().end != part.span.bytes.len() {
            continue;
        }
        let mut add = |name, value: String, bytes: std::ops::Range<usize>, mask| {
            fields.push(Field { name, value, bytes: at + bytes.start..at + bytes.end, mask });
        };
        let opcode = u64::from(head.opcode.number());
        let known = crate::render::code_name("websocket.opcode", opcode);
        let opcode = known.map_or(opcode.to_string(), |name| format!("{opcode} ({name})"));
        add("websocket.fin", u8::from(head.fin).to_string(), 0..1, 0x80);
        add("websocket.rsv", head.rsv.to_string(), 0..1, 0x70);
        add("websocket.opcode", opcode, 0..1, 0x0f);
        let second = bytes.get(at + 1).copied().unwrap_or_default();
        add("websocket.mask", (second >> 7).to_string(), 1..2, 0x80);
        add("websocket.payload_length", (second & 0x7f).to_string(), 1..2, 0x7f);
        let more = head.length_at();
        if more.len() > 1 {
            let name = if more.len() == 2 {
                "websocket.payload_length_ext_16"
            } else {
                "websocket.payload_length_ext_64"
            };
            add(name, head.length.to_string(), more, 0);
        }
        if let (Some(key), Some(place)) = (head.key, head.key_at()) {
            let hex: Vec<String> = key.iter().map(|byte| format!("{byte:02x}")).collect();
            add("websocket.masking_key", hex.join(" "), place, 0);
        }
    }
    fields
}

/// The one message of a frame without its mask, where all of both is there.
fn unmasked(walk: &Walk) -> Json {
    let [unit] = walk.units.as_slice() else { return Json::Null };
    let Some(key) = unit.key.filter(|_| unit.is_whole() && unit.inflated.is_none()) else {
        return Json::Null;
    };
    let (parts, bytes) = match walk.sealed.first() {
        Some(sealed) => (&sealed.parts, &sealed.bytes),
        None => (&walk.parts, &walk.bytes),
    };
    let part = parts.iter().find(|part| part.place.sign() == '7' && part.title.ends_with("masked"));
    let Some(part) = part else { return Json::Null };
    let masked = part.bytes(bytes);
    let plain: Vec<u8> =
        masked.iter().take(BYTES).zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    json!([BASE64.encode(&plain), part.len, part.span.bytes.start, data_encoding::HEXLOWER.encode(&key)])
}

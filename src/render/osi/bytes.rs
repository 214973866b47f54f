//! The bytes of a frame, coloured by layer; a rail under each row says the same by the layers' signs.

use super::{INDENT, NAME, Names, WalkView, count_of, ink};
use crate::osi::{Layer, Part, Place};
use crate::render::{Ink, Line};

/// What a message's own bytes are called where layer 6 masks them.
pub(in crate::render) fn own_title(part: &Part, place: &str, names: Names) -> String {
    let place = if place.is_empty() { String::new() } else { format!(", {place}") };
    let len = count_of(part.len);
    names.pick(
        format!("the words, {len}; mixed from 6 on{place}"),
        format!("message, {len}; masked from 6 on{place}"),
    )
}

/// What is said of a message's bytes that are known only as layer 6 has made them.
pub(in crate::render) fn deflated(names: Names) -> &'static str {
    names.pick("as 6 has written them shorter", "as 6 has compressed it")
}

/// What is said of bytes that TLS hides.
pub(in crate::render) fn inside(names: Names) -> &'static str {
    names.pick("behind the lock", "inside TLS")
}

impl WalkView<'_> {
    /// The bytes that a layer adds, `most` of them.
    pub(super) fn own_bytes(&self, layer: Layer, most: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        let names = self.names();
        let inside = self.walk.sealed.iter().flat_map(|sealed| {
            sealed.parts.iter().map(|part| (part, sealed.bytes.as_slice(), inside(names)))
        });
        let outside = self.walk.layered().map(|part| (part, self.walk.bytes.as_slice(), ""));
        for (part, bytes, place) in outside.chain(inside) {
            if part.place.layer() == Some(layer) {
                match self.walk.unmasked(part).filter(|_| layer == Layer::Application) {
                    // What layer 6 will mask is whole here.
                    Some(own) => {
                        let title = own_title(part, place, names);
                        lines.extend(self.listed(
                            names.pick("adds", "bytes"),
                            part.place,
                            &title,
                            &own,
                            most,
                        ));
                    }
                    None => {
                        let place = if self.walk.is_deflated(part) { deflated(names) } else { place };
                        lines.extend(self.named(names.pick("adds", "bytes"), part, bytes, place, most));
                    }
                }
            }
        }
        lines
    }

    /// What TLS was given, where keys show it, and what it made of that.
    pub(super) fn before_and_after(&self, most: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for sealed in &self.walk.sealed {
            for part in &sealed.parts {
                lines.extend(self.named("before", part, &sealed.bytes, "", most));
            }
        }
        for part in self.walk.layered().filter(|part| part.place == Place::Tls) {
            let bytes = self.names().pick("adds", "bytes");
            let name = if self.walk.sealed.is_empty() { bytes } else { "after" };
            lines.extend(self.named(name, part, &self.walk.bytes, "", most));
        }
        lines
    }

    fn named(&self, name: &str, part: &Part, bytes: &[u8], place: &str, most: usize) -> Vec<Line> {
        let title = self.part_of(part.title, part.len, place);
        self.listed(name, part.place, &title, part.bytes(bytes), most)
    }

    fn listed(&self, name: &str, place: Place, title: &str, bytes: &[u8], most: usize) -> Vec<Line> {
        let room = self.width.saturating_sub(INDENT + NAME + 2).max(12) / 3;
        let mut lines = self.row(name, ink(place), &format!("{} {title}", place.sign()));
        let row = room.min(16);
        let most = match (self.bytes, self.names()) {
            (true, _) => usize::MAX,
            // Numbers of sixteen say nothing to a friend who did not ask for them.
            (false, Names::Everyday) => return lines,
            (false, Names::Trade) => most.min(row),
        };
        for chunk in bytes.get(..bytes.len().min(most)).unwrap_or_default().chunks(row) {
            let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
            let mut line = Line::new();
            line.pad_to(INDENT + NAME).push(ink(place), hex.join(" "));
            lines.push(line);
        }
        if bytes.len() > most
            && let Some(last) = lines.last_mut()
        {
            last.push(Ink::Faint, " …");
        }
        lines
    }

    /// All bytes of the frame.
    pub(super) fn dump(&self) -> Vec<Line> {
        let title = format!("All {} of frame {}", count_of(self.walk.bytes.len() as u64), self.walk.frame);
        let mut lines = self.heading(&title);
        lines.extend(self.rows(&self.walk.bytes, &self.walk.parts));
        for sealed in &self.walk.sealed {
            let title = format!(
                "{}, opened: {}",
                self.names().pick("Behind the lock", "Inside of TLS"),
                count_of(sealed.bytes.len() as u64)
            );
            lines.extend(self.heading(&title));
            lines.extend(self.rows(&sealed.bytes, &sealed.parts));
        }
        lines
    }

    fn rows(&self, bytes: &[u8], parts: &[Part]) -> Vec<Line> {
        let row = match self.width {
            ..48 => 4,
            48..80 => 8,
            80.. => 16,
        };
        let part_at = |at: usize| parts.iter().position(|part| part.span.bytes.contains(&at));
        let mut lines = Vec::new();
        for (index, chunk) in bytes.chunks(row).enumerate() {
            let start = index * row;
            let mut hex = Line::from("  ").with(Ink::Faint, format!("{start:04x}  "));
            let mut rail = Line::from("        ");
            let mut before = None;
            for (at, byte) in chunk.iter().enumerate() {
                let part = part_at(start + at);
                let place = part.and_then(|index| parts.get(index)).map(|part| part.place);
                let color = place.map_or(Ink::Plain, ink);
                hex.push(color, format!("{byte:02x} "));
                let sign = place.map_or(' ', Place::sign);
                let goes_on = part.is_some() && part == part_at(start + at + 1) && at + 1 < chunk.len();
                let begins = before != part || at == 0;
                rail.push(
                    color,
                    match (begins, goes_on) {
                        (true, true) => format!("{sign}──"),
                        (true, false) => format!("{sign}  "),
                        (false, true) => "───".to_owned(),
                        (false, false) => "─┘ ".to_owned(),
                    },
                );
                before = part;
            }
            hex.pad_to(8 + row * 3 + 1);
            for (at, byte) in chunk.iter().enumerate() {
                let place = part_at(start + at).and_then(|index| parts.get(index)).map(|part| part.place);
                let c = if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
                hex.push(place.map_or(Ink::Plain, ink), c);
            }
            lines.push(hex);
            // Each layer lists its bytes in words.
            if !self.plain {
                lines.push(rail);
            }
        }
        lines
    }
}

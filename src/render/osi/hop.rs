//! A packet before a router and behind it: what changed, and what did not.

use super::{Names, WalkView, ink};
use crate::osi::hops::{Compared, Hop};
use crate::osi::{Layer, Place};
use crate::render::line::cut;
use crate::render::{Ink, Line};

/// Ethernet's header is so long.
const ETHERNET: usize = 14;

/// The layer that it belongs to.
pub(in crate::render) fn place(row: &Compared) -> Place {
    Place::At(match row.field.split('.').next() {
        Some("eth") => Layer::Link,
        Some("ip" | "ipv6") => Layer::Network,
        Some("tcp") => Layer::Transport,
        _ => Layer::Application,
    })
}

/// The sign of its layer; the payload is the work of three.
pub(in crate::render) fn sign(row: &Compared) -> String {
    if row.field.is_empty() { "5-7".to_owned() } else { place(row).sign().to_string() }
}

impl WalkView<'_> {
    /// The frame, the table, the bytes, and what is to be learnt of them.
    pub fn hop(&self, hop: &Hop) -> Vec<Line> {
        let (one, other) = hop.frames;
        let mut lines = self.who();
        lines.push(Line::new());
        lines.extend(self.tower());
        lines.push(Line::new());
        let title = match self.names() {
            Names::Everyday => {
                "Through an exchange (router): the same letter before it, and behind it".to_owned()
            }
            Names::Trade => format!(
                "Over a router: the same packet on its first link (frame {one}) and on its second (frame {other})"
            ),
        };
        lines.extend(self.heading(&title));
        for row in &hop.rows {
            lines.extend(self.compared(row));
        }
        if self.bytes || self.names() == Names::Trade {
            lines.extend(self.both(hop));
        }
        let text = self.says(&[hop.key()]);
        lines.extend(self.paragraph(Ink::Plain, 1, &text));
        lines
    }

    fn compared(&self, row: &Compared) -> Vec<Line> {
        let place = place(row);
        let sign = if row.is_changed() { "≠" } else { "=" };
        let color = if row.is_changed() { Ink::Alarm } else { Ink::Faint };
        let names = self.names();
        let (before, after) = (names.value(row, &row.before), names.value(row, &row.after));
        let mut line =
            Line::from(" ").with(ink(place), format!("{} {}", self::sign(row), names.compared(row)));
        line.pad_to(19).push(color, sign).push(Ink::Plain, " ");
        if self.width < 70 {
            let room = self.width.saturating_sub(23);
            line.push(ink(place), cut(&before, room));
            let mut lines = vec![line];
            if row.is_changed() {
                let mut line = Line::new();
                line.pad_to(19).push(Ink::Faint, "→ ").push(ink(place), cut(&after, room));
                lines.push(line);
            }
            return lines;
        }
        line.push(ink(place), before);
        if row.is_changed() {
            line.pad_to(47).push(Ink::Faint, "→ ").push(ink(place), after);
        } else {
            line.pad_to(47).push(Ink::Faint, "the same");
        }
        vec![line]
    }

    /// So many bytes of both frames are shown: the headers of layers 2 and 3.
    fn headers(&self) -> usize {
        let parts = self.walk.parts.iter();
        let lower = parts.take_while(|part| {
            matches!(part.place, Place::At(Layer::Link | Layer::Network)) && part.title != "not read"
        });
        lower.map(|part| part.span.bytes.len()).sum()
    }

    /// The first bytes of both frames, those that differ in brackets.
    fn both(&self, hop: &Hop) -> Vec<Line> {
        let (one, other) = (&hop.bytes.0, &hop.bytes.1);
        let row = self.width.saturating_sub(9) / 3;
        let row = if row >= 17 { 17 } else { 8 };
        let mut lines = Vec::new();
        let count = self.headers().min(one.len()).min(other.len());
        for start in (0..count).step_by(row) {
            let end = (start + row).min(count);
            for (name, bytes) in [("before", one), ("after", other)] {
                let mut line = Line::from(" ").with(Ink::Faint, name);
                line.pad_to(8);
                let mut open = false;
                for at in start..end {
                    let differs = one.get(at) != other.get(at);
                    let mark = match (open, differs) {
                        (false, true) => "[",
                        (true, false) => "]",
                        _ => " ",
                    };
                    open = differs;
                    let place = Place::At(if at < ETHERNET { Layer::Link } else { Layer::Network });
                    let byte = bytes.get(at).copied().unwrap_or_default();
                    line.push(Ink::Plain, mark);
                    line.push(if differs { Ink::Mark } else { ink(place) }, format!("{byte:02x}"));
                }
                line.push(Ink::Plain, if open { "]" } else { " " });
                lines.push(line);
            }
        }
        lines
    }
}

//! The bytes of a step: each field that it shows beside the bytes that hold it, then the whole frame with these marked.

use std::ops::Range;

use crate::story::{FieldValue, Shown, Step};

use super::Ladder;
use crate::render::{Ink, Line, wrap};

/// Bytes in a row of the dump.
const ROW: usize = 16;
/// No more rows than this unless everything is asked for.
const ROWS: usize = 8;

impl Ladder<'_> {
    /// The fields with their bytes and the dump, where `--bytes` asks for them.
    pub(super) fn hex(&self, step: &Step) -> Vec<Line> {
        if !self.bytes || !self.is_full(step) { Vec::new() } else { self.dump(step) }
    }

    /// The fields with their bytes, and the frame.
    pub fn dump(&self, step: &Step) -> Vec<Line> {
        let mut lines = Vec::new();
        for field in &step.fields {
            let Some(range) = range_of(field) else { continue };
            // The bytes of what a program says are those of its segment's step.
            let Some(bytes) = step.bytes.get(range.clone()) else { continue };
            if self.plain {
                lines.extend(field_said(field, &range, bytes, self.width));
                continue;
            }
            let place = match range.len() {
                1 => range.start.to_string(),
                _ => format!("{}-{}", range.start, range.end - 1),
            };
            let mut line = self.inside();
            line.push(Ink::Plain, format!("{:<28} {:<17} ", field.name, value(field)));
            line.push(Ink::Faint, format!("{place:<5} "));
            let room = self.width.saturating_sub(line.width()) / 3;
            if room < bytes.len().min(6) {
                let text = format!("{} {}", field.name, value(field));
                lines.extend(
                    wrap(&text, self.width.saturating_sub(super::TEXT))
                        .into_iter()
                        .map(|text| self.inside().with(Ink::Plain, text)),
                );
                continue;
            } else {
                let hex: Vec<String> = bytes.iter().take(room).map(|byte| format!("{byte:02x}")).collect();
                line.push(Ink::Mark, hex.join(" "));
            }
            lines.push(line);
        }
        let marked: Vec<Range<usize>> = step.fields.iter().filter_map(range_of).collect();
        let rows = step.bytes.chunks(self.row()).enumerate();
        let shown = if self.verbose { usize::MAX } else { ROWS };
        for (index, row) in rows.take(shown) {
            let offset = index * self.row();
            if self.plain {
                lines.extend(self.row_said(offset, row));
            } else {
                lines.push(self.row_of(offset, row, &marked));
            }
        }
        let left = step.bytes.len().saturating_sub(self.row().saturating_mul(shown));
        if left > 0 {
            lines.push(self.inside().with(Ink::Faint, format!("... {left} bytes more: -v")));
        }
        lines
    }

    /// Bytes a row at this width.
    fn row(&self) -> usize {
        match self.width {
            ..48 => ROW / 4,
            48..80 => ROW / 2,
            80.. => ROW,
        }
    }

    /// One row as it is said: `Bytes 16 to 31: 00 3c bb a1`.
    fn row_said(&self, offset: usize, row: &[u8]) -> Vec<Line> {
        let last = offset + row.len().saturating_sub(1);
        let text = format!("Bytes {offset} to {last}: {}", hex_of(row));
        wrap(&text, self.width).into_iter().map(Line::from).collect()
    }

    /// One row: offset, the bytes in hex, marked ones in brackets, and as text.
    fn row_of(&self, offset: usize, row: &[u8], marked: &[Range<usize>]) -> Line {
        // Which field holds a byte: brackets stand around each, `|` between two that touch.
        let field = |at: usize| marked.iter().position(|range| range.contains(&at));
        let mut line = self.inside().with(Ink::Faint, format!("{offset:04x} "));
        let mut before = None;
        for (index, byte) in row.iter().enumerate() {
            let now = field(offset + index);
            line.push(Ink::Plain, separator(before, now));
            line.push(if now.is_some() { Ink::Mark } else { Ink::Plain }, format!("{byte:02x}"));
            before = now;
        }
        line.push(Ink::Plain, separator(before, None));
        line.pad_to(super::TEXT + 5 + self.row() * 3 + 1);
        let text: String =
            row.iter().map(|&byte| if (0x20..0x7f).contains(&byte) { byte as char } else { '.' }).collect();
        line.push(Ink::Faint, text);
        line
    }
}

/// What stands between two bytes, by the fields that they belong to.
fn separator(before: Option<usize>, now: Option<usize>) -> &'static str {
    match (before, now) {
        (None, None) => " ",
        (None, Some(_)) => "[",
        (Some(_), None) => "]",
        (Some(before), Some(now)) if before == now => " ",
        (Some(_), Some(_)) => "|",
    }
}

/// A field and where its bytes are: `ip.src: 10.7.0.1, in bytes 26 to 29: 0a 07 00 01`.
fn field_said(field: &Shown, range: &Range<usize>, bytes: &[u8], width: usize) -> Vec<Line> {
    let place = match range.len() {
        1 => format!("byte {}", range.start),
        _ => format!("bytes {} to {}", range.start, range.end - 1),
    };
    let more = if bytes.len() > ROW { " …" } else { "" };
    let hex = hex_of(bytes.get(..ROW.min(bytes.len())).unwrap_or_default());
    let text = format!("{}: {}, in {place}: {hex}{more}", field.name, value(field));
    wrap(&text, width).into_iter().map(Line::from).collect()
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// A field's value; what is a row of bits as hex.
fn value(field: &Shown) -> String {
    match field.value {
        FieldValue::Number(number) if field.name == "tcp.flags" => format!("0x{number:03x}"),
        _ => field.value.to_string(),
    }
}

fn range_of(field: &Shown) -> Option<Range<usize>> {
    field.span.as_ref().map(|span| span.bytes.clone()).filter(|range| !range.is_empty())
}

//! A header as cells of bits, each with its name and its value.

use std::ops::Range;

use crate::dissect::{Field, FieldValue, PROTOCOLS, Span, Value};

use super::example::WriteValue;

/// A header, or the part of it that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is the header of: `TCP`.
    pub title: &'static str,
    /// In the order of their bits. Between two there may be bits that no field reads.
    pub cells: Vec<Cell>,
    /// Behind the fixed part there are options, which are not drawn.
    pub cut: bool,
}

/// Some bits side by side that belong to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Wireshark's name.
    pub name: &'static str,
    /// A short English name.
    pub label: &'static str,
    /// Which bits, counted from the header's first.
    pub bits: Range<usize>,
    /// What they say in the frame that is shown; `None` where none is. Untrusted.
    pub value: Option<String>,
    /// They are what is explained.
    pub meant: bool,
}

/// The bits of some bytes that a mask leaves.
fn bits(bytes: &Range<usize>, mask: Option<u64>) -> Range<usize> {
    let (from, to) = (bytes.start * 8, bytes.end * 8);
    match mask.filter(|mask| *mask != 0) {
        Some(mask) => {
            let highest = 64 - mask.leading_zeros() as usize;
            (to - highest.min(to - from))..to - mask.trailing_zeros() as usize
        }
        None => from..to,
    }
}

/// The number that the bits of some bytes hold; `None` where there are more than a number has.
fn number_in(header: &[u8], bytes: &Range<usize>, mask: Option<u64>) -> Option<u64> {
    let bytes = header.get(bytes.clone()).filter(|bytes| bytes.len() <= 8)?;
    let all = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    Some(mask.filter(|mask| *mask != 0).map_or(all, |mask| (all & mask) >> mask.trailing_zeros()))
}

impl Cell {
    /// Of a field in a header of these bytes, which begins at `offset`.
    pub(super) fn of_value(
        field: &FieldValue<'_>,
        header: &[u8],
        offset: usize,
        write: WriteValue,
    ) -> Option<Cell> {
        let Span { bytes, mask, .. } = &field.span;
        if bytes.is_empty() {
            return None;
        }
        let bytes = bytes.start.checked_sub(offset)?..bytes.end.checked_sub(offset)?;
        let written = write(field);
        let value = match (field.value, number_in(header, &bytes, *mask)) {
            // It counts in more than bytes, or from elsewhere on: the bits hold another number than they mean.
            (Value::Number(meant), Some(held)) if held != meant => format!("{held} (means {written})"),
            _ => written,
        };
        let bits = bits(&bytes, *mask);
        Some(Cell { name: field.name, label: field.label, bits, value: Some(value), meant: false })
    }

    fn of_row(field: &Field) -> Option<Cell> {
        let bits = bits(&field.range(), field.mask());
        let cell = Cell { name: field.name, label: field.label, bits, value: None, meant: false };
        (!cell.bits.is_empty()).then_some(cell)
    }
}

impl Header {
    /// Of a table alone, without values: what no bundled capture holds. `None` for a field that stands in no table's fixed part.
    pub(super) fn of_table(name: &str) -> Option<Header> {
        let has = |table: &&[Field]| table.iter().any(|field| field.name == name);
        let protocol = PROTOCOLS.iter().find(|protocol| protocol.tables.first().is_some_and(has))?;
        let cells = protocol.tables.first()?.iter().filter_map(Cell::of_row).collect();
        Header::new(protocol.title, cells, Some(name))
    }

    /// Of all that may overlap: the finest fields win, and `meant` wins over those of its own size. `None` where `meant` has no
    /// place among them.
    pub(super) fn new(title: &'static str, fields: Vec<Cell>, meant: Option<&str>) -> Option<Header> {
        let is_meant = |cell: &Cell| Some(cell.name) == meant;
        let places: Vec<Range<usize>> =
            fields.iter().filter(|cell| is_meant(cell)).map(|cell| cell.bits.clone()).take(1).collect();
        if meant.is_some() && places.is_empty() {
            return None;
        }
        let end = fields.iter().map(|cell| cell.bits.end).max()?;
        let mut owner: Vec<Option<usize>> = vec![None; end];
        for (index, cell) in fields.iter().enumerate() {
            for bit in owner.get_mut(cell.bits.clone()).unwrap_or_default() {
                let finer = |other: &Cell| {
                    let (here, there) = (cell.bits.len(), other.bits.len());
                    here < there || here == there && is_meant(cell)
                };
                if bit.and_then(|other| fields.get(other)).is_none_or(finer) {
                    *bit = Some(index);
                }
            }
        }
        let mut cells: Vec<Cell> = Vec::new();
        let mut at = 0;
        for run in owner.chunk_by(|one, next| one == next) {
            let bits = at..at + run.len();
            at = bits.end;
            let Some(cell) = run.first().copied().flatten().and_then(|index| fields.get(index)) else {
                continue;
            };
            let meant = places.iter().any(|place| place.start < bits.end && bits.start < place.end);
            cells.push(Cell { bits, meant, ..cell.clone() });
        }
        Some(Header { title, cells, cut: false })
    }

    /// Leaves the part that matters: the fixed header, or the options with what is meant.
    pub(super) fn cut_to(mut self, fixed: usize) -> Header {
        let meant = self.cells.iter().find(|cell| cell.meant).map_or(0, |cell| cell.bits.start);
        let last = self.cells.last().map_or(0, |cell| cell.bits.end);
        if meant < fixed {
            self.cells.retain(|cell| cell.bits.start < fixed);
            self.cut = last > fixed;
        } else {
            self.cells.retain(|cell| cell.bits.start >= fixed);
        }
        self
    }
}

/// Where the fields of what TCP carries stand in their own headers, and what these are called.
pub(super) const WEBSOCKET: &[(&str, usize)] = &[
    ("websocket.fin", 1),
    ("websocket.rsv", 3),
    ("websocket.opcode", 4),
    ("websocket.mask", 1),
    ("websocket.payload_length", 7),
    ("websocket.payload_length_ext_16", 16),
    ("websocket.payload_length_ext_64", 64),
    ("websocket.masking_key", 32),
    ("websocket.payload.close.status_code", 16),
];

/// A record of TLS: its own header (RFC 8446, section 5.1).
pub(super) const TLS: &[(&str, usize)] = &[
    ("tls.record.content_type", 8),
    ("tls.record.opaque_type", 8),
    ("tls.record.version", 16),
    ("tls.record.length", 16),
];

/// Cells one behind the other, of the fields that are there; some are there instead of another (`instead`).
pub(super) fn in_a_row(
    layout: &[(&'static str, usize)],
    fields: &[FieldValue<'_>],
    write: WriteValue,
) -> Vec<Cell> {
    let mut at = 0;
    let mut cells: Vec<Cell> = Vec::new();
    // What was opened has both types: on the wire there is the outer one alone.
    let opaque = fields.iter().any(|field| field.name == "tls.record.opaque_type");
    for (name, width) in layout {
        if opaque && *name == "tls.record.content_type" {
            continue;
        }
        let Some(field) = fields.iter().find(|field| field.name == *name) else { continue };
        let bits = at..at + width;
        at += width;
        cells.push(Cell {
            name: field.name,
            label: field.label,
            bits,
            value: Some(write(field)),
            meant: false,
        });
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_leaves_its_bits() {
        assert_eq!(bits(&(12..14), Some(0x0002)), 110..111);
        assert_eq!(bits(&(12..13), Some(0xf0)), 96..100);
        assert_eq!(bits(&(4..8), None), 32..64);
        assert_eq!(bits(&(6..8), Some(0x1fff)), 51..64);
    }

    #[test]
    fn the_finest_fields_are_drawn_and_what_is_meant_is_marked() {
        let header = Header::of_table("tcp.flags").unwrap();
        let marked: Vec<&str> = header.cells.iter().filter(|cell| cell.meant).map(|cell| cell.name).collect();
        assert_eq!((marked.first(), marked.last()), (Some(&"tcp.flags.res"), Some(&"tcp.flags.fin")));
        let header = Header::of_table("ip.ttl").unwrap();
        assert!(header.cells.is_sorted_by(|one, next| one.bits.end <= next.bits.start));
        assert_eq!(header.cells.last().map(|cell| cell.bits.clone()), Some(128..160));
    }

    #[test]
    fn what_stands_in_no_header_is_not_drawn() {
        assert_eq!(Header::of_table("tcp.len"), None);
        assert_eq!(Header::of_table("no.such"), None);
    }
}

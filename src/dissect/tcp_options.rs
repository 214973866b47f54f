//! TCP options: RFC 9293 (end, no-operation, MSS), RFC 7323 (window scale, timestamps), RFC 2018 (SACK).

use std::ops::Range;

use super::field::{Emit, Field};

const KIND: Field = Field::new("tcp.option_kind", "Option", 0..1);
const LEN: Field = Field::new("tcp.option_len", "Option's length", 1..2);
const MSS: Field = Field::new("tcp.options.mss_val", "Largest segment (MSS)", 2..4);
const SHIFT: Field = Field::new("tcp.options.wscale.shift", "Window scale: doublings", 2..3);
const SACK_PERM: Field = Field::new("tcp.options.sack_perm", "SACK allowed", 0..2).mark();
const TSVAL: Field = Field::new("tcp.options.timestamp.tsval", "Timestamp: sender's clock", 2..6);
const TSECR: Field = Field::new("tcp.options.timestamp.tsecr", "Timestamp: echo of the other's", 6..10);
/// What options are made of.
pub(super) const FIELDS: &[Field] = &[KIND, LEN, MSS, SHIFT, SACK_PERM, TSVAL, TSECR];

/// One option, borrowed from its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpOption<'a> {
    /// The list ends here (0).
    End,
    /// Fills a byte so that the next option stands even (1).
    Nop,
    /// The largest segment that the sender of the SYN takes (2).
    Mss(u16),
    /// How often later windows are to be doubled, as it stands there; more than 14 counts as 14 (3, RFC 7323 2.3).
    WindowScale(u8),
    /// The sender understands SACK (4).
    SackPermitted,
    /// What has arrived beyond a gap (5).
    Sack(SackBlocks<'a>),
    /// Two clock readings (8).
    Timestamps {
        /// The sender's clock.
        value: u32,
        /// The value last received from the other side.
        echo: u32,
    },
    /// One that netlab does not read, or one whose length is not what its kind demands.
    Unknown {
        /// Its number.
        kind: u8,
        /// What it holds after kind and length.
        data: &'a [u8],
    },
}

/// The blocks of a SACK option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SackBlocks<'a>(&'a [u8]);

impl SackBlocks<'_> {
    /// Each block: the first byte that arrived and the first that did not, as sequence numbers on the wire.
    pub fn iter(self) -> impl Iterator<Item = (u32, u32)> {
        let (blocks, _) = self.0.as_chunks::<8>();
        blocks.iter().map(|[a, b, c, d, e, f, g, h]| {
            (u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]))
        })
    }
}

/// The options of a header, one by one, up to the end or to the first that can't be.
#[derive(Clone, Copy, Debug)]
pub struct TcpOptions<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> TcpOptions<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> TcpOptions<'a> {
        TcpOptions { bytes, at: 0 }
    }

    /// The options as they stand.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Each option with its place, counted from the first option's beginning.
    pub fn with_places(mut self) -> impl Iterator<Item = (usize, TcpOption<'a>)> {
        std::iter::from_fn(move || self.step())
    }

    /// The next option with its place.
    fn step(&mut self) -> Option<(usize, TcpOption<'a>)> {
        let at = self.at;
        let rest = self.bytes.get(at..)?;
        let kind = *rest.first()?;
        if kind <= 1 {
            self.at = if kind == 0 { usize::MAX } else { at + 1 };
            return Some((at, if kind == 0 { TcpOption::End } else { TcpOption::Nop }));
        }
        let length = usize::from(*rest.get(1)?);
        let data = rest.get(2..length)?;
        self.at = at + length;
        let word = |from: usize| data.get(from..)?.first_chunk().copied().map(u32::from_be_bytes);
        let option = match (kind, data) {
            (2, [high, low]) => TcpOption::Mss(u16::from_be_bytes([*high, *low])),
            (3, [shift]) => TcpOption::WindowScale(*shift),
            (4, []) => TcpOption::SackPermitted,
            (5, blocks) if !blocks.is_empty() && blocks.len().is_multiple_of(8) => {
                TcpOption::Sack(SackBlocks(blocks))
            }
            (8, [_, _, _, _, _, _, _, _]) => {
                TcpOption::Timestamps { value: word(0).unwrap_or(0), echo: word(4).unwrap_or(0) }
            }
            _ => TcpOption::Unknown { kind, data },
        };
        Some((at, option))
    }
}

impl<'a> Iterator for TcpOptions<'a> {
    type Item = TcpOption<'a>;

    fn next(&mut self) -> Option<TcpOption<'a>> {
        self.step().map(|(_, option)| option)
    }
}

/// The fields that an option of this kind and length has.
fn rows(kind: u8, length: usize) -> &'static [Field] {
    match (kind, length) {
        (2, 4) => &[MSS],
        (3, 3) => &[SHIFT],
        (4, 2) => &[SACK_PERM],
        (8, 10) => &[TSVAL, TSECR],
        // The edges of SACK blocks (5) are shown from the start of the numbering, which only flow knows.
        _ => &[],
    }
}

/// The fields of all options, also those of one that the capture has cut. `start` is the place of the first after the
/// header's beginning, `length` that of the whole list by the header.
pub(super) fn each_field<'a>(options: TcpOptions<'a>, start: usize, length: usize, emit: &mut Emit<'_, 'a>) {
    let mut at = 0;
    while let Some(option) = options.bytes.get(at..).filter(|option| !option.is_empty()) {
        let mut put = |field: &'static Field| {
            if let Some(value) = field.value(option) {
                let Range { start: from, end: to } = field.range();
                emit.put(field, value, start + at + from..start + at + to);
            }
        };
        put(&KIND);
        let size = match (option.first(), option.get(1)) {
            (Some(1), _) => 1,
            (Some(kind), Some(size)) if *kind > 1 => {
                put(&LEN);
                let size = usize::from(*size);
                if size < 2 || at + size > length {
                    return;
                }
                rows(*kind, size).iter().for_each(put);
                size
            }
            _ => return,
        };
        at += size;
    }
}

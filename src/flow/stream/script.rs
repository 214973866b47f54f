//! Segments out of arbitrary bytes, and what must hold whatever they are: for fuzzing and for property tests.

use std::collections::HashMap;

use super::arrival::{Arrival, Doubt};
use super::given::{Chunk, Given, Hole, Side};
use super::limits::Limits;
use super::reassembler::Reassembler;
use crate::dissect::Buffer;
use crate::event::Host;

/// How many bytes describe a segment before its data.
const HEADER: usize = 8;

/// Reads bytes as a list of segments: 8 bytes that describe one (flags, sequence number, length, acknowledgement number,
/// how much of the data was cut, which conversation), then its data. Any bytes are such a list; what is too short for
/// another segment is left.
pub fn script(bytes: &[u8]) -> impl Iterator<Item = Arrival<'_>> {
    let mut left = bytes;
    let mut frame = 0;
    std::iter::from_fn(move || {
        let (header, rest) = left.split_first_chunk::<HEADER>()?;
        let [flags, seq_high, seq_low, len, ack_high, ack_low, cut, which] = *header;
        let here = usize::from(len).min(rest.len());
        let (data, rest) = rest.split_at_checked(here)?;
        left = rest;
        frame += 1;
        let kept = here - usize::from(cut & 0x0f).min(here);
        let far = |high: u8, low: u8| {
            let near = u32::from(u16::from_be_bytes([high, low]));
            if which & 0x40 == 0 { near } else { near << 16 }
        };
        Some(Arrival {
            stream: u32::from(which & 0x0f),
            frame,
            from: if flags & 0x01 == 0 { Host::Client } else { Host::Server },
            seq: far(seq_high, seq_low),
            zero: u32::from(which >> 7),
            ack: (flags & 0x10 != 0).then(|| far(ack_high, ack_low)),
            syn: flags & 0x02 != 0,
            fin: flags & 0x04 != 0,
            rst: flags & 0x08 != 0,
            len: here as u32,
            bytes: data.get(..kept).unwrap_or_default(),
            buffer: Buffer::Frame,
            at: 0,
            keep_alive: flags & 0x20 != 0 && here <= 1,
            anew: false,
            doubt: match flags >> 6 {
                1 => Doubt::Unasked,
                2 => Doubt::Damaged,
                _ => Doubt::None,
            },
        })
    })
}

/// What came of a [`script`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Segments in it.
    pub segments: u64,
    /// Bytes handed on.
    pub bytes: u64,
    /// Bytes passed in holes.
    pub holes: u64,
    /// Bytes given up.
    pub given_up: u64,
}

/// Puts the streams of a [`script`] together within `limits`, and checks what must hold.
///
/// # Errors
/// When a limit was exceeded, bytes came twice or in the wrong order, or something was left: a fault of the reassembly, whatever
/// the bytes; the text says which.
pub fn check_script(bytes: &[u8], limits: Limits) -> Result<Checked, String> {
    let mut reassembler = Reassembler::with_limits(limits);
    let mut checker = Checker::default();
    for arrival in script(bytes) {
        checker.checked.segments += 1;
        reassembler.push(&arrival, &mut |given| checker.take(given));
        let most = [
            (reassembler.waiting(), limits.waiting, "waiting bytes"),
            (reassembler.history(), limits.history, "bytes of history"),
            (reassembler.conversations(), limits.conversations.max(1), "conversations"),
        ];
        for (is, limit, what) in most {
            if is > limit {
                return Err(format!("frame {}: {is} {what}, {limit} allowed", arrival.frame));
            }
        }
        checker.result(arrival.frame)?;
    }
    reassembler.finish(&mut |given| checker.take(given));
    checker.result(u64::MAX)?;
    if (reassembler.waiting(), reassembler.history()) != (0, 0) {
        return Err("something is left at the end".to_owned());
    }
    if reassembler.totals().given_up != checker.checked.given_up {
        return Err("what was given up was not all told".to_owned());
    }
    Ok(checker.checked)
}

#[derive(Default)]
struct Checker {
    /// Where each side goes on.
    next: HashMap<Side, u64>,
    checked: Checked,
    wrong: Option<String>,
}

impl Checker {
    fn take(&mut self, given: Given<'_>) {
        match given {
            Given::Bytes(Chunk { side, offset, bytes, .. }) => {
                self.checked.bytes += bytes.len() as u64;
                self.step(side, offset, bytes.len() as u64);
            }
            Given::Hole(Hole { side, offset, len, .. }) => {
                self.checked.holes += len;
                self.step(side, offset, len);
            }
            Given::Overlap(overlap) => {
                let (earlier, later) = (overlap.earlier.bytes.len(), overlap.later.bytes.len());
                if earlier != later || later == 0 {
                    self.wrong = Some(format!("an overlap of {earlier} with {later} bytes"));
                }
            }
            Given::GivenUp(piece) => self.checked.given_up += piece.len,
            Given::Anew(side) => {
                self.next.remove(&side);
            }
            Given::Forgotten(stream) => self.next.retain(|side, _| side.stream != stream),
            Given::Uncompared(_) | Given::Ignored(_) | Given::End(_) => {}
        }
    }

    fn step(&mut self, side: Side, offset: u64, len: u64) {
        let next = self.next.insert(side, offset + len);
        if len == 0 || next.is_some_and(|next| next != offset) {
            self.wrong = Some(format!("{side:?}: {len} bytes at {offset}, expected at {next:?}"));
        }
    }

    fn result(&mut self, frame: u64) -> Result<(), String> {
        match self.wrong.take() {
            Some(wrong) => Err(format!("frame {frame}: {wrong}")),
            None => Ok(()),
        }
    }
}

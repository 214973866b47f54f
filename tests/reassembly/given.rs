//! Segments made by hand, and what the reassembly gives for them, in words.

use std::collections::HashMap;

use netlab::dissect::Buffer;
use netlab::event::Host;
use netlab::flow::stream::{
    Arrival, Doubt, Given, HoleKind, Kept, Limits, Reassembler, Side, WhyGivenUp, WhyIgnored,
};

pub(crate) const CLIENT: Side = Side { stream: 0, from: Host::Client };
pub(crate) const SERVER: Side = Side { stream: 0, from: Host::Server };

/// What came out, in words: `bytes`, or a hole by its length.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Out {
    pub(crate) bytes: HashMap<Side, Vec<u8>>,
    /// Every byte, or `None` in a hole.
    pub(crate) whole: HashMap<Side, Vec<Option<u8>>>,
    pub(crate) told: Vec<String>,
}

impl Out {
    pub(crate) fn take(&mut self, given: Given<'_>) {
        match given {
            Given::Bytes(chunk) => {
                // In the middle of a conversation the first may have another offset than 0.
                let whole = self.whole.entry(chunk.side).or_insert_with(|| vec![None; chunk.offset as usize]);
                assert_eq!(whole.len() as u64, chunk.offset);
                whole.extend(chunk.bytes.iter().copied().map(Some));
                self.bytes.entry(chunk.side).or_default().extend(chunk.bytes);
            }
            Given::Hole(hole) => {
                let whole = self.whole.entry(hole.side).or_default();
                assert_eq!(whole.len() as u64, hole.offset);
                whole.extend(vec![None; hole.len as usize]);
                let kind = match hole.kind {
                    HoleKind::NotCaptured => "missing",
                    HoleKind::Cut => "cut",
                    HoleKind::GivenUp => "given up",
                };
                let between = (hole.after.unwrap_or(0), hole.before.unwrap_or(0));
                self.told.push(format!("{} {kind} between {} and {}", hole.len, between.0, between.1));
            }
            Given::Overlap(overlap) => {
                let kept = if overlap.kept == Kept::Earlier { "first" } else { "second" };
                let settled = if overlap.settled { "" } else { " while waiting" };
                match overlap.difference() {
                    None => {}
                    Some(range) => self.told.push(format!(
                        "frames {} and {} differ in {}..{}: {} kept{settled}",
                        overlap.earlier.frame,
                        overlap.later.frame,
                        overlap.offset + range.start as u64,
                        overlap.offset + range.end as u64,
                        kept
                    )),
                }
            }
            Given::Uncompared(again) => self.told.push(format!("{} not compared", again.len)),
            Given::GivenUp(piece) => {
                let why = match piece.why {
                    WhyGivenUp::Conversation => "conversation",
                    WhyGivenUp::Total => "total",
                    WhyGivenUp::Forgotten => "forgotten",
                };
                self.told.push(format!("{} of frame {} given up: {why}", piece.len, piece.frame));
            }
            Given::Ignored(ignored) => {
                let why = match ignored.why {
                    WhyIgnored::BeforeStart => "before the start",
                    WhyIgnored::AfterEnd => "after the end",
                    WhyIgnored::TooLate => "too late",
                };
                self.told.push(format!("{} {why}", ignored.len));
            }
            Given::End(end) => {
                let how = if end.reset { "reset" } else { "end" };
                self.told.push(format!("{how} at {}", end.offset));
            }
            Given::Anew(_) => self.told.push("anew".to_owned()),
            Given::Forgotten(stream) => self.told.push(format!("conversation {stream} forgotten")),
        }
    }

    pub(crate) fn said(&self, side: Side) -> &[u8] {
        self.bytes.get(&side).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A segment by hand; `seq` counts from the first byte, as offsets do.
pub(crate) fn segment(frame: u64, from: Host, offset: u32, bytes: &[u8]) -> Arrival<'_> {
    Arrival {
        stream: 0,
        frame,
        from,
        seq: offset.wrapping_add(1),
        zero: 0,
        ack: None,
        syn: false,
        fin: false,
        rst: false,
        len: bytes.len() as u32,
        bytes,
        buffer: Buffer::Frame,
        at: 54,
        keep_alive: false,
        anew: false,
        doubt: Doubt::None,
    }
}

pub(crate) fn syn(frame: u64, from: Host) -> Arrival<'static> {
    Arrival { seq: 0, syn: true, ..segment(frame, from, 0, b"") }
}

/// A bare ACK of `host`: it has all of the other side's bytes before `offset`.
pub(crate) fn ack(frame: u64, host: Host, offset: u32) -> Arrival<'static> {
    Arrival { ack: Some(offset.wrapping_add(1)), ..segment(frame, host, 0, b"") }
}

pub(crate) fn run(arrivals: &[Arrival<'_>]) -> Out {
    run_within(Limits::default(), arrivals)
}

pub(crate) fn run_within(limits: Limits, arrivals: &[Arrival<'_>]) -> Out {
    let (mut reassembler, mut out) = (Reassembler::with_limits(limits), Out::default());
    for arrival in arrivals {
        reassembler.push(arrival, &mut |given| out.take(given));
    }
    reassembler.finish(&mut |given| out.take(given));
    out
}

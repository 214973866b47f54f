//! What of a direction has left it in order: bytes and holes, handed on once; what comes again is compared with them.

use super::arrival::Doubt;
use super::given::{
    Chunk, Ending, Given, Hole, HoleKind, Ignored, Kept, Overlap, Side, Uncompared, Version, WhyIgnored,
};
use super::history::{History, Recalled};
use super::queue::Fresh;
use super::reassembler::Said;
use crate::dissect::Buffer;

/// Where what comes of a segment goes.
pub(super) struct To<'s> {
    pub(super) side: Side,
    /// How many bytes of history a direction may keep.
    pub(super) history: usize,
    pub(super) sink: &'s mut dyn FnMut(Given<'_>),
}

impl To<'_> {
    pub(super) fn give(&mut self, given: Given<'_>) {
        (self.sink)(given);
    }
}

/// The end of a direction where its bytes come out.
#[derive(Debug, Default)]
pub(super) struct Outlet {
    /// The next byte to be handed on.
    pub(super) next: u64,
    /// Where the FIN stands, and in which frame.
    pub(super) fin: Option<(u64, u64)>,
    /// What the last byte came in.
    last_frame: Option<u64>,
    pub(super) ended: bool,
    reset: bool,
    history: Option<Box<History>>,
    pub(super) said: Said,
}

impl Outlet {
    /// That of a new stream between the same ends, which goes on counting.
    pub(super) fn anew(&self) -> Outlet {
        Outlet { said: self.said, ..Outlet::default() }
    }

    /// That of a direction that has come up to `next`; `ended`: there stood its FIN, in a frame that is not known any more.
    pub(super) fn passed(next: u64, ended: bool) -> Outlet {
        Outlet { next, fin: ended.then_some((next, 0)), ended, ..Outlet::default() }
    }

    pub(super) fn history_size(&self) -> usize {
        self.history.as_ref().map_or(0, |history| history.size())
    }

    pub(super) fn drop_history(&mut self) {
        self.history = None;
    }

    /// Whether nothing more is expected.
    pub(super) fn is_over(&self) -> bool {
        self.ended || self.reset
    }

    /// A place, or that of the FIN where it comes before: a FIN takes a number and is no byte.
    pub(super) fn before_fin(&self, place: u64) -> u64 {
        self.fin.map_or(place, |(fin, _)| place.min(fin))
    }

    /// Takes what the other side has broken off, or this one.
    pub(super) fn reset(&mut self, frame: u64, to: &mut To<'_>) {
        if !self.ended && !self.reset {
            self.reset = true;
            to.give(Given::End(Ending { side: to.side, offset: self.next, frame, reset: true }));
        }
    }

    /// Tells the end, once, where all before the FIN was handed on; whether that is so.
    pub(super) fn end_at_fin(&mut self, to: &mut To<'_>) -> bool {
        let Some((_, frame)) = self.fin.filter(|(fin, _)| self.next >= *fin) else { return false };
        if !self.ended {
            self.ended = true;
            to.give(Given::End(Ending { side: to.side, offset: self.next, frame, reset: false }));
        }
        true
    }

    /// The part of a segment before `end` repeats what was handed on; leaves `fresh` with the rest.
    pub(super) fn again(&mut self, fresh: &mut Fresh<'_>, end: u64, to: &mut To<'_>) {
        let kept = (end - fresh.offset).min(fresh.bytes.len() as u64);
        let (old, rest) = fresh.bytes.split_at_checked(kept as usize).unwrap_or_default();
        let (side, frame, start) = (to.side, fresh.frame, fresh.offset);
        let damaged = fresh.doubt == Doubt::Damaged;
        let said = &mut self.said;
        let mut tell = |offset: u64, what: Recalled<'_>| match what {
            Recalled::Bytes(earlier, bytes) => {
                let from = (offset - start) as usize;
                let later = old.get(from..from + bytes.len()).unwrap_or_default();
                let overlap = Overlap {
                    side,
                    offset,
                    earlier: Version { frame: earlier, bytes },
                    later: Version { frame, bytes: later },
                    kept: Kept::Earlier,
                    settled: true,
                    damaged,
                };
                said.overlap(&overlap);
                to.give(Given::Overlap(overlap));
            }
            Recalled::Hole(len) => {
                said.ignored += len;
                to.give(Given::Ignored(Ignored { side, len, frame, why: WhyIgnored::TooLate }));
            }
            Recalled::Forgotten(len) => {
                said.again += len;
                to.give(Given::Uncompared(Uncompared { side, offset, len, frame }));
            }
        };
        match &self.history {
            _ if kept == 0 => {}
            Some(history) => history.recall(start..start + kept, tell),
            None => tell(start, Recalled::Forgotten(kept)),
        }
        fresh.at += kept as usize;
        fresh.offset = end;
        fresh.bytes = rest;
    }

    /// Hands on bytes at `next`, as far as no FIN stands before them.
    pub(super) fn hand_on(&mut self, bytes: &[u8], frame: u64, buffer: Buffer, at: usize, to: &mut To<'_>) {
        let room = self.fin.map_or(u64::MAX, |(fin, _)| fin.saturating_sub(self.next));
        let (bytes, over) = match usize::try_from(room) {
            Ok(room) => bytes.split_at_checked(room).unwrap_or((bytes, &[])),
            Err(_) => (bytes, Default::default()),
        };
        if !bytes.is_empty() {
            let offset = self.next;
            to.give(Given::Bytes(Chunk { side: to.side, offset, bytes, frame, buffer, at }));
            if to.history > 0 {
                self.history.get_or_insert_default().note(offset, bytes, frame, to.history);
            }
            self.next += bytes.len() as u64;
            self.said.bytes += bytes.len() as u64;
            self.last_frame = Some(frame);
        }
        if !over.is_empty() {
            self.ignore(over.len() as u64, frame, WhyIgnored::AfterEnd, to);
        }
    }

    /// Passes a hole up to `end`.
    pub(super) fn pass(&mut self, end: u64, kind: HoleKind, before: Option<u64>, to: &mut To<'_>) {
        let end = self.before_fin(end);
        let Some(len) = end.checked_sub(self.next).filter(|len| *len > 0) else { return };
        let (offset, after) = (self.next, self.last_frame);
        to.give(Given::Hole(Hole { side: to.side, offset, len, kind, after, before }));
        match kind {
            HoleKind::NotCaptured => self.said.missing += len,
            HoleKind::Cut => self.said.cut += len,
            HoleKind::GivenUp => self.said.given_up += len,
        }
        if to.history > 0 {
            self.history.get_or_insert_default().note_hole(offset, len);
        }
        self.next = end;
    }

    /// Says what of a segment belongs nowhere.
    pub(super) fn ignore(&mut self, len: u64, frame: u64, why: WhyIgnored, to: &mut To<'_>) {
        self.said.ignored += len;
        to.give(Given::Ignored(Ignored { side: to.side, len, frame, why }));
    }
}

//! One direction of a conversation: its bytes in their order.

use std::ops::Range;

use super::arrival::{Arrival, Doubt};
use super::given::{
    Chunk, Ending, Given, GivenUp, Hole, HoleKind, Ignored, Kept, Overlap, Side, Uncompared, Version,
    WhyGivenUp, WhyIgnored,
};
use super::history::{History, Recalled};
use super::queue::{Fresh, Piece, Queue};
use super::reassembler::Said;
use super::stretches::Stretches;
use crate::dissect::Buffer;

/// Where what comes of a segment goes.
pub(super) struct To<'s> {
    pub(super) side: Side,
    /// How many bytes of history a direction may keep.
    pub(super) history: usize,
    pub(super) sink: &'s mut dyn FnMut(Given<'_>),
}

impl To<'_> {
    fn give(&mut self, given: Given<'_>) {
        (self.sink)(given);
    }
}

/// An ACK of bytes so far beyond all that were seen is believed only if another one agrees.
const FAR: u64 = 1 << 20;

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// The number on the wire that is counted as 0, once a segment was seen.
    zero: Option<u32>,
    /// The next byte to be handed on.
    next: u64,
    /// The other side has confirmed all before this; `None` before its first ACK.
    acked: Option<u64>,
    /// An ACK that was not believed.
    claimed: Option<u64>,
    /// The sender has gone on behind this, and up to that.
    beyond: u64,
    seen: u64,
    /// Where the FIN stands, and in which frame.
    fin: Option<(u64, u64)>,
    /// What the last byte came in.
    last_frame: Option<u64>,
    /// A SYN or a byte was seen: what is missing from here on is a hole.
    begun: bool,
    /// Its state was forgotten: it begins where it goes on.
    resumed: bool,
    ended: bool,
    reset: bool,
    rare: Option<Box<Rare>>,
    history: Option<Box<History>>,
    pub(super) said: Said,
}

/// What most directions never need.
#[derive(Debug, Default)]
struct Rare {
    queue: Queue,
    /// What waited and was given up.
    given_up: Stretches,
}

impl Direction {
    /// One whose state was forgotten.
    pub(super) fn resumed() -> Direction {
        Direction { resumed: true, ..Direction::default() }
    }

    /// What waits, in bytes.
    pub(super) fn waiting(&self) -> usize {
        self.rare.as_ref().map_or(0, |rare| rare.queue.cost())
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

    /// Where a relative sequence number lies, near the next byte; negative before the beginning.
    fn place(&self, seq: u32) -> i64 {
        // The byte with number 1 is the first.
        let ahead = seq.wrapping_sub(1).wrapping_sub(self.next as u32) as i32;
        self.next as i64 + i64::from(ahead)
    }

    /// The other side confirms all before `ack`; `syn`: in a SYN-ACK.
    pub(super) fn confirm(&mut self, ack: u32, syn: bool, to: &mut To<'_>) {
        let first = self.acked.is_none();
        if self.resumed && !self.begun && first {
            self.next = ack.wrapping_sub(1).into();
        }
        let Ok(ack) = u64::try_from(self.place(ack)) else { return };
        if syn && ack > self.seen {
            return; // It answers something older (RFC 9293, section 3.5.1): nothing of this was confirmed.
        }
        if first && !self.begun && ack > self.next && self.waiting() == 0 {
            // In the middle of a conversation: what was confirmed so far was said before the capture began.
            self.next = ack;
        }
        if ack > self.seen.max(self.next) + FAR {
            // Too far to be believed alone: the next one must agree.
            let agrees = self.claimed.is_some_and(|claimed| (claimed..=claimed + FAR).contains(&ack));
            self.claimed = Some(ack);
            if !agrees {
                return;
            }
        }
        // A FIN takes a number and is no byte.
        let ack = self.fin.map_or(ack, |(fin, _)| ack.min(fin));
        self.acked = Some(self.acked.unwrap_or(0).max(ack));
        if self.waiting() > 0 {
            self.drain(to);
        }
    }

    /// How many numbers from the first one that came in no frame up to `ack`, counted from this side's zero; none where all
    /// came. What was passed as a hole is not counted again.
    pub(super) fn lacks_before(&self, ack: u32) -> u64 {
        let Ok(ack) = u64::try_from(self.place(ack)) else { return 0 };
        let ack = self.fin.map_or(ack, |(fin, _)| ack.min(fin));
        let mut came = self.next;
        for (offset, piece) in self.rare.iter().flat_map(|rare| rare.queue.iter()) {
            if offset > came {
                break;
            }
            came = came.max(offset + piece.len);
        }
        ack.saturating_sub(came)
    }

    /// Takes a segment of this direction.
    pub(super) fn take(&mut self, arrival: &Arrival<'_>, order: u64, to: &mut To<'_>) {
        if self.zero.replace(arrival.zero).is_some_and(|zero| zero != arrival.zero) {
            self.finish(to);
            to.give(Given::Anew(to.side));
            let said = std::mem::take(&mut self.said);
            *self = Direction { zero: Some(arrival.zero), said, ..Direction::default() };
        }
        self.begun |= arrival.syn;
        if !arrival.keep_alive {
            self.data(arrival, order, to);
        }
        if arrival.rst {
            self.reset(arrival.frame, to);
        }
    }

    /// Takes what the other side has broken off, or this one.
    pub(super) fn reset(&mut self, frame: u64, to: &mut To<'_>) {
        if !self.ended && !self.reset {
            self.reset = true;
            to.give(Given::End(Ending { side: to.side, offset: self.next, frame, reset: true }));
        }
    }

    fn data(&mut self, arrival: &Arrival<'_>, order: u64, to: &mut To<'_>) {
        if arrival.len == 0 && !arrival.fin {
            return;
        }
        let first = arrival.seq.wrapping_add(arrival.syn.into());
        if self.resumed && !self.begun && self.acked.is_none() {
            self.next = first.wrapping_sub(1).into();
        }
        self.begun = true;
        let start = self.place(first);
        let early = (-start).clamp(0, arrival.len.into()) as u64;
        if early > 0 {
            self.ignore(early, arrival.frame, WhyIgnored::BeforeStart, to);
        }
        let doubt = self.doubt(arrival);
        let before_start = start + i64::from(arrival.len) < 0;
        let end = (start + i64::from(arrival.len)).max(0) as u64;
        let start = start.max(0) as u64;
        let bytes = arrival.bytes.get(early as usize..).unwrap_or_default();
        self.beyond = self.beyond.max(start);
        self.seen = self.seen.max(end);
        let fits = !before_start && end >= self.next && !self.ended && doubt != Doubt::Damaged;
        if arrival.fin && fits && self.fin.is_none_or(|(fin, _)| end < fin) {
            self.fin = Some((end, arrival.frame));
        }
        let mut fresh = Fresh {
            offset: start,
            bytes,
            frame: arrival.frame,
            buffer: arrival.buffer,
            at: arrival.at + early as usize,
            doubt,
            segment: (start, end),
            order,
        };
        if start < self.next && start < end {
            self.again(&mut fresh, end.min(self.next), to);
        }
        if end > self.next {
            self.fresh(&fresh, fresh.offset.max(self.next)..end, to);
        }
        self.drain(to);
    }

    fn doubt(&self, arrival: &Arrival<'_>) -> Doubt {
        match arrival.doubt {
            // No answers were captured: nothing would ever show that it was taken.
            Doubt::Damaged if self.acked.is_none() => Doubt::None,
            doubt => doubt,
        }
    }

    /// The part of a segment before `end` repeats what was handed on; leaves `fresh` with the rest.
    fn again(&mut self, fresh: &mut Fresh<'_>, end: u64, to: &mut To<'_>) {
        let kept = (end - fresh.offset).min(fresh.bytes.len() as u64);
        let (old, rest) = fresh.bytes.split_at_checked(kept as usize).unwrap_or_default();
        let (side, frame, start) = (to.side, fresh.frame, fresh.offset);
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

    /// The part of a segment that has not been handed on yet: `range`, of which `fresh.bytes` were kept.
    fn fresh(&mut self, fresh: &Fresh<'_>, range: Range<u64>, to: &mut To<'_>) {
        if self.ended {
            return self.ignore(range.end - range.start, fresh.frame, WhyIgnored::AfterEnd, to);
        }
        let kept_end = range.start + fresh.bytes.len() as u64;
        let direct = range.start == self.next && fresh.doubt == Doubt::None;
        if direct && self.waiting() == 0 {
            self.hand_on(fresh.bytes, fresh.frame, fresh.buffer, fresh.at, to);
            if kept_end < range.end {
                self.pass(range.end, HoleKind::Cut, Some(fresh.frame), to);
            }
            return;
        }
        let said = &mut self.said;
        let queue = &mut self.rare.get_or_insert_default().queue;
        let side = to.side;
        queue.lay(fresh, !direct, side, &mut |overlap| {
            said.overlap(&overlap);
            to.give(Given::Overlap(overlap));
        });
        if kept_end < range.end {
            queue.lay_cut(fresh, kept_end..range.end);
        }
        if direct {
            self.hand_on(fresh.bytes, fresh.frame, fresh.buffer, fresh.at, to);
        }
    }

    /// Hands on bytes at `next`, as far as no FIN stands before them.
    fn hand_on(&mut self, bytes: &[u8], frame: u64, buffer: Buffer, at: usize, to: &mut To<'_>) {
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
    fn pass(&mut self, end: u64, kind: HoleKind, before: Option<u64>, to: &mut To<'_>) {
        let end = self.fin.map_or(end, |(fin, _)| end.min(fin));
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

    /// Passes what is missing up to `end`, and says of each part why.
    fn pass_missing(&mut self, end: u64, before: Option<u64>, to: &mut To<'_>) {
        while self.next < end {
            let stretch = self.rare.as_mut().and_then(|rare| rare.given_up.next_from(self.next));
            let before_next = self.next;
            match stretch {
                Some((start, stop)) if start <= self.next => {
                    self.pass(stop.min(end), HoleKind::GivenUp, before, to);
                }
                Some((start, _)) => self.pass(start.min(end), HoleKind::NotCaptured, before, to),
                None => self.pass(end, HoleKind::NotCaptured, before, to),
            }
            if self.next == before_next {
                return; // A FIN stands here.
            }
        }
    }

    /// Hands on what has become contiguous.
    fn drain(&mut self, to: &mut To<'_>) {
        while let Some((offset, piece)) = self.rare.as_ref().and_then(|rare| rare.queue.first()) {
            let acked = self.acked.unwrap_or(0);
            if self.fin.is_some_and(|(fin, _)| offset >= fin && self.next >= fin) {
                break;
            }
            if offset > self.next {
                if acked < offset {
                    break;
                }
                let frame = piece.frame;
                self.pass_missing(offset, Some(frame), to);
                continue;
            }
            let taken = match piece.doubt {
                Doubt::None => true,
                Doubt::Unasked => acked.max(self.beyond) >= offset + piece.len,
                Doubt::Damaged => acked >= offset + piece.len,
            };
            if !taken {
                break;
            }
            self.pop(to);
        }
        self.end_at_fin(to);
    }

    /// Hands on the first piece that waits.
    fn pop(&mut self, to: &mut To<'_>) {
        let Some((_, piece)) = self.rare.as_mut().and_then(|rare| rare.queue.pop_first()) else { return };
        match &piece.bytes {
            Some(bytes) => self.hand_on(bytes, piece.frame, piece.buffer, piece.at, to),
            None => self.pass(self.next + piece.len, HoleKind::Cut, Some(piece.frame), to),
        }
    }

    fn end_at_fin(&mut self, to: &mut To<'_>) {
        let Some((_, frame)) = self.fin.filter(|(fin, _)| self.next >= *fin) else { return };
        if !self.ended {
            self.ended = true;
            to.give(Given::End(Ending { side: to.side, offset: self.next, frame, reset: false }));
        }
        while let Some((_, piece)) = self.rare.as_mut().and_then(|rare| rare.queue.pop_first()) {
            self.ignore(piece.len, piece.frame, WhyIgnored::AfterEnd, to);
        }
    }

    fn ignore(&mut self, len: u64, frame: u64, why: WhyIgnored, to: &mut To<'_>) {
        self.said.ignored += len;
        to.give(Given::Ignored(Ignored { side: to.side, len, frame, why }));
    }

    /// Nothing more comes: hands on all that waits, past every hole.
    pub(super) fn finish(&mut self, to: &mut To<'_>) {
        while let Some((offset, piece)) = self.rare.as_ref().and_then(|rare| rare.queue.first()) {
            if self.fin.is_some_and(|(fin, _)| self.next >= fin) {
                break;
            }
            if offset > self.next {
                let frame = piece.frame;
                self.pass_missing(offset, Some(frame), to);
            } else {
                self.pop(to);
            }
        }
        let fin = self.fin.map(|(fin, _)| fin);
        let known = self.acked.unwrap_or(0).max(fin.unwrap_or(0));
        // One number more than was seen, and no FIN: most likely that was it.
        if fin.is_some() || known > self.next + 1 {
            self.pass_missing(known, None, to);
        }
        self.end_at_fin(to);
    }

    /// Every piece that could be given up: when it came, where it stands, what it costs.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (u64, u64, usize)> {
        let queue = self.rare.as_ref().map(|rare| &rare.queue);
        queue.into_iter().flat_map(Queue::iter).map(|(offset, piece)| (piece.order, offset, piece.cost()))
    }

    /// Gives up the piece at `offset`.
    pub(super) fn give_up(&mut self, offset: u64, why: WhyGivenUp, to: &mut To<'_>) {
        let Some(rare) = &mut self.rare else { return };
        let Some(Piece { len, frame, .. }) = rare.queue.remove(offset) else { return };
        rare.given_up.note(offset, offset + len);
        to.give(Given::GivenUp(GivenUp { side: to.side, offset, len, frame, why }));
    }
}

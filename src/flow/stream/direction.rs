//! One direction of a conversation: what comes in, and what waits until it is its turn to go out through the [`Outlet`].

use std::ops::Range;

use super::arrival::{Arrival, Doubt};
use super::given::{Given, GivenUp, HoleKind, WhyGivenUp, WhyIgnored};
use super::outlet::{Outlet, To};
use super::queue::{Fresh, Piece, Queue};
use super::stretches::Stretches;

/// An ACK of bytes so far beyond all that were seen is believed only if another one agrees.
const FAR: u64 = 1 << 20;

/// How far a direction has come that was followed without being put together: nothing of it waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::flow) struct Passed {
    /// The number on the wire that is counted as 0; `None` before its first segment.
    pub(in crate::flow) zero: Option<u32>,
    /// Its next byte.
    pub(in crate::flow) next: u64,
    /// The other side has confirmed all before this.
    pub(in crate::flow) acked: Option<u64>,
    /// A SYN or a byte was seen.
    pub(in crate::flow) begun: bool,
    /// Its FIN was seen, behind all of its bytes.
    pub(in crate::flow) ended: bool,
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// The number on the wire that is counted as 0, once a segment was seen.
    zero: Option<u32>,
    /// The other side has confirmed all before this; `None` before its first ACK.
    acked: Option<u64>,
    /// An ACK that was not believed.
    claimed: Option<u64>,
    /// The sender has gone on behind this, and up to that.
    beyond: u64,
    seen: u64,
    /// A SYN or a byte was seen: what is missing from here on is a hole.
    begun: bool,
    /// Its state was forgotten: it begins where it goes on.
    resumed: bool,
    /// Its SYN came with a wrong checksum, and not without so far.
    damaged_syn: bool,
    /// What came with a wrong checksum was confirmed, and came in no other copy: its sums are filled in behind the capture.
    pub(super) filled_in_later: bool,
    rare: Option<Box<Rare>>,
    /// What has left it in order.
    pub(super) out: Outlet,
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

    /// One that came so far without anything waiting.
    pub(super) fn passed(passed: &Passed) -> Direction {
        let Passed { zero, next, acked, begun, ended } = *passed;
        let out = Outlet::passed(next, ended);
        Direction { zero, acked, begun, seen: next, out, ..Direction::default() }
    }

    /// What waits, in bytes.
    pub(super) fn waiting(&self) -> usize {
        self.rare.as_ref().map_or(0, |rare| rare.queue.cost())
    }

    /// Where a relative sequence number lies, near the next byte; negative before the beginning.
    fn place(&self, seq: u32) -> i64 {
        // The byte with number 1 is the first.
        let ahead = seq.wrapping_sub(1).wrapping_sub(self.out.next as u32) as i32;
        self.out.next as i64 + i64::from(ahead)
    }

    /// The other side confirms all before `ack`; `syn`: in a SYN-ACK.
    pub(super) fn confirm(&mut self, ack: u32, syn: bool, to: &mut To<'_>) {
        let first = self.acked.is_none();
        if self.resumed && !self.begun && first {
            self.out.next = ack.wrapping_sub(1).into();
        }
        let Ok(ack) = u64::try_from(self.place(ack)) else { return };
        if syn && ack > self.seen {
            return; // It answers something older (RFC 9293, section 3.5.1): nothing of this was confirmed.
        }
        if first && !self.begun && ack > self.out.next && self.waiting() == 0 {
            // In the middle of a conversation: what was confirmed so far was said before the capture began.
            self.out.next = ack;
        }
        if ack > self.seen.max(self.out.next) + FAR {
            // Too far to be believed alone: the next one must agree.
            let agrees = self.claimed.is_some_and(|claimed| (claimed..=claimed + FAR).contains(&ack));
            self.claimed = Some(ack);
            if !agrees {
                return;
            }
        }
        self.filled_in_later |= self.damaged_syn;
        let ack = self.out.before_fin(ack);
        self.acked = Some(self.acked.unwrap_or(0).max(ack));
        if self.waiting() > 0 {
            self.drain(to);
        }
    }

    /// How many numbers from the first one that came in no frame up to `ack`, counted from this side's zero; none where all
    /// came. What was passed as a hole is not counted again.
    pub(super) fn lacks_before(&self, ack: u32) -> u64 {
        let Ok(ack) = u64::try_from(self.place(ack)) else { return 0 };
        let ack = self.out.before_fin(ack);
        let mut came = self.out.next;
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
            *self = Direction { zero: Some(arrival.zero), out: self.out.anew(), ..Direction::default() };
        }
        self.begun |= arrival.syn;
        if arrival.syn {
            self.damaged_syn = arrival.doubt == Doubt::Damaged;
        }
        if !arrival.keep_alive {
            self.data(arrival, order, to);
        }
        if arrival.rst {
            self.out.reset(arrival.frame, to);
        }
    }

    fn data(&mut self, arrival: &Arrival<'_>, order: u64, to: &mut To<'_>) {
        if arrival.len == 0 && !arrival.fin {
            return;
        }
        let first = arrival.seq.wrapping_add(arrival.syn.into());
        if self.resumed && !self.begun && self.acked.is_none() {
            self.out.next = first.wrapping_sub(1).into();
        }
        self.begun = true;
        let start = self.place(first);
        let early = (-start).clamp(0, arrival.len.into()) as u64;
        if early > 0 {
            self.out.ignore(early, arrival.frame, WhyIgnored::BeforeStart, to);
        }
        let doubt = self.doubt(arrival);
        let before_start = start + i64::from(arrival.len) < 0;
        let end = (start + i64::from(arrival.len)).max(0) as u64;
        let start = start.max(0) as u64;
        let bytes = arrival.bytes.get(early as usize..).unwrap_or_default();
        self.beyond = self.beyond.max(start);
        self.seen = self.seen.max(end);
        let fits = !before_start && end >= self.out.next && !self.out.ended && doubt != Doubt::Damaged;
        if arrival.fin && fits && self.out.fin.is_none_or(|(fin, _)| end < fin) {
            self.out.fin = Some((end, arrival.frame));
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
        if start < self.out.next && start < end {
            self.out.again(&mut fresh, end.min(self.out.next), to);
        }
        if end > self.out.next {
            self.fresh(&fresh, fresh.offset.max(self.out.next)..end, to);
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

    /// The part of a segment that has not been handed on yet: `range`, of which `fresh.bytes` were kept.
    fn fresh(&mut self, fresh: &Fresh<'_>, range: Range<u64>, to: &mut To<'_>) {
        if self.out.ended {
            return self.out.ignore(range.end - range.start, fresh.frame, WhyIgnored::AfterEnd, to);
        }
        let kept_end = range.start + fresh.bytes.len() as u64;
        let direct = range.start == self.out.next && fresh.doubt == Doubt::None;
        if direct && self.waiting() == 0 {
            self.out.hand_on(fresh.bytes, fresh.frame, fresh.buffer, fresh.at, to);
            if kept_end < range.end {
                self.out.pass(range.end, HoleKind::Cut, Some(fresh.frame), to);
            }
            return;
        }
        let said = &mut self.out.said;
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
            self.out.hand_on(fresh.bytes, fresh.frame, fresh.buffer, fresh.at, to);
        }
    }

    /// Passes what is missing up to `end`, and says of each part why.
    fn pass_missing(&mut self, end: u64, before: Option<u64>, to: &mut To<'_>) {
        while self.out.next < end {
            let stretch = self.rare.as_mut().and_then(|rare| rare.given_up.next_from(self.out.next));
            let before_next = self.out.next;
            match stretch {
                Some((start, stop)) if start <= self.out.next => {
                    self.out.pass(stop.min(end), HoleKind::GivenUp, before, to);
                }
                Some((start, _)) => self.out.pass(start.min(end), HoleKind::NotCaptured, before, to),
                None => self.out.pass(end, HoleKind::NotCaptured, before, to),
            }
            if self.out.next == before_next {
                return; // A FIN stands here.
            }
        }
    }

    /// Hands on what has become contiguous.
    fn drain(&mut self, to: &mut To<'_>) {
        while let Some((offset, piece)) = self.rare.as_ref().and_then(|rare| rare.queue.first()) {
            let acked = self.acked.unwrap_or(0);
            if self.out.fin.is_some_and(|(fin, _)| offset >= fin && self.out.next >= fin) {
                break;
            }
            if offset > self.out.next {
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
            self.filled_in_later |= piece.doubt == Doubt::Damaged;
            self.pop(to);
        }
        self.end_at_fin(to);
    }

    /// Hands on the first piece that waits.
    fn pop(&mut self, to: &mut To<'_>) {
        let Some((_, piece)) = self.rare.as_mut().and_then(|rare| rare.queue.pop_first()) else { return };
        match &piece.bytes {
            Some(bytes) => self.out.hand_on(bytes, piece.frame, piece.buffer, piece.at, to),
            None => self.out.pass(self.out.next + piece.len, HoleKind::Cut, Some(piece.frame), to),
        }
    }

    fn end_at_fin(&mut self, to: &mut To<'_>) {
        if !self.out.end_at_fin(to) {
            return;
        }
        while let Some((_, piece)) = self.rare.as_mut().and_then(|rare| rare.queue.pop_first()) {
            self.out.ignore(piece.len, piece.frame, WhyIgnored::AfterEnd, to);
        }
    }

    /// Nothing more comes: hands on all that waits, past every hole.
    pub(super) fn finish(&mut self, to: &mut To<'_>) {
        while let Some((offset, piece)) = self.rare.as_ref().and_then(|rare| rare.queue.first()) {
            if self.out.fin.is_some_and(|(fin, _)| self.out.next >= fin) {
                break;
            }
            if offset > self.out.next {
                let frame = piece.frame;
                self.pass_missing(offset, Some(frame), to);
            } else {
                self.pop(to);
            }
        }
        let fin = self.out.fin.map(|(fin, _)| fin);
        let known = self.acked.unwrap_or(0).max(fin.unwrap_or(0));
        // One number more than was seen, and no FIN: most likely that was it.
        if fin.is_some() || known > self.out.next + 1 {
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

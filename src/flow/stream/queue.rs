//! What waits behind a gap.

use std::collections::BTreeMap;
use std::ops::Range;

use super::arrival::Doubt;
use super::given::{Kept, Overlap, Side, Version};
use crate::dissect::Buffer;

/// What a piece costs beside its bytes: its place in the tree, and the allocator's own.
const PIECE_COST: usize = 192;

/// A stretch of a segment that waits.
#[derive(Debug)]
pub(super) struct Piece {
    /// `None`: a snap length has left nothing of it.
    pub(super) bytes: Option<Box<[u8]>>,
    pub(super) len: u64,
    pub(super) frame: u64,
    pub(super) buffer: Buffer,
    pub(super) at: usize,
    pub(super) doubt: Doubt,
    /// From where to where the whole segment went.
    segment: (u64, u64),
    /// Which segment came when.
    pub(super) order: u64,
}

impl Piece {
    pub(super) fn cost(&self) -> usize {
        PIECE_COST + self.bytes.as_ref().map_or(0, |bytes| bytes.len())
    }

    /// The part of it from `range`, counted from its own start.
    fn part(&self, range: Range<u64>) -> Piece {
        let bytes = self
            .bytes
            .as_ref()
            .map(|bytes| bytes.get(range.start as usize..range.end as usize).unwrap_or_default().into());
        Piece { bytes, len: range.end - range.start, at: self.at + range.start as usize, ..*self }
    }
}

/// A segment's bytes on their way into the stream, without what was already handed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fresh<'a> {
    pub(super) offset: u64,
    /// What was kept.
    pub(super) bytes: &'a [u8],
    pub(super) frame: u64,
    pub(super) buffer: Buffer,
    pub(super) at: usize,
    pub(super) doubt: Doubt,
    /// From where to where the whole segment went.
    pub(super) segment: (u64, u64),
    pub(super) order: u64,
}

impl<'a> Fresh<'a> {
    fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    fn part(&self, range: Range<u64>) -> &'a [u8] {
        self.bytes
            .get((range.start - self.offset) as usize..(range.end - self.offset) as usize)
            .unwrap_or_default()
    }

    fn piece(&self, range: Range<u64>) -> Piece {
        Piece {
            bytes: Some(self.part(range.clone()).into()),
            len: range.end - range.start,
            frame: self.frame,
            buffer: self.buffer,
            at: self.at + (range.start - self.offset) as usize,
            doubt: self.doubt,
            segment: self.segment,
            order: self.order,
        }
    }

    /// Whether its bytes count where both have some.
    fn beats(&self, piece: &Piece) -> bool {
        match (self.doubt == Doubt::None, piece.doubt == Doubt::None) {
            (true, false) => return true,
            (false, true) => return false,
            _ => {}
        }
        let ((start, end), (other_start, other_end)) = (self.segment, piece.segment);
        start < other_start || (start == other_start && end > other_end)
    }
}

/// Pieces that do not overlap, by their offset.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pieces: BTreeMap<u64, Piece>,
    cost: usize,
}

impl Queue {
    /// What it costs, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    pub(super) fn first(&self) -> Option<(u64, &Piece)> {
        self.pieces.first_key_value().map(|(offset, piece)| (*offset, piece))
    }

    pub(super) fn pop_first(&mut self) -> Option<(u64, Piece)> {
        let (offset, piece) = self.pieces.pop_first()?;
        self.cost -= piece.cost();
        Some((offset, piece))
    }

    /// Every piece, with its place.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Piece)> {
        self.pieces.iter().map(|(offset, piece)| (*offset, piece))
    }

    pub(super) fn remove(&mut self, offset: u64) -> Option<Piece> {
        let piece = self.pieces.remove(&offset)?;
        self.cost -= piece.cost();
        Some(piece)
    }

    fn insert(&mut self, offset: u64, piece: Piece) {
        self.cost += piece.cost();
        self.pieces.insert(offset, piece);
    }

    /// The piece at `at`, or else the first behind it.
    fn at_or_behind(&self, at: u64) -> Option<(u64, &Piece)> {
        let holding =
            self.pieces.range(..=at).next_back().filter(|(offset, piece)| **offset + piece.len > at);
        holding.or_else(|| self.pieces.range(at..).next()).map(|(offset, piece)| (*offset, piece))
    }

    /// Takes a stretch out of what waits; what lies around it in the same pieces stays.
    fn carve(&mut self, range: Range<u64>) {
        while let Some((offset, _)) = self.at_or_behind(range.start).filter(|(offset, _)| *offset < range.end)
        {
            let Some(piece) = self.remove(offset) else { return };
            let end = offset + piece.len;
            if offset < range.start {
                self.insert(offset, piece.part(0..range.start - offset));
            }
            if end > range.end {
                self.insert(range.end, piece.part(range.end - offset..piece.len));
            }
        }
    }

    /// Compares a segment with what waits, and takes out what it replaces. With `waits`, puts in what it adds; without, it
    /// goes into the stream at once and replaces all that waits in its place.
    pub(super) fn lay(
        &mut self,
        fresh: &Fresh<'_>,
        waits: bool,
        side: Side,
        tell: &mut dyn FnMut(Overlap<'_>),
    ) {
        let mut at = fresh.offset;
        // From here on its bytes count and are not yet put in.
        let mut run = at;
        while at < fresh.end() {
            let Some((offset, piece)) = self.at_or_behind(at).filter(|(offset, _)| *offset < fresh.end())
            else {
                break;
            };
            at = at.max(offset);
            let to = fresh.end().min(offset + piece.len);
            let wins = match &piece.bytes {
                None => true,
                Some(bytes) => {
                    let wins = !waits || fresh.beats(piece);
                    let earlier =
                        bytes.get((at - offset) as usize..(to - offset) as usize).unwrap_or_default();
                    tell(Overlap {
                        side,
                        offset: at,
                        earlier: Version { frame: piece.frame, bytes: earlier },
                        later: Version { frame: fresh.frame, bytes: fresh.part(at..to) },
                        kept: if wins { Kept::Later } else { Kept::Earlier },
                        settled: false,
                        damaged: fresh.doubt == Doubt::Damaged || piece.doubt == Doubt::Damaged,
                    });
                    wins
                }
            };
            if wins {
                self.carve(at..to);
            } else {
                self.put(fresh, run..at, waits);
                run = to;
            }
            at = to;
        }
        self.put(fresh, run..fresh.end(), waits);
    }

    fn put(&mut self, fresh: &Fresh<'_>, range: Range<u64>, waits: bool) {
        if waits && range.start < range.end {
            self.insert(range.start, fresh.piece(range));
        }
    }

    /// Notes that a snap length has cut these bytes, where nothing else is there.
    pub(super) fn lay_cut(&mut self, fresh: &Fresh<'_>, range: Range<u64>) {
        let mut at = range.start;
        while at < range.end {
            let next = self.at_or_behind(at).map(|(offset, piece)| (offset, offset + piece.len));
            let (offset, end) = next.unwrap_or((range.end, range.end));
            let to = offset.min(range.end);
            if at < to {
                let piece = Piece { bytes: None, len: to - at, ..fresh.piece(fresh.offset..fresh.offset) };
                self.insert(at, piece);
            }
            at = end.max(to);
        }
    }
}

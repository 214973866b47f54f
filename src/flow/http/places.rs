//! Which frames carried a stretch of a stream, and where in them it stands.

use std::ops::Range;

use crate::dissect::{Buffer, Span};
use crate::flow::stream::Chunk;

/// A stretch of a stream that stands in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Of its first byte, in the stream.
    pub offset: u64,
    /// How many bytes.
    pub len: usize,
    /// The frame that carried it.
    pub frame: u64,
    /// In which bytes of that frame it stands.
    pub buffer: Buffer,
    /// Where in these it begins.
    pub at: usize,
}

impl Place {
    fn of(chunk: &Chunk<'_>) -> Place {
        let Chunk { offset, bytes, frame, buffer, at, .. } = *chunk;
        Place { offset, len: bytes.len(), frame, buffer, at }
    }

    fn end(&self) -> u64 {
        self.offset + self.len as u64
    }

    fn goes_on_with(&self, next: &Place) -> bool {
        (self.end(), self.frame, self.buffer, self.at + self.len)
            == (next.offset, next.frame, next.buffer, next.at)
    }

    /// What of it lies in `range`; `None` where nothing does.
    fn within(&self, range: &Range<u64>) -> Option<Place> {
        let (start, end) = (self.offset.max(range.start), self.end().min(range.end));
        let skipped = start.checked_sub(self.offset)? as usize;
        let len = end.checked_sub(start).filter(|len| *len > 0)? as usize;
        Some(Place { offset: start, len, at: self.at + skipped, ..*self })
    }
}

/// All places of a stretch, in order; bounded by [`Limits::places`](super::Limits::places).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    list: Vec<Place>,
    /// The frame with the last byte.
    last: u64,
    /// So many pieces are not in the list.
    more: u64,
}

impl Places {
    pub(super) fn add(&mut self, chunk: &Chunk<'_>, limit: usize) {
        let place = Place::of(chunk);
        self.last = place.frame;
        let full = self.more > 0 || self.list.len() >= limit.max(1);
        match self.list.last_mut() {
            Some(known) if self.more == 0 && known.goes_on_with(&place) => known.len += place.len,
            _ if full => self.more += 1,
            _ => self.list.push(place),
        }
    }

    /// Forgets what lies before `offset`.
    pub(super) fn drop_before(&mut self, offset: u64) {
        let rest = offset..u64::MAX;
        self.list = self.list.iter().filter_map(|place| place.within(&rest)).collect();
    }

    /// What the list takes, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.list.len() * size_of::<Place>()
    }

    /// The pieces, in order.
    pub fn list(&self) -> &[Place] {
        &self.list
    }

    /// The frame with the first byte.
    pub fn first_frame(&self) -> u64 {
        self.list.first().map_or(self.last, |place| place.frame)
    }

    /// The frame with the last byte.
    pub fn last_frame(&self) -> u64 {
        self.last
    }

    /// Whether all pieces are listed.
    pub fn is_complete(&self) -> bool {
        self.more == 0
    }

    /// The listed frames, in the order of the bytes; one that carried two stretches which are not neighbours comes twice.
    pub fn frames(&self) -> impl Iterator<Item = u64> {
        let mut before = None;
        self.list.iter().map(|place| place.frame).filter(move |frame| before.replace(*frame) != Some(*frame))
    }

    /// Where the bytes of `range`, counted in the stream, stand in their frames.
    pub fn spans(&self, range: Range<u64>) -> impl Iterator<Item = (u64, Span)> {
        self.list.iter().filter_map(move |place| place.within(&range)).map(|place| {
            let bytes = place.at..place.at + place.len;
            (place.frame, Span { buffer: place.buffer, bytes, mask: None })
        })
    }
}

/// The frames of a body, in order; the list is bounded by [`Limits::frames`](super::Limits::frames).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frames {
    list: Vec<u64>,
    last: Option<u64>,
    count: u64,
}

impl Frames {
    pub(super) fn add(&mut self, frame: u64, limit: usize) {
        if self.last.replace(frame) == Some(frame) {
            return;
        }
        self.count += 1;
        if self.list.len() < limit {
            self.list.push(frame);
        }
    }

    /// The first of them.
    pub fn list(&self) -> &[u64] {
        &self.list
    }

    /// The last of them, also where it is not in the list; `None` where no byte was seen.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// The first `len` bytes of a chunk, and the rest.
pub(super) fn split<'a>(chunk: &Chunk<'a>, len: usize) -> (Chunk<'a>, Chunk<'a>) {
    let len = len.min(chunk.bytes.len());
    let (first, rest) = chunk.bytes.split_at_checked(len).unwrap_or((chunk.bytes, &[]));
    let after = Chunk { offset: chunk.offset + len as u64, bytes: rest, at: chunk.at + len, ..*chunk };
    (Chunk { bytes: first, ..*chunk }, after)
}

/// Bytes that are kept, with their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) places: Places,
    /// Of the first byte, in the stream.
    pub(super) offset: u64,
}

impl Block {
    pub(super) fn add(&mut self, chunk: &Chunk<'_>, places: usize) {
        if self.bytes.is_empty() {
            self.offset = chunk.offset;
        }
        self.bytes.extend_from_slice(chunk.bytes);
        self.places.add(chunk, places);
    }

    /// Forgets the first `count` bytes.
    pub(super) fn drop_front(&mut self, count: usize) {
        self.bytes.drain(..count.min(self.bytes.len()));
        self.offset += count as u64;
        self.places.drop_before(self.offset);
    }

    /// What it takes, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.bytes.len() + self.places.cost()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Host;
    use crate::flow::stream::Side;

    fn chunk(offset: u64, bytes: &[u8], frame: u64, at: usize) -> Chunk<'_> {
        let side = Side { stream: 0, from: Host::Client };
        Chunk { side, offset, bytes, frame, buffer: Buffer::Frame, at }
    }

    #[test]
    fn neighbours_in_one_frame_are_one_piece() {
        let mut block = Block::default();
        for piece in [chunk(7, b"ab", 3, 54), chunk(9, b"c", 3, 56), chunk(10, b"de", 4, 54)] {
            block.add(&piece, 8);
        }
        assert_eq!(block.places.list().len(), 2);
        let spans: Vec<_> = block.places.spans(8..11).map(|(frame, span)| (frame, span.bytes)).collect();
        assert_eq!(spans, [(3, 55..57), (4, 54..55)]);
        block.drop_front(3);
        assert_eq!((block.offset, block.bytes.as_slice()), (10, &b"de"[..]));
        assert_eq!((block.places.first_frame(), block.places.list().len()), (4, 1));
    }

    #[test]
    fn the_list_is_bounded_and_the_ends_stay_known() {
        let mut places = Places::default();
        for index in 0..10 {
            places.add(&chunk(index, b"x", index + 1, 0), 4);
        }
        assert_eq!((places.list().len(), places.is_complete()), (4, false));
        assert_eq!((places.first_frame(), places.last_frame()), (1, 10));
        assert_eq!(places.frames().count(), 4);
    }
}

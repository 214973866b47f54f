//! What a client says behind a request for another protocol: it waits for the answer, which says what it is.

use std::collections::VecDeque;

use super::limits::Limits;
use super::places::split;
use crate::dissect::Buffer;
use crate::flow::stream::{Chunk, Ending, Hole, HoleKind, Side};

/// A piece that waits.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Bytes { offset: u64, bytes: Vec<u8>, frame: u64, buffer: Buffer, at: usize },
    Hole(Hole),
}

impl Piece {
    /// As it came.
    pub(super) fn chunk(&self, side: Side) -> Result<Chunk<'_>, Hole> {
        match self {
            Piece::Bytes { offset, bytes, frame, buffer, at } => {
                Ok(Chunk { side, offset: *offset, bytes, frame: *frame, buffer: *buffer, at: *at })
            }
            Piece::Hole(hole) => Err(*hole),
        }
    }
}

/// What waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    pub(super) pieces: VecDeque<Piece>,
    /// Bytes in them.
    len: usize,
    /// What came after the limit was reached: from where, and how much.
    pub(super) dropped: Option<Hole>,
    pub(super) end: Option<Ending>,
}

impl Held {
    /// What it takes, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.len + self.pieces.len() * size_of::<Piece>()
    }

    pub(super) fn add(&mut self, chunk: &Chunk<'_>, limits: &Limits) {
        let goes_on = self.goes_on_with(chunk);
        let room = match &self.dropped {
            Some(_) => 0,
            None if !goes_on && self.pieces.len() >= limits.held_pieces => 0,
            None => limits.held - self.len,
        };
        let (first, rest) = split(chunk, room);
        self.len += first.bytes.len();
        match self.pieces.back_mut() {
            Some(Piece::Bytes { bytes, .. }) if goes_on => bytes.extend_from_slice(first.bytes),
            _ if first.bytes.is_empty() => {}
            _ => self.pieces.push_back(Piece::Bytes {
                offset: first.offset,
                bytes: first.bytes.to_vec(),
                frame: first.frame,
                buffer: first.buffer,
                at: first.at,
            }),
        }
        if !rest.bytes.is_empty() {
            self.drop_more(rest.side, rest.offset, rest.bytes.len() as u64, rest.frame);
        }
    }

    fn goes_on_with(&self, chunk: &Chunk<'_>) -> bool {
        matches!(self.pieces.back(), Some(Piece::Bytes { bytes, frame, buffer, at, .. })
            if (*frame, *buffer, at + bytes.len()) == (chunk.frame, chunk.buffer, chunk.at))
    }

    pub(super) fn add_hole(&mut self, hole: Hole, limits: &Limits) {
        if self.dropped.is_some() || self.pieces.len() >= limits.held_pieces {
            self.drop_more(hole.side, hole.offset, hole.len, hole.before.unwrap_or_default());
        } else {
            self.pieces.push_back(Piece::Hole(hole));
        }
    }

    fn drop_more(&mut self, side: Side, offset: u64, len: u64, frame: u64) {
        let frame = Some(frame).filter(|frame| *frame > 0);
        let dropped = self.dropped.get_or_insert(Hole {
            side,
            offset,
            len: 0,
            kind: HoleKind::GivenUp,
            after: None,
            before: frame,
        });
        dropped.len += len;
        dropped.before = frame.or(dropped.before);
    }

    /// Throws all away.
    pub(super) fn give_up(&mut self, side: Side) {
        let pieces = std::mem::take(&mut self.pieces);
        self.len = 0;
        let after = self.dropped.take();
        for piece in &pieces {
            match piece.chunk(side) {
                Ok(chunk) => self.drop_more(side, chunk.offset, chunk.bytes.len() as u64, chunk.frame),
                Err(hole) => self.drop_more(side, hole.offset, hole.len, hole.before.unwrap_or_default()),
            }
        }
        if let Some(after) = after {
            self.drop_more(side, after.offset, after.len, after.before.unwrap_or_default());
        }
    }

    /// The first byte, and how many there are, whether they are kept or not.
    pub(super) fn extent(&self, side: Side) -> Option<(u64, u64)> {
        let first = self.pieces.front().map(|piece| match piece.chunk(side) {
            Ok(chunk) => chunk.offset,
            Err(hole) => hole.offset,
        });
        let start = first.or(self.dropped.map(|hole| hole.offset))?;
        let pieces: u64 = self
            .pieces
            .iter()
            .map(|piece| piece.chunk(side).map_or_else(|hole| hole.len, |chunk| chunk.bytes.len() as u64))
            .sum();
        Some((start, pieces + self.dropped.map_or(0, |hole| hole.len)))
    }
}

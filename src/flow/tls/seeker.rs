//! Looks for the next record where bytes were missing.

use super::record::{HEADER, Header, may_begin};

/// How many pieces of one frame each are kept apart. Where there are more, which takes segments of a few bytes, those in the midst of
/// what is waited for are told less exactly: of a record it is its first and its last byte that count.
const PIECES: usize = 2048;
/// So many of the first and of the last pieces stay exact.
const EXACT: usize = 64;

/// Bytes among which a record shall be found. A place counts when a record may begin there and, behind it, another; the
/// first place counts for itself, because senders mostly begin a segment with a record.
///
/// Holds no more than the longest record and the header behind it: of a place that is waited for, no byte before is kept.
#[derive(Debug, Default)]
pub(super) struct Seeker {
    bytes: Vec<u8>,
    /// From where in `bytes` a record may begin.
    at: usize,
    /// Where `bytes` begins in the stream.
    base: u64,
    /// Where in the stream each frame's bytes begin.
    frames: Vec<(u64, u64)>,
    /// The first place of all.
    origin: u64,
    found: bool,
}

impl Seeker {
    /// One whose first byte will be that at `offset`.
    pub(super) fn new(offset: u64) -> Seeker {
        Seeker { base: offset, origin: offset, ..Seeker::default() }
    }

    pub(super) fn kept(&self) -> usize {
        self.bytes.capacity() + self.frames.capacity() * size_of::<(u64, u64)>()
    }

    pub(super) fn has_found(&self) -> bool {
        self.found
    }

    /// Where the record stands, or may stand.
    pub(super) fn start(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Where the bytes end.
    pub(super) fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// Takes bytes until a record is found, or all of them; how many.
    pub(super) fn push(&mut self, bytes: &[u8], frame: u64) -> usize {
        let mut used = 0;
        while used < bytes.len() && !self.found {
            // No more at a time than can be waited for: what is passed is let go in between.
            let wanted = self.wanted().saturating_sub(self.bytes.len() - self.at).max(1);
            let taken = bytes.get(used..).unwrap_or_default();
            let taken = taken.get(..wanted.min(taken.len())).unwrap_or_default();
            self.note(frame);
            self.bytes.extend_from_slice(taken);
            used += taken.len();
            self.look();
        }
        used
    }

    fn note(&mut self, frame: u64) {
        if self.frames.last().is_some_and(|(_, last)| *last == frame) {
            return;
        }
        if self.frames.len() >= PIECES {
            self.compact();
        }
        if self.frames.len() >= PIECES {
            let last = self.frames.len() - EXACT;
            let mut index = 0;
            self.frames.retain(|_| {
                index += 1;
                !(EXACT..last).contains(&index) || index % 2 == 0
            });
        }
        self.frames.push((self.end(), frame));
    }

    /// How many bytes from `at` on are needed to decide about that place.
    fn wanted(&self) -> usize {
        let here = self.bytes.get(self.at..).unwrap_or_default();
        Header::read(here).map_or(HEADER, |header| header.whole() + HEADER)
    }

    /// Decides about one place after the other, as far as the bytes go.
    fn look(&mut self) {
        while let Some(here) = self.bytes.get(self.at..).filter(|here| !here.is_empty()) {
            match Header::read(here) {
                Some(_) if self.start() == self.origin => self.found = true,
                Some(header) => {
                    let behind = here.get(header.whole()..).unwrap_or_default();
                    match Header::read(behind) {
                        Some(_) => self.found = true,
                        None if may_begin(behind) && behind.len() < HEADER => break,
                        None => {}
                    }
                }
                None if may_begin(here) && here.len() < HEADER => break,
                None => {}
            }
            if self.found {
                break;
            }
            self.at += 1;
        }
        if self.at >= 4096.max(self.bytes.len() / 2) {
            self.compact();
        }
    }

    fn compact(&mut self) {
        self.bytes.drain(..self.at.min(self.bytes.len()));
        self.base += self.at as u64;
        self.at = 0;
        let base = self.base;
        let passed = self.frames.iter().take_while(|(start, _)| *start <= base).count();
        self.frames.drain(..passed.saturating_sub(1));
    }

    /// No more bytes come: a place at which a whole record stands counts now, though nothing can be seen behind it. Whether
    /// there is one.
    pub(super) fn finish(&mut self) -> bool {
        while !self.found && self.at < self.bytes.len() {
            let here = self.bytes.get(self.at..).unwrap_or_default();
            let whole = Header::read(here).filter(|header| here.get(header.whole()..).is_some_and(may_begin));
            match whole {
                Some(_) => self.found = true,
                None => self.at += 1,
            }
        }
        self.found
    }

    /// All from the place on that was found.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The record there, where all of it has come.
    pub(super) fn whole(&self) -> Option<(Header, &[u8])> {
        let header = Header::read(self.rest())?;
        Some((header, self.rest().get(..header.whole())?))
    }

    /// Goes past a record.
    pub(super) fn step(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.bytes.len());
    }

    /// What comes behind the records that were found is none: looks on.
    pub(super) fn again(&mut self) {
        self.found = false;
        self.look();
    }

    /// The frame that carried a byte.
    pub(super) fn frame(&self, offset: u64) -> u64 {
        let after = self.frames.partition_point(|(start, _)| *start <= offset);
        self.frames.get(after.saturating_sub(1)).map_or(0, |(_, frame)| *frame)
    }
}

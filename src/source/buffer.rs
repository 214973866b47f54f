//! The window on a file that records are read through: it grows with what was really read, never with what a length
//! claims, and is used again for each record.

use super::error::Cause;
use super::input::{Input, Source};

/// What is read at once from a small file.
const CHUNK: usize = 64 * 1024;
/// What is read at once from a file that has filled the first window.
const LARGE: usize = 256 * 1024;

pub(super) struct Buffer<I = Source> {
    input: I,
    data: Vec<u8>,
    /// Where the unread bytes begin in `data`.
    start: usize,
    /// Where they end.
    end: usize,
    /// Where `data` begins in the capture.
    base: u64,
}

impl<I: Input> Buffer<I> {
    pub(super) fn new(input: I) -> Buffer<I> {
        Buffer { input, data: Vec::new(), start: 0, end: 0, base: 0 }
    }

    /// The same bytes, with those to come from elsewhere.
    pub(super) fn with_input<J: Input>(self, change: impl FnOnce(I) -> J) -> Buffer<J> {
        let Buffer { input, data, start, end, base } = self;
        Buffer { input: change(input), data, start, end, base }
    }

    /// Where it is filled from.
    pub(super) fn input(&self) -> &I {
        &self.input
    }

    /// Where the next unread byte lies in the capture.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// The unread bytes that are at hand.
    #[inline]
    pub(super) fn ready(&self) -> &[u8] {
        self.data.get(self.start..self.end).unwrap_or_else(nothing)
    }

    /// Bytes from `from` to `to`, counted from the next unread one; empty where they are not at hand.
    #[inline]
    pub(super) fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.ready().get(from..to).unwrap_or_default()
    }

    /// The same of bytes that are known to be at hand.
    #[inline]
    pub(super) fn at_hand(&self, from: usize, to: usize) -> &[u8] {
        debug_assert!(from <= to && to <= self.end - self.start);
        self.data.get(self.start + from..self.start + to).unwrap_or_else(nothing)
    }

    /// Reads until `wanted` bytes are at hand or the file ends; says how many are.
    #[inline]
    pub(super) fn fill(&mut self, wanted: usize) -> Result<usize, Cause> {
        if self.end - self.start < wanted {
            self.read(wanted)?;
        }
        Ok(self.end - self.start)
    }

    #[cold]
    fn read(&mut self, wanted: usize) -> Result<(), Cause> {
        while self.end - self.start < wanted {
            let full = self.end == self.data.len();
            if self.start > 0 {
                self.data.copy_within(self.start..self.end, 0);
                self.base += self.start as u64;
                self.end -= self.start;
                self.start = 0;
            }
            let length = self.data.len();
            if full && length < LARGE {
                self.data.resize(if length == 0 { CHUNK } else { LARGE }, 0);
            } else if self.end == length {
                // Doubles at most: a lying length costs no more memory than the bytes that are really there.
                self.data.resize(wanted.clamp(length + CHUNK, length * 2), 0);
            }
            let room = self.data.get_mut(self.end..).unwrap_or_default();
            match self.input.read(room)? {
                0 => break,
                count => self.end += count,
            }
        }
        Ok(())
    }

    /// Passes over bytes that are at hand.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.end - self.start);
        self.start += count;
    }

    /// Passes over everything up to the end, but no more than so many bytes.
    ///
    /// # Errors
    /// What ends the reading before.
    pub(super) fn drain(&mut self, limit: u64) -> Result<(), Cause> {
        self.skip(limit).map(|_| ())
    }

    /// Passes over any number of bytes without keeping them; says how many there were.
    pub(super) fn skip(&mut self, count: u64) -> Result<u64, Cause> {
        let mut left = count;
        while left > 0 {
            let ready = self.fill(1)?;
            if ready == 0 {
                break;
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(ready);
            self.consume(step);
            left -= step as u64;
        }
        Ok(count - left)
    }
}

/// What no window has. Never called: a place that is told to be so costs a packet no more than a jump that is not taken.
#[cold]
fn nothing<'a>() -> &'a [u8] {
    &[]
}

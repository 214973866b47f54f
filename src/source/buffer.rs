//! The window on a file that records are read through: it grows with what was really read, never with what a length
//! claims, and is used again for each record.

use std::io::{self, Read};

/// What is read at once.
const CHUNK: usize = 64 * 1024;

pub(super) struct Buffer {
    input: Box<dyn Read + Send>,
    data: Vec<u8>,
    /// Where the unread bytes begin in `data`.
    start: usize,
    /// Where they end.
    end: usize,
    /// Where `start` lies in the file.
    offset: u64,
    /// Bytes taken from the file so far.
    taken: u64,
}

impl Buffer {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Buffer {
        Buffer { input, data: Vec::new(), start: 0, end: 0, offset: 0, taken: 0 }
    }

    /// Where the next unread byte lies in the file.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes were taken from the file so far: those that are at hand too.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The unread bytes that are at hand.
    pub(super) fn ready(&self) -> &[u8] {
        self.data.get(self.start..self.end).unwrap_or_default()
    }

    /// Bytes from `from` to `to`, counted from the next unread one; empty where they are not at hand.
    pub(super) fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.ready().get(from..to).unwrap_or_default()
    }

    /// Reads until `wanted` bytes are at hand or the file ends; says how many are.
    pub(super) fn fill(&mut self, wanted: usize) -> io::Result<usize> {
        while self.end - self.start < wanted {
            if self.start > 0 {
                self.data.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            if self.end == self.data.len() {
                // Doubles at most: a lying length costs no more memory than the bytes that are really there.
                self.data.resize((self.data.len() * 2).max(CHUNK), 0);
            }
            let room = self.data.get_mut(self.end..).unwrap_or_default();
            match self.input.read(room) {
                Ok(0) => break,
                Ok(read) => {
                    self.end += read;
                    self.taken += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.end - self.start)
    }

    /// Passes over bytes that are at hand.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// Passes over any number of bytes without keeping them; says how many there were.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<u64> {
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

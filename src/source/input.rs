//! Where a capture's bytes come from: the file's own, or those that are packed in it.

use std::io::{self, Read};

use super::error::Cause;
use super::unpack::{Gzip, Lz4, Packing, Zstd};

/// What a [`Buffer`](super::buffer::Buffer) is filled from.
pub(super) trait Input {
    /// Puts as many bytes into `room` (which has some) as are at hand, but one at least; 0 at the end.
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Cause>;

    /// How many bytes of the file were taken so far.
    fn taken(&self) -> u64;
}

/// The file's own bytes.
pub(super) struct Raw {
    input: Box<dyn Read + Send>,
    taken: u64,
    /// How long it was when it was opened; `None` for what is no file.
    pub(super) len: Option<u64>,
}

impl Raw {
    pub(super) fn new(input: Box<dyn Read + Send>, len: Option<u64>) -> Raw {
        Raw { input, taken: 0, len }
    }
}

impl Input for Raw {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Cause> {
        loop {
            match (self.input.read(room), self.len) {
                // The system says no more than that it ends here: half a capture would pass for a whole one.
                (Ok(0), Some(had)) if self.taken < had => {
                    return Err(Cause::Shrunk { had, has: self.taken });
                }
                (Ok(count), _) => {
                    self.taken += count as u64;
                    return Ok(count);
                }
                (Err(error), _) if error.kind() == io::ErrorKind::Interrupted => {}
                (Err(error), _) => return Err(error.into()),
            }
        }
    }

    fn taken(&self) -> u64 {
        self.taken
    }
}

/// The capture's bytes.
pub(super) enum Source {
    Plain(Raw),
    Gzip(Box<Gzip>),
    Zstd(Box<Zstd>),
    Lz4(Box<Lz4>),
}

impl Source {
    /// What it is packed by.
    pub(super) fn packing(&self) -> Option<Packing> {
        match self {
            Source::Plain(_) => None,
            Source::Gzip(_) => Some(Packing::Gzip),
            Source::Zstd(_) => Some(Packing::Zstd),
            Source::Lz4(_) => Some(Packing::Lz4),
        }
    }
}

impl Input for Source {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Cause> {
        match self {
            Source::Plain(raw) => raw.read(room),
            Source::Gzip(gzip) => gzip.read(room),
            Source::Zstd(zstd) => zstd.read(room),
            Source::Lz4(lz4) => lz4.read(room),
        }
    }

    fn taken(&self) -> u64 {
        match self {
            Source::Plain(raw) => raw.taken(),
            Source::Gzip(gzip) => gzip.taken(),
            Source::Zstd(zstd) => zstd.taken(),
            Source::Lz4(lz4) => lz4.taken(),
        }
    }
}

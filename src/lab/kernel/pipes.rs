//! The child's ends of the pipes to its parent; neither ever waits.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::io::{Errno, ioctl_fionbio, read, write};

use crate::lab::message::{self, Down, Up};

/// So much may wait for the pipe before what can wait does.
const ROOM: usize = 1 << 20;

/// Events up. What the pipe does not take now is kept: a parent that is slow must not stop the wire.
pub(super) struct Outbox {
    waiting: Vec<u8>,
}

impl Outbox {
    /// Takes standard output over.
    pub(super) fn new() -> io::Result<Outbox> {
        ioctl_fionbio(rustix::stdio::stdout(), true)?;
        Ok(Outbox { waiting: Vec::new() })
    }

    /// Adds a message.
    pub(super) fn put(&mut self, message: &Up) -> io::Result<()> {
        message::encode(message, &mut self.waiting)
    }

    /// Writes as much as the pipe takes.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            match write(rustix::stdio::stdout(), &self.waiting) {
                Ok(count) => drop(self.waiting.drain(..count)),
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Writes all that is left, however long the parent takes.
    pub(super) fn finish(mut self) -> io::Result<()> {
        ioctl_fionbio(rustix::stdio::stdout(), false)?;
        self.flush()
    }

    /// Whether little enough waits that more may be added which can wait elsewhere.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < ROOM
    }

    /// Whether something waits for the pipe.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// For poll.
    pub(super) fn as_fd(&self) -> BorrowedFd<'static> {
        rustix::stdio::stdout()
    }
}

/// Verdicts down.
pub(super) struct Inbox {
    bytes: Vec<u8>,
    ended: bool,
}

impl Inbox {
    /// Takes standard input over, with what was already read of it.
    pub(super) fn new(bytes: Vec<u8>) -> io::Result<Inbox> {
        ioctl_fionbio(rustix::stdio::stdin(), true)?;
        Ok(Inbox { bytes, ended: false })
    }

    /// Reads what there is.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        let mut part = [0; 4096];
        loop {
            match read(rustix::stdio::stdin(), &mut part) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(());
                }
                Ok(count) => self.bytes.extend_from_slice(part.get(..count).unwrap_or_default()),
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The next message.
    pub(super) fn next(&mut self) -> io::Result<Option<Down>> {
        message::decode(&mut self.bytes)
    }

    /// Whether the parent has gone.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// For poll.
    pub(super) fn as_fd(&self) -> BorrowedFd<'static> {
        rustix::stdio::stdin()
    }
}

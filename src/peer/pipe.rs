//! Where tungstenite reads and writes: bytes in memory. What comes in is put there when it comes, and what is to go out is
//! taken when the wire is quiet, in the pieces that the scenario wants.

use std::io::{self, Read, Write};

/// Both directions.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    incoming: Vec<u8>,
    /// No more will come in.
    ended: bool,
    outgoing: Vec<u8>,
}

impl Pipe {
    /// Puts in what has come; nothing means that no more will come.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.ended |= bytes.is_empty();
        self.incoming.extend_from_slice(bytes);
    }

    /// Takes what is to go out.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() {
            return if self.ended { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        let count = self.incoming.as_slice().read(buffer)?;
        self.incoming.drain(..count);
        Ok(count)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

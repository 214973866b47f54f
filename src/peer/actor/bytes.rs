//! A program's bytes: what goes out, in which pieces and when; what comes in. Inside of TLS they are sealed and opened on the way.

use rustix::net::sockopt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Actor, Failed, failed, not_now};
use crate::event::ProgramEvent;

/// A longer head of an HTTP message is none that we read.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// In which pieces what is sent goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pieces {
    /// As it comes.
    Whole,
    /// Later, all together.
    Together,
    /// Each byte for itself.
    Bytes,
}

impl Actor {
    /// Adds to what is to go out, and lets it go unless it is to wait.
    pub(in crate::peer) async fn put(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        self.out.extend_from_slice(bytes);
        self.go_out().await
    }

    /// Sends what is to go out, in the pieces that are wanted.
    pub(super) async fn go_out(&mut self) -> Result<(), Failed> {
        if self.out.is_empty() || self.pieces == Pieces::Together {
            return Ok(());
        }
        let out = std::mem::take(&mut self.out);
        let size = if self.pieces == Pieces::Bytes { 1 } else { out.len() };
        for piece in out.chunks(size) {
            match &mut self.tls {
                None => self.write(piece).await?,
                Some(tls) => {
                    let sealed = tls.seal(piece)?;
                    self.owed.extend(sealed);
                    self.pay().await?;
                }
            }
            self.tell(ProgramEvent::Sent(piece.len()));
        }
        Ok(())
    }

    /// Sends bytes as they are, when the wire is quiet.
    pub(in crate::peer) async fn write(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        self.quiet().await;
        self.line()?.write_all(bytes).await.map_err(failed("send"))?;
        self.line()?.flush().await.map_err(failed("send"))
    }

    /// Sends what TLS has sealed and is not on the wire yet, when that is quiet. Whoever stops waiting loses nothing: a record that is
    /// missing, or half of one, would end the connection.
    async fn pay(&mut self) -> Result<(), Failed> {
        if self.owed.is_empty() {
            return Ok(());
        }
        self.quiet().await;
        while !self.owed.is_empty() {
            let line = self.line.as_mut().ok_or_else(|| not_now("send"))?;
            let count = line.write(&self.owed).await.map_err(failed("send"))?;
            if count == 0 {
                return Err(failed("send")(std::io::ErrorKind::WriteZero.into()));
            }
            self.owed.drain(..count);
        }
        self.line()?.flush().await.map_err(failed("send"))
    }

    /// Inside of TLS the end is said, too; whether there was something to say.
    pub(super) async fn farewell(&mut self) -> Result<bool, Failed> {
        let hung_up = self.hung_up;
        match self.tls.as_mut().map(|tls| tls.farewell(hung_up)) {
            Some(wire) if !wire.is_empty() => {
                self.quiet().await;
                // In one segment with the FIN that follows at once: so the frames come in the same order at every run.
                self.cork()?;
                self.owed.extend(wire);
                self.pay().await.map(|()| true)
            }
            _ => Ok(false),
        }
    }

    /// What is sent from here on waits for the FIN, and travels in its segment.
    pub(in crate::peer) fn cork(&mut self) -> Result<(), Failed> {
        // Where the kernel can't, there are two segments.
        sockopt::set_tcp_cork(self.line()?.tcp(), true).ok();
        Ok(())
    }

    /// Says, at once, that no more will be sent.
    pub(in crate::peer) async fn shut_down(&mut self) -> Result<(), Failed> {
        self.shut = true;
        self.farewell().await?;
        self.line()?.shutdown().await.map_err(failed("shutdown"))
    }

    /// Takes in what has come, into `unread`; how much that was. Whoever stops waiting finds all of it the next time.
    pub(in crate::peer) async fn receive(&mut self) -> Result<usize, Failed> {
        self.pay().await?;
        if self.ended && self.early.is_empty() {
            return Ok(0);
        }
        let mut said = std::mem::take(&mut self.early);
        while said.is_empty() && !self.ended {
            said = self.read().await?;
            if let Some(tls) = self.tls.as_mut().filter(|_| !said.is_empty()) {
                said = tls.open(&said)?;
                self.ended = tls.peer_ended;
                self.owed.extend(tls.outgoing());
                self.early = said;
                self.pay().await?;
                said = std::mem::take(&mut self.early);
            }
        }
        let count = said.len();
        self.received += count;
        self.unread = said;
        self.tell(if count > 0 { ProgramEvent::Received(count) } else { ProgramEvent::EndOfStream });
        Ok(count)
    }

    /// Takes in bytes as they are; none at the stream's end.
    pub(in crate::peer) async fn read(&mut self) -> Result<Vec<u8>, Failed> {
        let mut buffer = vec![0; 65536];
        let count = self.line()?.read(&mut buffer).await.map_err(failed("recv"))?;
        if self.quick_ack {
            // It holds until the kernel thinks otherwise: said again each time.
            sockopt::set_tcp_quickack(self.line()?.tcp(), true).ok();
        }
        (self.ended, self.hung_up) = (count == 0, count == 0);
        buffer.truncate(count);
        Ok(buffer)
    }

    /// Takes in the head of an HTTP message, to its empty line; what stands behind it is left in `unread`. What came before
    /// the end of the stream, if there was none.
    pub(in crate::peer) async fn receive_head(&mut self) -> Result<Vec<u8>, Failed> {
        let mut head = std::mem::take(&mut self.unread);
        loop {
            if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                self.unread = head.split_off(at + 4);
                return Ok(head);
            }
            if head.len() > MAX_HEAD_BYTES {
                let text = format!("an HTTP head of more than {MAX_HEAD_BYTES} bytes");
                return Err(Failed::because("recv", text));
            }
            let count = self.receive().await?;
            head.append(&mut self.unread);
            if count == 0 {
                return Ok(head);
            }
        }
    }
}

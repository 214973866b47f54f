//! Frames that wait for the keys of what is in them: a raw capture may see a record before the program has told its secret.

use std::collections::VecDeque;

use netlab::dissect::Packet;
use netlab::event::{LiveFrame, ProgramEvent};

/// More than a handshake has: what comes then is told without keys.
const MOST: usize = 256;

/// What waits.
#[derive(Debug, Default)]
pub(crate) struct Awaited {
    /// Keys are to come.
    keys: bool,
    frames: VecDeque<LiveFrame>,
}

impl Awaited {
    /// Keys are to come, or not.
    pub(crate) fn new(keys: bool) -> Awaited {
        Awaited { keys, frames: VecDeque::new() }
    }

    /// Takes a frame; gives those that can be told now. From the server's hello on they wait.
    pub(crate) fn take(&mut self, frame: LiveFrame) -> VecDeque<LiveFrame> {
        let waits = self.keys && (!self.frames.is_empty() || is_server_hello(&frame));
        if !waits {
            return VecDeque::from([frame]);
        }
        self.frames.push_back(frame);
        if self.frames.len() < MOST { VecDeque::new() } else { self.release() }
    }

    /// Hears what a program did; gives the frames that it has made readable, or that wait in vain.
    pub(crate) fn hear(&mut self, event: &ProgramEvent) -> VecDeque<LiveFrame> {
        let over = match event {
            // TLS 1.3's last that opens records; all of TLS 1.2.
            ProgramEvent::TlsSecret(line) => {
                ["SERVER_TRAFFIC_SECRET_0 ", "CLIENT_RANDOM "].iter().any(|label| line.starts_with(label))
            }
            ProgramEvent::Failed { .. } | ProgramEvent::Closed | ProgramEvent::Opened { .. } => true,
            _ => false,
        };
        if over { self.release() } else { VecDeque::new() }
    }

    /// Nothing waits any more; if anything did, the keys are there or will not come.
    pub(crate) fn release(&mut self) -> VecDeque<LiveFrame> {
        self.keys &= self.frames.is_empty();
        std::mem::take(&mut self.frames)
    }
}

/// A handshake record with a ServerHello at its beginning (RFC 8446, sections 4 and 5.1).
fn is_server_hello(frame: &LiveFrame) -> bool {
    let packet = Packet::new(frame.frame());
    let payload = packet.tcp().map(|tcp| tcp.payload()).unwrap_or_default();
    matches!(payload, [22, 3, _, _, _, 2, ..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use netlab::frame::{LinkType, Time};

    fn frame(number: u64, payload: &[u8]) -> LiveFrame {
        let mut bytes = vec![0x45, 0, 0, 40 + payload.len() as u8, 0, 0, 0x40, 0, 64, 6, 0, 0];
        bytes.extend([10, 0, 0, 2, 10, 0, 0, 1, 1, 187, 156, 64]);
        bytes.extend([0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0]);
        bytes.extend(payload);
        LiveFrame {
            number,
            time: Time(0),
            link: LinkType::RawIp,
            original_len: bytes.len() as u32,
            bytes,
            from: None,
            sockets: None,
            verdict: None,
        }
    }

    fn numbers(frames: VecDeque<LiveFrame>) -> Vec<u64> {
        frames.into_iter().map(|frame| frame.number).collect()
    }

    const HELLO: &[u8] = &[22, 3, 3, 0, 90, 2, 0, 0, 86];

    #[test]
    fn from_the_servers_hello_on_frames_wait_for_its_secret() {
        let mut awaited = Awaited::new(true);
        assert_eq!(numbers(awaited.take(frame(1, &[22, 3, 1, 0, 90, 1]))), [1]);
        assert_eq!(numbers(awaited.take(frame(2, HELLO))), [0_u64; 0]);
        assert_eq!(numbers(awaited.take(frame(3, &[]))), [0_u64; 0]);
        let secret = |label: &str| ProgramEvent::TlsSecret(format!("{label} 00 00"));
        assert_eq!(numbers(awaited.hear(&secret("SERVER_HANDSHAKE_TRAFFIC_SECRET"))), [0_u64; 0]);
        assert_eq!(numbers(awaited.hear(&secret("SERVER_TRAFFIC_SECRET_0"))), [2, 3]);
        assert_eq!(numbers(awaited.take(frame(4, HELLO))), [4]);
    }

    #[test]
    fn nobody_waits_for_keys_that_do_not_come() {
        let mut awaited = Awaited::new(false);
        assert_eq!(numbers(awaited.take(frame(1, HELLO))), [1]);
        let mut awaited = Awaited::new(true);
        assert_eq!(numbers(awaited.take(frame(1, HELLO))), [0_u64; 0]);
        let failed = ProgramEvent::Failed { call: "tls".to_owned(), errno: 0, text: String::new() };
        assert_eq!(numbers(awaited.hear(&failed)), [1]);
        let mut awaited = Awaited::new(true);
        let told: usize = (0..MOST as u64).map(|number| awaited.take(frame(number, HELLO)).len()).sum();
        assert_eq!(told, MOST);
    }
}

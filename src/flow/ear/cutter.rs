//! Where WebSocket frames begin and end, and with them the messages: headers are read, payloads passed over. What is counted is what
//! [`websocket`](crate::flow::websocket) would tell.

use super::minutes::First;
use crate::event::Host;
use crate::flow::talk::Messages;
use crate::flow::websocket::Head;

/// The frames of one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cutter {
    /// Of a payload: how many bytes are still to come. Of a header: the length, as far as it is there.
    left: u64,
    /// Messages so far.
    count: u32,
    place: Place,
    /// Of a header that is cut: its first byte, with what the second says of a mask in place of a reserved bit.
    first: u8,
    /// How many bytes it still needs; 0 where none of it is there.
    needs: u8,
    open: Open,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// In a header, or before one.
    #[default]
    Head,
    Payload,
    /// Nothing more can be read.
    Lost,
}

/// In place of how many bytes a header needs: its first byte is there, so nobody knows.
const UNKNOWN: u8 = u8::MAX;
/// In place of RSV1, which changes nothing here: there will be a masking key.
const MASKED: u8 = 0x40;
const KEY: u8 = 4;

/// Whether a message has begun and not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    No,
    Yes,
    /// And the frame that is being read is its last one.
    Ends,
}

impl Cutter {
    /// How many messages are complete, and whether something can't be read, so that there may have been more.
    fn counted(&self) -> (u64, bool) {
        (self.count.into(), self.place == Place::Lost)
    }

    /// Takes the next bytes, which begin with `first`: if that is the header of a frame that they hold to its end, they need not be
    /// at hand.
    #[inline]
    pub(super) fn segment(&mut self, first: First, bytes: &[u8]) {
        let mut rest = bytes;
        if self.place == Place::Head
            && self.needs == 0
            && let Some((length, behind)) =
                short_head(first).and_then(|(size, length)| Some((length, bytes.get(size..)?)))
        {
            let First([opcode, ..]) = first;
            self.begin(opcode, length);
            rest = behind;
        }
        self.bytes(rest);
    }

    /// Takes the next bytes.
    #[inline]
    pub(super) fn bytes(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.place {
                Place::Lost => return,
                Place::Payload => {
                    let used = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                    self.pass(used as u64);
                    bytes = bytes.get(used..).unwrap_or_default();
                }
                Place::Head if self.needs == 0 => match Head::read(bytes) {
                    Some(head) => {
                        self.begin(bytes.first().copied().unwrap_or_default(), head.length);
                        bytes = bytes.get(head.size()..).unwrap_or_default();
                    }
                    None => return self.pieces(bytes),
                },
                Place::Head => {
                    let (first, rest) = bytes.split_at_checked(1).unwrap_or_default();
                    self.pieces(first);
                    bytes = rest;
                }
            }
        }
    }

    /// Takes bytes of a header that is cut, none behind it.
    #[cold]
    fn pieces(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.needs {
                0 => (self.first, self.needs) = (byte & !MASKED, UNKNOWN),
                UNKNOWN => {
                    let short = byte & 0x7f;
                    self.left = if short < 126 { short.into() } else { 0 };
                    self.first |= if byte & 0x80 != 0 { MASKED } else { 0 };
                    self.needs = Head::needs([self.first, *byte]) as u8 - 2;
                }
                needs => {
                    let key = if self.first & MASKED != 0 { KEY } else { 0 };
                    if needs > key {
                        self.left = self.left << 8 | u64::from(*byte);
                    }
                    self.needs -= 1;
                }
            }
            if self.needs == 0 {
                self.begin(self.first, self.left);
            }
        }
    }

    /// A header is complete.
    #[inline]
    fn begin(&mut self, first: u8, length: u64) {
        let (opcode, fin) = (first & 0x0f, first & 0x80 != 0);
        let part = match opcode {
            // One that is still open is interrupted by that.
            1 | 2 => true,
            0 => self.open != Open::No,
            _ => false,
        };
        if part {
            self.open = if fin { Open::Ends } else { Open::Yes };
        }
        if length >> 63 != 0 {
            self.place = Place::Lost;
            return;
        }
        (self.place, self.left) = (Place::Payload, length);
        self.pass(0);
    }

    /// Passes over bytes of a payload.
    #[inline]
    fn pass(&mut self, count: u64) {
        self.left -= count;
        if self.left == 0 {
            self.place = Place::Head;
            if self.open == Open::Ends {
                self.open = Open::No;
                self.count = self.count.saturating_add(1);
            }
        }
    }

    /// Passes bytes that are not there.
    pub(super) fn hole(&mut self, mut len: u64) {
        if self.place == Place::Payload {
            let inside = len.min(self.left);
            self.pass(inside);
            len -= inside;
        }
        // Where the next frame begins can't be known.
        if len > 0 && self.place == Place::Head {
            self.place = Place::Lost;
        }
    }
}

const _: () = assert!(size_of::<Cutter>() == 16);

/// The size of a header and the length of what it announces, told by its first bytes; `None` where they do not tell.
#[inline]
fn short_head(First([first, second, high, low]): First) -> Option<(usize, u64)> {
    let length = match second & 0x7f {
        127 => return None,
        126 => u64::from(u16::from_be_bytes([high, low])),
        short => short.into(),
    };
    Some((Head::needs([first, second]), length))
}

/// Both sides' frames.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frames {
    client: Cutter,
    server: Cutter,
}

impl Frames {
    /// One side's.
    #[inline]
    pub(super) fn of(&mut self, from: Host) -> &mut Cutter {
        match from {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }

    /// The messages in them.
    pub(super) fn counted(&self) -> Messages {
        let ((from_client, client_unread), (from_server, server_unread)) =
            (self.client.counted(), self.server.counted());
        Messages { from_client, from_server, client_unread, server_unread }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of every form of length, masked and not, fragmented, with a ping between, and a length nobody allows.
    fn said() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (first, second, more, len) in [
            (0x81, 0x02, &[][..], 2),
            (0x01, 0x83, &[9; 4], 3),
            (0x89, 0x00, &[], 0),
            (0x80, 0x7e, &[0x01, 0x2c], 300),
            (0x82, 0xfe, &[0x00, 0x05, 1, 2, 3, 4], 5),
            (0x82, 0x7f, &[0, 0, 0, 0, 0, 0, 0, 9], 9),
            (0x82, 0xff, &[0, 0, 0, 0, 0, 0, 0, 1, 4, 3, 2, 1], 1),
            (0x81, 0x80, &[0; 4], 0),
            (0x82, 0x7f, &[0xff; 8], 4),
        ] {
            bytes.extend([first, second]);
            bytes.extend(more);
            bytes.extend([0x81].repeat(len));
        }
        bytes
    }

    /// Where one stands.
    fn stands(cutter: &Cutter) -> (Place, u64, Open, u64) {
        let left = if cutter.place == Place::Payload { cutter.left } else { 0 };
        (cutter.place, left, cutter.open, cutter.counted().0)
    }

    #[test]
    fn a_segment_says_what_its_bytes_say() {
        let said = said();
        for before in 0..=said.len() {
            let (first, rest) = said.split_at(before);
            for len in (0..=rest.len().min(32)).chain([rest.len()]) {
                let (next, rest) = rest.split_at(len);
                let (mut by_segments, mut by_bytes) = (Cutter::default(), Cutter::default());
                for part in [first, next, rest] {
                    by_segments.segment(First::of(part), part);
                    part.iter().for_each(|byte| by_bytes.bytes(&[*byte]));
                    assert_eq!(stands(&by_segments), stands(&by_bytes), "{before} bytes, then {len}");
                }
                assert_eq!(by_segments.counted(), (6, true), "{before} bytes, then {len}");
            }
        }
    }
}

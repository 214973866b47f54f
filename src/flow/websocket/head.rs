//! The header of a frame (RFC 6455, section 5.2), bit by bit.

use std::ops::Range;

/// The most bytes that a header has: two, eight of length, four of key.
pub const LONGEST_HEAD: usize = 14;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opcode {
    /// 0: goes on with a message.
    Continuation,
    /// 1: text, or the beginning of one.
    Text,
    /// 2: bytes, or the beginning of them.
    Binary,
    /// 8: the sender will say nothing more.
    Close,
    /// 9: asks for a pong.
    Ping,
    /// 10: answers a ping.
    Pong,
    /// 3 to 7 and 11 to 15: kept for later.
    Reserved(u8),
}

impl Opcode {
    /// By its number; only the lower four bits count.
    pub fn from_number(number: u8) -> Opcode {
        match number & 0x0f {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            other => Opcode::Reserved(other),
        }
    }

    /// The number on the wire.
    pub fn number(self) -> u8 {
        match self {
            Opcode::Continuation => 0,
            Opcode::Text => 1,
            Opcode::Binary => 2,
            Opcode::Close => 8,
            Opcode::Ping => 9,
            Opcode::Pong => 10,
            Opcode::Reserved(number) => number,
        }
    }

    /// Whether it is one of the control frames, those that are defined and those that are not (RFC 6455, section 5.5): its
    /// topmost bit says so.
    pub fn is_control(self) -> bool {
        self.number() & 0x08 != 0
    }
}

/// In how many bits the length of the payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LengthForm {
    /// 7 bits: 0 to 125.
    Seven,
    /// The 7 bits say 126, and 16 more say how long.
    Sixteen,
    /// The 7 bits say 127, and 64 more say how long.
    SixtyFour,
}

impl LengthForm {
    /// The shortest one that a length can be written in.
    pub fn shortest(length: u64) -> LengthForm {
        match length {
            0..=125 => LengthForm::Seven,
            126..=0xffff => LengthForm::Sixteen,
            _ => LengthForm::SixtyFour,
        }
    }

    /// The bytes behind the first two.
    pub fn more_bytes(self) -> usize {
        match self {
            LengthForm::Seven => 0,
            LengthForm::Sixteen => 2,
            LengthForm::SixtyFour => 8,
        }
    }
}

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// This is the last frame of its message.
    pub fin: bool,
    /// The three reserved bits as one number: RSV1 is 4, RSV2 is 2, RSV3 is 1.
    pub rsv: u8,
    /// What the frame is for.
    pub opcode: Opcode,
    /// In how many bits the length is written.
    pub form: LengthForm,
    /// How many bytes of payload follow. No receiver allows the topmost bit of the 64.
    pub length: u64,
    /// The key that the payload is masked with; `None` where the MASK bit is not set.
    pub key: Option<[u8; 4]>,
}

impl Head {
    /// How long the header is, told by its first two bytes: 2 to 14.
    pub fn needs(first: [u8; 2]) -> usize {
        let [_, second] = first;
        2 + form(second).more_bytes() + if second & 0x80 != 0 { 4 } else { 0 }
    }

    /// Reads a header from the beginning of `bytes`; `None` where there is less than a whole one.
    pub fn read(bytes: &[u8]) -> Option<Head> {
        let (&[first, second], rest) = bytes.split_first_chunk::<2>()?;
        let form = form(second);
        let (length, rest) = match form {
            LengthForm::Seven => (u64::from(second & 0x7f), rest),
            LengthForm::Sixteen => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            LengthForm::SixtyFour => {
                let (length, rest) = rest.split_first_chunk::<8>()?;
                (u64::from_be_bytes(*length), rest)
            }
        };
        let key = if second & 0x80 != 0 { Some(*rest.first_chunk::<4>()?) } else { None };
        Some(Head {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 0x07,
            opcode: Opcode::from_number(first),
            form,
            length,
            key,
        })
    }

    /// How many bytes the header has itself: 2 to 14.
    pub fn size(&self) -> usize {
        self.key_at().map_or(2 + self.form.more_bytes(), |key| key.end)
    }

    /// Which bytes of the header hold the length beyond its 7 bits; empty where these say it.
    pub fn length_at(&self) -> Range<usize> {
        2..2 + self.form.more_bytes()
    }

    /// Which bytes of the header hold the key.
    pub fn key_at(&self) -> Option<Range<usize>> {
        let start = self.length_at().end;
        self.key.map(|key| start..start + key.len())
    }

    /// RSV1.
    pub fn rsv1(&self) -> bool {
        self.rsv & 4 != 0
    }
}

fn form(second: u8) -> LengthForm {
    match second & 0x7f {
        126 => LengthForm::Sixteen,
        127 => LengthForm::SixtyFour,
        _ => LengthForm::Seven,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard_read_as_it_says() {
        // RFC 6455, section 5.7.
        let hello = Head::read(&[0x81, 0x05, 0x48]).unwrap();
        assert_eq!((hello.fin, hello.rsv, hello.opcode, hello.length), (true, 0, Opcode::Text, 5));
        assert_eq!((hello.key, hello.size()), (None, 2));
        let masked = Head::read(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f]).unwrap();
        assert_eq!((masked.key, masked.size()), (Some([0x37, 0xfa, 0x21, 0x3d]), 6));
        assert_eq!(masked.key_at(), Some(2..6));
        let fragment = Head::read(&[0x01, 0x03]).unwrap();
        assert_eq!((fragment.fin, fragment.opcode, fragment.length), (false, Opcode::Text, 3));
        let middle = Head::read(&[0x82, 0x7e, 0x01, 0x00]).unwrap();
        assert_eq!((middle.opcode, middle.length, middle.size()), (Opcode::Binary, 256, 4));
        let long = Head::read(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]).unwrap();
        assert_eq!((long.length, long.form, long.length_at()), (65536, LengthForm::SixtyFour, 2..10));
    }

    #[test]
    fn what_is_needed_is_what_is_read() {
        for second in 0..=255u8 {
            for first in [0x00, 0x81, 0xff] {
                let bytes = [&[first, second][..], &[0x11; 12]].concat();
                let needs = Head::needs([first, second]);
                assert!(needs <= LONGEST_HEAD);
                assert_eq!(Head::read(&bytes[..needs]).unwrap().size(), needs);
                assert_eq!(Head::read(&bytes[..needs - 1]), None);
            }
        }
    }

    #[test]
    fn opcodes_go_there_and_back() {
        for number in 0..16 {
            let opcode = Opcode::from_number(number);
            assert_eq!((opcode.number(), opcode.is_control()), (number, number >= 8));
        }
    }
}

//! gzip (RFC 1952): member after member, each with a header, deflated data (RFC 1951), a checksum and a length.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Buffer, Cause, Damage, Packing, Raw};
use crate::source::input::Input;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
const HAS_CHECKSUM: u8 = 0x02;
const HAS_EXTRA: u8 = 0x04;
const HAS_NAME: u8 = 0x08;
const HAS_COMMENT: u8 = 0x10;
const RESERVED: u8 = 0xe0;

/// What comes next in the file.
#[derive(Clone, Copy, Debug)]
enum Next {
    Header,
    Data,
    Trailer,
    /// A further member, padding, or the end.
    Member,
}

/// A gzip file that is being unpacked.
pub(in crate::source) struct Gzip {
    packed: Buffer<Raw>,
    inflate: Decompress,
    /// Of the header first, then of the unpacked data.
    crc: Crc,
    next: Next,
}

impl Gzip {
    pub(in crate::source) fn new(packed: Buffer<Raw>) -> Gzip {
        Gzip { packed, inflate: Decompress::new(false), crc: Crc::new(), next: Next::Header }
    }

    fn damaged(&self, damage: Damage) -> Cause {
        Packing::Gzip.damaged(self.packed.offset(), damage)
    }

    /// So many bytes of the header, which are hashed; an error where they are not there.
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Cause> {
        self.packed.fill(N)?;
        let Some(bytes) = self.packed.ready().first_chunk::<N>().copied() else {
            return Err(self.damaged(Damage::CutShort));
        };
        self.crc.update(&bytes);
        self.packed.consume(N);
        Ok(bytes)
    }

    /// Passes over a text that ends with a zero byte, however long.
    fn pass_text(&mut self) -> Result<(), Cause> {
        while self.take::<1>()? != [0] {}
        Ok(())
    }

    fn header(&mut self) -> Result<(), Cause> {
        self.crc.reset();
        let [first, second, method, flags, ..] = self.take::<10>()?;
        if [first, second] != MAGIC || method != 8 {
            return Err(self.damaged(Damage::Header));
        }
        if flags & RESERVED != 0 {
            return Err(self.damaged(Damage::Header));
        }
        if flags & HAS_EXTRA != 0 {
            let length = u16::from_le_bytes(self.take::<2>()?);
            for _ in 0..length {
                self.take::<1>()?;
            }
        }
        if flags & HAS_NAME != 0 {
            self.pass_text()?;
        }
        if flags & HAS_COMMENT != 0 {
            self.pass_text()?;
        }
        if flags & HAS_CHECKSUM != 0 {
            let found = self.crc.sum() & 0xffff;
            let told = u16::from_le_bytes(self.take::<2>()?).into();
            if told != found {
                return Err(self.damaged(Damage::Checksum { told, found }));
            }
        }
        self.inflate.reset(false);
        self.crc.reset();
        Ok(())
    }

    /// Unpacks into `room`; 0 where the member's data end, or where there was no room for more.
    fn data(&mut self, room: &mut [u8]) -> Result<usize, Cause> {
        loop {
            let ready = self.packed.fill(1)?;
            let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(self.packed.ready(), room, FlushDecompress::None);
            let taken = (self.inflate.total_in() - taken) as usize;
            let given = (self.inflate.total_out() - given) as usize;
            self.packed.consume(taken);
            self.crc.update(room.get(..given).unwrap_or_default());
            // What was unpacked before the damage counts; the next call meets the damage again, with nothing before it.
            if status.is_err() && given == 0 {
                return Err(self.damaged(Damage::Data));
            }
            if matches!(status, Ok(Status::StreamEnd)) {
                self.next = Next::Trailer;
                return Ok(given);
            }
            if given > 0 {
                return Ok(given);
            }
            if taken == 0 {
                return Err(self.damaged(if ready == 0 { Damage::CutShort } else { Damage::Data }));
            }
        }
    }

    fn trailer(&mut self) -> Result<(), Cause> {
        let found = self.crc.sum();
        let told = u32::from_le_bytes(self.take()?);
        if told != found {
            return Err(self.damaged(Damage::Checksum { told, found }));
        }
        let told = u64::from(u32::from_le_bytes(self.take()?));
        let found = self.inflate.total_out() & u64::from(u32::MAX);
        if told != found {
            return Err(self.damaged(Damage::Length { told, found }));
        }
        Ok(())
    }

    /// Whether there is a further member. Zeros after the last one are padding (of tapes, of archives).
    fn is_followed(&mut self) -> Result<bool, Cause> {
        loop {
            self.packed.fill(2)?;
            match self.packed.ready() {
                [] => return Ok(false),
                ready if ready.starts_with(&MAGIC) => return Ok(true),
                [0, ..] => self.packed.consume(1),
                [0x1f] => return Err(self.damaged(Damage::CutShort)),
                _ => return Err(self.damaged(Damage::Trailing)),
            }
        }
    }
}

impl Input for Gzip {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Cause> {
        loop {
            match self.next {
                Next::Header => {
                    self.header()?;
                    self.next = Next::Data;
                }
                Next::Data => {
                    let given = self.data(room)?;
                    if given > 0 {
                        return Ok(given);
                    }
                }
                Next::Trailer => {
                    self.trailer()?;
                    self.next = Next::Member;
                }
                Next::Member => match self.is_followed()? {
                    true => self.next = Next::Header,
                    false => return Ok(0),
                },
            }
        }
    }

    fn taken(&self) -> u64 {
        self.packed.input().taken()
    }
}

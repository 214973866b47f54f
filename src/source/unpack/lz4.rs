//! The LZ4 frame format (<https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md>), and its legacy form.

use std::hash::Hasher;

use lz4_flex::block::{decompress_into, decompress_into_with_dict};
use twox_hash::XxHash32;

use super::{Buffer, Cause, Damage, Packing, Raw, is_skippable, skip_frame};
use crate::source::input::Input;

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const LEGACY_MAGIC: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];
/// The size of every block but the last in the legacy form.
const LEGACY_BLOCK: usize = 8 << 20;
/// How far back a block may refer to the ones before it.
const HISTORY: usize = 64 * 1024;
/// The bit of a block's size that says that it is not compressed.
const PLAIN: u32 = 1 << 31;

/// What a frame's header says.
#[derive(Clone, Debug)]
struct Frame {
    legacy: bool,
    /// Blocks may refer to those before them.
    linked: bool,
    block_checksums: bool,
    content_checksum: bool,
    content_size: Option<u64>,
    max_block: usize,
    hash: XxHash32,
    given: u64,
}

/// An LZ4 file that is being unpacked.
pub(in crate::source) struct Lz4 {
    packed: Buffer<Raw>,
    /// `None` between frames.
    frame: Option<Frame>,
    /// The last bytes before the block, where blocks are linked.
    history: Vec<u8>,
    /// The unpacked block, with room for the longest.
    block: Vec<u8>,
    /// What of it is still to be given.
    start: usize,
    end: usize,
}

impl Lz4 {
    pub(in crate::source) fn new(packed: Buffer<Raw>) -> Lz4 {
        Lz4 { packed, frame: None, history: Vec::new(), block: Vec::new(), start: 0, end: 0 }
    }

    fn damaged(&self, damage: Damage) -> Cause {
        Packing::Lz4.damaged(self.packed.offset(), damage)
    }

    fn take_u32(&mut self) -> Result<u32, Cause> {
        self.packed.fill(4)?;
        let Some(bytes) = self.packed.ready().first_chunk().copied() else {
            return Err(self.damaged(Damage::CutShort));
        };
        self.packed.consume(4);
        Ok(u32::from_le_bytes(bytes))
    }

    /// The next frame with data; `None` at the end.
    fn open(&mut self) -> Result<Option<Frame>, Cause> {
        self.history.clear();
        loop {
            self.packed.fill(4)?;
            match self.packed.ready() {
                [] => return Ok(None),
                ready if ready.starts_with(&MAGIC) => return self.header().map(Some),
                ready if ready.starts_with(&LEGACY_MAGIC) => {
                    self.packed.consume(4);
                    return Ok(Some(Frame {
                        legacy: true,
                        linked: false,
                        block_checksums: false,
                        content_checksum: false,
                        content_size: None,
                        max_block: LEGACY_BLOCK,
                        hash: XxHash32::with_seed(0),
                        given: 0,
                    }));
                }
                ready if is_skippable(ready) => {
                    if !skip_frame(&mut self.packed)? {
                        return Err(self.damaged(Damage::CutShort));
                    }
                }
                ready if ready.len() < 4 && MAGIC.starts_with(ready) => {
                    return Err(self.damaged(Damage::CutShort));
                }
                _ => return Err(self.damaged(Damage::Trailing)),
            }
        }
    }

    /// Magic number, descriptor, and the descriptor's checksum.
    fn header(&mut self) -> Result<Frame, Cause> {
        self.packed.fill(7)?;
        let (Some(flags), Some(sizes)) = (self.packed.ready().get(4), self.packed.ready().get(5)) else {
            return Err(self.damaged(Damage::CutShort));
        };
        let (flags, sizes) = (*flags, *sizes);
        let has = |bit: u8| flags & bit != 0;
        let length = 2 + if has(0x08) { 8 } else { 0 } + if has(0x01) { 4 } else { 0 };
        if flags >> 6 != 1 || has(0x02) || sizes & 0x8f != 0 || sizes >> 4 < 4 {
            return Err(self.damaged(Damage::Header));
        }
        self.packed.fill(4 + length + 1)?;
        let ready = self.packed.ready();
        let (Some(descriptor), Some(told)) = (ready.get(4..4 + length), ready.get(4 + length)) else {
            return Err(self.damaged(Damage::CutShort));
        };
        let (told, found) = (u32::from(*told), XxHash32::oneshot(0, descriptor) >> 8 & 0xff);
        let content_size = descriptor.get(2..).filter(|_| has(0x08)).and_then(|rest| rest.first_chunk());
        let content_size = content_size.map(|size| u64::from_le_bytes(*size));
        let dictionary = descriptor.last_chunk().filter(|_| has(0x01)).map(|id| u32::from_le_bytes(*id));
        if told != found {
            return Err(self.damaged(Damage::Checksum { told, found }));
        }
        if let Some(id) = dictionary {
            return Err(Cause::Dictionary { by: Packing::Lz4, id });
        }
        self.packed.consume(4 + length + 1);
        Ok(Frame {
            legacy: false,
            linked: !has(0x20),
            block_checksums: has(0x10),
            content_checksum: has(0x04),
            content_size,
            // 4 stands for 64 KiB; each step is four times as much, up to 4 MiB.
            max_block: 1 << (8 + 2 * (sizes >> 4)),
            hash: XxHash32::with_seed(0),
            given: 0,
        })
    }

    /// Unpacks the next block of a frame; says whether there was one.
    fn unpack(&mut self, frame: &mut Frame) -> Result<bool, Cause> {
        if frame.legacy {
            // This form has no end mark: a frame ends with the file or with the next one's magic number.
            self.packed.fill(4)?;
            let ready = self.packed.ready();
            if ready.is_empty() || ready.starts_with(&MAGIC) || ready.starts_with(&LEGACY_MAGIC) {
                return Ok(false);
            }
        }
        let size = self.take_u32()?;
        if size == 0 && !frame.legacy {
            return self.check(frame).map(|()| false);
        }
        let plain = size & PLAIN != 0 && !frame.legacy;
        let claimed = if plain { size & !PLAIN } else { size };
        // In the legacy form a block that can't be compressed gets a little longer.
        let limit = if frame.legacy { frame.max_block + frame.max_block / 255 + 16 } else { frame.max_block };
        let size = claimed as usize;
        if size > limit {
            return Err(self.damaged(Damage::Block { claimed: claimed.into(), limit: limit as u64 }));
        }
        let whole = size + if frame.block_checksums { 4 } else { 0 };
        if self.packed.fill(whole)? < whole {
            return Err(self.damaged(Damage::CutShort));
        }
        let data = self.packed.slice(0, size);
        if let Some(told) = self.packed.slice(size, whole).first_chunk() {
            let (told, found) = (u32::from_le_bytes(*told), XxHash32::oneshot(0, data));
            if told != found {
                return Err(self.damaged(Damage::Checksum { told, found }));
            }
        }
        if self.block.len() < frame.max_block {
            self.block.resize(frame.max_block, 0);
        }
        let room = self.block.get_mut(..frame.max_block).unwrap_or_default();
        let unpacked = match (plain, room.get_mut(..size)) {
            (true, Some(room)) => {
                room.copy_from_slice(data);
                Ok(size)
            }
            _ if self.history.is_empty() => decompress_into(data, room),
            _ => decompress_into_with_dict(data, room, &self.history),
        };
        let Ok(count) = unpacked else { return Err(self.damaged(Damage::Data)) };
        self.packed.consume(whole);
        (self.start, self.end) = (0, count);
        let given = self.block.get(..count).unwrap_or_default();
        frame.given += given.len() as u64;
        if frame.content_checksum {
            frame.hash.write(given);
        }
        if frame.linked {
            remember(&mut self.history, given);
        }
        Ok(true)
    }

    /// Whether what came out of a frame is what its packer put in.
    fn check(&mut self, frame: &Frame) -> Result<(), Cause> {
        if let Some(told) = frame.content_size.filter(|told| *told != frame.given) {
            return Err(self.damaged(Damage::Length { told, found: frame.given }));
        }
        if frame.content_checksum {
            let (told, found) = (self.take_u32()?, frame.hash.finish() as u32);
            if told != found {
                return Err(self.damaged(Damage::Checksum { told, found }));
            }
        }
        Ok(())
    }
}

/// Keeps the last bytes of all blocks so far.
fn remember(history: &mut Vec<u8>, block: &[u8]) {
    let block = block.get(block.len().saturating_sub(HISTORY)..).unwrap_or_default();
    let too_many = (history.len() + block.len()).saturating_sub(HISTORY);
    history.drain(..too_many);
    history.extend_from_slice(block);
}

impl Input for Lz4 {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Cause> {
        loop {
            let left = self.block.get(self.start..self.end).unwrap_or_default();
            if !left.is_empty() {
                let count = left.len().min(room.len());
                if let (Some(room), Some(left)) = (room.get_mut(..count), left.get(..count)) {
                    room.copy_from_slice(left);
                }
                self.start += count;
                return Ok(count);
            }
            let Some(mut frame) = self.frame.take() else {
                match self.open()? {
                    Some(frame) => self.frame = Some(frame),
                    None => return Ok(0),
                }
                continue;
            };
            if self.unpack(&mut frame)? {
                self.frame = Some(frame);
            }
        }
    }

    fn taken(&self) -> u64 {
        self.packed.input().taken()
    }
}

//! Zstandard (RFC 8878): frame after frame, each of blocks, with a checksum where the packer wrote one.

use std::io::{self, Read};

use ruzstd::decoding::errors::{FrameDecoderError, FrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Buffer, Cause, Damage, Packing, Raw, is_skippable, skip_frame};
use crate::source::input::Input;

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// How far back a frame's bytes may refer: what `zstd -d` takes too, unless it is told otherwise. Up to `zstd -19` packers look back
/// 8 MiB at most, which everybody should be able to read (RFC 8878, section 3.1.1.1.2); with `--long` or `--ultra` up to this.
const MAX_WINDOW: u64 = 128 * 1024 * 1024;
/// A block without a byte that says that it is the last, and room for a checksum.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// A zstd file that is being unpacked.
pub(in crate::source) struct Zstd {
    packed: Buffer<Raw>,
    /// `None` between frames.
    frame: Option<Frame>,
    /// What ended the last frame, to be told when all that was unpacked of it has been given.
    failed: Option<Cause>,
}

struct Frame {
    decoder: FrameDecoder,
    /// Bytes given so far.
    given: u64,
}

impl Zstd {
    pub(in crate::source) fn new(packed: Buffer<Raw>) -> Zstd {
        Zstd { packed, frame: None, failed: None }
    }

    fn damaged(&self, damage: Damage) -> Cause {
        Packing::Zstd.damaged(self.packed.offset(), damage)
    }

    /// The next frame with data; `None` at the end.
    fn open(&mut self) -> Result<Option<Frame>, Cause> {
        loop {
            self.packed.fill(4)?;
            match self.packed.ready() {
                [] => return Ok(None),
                ready if ready.starts_with(&MAGIC) => break,
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
        // One decoder a frame: one that is used again takes a window's memory before there is a byte for it.
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        let mut feed = Feed::new(&mut self.packed);
        match decoder.init(&mut feed) {
            Ok(()) => Ok(Some(Frame { decoder, given: 0 })),
            Err(error) => Err(feed.cause(&error)),
        }
    }

    /// Unpacks a block; what stops it is kept for later.
    fn block(&mut self) {
        let Some(Frame { decoder, .. }) = &mut self.frame else { return };
        let mut feed = Feed::new(&mut self.packed);
        if let Err(error) = decoder.decode_blocks(&mut feed, BlockDecodingStrategy::UptoBlocks(1)) {
            self.failed = Some(feed.cause(&error));
            // The decoder keeps a window's bytes back until the frame ends, and they are sound.
            drop(decoder.decode_blocks(&LAST_BLOCK[..], BlockDecodingStrategy::All));
        }
    }

    /// Whether what came out of a frame is what its packer put in.
    fn check(&self, frame: &Frame) -> Result<(), Cause> {
        let decoder = &frame.decoder;
        if let (Some(told), Some(found)) =
            (decoder.get_checksum_from_data(), decoder.get_calculated_checksum())
            && told != found
        {
            return Err(self.damaged(Damage::Checksum { told, found }));
        }
        // 0: not said.
        match decoder.content_size() {
            told if told != 0 && told != frame.given => {
                Err(self.damaged(Damage::Length { told, found: frame.given }))
            }
            _ => Ok(()),
        }
    }
}

impl Input for Zstd {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Cause> {
        loop {
            let Some(Frame { decoder, given }) = &mut self.frame else {
                match self.open()? {
                    Some(frame) => self.frame = Some(frame),
                    None => return Ok(0),
                }
                continue;
            };
            // It writes to memory alone: nothing that could fail.
            let count = decoder.read(room)?;
            if count > 0 {
                *given += count as u64;
                return Ok(count);
            }
            if let Some(cause) = self.failed.take() {
                return Err(cause);
            }
            if !decoder.is_finished() {
                self.block();
            } else if let Some(frame) = self.frame.take() {
                self.check(&frame)?;
            }
        }
    }

    fn taken(&self) -> u64 {
        self.packed.input().taken()
    }
}

/// The packed bytes as the decoder takes them, and why there were no more.
struct Feed<'b> {
    packed: &'b mut Buffer<Raw>,
    ended: bool,
    failed: Option<Cause>,
}

impl<'b> Feed<'b> {
    fn new(packed: &'b mut Buffer<Raw>) -> Feed<'b> {
        Feed { packed, ended: false, failed: None }
    }

    fn cause(mut self, error: &FrameDecoderError) -> Cause {
        if let Some(cause) = self.failed.take() {
            return cause;
        }
        let damage = match error {
            _ if self.ended => Damage::CutShort,
            FrameDecoderError::WindowSizeTooBig { requested: claimed, .. }
            | FrameDecoderError::FrameHeaderError(FrameHeaderError::WindowTooBig { got: claimed }) => {
                return Cause::Window { claimed: *claimed, limit: MAX_WINDOW };
            }
            FrameDecoderError::DictNotProvided { dict_id } => {
                return Cause::Dictionary { by: Packing::Zstd, id: *dict_id };
            }
            FrameDecoderError::FrameHeaderError(_) | FrameDecoderError::ReadFrameHeaderError(_) => {
                Damage::Header
            }
            _ => Damage::Data,
        };
        Packing::Zstd.damaged(self.packed.offset(), damage)
    }
}

impl Read for Feed<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.packed.fill(1) {
            Ok(ready) => {
                let count = ready.min(room.len());
                if let Some(room) = room.get_mut(..count) {
                    room.copy_from_slice(self.packed.slice(0, count));
                }
                self.packed.consume(count);
                self.ended |= ready == 0;
                Ok(count)
            }
            Err(cause) => {
                self.failed = Some(cause);
                Err(io::ErrorKind::Other.into())
            }
        }
    }
}

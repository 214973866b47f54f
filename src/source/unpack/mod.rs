//! Compressed files: packed bytes come in, the capture's own go out, a piece at a time.
//!
//! gzip (RFC 1952), zstd (RFC 8878) and the LZ4 frame format, also several of one kind in a row. Memory is what the
//! format needs (32 KiB; the frame's window; the frame's block size) and is taken as the bytes really come; a window that
//! is beyond reason is refused. Damage is told after everything that could be unpacked before it was given.

mod gzip;
mod lz4;
mod zstd;

use super::buffer::Buffer;
use super::error::{Cause, Damage};
use super::input::Raw;

pub(super) use gzip::Gzip;
pub(super) use lz4::Lz4;
pub(super) use zstd::Zstd;

/// What a file is compressed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// The LZ4 frame format, also its legacy form.
    Lz4,
}

impl Packing {
    /// The program's name.
    pub fn name(self) -> &'static str {
        match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
            Packing::Lz4 => "lz4",
        }
    }

    /// What to type to unpack it.
    pub fn command(self) -> &'static str {
        match self {
            Packing::Gzip => "gunzip FILE",
            Packing::Zstd => "unzstd FILE",
            Packing::Lz4 => "unlz4 FILE",
        }
    }

    /// Tells it by the first bytes of a file.
    pub(super) fn recognise(first: &[u8]) -> Option<Packing> {
        match first {
            [0x1f, 0x8b, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] | [0x02, 0x21, 0x4c, 0x18, ..] => Some(Packing::Lz4),
            _ => None,
        }
    }

    fn damaged(self, at: u64, damage: Damage) -> Cause {
        Cause::Packed { by: self, at, damage }
    }
}

/// Whether these bytes begin a frame that carries something else than data; zstd and lz4 share the form.
pub(super) fn is_skippable(first: &[u8]) -> bool {
    matches!(first, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Passes over such a frame; says whether it was all there.
pub(super) fn skip_frame(packed: &mut Buffer<Raw>) -> Result<bool, Cause> {
    packed.fill(8)?;
    let Some([_, _, _, _, length @ ..]) = packed.ready().first_chunk::<8>().copied() else {
        return Ok(false);
    };
    let whole = 8 + u64::from(u32::from_le_bytes(length));
    Ok(packed.skip(whole)? == whole)
}

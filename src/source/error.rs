//! Why reading a capture stopped, and where.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::unpack::Packing;

/// Why reading stopped. Every packet before `packet` has already been given.
#[derive(Debug, thiserror::Error)]
#[error("{}", Place(self))]
pub struct ReadError {
    /// The file as it was named; `-` for standard input.
    pub file: PathBuf,
    /// From 1, as in Wireshark; 0 where the file itself could not be opened or its header is no capture's.
    pub packet: u64,
    /// In the file, in bytes, where the packet's record starts; in the unpacked file, where it is compressed.
    pub offset: u64,
    /// What the file is compressed by.
    pub packing: Option<Packing>,
    /// What was wrong there.
    #[source]
    pub cause: Cause,
}

struct Place<'a>(&'a ReadError);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReadError { file, packet, offset, packing, .. } = self.0;
        // Debug would quote, display alone would let a file name's control characters reach the terminal.
        for c in file.to_string_lossy().chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        if packing.is_some() {
            write!(f, " (unpacked)")?;
        }
        if *packet > 0 { write!(f, ": frame {packet}, byte {offset}") } else { Ok(()) }
    }
}

/// What is wrong with a capture file.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The operating system could not open or read it.
    #[error("{}", plain(.0))]
    Io(io::Error),
    /// A directory was named.
    #[error("this is a directory; name a file in it")]
    Directory,
    /// The file ends before the length that it had when it was opened.
    #[error("the file became shorter while it was read: it had {had} bytes, and now ends after {has}")]
    Shrunk {
        /// How many bytes it had.
        had: u64,
        /// How many could be read.
        has: u64,
    },
    /// There is not one byte in it.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are those of no capture format.
    #[error("this is no capture: it begins with {first}, and neither as pcap nor as pcapng does")]
    NotACapture {
        /// The first bytes, as hex.
        first: String,
    },
    /// The first bytes are those of a compressed file or an archive that netlab does not unpack.
    #[error("this is packed by {by}; unpack it first (`{unpack}`)")]
    Compressed {
        /// The program's name.
        by: &'static str,
        /// What to type.
        unpack: &'static str,
    },
    /// What is packed in the file is packed once more.
    #[error("this is packed twice, by {} and inside by {inner}; unpack it once first (`{}`)", .outer.name(), .outer.command())]
    PackedTwice {
        /// What the file is.
        outer: Packing,
        /// The program's name for what is in it.
        inner: &'static str,
    },
    /// The compression around the capture is damaged.
    #[error("the {} data are damaged at byte {at} of the packed file: {damage}", .by.name())]
    Packed {
        /// What the file is compressed by.
        by: Packing,
        /// How far the packed file could be read, in bytes.
        at: u64,
        /// What is wrong there.
        damage: Damage,
    },
    /// To unpack it would take more memory than netlab gives for it.
    #[error(
        "unpacking it takes a window of {claimed} bytes, and netlab gives {limit} at most; \
             unpack it first (`zstd -d --long=31 FILE`)"
    )]
    Window {
        /// How much it asks for.
        claimed: u64,
        /// What is given.
        limit: u64,
    },
    /// It was packed with the help of a file that is not here.
    #[error("it was packed by {} with a dictionary (number {id}), without which nobody can unpack it", .by.name())]
    Dictionary {
        /// What the file is compressed by.
        by: Packing,
        /// The dictionary's number.
        id: u32,
    },
    /// The first bytes are those of a capture format that netlab does not read.
    #[error("this is a capture in the format {format}, which netlab does not read; convert it: {convert}")]
    OtherFormat {
        /// The format's usual name.
        format: &'static str,
        /// What to type.
        convert: &'static str,
    },
    /// The format's version is unknown.
    #[error("version {major}.{minor} of this format is unknown")]
    Version {
        /// The first part.
        major: u16,
        /// The second part.
        minor: u16,
    },
    /// The link type's field has bits set of which nobody knows what they mean.
    #[error("the link type is {field:#010x}, and bits 16 to 25 of it must be zero")]
    ReservedBits {
        /// The field as it stands in the file.
        field: u32,
    },
    /// The file ends inside a header, record or block.
    #[error("cut short: {claimed} bytes should follow, {left} are there")]
    CutShort {
        /// How many bytes the file says there are.
        claimed: u64,
        /// How many there are.
        left: u64,
    },
    /// A record claims more than a packet can have.
    #[error("the record claims {claimed} bytes; no packet has more than {limit}")]
    TooLong {
        /// What it claims.
        claimed: u64,
        /// What is taken.
        limit: u64,
    },
    /// A pcapng block's length cannot be.
    #[error("a block of type {kind:#010x} claims a length of {length} bytes: {why}")]
    BlockLength {
        /// The block's type.
        kind: u32,
        /// The length at its beginning.
        length: u32,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A pcapng packet names an interface that the section has not described.
    #[error("the packet was captured on interface {id}, but the section describes {}", interfaces(*.known))]
    UnknownInterface {
        /// The number it names.
        id: u32,
        /// How many there are.
        known: usize,
    },
    /// A pcapng section describes more interfaces than netlab keeps.
    #[error("more than {limit} interfaces in one section")]
    TooManyInterfaces {
        /// What is taken.
        limit: usize,
    },
    /// A pcapng section begins with neither byte order.
    #[error("the section's byte order mark is {mark:#010x}, which is neither order's")]
    ByteOrder {
        /// The four bytes, read as big-endian.
        mark: u32,
    },
}

impl Cause {
    /// Whether there are no further bytes to be had, whatever they would be read as.
    pub(super) fn ends_the_input(&self) -> bool {
        use Cause::{Dictionary, Io, Packed, Shrunk, Window};
        matches!(self, Io(_) | Shrunk { .. } | Packed { .. } | Window { .. } | Dictionary { .. })
    }
}

/// What is wrong with compressed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file ends inside them.
    #[error("they end too early")]
    CutShort,
    /// A header says what cannot be.
    #[error("there is no sound header")]
    Header,
    /// The bytes mean nothing.
    #[error("what stands there cannot be unpacked")]
    Data,
    /// What came out is not what was packed.
    #[error("their checksum is {told:#010x}, but what was unpacked has {found:#010x}")]
    Checksum {
        /// What the file says.
        told: u32,
        /// What is so.
        found: u32,
    },
    /// Not as much came out as was packed.
    #[error("{told} bytes were packed, but {found} came out")]
    Length {
        /// What the file says.
        told: u64,
        /// What is so.
        found: u64,
    },
    /// A block claims to be longer than the header allows.
    #[error("a block claims {claimed} bytes, and none here has more than {limit}")]
    Block {
        /// What it claims.
        claimed: u64,
        /// What the header allows.
        limit: u64,
    },
    /// Something else follows the end.
    #[error("something else follows their end")]
    Trailing,
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Cause {
        if error.kind() == io::ErrorKind::IsADirectory { Cause::Directory } else { Cause::Io(error) }
    }
}

/// `no interface`, `1 interface`, `2 interfaces`.
fn interfaces(count: usize) -> String {
    match count {
        0 => "no interface".to_owned(),
        1 => "1 interface".to_owned(),
        more => format!("{more} interfaces"),
    }
}

/// An I/O error's own words, without the "(os error 2)" that means nothing to most readers.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not read it (permission denied)".to_owned(),
        _ => error.to_string(),
    }
}

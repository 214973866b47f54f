//! Capture files: their bytes come in, [`Frame`]s go out, one at a time, in the order of the file.
//!
//! The format is told by the content, not by the name: pcap (micro- and nanoseconds, either byte order) and pcapng.
//! A file is streamed through one buffer that is used again for each record; nothing is allocated for a packet, and no
//! length in a file makes the buffer grow beyond the bytes that are really there. Damage ends the reading with a
//! [`ReadError`] that says where; every packet before it has been given by then. Never panics, whatever the bytes.
//!
//! [`PcapngWriter`] writes what [`Reader`] reads. Next in line: [`dissect`](crate::dissect).

#![deny(clippy::indexing_slicing)]

mod buffer;
mod bundled;
mod error;
mod options;
mod order;
mod pcap;
mod pcapng;
mod write;

use std::borrow::Cow;
use std::fs::File;
use std::io::{Cursor, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::frame::{Frame, LinkType, Time};

use buffer::Buffer;
pub use bundled::Bundled;
pub use error::{Cause, ReadError};
pub use write::PcapngWriter;

/// No capture program keeps more of a packet than this, in bytes (Wireshark's and libpcap's limit too).
const MAX_PACKET: u32 = 262_144;

/// Where a packet lies in the buffer, and what its record says of it.
#[derive(Debug)]
struct Record {
    time: Option<Time>,
    link: LinkType,
    interface: Option<u32>,
    /// Where its bytes begin and end, counted from the record's beginning.
    from: usize,
    to: usize,
    /// The record's own length.
    whole: usize,
    original_len: u32,
}

#[derive(Debug)]
enum Format {
    Pcap(pcap::Pcap),
    Pcapng(pcapng::Pcapng),
}

/// A capture file that is being read.
pub struct Reader {
    name: PathBuf,
    /// How long the file was when it was opened; `None` for what is no file.
    file_len: Option<u64>,
    buffer: Buffer,
    format: Format,
    /// Packets given so far.
    count: u64,
    /// The length of the record last given, which still lies in the buffer.
    given: usize,
    /// The record last given.
    last: Option<Record>,
    ended: bool,
}

impl Reader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// When it cannot be opened or is no capture.
    pub fn open(path: &Path) -> Result<Reader, ReadError> {
        let failed = |cause| ReadError { file: path.to_owned(), packet: 0, offset: 0, cause };
        let file = File::open(path).map_err(|error| failed(error.into()))?;
        let about = file.metadata().map_err(|error| failed(error.into()))?;
        if about.is_dir() {
            return Err(failed(Cause::Directory));
        }
        let mut reader = Reader::from_read(path, Box::new(file))?;
        reader.file_len = about.is_file().then_some(about.len());
        Ok(reader)
    }

    /// Reads a capture that lies in memory; `name` is for messages.
    ///
    /// # Errors
    /// When it is no capture.
    pub fn from_bytes(
        name: impl Into<PathBuf>,
        bytes: impl Into<Cow<'static, [u8]>>,
    ) -> Result<Reader, ReadError> {
        Reader::from_read(name, Box::new(Cursor::new(bytes.into())))
    }

    /// Reads a capture from anything that gives bytes, such as standard input; `name` is for messages.
    ///
    /// # Errors
    /// When it cannot be read or is no capture.
    pub fn from_read(name: impl Into<PathBuf>, input: Box<dyn Read + Send>) -> Result<Reader, ReadError> {
        let name = name.into();
        let mut buffer = Buffer::new(input);
        match recognise(&mut buffer) {
            Ok(format) => Ok(Reader {
                name,
                file_len: None,
                buffer,
                format,
                count: 0,
                given: 0,
                last: None,
                ended: false,
            }),
            Err(cause) => Err(ReadError { file: name, packet: 0, offset: 0, cause }),
        }
    }

    /// The next frame; `None` at the file's end, and after an error.
    ///
    /// # Errors
    /// When the file is damaged or cannot be read on.
    #[expect(
        clippy::should_implement_trait,
        reason = "a lending iterator: the frame borrows the reader's buffer"
    )]
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, ReadError> {
        if self.ended {
            return Ok(None);
        }
        self.buffer.consume(self.given);
        self.given = 0;
        self.last = None;
        let found = match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.buffer),
            Format::Pcapng(pcapng) => pcapng.next(&mut self.buffer),
        };
        match found {
            Ok(Some(record)) => {
                self.count += 1;
                self.given = record.whole;
                self.last = Some(record);
                Ok(self.current())
            }
            Ok(None) => {
                self.ended = true;
                Ok(None)
            }
            Err(cause) => {
                self.ended = true;
                let (packet, offset) = (self.count + 1, self.buffer.offset());
                Err(ReadError { file: self.name.clone(), packet, offset, cause })
            }
        }
    }

    /// The frame last given, again: for whoever wants its comment beside it.
    pub fn current(&self) -> Option<Frame<'_>> {
        self.last.as_ref().map(|record| Frame {
            number: self.count,
            time: record.time,
            link: record.link,
            interface: record.interface,
            bytes: self.buffer.slice(record.from, record.to),
            original_len: record.original_len,
        })
    }

    /// How many bytes were taken from the file so far, in the file as it lies on the disk (compressed bytes, where it is
    /// compressed). Runs ahead of the frames by what the reader's buffers hold; at the end it is the file's length.
    pub fn position(&self) -> u64 {
        self.buffer.taken()
    }

    /// How many bytes the file had when it was opened; `None` for a pipe, a device and what lies in memory, whose end
    /// nobody knows before it is reached.
    pub fn file_len(&self) -> Option<u64> {
        self.file_len
    }

    /// The first comment on the frame last given (pcapng only). Untrusted text.
    pub fn comment(&self) -> Option<&str> {
        match &self.format {
            Format::Pcapng(pcapng) if pcapng.has_comment => Some(&pcapng.comment),
            _ => None,
        }
    }

    /// The hosts' names that the file has told so far (pcapng only), in its order. Untrusted text.
    pub fn names(&self) -> &[(IpAddr, String)] {
        match &self.format {
            Format::Pcapng(pcapng) => &pcapng.names,
            Format::Pcap(_) => &[],
        }
    }
}

/// Tells the format by the first bytes.
fn recognise(buffer: &mut Buffer) -> Result<Format, Cause> {
    buffer.fill(4)?;
    let ready = buffer.ready();
    if ready.is_empty() {
        return Err(Cause::Empty);
    }
    let first = ready.first_chunk::<4>().copied().unwrap_or_default();
    if let Some((order, nanos)) = pcap::magic(first) {
        return pcap::Pcap::open(buffer, order, nanos).map(Format::Pcap);
    }
    match first {
        _ if first == pcapng::SECTION.to_be_bytes() => Ok(Format::Pcapng(pcapng::Pcapng::new())),
        [0x1f, 0x8b, ..] => Err(Cause::Compressed { by: "gzip", unpack: "gunzip FILE" }),
        [0x28, 0xb5, 0x2f, 0xfd] => Err(Cause::Compressed { by: "zstd", unpack: "unzstd FILE" }),
        [0x04, 0x22, 0x4d, 0x18] => Err(Cause::Compressed { by: "lz4", unpack: "unlz4 FILE" }),
        [0xfd, b'7', b'z', b'X'] => Err(Cause::Compressed { by: "xz", unpack: "unxz FILE" }),
        [b'B', b'Z', b'h', _] => Err(Cause::Compressed { by: "bzip2", unpack: "bunzip2 FILE" }),
        [b's', b'n', b'o', b'o'] => Err(other("snoop")),
        [0xa1, 0xb2, 0xcd, 0x34] | [0x34, 0xcd, 0xb2, 0xa1] => {
            Err(other("modified pcap of old Linux systems"))
        }
        _ => {
            let first = ready.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
            Err(Cause::NotACapture { first })
        }
    }
}

fn other(format: &'static str) -> Cause {
    Cause::OtherFormat { format, convert: "`editcap FILE NEW.pcapng`, a tool that comes with Wireshark" }
}

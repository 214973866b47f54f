//! Capture files: their bytes come in, [`Frame`]s go out, one at a time, in the order of the file.
//!
//! The format is told by the content, not by the name: pcap (micro- and nanoseconds, either byte order, the modified form)
//! and pcapng, plain or compressed by gzip, zstd or lz4. A file is streamed through one buffer that is used again for each record; nothing is allocated for a packet, and no
//! length in a file makes the buffer grow beyond the bytes that are really there. Damage ends the reading with a
//! [`ReadError`] that says where; every packet before it has been given by then. Never panics, whatever the bytes.
//!
//! [`PcapngWriter`] writes what [`Reader`] reads. Next in line: [`dissect`](crate::dissect).

#![deny(clippy::indexing_slicing)]

mod buffer;
mod bundled;
mod error;
mod input;
mod options;
mod order;
mod pcap;
mod pcapng;
mod recognise;
mod told;
mod unpack;
mod write;

use std::borrow::Cow;
use std::fs::File;
use std::io::{Cursor, Read};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::frame::{Frame, LinkType, Time};

use buffer::Buffer;
pub use bundled::Bundled;
pub use error::{Cause, Damage, ReadError};
use input::{Input, Raw};
pub use told::{Interface, Secrets, Section, Statistics};
pub use unpack::Packing;
pub use write::PcapngWriter;

/// No capture program keeps more of a packet than this, in bytes (Wireshark's and libpcap's limit too).
const MAX_PACKET: u32 = 262_144;

/// How far a compressed file is unpacked behind an error, in bytes, in search of the compression's own.
const MAX_DRAIN: u64 = 256 * 1024 * 1024;

/// Where a packet lies in the buffer, and what its record says of it.
#[derive(Clone, Copy, Debug)]
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

impl Record {
    #[inline]
    fn frame<'a>(&self, number: u64, bytes: &'a [u8]) -> Frame<'a> {
        let Record { time, link, interface, original_len, .. } = *self;
        Frame { number, time, link, interface, bytes, original_len }
    }
}

/// Some of the frames in the buffer.
struct Taken {
    /// How many bytes they took.
    bytes: usize,
    /// The last one's number.
    number: u64,
    /// How many bytes the last one took.
    last: usize,
    /// Whether who took them has had enough.
    flow: ControlFlow<()>,
}

/// Takes frame after frame. Where its method is always inlined, which a closure can't be, the parts of a frame go from the reader to it
/// without leaving the processor.
pub trait Taker {
    /// Takes the next one; `Break` where it has had enough.
    fn take(&mut self, frame: Frame<'_>) -> ControlFlow<()>;
}

/// Has enough where its closure says no.
struct Passing<F>(F);

impl<F: FnMut(&Frame<'_>) -> bool> Taker for Passing<F> {
    #[inline]
    fn take(&mut self, frame: Frame<'_>) -> ControlFlow<()> {
        if (self.0)(&frame) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// The frames that these bytes begin with, after `number` others.
#[inline]
fn each(
    ready: &[u8],
    mut number: u64,
    at_hand: impl Fn(&[u8]) -> Option<Record>,
    taker: &mut impl Taker,
) -> Taken {
    let (mut rest, mut last, mut flow) = (ready, 0, ControlFlow::Continue(()));
    while let Some(record) = at_hand(rest) {
        let (Some(bytes), Some(after)) = (rest.get(record.from..record.to), rest.get(record.whole..)) else {
            break;
        };
        number += 1;
        (rest, last) = (after, record.whole);
        flow = taker.take(record.frame(number, bytes));
        if flow.is_break() {
            break;
        }
    }
    Taken { bytes: ready.len() - rest.len(), number, last, flow }
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
    /// The length of the record last given, which still lies in the buffer; 0 where there is none.
    given: usize,
    /// The record last given the long way.
    last: Option<Record>,
    ended: bool,
}

impl Reader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// When it cannot be opened or is no capture.
    pub fn open(path: &Path) -> Result<Reader, ReadError> {
        let failed = |cause| ReadError { file: path.to_owned(), packet: 0, offset: 0, packing: None, cause };
        let file = File::open(path).map_err(|error| failed(error.into()))?;
        let about = file.metadata().map_err(|error| failed(error.into()))?;
        if about.is_dir() {
            return Err(failed(Cause::Directory));
        }
        let len = about.is_file().then_some(about.len());
        Reader::start(path.to_owned(), Raw::new(Box::new(file), len))
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
        Reader::start(name.into(), Raw::new(input, None))
    }

    fn start(name: PathBuf, raw: Raw) -> Result<Reader, ReadError> {
        let file_len = raw.len;
        let failed = |file, packing, cause| ReadError { file, packet: 0, offset: 0, packing, cause };
        let mut buffer = match recognise::packing(Buffer::new(raw)) {
            Ok(buffer) => buffer,
            Err(cause) => return Err(failed(name, None, cause)),
        };
        match recognise::format(&mut buffer) {
            Ok(format) => {
                Ok(Reader { name, file_len, buffer, format, count: 0, given: 0, last: None, ended: false })
            }
            Err(cause) => Err(failed(name, buffer.input().packing(), cause)),
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
    #[inline]
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, ReadError> {
        self.buffer.consume(self.given);
        // The short way: a sound record that is at hand. All else, and all that can fail, is the long way's.
        // Each format has a way of its own from here to the frame: together they would meet in memory, not in registers.
        match &self.format {
            Format::Pcap(pcap) => {
                if let Some(record) = pcap.at_hand(self.buffer.ready()) {
                    return Ok(Some(self.give(record)));
                }
            }
            Format::Pcapng(pcapng) => {
                if let Some(record) = pcapng.at_hand(self.buffer.ready()) {
                    return Ok(Some(self.give(record)));
                }
            }
        }
        self.next_of_any()
    }

    /// Gives the frames that lie in memory already to `taker`, until that has had enough; says whether it has. The same as
    /// [`next`](Reader::next) again and again, for whoever has nothing to ask in between: the parts of a frame then never leave the
    /// processor. What it leaves over, and all that can fail, is `next`'s.
    #[inline]
    pub fn each_at_hand(&mut self, taker: &mut impl Taker) -> ControlFlow<()> {
        let taken = self.take_at_hand(taker);
        self.buffer.consume(taken.bytes);
        self.count = taken.number;
        taken.flow
    }

    /// Passes over frames that lie in memory already, as long as `pass` says so; the first that it does not is `next`'s.
    #[inline]
    pub fn pass_over(&mut self, pass: impl FnMut(&Frame<'_>) -> bool) {
        let taken = self.take_at_hand(&mut Passing(pass));
        let (wanted, given_back) = if taken.flow.is_break() { (1, taken.last) } else { (0, 0) };
        self.buffer.consume(taken.bytes - given_back);
        self.count = taken.number - wanted;
    }

    #[inline]
    fn take_at_hand(&mut self, taker: &mut impl Taker) -> Taken {
        self.buffer.consume(std::mem::take(&mut self.given));
        let (ready, before) = (self.buffer.ready(), self.count);
        match &self.format {
            Format::Pcap(pcap) => each(ready, before, |rest| pcap.at_hand(rest), taker),
            Format::Pcapng(pcapng) => each(ready, before, |rest| pcapng.at_hand(rest), taker),
        }
    }

    #[inline]
    fn give(&mut self, record: Record) -> Frame<'_> {
        self.count += 1;
        self.given = record.whole;
        self.frame(record)
    }

    /// The record last given, if it went the short way.
    fn at_hand(&self) -> Option<Record> {
        match &self.format {
            Format::Pcap(pcap) => pcap.at_hand(self.buffer.ready()),
            Format::Pcapng(pcapng) => pcapng.at_hand(self.buffer.ready()),
        }
    }

    #[inline(never)]
    fn next_of_any(&mut self) -> Result<Option<Frame<'_>>, ReadError> {
        self.given = 0;
        self.last = None;
        if self.ended {
            return Ok(None);
        }
        let found = match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.buffer),
            Format::Pcapng(pcapng) => pcapng.next(&mut self.buffer),
        };
        match found {
            Ok(Some(record)) => {
                self.last = Some(record);
                Ok(Some(self.give(record)))
            }
            Ok(None) => {
                self.ended = true;
                Ok(None)
            }
            Err(cause) => Err(self.fail(cause)),
        }
    }

    #[cold]
    fn fail(&mut self, cause: Cause) -> ReadError {
        self.ended = true;
        let offset = self.buffer.offset();
        let packing = self.buffer.input().packing();
        // Where the packed bytes were changed, what comes out is nonsense long before a checksum says so.
        let cause = match packing {
            Some(_) if !cause.ends_the_input() => self.buffer.drain(MAX_DRAIN).err().unwrap_or(cause),
            _ => cause,
        };
        ReadError { file: self.name.clone(), packet: self.count + 1, offset, packing, cause }
    }

    #[inline]
    fn frame(&self, record: Record) -> Frame<'_> {
        record.frame(self.count, self.buffer.at_hand(record.from, record.to))
    }

    /// The frame last given, again: for whoever wants its comment beside it.
    pub fn current(&self) -> Option<Frame<'_>> {
        if self.given == 0 {
            return None;
        }
        // What was given the short way is found that way again.
        self.at_hand().or(self.last).map(|record| self.frame(record))
    }

    /// How many bytes were taken from the file so far, in the file as it lies on the disk (compressed bytes, where it is
    /// compressed). Runs ahead of the frames by what the reader's buffers hold; at the end it is the file's length.
    pub fn position(&self) -> u64 {
        self.buffer.input().taken()
    }

    /// How many bytes the file had when it was opened; `None` for a pipe, a device and what lies in memory, whose end
    /// nobody knows before it is reached.
    pub fn file_len(&self) -> Option<u64> {
        self.file_len
    }

    /// The first comment on the frame last given (pcapng only). Untrusted text.
    pub fn comment(&self) -> Option<&str> {
        match &self.format {
            // A record without options is given the short way, and leaves the last comment as it is.
            Format::Pcapng(pcapng) if pcapng.has_comment && self.at_hand().is_none() => Some(&pcapng.comment),
            _ => None,
        }
    }

    /// What the file has told so far about its sections, the interfaces in them, and what was lost there (pcapng only).
    pub fn sections(&self) -> &[Section] {
        match &self.format {
            Format::Pcapng(pcapng) => pcapng.told.sections(),
            Format::Pcap(_) => &[],
        }
    }

    /// The keys that the file has brought along so far to decrypt what is in it (pcapng only), in its order.
    pub fn secrets(&self) -> &[Secrets] {
        match &self.format {
            Format::Pcapng(pcapng) => pcapng.told.secrets(),
            Format::Pcap(_) => &[],
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

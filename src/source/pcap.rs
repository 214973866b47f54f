//! The classic capture file: one header, then record after record
//! (<https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/>).

use super::buffer::Buffer;
use super::error::Cause;
use super::order::Order;
use super::{MAX_PACKET, Record};
use crate::frame::{LinkType, Time};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// Of the modified form: interface, protocol and direction follow.
const LONG_RECORD_HEADER: usize = 24;

/// What the file's header says of all its records.
#[derive(Debug)]
pub(super) struct Pcap {
    order: Order,
    nanos_per_tick: u32,
    record_header: usize,
    link: LinkType,
}

/// What the first four bytes of a pcap file say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Magic {
    order: Order,
    nanos_per_tick: u32,
    record_header: usize,
}

/// Byte order and kind, if these four bytes begin a pcap file.
pub(super) fn magic(first: [u8; 4]) -> Option<Magic> {
    let number = u32::from_be_bytes(first);
    let (order, number) = match number {
        0xa1b2_c3d4 | 0xa1b2_3c4d | 0xa1b2_cd34 => (Order::Big, number),
        _ => (Order::Little, number.swap_bytes()),
    };
    let (nanos_per_tick, record_header) = match number {
        0xa1b2_c3d4 => (1000, RECORD_HEADER),
        0xa1b2_3c4d => (1, RECORD_HEADER),
        // Kuznetzov's, of Linux systems around the year 2000.
        0xa1b2_cd34 => (1000, LONG_RECORD_HEADER),
        _ => return None,
    };
    Some(Magic { order, nanos_per_tick, record_header })
}

/// A record, as its header describes it.
#[derive(Clone, Copy, Debug)]
struct Header {
    seconds: u32,
    ticks: u32,
    kept: u32,
    original_len: u32,
}

impl Pcap {
    pub(super) fn open(buffer: &mut Buffer, magic: Magic) -> Result<Pcap, Cause> {
        let Magic { order, nanos_per_tick, record_header } = magic;
        let left = buffer.fill(FILE_HEADER)?;
        let head = buffer.slice(0, FILE_HEADER);
        let (Some(major), Some(minor), Some(network)) =
            (order.u16(head, 4), order.u16(head, 6), order.u32(head, 20))
        else {
            return Err(Cause::CutShort { claimed: FILE_HEADER as u64, left: left as u64 });
        };
        if major != 2 {
            return Err(Cause::Version { major, minor });
        }
        // Above the link type it is said whether frames end with a check sequence, and how long that is. In between
        // nothing may stand: other readers refuse such a file too.
        if network & 0x03ff_0000 != 0 {
            return Err(Cause::ReservedBits { field: network });
        }
        let link = LinkType::from_number((network & 0xffff) as u16);
        buffer.consume(FILE_HEADER);
        Ok(Pcap { order, nanos_per_tick, record_header, link })
    }

    /// The record that the bytes at hand begin with, if they hold all of it and it is sound: the short way, without a
    /// file to be read or an error to be told.
    #[inline]
    pub(super) fn at_hand(&self, ready: &[u8]) -> Option<Record> {
        let header = self.header(ready.first_chunk()?);
        // What a record claims may be too much for a machine of 32 bits to reckon with.
        let whole = self.record_header + Some(header.kept).filter(|kept| *kept <= MAX_PACKET)? as usize;
        if whole > ready.len() { None } else { Some(self.record(header)) }
    }

    #[inline]
    fn header(&self, bytes: &[u8; RECORD_HEADER]) -> Header {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *bytes;
        Header {
            seconds: self.order.word([a, b, c, d]),
            ticks: self.order.word([e, f, g, h]),
            kept: self.order.word([i, j, k, l]),
            original_len: self.order.word([m, n, o, p]),
        }
    }

    #[inline]
    fn record(&self, header: Header) -> Record {
        let Header { seconds, ticks, kept, original_len } = header;
        // Both fit: the largest seconds and ticks together are less than 2 to the power of 64.
        let nanos = u64::from(seconds) * 1_000_000_000 + u64::from(ticks) * u64::from(self.nanos_per_tick);
        let whole = self.record_header + kept as usize;
        Record {
            time: Some(Time(nanos.into())),
            link: self.link,
            interface: None,
            from: self.record_header,
            to: whole,
            whole,
            original_len,
        }
    }

    /// The next record, whatever it takes.
    pub(super) fn next(&self, buffer: &mut Buffer) -> Result<Option<Record>, Cause> {
        let left = buffer.fill(self.record_header)?;
        if left == 0 {
            return Ok(None);
        }
        let claimed = self.record_header as u64;
        let Some(bytes) = buffer.ready().first_chunk().filter(|_| left >= self.record_header) else {
            return Err(Cause::CutShort { claimed, left: left as u64 });
        };
        let header = self.header(bytes);
        let claimed = header.kept.into();
        if header.kept > MAX_PACKET {
            return Err(Cause::TooLong { claimed, limit: MAX_PACKET.into() });
        }
        let record = self.record(header);
        let left = buffer.fill(record.whole)?;
        if left < record.whole {
            return Err(Cause::CutShort { claimed, left: (left - record.from) as u64 });
        }
        Ok(Some(record))
    }
}

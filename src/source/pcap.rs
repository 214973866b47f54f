//! The classic capture file: one header, then record after record
//! (<https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/>).

use super::buffer::Buffer;
use super::error::Cause;
use super::order::Order;
use super::{MAX_PACKET, Record};
use crate::frame::{LinkType, Time};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// What the file's header says of all its records.
#[derive(Debug)]
pub(super) struct Pcap {
    order: Order,
    nanos_per_tick: i128,
    link: LinkType,
}

/// Byte order and length of a tick, if these four bytes begin a pcap file.
pub(super) fn magic(first: [u8; 4]) -> Option<(Order, i128)> {
    match u32::from_be_bytes(first) {
        0xa1b2_c3d4 => Some((Order::Big, 1000)),
        0xd4c3_b2a1 => Some((Order::Little, 1000)),
        0xa1b2_3c4d => Some((Order::Big, 1)),
        0x4d3c_b2a1 => Some((Order::Little, 1)),
        _ => None,
    }
}

impl Pcap {
    pub(super) fn open(buffer: &mut Buffer, order: Order, nanos_per_tick: i128) -> Result<Pcap, Cause> {
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
        // The upper half holds flags about a frame check sequence.
        let link = LinkType::from_number((network & 0xffff) as u16);
        buffer.consume(FILE_HEADER);
        Ok(Pcap { order, nanos_per_tick, link })
    }

    pub(super) fn next(&mut self, buffer: &mut Buffer) -> Result<Option<Record>, Cause> {
        let left = buffer.fill(RECORD_HEADER)?;
        if left == 0 {
            return Ok(None);
        }
        let head = buffer.slice(0, RECORD_HEADER);
        let field = |at| self.order.u32(head, at);
        let (Some(seconds), Some(ticks), Some(kept), Some(original_len)) =
            (field(0), field(4), field(8), field(12))
        else {
            return Err(Cause::CutShort { claimed: RECORD_HEADER as u64, left: left as u64 });
        };
        if kept > MAX_PACKET {
            return Err(Cause::TooLong { claimed: kept.into(), limit: MAX_PACKET.into() });
        }
        let end = RECORD_HEADER + kept as usize;
        let left = buffer.fill(end)?;
        if left < end {
            let left = (left - RECORD_HEADER) as u64;
            return Err(Cause::CutShort { claimed: kept.into(), left });
        }
        Ok(Some(Record {
            time: Some(Time(i128::from(seconds) * 1_000_000_000 + i128::from(ticks) * self.nanos_per_tick)),
            link: self.link,
            interface: None,
            from: RECORD_HEADER,
            to: end,
            whole: end,
            original_len,
        }))
    }
}

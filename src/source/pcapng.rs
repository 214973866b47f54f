//! The newer capture file: sections of blocks (<https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/>).
//!
//! Read are the section header, interface descriptions and their statistics, packets in all three forms, names, keys for
//! decryption; a packet's first comment.
//! Blocks of any other type are passed over and have no number.

use std::net::IpAddr;

use super::buffer::Buffer;
use super::error::Cause;
use super::options::{self, Clock};
use super::order::Order;
use super::told::Told;
use super::{MAX_PACKET, Record};
use crate::frame::LinkType;

/// The block type of a section header, the same in both byte orders.
pub(super) const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const NAMES: u32 = 4;
const STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const SECRETS: u32 = 10;

/// Blocks that have to be held in memory as a whole are taken up to this length.
const MAX_BLOCK: u32 = 16 * 1024 * 1024;
const MAX_INTERFACES: usize = 4096;
const MAX_NAMES: usize = 16 * 1024;

/// What an interface description says of the packets captured there.
#[derive(Clone, Copy, Debug)]
struct Interface {
    link: LinkType,
    /// 0: no limit.
    snap_len: u32,
    clock: Clock,
}

/// The state of a pcapng file that is being read.
#[derive(Debug)]
pub(super) struct Pcapng {
    order: Order,
    interfaces: Vec<Interface>,
    pub(super) names: Vec<(IpAddr, String)>,
    /// The last packet's first comment; kept to be used again for the next.
    pub(super) comment: String,
    pub(super) has_comment: bool,
    /// What the file says beside its packets.
    pub(super) told: Told,
}

impl Pcapng {
    pub(super) fn new() -> Pcapng {
        Pcapng {
            order: Order::Little,
            interfaces: Vec::new(),
            names: Vec::new(),
            comment: String::new(),
            has_comment: false,
            told: Told::default(),
        }
    }

    /// The packet that the bytes at hand begin with, if they hold all of it and it is sound: the short way, without a file
    /// to be read, an option to be looked at or an error to be told.
    #[inline]
    pub(super) fn at_hand(&self, ready: &[u8]) -> Option<Record> {
        let words: &[[u8; 4]; 7] = ready.first_chunk::<28>()?.as_chunks().0.first_chunk()?;
        let word = |raw| self.order.word(raw);
        let [kind, length, id, high, low, kept, original_len] = *words;
        let (kind, length, kept) = (word(kind), word(length), word(kept));
        // What a block claims may be too much for a machine of 32 bits to reckon with.
        if kind != ENHANCED_PACKET || kept > MAX_PACKET {
            return None;
        }
        let whole = 32 + (kept as usize).next_multiple_of(4);
        if length as usize != whole {
            return None;
        }
        let again = word(*ready.get(..whole)?.last_chunk()?);
        let id = word(id);
        let interface = self.interfaces.get(id as usize).filter(|_| again == length)?;
        let time = interface.clock.quick_time(u64::from(word(high)) << 32 | u64::from(word(low)))?;
        Some(Record {
            time: Some(time),
            link: interface.link,
            interface: Some(id),
            from: 28,
            to: 28 + kept as usize,
            whole,
            original_len: word(original_len),
        })
    }

    /// The next packet, whatever it takes.
    pub(super) fn next(&mut self, buffer: &mut Buffer) -> Result<Option<Record>, Cause> {
        self.has_comment = false;
        loop {
            let left = buffer.fill(12)?;
            if left == 0 {
                return Ok(None);
            }
            if buffer.slice(0, 4) == SECTION.to_be_bytes() {
                self.start_section(buffer)?;
            }
            let head = buffer.slice(0, 8);
            let (Some(kind), Some(length)) = (self.order.u32(head, 0), self.order.u32(head, 4)) else {
                return Err(Cause::CutShort { claimed: 12, left: left as u64 });
            };
            check_length(kind, length)?;
            // Nothing depends on these: they are held in memory only where they are of a usual size.
            let extra = matches!(kind, STATISTICS | SECRETS) && length <= MAX_BLOCK;
            let needed =
                matches!(kind, SECTION | INTERFACE | PACKET | SIMPLE_PACKET | NAMES | ENHANCED_PACKET);
            if !extra && !needed {
                pass_over(buffer, length)?;
                continue;
            }
            if length > MAX_BLOCK {
                return Err(Cause::TooLong { claimed: length.into(), limit: MAX_BLOCK.into() });
            }
            let whole = length as usize;
            let left = buffer.fill(whole)?;
            if left < whole {
                return Err(Cause::CutShort { claimed: length.into(), left: left as u64 });
            }
            if self.order.u32(buffer.slice(whole - 4, whole), 0) != Some(length) {
                return Err(Cause::BlockLength { kind, length, why: "another one stands at its end" });
            }
            let body = buffer.slice(8, whole - 4);
            let found = match kind {
                INTERFACE => self.describe_interface(body, length).map(|()| None),
                NAMES => {
                    self.take_names(body);
                    Ok(None)
                }
                PACKET => self.packet(body, kind, length),
                ENHANCED_PACKET => self.packet(body, kind, length),
                SIMPLE_PACKET => self.simple_packet(body, length),
                STATISTICS => {
                    self.take_statistics(body);
                    Ok(None)
                }
                SECRETS => {
                    self.told.secret(self.order, body);
                    Ok(None)
                }
                _ => {
                    // A section header: what reading needs was taken by start_section.
                    self.told.section(self.order, body.get(16..).unwrap_or_default());
                    Ok(None)
                }
            }?;
            match found {
                Some(record) => return Ok(Some(record)),
                None => buffer.consume(whole),
            }
        }
    }

    /// Each section has its own byte order and numbers its interfaces anew.
    fn start_section(&mut self, buffer: &mut Buffer) -> Result<(), Cause> {
        let left = buffer.fill(16)?;
        let head = buffer.slice(0, 16);
        let order = match Order::Big.u32(head, 8) {
            Some(0x1a2b_3c4d) => Order::Big,
            Some(0x4d3c_2b1a) => Order::Little,
            Some(mark) => return Err(Cause::ByteOrder { mark }),
            None => return Err(Cause::CutShort { claimed: 28, left: left as u64 }),
        };
        let (Some(major), Some(minor)) = (order.u16(head, 12), order.u16(head, 14)) else {
            return Err(Cause::CutShort { claimed: 28, left: left as u64 });
        };
        if major != 1 {
            return Err(Cause::Version { major, minor });
        }
        self.order = order;
        self.interfaces.clear();
        Ok(())
    }

    fn describe_interface(&mut self, body: &[u8], length: u32) -> Result<(), Cause> {
        let (Some(link), Some(snap_len)) = (self.order.u16(body, 0), self.order.u32(body, 4)) else {
            return Err(too_short(INTERFACE, length));
        };
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(Cause::TooManyInterfaces { limit: MAX_INTERFACES });
        }
        let options = body.get(8..).unwrap_or_default();
        let link = LinkType::from_number(link);
        self.interfaces.push(Interface { link, snap_len, clock: Clock::new(self.order, options) });
        self.told.interface(self.order, link, snap_len, options);
        Ok(())
    }

    /// The enhanced packet block, and the obsolete one, which differs in its first four bytes only.
    fn packet(&mut self, body: &[u8], kind: u32, length: u32) -> Result<Option<Record>, Cause> {
        let order = self.order;
        let id = if kind == PACKET { order.u16(body, 0).map(u32::from) } else { order.u32(body, 0) };
        let (Some(id), Some(high), Some(low), Some(kept), Some(original_len)) =
            (id, order.u32(body, 4), order.u32(body, 8), order.u32(body, 12), order.u32(body, 16))
        else {
            return Err(too_short(kind, length));
        };
        let interface = self.interface(id)?;
        if kept > MAX_PACKET {
            return Err(Cause::TooLong { claimed: kept.into(), limit: MAX_PACKET.into() });
        }
        let room = body.len() - 20;
        if kept as usize > room {
            return Err(Cause::CutShort { claimed: kept.into(), left: room as u64 });
        }
        let ticks = u64::from(high) << 32 | u64::from(low);
        let rest = body.get(20 + (kept as usize).next_multiple_of(4)..).unwrap_or_default();
        if let Some(text) = options::comment(order, rest) {
            self.comment.clear();
            self.comment.push_str(&String::from_utf8_lossy(text));
            self.has_comment = true;
        }
        Ok(Some(Record {
            time: Some(interface.clock.time(ticks)),
            link: interface.link,
            interface: Some(id),
            from: 28,
            to: 28 + kept as usize,
            whole: length as usize,
            original_len,
        }))
    }

    fn simple_packet(&self, body: &[u8], length: u32) -> Result<Option<Record>, Cause> {
        let Some(original_len) = self.order.u32(body, 0) else {
            return Err(too_short(SIMPLE_PACKET, length));
        };
        let interface = self.interface(0)?;
        let limit = if interface.snap_len == 0 { original_len } else { interface.snap_len };
        let kept = original_len.min(limit);
        let room = body.len() - 4;
        if kept > MAX_PACKET {
            return Err(Cause::TooLong { claimed: kept.into(), limit: MAX_PACKET.into() });
        }
        if kept as usize > room {
            return Err(Cause::CutShort { claimed: kept.into(), left: room as u64 });
        }
        Ok(Some(Record {
            time: None,
            link: interface.link,
            interface: Some(0),
            from: 12,
            to: 12 + kept as usize,
            whole: length as usize,
            original_len,
        }))
    }

    fn interface(&self, id: u32) -> Result<Interface, Cause> {
        let known = self.interfaces.len();
        let found = usize::try_from(id).ok().and_then(|at| self.interfaces.get(at));
        found.copied().ok_or(Cause::UnknownInterface { id, known })
    }

    /// One that is too short, or about an interface that is not described, says nothing that could be used.
    fn take_statistics(&mut self, body: &[u8]) {
        let id = self.order.u32(body, 0).and_then(|id| usize::try_from(id).ok());
        let Some((id, interface)) = id.and_then(|id| Some((id, self.interfaces.get(id)?))) else { return };
        self.told.statistics(self.order, id, interface.clock, body);
    }

    fn take_names(&mut self, body: &[u8]) {
        for (address, name) in options::Names::new(self.order, body) {
            if self.names.len() >= MAX_NAMES {
                return;
            }
            self.names.push((address, String::from_utf8_lossy(name).into_owned()));
        }
    }
}

fn check_length(kind: u32, length: u32) -> Result<(), Cause> {
    let why = match length {
        0..12 => "no block is shorter than 12",
        _ if !length.is_multiple_of(4) => "it must be a multiple of 4",
        _ => return Ok(()),
    };
    Err(Cause::BlockLength { kind, length, why })
}

fn pass_over(buffer: &mut Buffer, length: u32) -> Result<(), Cause> {
    let left = buffer.skip(length.into())?;
    if left < u64::from(length) {
        return Err(Cause::CutShort { claimed: length.into(), left });
    }
    Ok(())
}

fn too_short(kind: u32, length: u32) -> Cause {
    Cause::BlockLength { kind, length, why: "its fixed fields do not fit" }
}

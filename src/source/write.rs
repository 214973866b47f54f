//! Writes pcapng, frame by frame: what was written is whole at any moment, so that a program that dies loses nothing.

use std::io::{self, Write};
use std::net::IpAddr;

use super::pcapng::SECTION;
use crate::frame::{LinkType, Time};

/// Writes one section with one interface, times in nanoseconds, in little-endian order.
pub struct PcapngWriter<W: Write> {
    out: W,
    /// One block, put together before it is written at once.
    block: Vec<u8>,
}

impl<W: Write> PcapngWriter<W> {
    /// Writes the file's header, and the hosts' names where there are any.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn new(out: W, link: LinkType, names: &[(IpAddr, String)]) -> io::Result<PcapngWriter<W>> {
        let mut writer = PcapngWriter { out, block: Vec::new() };
        writer.block(SECTION, |body| {
            body.extend_from_slice(&0x1a2b_3c4du32.to_le_bytes());
            body.extend_from_slice(&[1, 0, 0, 0]); // version 1.0
            body.extend_from_slice(&u64::MAX.to_le_bytes()); // section length: not said
            option(body, 4, concat!("netlab ", env!("CARGO_PKG_VERSION")).as_bytes());
            end_of_options(body);
        })?;
        writer.block(1, |body| {
            body.extend_from_slice(&link.number().to_le_bytes());
            body.extend_from_slice(&[0; 2]);
            body.extend_from_slice(&0u32.to_le_bytes()); // snap length: no limit
            option(body, 9, &[9]); // if_tsresol: 10^-9 s
            end_of_options(body);
        })?;
        if !names.is_empty() {
            writer.block(4, |body| {
                for (address, name) in names {
                    name_record(body, *address, name);
                }
                body.extend_from_slice(&[0; 4]);
            })?;
        }
        writer.out.flush()?;
        Ok(writer)
    }

    /// Writes one frame and flushes. A time before 1970 or after 2554 is written as the nearest that fits.
    ///
    /// # Errors
    /// When `out` cannot be written to: a full disk.
    pub fn frame(
        &mut self,
        time: Time,
        bytes: &[u8],
        original_len: u32,
        comment: Option<&str>,
    ) -> io::Result<()> {
        let ticks = u64::try_from(time.0.max(0)).unwrap_or(u64::MAX);
        self.block(6, |body| {
            body.extend_from_slice(&0u32.to_le_bytes());
            body.extend_from_slice(&((ticks >> 32) as u32).to_le_bytes());
            body.extend_from_slice(&(ticks as u32).to_le_bytes());
            body.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            body.extend_from_slice(&original_len.to_le_bytes());
            padded(body, bytes);
            if let Some(comment) = comment {
                option(body, 1, comment.as_bytes());
                end_of_options(body);
            }
        })?;
        self.out.flush()
    }

    /// Writes keys by which the conversations in the file can be decrypted, such as
    /// [`Secrets::TLS_KEY_LOG`](super::Secrets::TLS_KEY_LOG), and flushes. Readers want them before the frames that they open.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn secrets(&mut self, kind: u32, secrets: &[u8]) -> io::Result<()> {
        self.block(10, |body| {
            body.extend_from_slice(&kind.to_le_bytes());
            body.extend_from_slice(&(secrets.len() as u32).to_le_bytes());
            padded(body, secrets);
        })?;
        self.out.flush()
    }

    /// What it writes to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn block(&mut self, kind: u32, fill: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.block.clear();
        self.block.extend_from_slice(&kind.to_le_bytes());
        self.block.extend_from_slice(&[0; 4]);
        fill(&mut self.block);
        let length = (self.block.len() as u32 + 4).to_le_bytes();
        self.block.extend_from_slice(&length);
        if let Some(place) = self.block.get_mut(4..8) {
            place.copy_from_slice(&length);
        }
        self.out.write_all(&self.block)
    }
}

fn padded(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend_from_slice(bytes);
    body.resize(body.len() + (bytes.len().next_multiple_of(4) - bytes.len()), 0);
}

/// An option; a value that does not fit its 16-bit length is cut (at a character's boundary, where it is text).
fn option(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let mut length = value.len().min(u16::MAX.into());
    while length < value.len() && value.get(length).is_some_and(|byte| byte & 0xc0 == 0x80) {
        length -= 1;
    }
    body.extend_from_slice(&kind.to_le_bytes());
    body.extend_from_slice(&(length as u16).to_le_bytes());
    padded(body, value.get(..length).unwrap_or_default());
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend_from_slice(&[0; 4]);
}

fn name_record(body: &mut Vec<u8>, address: IpAddr, name: &str) {
    let mut value = Vec::new();
    let kind = match address {
        IpAddr::V4(address) => {
            value.extend_from_slice(&address.octets());
            1
        }
        IpAddr::V6(address) => {
            value.extend_from_slice(&address.octets());
            2
        }
    };
    value.extend(name.bytes().filter(|byte| *byte != 0));
    value.push(0);
    option(body, kind, &value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Reader;

    #[test]
    fn what_is_written_is_read_again() {
        let names = [(IpAddr::from([10, 7, 0, 1]), "client".to_owned())];
        let mut writer = PcapngWriter::new(Vec::new(), LinkType::Ethernet, &names).unwrap();
        writer
            .frame(Time(1_700_000_000_123_456_789), &[1, 2, 3, 4, 5], 60, Some("frame 1: who has …"))
            .unwrap();
        writer.frame(Time(1_700_000_000_123_456_790), &[], 0, None).unwrap();
        let mut reader = Reader::from_bytes("memory", writer.into_inner()).unwrap();
        let frame = reader.next().unwrap().unwrap();
        assert_eq!((frame.number, frame.bytes, frame.original_len), (1, &[1u8, 2, 3, 4, 5][..], 60));
        assert_eq!(frame.time, Some(Time(1_700_000_000_123_456_789)));
        assert_eq!((frame.link, frame.interface), (LinkType::Ethernet, Some(0)));
        assert_eq!(reader.comment(), Some("frame 1: who has …"));
        assert_eq!(reader.names(), names);
        assert_eq!(reader.next().unwrap().unwrap().number, 2);
        assert_eq!(reader.comment(), None);
        assert!(reader.next().unwrap().is_none());
    }
}

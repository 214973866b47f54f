//! Frames with right checksums, and the file that they are written to.

use std::io::{self, Write};

use super::payload::Message;

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;

/// A host as the frames name it.
#[derive(Clone, Copy)]
pub(crate) struct Host {
    pub(crate) mac: [u8; 6],
    pub(crate) number: u32,
    pub(crate) port: u16,
}

/// What goes above IP.
pub(crate) enum Transport {
    Udp,
    Tcp(Tcp),
}

/// A TCP header.
pub(crate) struct Tcp {
    pub(crate) flags: u8,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    /// Its clock and the other's, where they use timestamps.
    pub(crate) clocks: Option<(u32, u32)>,
    /// What has come although something before it is missing.
    pub(crate) sack: Option<(u32, u32)>,
}

/// A packet to be written.
pub(crate) struct Outgoing {
    pub(crate) from: Host,
    pub(crate) to: Host,
    pub(crate) v6: bool,
    pub(crate) id: u16,
    pub(crate) transport: Transport,
    pub(crate) message: Message,
    /// Which part of the message.
    pub(crate) part: (u16, u16),
}

/// The form of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Pcap,
    Pcapng,
}

/// Writes records, and counts them.
pub(crate) struct Writer<W> {
    out: W,
    format: Format,
    frame: Vec<u8>,
    payload: Vec<u8>,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

/// The seconds since 1970 at which the capture begins.
const BEGIN: u64 = 1_700_000_000;

impl<W: Write> Writer<W> {
    pub(crate) fn new(mut out: W, format: Format) -> io::Result<Writer<W>> {
        let head: &[u32] = match format {
            Format::Pcap => &[0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1],
            // A section header; an interface: Ethernet, if_tsresol 9, the end of the options.
            Format::Pcapng => &[
                0x0a0d_0d0a,
                28,
                0x1a2b_3c4d,
                0x0000_0001,
                u32::MAX,
                u32::MAX,
                28, //
                1,
                32,
                1,
                262_144,
                0x0001_0009,
                9,
                0,
                32,
            ],
        };
        for word in head {
            out.write_all(&word.to_le_bytes())?;
        }
        let bytes = head.len() as u64 * 4;
        Ok(Writer { out, format, frame: Vec::new(), payload: Vec::new(), packets: 0, bytes })
    }

    /// Writes a packet; `time` is in nanoseconds since the beginning.
    pub(crate) fn packet(&mut self, time: u64, packet: &Outgoing) -> io::Result<()> {
        self.payload.clear();
        packet.message.write(&mut self.payload);
        let (from, to) = packet.part;
        let payload = self.payload.get(from.into()..to.into()).unwrap_or_default();
        self.frame.clear();
        build(packet, payload, &mut self.frame);
        let len = self.frame.len() as u32;
        self.packets += 1;
        match self.format {
            Format::Pcap => {
                let seconds = (BEGIN + time / 1_000_000_000) as u32;
                let micros = (time % 1_000_000_000 / 1_000) as u32;
                self.words(&[seconds, micros, len, len])?;
                self.out.write_all(&self.frame)?;
                self.bytes += u64::from(len);
            }
            Format::Pcapng => {
                let time = BEGIN * 1_000_000_000 + time;
                let padded = len.next_multiple_of(4);
                self.words(&[6, 32 + padded, 0, (time >> 32) as u32, time as u32, len, len])?;
                self.frame.resize(padded as usize, 0);
                self.out.write_all(&self.frame)?;
                self.bytes += u64::from(padded);
                self.words(&[32 + padded])?;
            }
        }
        Ok(())
    }

    fn words(&mut self, words: &[u32]) -> io::Result<()> {
        for word in words {
            self.out.write_all(&word.to_le_bytes())?;
        }
        self.bytes += words.len() as u64 * 4;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn build(packet: &Outgoing, payload: &[u8], out: &mut Vec<u8>) {
    let Outgoing { from, to, v6, id, transport, .. } = packet;
    let mut options = [0u8; 40];
    let (protocol, header) = match transport {
        Transport::Udp => (17u8, 8),
        Transport::Tcp(tcp) => (6, 20 + tcp_options(tcp, *v6, &mut options)),
    };
    let len = header + payload.len();
    out.extend_from_slice(&to.mac);
    out.extend_from_slice(&from.mac);
    // Of source, destination, protocol and length, as the pseudo-header has them.
    let mut sum = u64::from(protocol) + len as u64;
    if *v6 {
        out.extend_from_slice(&[0x86, 0xdd, 0x60, 0, 0, 0]);
        out.extend_from_slice(&(len as u16).to_be_bytes());
        out.extend_from_slice(&[protocol, 64]);
        for host in [from, to] {
            let address = (0x2001_0db8u128 << 96 | u128::from(host.number)).to_be_bytes();
            sum += words(&address);
            out.extend_from_slice(&address);
        }
    } else {
        let begin = out.len() + 2;
        out.extend_from_slice(&[0x08, 0x00, 0x45, 0]);
        out.extend_from_slice(&(20 + len as u16).to_be_bytes());
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&[0x40, 0, 64, protocol, 0, 0]);
        for host in [from, to] {
            let address = (0x0a00_0000 | host.number & 0x00ff_ffff).to_be_bytes();
            sum += words(&address);
            out.extend_from_slice(&address);
        }
        let checksum = folded(words(out.get(begin..).unwrap_or_default()));
        put(out, begin + 10, checksum);
    }
    let begin = out.len();
    out.extend_from_slice(&from.port.to_be_bytes());
    out.extend_from_slice(&to.port.to_be_bytes());
    let checksum_at = match transport {
        Transport::Udp => {
            out.extend_from_slice(&(len as u16).to_be_bytes());
            out.extend_from_slice(&[0, 0]);
            begin + 6
        }
        Transport::Tcp(tcp) => {
            out.extend_from_slice(&tcp.seq.to_be_bytes());
            out.extend_from_slice(&tcp.ack.to_be_bytes());
            out.extend_from_slice(&[(header as u8 / 4) << 4, tcp.flags]);
            let window = match tcp.flags & (SYN | RST) {
                0 => 502u16,
                SYN => 64_240,
                _ => 0,
            };
            out.extend_from_slice(&window.to_be_bytes());
            out.extend_from_slice(&[0, 0, 0, 0]);
            out.extend_from_slice(options.get(..header - 20).unwrap_or_default());
            begin + 16
        }
    };
    out.extend_from_slice(payload);
    let checksum = folded(sum + words(out.get(begin..).unwrap_or_default()));
    // UDP writes 0 as its other form: 0 would mean that there is none.
    put(out, checksum_at, if checksum == 0 { 0xffff } else { checksum });
}

/// Writes the options; gives their length.
fn tcp_options(tcp: &Tcp, v6: bool, out: &mut [u8; 40]) -> usize {
    let mut options = Vec::with_capacity(40);
    if tcp.flags & SYN != 0 {
        options.extend_from_slice(&[2, 4]);
        options.extend_from_slice(&if v6 { 1440u16 } else { 1460 }.to_be_bytes());
    }
    match (tcp.clocks, tcp.flags & SYN != 0) {
        (Some(_), true) => options.extend_from_slice(&[4, 2]),
        (None, true) => options.extend_from_slice(&[1, 3, 3, 7, 1, 1, 4, 2]),
        (Some(_), false) => options.extend_from_slice(&[1, 1]),
        (None, false) => {}
    }
    if let Some((own, other)) = tcp.clocks {
        options.extend_from_slice(&[8, 10]);
        options.extend_from_slice(&own.to_be_bytes());
        options.extend_from_slice(&other.to_be_bytes());
        if tcp.flags & SYN != 0 {
            options.extend_from_slice(&[1, 3, 3, 7]);
        }
    }
    if let Some((left, right)) = tcp.sack {
        options.extend_from_slice(&[1, 1, 5, 10]);
        options.extend_from_slice(&left.to_be_bytes());
        options.extend_from_slice(&right.to_be_bytes());
    }
    for (place, byte) in out.iter_mut().zip(&options) {
        *place = *byte;
    }
    options.len()
}

/// The sum of the 16-bit words (RFC 1071).
fn words(bytes: &[u8]) -> u64 {
    let (pairs, last) = bytes.as_chunks::<2>();
    let sum: u64 = pairs.iter().map(|pair| u64::from(u16::from_be_bytes(*pair))).sum();
    sum + last.first().map_or(0, |byte| u64::from(*byte) << 8)
}

fn folded(mut sum: u64) -> u16 {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn put(out: &mut [u8], at: usize, value: u16) {
    if let Some(place) = out.get_mut(at..at + 2) {
        place.copy_from_slice(&value.to_be_bytes());
    }
}

//! A session as a capture: raw IPv4, TCP's handshake, a segment for each piece.

use std::net::Ipv4Addr;

use netlab::event::Host::{self, Client, Server};
use netlab::frame::{LinkType, Time};
use netlab::source::{PcapngWriter, Secrets};

use crate::session::{Piece, Session};

/// Its packets, from TCP's handshake on; frame 4 carries the first piece.
fn packets(session: &Session) -> Vec<Vec<u8>> {
    let (mut all, mut next) = (Vec::new(), [1000_u32, 9000]);
    let mut segment = |from: Host, flags: u8, data: &[u8]| {
        let (ports, hosts) = match from {
            Client => ([40_000_u16, 443], [[10, 0, 0, 1], [10, 0, 0, 2]]),
            Server => ([443, 40_000], [[10, 0, 0, 2], [10, 0, 0, 1]]),
        };
        let (seq, ack) = (next[from as usize], next[from.other() as usize]);
        next[from as usize] = seq + data.len() as u32 + u32::from(flags & 3 != 0);
        let total = 40 + data.len() as u16;
        let mut bytes = vec![0x45, 0];
        bytes.extend(total.to_be_bytes());
        bytes.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        bytes.extend(hosts.into_iter().flat_map(|host| Ipv4Addr::from(host).octets()));
        bytes.extend(ports.into_iter().flat_map(u16::to_be_bytes));
        bytes.extend([seq, ack].into_iter().flat_map(u32::to_be_bytes));
        bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(data);
        all.push(bytes);
    };
    segment(Client, 0x02, &[]);
    segment(Server, 0x12, &[]);
    segment(Client, 0x10, &[]);
    for piece in &session.pieces {
        match piece {
            Piece::Bytes(host, bytes) => segment(*host, 0x18, bytes),
            Piece::End(host) => segment(*host, 0x11, &[]),
            Piece::Hole(..) => panic!("what is missing is no segment"),
        }
    }
    all
}

/// As a pcap file.
pub(crate) fn pcap(session: &Session) -> Vec<u8> {
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0];
    for (number, packet) in (1_u32..).zip(packets(session)) {
        let length = packet.len() as u32;
        file.extend([1_700_000_000 + number, 0, length, length].into_iter().flat_map(u32::to_le_bytes));
        file.extend(packet);
    }
    file
}

/// As a pcapng file that brings its keys along, before the packet of this number.
pub(crate) fn pcapng(session: &Session, before: usize) -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), LinkType::RawIp, &[]).unwrap();
    for (number, packet) in (1..).zip(packets(session)) {
        if number == before {
            writer.secrets(Secrets::TLS_KEY_LOG, &session.keys).unwrap();
        }
        let time = Time(1_700_000_000_000_000_000 + number as i128);
        writer.frame(time, &packet, packet.len() as u32, None).unwrap();
    }
    writer.into_inner()
}

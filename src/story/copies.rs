//! Packets that a capture holds twice, as where a switch mirrors both the port that a packet comes in by and the one it leaves by.

use std::collections::VecDeque;
use std::time::Duration;

use crate::dissect::{Header, Packet};
use crate::frame::Time;

/// So many packets are remembered,
const REMEMBERED: usize = 64;
/// for so long: what is sent again comes later.
const SOON: Duration = Duration::from_millis(10);

/// What makes an IPv4 packet the same as another: its sender gives each one a number of its own (RFC 791, section 3.1; RFC 6864), also
/// where it says the same again. The sum holds for all else in the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    identification: u16,
    source_port: u16,
    seq: u32,
    ack: Option<u32>,
    len: usize,
    window: u16,
    checksum: u16,
}

#[derive(Debug)]
struct Noted {
    mark: Mark,
    ttl: u8,
    frame: u64,
    time: Time,
}

/// The newest packets of the conversation.
#[derive(Debug, Default)]
pub(super) struct Copies(VecDeque<Noted>);

/// The packet is in the capture before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    /// The frame with the first one.
    pub(super) of: u64,
    pub(super) wait: Duration,
    /// A router has passed it on between the two places.
    pub(super) routed: bool,
}

impl Copies {
    /// Takes the next packet; whether it is one that was there before.
    pub(super) fn take(&mut self, packet: &Packet<'_>, time: Option<Time>) -> Option<Copy> {
        let (mark, ttl) = read(packet)?;
        let (frame, time) = (packet.frame().number, time?);
        let same =
            |noted: &&Noted| noted.mark == mark && (noted.ttl == ttl || noted.ttl == ttl.wrapping_add(1));
        let found = self.0.iter().rev().find(same).map(|noted| Copy {
            of: noted.frame,
            wait: time.since(noted.time),
            routed: noted.ttl != ttl,
        });
        let found = found.filter(|copy| copy.wait <= SOON);
        if found.is_none() {
            if self.0.len() >= REMEMBERED {
                self.0.pop_front();
            }
            self.0.push_back(Noted { mark, ttl, frame, time });
        }
        found
    }
}

/// What a packet is known by; `None` where it has no number of its own: IPv6, and 0, which stands for none.
fn read(packet: &Packet<'_>) -> Option<(Mark, u8)> {
    if packet.is_reassembled() {
        return None;
    }
    let own = packet.layers().iter().filter(|layer| !layer.quoted);
    let mut ip = own.filter_map(|layer| match layer.header {
        Header::Ipv4(view) => Some(view),
        _ => None,
    });
    let (ip, tcp) = (ip.next_back()?, packet.tcp()?);
    let mark = Mark {
        identification: ip.identification().filter(|id| *id != 0)?,
        source_port: tcp.src_port()?,
        seq: tcp.seq()?,
        ack: tcp.ack_number().filter(|_| tcp.ack()),
        len: tcp.payload_len().unwrap_or_default(),
        window: tcp.window()?,
        checksum: tcp.checksum()?,
    };
    Some((mark, ip.ttl()?))
}

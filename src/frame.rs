//! A frame: one record of a capture, and the time and link type that go with it.
//!
//! Every stage shares these types. A [`Frame`] borrows its bytes from whoever read them (a file's buffer, a capture
//! socket, the lab's pipe), so nothing is copied or allocated for it.

use std::fmt;
use std::ops::Sub;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment, in nanoseconds since 1970-01-01 00:00 UTC. Wide enough for any time that a pcapng file can name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub i128);

impl Time {
    /// The time that has passed since `earlier`; zero if `earlier` is later (a clock that was set back).
    pub fn since(self, earlier: Time) -> Duration {
        let nanos = u64::try_from((self.0 - earlier.0).max(0)).unwrap_or(u64::MAX);
        Duration::from_nanos(nanos)
    }
}

impl Sub<Time> for Time {
    type Output = i128;

    /// The difference in nanoseconds; negative if `other` is later.
    fn sub(self, other: Time) -> i128 {
        self.0 - other.0
    }
}

/// Seconds with nine digits after the point, as `frame.time_epoch` is written in JSON.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
    }
}

/// What the first bytes of a frame are: the file's link type (LINKTYPE_ of the pcap registry).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LinkType {
    /// BSD loopback, the address family in the capturing host's byte order (0).
    Null,
    /// Ethernet (1).
    Ethernet,
    /// IP without a link header, either version (101, and 12 and 14 as some systems wrote it).
    RawIp,
    /// OpenBSD loopback, the address family in network byte order (108).
    Loop,
    /// Linux "cooked" capture, version 1 (113).
    Sll,
    /// IPv4 without a link header (228).
    Ipv4,
    /// IPv6 without a link header (229).
    Ipv6,
    /// Linux "cooked" capture, version 2 (276).
    Sll2,
    /// One that netlab does not read; the number is the file's own.
    Other(u16),
}

impl LinkType {
    /// The link type that a capture file's number stands for.
    pub fn from_number(number: u16) -> LinkType {
        match number {
            0 => LinkType::Null,
            1 => LinkType::Ethernet,
            12 | 14 | 101 => LinkType::RawIp,
            108 => LinkType::Loop,
            113 => LinkType::Sll,
            228 => LinkType::Ipv4,
            229 => LinkType::Ipv6,
            276 => LinkType::Sll2,
            other => LinkType::Other(other),
        }
    }

    /// The number to write into a capture file.
    pub fn number(self) -> u16 {
        match self {
            LinkType::Null => 0,
            LinkType::Ethernet => 1,
            LinkType::RawIp => 101,
            LinkType::Loop => 108,
            LinkType::Sll => 113,
            LinkType::Ipv4 => 228,
            LinkType::Ipv6 => 229,
            LinkType::Sll2 => 276,
            LinkType::Other(number) => number,
        }
    }
}

/// One record of a capture: the bytes of one link-layer frame, or as many of them as were kept.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Its place in the capture, from 1, as in Wireshark (`frame.number`).
    pub number: u64,
    /// When it was seen; `None` where the file does not say (pcapng's Simple Packet Block).
    pub time: Option<Time>,
    /// What its first bytes are.
    pub link: LinkType,
    /// The interface's number in its section of a pcapng file (`frame.interface_id`); `None` elsewhere.
    pub interface: Option<u32>,
    /// The bytes that were kept.
    pub bytes: &'a [u8],
    /// How many bytes it had on the wire (`frame.len`); more than `bytes` holds where a snap length cut it.
    pub original_len: u32,
}

/// A time with a unit that suits it: `4 µs`, `0.05 ms`, `1.0 s`, `2 min 5 s`.
pub fn in_words(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let millis = seconds * 1000.0;
    if time.is_zero() {
        "0 ms".to_owned()
    } else if millis < 0.005 {
        format!("{:.0} µs", millis * 1000.0)
    } else if millis < 99.95 {
        format!("{millis:.2} ms")
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {} s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

//! Captures made frame by frame.

use std::path::{Path, PathBuf};

use etherparse::PacketBuilder;
use tempfile::TempDir;

use crate::segment::Segment;

/// A pcap file (nanoseconds, IP without a link header) in the making.
pub(crate) struct Made {
    bytes: Vec<u8>,
    /// Microseconds since the first frame.
    now: u32,
}

/// The flags of a segment, as letters.
pub(crate) type Flags = &'static str;

impl Made {
    pub(crate) fn new() -> Made {
        let mut bytes = Vec::new();
        for word in [0xa1b2_3c4du32, 0x0004_0002, 0, 0, 65_535, 101] {
            bytes.extend(word.to_le_bytes());
        }
        Made { bytes, now: 0 }
    }

    /// The next frame comes so many microseconds later.
    pub(crate) fn after(&mut self, micros: u32) -> &mut Made {
        self.now += micros;
        self
    }

    /// A segment between 10.0.0.1:`port` and 10.0.0.2:80, from the client or back.
    pub(crate) fn tcp(
        &mut self,
        port: u16,
        to: bool,
        flags: Flags,
        (seq, ack): (u32, u32),
        data: &[u8],
    ) -> &mut Made {
        let (client, server) = (([10, 0, 0, 1], port), ([10, 0, 0, 2], 80));
        let (from, dest) = if to { (client, server) } else { (server, client) };
        let segment = Segment::new(from, dest, seq).window(64_000).flags(flags, ack).data(data);
        self.frame(&segment.packet())
    }

    /// A datagram between two IPv6 hosts and ports, with addresses that are as long as can be.
    pub(crate) fn udp(&mut self, from: (u8, u16), to: (u8, u16), data: &[u8]) -> &mut Made {
        let host = |last: u8| {
            let mut address = [0xfd; 16];
            address[15] = last;
            address
        };
        let mut packet = Vec::new();
        let builder = PacketBuilder::ipv6(host(from.0), host(to.0), 64).udp(from.1, to.1);
        builder.write(&mut packet, data).unwrap();
        self.frame(&packet)
    }

    /// Any IP packet.
    pub(crate) fn frame(&mut self, packet: &[u8]) -> &mut Made {
        let (seconds, nanos) = (1_700_000_000 + self.now / 1_000_000, self.now % 1_000_000 * 1_000);
        for word in [seconds, nanos, packet.len() as u32, packet.len() as u32] {
            self.bytes.extend(word.to_le_bytes());
        }
        self.bytes.extend(packet);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    pub(crate) fn save(&self, folder: &TempDir, name: &str) -> PathBuf {
        let file = folder.path().join(name);
        std::fs::write(&file, &self.bytes).unwrap();
        file
    }
}

/// One conversation of every outcome, and datagrams both ways and one way.
pub(crate) fn outcomes() -> Made {
    let mut made = Made::new();
    // Textbook, with a request, its answer, and a segment that is sent again.
    made.tcp(1001, true, "S", (0, 0), b"").after(500).tcp(1001, false, "SA", (100, 1), b"");
    made.after(500).tcp(1001, true, "A", (1, 101), b"");
    made.tcp(1001, true, "A", (1, 101), b"GET / HTTP/1.1\r\n\r\n");
    made.after(300_000).tcp(1001, true, "A", (1, 101), b"GET / HTTP/1.1\r\n\r\n");
    made.after(800).tcp(1001, false, "A", (101, 19), b"HTTP/1.1 200 OK\r\n\r\n");
    made.tcp(1001, false, "FA", (120, 19), b"").tcp(1001, true, "A", (19, 121), b"");
    made.tcp(1001, true, "FA", (19, 121), b"").after(400).tcp(1001, false, "A", (121, 20), b"");
    // Refused, unanswered.
    made.after(1_000).tcp(1002, true, "S", (0, 0), b"").after(30).tcp(1002, false, "RA", (0, 1), b"");
    made.after(1_000).tcp(1003, true, "S", (0, 0), b"").after(1_000_000).tcp(1003, true, "S", (0, 0), b"");
    // Broken off by the server, still open, begun before the capture.
    made.tcp(1004, true, "S", (0, 0), b"").after(90).tcp(1004, false, "SA", (100, 1), b"");
    made.after(90).tcp(1004, true, "A", (1, 101), b"").after(2_000).tcp(1004, false, "RA", (101, 1), b"");
    made.tcp(1005, true, "S", (0, 0), b"").after(70).tcp(1005, false, "SA", (100, 1), b"");
    made.after(70).tcp(1005, true, "A", (1, 101), b"");
    made.tcp(1006, false, "A", (500, 900), &[7; 1400]).after(50).tcp(1006, true, "A", (900, 1900), b"");
    made.udp((1, 5000), (2, 53), b"?").after(9_000).udp((2, 53), (1, 5000), b"!");
    made.udp((1, 5001), (2, 514), b"<13>x");
    // A ping, which is no conversation.
    let mut ping = Vec::new();
    let builder = PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).icmpv4_echo_request(1, 1);
    builder.write(&mut ping, b"").unwrap();
    made.frame(&ping);
    made
}

/// As text that a command line takes.
pub(crate) fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}

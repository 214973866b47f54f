//! A TCP segment made by hand, in a few words; its checksums are right.

#![allow(dead_code, reason = "each test file uses its part of this")]

use etherparse::{IpHeaders, IpNumber, Ipv4Extensions, Ipv4Header, PacketBuilder, TcpOptionElement};
use netlab::event::Verdict;

/// An address and a port.
pub(crate) type End = ([u8; 4], u16);

/// What stands in its headers, what it carries, and what the wire says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    ends: (End, End),
    macs: ([u8; 6], [u8; 6]),
    seq: u32,
    ack: Option<u32>,
    syn: bool,
    fin: bool,
    rst: bool,
    urgent: Option<u16>,
    /// IP's identification and TTL.
    ip: (u16, u8),
    /// The window scale option.
    scale: Option<u8>,
    /// ECE, and CWR.
    congestion: (bool, bool),
    window: u16,
    data: &'a [u8],
    pub(crate) verdict: Option<Verdict>,
    /// This byte of the frame is another one.
    spoilt: Option<usize>,
}

/// Where in a frame the checksums of IPv4's header and of TCP stand.
pub(crate) const IP_SUM: usize = 14 + 10;
pub(crate) const TCP_SUM: usize = 14 + 20 + 16;

impl<'a> Segment<'a> {
    /// From one end to the other, with this sequence number and nothing else.
    pub(crate) fn new(from: End, to: End, seq: u32) -> Segment<'a> {
        Segment {
            ends: (from, to),
            macs: ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]),
            seq,
            ack: None,
            syn: false,
            fin: false,
            rst: false,
            urgent: None,
            ip: (0, 64),
            scale: None,
            congestion: (false, false),
            window: 64240,
            data: b"",
            verdict: None,
            spoilt: None,
        }
    }

    pub(crate) fn macs(self, from: [u8; 6], to: [u8; 6]) -> Segment<'a> {
        Segment { macs: (from, to), ..self }
    }

    pub(crate) fn syn(self) -> Segment<'a> {
        Segment { syn: true, ..self }
    }

    pub(crate) fn ack(self, ack: u32) -> Segment<'a> {
        Segment { ack: Some(ack), ..self }
    }

    pub(crate) fn fin(self) -> Segment<'a> {
        Segment { fin: true, ..self }
    }

    pub(crate) fn rst(self) -> Segment<'a> {
        Segment { rst: true, ..self }
    }

    /// Its flags as letters, `SA`; with an `A`, this is what it acknowledges.
    pub(crate) fn flags(self, letters: &str, ack: u32) -> Segment<'a> {
        letters.chars().fold(self, |segment, letter| match letter {
            'S' => segment.syn(),
            'A' => segment.ack(ack),
            'F' => segment.fin(),
            'R' => segment.rst(),
            other => panic!("no flag {other}"),
        })
    }

    pub(crate) fn congestion(self, ece: bool, cwr: bool) -> Segment<'a> {
        Segment { congestion: (ece, cwr), ..self }
    }

    /// URG, with this pointer.
    pub(crate) fn urgent(self, pointer: u16) -> Segment<'a> {
        Segment { urgent: Some(pointer), ..self }
    }

    /// IP's identification and TTL.
    pub(crate) fn ip(self, identification: u16, ttl: u8) -> Segment<'a> {
        Segment { ip: (identification, ttl), ..self }
    }

    /// With the option that doubles its windows so often.
    pub(crate) fn scale(self, shift: u8) -> Segment<'a> {
        Segment { scale: Some(shift), ..self }
    }

    pub(crate) fn window(self, window: u16) -> Segment<'a> {
        Segment { window, ..self }
    }

    pub(crate) fn data(self, data: &'a [u8]) -> Segment<'a> {
        Segment { data, ..self }
    }

    /// The wire dropped it, and says so.
    pub(crate) fn lost(self) -> Segment<'a> {
        Segment { verdict: Some(Verdict::Dropped), ..self }
    }

    /// The wire let it through, and says so.
    pub(crate) fn passed(self) -> Segment<'a> {
        Segment { verdict: Some(Verdict::Passed), ..self }
    }

    /// Its byte there is another one.
    pub(crate) fn spoilt(self, at: usize) -> Segment<'a> {
        Segment { spoilt: Some(at), ..self }
    }

    /// In an Ethernet frame.
    pub(crate) fn frame(&self) -> Vec<u8> {
        let ((from, from_port), (to, to_port)) = self.ends;
        let mut ip = Ipv4Header::new(0, self.ip.1, IpNumber::TCP, from, to).expect("it is short");
        ip.identification = self.ip.0;
        let ip = IpHeaders::Ipv4(ip, Ipv4Extensions::default());
        let mut tcp = PacketBuilder::ethernet2(self.macs.0, self.macs.1).ip(ip).tcp(
            from_port,
            to_port,
            self.seq,
            self.window,
        );
        if self.syn {
            tcp = tcp.syn();
        }
        if self.fin {
            tcp = tcp.fin();
        }
        if self.rst {
            tcp = tcp.rst();
        }
        if let Some(shift) = self.scale {
            let options = [TcpOptionElement::WindowScale(shift)];
            tcp = tcp.options(&options).expect("there is room");
        }
        if let Some(pointer) = self.urgent {
            tcp = tcp.urg(pointer);
        }
        if self.congestion.0 {
            tcp = tcp.ece();
        }
        if self.congestion.1 {
            tcp = tcp.cwr();
        }
        if let Some(ack) = self.ack {
            tcp = tcp.ack(ack);
        }
        let mut bytes = Vec::new();
        tcp.write(&mut bytes, self.data).expect("memory takes it");
        if let Some(at) = self.spoilt {
            bytes[at] ^= 0x55;
        }
        bytes
    }

    /// In an IP packet.
    pub(crate) fn packet(&self) -> Vec<u8> {
        self.frame().split_off(14)
    }
}

//! What the tracker needs of a segment, read once.

use std::net::{IpAddr, SocketAddr};

use crate::dissect::{Packet, TcpSlice};
use crate::frame::Time;

/// A segment with all that must be there of it.
pub(in crate::flow) struct Seen<'a> {
    pub(in crate::flow) frame: u64,
    pub(in crate::flow) time: Option<Time>,
    pub(in crate::flow) src: SocketAddr,
    pub(in crate::flow) dst: SocketAddr,
    pub(in crate::flow) seq: u32,
    /// Where the flag is set.
    pub(in crate::flow) ack: Option<u32>,
    /// The field, whatever the flag says.
    pub(in crate::flow) ack_raw: u32,
    pub(in crate::flow) window: u16,
    pub(in crate::flow) len: u32,
    pub(in crate::flow) syn: bool,
    pub(in crate::flow) fin: bool,
    pub(in crate::flow) rst: bool,
    pub(in crate::flow) tcp: TcpSlice<'a>,
}

impl<'a> Seen<'a> {
    /// `None` where the capture ends before the window.
    pub(in crate::flow) fn new(
        packet: &Packet<'_>,
        tcp: TcpSlice<'a>,
        (src, dst): (IpAddr, IpAddr),
    ) -> Option<Seen<'a>> {
        let ack_raw = tcp.ack_number()?;
        Some(Seen {
            frame: packet.frame().number,
            time: packet.frame().time,
            src: (src, tcp.src_port()?).into(),
            dst: (dst, tcp.dst_port()?).into(),
            seq: tcp.seq()?,
            ack: tcp.ack().then_some(ack_raw),
            ack_raw,
            window: tcp.window()?,
            len: tcp.len_after_header().and_then(|length| u32::try_from(length).ok()).unwrap_or(0),
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            tcp,
        })
    }

    /// The number of the byte after this segment; SYN and FIN take one each.
    pub(in crate::flow) fn end(&self) -> u32 {
        self.seq.wrapping_add(self.len).wrapping_add(self.syn.into()).wrapping_add(self.fin.into())
    }

    /// Whether it takes any numbers.
    pub(in crate::flow) fn counts(&self) -> bool {
        self.len > 0 || self.syn || self.fin
    }
}

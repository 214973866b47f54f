//! What the reassembly needs of a segment.

use crate::dissect::{Buffer, Checksum, Packet};
use crate::event::Host;
use crate::flow::Segment;

/// Whether the receiver may have thrown the bytes away, so that a later copy would count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing speaks against it.
    #[default]
    None,
    /// Data in a SYN (RFC 7413, section 3.1: the server may leave it out) or a probe of a closed window. That it was taken
    /// shows in the answer, or in that the sender goes on behind it.
    Unasked,
    /// The checksum is wrong: a receiver drops the segment, so its ACK and its RST are left aside. That it was taken all the same (the
    /// capturing host had not finished the sum) shows in the answer, and then holds for all that this side says; or in a capture
    /// that holds no answers at all.
    Damaged,
}

impl Doubt {
    /// Of a segment with so many bytes. `unasked`: in a SYN, or a probe.
    pub(in crate::flow) fn of(len: u32, damaged: bool, unasked: bool) -> Doubt {
        match len {
            _ if damaged => Doubt::Damaged,
            1.. if unasked => Doubt::Unasked,
            _ => Doubt::None,
        }
    }
}

/// A segment as the [`Reassembler`](super::Reassembler) takes it.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    /// The frame that carries it.
    pub frame: u64,
    /// Who sent it.
    pub from: Host,
    /// Its sequence number, counted from `zero`; without a SYN seen, the first byte seen has 1.
    pub seq: u32,
    /// The number on the wire that is counted as 0. Where it changes, the sender's numbering has begun anew.
    pub zero: u32,
    /// Its acknowledgement number, counted from the other side's zero; `None` where the ACK flag is not set.
    pub ack: Option<u32>,
    /// It has the SYN flag.
    pub syn: bool,
    /// It has the FIN flag.
    pub fin: bool,
    /// It has the RST flag, and its receiver takes it.
    pub rst: bool,
    /// Data bytes on the wire.
    pub len: u32,
    /// What was kept of them.
    pub bytes: &'a [u8],
    /// In which bytes they stand.
    pub buffer: Buffer,
    /// Where in these they begin.
    pub at: usize,
    /// It asks whether the other end is still there: a byte in it says nothing new (RFC 9293, section 3.8.4).
    pub keep_alive: bool,
    /// What was said in its conversation so far is nothing to go on with: it was taken for the other side's.
    pub anew: bool,
    /// Whether its bytes may not count.
    pub doubt: Doubt,
}

impl<'a> Arrival<'a> {
    /// Of a packet and what the tracker said of it. The checksum is looked at, so this reads every data byte once; `None` for
    /// a header that claims to be shorter than any is.
    pub fn new(segment: &Segment, packet: &Packet<'a>) -> Option<Arrival<'a>> {
        let tcp = packet.tcp().filter(|tcp| !tcp.is_malformed())?;
        let damaged = tcp.checksum_status() == Some(Checksum::Bad);
        let rst = tcp.rst();
        // What stands in an RST is a remark, and no byte of the stream (RFC 9293, section 3.5.3).
        let len = if rst { 0 } else { segment.len };
        let bytes = packet.tcp_payload();
        let bytes = bytes.get(..len as usize).unwrap_or(bytes);
        let place = packet.tcp_payload_span()?;
        let doubt = Doubt::of(len, damaged, tcp.syn() || segment.analysis.zero_window_probe);
        Some(Arrival {
            stream: segment.stream,
            frame: segment.frame,
            from: segment.from,
            seq: segment.seq,
            zero: segment.seq_raw.wrapping_sub(segment.seq),
            ack: segment.ack,
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: rst && !segment.ignored,
            len,
            bytes,
            buffer: place.buffer,
            at: place.bytes.start,
            keep_alive: segment.analysis.keep_alive,
            anew: segment.anew,
            doubt,
        })
    }
}

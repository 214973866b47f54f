//! What the tracker needs of a segment: read once, kept without its bytes.

use super::moment::Moment;
use crate::dissect::{TcpFixed, TcpOption, TcpSlice};
use crate::frame::Frame;

/// A segment with all that must be there of it. Numbers as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) struct Seen {
    pub(in crate::flow) frame: u64,
    pub(in crate::flow) time: Moment,
    pub(in crate::flow) seq: u32,
    /// The field, whatever the flag says.
    pub(in crate::flow) ack_raw: u32,
    pub(in crate::flow) len: u32,
    pub(in crate::flow) window: u16,
    /// The header's lower eight, `PARTIAL`, and what a SYN says of its sender's windows.
    flags: u16,
}

const FIN: u16 = 0x01;
const SYN: u16 = 0x02;
const RST: u16 = 0x04;
const ACK: u16 = 0x10;
/// It belongs to a conversation, but nothing follows from it there: a fragment, a header that can't be, no segment at all.
const PARTIAL: u16 = 0x100;
/// A SYN whose options a snap length has cut: what is missing may only be missing in the capture.
const CUT: u16 = 0x200;
/// A SYN that offers to double its sender's windows so often.
const SCALES: u16 = 0x400;
const SHIFT: u32 = 12;
/// Nobody takes more (RFC 7323, section 2.3).
const MOST_SHIFT: u8 = 14;

impl Seen {
    /// Also gives what was kept of its data.
    #[inline]
    pub(in crate::flow) fn new<'a>(
        frame: &Frame<'_>,
        tcp: TcpSlice<'a>,
        fixed: &TcpFixed,
    ) -> (Seen, &'a [u8]) {
        let (len, partial, payload) = tcp.after_header(fixed.header_len);
        let seen = Seen {
            frame: frame.number,
            time: frame.time.into(),
            seq: fixed.seq,
            ack_raw: fixed.ack,
            window: fixed.window,
            len: len.and_then(|length| u32::try_from(length).ok()).unwrap_or(0),
            flags: fixed.flags & 0xff | if partial { PARTIAL } else { 0 } | window_scale(tcp, fixed),
        };
        (seen, payload)
    }

    /// How often a SYN offers that its sender's windows be doubled, at most 14 times; `None` where it does not.
    #[inline]
    pub(super) fn scale_offered(&self) -> Option<u8> {
        (self.flags & SCALES != 0).then_some((self.flags >> SHIFT) as u8)
    }

    /// Whether a SYN may offer more than was kept of it.
    #[inline]
    pub(super) fn is_cut(&self) -> bool {
        self.flags & CUT != 0
    }

    /// Of a frame that carries no segment.
    pub(in crate::flow) fn empty(frame: &Frame<'_>) -> Seen {
        let (number, time) = (frame.number, frame.time.into());
        Seen { frame: number, time, seq: 0, ack_raw: 0, window: 0, len: 0, flags: PARTIAL }
    }

    #[inline]
    pub(in crate::flow) fn syn(&self) -> bool {
        self.flags & SYN != 0
    }

    #[inline]
    pub(in crate::flow) fn fin(&self) -> bool {
        self.flags & FIN != 0
    }

    #[inline]
    pub(in crate::flow) fn rst(&self) -> bool {
        self.flags & RST != 0
    }

    #[inline]
    pub(super) fn has_ack(&self) -> bool {
        self.flags & ACK != 0
    }

    /// Whether it begins and ends nothing, confirms something, and is no longer than IP can say.
    #[inline]
    pub(super) fn is_usual(&self) -> bool {
        self.flags & (SYN | FIN | RST | ACK | PARTIAL) == ACK && self.len <= 0xffff
    }

    /// The acknowledgement number, where the flag says that it means something.
    #[inline]
    pub(in crate::flow) fn ack(&self) -> Option<u32> {
        self.has_ack().then_some(self.ack_raw)
    }

    /// Whether nothing follows from it for its conversation but that it was there.
    #[inline]
    pub(super) fn partial(&self) -> bool {
        self.flags & PARTIAL != 0
    }

    /// The number of the byte after this segment; SYN and FIN take one each.
    pub(super) fn end(&self) -> u32 {
        self.seq.wrapping_add(self.len).wrapping_add(self.syn().into()).wrapping_add(self.fin().into())
    }

    /// Whether it takes any numbers.
    #[inline]
    pub(super) fn counts(&self) -> bool {
        self.len > 0 || self.flags & (SYN | FIN) != 0
    }
}

/// What a SYN says of its sender's windows, as flags.
#[inline(always)]
fn window_scale(tcp: TcpSlice<'_>, fixed: &TcpFixed) -> u16 {
    if fixed.flags & SYN == 0 || fixed.header_len <= 20 { 0 } else { read_scale(tcp) }
}

#[cold]
fn read_scale(tcp: TcpSlice<'_>) -> u16 {
    let offered = |shift: u8| SCALES | u16::from(shift.min(MOST_SHIFT)) << SHIFT;
    tcp.options().window_scale().map_or(0, offered) | if tcp.is_cut() { CUT } else { 0 }
}

/// What a segment's options say, for whoever wants to know more than a table tells.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::flow) struct Options {
    /// What a SYN offers.
    pub(super) offers: SynOptions,
    /// How many bytes its SACK blocks hold together.
    pub(super) sacked: u32,
}

impl Options {
    pub(in crate::flow) fn of(tcp: TcpSlice<'_>) -> Options {
        let mut found = Options::default();
        let Some(fixed) = tcp.fixed().filter(|fixed| fixed.header_len > 20) else { return found };
        // What nearly every segment carries, two fillers and two clock readings, says nothing here.
        if fixed.flags & SYN == 0 && tcp.has_timestamps_only(fixed.header_len) {
            return found;
        }
        for option in tcp.options() {
            match option {
                TcpOption::Mss(size) => found.offers.mss = Some(size),
                TcpOption::WindowScale(shift) => found.offers.window_scale = Some(shift),
                TcpOption::SackPermitted => found.offers.sack = true,
                TcpOption::Timestamps { .. } => found.offers.timestamps = true,
                TcpOption::Sack(blocks) => {
                    for (left, right) in blocks.iter() {
                        found.sacked = found.sacked.wrapping_add(right.wrapping_sub(left));
                    }
                }
                _ => {}
            }
        }
        found
    }
}

/// What a SYN offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SynOptions {
    /// The largest segment that its sender takes.
    pub mss: Option<u16>,
    /// How often its sender's later windows are to be doubled, as it stands there.
    pub window_scale: Option<u8>,
    /// Its sender understands SACK.
    pub sack: bool,
    /// Its sender puts clock readings into its segments.
    pub timestamps: bool,
}

/// What a SACK option says has arrived; at most four blocks fit into a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SackRanges {
    ranges: [(u32, u32); 4],
    count: u8,
}

impl SackRanges {
    /// Those of a segment, counted from `base`.
    pub(in crate::flow) fn of(tcp: TcpSlice<'_>, base: u32) -> SackRanges {
        let mut found = SackRanges::default();
        for option in tcp.options() {
            let TcpOption::Sack(blocks) = option else { continue };
            for (left, right) in blocks.iter() {
                if let Some(place) = found.ranges.get_mut(usize::from(found.count)) {
                    *place = (left.wrapping_sub(base), right.wrapping_sub(base));
                    found.count += 1;
                }
            }
        }
        found
    }

    /// Each block: the first byte that arrived, and the first after it that did not.
    pub fn as_slice(&self) -> &[(u32, u32)] {
        self.ranges.get(..self.count.into()).unwrap_or_default()
    }
}

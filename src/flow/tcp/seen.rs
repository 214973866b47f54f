//! What the tracker needs of a segment: read once, kept without its bytes.

use super::moment::Moment;
use crate::dissect::{TcpFixed, TcpOption, TcpSlice};
use crate::frame::Frame;

/// A segment with all that must be there of it. Numbers as on the wire.
#[derive(Clone, Copy, Debug)]
pub(in crate::flow) struct Seen {
    pub(in crate::flow) frame: u64,
    pub(in crate::flow) time: Moment,
    pub(in crate::flow) seq: u32,
    /// Where the flag is set.
    pub(in crate::flow) ack: Option<u32>,
    /// The field, whatever the flag says.
    pub(in crate::flow) ack_raw: u32,
    pub(in crate::flow) len: u32,
    pub(in crate::flow) window: u16,
    pub(in crate::flow) syn: bool,
    pub(in crate::flow) fin: bool,
    pub(in crate::flow) rst: bool,
    /// It belongs to a conversation, but nothing follows from it there: a fragment, a header that can't be.
    pub(in crate::flow) partial: bool,
    /// What a SYN offers, and whether a snap length may have cut some of it.
    pub(in crate::flow) offers: SynOptions,
    pub(in crate::flow) cut: bool,
    /// How many bytes its SACK blocks hold together.
    pub(in crate::flow) sacked: u32,
}

impl Seen {
    /// Also gives what was kept of its data.
    #[inline]
    pub(in crate::flow) fn new<'a>(
        frame: &Frame<'_>,
        tcp: TcpSlice<'a>,
        fixed: &TcpFixed,
    ) -> (Seen, &'a [u8]) {
        let has = |flag: u16| fixed.flags & flag != 0;
        let (len, partial, payload) = tcp.after_header(fixed.header_len);
        let mut seen = Seen {
            frame: frame.number,
            time: frame.time.into(),
            seq: fixed.seq,
            ack: has(ACK).then_some(fixed.ack),
            ack_raw: fixed.ack,
            window: fixed.window,
            len: len.and_then(|length| u32::try_from(length).ok()).unwrap_or(0),
            syn: has(SYN),
            fin: has(FIN),
            rst: has(RST),
            partial,
            offers: SynOptions::default(),
            cut: false,
            sacked: 0,
        };
        // What nearly every segment carries, two fillers and two clock readings, says nothing here.
        if fixed.header_len > 20 && (seen.syn || !tcp.has_timestamps_only(fixed.header_len)) {
            seen.take_options(tcp);
        }
        (seen, payload)
    }

    /// Of a frame that carries no segment.
    pub(in crate::flow) fn empty(frame: &Frame<'_>) -> Seen {
        Seen {
            frame: frame.number,
            time: frame.time.into(),
            seq: 0,
            ack: None,
            ack_raw: 0,
            window: 0,
            len: 0,
            syn: false,
            fin: false,
            rst: false,
            partial: true,
            offers: SynOptions::default(),
            cut: false,
            sacked: 0,
        }
    }

    fn take_options(&mut self, tcp: TcpSlice<'_>) {
        self.cut = self.syn && tcp.is_cut();
        for option in tcp.options() {
            match option {
                TcpOption::Mss(size) => self.offers.mss = Some(size),
                TcpOption::WindowScale(shift) => self.offers.window_scale = Some(shift),
                TcpOption::SackPermitted => self.offers.sack = true,
                TcpOption::Timestamps { .. } => self.offers.timestamps = true,
                TcpOption::Sack(blocks) => {
                    for (left, right) in blocks.iter() {
                        self.sacked = self.sacked.wrapping_add(right.wrapping_sub(left));
                    }
                }
                _ => {}
            }
        }
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

const FIN: u16 = 0x01;
const SYN: u16 = 0x02;
const RST: u16 = 0x04;
const ACK: u16 = 0x10;

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

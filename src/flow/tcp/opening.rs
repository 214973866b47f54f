//! What has been seen of a conversation as a whole: its parts, and how long the handshake took.

use super::moment::Moment;
use super::seen::Seen;

const SYN: u8 = 1;
const SYN_ACK: u8 = 2;
const ACK: u8 = 4;
const DATA: u8 = 8;
const FIN: u8 = 16;
const RST: u8 = 32;

/// Which parts were seen, and how far the handshake's round trip is measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum Opening {
    /// The last SYN was seen then.
    Since { parts: u8, then: Moment },
    /// So many nanoseconds, never 0.
    Stopped { parts: u8, nanos: i64 },
}

const _: () = assert!(size_of::<Opening>() == 16);

impl Default for Opening {
    fn default() -> Opening {
        Opening::Since { parts: 0, then: Moment::UNKNOWN }
    }
}

impl Opening {
    /// Of a conversation on ports that were used before.
    pub(super) fn again() -> Opening {
        Opening::Since { parts: SYN, then: Moment::UNKNOWN }
    }

    /// The parts that were seen so far.
    pub(super) fn parts(&self) -> u8 {
        let (Opening::Since { parts, .. } | Opening::Stopped { parts, .. }) = self;
        *parts
    }

    #[inline]
    fn add(&mut self, more: u8) {
        let (Opening::Since { parts, .. } | Opening::Stopped { parts, .. }) = self;
        *parts |= more;
    }

    /// Takes the next segment. Of a conversation's first one only a SYN counts, as in Wireshark.
    #[inline]
    pub(super) fn take(&mut self, seen: &Seen, first: bool) {
        let ack = seen.has_ack();
        if let Opening::Since { parts, then } = *self {
            if seen.syn() && !ack {
                *self = Opening::Since { parts, then: seen.time };
            } else if !seen.syn()
                && ack
                // Two frames of the same moment: nothing was measured.
                && let Some(passed) = seen.time.since(then).filter(|passed| *passed != 0)
            {
                *self = Opening::Stopped { parts, nanos: passed };
            }
        }
        if first {
            if seen.syn() && !ack {
                // On ports that were used before, what such a SYN carries is not looked at.
                self.add(if seen.len > 0 && self.parts() == 0 { SYN | DATA } else { SYN });
            }
            return;
        }
        let mut parts = 0;
        if ack && seen.syn() {
            parts |= SYN_ACK;
        }
        if ack && !seen.syn() {
            parts |= if seen.len == 0 { ACK } else { DATA };
        }
        if ack && seen.fin() {
            parts |= FIN;
        }
        if seen.rst() {
            parts |= RST;
        }
        self.add(parts);
    }

    /// Whether the handshake's round trip is measured, or will not be before another SYN.
    #[inline]
    pub(super) fn is_settled(&self) -> bool {
        matches!(self, Opening::Stopped { .. } | Opening::Since { then: Moment::UNKNOWN, .. })
    }

    /// The same as [`take`](Opening::take) for a segment that confirms something and is neither the first nor has any other flag, of a
    /// settled one.
    #[inline]
    pub(super) fn goes_on(&mut self, data: bool) {
        self.add(if data { DATA } else { ACK });
    }

    /// From the SYN to the ACK that ended the handshake, in nanoseconds.
    pub(super) fn first_rtt(&self) -> Option<i64> {
        match self {
            Opening::Since { .. } => None,
            Opening::Stopped { nanos, .. } => Some(*nanos),
        }
    }
}

//! What has been seen of a conversation as a whole: its parts, and how long the handshake took.

use super::moment::Moment;
use super::seen::Seen;

const SYN: u8 = 1;
const SYN_ACK: u8 = 2;
const ACK: u8 = 4;
const DATA: u8 = 8;
const FIN: u8 = 16;
const RST: u8 = 32;

/// Which parts were seen, and when the last SYN was.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Opening {
    parts: u8,
    syn: Moment,
    round_trip: Option<i64>,
}

impl Opening {
    /// Of a conversation on ports that were used before.
    pub(super) fn again() -> Opening {
        Opening { parts: SYN, ..Opening::default() }
    }

    /// The parts that were seen so far.
    pub(super) fn parts(&self) -> u8 {
        self.parts
    }

    /// Takes the next segment. Of a conversation's first one only a SYN counts, as in Wireshark.
    pub(super) fn take(&mut self, seen: &Seen, first: bool) {
        let ack = seen.ack.is_some();
        if seen.syn && !ack {
            self.syn = seen.time;
        } else if !seen.syn && ack && self.round_trip.is_none() {
            // Two frames of the same moment: nothing was measured.
            self.round_trip = seen.time.since(self.syn).filter(|nanos| *nanos != 0);
        }
        let parts = [
            (seen.syn && !ack && first, SYN),
            (seen.syn && ack && !first, SYN_ACK),
            (!seen.syn && ack && seen.len == 0 && !first, ACK),
            (seen.len > 0 && !first, DATA),
            (seen.fin && ack && !first, FIN),
            (seen.rst && !first, RST),
        ];
        self.parts |= parts.iter().filter(|(is, _)| *is).map(|(_, part)| part).sum::<u8>();
    }

    /// From the SYN to the ACK that ended the handshake, in nanoseconds.
    pub(super) fn first_rtt(&self) -> Option<i64> {
        self.round_trip
    }
}

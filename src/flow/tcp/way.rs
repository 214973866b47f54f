//! What one end has on the way: sent, and not yet confirmed. Only who explains each segment needs it.

use super::analysis::end_of;
use super::flight::{Flight, Flights, Sent};
use super::seen::Seen;
use super::seq::{after, before};

impl Sent {
    /// The first and the last number of this and all in `reach`, counted from `base`.
    fn widen(&self, reach: Option<(u32, u32)>, base: u32) -> (u32, u32) {
        let (seq, end) = (self.seq.wrapping_sub(base), self.end.wrapping_sub(base));
        reach.map_or((seq, end), |(first, last)| (first.min(seq), last.max(end)))
    }
}

/// So many unconfirmed segments of a direction Wireshark keeps.
const WIRESHARKS_FLIGHT: u32 = 10_000;

/// The segments of one direction that are on the way.
#[derive(Debug, Default)]
pub(super) struct Way {
    flight: Flight,
    /// Up to where the other end has confirmed its flight, if nothing was sent since that this confirms.
    settled: Option<u32>,
    /// How many bytes its sender last said have arrived beyond a gap, of the other direction.
    sacked: u32,
    /// How many segments in flight there was no memory for.
    unkept: u16,
    /// Something is missing in the capture: what is in flight can't be counted until the next answer.
    gap: bool,
    /// The first and the last number in flight, counted from the start; `None` where nothing is.
    reach: Option<(u32, u32)>,
}

impl Way {
    /// Counts what is in flight from another number.
    pub(super) fn count_from(&mut self, base: u32, flights: &Flights) {
        self.reach = flights.iter(&self.flight).fold(None, |reach, sent| Some(sent.widen(reach, base)));
    }

    /// Notes what its sender has sent: keeps it until it is confirmed. `sacked`: how many bytes its options
    /// say have arrived beyond a gap; `lost`: something before it is missing.
    #[inline]
    pub(super) fn sent(&mut self, seen: &Seen, base: u32, sacked: u32, lost: bool, flights: &mut Flights) {
        self.gap |= lost;
        self.sacked = sacked;
        if seen.counts() {
            self.keep(Sent { seq: seen.seq, end: end_of(seen), time: seen.time }, base, flights);
        }
    }

    fn keep(&mut self, sent: Sent, base: u32, flights: &mut Flights) {
        let kept = flights.push(&mut self.flight, sent);
        if !kept {
            // As long as Wireshark would keep it, it is in flight: where a capture has one direction only, for good.
            if self.flight.count() + u32::from(self.unkept) >= WIRESHARKS_FLIGHT {
                return;
            }
            self.unkept += 1;
        }
        self.reach = Some(sent.widen(self.reach, base));
        if kept && self.settled.is_some_and(|ack| before(sent.seq, ack) || !after(sent.end, ack)) {
            self.settled = None;
        }
    }

    /// Takes out what the other end's segment confirms; how long ago the one was sent that ends exactly there, in nanoseconds.
    #[inline]
    pub(super) fn confirm(&mut self, seen: &Seen, base: u32, flights: &mut Flights) -> Option<i64> {
        if seen.has_ack() {
            self.gap = false;
        }
        let ack = seen.ack_raw; // Wireshark looks at the field, whatever the flag says
        if self.settled == Some(ack) {
            return None;
        }
        self.settled = Some(ack);
        let (mut rtt, mut reach) = (None, None);
        flights.retain(&mut self.flight, |sent| {
            if sent.end == ack {
                // Of several copies the oldest counts.
                rtt = rtt.or(seen.time.since(sent.time));
            } else if after(ack, sent.seq) && !after(ack, sent.end) {
                sent.seq = ack;
                reach = Some(sent.widen(reach, base));
                return true;
            } else if after(sent.end, ack) {
                reach = Some(sent.widen(reach, base));
                return true;
            }
            false
        });
        (self.reach, self.unkept) = (reach, 0);
        rtt
    }

    /// Whether what is in flight can be counted.
    pub(super) fn is_whole(&self) -> bool {
        !self.gap
    }

    /// From the first unconfirmed byte to the last, counted from the start; the one that stands for a SYN or a FIN is none. `other`:
    /// the other direction's.
    pub(super) fn in_flight(&self, other: &Way, flagged: bool) -> Option<u32> {
        let (first, last) = self.reach?;
        let bytes = last.wrapping_sub(first).wrapping_sub(other.sacked);
        let bytes = (1..2_000_000_000).contains(&bytes).then(|| bytes - u32::from(flagged));
        bytes.filter(|bytes| *bytes > 0)
    }
}

//! What is counted of a conversation: frames, bytes, from when to when.

use super::tcp::Moment;
use crate::event::Host;

/// One direction's frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// How many frames.
    pub packets: u64,
    /// How many bytes they had on the wire, from the link header on (`frame.len`).
    pub bytes: u64,
}

/// Frames, bytes, times of a conversation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// The client's, then the server's.
    bytes: [u64; 2],
    packets: [u32; 2],
    pub(super) first: Moment,
    pub(super) last: Moment,
}

impl Tally {
    /// What one side has sent.
    pub fn of(&self, host: Host) -> Sent {
        let ([packets, bytes], [packets_back, bytes_back]) = self.sides();
        match host {
            Host::Client => Sent { packets, bytes },
            Host::Server => Sent { packets: packets_back, bytes: bytes_back },
        }
    }

    fn sides(&self) -> ([u64; 2], [u64; 2]) {
        let ([bytes, bytes_back], [packets, packets_back]) = (self.bytes, self.packets);
        ([packets.into(), bytes], [packets_back.into(), bytes_back])
    }

    /// How many frames both have sent.
    pub fn packets(&self) -> u64 {
        self.packets.iter().copied().map(u64::from).sum()
    }

    /// How many bytes both have sent.
    pub fn bytes(&self) -> u64 {
        self.bytes.iter().sum()
    }

    /// From the first frame to the last, in nanoseconds; `None` where the file says no times.
    pub fn duration(&self) -> Option<i64> {
        self.last.since(self.first)
    }

    #[inline]
    pub(super) fn add(&mut self, from: Host, len: u32, time: Moment) {
        let ([bytes, bytes_back], [packets, packets_back]) = (&mut self.bytes, &mut self.packets);
        match from {
            Host::Client => count(packets, bytes, len),
            Host::Server => count(packets_back, bytes_back, len),
        }
        span(&mut self.first, &mut self.last, time);
    }
}

/// Counts one more frame of so many bytes.
#[inline]
pub(super) fn count(packets: &mut u32, bytes: &mut u64, len: u32) {
    *packets = packets.saturating_add(1);
    *bytes += u64::from(len);
}

/// Makes the time from `first` to `last` reach to `time` as well.
#[inline]
pub(super) fn span(first: &mut Moment, last: &mut Moment, time: Moment) {
    if time.since(*last).is_some_and(|passed| passed >= 0) {
        *last = time;
    } else if *last == Moment::UNKNOWN {
        (*first, *last) = (time, time);
    } else if time.since(*first).is_some_and(|passed| passed < 0) {
        // Files whose frames are not in order of time are rare, but there are some.
        *first = time;
    }
}

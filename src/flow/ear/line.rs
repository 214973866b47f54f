//! A conversation that goes as most do: each segment follows the last one, each head is whole in one of them. One line of a
//! processor's cache.

use super::cutter::Frames;
use super::http::Http;
use super::minutes::First;
use crate::event::Host;
use crate::flow::stream::{Arrival, Doubt, Passed};

/// What is known of a conversation.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct Line {
    client: Way,
    server: Way,
    pub(super) speech: Speech,
}

const _: () = assert!(size_of::<Line>() == 64 && align_of::<Line>() == 64);

/// What is said in it.
#[derive(Debug)]
pub(super) enum Speech {
    /// HTTP, or nothing yet.
    Http(Http),
    /// WebSocket.
    Frames(Frames),
    /// WebSocket whose segments are put together first.
    Tangled(Box<Frames>),
    /// Whatever it is: all of it is read.
    Talk,
    /// What can never become WebSocket.
    Other,
}

impl Default for Speech {
    fn default() -> Speech {
        Speech::Http(Http::default())
    }
}

/// How far a direction has come.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// The number on the wire that is counted as 0.
    zero: u32,
    /// The next byte, and up to which one they are confirmed.
    next: u32,
    acked: u32,
    /// It has sent a segment; a SYN or a byte; its FIN.
    spoke: bool,
    begun: bool,
    ended: bool,
    confirmed: bool,
}

/// What the numbers of a segment say.
enum Numbers {
    /// Nothing new is said in it.
    Old,
    /// Its bytes are the next ones; `fin`: and the last.
    Next { fin: bool },
}

impl Line {
    fn ways(&mut self, from: Host) -> (&mut Way, &mut Way) {
        match from {
            Host::Client => (&mut self.client, &mut self.server),
            Host::Server => (&mut self.server, &mut self.client),
        }
    }

    /// How far both directions have come, the client's first.
    pub(super) fn passed(&self) -> (Passed, Passed) {
        (self.client.passed(), self.server.passed())
    }

    /// Reads a little of it, so that the processor has it at hand soon.
    #[inline]
    pub(super) fn touch(&self) -> u32 {
        self.client.next
    }

    /// Takes a segment that simply goes on with what came before; says whether it is one. If not, nothing of it was taken, and
    /// somebody else must do that, with all that follow. `first`: how its data begins.
    #[inline]
    pub(super) fn goes_on(&mut self, arrival: &Arrival<'_>, first: First) -> bool {
        if arrival.doubt == Doubt::Damaged {
            // A receiver drops it.
            let (own, _) = self.ways(arrival.from);
            return arrival.len == 0 && !arrival.syn && !arrival.fin && own.speaks(arrival.zero);
        }
        let (own, other) = self.ways(arrival.from);
        let (Some(confirmed), Some(numbers)) = (other.confirmed_by(arrival), own.numbers(arrival)) else {
            return false;
        };
        if !own.speaks(arrival.zero) {
            return false;
        }
        if let Numbers::Next { fin } = numbers
            && !self.says(arrival, first, fin)
        {
            return false;
        }
        if arrival.rst && self.speech.is_asking() {
            return false;
        }
        let (own, other) = self.ways(arrival.from);
        own.begun |= arrival.syn;
        if let Some(acked) = confirmed {
            (other.acked, other.confirmed) = (acked, true);
        }
        if let Numbers::Next { fin } = numbers {
            own.next = own.next.wrapping_add(arrival.len);
            own.begun = true;
            own.ended = fin;
        }
        if self.client.ended && self.server.ended && matches!(self.speech, Speech::Http(_)) {
            self.speech = Speech::Other;
        }
        true
    }

    /// Takes the next bytes of a direction; whether that was possible.
    #[inline]
    fn says(&mut self, arrival: &Arrival<'_>, first: First, fin: bool) -> bool {
        let missing = u64::from(arrival.len) - arrival.bytes.len() as u64;
        match &mut self.speech {
            Speech::Frames(frames) => {
                let cutter = frames.of(arrival.from);
                cutter.segment(first, arrival.bytes);
                cutter.hole(missing);
                true
            }
            Speech::Http(http) => {
                let Some(next) = http.after(arrival.from, arrival.bytes).filter(|_| missing == 0) else {
                    return false;
                };
                if fin && matches!(&next, Speech::Http(http) if !http.is_idle()) {
                    return false;
                }
                self.speech = next;
                true
            }
            Speech::Other => true,
            Speech::Tangled(_) | Speech::Talk => false,
        }
    }
}

impl Speech {
    /// Whether a break would leave something in HTTP unfinished.
    fn is_asking(&self) -> bool {
        matches!(self, Speech::Http(http) if !http.is_idle())
    }
}

impl Way {
    fn passed(&self) -> Passed {
        Passed {
            zero: self.spoke.then_some(self.zero),
            next: self.next.into(),
            acked: self.confirmed.then_some(self.acked.into()),
            begun: self.begun,
            ended: self.ended,
        }
    }

    /// Up to which byte of this direction a segment of the other confirms, where that is new; the outer `None`: more than was seen.
    #[inline]
    fn confirmed_by(&self, arrival: &Arrival<'_>) -> Option<Option<u32>> {
        let Some(ack) = arrival.ack.filter(|_| !arrival.rst) else { return Some(None) };
        let place = ack.wrapping_sub(1);
        let ahead = place.wrapping_sub(self.next) as i32;
        if ahead > i32::from(self.ended) {
            return None;
        }
        let place = if ahead > 0 { self.next } else { place };
        let begins_before = i64::from(self.next) + i64::from(ahead) < 0;
        let known = self.confirmed && place.wrapping_sub(self.acked) as i32 <= 0;
        Some((!begins_before && !known).then_some(place))
    }

    /// Notes from where its numbers are counted; whether that is as before.
    #[inline]
    fn speaks(&mut self, zero: u32) -> bool {
        let same = !self.spoke || self.zero == zero;
        if same {
            (self.zero, self.spoke) = (zero, true);
        }
        same
    }

    /// What a segment of this direction says; `None` where it does not follow.
    #[inline]
    fn numbers(&self, arrival: &Arrival<'_>) -> Option<Numbers> {
        let len = arrival.len;
        if arrival.syn || arrival.rst {
            return (len == 0 && !arrival.fin).then_some(Numbers::Old);
        }
        if len == 0 && !arrival.fin || arrival.keep_alive || self.ended {
            return Some(Numbers::Old);
        }
        if arrival.doubt == Doubt::Unasked {
            return None;
        }
        let ahead = arrival.seq.wrapping_sub(1).wrapping_sub(self.next) as i32;
        match i64::from(ahead) + i64::from(len) {
            _ if ahead == 0 => Some(Numbers::Next { fin: arrival.fin }),
            end if ahead < 0 && end < 0 => Some(Numbers::Old),
            // A FIN behind what came before is another matter.
            0 if ahead < 0 && !arrival.fin => Some(Numbers::Old),
            _ => None,
        }
    }
}

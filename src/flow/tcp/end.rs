//! One end of a conversation: what it has sent, what it has confirmed, which state it is in.

use std::collections::VecDeque;
use std::num::NonZeroU64;

use super::flight::Flights;
use super::scale::Scale;
use super::seen::{Seen, SynOptions};
use super::seq::{after, before, covers};
use super::side::{Reset, Side};
use super::way::Way;
use crate::event::TcpState;

/// One end of a conversation, as far as it has been followed.
#[derive(Debug, Default)]
pub struct End {
    pub(super) side: Side,
    pub(super) way: Way,
    /// The window it last told, scaled; 0 before it has told any.
    pub(super) window: u32,
    /// The number after its FIN, once that was seen.
    pub(super) fin_end: Option<u32>,
    /// What its SYN offered; `None` where it was not seen.
    pub syn_options: Option<SynOptions>,
    /// Its first sequence number, if its SYN was seen.
    pub isn: Option<u32>,
    /// The number after the last byte it has sent.
    pub(super) next: Option<u32>,
    /// Everything before this number of its own has been confirmed by the other end.
    pub(super) acked: Option<u32>,
    /// Which frame last moved it, and whether the source knows that this one arrived.
    pub(super) moved_by: Option<NonZeroU64>,
    pub(super) certain: bool,
    /// Its state after the last segment; `None` where it can't be known.
    pub state: Option<TcpState>,
    /// It has sent its SYN once more since the other end last answered it.
    pub(super) asks_again: bool,
    /// The segments it has sent lately.
    pub(super) recent: Recent,
}

impl End {
    /// Relative numbers count from the SYN, or so that the first byte seen is 1.
    /// Says whether the sender starts anew.
    #[inline]
    pub(super) fn count_from(&mut self, seen: &Seen, flights: &Flights) -> bool {
        let again = self.side.count_from(seen);
        if again {
            let (side, mut way) = (std::mem::take(&mut self.side), std::mem::take(&mut self.way));
            way.count_from(side.base().unwrap_or(0), flights);
            *self = End { side, way, state: self.state, ..End::default() };
        }
        again
    }

    pub(super) fn take_syn(&mut self, seen: &Seen, offers: SynOptions) {
        if self.isn.is_none() {
            self.isn = Some(seen.seq);
            self.syn_options = Some(offers);
        }
    }

    /// The number up to which the other end may send, where it is known how its window is to be scaled.
    pub(super) fn room_to(&self) -> Option<u32> {
        let known = self.side.scale != Scale::Unknown && self.side.memory.has_spoken();
        known.then(|| self.side.memory.ack_field().wrapping_add(self.window))
    }

    /// The number that it last said it waits for.
    pub(super) fn memory_ack(&self) -> Option<u32> {
        self.side.memory.last_ack()
    }

    /// Notes what it has sent.
    #[inline]
    pub(super) fn sent(&mut self, seen: &Seen, window: u32, other: &mut Side, reset: Reset) {
        let end = seen.end();
        self.side.sent(seen, other, reset);
        if seen.fin() {
            self.fin_end = Some(end);
        }
        self.window = window;
        // The number of an RST that nobody takes says nothing of how far its sender has come.
        let says = !seen.rst() || reset == Reset::Taken;
        if says && self.next.is_none_or(|next| after(end, next)) {
            self.next = Some(end);
        }
        if seen.counts() {
            self.recent.push(Carried { frame: seen.frame, seq: seen.seq, end });
        }
    }

    /// Notes what the other end has confirmed to it.
    #[inline]
    pub(super) fn heard(&mut self, seen: &Seen) {
        if let Some(ack) = seen.ack()
            && self.acked.is_none_or(|acked| after(ack, acked))
        {
            self.acked = Some(ack);
        }
    }
}

/// Which numbers a frame carried.
#[derive(Clone, Copy, Debug)]
struct Carried {
    frame: u64,
    seq: u32,
    end: u32,
}

/// So many segments a direction are remembered.
const REMEMBERED: usize = 32;

/// The last segments of one direction, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<Carried>);

impl Recent {
    fn push(&mut self, carried: Carried) {
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(carried);
    }

    /// The first frame that carried this number.
    pub(super) fn carrying(&self, seq: u32) -> Option<u64> {
        let found = self.0.iter().find(|carried| covers(seq, carried.seq) && before(seq, carried.end));
        found.map(|carried| carried.frame)
    }

    /// The newest frame that `ack` confirms to the end and that was not confirmed before.
    pub(super) fn confirmed(&self, already: Option<u32>, ack: u32) -> Option<u64> {
        let new = |carried: &&Carried| {
            covers(ack, carried.end) && already.is_none_or(|already| after(carried.end, already))
        };
        self.0.iter().rev().find(new).map(|carried| carried.frame)
    }
}

//! One end of a conversation: what it has sent, what it has confirmed, which state it is in.

use std::collections::VecDeque;
use std::num::NonZeroU64;

use super::analysis::Memory;
use super::flight::Flights;
use super::scale::Scale;
use super::seen::{Seen, SynOptions};
use super::seq::{after, before, covers};
use crate::event::TcpState;

/// One end of a conversation, as far as it has been followed: three lines of a processor's cache, of which a segment that
/// is only counted needs the first two.
#[derive(Debug, Default)]
#[repr(C, align(64))]
pub struct End {
    /// The number that is shown as 0: of its SYN, or one before the first that was seen.
    pub(super) base: Option<u32>,
    /// The window it last told, scaled; 0 before it has told any.
    pub(super) window: u32,
    /// How its windows are scaled.
    pub(super) scale: Scale,
    /// It has sent a SYN-ACK.
    pub(super) answered: bool,
    /// It has sent a SYN without ACK: it did not listen, it called.
    pub(super) called: bool,
    /// It has sent data.
    pub(super) talked: bool,
    /// It has broken the conversation off, and before the other did.
    pub(super) broke_off: bool,
    /// The number after its FIN, once that was seen.
    pub(super) fin_end: Option<u32>,
    /// What its SYN offered; `None` where it was not seen.
    pub syn_options: Option<SynOptions>,
    /// What the analysis keeps.
    pub(super) memory: Memory,
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
    /// The segments it has sent lately; `None` where nobody will ask for them.
    pub(super) recent: Option<Box<Recent>>,
}

impl End {
    /// See [`Conversation::touch`](super::Conversation::touch).
    #[inline]
    pub(super) fn touch(&self, flights: &Flights) -> u32 {
        self.window ^ self.memory.touch(flights)
    }

    /// Relative numbers count from the SYN, or so that the first byte seen is 1.
    /// Says whether the sender starts anew.
    #[inline]
    pub(super) fn count_from(&mut self, seen: &Seen, flights: &Flights) -> bool {
        let zero = if seen.syn { seen.seq } else { seen.seq.wrapping_sub(1) };
        let base = *self.base.get_or_insert(zero);
        let again = seen.syn && seen.ack.is_some() && base != seen.seq;
        if again {
            // A second answer, or the first after a refusal: what was counted before it belonged to something else. The
            // analysis goes on from what was sent, as Wireshark's.
            let recent = self.recent.take().map(|_| Box::default());
            let mut memory = std::mem::take(&mut self.memory);
            memory.count_from(zero, flights);
            let (state, scale) = (self.state, self.scale);
            *self = End { base: Some(zero), state, scale, recent, memory, ..End::default() };
        }
        again
    }

    pub(super) fn take_syn(&mut self, seen: &Seen) {
        if self.isn.is_none() {
            self.isn = Some(seen.seq);
            self.syn_options = Some(seen.offers);
        }
    }

    /// The number up to which the other end may send, where it is known how its window is to be scaled.
    pub(super) fn room_to(&self) -> Option<u32> {
        let known = self.scale != Scale::Unknown && self.memory.has_spoken();
        known.then(|| self.memory.ack_field().wrapping_add(self.window))
    }

    /// Whether it has sent its FIN.
    pub(super) fn fin_handled(&self) -> bool {
        self.fin_end.is_some()
    }

    /// The number that it last said it waits for.
    pub(super) fn memory_ack(&self) -> Option<u32> {
        self.memory.last_ack()
    }

    /// Notes what it has sent.
    #[inline]
    pub(super) fn sent<const LEAN: bool>(&mut self, seen: &Seen, window: u32) {
        let end = seen.end();
        if seen.fin {
            self.fin_end = Some(end);
        }
        self.answered |= seen.syn && seen.ack.is_some();
        self.called |= seen.syn && seen.ack.is_none();
        self.talked |= seen.len > 0;
        self.window = window;
        if LEAN {
            return;
        }
        if self.next.is_none_or(|next| after(end, next)) {
            self.next = Some(end);
        }
        if let Some(recent) = &mut self.recent
            && seen.counts()
        {
            recent.push(Carried { frame: seen.frame, seq: seen.seq, end });
        }
    }

    /// Notes what the other end has confirmed to it.
    #[inline]
    pub(super) fn heard(&mut self, seen: &Seen) {
        if let Some(ack) = seen.ack
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

//! One end of a conversation, as far as it takes to count it: one line of a processor's cache.

use super::analysis::Memory;
use super::scale::Scale;
use super::seen::Seen;
use super::seq::covers;
use crate::flow::Sent;
use crate::flow::digest::Member;
use crate::flow::tally::count;

/// What both who counts conversations and who explains each segment keeps of an end.
#[derive(Debug, Default)]
#[repr(C, align(64))]
pub(in crate::flow) struct Side {
    /// What the analysis keeps.
    pub(super) memory: Memory,
    /// The bytes and the number of the frames that it has sent.
    bytes: u64,
    packets: u32,
    /// The number that is shown as 0: of its SYN, or one before the first that was seen. Known once `based`.
    base: u32,
    based: bool,
    /// It has sent a FIN.
    pub(super) finished: bool,
    /// It has sent a SYN-ACK.
    pub(super) answered: bool,
    /// It has sent a SYN without ACK: it did not listen, it called.
    pub(super) called: bool,
    /// It has sent data.
    pub(super) talked: bool,
    /// It has broken the conversation off, and before the other did.
    pub(super) broke_off: bool,
    /// How its windows are scaled.
    pub(super) scale: Scale,
}

impl Side {
    /// Relative numbers count from the SYN, or so that the first byte seen is 1.
    /// Says whether the sender starts anew.
    #[inline]
    pub(super) fn count_from(&mut self, seen: &Seen) -> bool {
        let zero = if seen.syn() { seen.seq } else { seen.seq.wrapping_sub(1) };
        self.base_on(zero);
        let again = seen.syn() && seen.has_ack() && self.base != seen.seq;
        if again {
            // A second answer, or the first after a refusal: what was counted before it belonged to something else. The
            // analysis goes on from what was sent, as Wireshark's.
            let (memory, bytes, packets) = (std::mem::take(&mut self.memory), self.bytes, self.packets);
            let scale = self.scale;
            *self = Side { memory, bytes, packets, base: zero, based: true, scale, ..Side::default() };
        }
        again
    }

    /// Notes that the other end confirms something.
    #[inline]
    pub(super) fn is_confirmed_by(&mut self, seen: &Seen) {
        if let Some(ack) = seen.ack() {
            self.base_on(ack.wrapping_sub(1));
        }
    }

    /// The number that is shown as 0, once it is known.
    #[inline]
    pub(super) fn base(&self) -> Option<u32> {
        self.based.then_some(self.base)
    }

    #[inline]
    fn base_on(&mut self, base: u32) {
        if !self.based {
            (self.base, self.based) = (base, true);
        }
    }

    /// Counts a frame of its own.
    #[inline]
    pub(super) fn count_frame(&mut self, member: &Member) {
        count(&mut self.packets, &mut self.bytes, member.len);
    }

    /// The frames that it has sent.
    pub(in crate::flow) fn frames(&self) -> Sent {
        Sent { packets: self.packets.into(), bytes: self.bytes }
    }

    /// Takes what its SYN says of its windows.
    #[inline]
    pub(super) fn takes_scale(&mut self, seen: &Seen, other: &mut Side) {
        self.scale.offered(seen, &mut other.scale);
    }

    /// Whether it takes an RST from `sender` (RFC 9293, section 3.5.3), as far as that shows here: in SYN-SENT one that confirms its
    /// SYN, else one in its window. What is not known of the window speaks for the RST. What it waits for is taken to be what it last
    /// said, so that bytes behind that may have arrived.
    pub(super) fn takes_reset(&self, seen: &Seen, sender: &Side) -> bool {
        let Some(wanted) = self.memory.last_ack() else {
            let calls = self.called && !sender.answered && !sender.called;
            return !calls || seen.ack().is_some_and(|ack| covers(ack, self.memory.next()));
        };
        let ahead = seen.seq.wrapping_sub(wanted);
        ahead <= self.scale.at_most(self.memory.window().unwrap_or(u16::MAX)).max(1)
    }

    /// Notes what it has sent.
    #[inline]
    pub(super) fn sent(&mut self, seen: &Seen, other: &Side) {
        self.broke_off |= seen.rst() && !other.broke_off && other.takes_reset(seen, self);
        self.finished |= seen.fin();
        self.answered |= seen.syn() && seen.has_ack();
        self.called |= seen.syn() && !seen.has_ack();
        self.talked |= seen.len > 0;
    }
}

const _: () = assert!(size_of::<Side>() == 64);

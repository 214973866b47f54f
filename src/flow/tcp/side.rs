//! One end of a conversation, as far as it takes to count it: one line of a processor's cache.

use super::analysis::Memory;
use super::scale::Scale;
use super::seen::Seen;
use super::seq::covers;
use crate::flow::Sent;
use crate::flow::digest::Member;
use crate::flow::tally::count;

/// Whether an end has broken the conversation off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::flow) enum Broke {
    #[default]
    No,
    /// Unless either end goes on: its RST has a number that is not awaited.
    Perhaps,
    Yes,
}

/// Whether the number is known that an end's are counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Based {
    #[default]
    No,
    Yes,
    /// It is, and what comes next shows whether the end has broken off: each segment is looked at.
    InDoubt,
}

/// What becomes of an RST at its receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::flow) enum Reset {
    /// It is no RST, or is ignored: it lies outside of the window or does not answer the SYN (RFC 9293, section 3.5.3).
    #[default]
    Ignored,
    /// It lies in the window, but behind all that its sender was seen to send: it is answered by an ACK and dropped (RFC 9293, section
    /// 3.10.7.4). Where the capture has lost what lies between, it was taken.
    Challenged,
    Taken,
}

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
    based: Based,
    /// It has sent a FIN.
    pub(super) finished: bool,
    /// It has sent a SYN-ACK.
    pub(super) answered: bool,
    /// It has sent a SYN without ACK: it did not listen, it called.
    pub(super) called: bool,
    /// It has sent data.
    pub(super) talked: bool,
    /// It has broken the conversation off, and before the other did.
    pub(super) broke_off: Broke,
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
            *self = Side { memory, bytes, packets, base: zero, based: Based::Yes, scale, ..Side::default() };
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
        (self.based != Based::No).then_some(self.base)
    }

    #[inline]
    fn base_on(&mut self, base: u32) {
        if self.based == Based::No {
            (self.base, self.based) = (base, Based::Yes);
        }
    }

    /// Whether its numbers can be counted, and nothing of it is in doubt.
    #[inline(always)]
    pub(super) fn is_settled(&self) -> bool {
        self.based == Based::Yes
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

    /// What it does with a segment from `sender` if that is an RST, as far as that shows here: in SYN-SENT it takes one that confirms
    /// its SYN, else one with the number that it awaits. That may be any from what it last said to the last one that was sent. What is
    /// not known speaks for the RST. To be asked before the segment is analysed.
    #[inline]
    pub(super) fn reset_by(&self, seen: &Seen, sender: &Side) -> Reset {
        if seen.rst() { self.judge(seen, sender) } else { Reset::Ignored }
    }

    #[cold]
    fn judge(&self, seen: &Seen, sender: &Side) -> Reset {
        let taken = |taken| if taken { Reset::Taken } else { Reset::Ignored };
        let Some(wanted) = self.memory.last_ack() else {
            let calls = self.called && !sender.answered && !sender.called;
            return taken(!calls || seen.ack().is_some_and(|ack| covers(ack, self.memory.next())));
        };
        let ahead = seen.seq.wrapping_sub(wanted);
        let next = sender.memory.next();
        let sent = next.wrapping_sub(wanted) as i32;
        if ahead == 0 || next == 0 || ahead as i32 > 0 && ahead as i32 <= sent {
            return Reset::Taken;
        }
        let room = self.scale.at_most(self.memory.window().unwrap_or(u16::MAX)).max(1);
        if ahead <= room { Reset::Challenged } else { Reset::Ignored }
    }

    /// Notes what it has sent; `reset`: what becomes of it if it is an RST.
    #[inline]
    pub(super) fn sent(&mut self, seen: &Seen, other: &mut Side, reset: Reset) {
        if seen.rst() {
            self.breaks_off(reset, other);
        } else {
            self.goes_on(seen, other);
        }
        self.finished |= seen.fin();
        self.answered |= seen.syn() && seen.has_ack();
        self.called |= seen.syn() && !seen.has_ack();
        self.talked |= seen.len > 0;
    }

    #[cold]
    fn breaks_off(&mut self, reset: Reset, other: &Side) {
        let broke = match reset {
            _ if self.broke_off == Broke::Yes || other.broke_off == Broke::Yes => return,
            Reset::Ignored => return,
            Reset::Challenged => Broke::Perhaps,
            Reset::Taken => Broke::Yes,
        };
        self.broke_off = broke;
        if broke == Broke::Perhaps {
            self.based = Based::InDoubt;
        }
    }

    /// What goes on was not broken off: neither by an RST that nobody need have taken, nor by the one that answered an answer to
    /// something older, where the same SYN comes again.
    #[inline]
    fn goes_on(&mut self, seen: &Seen, other: &mut Side) {
        for side in [&mut *self, other] {
            if side.broke_off == Broke::Perhaps {
                (side.broke_off, side.based) = (Broke::No, Based::Yes);
            }
        }
        if seen.syn() && !seen.has_ack() {
            self.broke_off = Broke::No;
        }
    }
}

const _: () = assert!(size_of::<Side>() == 64);

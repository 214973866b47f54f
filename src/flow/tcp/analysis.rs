//! What TCP was doing, in Wireshark's terms, as far as the frames so far tell.

use super::end::End;
use super::seen::Seen;
use super::seq::{after, before, covers};
use crate::frame::Time;

/// What TCP was doing with a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// It carries bytes (or SYN or FIN) that were sent before.
    pub retransmission: bool,
    /// That, soon after the other end has asked for them three times.
    pub fast_retransmission: bool,
    /// That, although the other end had confirmed them.
    pub spurious_retransmission: bool,
    /// Its bytes come before some that were seen, but for the first time.
    pub out_of_order: bool,
    /// Bytes before its own are missing in the capture so far.
    pub lost_segment: bool,
    /// It confirms bytes that were never captured.
    pub ack_lost_segment: bool,
    /// It says the same as the one before: the n-th time.
    pub duplicate_ack: Option<u32>,
    /// It asks whether the other end is still there.
    pub keep_alive: bool,
    /// It answers that.
    pub keep_alive_ack: bool,
    /// Its sender has no room left.
    pub zero_window: bool,
    /// Nothing but more (or less) room.
    pub window_update: bool,
    /// A SYN on addresses and ports of an earlier conversation.
    pub reused_ports: bool,
}

impl Analysis {
    /// Whether its bytes were seen before.
    pub fn is_repeat(&self) -> bool {
        self.retransmission || self.fast_retransmission || self.spurious_retransmission || self.keep_alive
    }
}

/// What the analysis keeps of an end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// When it last sent something that moved its numbers on.
    advanced: Option<Time>,
    /// The last acknowledgement number and window that it sent, on the wire.
    last_ack: Option<(u32, u16)>,
    duplicate_acks: u32,
    /// Its last segment asked whether the other is still there.
    asked: bool,
    highest: Option<u32>,
}

impl Memory {
    pub(super) fn has_spoken(&self) -> bool {
        self.last_ack.is_some()
    }

    pub(super) fn last_ack(&self) -> Option<u32> {
        self.last_ack.map(|(ack, _)| ack)
    }

    pub(super) fn sent(&mut self, seen: &Seen<'_>) {
        if seen.counts() && self.highest.is_none_or(|highest| after(seen.end(), highest)) {
            self.advanced = seen.time;
            self.highest = Some(seen.end());
        }
        if let Some(ack) = seen.ack {
            self.last_ack = Some((ack, seen.window));
        }
    }
}

/// Bytes that arrive so soon after later ones were overtaken on the way, not sent again (Wireshark's 3 ms).
const OVERTAKEN_NANOS: i128 = 3_000_000;
/// A repeat so soon after the third request for it did not wait for a clock (Wireshark's 20 ms).
const FAST_NANOS: i128 = 20_000_000;

/// Compares a segment with what both ends have sent before it.
pub(super) fn analyse(seen: &Seen<'_>, sender: &mut End, receiver: &mut End) -> Analysis {
    let mut found = Analysis::default();
    let quiet = !seen.syn && !seen.fin && !seen.rst;
    found.zero_window = seen.window == 0 && quiet;
    let Some(next) = sender.next else {
        return found;
    };
    found.lost_segment = after(seen.seq, next) && !seen.rst;
    found.keep_alive =
        quiet && seen.len <= 1 && seen.seq == next.wrapping_sub(1) && sender.talked_or_opened();
    found.ack_lost_segment =
        seen.ack.zip(receiver.next).is_some_and(|(ack, sent)| after(ack, sent)) && !seen.rst && !seen.syn;
    if !found.keep_alive {
        repeats(seen, sender, receiver, next, &mut found);
    }
    let same_ack = seen.ack.is_some() && sender.memory.last_ack.map(|(ack, _)| ack) == seen.ack;
    let idle = quiet && seen.len == 0 && seen.seq == next && same_ack;
    if idle && sender.memory.last_ack.is_some_and(|(_, window)| window == seen.window) {
        if receiver.memory.asked {
            found.keep_alive_ack = true;
        } else if seen.window != 0 {
            sender.memory.duplicate_acks += 1;
            found.duplicate_ack = Some(sender.memory.duplicate_acks);
        }
    } else {
        found.window_update = idle && seen.window != 0;
        if !same_ack {
            sender.memory.duplicate_acks = 0;
        }
    }
    sender.memory.asked = found.keep_alive;
    found
}

fn repeats(seen: &Seen<'_>, sender: &End, receiver: &End, next: u32, found: &mut Analysis) {
    if !seen.counts() || !before(seen.seq, next) {
        return;
    }
    let soon = |limit| {
        let waited = seen.time.zip(sender.memory.advanced).map(|(now, then)| now - then);
        waited.is_some_and(|waited| waited < limit)
    };
    let known = sender.recent.carrying(seen.seq).is_some();
    if seen.len > 0 && sender.acked.is_some_and(|acked| covers(acked, seen.seq.wrapping_add(seen.len))) {
        found.spurious_retransmission = true;
    } else if receiver.memory.duplicate_acks >= 2 && sender.acked == Some(seen.seq) && soon(FAST_NANOS) {
        found.fast_retransmission = true;
    } else if !known && !seen.syn && soon(OVERTAKEN_NANOS) {
        found.out_of_order = true;
    } else {
        found.retransmission = true;
    }
}

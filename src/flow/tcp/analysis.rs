//! What TCP was doing, in Wireshark's terms, as far as the frames so far tell.
//!
//! The rules and their thresholds are Wireshark's own (`tcp.analysis.*`, version 4.0), so that a filter typed there finds
//! the same frames. They are heuristics: a capture shows what passed one place, not what the ends knew.

use super::moment::Moment;
use super::seen::Seen;
use super::seq::{after, before};

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
    /// It asks with one byte whether there is room again.
    pub zero_window_probe: bool,
    /// It answers that there is still none.
    pub zero_window_probe_ack: bool,
    /// It fills all the room that the other end has.
    pub window_full: bool,
    /// Nothing but more (or less) room.
    pub window_update: bool,
    /// A SYN on addresses and ports of an earlier conversation.
    pub reused_ports: bool,
    /// How many bytes its sender has sent that are not yet confirmed, these included.
    pub bytes_in_flight: Option<u32>,
    /// How long ago the segment that it confirms was sent, in nanoseconds.
    pub ack_rtt: Option<i64>,
}

impl Analysis {
    /// Whether its bytes were seen before.
    pub fn is_repeat(&self) -> bool {
        self.retransmission || self.fast_retransmission || self.spurious_retransmission || self.keep_alive
    }
}

/// Bytes that arrive so soon after later ones were overtaken on the way, not sent again, as long as no round trip is known.
const OVERTAKEN_NANOS: i64 = 3_000_000;
/// A repeat so soon after the third request for it did not wait for a clock.
const FAST_NANOS: i64 = 20_000_000;

/// What the analysis keeps of an end: of its last segment, and of all that it has sent.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The number after the last byte it has sent, and when it sent that; 0 before, as in Wireshark.
    next: u32,
    /// The same, up to the first gap.
    contiguous: u32,
    next_time: Moment,
    ack_time: Moment,
    /// The acknowledgement number that it last sent, whatever the flag said; 0 before.
    ack: u32,
    /// How often it has repeated itself.
    duplicate_acks: u32,
    /// The window that it last told, as it stood there.
    window: Option<u16>,
    acks: bool,
    /// It was told that bytes of it were confirmed that were never captured, and has said nothing new since.
    missed: bool,
    /// Its last segment asked whether the other is still there, or has room again.
    asked: bool,
    probed: bool,
}

impl Memory {
    /// The acknowledgement number that it last sent, whatever the flag said; 0 before.
    pub(super) fn ack_field(&self) -> u32 {
        self.ack
    }

    /// The number that it last said it waits for.
    pub(super) fn last_ack(&self) -> Option<u32> {
        self.acks.then_some(self.ack)
    }

    /// The number after the last byte it has sent; 0 before.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// The window that it last told, as it stood there.
    pub(super) fn window(&self) -> Option<u16> {
        self.window
    }

    /// Whether it has sent anything yet.
    pub(super) fn has_spoken(&self) -> bool {
        self.window.is_some()
    }

    /// See [`Counted::touch`](super::Counted::touch).
    #[inline]
    pub(super) fn touch(&self) -> u32 {
        self.next
    }

    /// Takes what each segment says, whatever it carries.
    #[inline]
    fn tells(&mut self, seen: &Seen, asked: bool, probed: bool) {
        self.window = Some(seen.window);
        self.ack = seen.ack_raw;
        self.acks = seen.has_ack();
        self.ack_time = seen.time;
        self.asked = asked;
        self.probed = probed;
    }

    fn repeats_itself(&self, seen: &Seen) -> bool {
        self.window == Some(seen.window) && self.next == seen.seq && self.ack == seen.ack_raw
    }
}

/// The same as [`analyse`] for a segment that simply follows the last one, which nine in ten do: there is nothing to find. Says whether
/// it is one; if not, nothing has changed.
#[inline(always)]
pub(super) fn goes_on(seen: &Seen, own: &mut Memory, other: &Memory) -> bool {
    let end = seen.seq.wrapping_add(seen.len);
    let follows = own.next == seen.seq && own.next != 0 && seen.is_usual();
    // Nor does it ask for room, nor say again what it said before.
    let news = if seen.len == 0 { own.ack != seen.ack_raw } else { other.window != Some(0) };
    let unheard = seen.len == 0 || other.ack == 0 || !at_most(end, other.ack);
    let seen_before = other.contiguous == 0 || !after(seen.ack_raw, other.contiguous);
    if !(follows && news && unheard && seen_before) {
        return false;
    }
    if seen.ack_raw != own.ack {
        own.duplicate_acks = 0;
        own.missed = false;
    }
    if seen.len > 0 {
        (own.next, own.next_time) = (end, seen.time);
    }
    if own.contiguous == 0 || own.contiguous == seen.seq {
        own.contiguous = end;
    }
    own.tells(seen, false, false);
    true
}

/// Compares a segment with what both ends have sent before it, and remembers it. `first_rtt`: the handshake's round trip,
/// where it is known. `room`: the number up to which the sender may send, where that is known. Also says whether it is an ACK
/// beyond everything that was captured. What it takes to know what is on the way is [`Way`](super::way::Way)'s.
#[inline(always)]
pub(super) fn analyse(
    seen: &Seen,
    own: &mut Memory,
    other: &mut Memory,
    first_rtt: Option<i64>,
    room: Option<u32>,
) -> (Analysis, bool) {
    let mut found = Analysis::default();
    window_and_gaps(seen, own, other, room, &mut found);
    if seen.ack_raw != own.ack {
        own.duplicate_acks = 0;
        own.missed = false;
    }
    let beyond = ack_of_the_unseen(seen, other, &mut found);
    if seen.counts() && !found.keep_alive {
        repeats(seen, own, other, first_rtt, &mut found);
    }
    remember(seen, own, &found);
    (found, beyond)
}

#[inline(always)]
fn window_and_gaps(
    seen: &Seen,
    own: &mut Memory,
    other: &mut Memory,
    room: Option<u32>,
    found: &mut Analysis,
) {
    let quiet = !seen.syn() && !seen.fin() && !seen.rst();
    let expected = own.next == seen.seq;
    if seen.len == 1 && expected && other.window == Some(0) {
        found.zero_window_probe = true;
        return;
    }
    found.zero_window = seen.window == 0 && quiet;
    found.lost_segment = own.next != 0 && after(seen.seq, own.next) && !seen.rst();
    found.keep_alive = quiet && seen.len <= 1 && seen.seq == own.next.wrapping_sub(1);
    let idle = quiet && seen.len == 0;
    let same_ack = seen.ack_raw == own.ack;
    found.window_update = idle && seen.window != 0 && own.window != Some(seen.window) && expected && same_ack;
    found.window_full = quiet && seen.len > 0 && room == Some(seen.seq.wrapping_add(seen.len));
    let repeats = idle && own.repeats_itself(seen);
    if repeats && seen.window != 0 && other.asked {
        found.keep_alive_ack = true;
    } else if idle && seen.window == 0 && own.window == Some(0) && expected && same_ack && other.probed {
        found.zero_window_probe_ack = true;
    } else if repeats && seen.window != 0 {
        own.duplicate_acks += 1;
        own.missed = false;
        found.duplicate_ack = Some(own.duplicate_acks);
    }
}

/// Whether it is an ACK beyond everything that was captured without a gap.
#[inline(always)]
fn ack_of_the_unseen(seen: &Seen, other: &mut Memory, found: &mut Analysis) -> bool {
    if other.contiguous == 0 || !seen.ack().is_some_and(|ack| after(ack, other.contiguous)) {
        return false;
    }
    if before(other.contiguous, other.next) {
        other.contiguous = other.next;
        found.ack_lost_segment = true;
    } else {
        // The other side is silent or repeats itself: said once, until it says something new.
        found.ack_lost_segment = other.duplicate_acks == 0 && !other.missed;
        other.duplicate_acks = 0;
        other.missed = true;
    }
    true
}

#[inline(always)]
fn repeats(seen: &Seen, own: &Memory, other: &Memory, first_rtt: Option<i64>, found: &mut Analysis) {
    let (next, end) = (own.next, end_of(seen));
    // More than one byte from just before the end: the byte that asked for room, and new ones behind it.
    let again = next != 0 && before(seen.seq, next) && !(seen.len > 1 && seen.seq == next.wrapping_sub(1));
    if seen.len > 0 && other.ack != 0 && at_most(seen.seq.wrapping_add(seen.len), other.ack) {
        found.spurious_retransmission = true;
    } else if !again {
    } else if (other.duplicate_acks >= 2 || other.missed)
        && sooner(seen.time, other.ack_time, FAST_NANOS)
        && other.ack == seen.seq
    {
        found.fast_retransmission = true;
    } else if sooner(seen.time, own.next_time, first_rtt.unwrap_or(OVERTAKEN_NANOS)) && next != end {
        found.out_of_order = true;
    } else {
        found.retransmission = true;
    }
}

/// Whether `a` is `b` or lies before it; at exactly half of all numbers too, as Wireshark counts.
fn at_most(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) as i32 <= 0
}

/// Whether less than `limit` nanoseconds lie between two frames. As in Wireshark, a frame that claims to be older is never soon,
/// and where a file has no times all frames are of the same moment.
fn sooner(now: Moment, then: Moment, limit: i64) -> bool {
    let passed = now.since(then).or((now == then).then_some(0));
    passed.is_some_and(|passed| (passed as u64) < limit as u64)
}

/// The number after a segment; Wireshark counts SYN and FIN together as one.
pub(super) fn end_of(seen: &Seen) -> u32 {
    seen.seq.wrapping_add(seen.len).wrapping_add((seen.syn() || seen.fin()).into())
}

#[inline(always)]
fn remember(seen: &Seen, own: &mut Memory, found: &Analysis) {
    let end = end_of(seen);
    if !found.zero_window_probe {
        if own.next == 0 || after(end, own.next) {
            (own.next, own.next_time) = (end, seen.time);
        }
        if own.contiguous == 0 || own.contiguous == seen.seq {
            // What filled the gap may have had later bytes waiting behind it.
            own.contiguous = own.next;
        }
    }
    own.tells(seen, found.keep_alive, found.zero_window_probe);
}

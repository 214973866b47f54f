//! Which states both ends must be in, judged from the segments alone (RFC 9293, sections 3.3.2 and 3.10).

use std::num::NonZeroU64;

use super::end::End;
use super::seen::Seen;
use super::segment::Transition;
use super::seq::{after, covers};
use super::side::Reset;
use crate::event::TcpState::{self, *};

/// What is known of a segment beside itself and both ends.
pub(super) struct Known {
    /// It is the first one of its conversation,
    pub(super) first: bool,
    /// which begins in the middle.
    pub(super) mid_stream: bool,
    /// What becomes of it if it is an RST.
    pub(super) reset: Reset,
}

/// Both ends' states before and after a segment (the sender's first), and moves the ends on. Also the frame that the segment
/// crossed on the way.
pub(super) fn step(
    seen: &Seen,
    sender: &mut End,
    receiver: &mut End,
    Known { first, mid_stream, reset }: Known,
) -> (Transition, Transition, Option<u64>) {
    if first {
        (sender.state, receiver.state) = at_first(seen);
    } else if mid_stream && sender.state.is_none() {
        settle(seen, sender, receiver);
    }
    correct(seen, sender, receiver);
    // When it sent this, it was not yet where it is: either what moved it did not arrive, or the two crossed.
    let mut earlier = unmoved(seen, sender, receiver);
    let crosses = earlier.is_some() && (sender.certain || answers_late(seen, sender, receiver));
    if !crosses && let Some(state) = earlier.take() {
        sender.state = Some(state);
    }
    // A copy moves nobody; a first SYN-ACK shows the state that it was sent from.
    let first_answer = seen.syn() && seen.has_ack() && !sender.side.answered;
    let before = (earlier.filter(|_| first_answer).or(sender.state), receiver.state);
    if seen.rst() {
        break_off(seen, sender, receiver, reset);
    } else if seen.syn() {
        open(seen, sender, receiver);
    } else {
        send(seen, sender, receiver);
        receive(seen, sender, receiver);
    }
    (
        Transition { before: before.0, after: sender.state },
        Transition { before: before.1, after: receiver.state },
        sender.moved_by.filter(|_| crosses).map(NonZeroU64::get),
    )
}

/// The states before the first segment that was captured.
fn at_first(seen: &Seen) -> (Option<TcpState>, Option<TcpState>) {
    match (seen.syn(), seen.has_ack()) {
        (true, false) => (Some(Closed), Some(Listen)),
        (true, true) => (Some(SynReceived), Some(SynSent)),
        _ => (None, None),
    }
}

/// In a capture that starts in the middle: once both have sent data, neither can have sent its FIN before the start.
fn settle(seen: &Seen, sender: &mut End, receiver: &mut End) {
    let talks = sender.side.talked || seen.len > 0;
    let open = sender.fin_end.is_none() && receiver.fin_end.is_none();
    if talks && receiver.side.talked && open && receiver.state.is_none() {
        (sender.state, receiver.state) = (Some(Established), Some(Established));
    }
}

/// What the sender shows by sending this: a step that was taken for granted and had not happened yet, or one that the
/// capture missed.
fn correct(seen: &Seen, sender: &mut End, receiver: &mut End) {
    let unheard = sender.next.is_none();
    match sender.state {
        // Its own SYN crossed the other's, or it answers by refusing: it never listened.
        Some(SynReceived) if unheard && (seen.rst() || !seen.has_ack()) && receiver.isn.is_some() => {
            sender.state = Some(Closed);
        }
        // It confirms without a SYN of its own: that was not captured, or this belongs to something older.
        Some(SynReceived) if unheard && !seen.syn() && !seen.rst() => {
            sender.state = receiver.memory_ack().map(|_| Established);
        }
        // The SYN-ACK that made it go on was not captured.
        Some(SynSent) if !seen.syn() && !seen.rst() && seen.has_ack() => sender.state = Some(Established),
        // Its FIN crossed the other's: it had not seen that one when it sent.
        Some(CloseWait) if seen.fin() && !confirms(seen, receiver.fin_end) => {
            sender.state = Some(Established)
        }
        _ => {}
    }
    // It confirms a FIN that could not be handled earlier because something before it was missing.
    if sender.state == Some(Established) && confirms(seen, receiver.fin_end) {
        sender.state = Some(CloseWait);
    }
}

/// The state that the sender was in when it sent this, where that lies behind the one it was taken to be in.
fn unmoved(seen: &Seen, sender: &End, receiver: &End) -> Option<TcpState> {
    let fin_again = seen.fin() && sender.fin_end == Some(seen.end());
    match sender.state {
        // It calls again: it has not heard the answer.
        Some(Established) if seen.syn() && !seen.has_ack() && sender.isn == Some(seen.seq) => Some(SynSent),
        // Only who has not heard the ACK sends a SYN-ACK: again, or because both have called.
        Some(Established) if seen.syn() && sender.side.answered && sender.next == Some(seen.end()) => {
            Some(SynReceived)
        }
        Some(Established)
            if seen.syn() && !sender.side.answered && sender.side.called && receiver.side.called =>
        {
            Some(SynReceived)
        }
        // It says goodbye again: it has not heard what confirms its FIN.
        Some(FinWait2) if fin_again => Some(FinWait1),
        Some(Closed) if fin_again => Some(LastAck),
        Some(TimeWait) if fin_again => {
            Some(if confirms(seen, receiver.fin_end) { Closing } else { FinWait1 })
        }
        _ => None,
    }
}

/// Whether a SYN-ACK answers a SYN that came before what has moved its sender on since: nothing was lost.
fn answers_late(seen: &Seen, sender: &End, receiver: &End) -> bool {
    seen.syn() && seen.has_ack() && (receiver.asks_again || !sender.side.answered)
}

fn confirms(seen: &Seen, end: Option<u32>) -> bool {
    seen.ack().zip(end).is_some_and(|(ack, end)| covers(ack, end))
}

/// Whether the receiver, which was in this state, takes an RST: a stray one is ignored (RFC 9293, section 3.5.3).
pub(super) fn takes_reset(seen: &Seen, receiver: &End, was: Option<TcpState>, reset: Reset) -> bool {
    let answers = was != Some(SynSent) || confirms(seen, receiver.next);
    answers && reset == Reset::Taken
}

fn break_off(seen: &Seen, sender: &mut End, receiver: &mut End, reset: Reset) {
    let acceptable = takes_reset(seen, receiver, receiver.state, reset);
    // Refusing an answer that fits nothing it has sent, its sender goes on waiting (RFC 9293, section 3.10.7.3).
    let refuses = sender.state == Some(SynSent) && !seen.has_ack() && receiver.memory_ack() == Some(seen.seq);
    // Nobody breaks off with a number that it has not come to yet: such an RST is forged, or from something older.
    let foreign = !acceptable && sender.next.is_some_and(|next| after(seen.seq, next));
    if !refuses && !foreign {
        sender.state = Some(Closed);
    }
    if acceptable {
        let listened = receiver.state == Some(SynReceived) && !receiver.side.called;
        receiver.state = Some(if listened { Listen } else { Closed });
    }
}

fn open(seen: &Seen, sender: &mut End, receiver: &mut End) {
    match seen.ack() {
        None => match (sender.state, receiver.state) {
            (Some(Closed), Some(Listen)) => {
                (sender.state, receiver.state) = (Some(SynSent), Some(SynReceived))
            }
            // The one before never arrived.
            (Some(SynSent), Some(Listen)) => receiver.state = Some(SynReceived),
            // Both called at once.
            (Some(Closed), Some(SynSent)) => {
                (sender.state, receiver.state) = (Some(SynReceived), Some(SynReceived))
            }
            _ => {}
        },
        Some(ack) => {
            if matches!(sender.state, None | Some(Closed | Listen)) {
                sender.state = Some(SynReceived);
            }
            let heard = receiver.isn.is_none_or(|isn| confirms(seen, Some(isn.wrapping_add(1))))
                && receiver.next.is_none_or(|next| !after(ack, next));
            if heard && matches!(receiver.state, Some(SynSent | SynReceived)) {
                receiver.state = Some(Established);
            }
        }
    }
}

fn send(seen: &Seen, sender: &mut End, receiver: &End) {
    if !seen.fin() || sender.fin_end.is_some() {
        return;
    }
    sender.state = match sender.state {
        Some(Established | SynReceived) if receiver.fin_end.is_some() => Some(Closing),
        Some(Established | SynReceived) => Some(FinWait1),
        Some(CloseWait) => Some(LastAck),
        None if confirms(seen, receiver.fin_end) => Some(LastAck),
        other => other,
    };
}

fn receive(seen: &Seen, sender: &End, receiver: &mut End) {
    if let (Some(SynReceived), Some(isn)) = (receiver.state, receiver.isn)
        && confirms(seen, Some(isn.wrapping_add(1)))
    {
        receiver.state = Some(Established);
    }
    if confirms(seen, receiver.fin_end) {
        receiver.state = match receiver.state {
            Some(FinWait1) => Some(FinWait2),
            Some(Closing) => Some(TimeWait),
            Some(LastAck) => Some(Closed),
            other => other,
        };
    }
    let in_order = sender.next.is_none_or(|next| !after(seen.seq, next));
    if seen.fin() && in_order {
        receiver.state = match receiver.state {
            Some(Established | SynReceived) => Some(CloseWait),
            Some(FinWait1) => Some(Closing),
            Some(FinWait2) => Some(TimeWait),
            other => other,
        };
    }
}

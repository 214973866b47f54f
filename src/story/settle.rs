//! What the next segment reveals about the one before: whether it arrived, and where it found the other side.

use crate::dissect::TcpSlice;
use crate::event::{Host, TcpState};
use crate::flow::Segment;

use super::progress::Progress;
use super::step::Step;
use super::told::Seen;
use super::what::What;

/// Whether a step waits for the next segment before it is told. A lab knows at once what that shows. Its recording knows of
/// each frame whether it arrived, and not where: whether somebody listened for a SYN, the answer shows.
pub(super) fn waits(tcp: &TcpSlice<'_>, words: &str, seen: &Seen) -> bool {
    let recorded = seen.from.is_none() && seen.verdict.is_some_and(|verdict| !verdict.is_lost());
    if seen.sockets.is_some() || seen.verdict.is_some() && !(recorded && tcp.syn() && !tcp.ack()) {
        return false;
    }
    match words {
        "step tcp.fin" => true,
        "step tcp.syn_ack_simultaneous" | "step tcp.syn_ack_wrong" => false,
        _ => tcp.syn() && !tcp.rst(),
    }
}

/// The step that waited, put right by the segment that came next; `words`: that one's.
pub(super) fn by_next(
    mut pending: Box<Step>,
    next: &TcpSlice<'_>,
    segment: &Segment,
    words: &str,
    progress: &Progress,
) -> Box<Step> {
    let receiver = pending.from.other();
    let unsure = pending.verdict.is_none();
    let again = unsure && next.syn() && progress.said_syn(segment.from, next.ack());
    match (pending.what, words) {
        (What::TcpFin, "step tcp.fin_crossed") => {
            set(&mut pending, receiver, Some(TcpState::FinWait1), Some(TcpState::Closing));
            let note = format!(
                "The {receiver}'s FIN, frame {}, was on its way already: the two cross.",
                segment.frame
            );
            pending.notes.push(note);
        }
        (What::TcpFin, _) => {}
        (What::TcpSyn, "step tcp.rst_refused") => {
            set(&mut pending, receiver, Some(TcpState::Closed), Some(TcpState::Closed));
        }
        (What::TcpSyn, "step tcp.syn_simultaneous") => {
            set(&mut pending, receiver, None, None);
            pending.notes.push(format!(
                "The {receiver}'s SYN, frame {}, was on its way already: the two cross.",
                segment.frame
            ));
        }
        (What::TcpSyn, "step tcp.ack_without_syn" | "step tcp.ack_wrong") => {
            set(&mut pending, receiver, None, None)
        }
        (What::TcpSynAck, _) if again && segment.from == receiver => {
            stay(&mut pending, receiver);
            pending.notes.push(format!(
                "It seems that it did not arrive: the {} speaks as if it had heard nothing.",
                segment.from
            ));
        }
        _ if segment.from == pending.from && again => unanswered(&mut pending, progress),
        _ => {}
    }
    pending
}

/// Nothing more came: whether it arrived, nobody can see.
pub(super) fn unanswered(pending: &mut Step, progress: &Progress) {
    if pending.what == What::TcpFin || pending.verdict.is_some() {
        return;
    }
    let receiver = pending.from.other();
    if progress.syn_seen(receiver) {
        let before = pending.states.and_then(|states| states.of(receiver).before);
        set(pending, receiver, before, None);
    } else {
        set(pending, receiver, None, None);
    }
}

fn set(step: &mut Step, host: Host, before: Option<TcpState>, after: Option<TcpState>) {
    if let Some(states) = &mut step.states {
        let change = states.of_mut(host);
        change.before = before;
        change.after = after;
    }
}

fn stay(step: &mut Step, host: Host) {
    if let Some(states) = &mut step.states {
        let change = states.of_mut(host);
        change.after = change.before;
    }
}

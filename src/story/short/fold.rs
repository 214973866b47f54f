//! Steps that are told together, in one line.

use crate::event::Host;

use super::super::step::Step;
use super::super::what::What;
use super::ordinary::{Ordinary, ordinary};

/// Whether these steps of one kind are all that belong together.
pub(super) fn is_complete(held: &[Step]) -> bool {
    let ends = |words: &str| held.last().is_some_and(|last| last.words == words);
    match held.first().and_then(ordinary) {
        Some(Ordinary::Neighbour) => {
            held.len() == 2
                && held.last().is_some_and(|last| matches!(last.what, What::ArpReply | What::NdAdvertisement))
        }
        Some(Ordinary::Opening) => ends("step tcp.ack_handshake") && begins_with_syn(held),
        Some(Ordinary::Closing) => ends("step tcp.ack_last") && has_both_fins(held),
        _ => false,
    }
}

/// Whether a handshake lacks only its last ACK: what comes next acknowledges, too.
pub(super) fn is_answered(held: &[Step]) -> bool {
    held.len() == 2 && begins_with_syn(held) && held.last().is_some_and(|last| last.what == What::TcpSynAck)
}

fn begins_with_syn(held: &[Step]) -> bool {
    held.first().is_some_and(|first| first.what == What::TcpSyn)
}

fn has_both_fins(held: &[Step]) -> bool {
    [Host::Client, Host::Server]
        .iter()
        .all(|host| held.iter().any(|step| (step.what, step.from) == (What::TcpFin, *host)))
}

/// One step for all of these.
pub(super) fn together(mut held: Vec<Step>) -> Option<Step> {
    let first = held.first()?;
    let mut frames: Vec<u64> = held.iter().filter_map(|step| step.frames.first().copied()).collect();
    // Its time is the last one's, so its number is.
    frames.rotate_right(1);
    let flags = |step: &Step| step.label.split(',').next().unwrap_or_default().to_owned();
    let list = held.iter().map(flags).collect::<Vec<_>>().join(", ");
    let (words, label) = match ordinary(first)? {
        Ordinary::Neighbour => {
            let how = if first.what == What::ArpRequest { "ARP" } else { "neighbour discovery" };
            ("step story.neighbour", format!("{how} finds the {}'s MAC address", first.from.other()))
        }
        Ordinary::Opening => ("step story.tcp_opens", format!("TCP opens: {list}")),
        Ordinary::Closing => ("step story.tcp_closes", format!("TCP closes: {list}")),
        Ordinary::Ack | Ordinary::Data => return None,
    };
    let from = first.from;
    let mut values: Vec<_> =
        first.values.iter().filter(|(name, _)| matches!(*name, "from" | "to")).cloned().collect();
    values.push(("frames", named(&frames)));
    values.push(("list", list));
    let code = held.iter_mut().flat_map(|step| std::mem::take(&mut step.code)).collect();
    let server_code = held.iter_mut().flat_map(|step| std::mem::take(&mut step.server_code)).collect();
    let verdicts = held.iter_mut().flat_map(|step| std::mem::take(&mut step.verdicts)).collect();
    let line = line_of(held.pop()?, words, label, frames);
    Some(Step { from, values, code, server_code, verdicts, ..line })
}

/// A step that stands for several, at the time of the last one; `frames`: that one's first.
pub(super) fn line_of(last: Step, words: &'static str, label: String, frames: Vec<u64>) -> Step {
    let Step { number, stream, time, since, inside_tls, verdict, at, .. } = last;
    let bare = Step::bare(What::Folded, words, last.from, last.link);
    Step { number, stream, frames, time, since, label, inside_tls, verdict, at, ..bare }
}

/// `frame 4`, `frames 4 and 5`, `frames 4 to 6`.
pub(super) fn named(frames: &[u64]) -> String {
    match (frames.iter().min(), frames.iter().max()) {
        (Some(first), Some(last)) if last - first > 1 => format!("frames {first} to {last}"),
        (Some(first), Some(last)) if last > first => format!("frames {first} and {last}"),
        (Some(first), _) => format!("frame {first}"),
        _ => String::new(),
    }
}

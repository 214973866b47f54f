//! Which steps are so ordinary that they can be told in short.

use crate::event::{Host, Verdict};
use crate::flow::talk::Severity;

use super::super::step::{FieldValue, Step};
use super::super::what::What;

/// A step in which all is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ordinary {
    /// A neighbour is asked for, and answers.
    Neighbour,
    /// TCP's handshake.
    Opening,
    /// It only acknowledges.
    Ack,
    /// Bytes in their order.
    Data,
    /// TCP's goodbye.
    Closing,
}

/// What is ordinary about it; `None` for all that deserves a look.
pub(super) fn ordinary(step: &Step) -> Option<Ordinary> {
    let kind = match step.words {
        "step arp.request"
        | "step arp.check"
        | "step arp.reply"
        | "step nd.solicitation"
        | "step nd.advertisement" => Ordinary::Neighbour,
        "step tcp.syn" | "step tcp.syn_ack" | "step tcp.ack_handshake" => Ordinary::Opening,
        "step tcp.ack" | "step tcp.window_update" | "step tcp.window_less" | "step tcp.captured_twice" => {
            Ordinary::Ack
        }
        "step tcp.data" => Ordinary::Data,
        "step tcp.fin"
        | "step tcp.fin_ack_reply"
        | "step tcp.fin_other"
        | "step tcp.ack_fin"
        | "step tcp.ack_last" => Ordinary::Closing,
        _ => return None,
    };
    let went = matches!(step.verdict, None | Some(Verdict::Passed));
    // A goodbye tells the client's program that it is over; that no close frame came before it is no fault of TCP.
    let noted = step.verdicts.iter().all(|verdict| verdict.severity == Severity::Note);
    let silent = match kind {
        Ordinary::Closing => noted,
        // What is wrong with what it begins is said where that is complete.
        Ordinary::Data => step.code.is_empty() && (step.verdicts.is_empty() || !step.carries),
        _ => step.code.is_empty() && step.verdicts.is_empty(),
    };
    (went && silent && step.notes.is_empty() && step.remarks.is_empty()).then_some(kind)
}

/// Whether it asks a proxy for a tunnel, or answers that there is one: a WebSocket may come behind.
pub(super) fn is_tunnel(step: &Step) -> bool {
    matches!(step.words, "step http.connect" | "step http.tunnel")
}

/// Whether it is a record of TLS that keys have opened, and not the first of the story.
pub(super) fn is_record(step: &Step) -> bool {
    step.words == "step tls.data"
        && !step.full
        && step.verdicts.is_empty()
        && step.notes.len() == usize::from(step.frames.len() > 1)
}

/// How many bytes of a stream its segment has.
pub(super) fn len(step: &Step) -> u64 {
    step.fields
        .iter()
        .find_map(|field| match field.value {
            FieldValue::Number(len) if field.name == "tcp.len" => Some(len),
            _ => None,
        })
        .unwrap_or_default()
}

/// Whether a segment with bytes may be a part of a request for WebSocket, with what is held since the conversation began: the
/// client speaks first, and begins with a method of HTTP, or as TLS does. Which method it must be is a rule (RFC 6455, section 4.1)
/// that a client may break.
pub(super) fn may_ask(step: &Step, held: &[Step]) -> bool {
    let spoke = held.iter().any(|earlier| ordinary(earlier) == Some(Ordinary::Data));
    if spoke {
        return step.from == Host::Client || held.iter().any(is_tunnel);
    }
    let text = step.values.iter().find(|(name, _)| *name == "text").map(|(_, text)| text.as_str());
    let text = text.unwrap_or_default().trim_matches(['“', '”']);
    // What is no text may be TLS: its hello comes next, then.
    let tls = text.ends_with(" no text");
    step.what == What::TcpData
        && step.from == Host::Client
        && (tls
            || text.split(' ').next().is_some_and(|method| method.bytes().all(|c| c.is_ascii_uppercase())))
}

//! Questions about TCP. Each function looks at the steps of one frame, and what came before; where it fits, it gives the right
//! answer, which is what the step shows, and the usual mistakes.

use crate::event::{Host, TcpState};
use crate::story::{Step, What};

use super::question::Choice;
use super::scene::{Draft, Scene, number};

/// Which flags does the first segment have?
pub(super) fn first_flags(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.segment_told("step tcp.syn")?;
    let draft = Draft::new(step, Choice::new("SYN", None));
    let both = Choice::new("SYN and ACK", Some("with_ack")).or("SYN-ACK").or("SYN ACK");
    Some(draft.wrong(both).wrong(Choice::new("ACK", Some("ack_only"))))
}

/// Where does the client begin to count?
pub(super) fn first_number(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.segment_told("step tcp.syn")?;
    // A number that looks made by hand would show the opposite.
    let raw = number(step, "tcp.seq_raw").filter(|raw| *raw > u64::from(u16::MAX))?;
    let draft = Draft::new(step, Choice::new("a number that is hard to guess", None).or(raw.to_string()));
    let draft = draft.wrong(Choice::new("0", Some("zero")).or("zero"));
    Some(draft.wrong(Choice::new("1", Some("one")).or("one")).value("seq_raw", raw))
}

/// What does the SYN-ACK confirm?
pub(super) fn ack_of_syn(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.segment_told("step tcp.syn_ack")?;
    let syn = scene.before.of(step.from.other()).syn?;
    let (ack, raw) = (number(step, "tcp.ack")?, number(step, "tcp.ack_raw")?);
    if (ack, raw) != (1, (syn + 1) & u64::from(u32::MAX)) {
        return None;
    }
    let named = |relative: u64, raw: u64, slip| {
        Choice::new(format!("{relative} (raw {raw})"), slip).or(relative.to_string()).or(raw.to_string())
    };
    let none = Choice::new("none: the ACK flag is not set", Some("none")).or("none").or("no ack");
    let draft = Draft::new(step, named(1, raw, None));
    Some(draft.wrong(named(0, syn, Some("same"))).wrong(none).value("seq_raw", syn))
}

/// The client has the answer. What does the server know?
pub(super) fn half_open(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.segment_told("step tcp.syn_ack")?;
    let states = step.states?;
    let (client, server) = (states.of(step.from.other()).after?, states.of(step.from).after?);
    if (client, server) != (TcpState::Established, TcpState::SynReceived) {
        return None;
    }
    let draft =
        Draft::new(step, state(server, None)).wrong(state(TcpState::Established, Some("established")));
    Some(draft.wrong(state(TcpState::Listen, Some("listen"))))
}

/// Which number has the third segment?
pub(super) fn third_seq(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.segment_told("step tcp.ack_handshake")?;
    let own = scene.before.of(step.from).sent?;
    let seq = number(step, "tcp.seq").filter(|seq| (*seq, own.len) == (own.next, 0))?;
    let draft = Draft::new(step, Choice::number(seq, None));
    Some(draft.wrong_number(own.seq, "zero").wrong_number(seq + 1, "counts_segments"))
}

/// What comes back from a port where nobody listens?
pub(super) fn refused(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.segment_told("step tcp.rst_refused")?;
    let draft =
        Draft::new(step, Choice::new("RST: nobody is here", None).or("RST").or("reset").or("RST-ACK"));
    let draft = draft.wrong(Choice::new("nothing", Some("silence")).or("silence"));
    let draft = draft.wrong(Choice::new("SYN-ACK", Some("syn_ack")).or("SYN and ACK"));
    let draft = draft.wrong(Choice::new("FIN", Some("fin")));
    Some(draft.value("port", number(step, "tcp.srcport")?))
}

/// Nobody answered. Which number has the second SYN?
pub(super) fn call_again(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.segment_told("step tcp.syn_retransmission")?;
    let syn = scene.before.of(step.from).syn?;
    let raw = number(step, "tcp.seq_raw").filter(|raw| *raw == syn)?;
    let draft =
        Draft::new(step, Choice::new(format!("{raw}, as before"), None).or(raw.to_string()).or("the same"));
    let next = (raw + 1) & u64::from(u32::MAX);
    let draft = draft.wrong(Choice::new(format!("{next}, one more"), Some("one_more")).or(next.to_string()));
    Some(draft.wrong(Choice::new("a new one, drawn by lot", Some("new")).or("new")).value("seq_raw", raw))
}

/// Bytes arrived. What is confirmed?
pub(super) fn ack_of_data(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.segment().filter(|step| matches!(step.what, What::TcpAck | What::TcpData))?;
    let said = scene.before.of(step.from.other()).sent.filter(|sent| sent.len > 0)?;
    let ack = number(step, "tcp.ack").filter(|ack| *ack == said.next && *ack == said.seq + said.len)?;
    if scene.before.of(step.from).acked.is_none_or(|acked| acked >= ack) {
        return None;
    }
    let draft = Draft::new(step, Choice::number(ack, None)).wrong_number(said.len, "length");
    let draft = draft.wrong_number(said.seq, "same").wrong_number(ack + 1, "one_more");
    Some(draft.value("seq", said.seq).value("len", said.len))
}

/// Which number follows so many bytes?
pub(super) fn next_seq(scene: &Scene<'_>) -> Option<Draft> {
    let step =
        scene.segment().filter(|step| matches!(step.what, What::TcpAck | What::TcpData | What::TcpFin))?;
    let own = scene.before.of(step.from).sent.filter(|sent| sent.len > 0)?;
    let seq = number(step, "tcp.seq").filter(|seq| *seq == own.next && *seq == own.seq + own.len)?;
    let draft = Draft::new(step, Choice::number(seq, None)).wrong_number(own.seq + 1, "segments");
    let draft = draft.wrong_number(own.len, "length").wrong_number(own.seq, "same");
    Some(draft.value("seq", own.seq).value("len", own.len))
}

/// Who ends it? No rule says so.
pub(super) fn first_fin(scene: &Scene<'_>) -> Option<Draft> {
    let step = first_goodbye(scene)?;
    let closes = |host| scene.before.of(host).closes;
    if closes(Host::Client) || closes(Host::Server) {
        return None;
    }
    Some(who(step).wrong(Choice::new("neither", Some("nobody")).or("nobody")).guess())
}

/// The segment with the first FIN of the two.
pub(super) fn first_goodbye<'a>(scene: &Scene<'a>) -> Option<&'a Step> {
    let step = scene.segment().filter(|step| step.what == What::TcpFin)?;
    let said = |host| scene.before.of(host).fin.is_some();
    Some(step).filter(|_| !said(Host::Client) && !said(Host::Server))
}

/// The sender, or the other one.
pub(super) fn who(step: &Step) -> Draft {
    let host = |host: Host, slip| Choice::new(format!("the {host}"), slip).or(host.to_string());
    Draft::new(step, host(step.from, None)).wrong(host(step.from.other(), Some("other")))
}

/// A FIN arrived. What is confirmed?
pub(super) fn ack_of_fin(scene: &Scene<'_>) -> Option<Draft> {
    let step =
        scene.segment().filter(|step| matches!(step.what, What::TcpAck | What::TcpFin | What::TcpData))?;
    let fin = scene.before.of(step.from.other()).fin?;
    let ack = number(step, "tcp.ack").filter(|ack| *ack == fin)?;
    if scene.before.of(step.from).acked.is_none_or(|acked| acked >= ack) {
        return None;
    }
    let sent = scene.before.of(step.from.other()).sent.filter(|sent| sent.len == 0 && sent.next == fin)?;
    let draft = Draft::new(step, Choice::number(ack, None));
    Some(draft.wrong_number(ack - 1, "takes_none").wrong_number(ack + 1, "one_more").value("seq", sent.seq))
}

/// Both have said goodbye. What becomes of the one that began?
pub(super) fn last_state(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.segment().filter(|step| step.what == What::TcpFin)?;
    let change = *step.states?.of(step.from.other());
    if change.after != Some(TcpState::TimeWait) || !change.moves() {
        return None;
    }
    let draft =
        Draft::new(step, state(TcpState::TimeWait, None)).wrong(state(TcpState::Closed, Some("closed")));
    Some(draft.wrong(state(TcpState::Established, Some("established"))))
}

fn state(state: TcpState, slip: Option<&'static str>) -> Choice {
    Choice::new(state.name(), slip)
}

//! Steps of TCP: which kind of step a segment is, its label, its sums, its options in words.

use crate::dissect::{TcpOption, TcpSlice};
use crate::event::{Host, TcpState};
use crate::flow::Segment;

use super::progress::{Progress, before};
use super::signals::{beside, new_bytes, sacked};
use super::step::Sum;
use super::values::text_of;
use super::what::What;

/// The fields that a step of TCP shows.
pub(super) const FIELDS: &[&str] = &[
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.len",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.flags",
    "tcp.window_size_value",
    "tcp.options.mss_val",
    "tcp.options.wscale.shift",
    "tcp.options.sack_perm",
    "tcp.options.timestamp.tsval",
    "tcp.options.timestamp.tsecr",
];

/// The words for what counts as sent again although the capture holds no earlier copy.
pub(super) const NOT_SEEN_BEFORE: &str = "step tcp.not_seen_before";

/// The words for what is said again as soon as it was asked for.
pub(super) const FAST: &str = "step tcp.fast_retransmission";

/// A step's kind, the key of its words, and whether it deserves the full room.
pub(super) type Kind = (What, &'static str, bool);

/// What the streams say of a segment, as far as its words depend on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streams {
    /// None of its bytes came before in the capture.
    pub(super) first_time: bool,
    /// All of its bytes came before in the capture.
    pub(super) copy: bool,
    /// The frame with the first bytes that it repeats, where it is still known.
    pub(super) copy_of: Option<u64>,
    /// That frame is cut alike, and a round trip ago at most: nobody can have missed an answer.
    pub(super) exact: bool,
    /// So many numbers that it confirms came in no frame so far.
    pub(super) unseen: u64,
}

/// Which kind of step a segment is, given what was seen before it.
pub(super) fn kind(tcp: &TcpSlice<'_>, segment: &Segment, progress: &Progress, streams: Streams) -> Kind {
    let analysis = &segment.analysis;
    let first = !progress.begun;
    if tcp.rst() {
        if progress.wrong == Some(segment.seq) {
            return (What::TcpRst, "step tcp.rst_wrong_answer", true);
        }
        if segment.challenged {
            return (What::TcpRst, "step tcp.rst_challenged", true);
        }
        if segment.ignored {
            return (What::TcpRst, "step tcp.rst_ignored", true);
        }
        let refused = progress.syn_seen(Host::Client)
            && !progress.syn_seen(Host::Server)
            && segment.from == Host::Server;
        return if refused {
            (What::TcpRst, "step tcp.rst_refused", true)
        } else if [Host::Client, Host::Server]
            .iter()
            .all(|host| segment.states.of(*host).before == Some(TcpState::Closed))
        {
            (What::TcpRst, "step tcp.rst_again", false)
        } else {
            (What::TcpRst, "step tcp.rst", true)
        };
    }
    let anew = tcp.ack() && analysis.reused_ports;
    if tcp.syn() && progress.said_syn(segment.from, tcp.ack()) && !anew {
        let answers = tcp.ack() && progress.syn_seen(segment.from.other());
        let words = match (answers, progress.asked_again, segment.crossed) {
            (true, true, _) => "step tcp.syn_ack_repeat",
            (true, false, _) => "step tcp.syn_ack_retransmission",
            (false, _, Some(_)) => "step tcp.syn_crossed",
            (false, _, None) => "step tcp.syn_retransmission",
        };
        return (What::TcpRetransmission, words, false);
    }
    if tcp.syn() {
        return match (tcp.ack(), segment.from) {
            (true, _) => (What::TcpSynAck, answer(segment, progress), true),
            (false, Host::Server) => (What::TcpSyn, "step tcp.syn_simultaneous", true),
            (false, Host::Client) if analysis.reused_ports => (What::TcpSyn, "step tcp.reused", true),
            (false, Host::Client) if segment.len > 0 => (What::TcpSyn, "step tcp.syn_data", true),
            (false, Host::Client) => (What::TcpSyn, "step tcp.syn", true),
        };
    }
    if progress.answers_wrongly(segment, false) {
        return (What::TcpAck, "step tcp.ack_wrong", true);
    }
    // Linux asks for room as others ask for a sign of life: with a number before the last one.
    if !tcp.fin()
        && (analysis.zero_window_probe || analysis.keep_alive && progress.is_shut(segment.from.other()))
    {
        return (What::TcpProbe, "step tcp.zero_window_probe", false);
    }
    if analysis.keep_alive {
        return (What::TcpKeepAlive, "step tcp.keep_alive", false);
    }
    if tcp.fin() {
        if progress.fin_seen(segment.from) {
            let words = if progress.is_confirmed(segment) {
                "step tcp.fin_needless"
            } else {
                "step tcp.fin_retransmission"
            };
            return (What::TcpRetransmission, words, false);
        }
        let words = match (progress.fin_seen(segment.from.other()), progress.confirms_fin(segment)) {
            (false, _) => "step tcp.fin",
            (true, true) => "step tcp.fin_ack_reply",
            (true, false) if progress.misses_fin(segment) => "step tcp.fin_crossed",
            (true, false) => "step tcp.fin_other",
        };
        return (What::TcpFin, words, false);
    }
    // Nothing but the number of an RST that nobody took lies behind it: it is new, whatever Wireshark calls it.
    let goes_on = streams.first_time && progress.next(segment.from) == Some(segment.seq);
    if segment.len > 0 && goes_on && (analysis.is_repeat() || analysis.out_of_order) {
        return (What::TcpData, "step tcp.data", false);
    }
    if analysis.is_repeat() && progress.left_out && segment.from == Host::Client && segment.seq == 1 {
        return (What::TcpRetransmission, "step tcp.syn_data_again", false);
    }
    if analysis.is_repeat() && segment.len > 0 && streams.first_time {
        return (What::TcpRetransmission, NOT_SEEN_BEFORE, false);
    }
    let again = match (progress.is_confirmed(segment), is_asked_for(segment, progress)) {
        (true, _) => "step tcp.needless",
        (false, true) => FAST,
        (false, false) => "step tcp.retransmission",
    };
    if analysis.is_repeat() {
        return (What::TcpRetransmission, again, false);
    }
    if analysis.out_of_order {
        let words = match (streams.copy, streams.exact) {
            (false, _) => "step tcp.out_of_order",
            (true, true) => "step tcp.copy",
            (true, false) => again,
        };
        return (What::TcpOutOfOrder, words, false);
    }
    if first {
        let what = if segment.len > 0 { What::TcpData } else { What::TcpAck };
        return (what, "step tcp.mid_stream", false);
    }
    if segment.len > 0 {
        return (What::TcpData, "step tcp.data", false);
    }
    if progress.syn_seen(Host::Server) && !progress.opened && segment.from == Host::Client {
        let took = if segment.seq > 1 && progress.early() > 0 {
            "step tcp.ack_handshake_data"
        } else {
            "step tcp.ack_handshake"
        };
        // Said once more after it was lost, it needs no second explanation.
        return (What::TcpAck, took, !progress.handshake_acked);
    }
    if segment.from == Host::Server && progress.syn_seen(Host::Client) && progress.has_no_syn(Host::Server) {
        return (What::TcpAck, "step tcp.ack_without_syn", true);
    }
    if progress.confirms_fin(segment) {
        let words = match (progress.fins_crossed, progress.fin_seen(segment.from)) {
            (true, _) => "step tcp.ack_closing",
            (false, true) => "step tcp.ack_last",
            (false, false) => "step tcp.ack_fin",
        };
        return (What::TcpAck, words, false);
    }
    // With nothing beyond it under way, nothing can be missing: it answers a copy.
    let missing = segment.ack.is_some_and(|ack| progress.waits_beyond(segment.from, ack));
    if analysis.duplicate_ack.is_some() && progress.is_challenged(segment.from) {
        return (What::TcpAck, "step tcp.ack_challenge", true);
    }
    if analysis.duplicate_ack.is_some() && (progress.owes(segment.from) || !missing) {
        return (What::TcpAck, "step tcp.ack_repeat", false);
    }
    if analysis.duplicate_ack.is_some() {
        return (What::TcpDuplicateAck, "step tcp.ack_duplicate", false);
    }
    if analysis.zero_window {
        return (What::TcpAck, "step tcp.zero_window", false);
    }
    if analysis.window_update && progress.rounds_window(segment, tcp) {
        return (What::TcpAck, "step tcp.ack", false);
    }
    if analysis.window_update && progress.leaves_less(segment) {
        return (What::TcpAck, "step tcp.window_less", false);
    }
    if analysis.window_update {
        return (What::TcpAck, "step tcp.window_update", false);
    }
    (What::TcpAck, "step tcp.ack", false)
}

/// Whether a segment says again what the other side has just asked for twice or more, as a sender does that does not wait for its timer.
fn is_asked_for(segment: &Segment, progress: &Progress) -> bool {
    segment.analysis.fast_retransmission && progress.asks(segment.from.other()) >= 2
}

/// The words for a first SYN-ACK.
fn answer(segment: &Segment, progress: &Progress) -> &'static str {
    if progress.answers_wrongly(segment, true) {
        "step tcp.syn_ack_wrong"
    } else if progress.both_called() {
        "step tcp.syn_ack_simultaneous"
    } else if progress.leaves_out(segment, true) {
        "step tcp.syn_ack_without_data"
    } else {
        "step tcp.syn_ack"
    }
}

/// Remarks that belong to this segment alone.
pub(super) fn notes(
    tcp: &TcpSlice<'_>,
    segment: &Segment,
    progress: &Progress,
    streams: Streams,
) -> Vec<String> {
    let mut notes = Vec::new();
    let from = segment.from;
    if let Some(frame) = segment.crossed {
        notes.push(format!("It crossed frame {frame}: the {from} sent it before that one arrived."));
    }
    if !progress.begun && tcp.syn() && tcp.ack() {
        notes.push("The capture begins here: the SYN that this answers came before.".to_owned());
    }
    if segment.analysis.lost_segment
        && let Some(next) = progress.next(from).filter(|next| before(*next, segment.seq))
    {
        let last = segment.seq.wrapping_sub(1);
        let which =
            if next == last { format!("Byte {next} is") } else { format!("Bytes {next} to {last} are") };
        notes.push(format!("{which} missing before it: lost, late, or not in the capture."));
    }
    if progress.is_behind_fin(segment) {
        notes.push(format!("It lies behind the {from}'s FIN, so the {} ignores it.", from.other()));
    }
    // Wireshark's mark alone is a rule of thumb: it also stands where a gap was filled in an odd order.
    if segment.analysis.ack_lost_segment && !progress.answers_wrongly(segment, tcp.syn()) {
        match streams.unseen {
            0 => {}
            1 => notes
                .push("It confirms a number that is not in the capture: a byte's, or a FIN's.".to_owned()),
            _ => notes.push("It confirms bytes that are not in the capture.".to_owned()),
        }
    }
    notes.extend(new_bytes(tcp, segment, progress));
    notes.extend(beside(tcp, segment));
    notes.extend(sacked(segment));
    notes.extend(progress.ecn.notes(tcp, from));
    notes
}

/// What is said together with the goodbye, where it is text.
pub(super) fn last_words(tcp: &TcpSlice<'_>) -> Option<String> {
    text_of(tcp.payload()).map(|text| format!("Its last words come with it: “{text}”."))
}

/// The flags by name, and the number of bytes: `PSH-ACK, 14 bytes`.
pub(super) fn label(tcp: &TcpSlice<'_>, segment: &Segment, again: bool) -> String {
    let flags = [
        (tcp.syn(), "SYN"),
        (tcp.fin(), "FIN"),
        (tcp.rst(), "RST"),
        (tcp.psh(), "PSH"),
        (tcp.urg(), "URG"),
        (tcp.ack(), "ACK"),
        (tcp.ece(), "ECE"),
        (tcp.cwr(), "CWR"),
    ];
    let mut label = flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect::<Vec<_>>().join("-");
    if label.is_empty() {
        label.push_str("no flags");
    }
    match segment.len {
        0 => {}
        1 => label.push_str(", 1 byte"),
        len => label.push_str(&format!(", {len} bytes")),
    }
    if again {
        label.push_str(", again");
    }
    label
}

/// The arithmetic of a segment.
pub(super) fn sums(tcp: &TcpSlice<'_>, segment: &Segment, progress: &Progress, again: bool) -> Vec<Sum> {
    let mut sums = Vec::new();
    if let Some(ack) = segment.ack.filter(|_| tcp.ack()) {
        if !progress.answers_wrongly(segment, tcp.syn())
            && let Some((start, why)) = progress.ack_sum(segment.from, ack, again)
        {
            let sum = format!("ack {ack} = {start} + {}", ack.wrapping_sub(start));
            sums.push(Sum { sum, why });
        } else if !progress.begun && tcp.syn() && ack == 1 {
            let why = "the client's SYN took one number";
            sums.push(Sum { sum: "ack 1 = 0 + 1".to_owned(), why });
        }
    }
    let takes = segment.next_seq.wrapping_sub(segment.seq);
    if takes > 0 && !tcp.rst() {
        let why = match (tcp.syn(), tcp.fin(), segment.len) {
            (true, _, 0) if tcp.ack() => "its own SYN takes one, too",
            (true, _, 0) => "the SYN takes one number",
            (true, _, _) => "the SYN takes one number, each byte one more",
            (_, true, 0) => "the FIN takes one number",
            (_, true, _) => "each byte takes one number, the FIN one more",
            _ => "each byte takes one number",
        };
        let sum = Sum { sum: format!("next {} = {} + {takes}", segment.next_seq, segment.seq), why };
        // What the segment itself adds comes first where it carries something; an answer's ack comes first where it has one.
        let at = if tcp.syn() { sums.len() } else { 0 };
        sums.insert(at, sum);
    }
    if let Some(value) = tcp.window()
        && segment.scale_known
        && value > 0
        && !tcp.syn()
        && !tcp.rst()
    {
        let scale = segment.window / u32::from(value);
        if scale > 1 {
            let why = "the window, scaled as the SYN said";
            sums.push(Sum { sum: format!("window {} = {value} × {scale}", segment.window), why });
        }
    }
    sums
}

/// Window and options, each in a few words.
pub(super) fn options(tcp: &TcpSlice<'_>, segment: &Segment) -> Vec<String> {
    let (mut mss, mut scale, mut sack, mut timestamps) = (None, None, None, None);
    for option in tcp.options() {
        match option {
            TcpOption::Mss(size) => mss = Some(format!("MSS {size}")),
            TcpOption::WindowScale(shift) => scale = Some(format!("scale ×{}", 1u32 << shift.min(14))),
            TcpOption::SackPermitted => sack = Some("SACK".to_owned()),
            TcpOption::Timestamps { .. } => timestamps = Some("timestamps".to_owned()),
            _ => {}
        }
    }
    let window = tcp.window().filter(|_| !tcp.rst()).and_then(|value| {
        if tcp.syn() {
            Some(format!("window {value}, not scaled yet"))
        } else if segment.window == u32::from(value) {
            let known =
                if segment.scale_known { "" } else { " or a multiple: what the SYNs say of it is missing" };
            Some(format!("window {value} bytes{known}"))
        } else {
            // The sum of the scaled window says it.
            None
        }
    });
    [window, mss, scale, sack, timestamps].into_iter().flatten().collect()
}

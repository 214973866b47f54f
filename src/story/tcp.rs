//! Steps of TCP: which kind of step a segment is, its label, its sums, its options in words.

use crate::dissect::{TcpOption, TcpSlice};
use crate::event::Host;
use crate::flow::Segment;

use super::progress::{Progress, before};
use super::step::{Sum, What};

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

/// A step's kind, the key of its words, and whether it deserves the full room.
pub(super) type Kind = (What, &'static str, bool);

/// Which kind of step a segment is, given what was seen before it.
pub(super) fn kind(tcp: &TcpSlice<'_>, segment: &Segment, progress: &Progress) -> Kind {
    let analysis = &segment.analysis;
    let first = !progress.begun;
    if tcp.rst() {
        let refused = progress.syn_seen(Host::Client)
            && !progress.syn_seen(Host::Server)
            && segment.from == Host::Server;
        return if refused {
            (What::TcpRst, "step tcp.rst_refused", true)
        } else {
            (What::TcpRst, "step tcp.rst", true)
        };
    }
    if tcp.syn() && progress.said_syn(segment.from, tcp.ack()) {
        let answers = tcp.ack() && progress.syn_seen(segment.from.other());
        let words = match (answers, progress.asked_again) {
            (true, true) => "step tcp.syn_ack_repeat",
            (true, false) => "step tcp.syn_ack_retransmission",
            (false, _) => "step tcp.syn_retransmission",
        };
        return (What::TcpRetransmission, words, false);
    }
    if tcp.syn() {
        return match (tcp.ack(), segment.from) {
            (true, _) => (What::TcpSynAck, "step tcp.syn_ack", true),
            (false, Host::Server) => (What::TcpSyn, "step tcp.syn_simultaneous", true),
            (false, Host::Client) if analysis.reused_ports => (What::TcpSyn, "step tcp.reused", true),
            (false, Host::Client) if segment.len > 0 => (What::TcpSyn, "step tcp.syn_data", true),
            (false, Host::Client) => (What::TcpSyn, "step tcp.syn", true),
        };
    }
    if analysis.keep_alive {
        return (What::TcpKeepAlive, "step tcp.keep_alive", false);
    }
    if tcp.fin() {
        if progress.fin_seen(segment.from) {
            return (What::TcpRetransmission, "step tcp.fin_retransmission", false);
        }
        let words = match (progress.fin_seen(segment.from.other()), progress.confirms_fin(segment)) {
            (false, _) => "step tcp.fin",
            (true, true) => "step tcp.fin_ack_reply",
            (true, false) => "step tcp.fin_other",
        };
        return (What::TcpFin, words, false);
    }
    if analysis.is_repeat() {
        return (What::TcpRetransmission, "step tcp.retransmission", false);
    }
    if analysis.out_of_order {
        return (What::TcpOutOfOrder, "step tcp.out_of_order", false);
    }
    if first {
        let what = if segment.len > 0 { What::TcpData } else { What::TcpAck };
        return (what, "step tcp.mid_stream", false);
    }
    if segment.len > 0 {
        return (What::TcpData, "step tcp.data", false);
    }
    let handshake = progress.syn_seen(Host::Client) && progress.syn_seen(Host::Server) && !progress.opened;
    if handshake && segment.from == Host::Client {
        return (What::TcpAck, "step tcp.ack_handshake", true);
    }
    if progress.confirms_fin(segment) {
        let last = progress.fin_seen(segment.from);
        return (What::TcpAck, if last { "step tcp.ack_last" } else { "step tcp.ack_fin" }, false);
    }
    if analysis.duplicate_ack.is_some() && progress.repeated {
        return (What::TcpAck, "step tcp.ack_repeat", false);
    }
    if analysis.duplicate_ack.is_some() {
        return (What::TcpDuplicateAck, "step tcp.ack_duplicate", false);
    }
    if analysis.zero_window {
        return (What::TcpAck, "step tcp.zero_window", false);
    }
    if analysis.window_update {
        return (What::TcpAck, "step tcp.window_update", false);
    }
    (What::TcpAck, "step tcp.ack", false)
}

/// The flags by name, and the number of bytes: `PSH-ACK, 14 bytes`.
pub(super) fn label(tcp: &TcpSlice<'_>, segment: &Segment, what: What) -> String {
    let flags = [
        (tcp.syn(), "SYN"),
        (tcp.fin(), "FIN"),
        (tcp.rst(), "RST"),
        (tcp.psh(), "PSH"),
        (tcp.urg(), "URG"),
        (tcp.ack(), "ACK"),
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
    if what == What::TcpRetransmission {
        label.push_str(", again");
    }
    label
}

/// The arithmetic of a segment.
pub(super) fn sums(tcp: &TcpSlice<'_>, segment: &Segment, progress: &Progress) -> Vec<Sum> {
    let mut sums = Vec::new();
    if let Some(ack) = segment.ack.filter(|_| tcp.ack()) {
        sums.extend(ack_sum(ack, segment.from, progress));
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

/// `ack 1 = 0 + 1`, from what was confirmed before to what is now.
fn ack_sum(ack: u32, from: Host, progress: &Progress) -> Option<Sum> {
    let peer = from.other();
    let (start, why) = match progress.acked(from) {
        Some(earlier) if before(earlier, ack) => {
            let fin = progress.fin_seen(peer);
            let why = match (fin, ack.wrapping_sub(earlier)) {
                (true, 1) => "the FIN takes one number",
                (true, _) => "all bytes up to there arrived, and the FIN",
                (false, _) => "all bytes up to there arrived",
            };
            (earlier, why)
        }
        Some(_) => return None,
        None if progress.syn_seen(peer) && ack > 0 => {
            let why = match (ack, peer) {
                (1, Host::Client) => "the client's SYN takes one number",
                (1, Host::Server) => "the server's SYN takes one number, too",
                _ => "the SYN takes one number, the bytes the rest",
            };
            (0, why)
        }
        None => return None,
    };
    Some(Sum { sum: format!("ack {ack} = {start} + {}", ack.wrapping_sub(start)), why })
}

/// Window and options, each in a few words.
pub(super) fn options(tcp: &TcpSlice<'_>, segment: &Segment) -> Vec<String> {
    let (mut mss, mut scale, mut sack, mut timestamps) = (None, None, None, None);
    for option in tcp.options() {
        match option {
            TcpOption::Mss(size) => mss = Some(format!("MSS {size}")),
            TcpOption::WindowScale(shift) => scale = Some(format!("scale ×{}", 1u32 << shift.min(14))),
            TcpOption::SackPermitted => sack = Some("SACK".to_owned()),
            TcpOption::Sack(blocks) => sack = Some(format!("SACK blocks: {}", blocks.iter().count())),
            TcpOption::Timestamps { .. } => timestamps = Some("timestamps".to_owned()),
            _ => {}
        }
    }
    let window = tcp.window().filter(|_| !tcp.rst()).and_then(|value| {
        if tcp.syn() {
            Some(format!("window {value}, not scaled yet"))
        } else if segment.window == u32::from(value) {
            let known =
                if segment.scale_known { "" } else { " or a multiple: the SYNs that say so are missing" };
            Some(format!("window {value} bytes{known}"))
        } else {
            // The sum of the scaled window says it.
            None
        }
    });
    [window, mss, scale, sack, timestamps].into_iter().flatten().collect()
}

//! What a step takes from its segment: states, fields, the filter that finds it, the numbers for its words.

use crate::dissect::{Packet, TcpOption, TcpSlice};
use crate::event::Host;
use crate::flow::Segment;

use super::progress::{Progress, before};
use super::states::join;
use super::step::{Change, FieldValue, Shown, States};
use super::told::Seen;
use super::values::{grouped, pick, text_of};
use super::{neighbour, tcp};

/// Up to here a first number looks made by hand: of random ones it is one in 65,536.
const SMALL: u32 = 0xffff;

/// Both ends' states: inferred, and joined with what the kernels said.
pub(super) fn states(segment: &Segment, seen: &Seen, arrives: bool) -> States {
    let inferred = |host: Host| {
        let transition = segment.states.of(host);
        Change { before: transition.before, after: transition.after, ..Change::default() }
    };
    let mut states = States { client: inferred(Host::Client), server: inferred(Host::Server) };
    if let Some(sockets) = &seen.sockets {
        join(&mut states, sockets, segment.from, arrives);
    }
    states
}

/// The display filter that finds the segment; `named`: it must name the conversation, too.
pub(super) fn filter(tcp: &TcpSlice<'_>, segment: &Segment, named: bool) -> String {
    let mut filter = String::new();
    if named || segment.stream > 0 {
        filter.push_str(&format!("tcp.stream == {} and ", segment.stream));
    }
    if tcp.syn() {
        filter.push_str(&format!("tcp.flags.syn == 1 and tcp.flags.ack == {}", u8::from(tcp.ack())));
    } else if tcp.rst() {
        filter.push_str("tcp.flags.reset == 1");
    } else {
        filter.push_str(&format!("tcp.seq == {}", segment.seq));
        if let Some(ack) = segment.ack {
            filter.push_str(&format!(" and tcp.ack == {ack}"));
        }
        match (tcp.fin(), segment.len) {
            (true, _) => filter.push_str(" and tcp.flags.fin == 1"),
            (false, len) => filter.push_str(&format!(" and tcp.len == {len}")),
        }
    }
    filter
}

/// What the words' placeholders stand for.
pub(super) fn values(
    packet: &Packet<'_>,
    segment: &Segment,
    progress: &Progress,
) -> Vec<(&'static str, String)> {
    let mut values = neighbour::addresses(packet);
    let Some(tcp) = packet.tcp() else { return values };
    if let Some((source, destination)) = packet.addresses() {
        values.push(("ip_from", source.to_string()));
        values.push(("ip_to", destination.to_string()));
    }
    values.push(("seq", segment.seq.to_string()));
    values.push(("next", segment.next_seq.to_string()));
    values.push(("len", segment.len.to_string()));
    if let Some(raw) = tcp.seq() {
        values.push(("seq_raw", raw.to_string()));
        if tcp.syn() {
            values.push(("isn", grouped(raw.into())));
            let size = if raw > SMALL { "if_isn_large" } else { "if_isn_small" };
            values.push((size, String::new()));
        }
    }
    if let Some(ack) = segment.ack {
        values.push(("ack", ack.to_string()));
        let earlier = progress.acked(segment.from);
        if let Some(earlier) = earlier.filter(|earlier| before(*earlier, ack)) {
            values.push(("acked", ack.wrapping_sub(earlier).to_string()));
        }
        let part = progress.waits_beyond(segment.from, ack);
        values.push((if part { "if_part" } else { "if_all" }, String::new()));
    }
    let asks = progress.asks(segment.from.other());
    if asks >= 2 {
        values.push(("count", asks.to_string()));
    }
    if progress.early() > 0 {
        values.push(("early", progress.early().to_string()));
    }
    values.push((if segment.analysis.zero_window_probe { "if_new" } else { "if_bare" }, String::new()));
    values.push((if progress.wrong_syn { "if_syn_ack" } else { "if_ack" }, String::new()));
    if segment.ignored {
        match progress.acked(segment.from.other()) {
            Some(wanted) => values.extend([("wanted", wanted.to_string()), ("if_window", String::new())]),
            None => values.push(("if_calls", String::new())),
        }
    }
    if let Some(frame) = segment.crossed {
        values.push(("crossed", frame.to_string()));
    }
    if let Some(raw) = tcp.ack_number().filter(|_| tcp.ack()) {
        values.push(("ack_raw", raw.to_string()));
    }
    values.push(("window", grouped(segment.window.into())));
    for option in tcp.options() {
        match option {
            TcpOption::Mss(mss) => values.push(("mss", mss.to_string())),
            TcpOption::WindowScale(shift) => values.push(("scale", (1u32 << shift.min(14)).to_string())),
            _ => {}
        }
    }
    if segment.len > 0 {
        let text = match text_of(tcp.payload()) {
            Some(text) => format!("“{text}”"),
            None if tcp.payload().is_empty() && segment.len == 1 => "a byte that was cut off".to_owned(),
            None if tcp.payload().is_empty() => format!("{} bytes that were cut off", segment.len),
            None if segment.len == 1 => "a byte that is no text".to_owned(),
            None => format!("{} bytes that are no text", segment.len),
        };
        values.push(("text", text));
    }
    values
}

/// The fields that a step of TCP shows: those of the frame, and those that follow from the conversation.
pub(super) fn fields(packet: &Packet<'_>, segment: &Segment) -> Vec<Shown> {
    let mut fields = pick(packet, tcp::FIELDS);
    if segment.ack.is_none() {
        fields.retain(|field| field.name != "tcp.ack_raw");
    }
    let mut add = |name: &'static str, value: u32| {
        fields.push(Shown { name, value: FieldValue::Number(value.into()), span: None });
    };
    add("tcp.seq", segment.seq);
    add("tcp.nxtseq", segment.next_seq);
    if let Some(ack) = segment.ack {
        add("tcp.ack", ack);
    }
    add("tcp.window_size", segment.window);
    fields
}

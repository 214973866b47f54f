//! What flow knows of a packet, as fields beside those of the packet itself.

use std::ops::Range;

use super::tcp::Segment;
use super::{Streams, Tracker};
use crate::dissect::{Buffer, FieldValue, Header, Kind, Layer, Packet, Span, TcpOption, TcpSlice, Value};
use crate::frame::Time;

/// One row: Wireshark's name, a short English one, and the bytes of the TCP header that it is reckoned from.
struct Row {
    name: &'static str,
    label: &'static str,
    kind: Kind,
    bytes: Range<usize>,
}

/// A number.
const fn row(name: &'static str, label: &'static str, bytes: Range<usize>) -> Row {
    Row { name, label, kind: Kind::Number, bytes }
}

/// Something that TCP was doing: it is there or not.
const fn mark(name: &'static str, label: &'static str) -> Row {
    Row { name, label, kind: Kind::Mark, bytes: 0..0 }
}

/// How long something took.
const fn time(name: &'static str, label: &'static str) -> Row {
    Row { name, label, kind: Kind::Time, bytes: 0..0 }
}

const STREAM: Row = row("tcp.stream", "Conversation", 0..0);
const SEQ: Row = row("tcp.seq", "Sequence number, from the start", 4..8);
const NEXT_SEQ: Row = row("tcp.nxtseq", "The sender's next number", 0..0);
const ACK: Row = row("tcp.ack", "Acknowledgement, from the start", 8..12);
const WINDOW: Row = row("tcp.window_size", "Window, in bytes", 14..16);
const SACK_LE: Row = row("tcp.options.sack_le", "SACK: arrived from", 0..4);
const SACK_RE: Row = row("tcp.options.sack_re", "SACK: arrived up to", 4..8);
const RETRANSMISSION: Row = mark("tcp.analysis.retransmission", "Sent again");
const FAST: Row = mark("tcp.analysis.fast_retransmission", "Sent again, asked for");
const SPURIOUS: Row = mark("tcp.analysis.spurious_retransmission", "Sent again, needlessly");
const OUT_OF_ORDER: Row = mark("tcp.analysis.out_of_order", "Overtaken by a later one");
const LOST: Row = mark("tcp.analysis.lost_segment", "Something before it is missing");
const ACK_LOST: Row = mark("tcp.analysis.ack_lost_segment", "Confirms what is missing");
const DUPLICATE: Row = mark("tcp.analysis.duplicate_ack", "Says the same again");
const DUPLICATE_NUM: Row = row("tcp.analysis.duplicate_ack_num", "How often it said it again", 0..0);
const KEEP_ALIVE: Row = mark("tcp.analysis.keep_alive", "Still there?");
const KEEP_ALIVE_ACK: Row = mark("tcp.analysis.keep_alive_ack", "Still here");
const ZERO_WINDOW: Row = mark("tcp.analysis.zero_window", "No room left");
const ZERO_WINDOW_PROBE: Row = mark("tcp.analysis.zero_window_probe", "Is there room again?");
const ZERO_WINDOW_PROBE_ACK: Row = mark("tcp.analysis.zero_window_probe_ack", "Still no room");
const WINDOW_FULL: Row = mark("tcp.analysis.window_full", "Fills all the room");
const IN_FLIGHT: Row = row("tcp.analysis.bytes_in_flight", "Bytes not yet confirmed", 0..0);
const ACK_RTT: Row = time("tcp.analysis.ack_rtt", "Answer took, in seconds");
const INITIAL_RTT: Row = time("tcp.analysis.initial_rtt", "Handshake took, in seconds");
const COMPLETENESS: Row = row("tcp.completeness", "Parts seen before", 0..0);
const WINDOW_UPDATE: Row = mark("tcp.analysis.window_update", "Room again");
const REUSED: Row = mark("tcp.analysis.reused_ports", "The same ports, used again");
const UDP_STREAM: Row = row("udp.stream", "Conversation", 0..0);

const ROWS: &[Row] = &[
    STREAM,
    SEQ,
    NEXT_SEQ,
    ACK,
    WINDOW,
    SACK_LE,
    SACK_RE,
    RETRANSMISSION,
    FAST,
    SPURIOUS,
    OUT_OF_ORDER,
    LOST,
    ACK_LOST,
    DUPLICATE,
    DUPLICATE_NUM,
    KEEP_ALIVE,
    KEEP_ALIVE_ACK,
    ZERO_WINDOW,
    WINDOW_UPDATE,
    REUSED,
    UDP_STREAM,
    ZERO_WINDOW_PROBE,
    ZERO_WINDOW_PROBE_ACK,
    WINDOW_FULL,
    IN_FLIGHT,
    ACK_RTT,
    INITIAL_RTT,
    COMPLETENESS,
];

/// Every field name that a packet's place in its conversation adds to those of [`dissect`](crate::dissect).
pub fn all_fields() -> Vec<&'static str> {
    let streams = super::talk::names();
    ROWS.iter().map(|row| row.name).chain(streams).collect()
}

/// What kind of value such a field has; `None` for a name that is not one of them.
pub fn kind_of(name: &str) -> Option<Kind> {
    let known = ROWS.iter().find(|row| row.name == name).map(|row| row.kind);
    known.or_else(|| super::talk::kind_of(name))
}

/// What such a field is called in English; `None` for a name that is not one of them.
pub fn label_of(name: &str) -> Option<&'static str> {
    let known = ROWS.iter().find(|row| row.name == name).map(|row| row.label);
    known.or_else(|| super::talk::label_of(name))
}

impl Tracker {
    /// The fields that the place of the packet last pushed in its conversation adds. `segment` is what
    /// [`push`](Tracker::push) gave for it.
    pub fn each_field<'a>(
        &self,
        packet: &Packet<'a>,
        segment: Option<&Segment>,
        sink: &mut dyn FnMut(FieldValue<'a>),
    ) {
        let Streams { tcp, udp, parts } = self.streams();
        let find =
            |wanted: fn(&Header<'_>) -> bool| packet.layers().iter().position(|layer| wanted(&layer.header));
        let (stream, row, layer) = match (tcp, udp) {
            (Some(stream), _) => (stream, &STREAM, find(|header| matches!(header, Header::Tcp(_)))),
            (_, Some(stream)) => (stream, &UDP_STREAM, find(|header| matches!(header, Header::Udp(_)))),
            _ => return,
        };
        let span = layer.and_then(|layer| packet.layers().get(layer)).map(Layer::span).unwrap_or_default();
        let mut emit = Emit { layer, buffer: span.buffer, offset: span.bytes.start, sink };
        emit.put(row, Value::Number(stream.into()));
        if tcp.is_some() {
            emit.put(&COMPLETENESS, Value::Number(parts.into()));
        }
        if let (Some(segment), Some(tcp)) = (segment, packet.tcp()) {
            segment_fields(segment, tcp, &mut emit);
        }
    }
}

struct Emit<'e, 'a> {
    layer: Option<usize>,
    buffer: Buffer,
    offset: usize,
    sink: &'e mut dyn FnMut(FieldValue<'a>),
}

impl<'a> Emit<'_, 'a> {
    fn put(&mut self, row: &Row, value: Value<'a>) {
        self.put_at(row, value, row.bytes.clone());
    }

    fn put_at(&mut self, row: &Row, value: Value<'a>, range: Range<usize>) {
        let bytes = if range.is_empty() { 0..0 } else { range.start + self.offset..range.end + self.offset };
        let span = Span { buffer: self.buffer, bytes, mask: None };
        (self.sink)(FieldValue { name: row.name, label: row.label, value, span, layer: self.layer });
    }

    fn mark(&mut self, row: &Row, is: bool) {
        if is {
            self.put(row, Value::Present);
        }
    }
}

fn segment_fields(segment: &Segment, tcp: TcpSlice<'_>, emit: &mut Emit<'_, '_>) {
    emit.put(&SEQ, Value::Number(segment.seq.into()));
    if tcp.is_malformed() {
        return;
    }
    emit.put(&NEXT_SEQ, Value::Number(segment.next_seq.into()));
    emit.put(&ACK, Value::Number(segment.ack.unwrap_or(segment.ack_raw).into()));
    emit.put(&WINDOW, Value::Number(segment.window.into()));
    let mut ranges = segment.sack.as_slice().iter();
    for (at, option) in tcp.options().with_places() {
        let TcpOption::Sack(blocks) = option else { continue };
        for (index, (left, right)) in blocks.iter().zip(&mut ranges).map(|(_, range)| range).enumerate() {
            let at = 22 + at + index * 8;
            emit.put_at(&SACK_LE, Value::Number((*left).into()), at..at + 4);
            emit.put_at(&SACK_RE, Value::Number((*right).into()), at + 4..at + 8);
        }
    }
    let what = &segment.analysis;
    emit.mark(&REUSED, what.reused_ports);
    emit.mark(
        &RETRANSMISSION,
        what.retransmission || what.fast_retransmission || what.spurious_retransmission,
    );
    emit.mark(&FAST, what.fast_retransmission);
    emit.mark(&SPURIOUS, what.spurious_retransmission);
    emit.mark(&OUT_OF_ORDER, what.out_of_order);
    emit.mark(&LOST, what.lost_segment);
    emit.mark(&ACK_LOST, what.ack_lost_segment);
    emit.mark(&DUPLICATE, what.duplicate_ack.is_some());
    if let Some(times) = what.duplicate_ack {
        emit.put(&DUPLICATE_NUM, Value::Number(times.into()));
    }
    emit.mark(&KEEP_ALIVE, what.keep_alive);
    emit.mark(&KEEP_ALIVE_ACK, what.keep_alive_ack);
    emit.mark(&ZERO_WINDOW, what.zero_window);
    emit.mark(&WINDOW_UPDATE, what.window_update);
    emit.mark(&ZERO_WINDOW_PROBE, what.zero_window_probe);
    emit.mark(&ZERO_WINDOW_PROBE_ACK, what.zero_window_probe_ack);
    emit.mark(&WINDOW_FULL, what.window_full);
    if let Some(bytes) = what.bytes_in_flight {
        emit.put(&IN_FLIGHT, Value::Number(bytes.into()));
    }
    for (row, nanos) in [(&ACK_RTT, what.ack_rtt), (&INITIAL_RTT, segment.initial_rtt)] {
        if let Some(nanos) = nanos {
            emit.put(row, Value::Time(Time(nanos.into())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_leave_the_values_their_column() {
        let streams = super::super::talk::labels();
        let labels = ROWS.iter().map(|row| row.label).chain(streams);
        let wide: Vec<&str> = labels.filter(|label| label.chars().count() > 31).collect();
        assert_eq!(wide, [""; 0]);
    }
}

//! A packet as text: a line that sums it up, then its layers, then their fields with label, value and Wireshark's name.

use crate::dissect::{Buffer, Checksum, FieldValue, Header, Layer, Packet, Span, Value};
use crate::flow::talk::Findings;
use crate::flow::{Segment, Tracker};
use crate::frame::{LinkType, Time};
use crate::story;

use super::codes::{self, code_name};
use super::line::cut;
use super::{Ink, Line, escape};

/// Where values begin beside their label.
const VALUE_COLUMN: usize = 36;
/// With fewer columns values stand below their label.
const BESIDE: usize = 72;
/// No name is longer, but for some of TLS's, which end with the line.
const LONGEST_NAME: usize = 37;
/// With so many columns names have one of their own, behind a time, the longest value that every frame has.
const THREE_COLUMNS: usize = VALUE_COLUMN + 21 + LONGEST_NAME;
/// There is room for an IPv6 address before it; further from the values nobody could follow.
const LAST_NAME_COLUMN: usize = 77;

/// One packet in full. `found` is what its stream showed, `start` the time of the first frame of the capture.
pub fn packet(
    packet: &Packet<'_>,
    tracker: &Tracker,
    segment: Option<&Segment>,
    found: &Findings,
    comment: Option<&str>,
    start: Option<Time>,
    width: usize,
) -> Vec<Line> {
    let mut lines = vec![headline(packet, segment, start, width)];
    lines.extend(aside("holds", &held(found).join("\n"), width));
    lines.extend(aside("comment", comment.unwrap_or_default(), width));
    lines.extend(aside("note", &story::stream_notes(found).join("\n"), width));
    let mut fields = Vec::new();
    packet.each_field(&mut |field| fields.push(field));
    tracker.each_field(packet, segment, &mut |field| fields.push(field));
    found.each_stream_field(packet, &mut |field| fields.push(field));
    // What is reckoned from some bytes stands beside them; what stands in no byte comes last.
    fields.sort_by_key(|field| if field.span.bytes.is_empty() { usize::MAX } else { field.span.bytes.start });
    let no_ack = packet.tcp().is_some_and(|tcp| !tcp.ack());
    let own = |layer: Option<usize>| fields.iter().filter(move |field| field.layer == layer);
    let name = if matches!(packet.frame().link, LinkType::Other(_)) {
        "Frame of a link that is not read"
    } else {
        "Frame"
    };
    lines.push(Line::new().with(Ink::Strong, format!("  {name}")));
    for field in own(None) {
        field_lines(field, Ink::Plain, false, width, &mut lines);
    }
    for (index, layer) in packet.layers().iter().enumerate() {
        let ink = ink(&layer.header);
        let quoted = if layer.quoted { " (quoted)" } else { "" };
        lines.push(Line::new().with(ink, format!("  {}{quoted}", layer.title())));
        for field in own(Some(index)) {
            field_lines(field, ink, no_ack, width, &mut lines);
        }
    }
    said(found, width, &mut lines);
    lines
}

/// So many of what a frame completes are named under its headline.
const HELD: usize = 8;

/// What the packet completes of what is said on the streams, a line each.
fn held(found: &Findings) -> Vec<String> {
    let records = found.records.iter().map(|record| format!("TLS {}", record.summary()));
    let messages = found.messages.iter().map(|message| format!("HTTP {}", escape(&message.summary())));
    let frames = found.frames.iter().map(|frame| {
        let opcode = frame.head.opcode.number().into();
        let name = codes::code_name("websocket.opcode", opcode).unwrap_or_default();
        format!("WebSocket {name}, {}", bytes_of(frame.head.length))
    });
    let mut held: Vec<String> = records.chain(messages).chain(frames).take(HELD + 1).collect();
    if held.len() > HELD {
        held.truncate(HELD);
        let all = found.records.len() + found.messages.len() + found.frames.len();
        held.push(format!("and {} more", all - HELD));
    }
    held
}

/// `1 byte`, `7 bytes`.
fn bytes_of(count: u64) -> String {
    format!("{count} {}", if count == 1 { "byte" } else { "bytes" })
}

/// What the packet completes of what is said on the streams: a section each.
fn said(found: &Findings, width: usize, lines: &mut Vec<Line>) {
    let mut section = |title: String, fields: Vec<FieldValue<'_>>| {
        lines.push(Line::new().with(Ink::Application, format!("  {title}")));
        for field in fields.iter().filter(|field| field.value != Value::Present) {
            field_lines(field, Ink::Application, false, width, lines);
        }
    };
    for record in &found.records {
        let mut fields = record.fields();
        // How long each extension is says little to people.
        fields.retain(|field| field.name != "tls.handshake.extension.len");
        section(format!("TLS record of the {}", record.record.side.from), fields);
    }
    for message in &found.messages {
        let what = if message.head.code().is_some() { "answer" } else { "request" };
        section(format!("HTTP {what} of the {}", message.from), message.fields_once());
    }
    for frame in &found.frames {
        section(format!("WebSocket frame {} of the {}", frame.number + 1, frame.from), frame.fields());
    }
}

/// Text that stands beside a frame, under its headline.
fn aside(what: &str, text: &str, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, paragraph) in text.lines().enumerate() {
        for (part, text) in super::wrap(paragraph, width.saturating_sub(13).max(20)).into_iter().enumerate() {
            let rail = if index + part == 0 { format!("  {what:<9}") } else { " ".repeat(11) };
            lines.push(Line::new().with(Ink::Faint, rail).with(Ink::Plain, text));
        }
    }
    lines
}

/// One line that says what a frame is.
pub fn headline(packet: &Packet<'_>, segment: Option<&Segment>, start: Option<Time>, width: usize) -> Line {
    let frame = packet.frame();
    let mut line = Line::new().with(Ink::Strong, format!("frame {}", frame.number));
    line.pad_to(10).push(Ink::Plain, " ");
    if let (Some(time), Some(start)) = (frame.time, start) {
        let nanos = time - start;
        let sign = if nanos < 0 { "-" } else { "" };
        let nanos = nanos.unsigned_abs();
        line.push(
            Ink::Faint,
            format!("{sign}{}.{:06} s", nanos / 1_000_000_000, nanos % 1_000_000_000 / 1000),
        );
    }
    line.push(Ink::Plain, "  ");
    let text = summary(packet, segment);
    let room = width.saturating_sub(line.width());
    line.push(packet.layers().last().map_or(Ink::Plain, |layer| ink(&layer.header)), cut(&text, room));
    line
}

/// What a frame is, in a few words.
pub fn summary(packet: &Packet<'_>, segment: Option<&Segment>) -> String {
    let own = packet.layers().iter().rev().find(|layer| !layer.quoted);
    let Some(Layer { header, .. }) = own else {
        return match packet.frame().link {
            LinkType::Other(number) => format!("link type {number}, which netlab does not read"),
            _ => format!("{} bytes", packet.frame().bytes.len()),
        };
    };
    let between = |ports: Option<(u16, u16)>| match (packet.addresses(), ports) {
        (Some((src, dst)), Some((from, to))) => {
            format!(
                "{} \u{2192} {}",
                std::net::SocketAddr::new(src, from),
                std::net::SocketAddr::new(dst, to)
            )
        }
        (Some((src, dst)), None) => format!("{src} \u{2192} {dst}"),
        (None, _) => String::new(),
    };
    match header {
        Header::Tcp(tcp) => {
            let mut text = "TCP".to_owned();
            for (set, name) in
                [(tcp.syn(), " SYN"), (tcp.fin(), " FIN"), (tcp.rst(), " RST"), (tcp.ack(), " ACK")]
            {
                if set {
                    text.push_str(name);
                }
            }
            if let Some(segment) = segment {
                text.push_str(&format!(" seq {}", segment.seq));
                if let Some(ack) = segment.ack {
                    text.push_str(&format!(" ack {ack}"));
                }
                if segment.len > 0 && !tcp.is_malformed() {
                    text.push_str(&format!(" {}", bytes_of(segment.len.into())));
                }
            }
            if let Some(length) = tcp.header_len().filter(|_| tcp.is_malformed()) {
                text.push_str(&format!(", malformed: a header of {length} can't be"));
            }
            format!("{text}  {}", between(tcp.src_port().zip(tcp.dst_port())))
        }
        Header::Udp(udp) => {
            let ports = udp.source_port().zip(udp.destination_port());
            let length = udp.length().unwrap_or(0);
            let holds = if udp.is_malformed() {
                format!("malformed: a length of {length} can't be")
            } else if length == 0 {
                // Too long for the field: what there is.
                bytes_of(udp.payload().len() as u64)
            } else {
                bytes_of((length - 8).into())
            };
            format!("UDP {holds}  {}", between(ports))
        }
        Header::Dns(dns) => {
            let ports = packet.udp().and_then(|udp| udp.source_port().zip(udp.destination_port()));
            escape(&super::dns::summary(*dns, &between(ports))).into_owned()
        }
        Header::Arp(arp) => match (arp.opcode(), arp.sender_ip(), arp.target_ip(), arp.sender_mac()) {
            (Some(1), Some(from), Some(target), _) => format!("ARP who has {target}? tell {from}"),
            (Some(2), Some(from), _, Some(mac)) => format!("ARP {from} is at {}", mac_text(mac)),
            _ => "ARP".to_owned(),
        },
        Header::Icmp(icmp) => {
            format!("ICMP {}  {}", type_text(icmp.kind(), codes::icmp), between(None))
        }
        Header::Icmpv6(icmp) => {
            match (icmp.target(), icmp.solicited(), icmp.link_address()) {
                (Some(target), None, _) => return format!("ICMPv6 who has {target}?  {}", between(None)),
                (Some(target), Some(_), Some(mac)) => {
                    return format!("ICMPv6 {target} is at {}", mac_text(mac));
                }
                _ => {}
            }
            format!("ICMPv6 {}  {}", type_text(icmp.kind(), codes::icmpv6), between(None))
        }
        Header::Ipv4(ip) => {
            let fragment = if ip.is_fragment() { " fragment" } else { "" };
            format!("IPv4{fragment}  {}", between(None))
        }
        Header::Extension(view) => {
            let version =
                if matches!(packet.addresses(), Some((std::net::IpAddr::V4(_), _))) { 4 } else { 6 };
            let fragment = if view.is_fragment() { " fragment" } else { "" };
            format!("IPv{version}{fragment}  {}", between(None))
        }
        Header::Ipv6(_) => format!("IPv6  {}", between(None)),
        _ => own.map(Layer::title).unwrap_or_default().to_owned(),
    }
}

/// What an ICMP message is called, else its type's number.
fn type_text(kind: Option<u8>, name: fn(u64) -> Option<&'static str>) -> String {
    match kind {
        Some(kind) => name(kind.into()).map_or_else(|| format!("type {kind}"), str::to_owned),
        None => "cut short".to_owned(),
    }
}

/// A field's label, its value, its name. Values begin in one column; names do, too, where there is room for the longest, and
/// else end with the line. A name for which there is no room stands below, in its place.
fn field_lines(field: &FieldValue<'_>, ink: Ink, no_ack: bool, width: usize, lines: &mut Vec<Line>) {
    let meaningless = no_ack && matches!(field.name, "tcp.ack" | "tcp.ack_raw");
    let remark = if meaningless { " (no ACK flag)" } else { "" };
    let mut line = Line::new();
    if width < BESIDE {
        for part in super::wrap(field.label, width.saturating_sub(4)) {
            lines.push(Line::from("    ").with(Ink::Plain, part));
        }
        line.push(Ink::Plain, " ".repeat(6));
    } else {
        line.push(Ink::Plain, format!("    {}", field.label));
        line.pad_to(VALUE_COLUMN - 1).push(Ink::Plain, " ");
    }
    let room = width.saturating_sub(line.width()).max(8);
    let value = value_text(field, room) + remark;
    line.push(ink, cut(&value, room));
    let name = field.name;
    let mut column = width.saturating_sub(name.len());
    if width >= THREE_COLUMNS {
        column = column.min(width - LONGEST_NAME).min(LAST_NAME_COLUMN);
    }
    if line.width() >= column {
        lines.push(std::mem::take(&mut line));
    }
    line.pad_to(column).push(Ink::Faint, name);
    lines.push(line);
}

/// A field's value in a few words, wherever it is shown alone.
pub fn value(field: &FieldValue<'_>) -> String {
    const ROOM: usize = 48;
    value_text(field, ROOM)
}

/// What a field says, in at most about `room` columns.
pub(super) fn value_text(field: &FieldValue<'_>, room: usize) -> String {
    let named = |text: String, number| match code_name(field.name, number) {
        Some(name) => format!("{text} ({name})"),
        None => text,
    };
    match field.value {
        Value::Number(parts) if field.name == "tcp.completeness" => codes::parts(parts),
        Value::Hex(flags, _) if field.name == "tcp.flags" => {
            format!("0x{flags:03x} ({})", codes::flags(flags))
        }
        Value::Number(number) => named(number.to_string(), number),
        Value::Hex(number, digits) => named(format!("0x{number:0width$x}", width = digits.into()), number),
        Value::Flag(set) => if set { "1 (set)" } else { "0" }.to_owned(),
        Value::Mac(mac) => mac_text(mac),
        Value::Ipv4(address) => address.to_string(),
        Value::Ipv6(address) => address.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Present => "yes".to_owned(),
        Value::Checksum(verdict) => match verdict {
            Checksum::Bad => "bad",
            Checksum::Unfinished => "left to the network card",
            Checksum::Good => "good",
            Checksum::Unverified => "not verified",
            Checksum::NotPresent => "not there",
            Checksum::Illegal => "not there, which IPv6 forbids",
        }
        .to_owned(),
        Value::Bytes(bytes) => {
            // Of what nobody reads any further, the place is all that one can go on with.
            let payload = matches!(field.name, "tcp.payload" | "udp.payload" | "data.data")
                || field.name.starts_with("netlab.icmp");
            if field.name == "websocket.masking_key" {
                return bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            }
            bytes_text(bytes, payload.then_some(&field.span), room)
        }
        Value::Name(name) => escape(&name.to_string()).into_owned(),
        Value::Text(text) => escape(&text.to_string()).into_owned(),
    }
}

/// Bytes as text where they are text, else as hex; as many as there is room for, their number, and where they begin.
fn bytes_text(bytes: &[u8], place: Option<&Span>, room: usize) -> String {
    let from = match place {
        Some(Span { buffer: Buffer::Frame, bytes, .. }) => format!(" from byte {}", bytes.start),
        Some(Span { bytes, .. }) => format!(" from byte {} of the whole", bytes.start),
        None => String::new(),
    };
    let count = format!(" ({}{from})", bytes_of(bytes.len() as u64));
    let room = room.saturating_sub(count.len());
    // One more than fits, so that the cut shows.
    let head = bytes.get(..bytes.len().min(room + 1)).unwrap_or_default();
    let readable = head.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'));
    let text = if readable {
        escape(&String::from_utf8_lossy(head)).into_owned()
    } else {
        head.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    format!("{}{count}", cut(&text, room))
}

fn mac_text([a, b, c, d, e, f]: [u8; 6]) -> String {
    format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
}

/// How far up a header's layer stands: 1 the link, 2 the network, 3 the transport, 4 what the programs say.
pub(super) fn depth(header: &Header<'_>) -> u8 {
    match ink(header) {
        Ink::Link => 1,
        Ink::Network => 2,
        Ink::Transport => 3,
        _ => 4,
    }
}

fn ink(header: &Header<'_>) -> Ink {
    match header {
        Header::Ethernet(_) | Header::Vlan(_) | Header::Llc(_) | Header::Sll(_) | Header::Null(_) => {
            Ink::Link
        }
        Header::Arp(_) | Header::Ipv4(_) | Header::Ipv6(_) | Header::Extension(_) => Ink::Network,
        Header::Icmp(_) | Header::Icmpv6(_) => Ink::Network,
        Header::Tcp(_) | Header::Udp(_) => Ink::Transport,
        Header::Dns(_) => Ink::Application,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dissect, flow};

    #[test]
    fn there_is_room_for_every_label_and_every_name() {
        let rows = dissect::PROTOCOLS.iter().flat_map(|protocol| protocol.tables.iter().copied().flatten());
        let room = VALUE_COLUMN - "    ".len() - " ".len();
        let labels = rows.map(|row| row.label);
        let wide: Vec<&str> = labels.filter(|label| label.chars().count() > room).collect();
        assert_eq!(wide, [""; 0], "labels of more than {room} letters move the column of values");
        let names = dissect::all_fields().into_iter().chain(flow::all_fields());
        let usual = names.filter(|name| !name.starts_with("tls.handshake.extensions"));
        assert_eq!(usual.map(str::len).max(), Some(LONGEST_NAME));
    }
}

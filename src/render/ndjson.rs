//! A packet as one JSON object on one line: Wireshark's field names, flat. The form is described in `docs/json.md`.
//!
//! A field that occurs more than once (the tags of QinQ, the headers that an ICMP error quotes) becomes an array, in the
//! order of the bytes. Payload bytes are left out.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serializer;

use crate::dissect::{FieldValue, Header, Packet, Value};
use crate::flow::{Segment, Tracker};

/// Fields of which a program that wants them has the file itself.
const LEFT_OUT: &[&str] = &["tcp.payload", "udp.payload"];

/// Writes packets; keeps its room for the next.
#[derive(Debug, Default)]
pub struct Ndjson {
    line: Vec<u8>,
    /// The fields of the packet in hand, without their values' borrowed bytes.
    names: Vec<(&'static str, usize, usize)>,
    values: Vec<u8>,
}

impl Ndjson {
    /// One that has written nothing yet.
    pub fn new() -> Ndjson {
        Ndjson::default()
    }

    /// Writes one packet, which `tracker` was given last; `segment` is what it said.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn packet(
        &mut self,
        packet: &Packet<'_>,
        tracker: &Tracker,
        segment: Option<&Segment>,
        comment: Option<&str>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Ndjson { line, names, values } = self;
        line.clear();
        names.clear();
        values.clear();
        let (layer, cut) = cut_tcp(packet);
        let mut take = |field: FieldValue<'_>| {
            if LEFT_OUT.contains(&field.name) || (field.layer == layer && cut.leaves_out(field.name)) {
                return;
            }
            let start = values.len();
            // Writing into memory does not fail.
            if write_value(values, field.value).is_ok() {
                names.push((field.name, start, values.len()));
            }
        };
        packet.each_field(&mut take);
        tracker.each_field(packet, segment, &mut take);
        line.push(b'{');
        for (index, (name, ..)) in names.iter().enumerate() {
            let earlier = names.get(..index).unwrap_or_default();
            if earlier.iter().any(|(other, ..)| other == name) {
                continue;
            }
            if index > 0 {
                line.push(b',');
            }
            write!(line, "\"{name}\":")?;
            let mut found = names.iter().skip(index).filter(|(other, ..)| other == name);
            let count = found.clone().count();
            let text = |(_, start, end): &(&str, usize, usize)| values.get(*start..*end).unwrap_or_default();
            if count == 1 {
                line.extend_from_slice(found.next().map(text).unwrap_or_default());
                continue;
            }
            for (at, value) in found.enumerate() {
                line.push(if at == 0 { b'[' } else { b',' });
                line.extend_from_slice(text(value));
            }
            line.push(b']');
        }
        if let Some(comment) = comment {
            line.extend_from_slice(b",\"frame.comment\":");
            serde_json::to_writer(&mut *line, comment)?;
        }
        line.extend_from_slice(b"}\n");
        out.write_all(line)
    }
}

/// How much of a TCP header a snap length has left, as far as Wireshark minds.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// All of it.
    Not,
    /// Not all options: Wireshark then says nothing of the conversation.
    Options,
    /// Not even the window: it then says no more than the ports.
    Window,
}

impl Cut {
    fn leaves_out(self, field: &str) -> bool {
        match self {
            Cut::Not => false,
            Cut::Options => field.starts_with("tcp.analysis."),
            Cut::Window => !matches!(field, "tcp.srcport" | "tcp.dstport"),
        }
    }
}

/// The layer of the TCP header, and how it is cut.
fn cut_tcp(packet: &Packet<'_>) -> (Option<usize>, Cut) {
    const WINDOW_END: usize = 16;
    for (index, layer) in packet.layers().iter().enumerate() {
        let Header::Tcp(tcp) = layer.header else { continue };
        let kept = layer.span().bytes.len();
        let cut = match tcp.header_len() {
            _ if kept < WINDOW_END => Cut::Window,
            Some(length) if kept < length => Cut::Options,
            _ => Cut::Not,
        };
        return (Some(index), cut);
    }
    (None, Cut::Not)
}

/// Text of a capture, escaped as JSON demands.
fn write_text(out: &mut Vec<u8>, text: &dyn Display) -> io::Result<()> {
    Ok(serde_json::Serializer::new(out).collect_str(text)?)
}

fn write_value(out: &mut Vec<u8>, value: Value<'_>) -> io::Result<()> {
    match value {
        Value::Number(number) | Value::Hex(number, _) => write!(out, "{number}"),
        Value::Flag(set) => write!(out, "{set}"),
        Value::Checksum(verdict) => write!(out, "{}", verdict.number()),
        Value::Mac([a, b, c, d, e, f]) => write!(out, "\"{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}\""),
        Value::Ipv4(address) => write!(out, "\"{address}\""),
        Value::Ipv6(address) => write!(out, "\"{address}\""),
        Value::Time(time) => write!(out, "\"{time}\""),
        Value::Present => out.write_all(b"true"),
        Value::Name(name) => write_text(out, &name),
        Value::Text(text) => write_text(out, &text),
        Value::Bytes(bytes) => {
            out.push(b'"');
            for byte in bytes {
                write!(out, "{byte:02x}")?;
            }
            out.push(b'"');
            Ok(())
        }
    }
}

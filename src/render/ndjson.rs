//! A packet as one JSON object on one line: Wireshark's field names, flat. The form is described in `docs/json.md`.
//!
//! A field that occurs more than once (the tags of QinQ, the headers that an ICMP error quotes) becomes an array, in the
//! order of the bytes. Payload bytes are left out.

use std::io::{self, Write};

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
        let cut = cut_tcp(packet);
        let mut take = |field: FieldValue<'_>| {
            let ports = matches!(field.name, "tcp.srcport" | "tcp.dstport");
            if LEFT_OUT.contains(&field.name) || (cut.is_some() && field.layer == cut && !ports) {
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

/// The layer of a TCP header that is cut before its window ends: Wireshark gives no more of it than the ports.
fn cut_tcp(packet: &Packet<'_>) -> Option<usize> {
    const NEEDED: usize = 16;
    packet
        .layers()
        .iter()
        .position(|layer| matches!(layer.header, Header::Tcp(_)) && layer.span().bytes.len() < NEEDED)
}

fn write_value(out: &mut Vec<u8>, value: Value<'_>) -> io::Result<()> {
    match value {
        Value::Number(number) | Value::Hex(number, _) => write!(out, "{number}"),
        Value::Flag(set) => write!(out, "{set}"),
        Value::Checksum(verdict) => write!(out, "{}", verdict as u8),
        Value::Mac([a, b, c, d, e, f]) => write!(out, "\"{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}\""),
        Value::Ipv4(address) => write!(out, "\"{address}\""),
        Value::Ipv6(address) => write!(out, "\"{address}\""),
        Value::Time(time) => write!(out, "\"{time}\""),
        Value::Present => out.write_all(b"true"),
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

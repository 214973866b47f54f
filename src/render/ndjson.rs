//! A packet as one JSON object on one line: Wireshark's field names, flat. The form is described in `docs/json.md`.
//!
//! A field that occurs more than once (the tags of QinQ, the headers that an ICMP error quotes) becomes an array, in the
//! order of the bytes. Payload bytes are left out.

use std::io::{self, Write};
use std::ops::Range;

use data_encoding::HEXLOWER;

use crate::dissect::{FieldValue, Packet, Value};
use crate::flow::talk::{Findings, HttpMessage, TlsRecord};
use crate::flow::{Segment, Tracker, Unsaid};
use crate::frame::Time;

use super::json::write_text;
use super::names::Names;

/// Fields of which a program that wants them has the file itself.
const LEFT_OUT: &[&str] = &["tcp.payload", "udp.payload", "data.data"];

/// Whether a field only says that a protocol is there.
fn is_mark(field: &FieldValue<'_>) -> bool {
    matches!(field.name, "http" | "tls" | "websocket")
}

/// Writes packets; keeps its room for the next.
#[derive(Debug, Default)]
pub struct Ndjson {
    /// `,"name":value` for every field that was not there before in this packet.
    line: Vec<u8>,
    /// The values of those that were, one after the other.
    more: Vec<u8>,
    names: Names,
    /// Which field each of them repeats, and where its value stands in `more`.
    repeats: Vec<(usize, Range<usize>)>,
    /// The line with its arrays.
    whole: Vec<u8>,
}

impl Ndjson {
    /// One that has written nothing yet.
    pub fn new() -> Ndjson {
        Ndjson::default()
    }

    /// Writes one packet, which `tracker` was given last; `segment` is what it said, `found` what its stream showed.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn packet(
        &mut self,
        packet: &Packet<'_>,
        tracker: &Tracker,
        segment: Option<&Segment>,
        found: &Findings,
        comment: Option<&str>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.line.clear();
        self.more.clear();
        self.names.clear();
        self.repeats.clear();
        let unsaid = Unsaid::of(packet);
        let mut take = |field: FieldValue<'_>| {
            if !unsaid.holds(&field) && !is_mark(&field) {
                self.take(field.name, field.value);
            }
        };
        packet.each_field(&mut take);
        tracker.each_field(packet, segment, &mut take);
        found.each_stream_field(packet, &mut take);
        found.records.iter().flat_map(TlsRecord::fields).for_each(&mut take);
        found.messages.iter().flat_map(HttpMessage::fields).for_each(&mut take);
        if !found.frames.is_empty() {
            self.frames(found);
        }
        if let Some(comment) = comment {
            self.line.extend_from_slice(b",\"frame.comment\":");
            write_text(&mut self.line, &comment)?;
        }
        match self.line.first_mut() {
            Some(comma) => *comma = b'{',
            None => self.line.push(b'{'),
        }
        self.line.extend_from_slice(b"}\n");
        out.write_all(self.with_arrays())
    }

    /// The WebSocket frames that the packet completes, as an array of objects.
    fn frames(&mut self, found: &Findings) {
        self.line.extend_from_slice(b",\"websocket\":[");
        for (index, frame) in found.frames.iter().enumerate() {
            if index > 0 {
                self.line.push(b',');
            }
            let fields = frame.fields();
            for (index, field) in fields.iter().filter(|field| !is_mark(field)).enumerate() {
                self.line.extend_from_slice(if index == 0 { b"{\"" } else { b",\"" });
                self.line.extend_from_slice(field.name.as_bytes());
                self.line.extend_from_slice(b"\":");
                // Writing into memory does not fail.
                let _ = write_value(&mut self.line, field.value);
            }
            self.line.push(b'}');
        }
        self.line.push(b']');
    }

    fn take(&mut self, name: &'static str, value: Value<'_>) {
        if matches!(value, Value::Bytes(_)) && LEFT_OUT.contains(&name) {
            return;
        }
        let Ndjson { line, more, names, repeats, .. } = self;
        // Writing into memory does not fail.
        match names.find(name) {
            None => {
                line.extend_from_slice(b",\"");
                line.extend_from_slice(name.as_bytes());
                line.extend_from_slice(b"\":");
                let start = line.len();
                let _ = write_value(line, value);
                names.add(name, start..line.len());
            }
            Some(earlier) => {
                let start = more.len();
                let _ = write_value(more, value);
                repeats.push((earlier, start..more.len()));
            }
        }
    }

    /// The line, each field that occurs several times as an array.
    fn with_arrays(&mut self) -> &[u8] {
        let Ndjson { line, more, names, repeats, whole } = self;
        if repeats.is_empty() {
            return line;
        }
        repeats.sort_unstable_by_key(|(earlier, value)| (*earlier, value.start));
        whole.clear();
        let mut copied = 0;
        for same in repeats.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(first) = same.first().and_then(|(earlier, _)| names.value(*earlier)) else { continue };
            whole.extend_from_slice(line.get(copied..first.start).unwrap_or_default());
            whole.push(b'[');
            whole.extend_from_slice(line.get(first.clone()).unwrap_or_default());
            for (_, value) in same {
                whole.push(b',');
                whole.extend_from_slice(more.get(value.clone()).unwrap_or_default());
            }
            whole.push(b']');
            copied = first.end;
        }
        whole.extend_from_slice(line.get(copied..).unwrap_or_default());
        whole
    }
}

fn write_value(out: &mut Vec<u8>, value: Value<'_>) -> io::Result<()> {
    match value {
        Value::Number(number) | Value::Hex(number, _) => write_number(out, number),
        Value::Flag(set) => out.extend_from_slice(if set { b"true" } else { b"false" }),
        Value::Checksum(verdict) => write_number(out, verdict.number().into()),
        Value::Mac(address) => {
            out.push(b'"');
            for (index, byte) in address.into_iter().enumerate() {
                if index > 0 {
                    out.push(b':');
                }
                out.extend_from_slice(&hex(byte));
            }
            out.push(b'"');
        }
        Value::Ipv4(address) => {
            out.push(b'"');
            for (index, byte) in address.octets().into_iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                write_number(out, byte.into());
            }
            out.push(b'"');
        }
        Value::Ipv6(address) => write!(out, "\"{address}\"")?,
        Value::Time(time) => write_time(out, time)?,
        Value::Present => out.extend_from_slice(b"true"),
        Value::Name(name) => write_text(out, &name)?,
        Value::Text(text) => write_text(out, &text)?,
        Value::Bytes(bytes) => {
            out.push(b'"');
            let start = out.len();
            out.resize(start + HEXLOWER.encode_len(bytes.len()), 0);
            HEXLOWER.encode_mut(bytes, out.get_mut(start..).unwrap_or_default());
            out.push(b'"');
        }
    }
    Ok(())
}

pub(super) fn write_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// As `Time` displays itself; the times of this age without 128-bit arithmetic.
pub(super) fn write_time(out: &mut Vec<u8>, time: Time) -> io::Result<()> {
    let Ok(nanos) = u64::try_from(time.0) else { return write!(out, "\"{time}\"") };
    out.push(b'"');
    write_number(out, nanos / 1_000_000_000);
    // A 1 before the nine digits keeps their zeros; its place is the point's.
    let point = out.len();
    write_number(out, 1_000_000_000 + nanos % 1_000_000_000);
    if let Some(place) = out.get_mut(point) {
        *place = b'.';
    }
    out.push(b'"');
    Ok(())
}

/// A byte as two hex digits.
fn hex(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    [digit(byte >> 4), digit(byte & 0xf)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: Value<'_>) -> String {
        let mut out = Vec::new();
        write_value(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_time_is_written_as_it_displays_itself() {
        let nanos = [
            0,
            1,
            999_999_999,
            1_000_000_000,
            1_700_000_000_080_398_000,
            -1,
            i128::MAX,
            i128::from(u64::MAX),
        ];
        for time in nanos.map(Time) {
            assert_eq!(written(Value::Time(time)), format!("\"{time}\""));
        }
    }

    #[test]
    fn addresses_and_bytes_are_written_in_lower_case() {
        assert_eq!(written(Value::Mac([0x02, 0, 0x0a, 0xff, 0x9f, 1])), "\"02:00:0a:ff:9f:01\"");
        assert_eq!(written(Value::Ipv4([10, 0, 255, 99].into())), "\"10.0.255.99\"");
        assert_eq!(written(Value::Bytes(&[0xde, 0xad, 0x00])), "\"dead00\"");
        assert_eq!(written(Value::Number(u64::MAX)), "18446744073709551615");
    }

    #[test]
    fn a_field_that_comes_again_becomes_an_array_where_it_came_first() {
        let mut ndjson = Ndjson::new();
        let fields = [("a.one", 1), ("b.two", 2), ("a.one", 3), ("c.three", 4), ("b.two", 5), ("a.one", 6)];
        for (name, number) in fields {
            ndjson.take(name, Value::Number(number));
        }
        assert_eq!(ndjson.with_arrays(), br#","a.one":[1,3,6],"b.two":[2,5],"c.three":4"#);
    }
}

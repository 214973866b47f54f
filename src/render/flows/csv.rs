//! Conversations as CSV (RFC 4180): one line a conversation, below a line with the columns' names.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};

use crate::event::Host;
use crate::flow::Row;
use crate::frame::Time;
use crate::render::escape;
use crate::render::ndjson::write_number;

use super::json::{host, unread};
use super::{address, cells};

/// The columns, each what the JSON's key of that name is.
pub const COLUMNS: [&str; 21] = [
    "protocol",
    "stream",
    "client",
    "server",
    "start",
    "duration",
    "packets_client",
    "packets_server",
    "bytes_client",
    "bytes_server",
    "frames",
    "handshake_rtt",
    "began",
    "ended",
    "outcome",
    "reset_by",
    "retransmissions",
    "out_of_order",
    "lost_segments",
    "roles_guessed",
    "carries",
];

/// The columns behind them where WebSocket messages were counted.
pub const MESSAGES: [&str; 3] = ["messages_client", "messages_server", "messages_unread"];

/// Writes the columns' names, those of `messages` as well if they were counted; with `file`, where several are read, before them.
///
/// # Errors
/// When `out` cannot be written to.
pub fn csv_head(file: bool, messages: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = writer(out);
    let file = file.then_some("file");
    let more = MESSAGES.into_iter().filter(|_| messages);
    writer.write_record(file.into_iter().chain(COLUMNS).chain(more)).map_err(plain)?;
    writer.flush()
}

/// Writes conversations; `file` is the first column where several are read.
///
/// # Errors
/// When `out` cannot be written to.
pub fn csv_rows(
    rows: impl IntoIterator<Item = Row>,
    file: Option<&str>,
    messages: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let file = file.map(harmless);
    let mut record = Record { writer: writer(out), cell: Vec::new(), text: String::new() };
    for row in rows {
        if let Some(file) = &file {
            record.word(Some(file))?;
        }
        record.row(&row, messages)?;
    }
    record.writer.flush()
}

fn writer(out: &mut dyn Write) -> Writer<&mut dyn Write> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out)
}

/// The operating system's own error: whether the reader went away is told by its kind.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        // All records are made here, of the same length.
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A file's name that no spreadsheet takes for a formula and no terminal obeys: `=x.pcap` is `./=x.pcap` as well.
fn harmless(name: &str) -> Cow<'_, str> {
    match name.chars().next() {
        Some('=' | '+' | '-' | '@') if name != "-" => format!("./{}", escape(name)).into(),
        _ => escape(name),
    }
}

/// One line, cell by cell; the room for a cell is used again.
struct Record<'a> {
    writer: Writer<&'a mut dyn Write>,
    cell: Vec<u8>,
    text: String,
}

impl Record<'_> {
    fn row(&mut self, row: &Row, messages: bool) -> io::Result<()> {
        self.word(Some(row.protocol()))?;
        self.number(Some(row.stream.into()))?;
        for end in [row.client, row.server] {
            self.text.clear();
            address::write(end, &mut self.text);
            self.writer.write_field(&self.text).map_err(plain)?;
        }
        self.time(row.start)?;
        self.nanos(row.duration)?;
        for number in [
            row.from_client.packets,
            row.from_server.packets,
            row.from_client.bytes,
            row.from_server.bytes,
            row.packets(),
        ] {
            self.number(Some(number))?;
        }
        let tcp = row.tcp.as_ref();
        self.nanos(tcp.and_then(|tcp| tcp.handshake_rtt))?;
        self.word(tcp.map(|tcp| tcp.began.word()))?;
        self.word(tcp.map(|tcp| tcp.ended.word()))?;
        self.word(tcp.map(|tcp| tcp.outcome.word()))?;
        self.word(tcp.and_then(|tcp| tcp.reset_by).map(host))?;
        self.number(tcp.map(|tcp| tcp.retransmissions.into()))?;
        self.number(tcp.map(|tcp| tcp.out_of_order.into()))?;
        self.number(tcp.map(|tcp| tcp.lost.into()))?;
        self.word(tcp.map(|tcp| if tcp.roles_guessed { "true" } else { "false" }))?;
        self.word(row.carries.word())?;
        if messages {
            for host in [Host::Client, Host::Server] {
                self.number(row.messages.map(|messages| messages.of(host).0))?;
            }
            self.word(row.messages.as_ref().and_then(unread))?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(plain)
    }

    fn word(&mut self, word: Option<&str>) -> io::Result<()> {
        self.writer.write_field(word.unwrap_or_default()).map_err(plain)
    }

    fn number(&mut self, number: Option<u64>) -> io::Result<()> {
        self.cell.clear();
        if let Some(number) = number {
            write_number(&mut self.cell, number);
        }
        self.writer.write_field(&self.cell).map_err(plain)
    }

    fn time(&mut self, time: Option<Time>) -> io::Result<()> {
        self.text.clear();
        if let Some(time) = time {
            cells::exact(time, &mut self.text);
        }
        self.writer.write_field(&self.text).map_err(plain)
    }

    fn nanos(&mut self, nanos: Option<i64>) -> io::Result<()> {
        self.time(nanos.map(|nanos| Time(nanos.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_is_no_formula() {
        assert_eq!(harmless("=1+1.pcap"), "./=1+1.pcap");
        assert_eq!(harmless("-"), "-");
        assert_eq!(harmless("a=b.pcap"), "a=b.pcap");
        assert_eq!(harmless("@a\u{1b}[2J"), "./@a\\x1b[2J");
    }
}

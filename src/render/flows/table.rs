//! Conversations as a table: on one line each where that fits, on two where it does not, as words where it is narrow.

use super::cells::{self, NONE, Starts, Went};
use super::layout::{Cell, Column, Layout, Widths};
use crate::event::Host;
use crate::flow::Row;
use crate::frame::Time;
use crate::render::{Ink, Tape, units, wrap};

/// A table of conversations; keeps its room for the next row.
#[derive(Clone, Debug)]
pub struct Table {
    layout: Layout,
    /// How wide the column of the stream's number is.
    numbered: usize,
    starts: Starts,
    columns: usize,
    tape: Tape,
    text: String,
}

impl Table {
    /// For rows of these widths, in lines of at most `columns`; `first` is when the capture's first frame was seen.
    pub fn new(widths: &Widths, first: Option<Time>, columns: usize) -> Table {
        let starts = widths.starts(first);
        let layout = widths.layout(&starts, columns);
        Table { layout, numbered: widths.numbered(), starts, columns, tape: Tape::new(), text: String::new() }
    }

    /// The same table for whoever wants only the lines' text, not their ink.
    #[must_use]
    pub fn plain(self) -> Table {
        Table { tape: Tape::plain(), ..self }
    }

    /// The names of the columns, line by line, given to `write`; none where there are no columns.
    ///
    /// # Errors
    /// What `write` gives.
    pub fn head<E>(&mut self, write: &mut dyn FnMut(&Tape) -> Result<(), E>) -> Result<(), E> {
        let Layout::Columns { lines, .. } = &self.layout else { return Ok(()) };
        for line in lines {
            self.tape.clear();
            for column in line {
                place(&mut self.tape, column, Ink::Strong, column.head);
            }
            write(&self.tape)?;
        }
        Ok(())
    }

    /// A conversation, line by line, given to `write`.
    ///
    /// # Errors
    /// What `write` gives.
    pub fn row<E>(&mut self, row: &Row, write: &mut dyn FnMut(&Tape) -> Result<(), E>) -> Result<(), E> {
        let Table { layout, numbered, starts, tape, text, .. } = self;
        let Layout::Columns { lines, long } = layout else { return self.card(row, write) };
        for line in lines {
            let mut below = None;
            tape.clear();
            for column in line {
                if column.cell == Cell::Ends {
                    below = ends(tape, column, row, text).then_some(column.from);
                    continue;
                }
                text.clear();
                let ink = fill(column.cell, row, (*numbered, starts), *long, text);
                place(tape, column, ink, text);
                if column.cell == Cell::Server && tape.width() > column.from + column.width {
                    // The addresses were too long for their columns: the numbers follow below.
                    write(tape)?;
                    tape.clear();
                }
            }
            write(tape)?;
            if let Some(from) = below {
                tape.clear();
                tape.pad_to(from);
                tape.push(Ink::Faint, "→ ");
                text.clear();
                cells::address(row.server, text);
                tape.push(Ink::Server, text);
                write(tape)?;
            }
        }
        Ok(())
    }

    fn card<E>(&mut self, row: &Row, write: &mut dyn FnMut(&Tape) -> Result<(), E>) -> Result<(), E> {
        let room = self.columns.saturating_sub(2);
        let went = Went::of(row);
        let tape = &mut self.tape;
        tape.clear();
        tape.push(Ink::Strong, row.protocol());
        tape.push(Ink::Strong, " ");
        tape.push(Ink::Strong, row.stream.to_string().as_str());
        tape.push(Ink::Plain, "  ");
        tape.push(ink_of(went), went.text(true));
        if let Some(word) = row.carries.word() {
            tape.push(Ink::Plain, " · ");
            tape.push(Ink::Application, word);
        }
        write(tape)?;
        let mut client = String::new();
        cells::address(row.client, &mut client);
        let mut server = String::new();
        cells::address(row.server, &mut server);
        let mut when = "starts ".to_owned();
        self.starts.write(row.start, &mut when);
        if row.duration.is_some() {
            when.push_str(", lasts ");
            cells::passed(row.duration, &mut when);
        }
        if let Some(nanos) = row.tcp.and_then(|tcp| tcp.handshake_rtt) {
            when.push_str(", handshake ");
            cells::passed(Some(nanos), &mut when);
        }
        let sent = |arrow, sent: crate::flow::Sent| {
            let mut text = format!(
                "{arrow} {} {}, ",
                sent.packets,
                if sent.packets == 1 { "packet" } else { "packets" }
            );
            units::bytes(sent.bytes, &mut text);
            text
        };
        let mut parts = vec![(Ink::Client, client), (Ink::Server, server.clone()), (Ink::Plain, when)];
        parts.push((Ink::Client, sent("→", row.from_client)));
        parts.push((Ink::Server, sent("←", row.from_server)));
        if let Some(messages) = &row.messages {
            for (ink, arrow, from) in [(Ink::Client, "→", Host::Client), (Ink::Server, "←", Host::Server)]
            {
                let mut text = format!("{arrow} ");
                cells::messages(messages.of(from), &mut text);
                text.push_str(if messages.of(from) == (1, false) { " message" } else { " messages" });
                parts.push((ink, text));
            }
        }
        if let Some(count) = row.tcp.map(|tcp| tcp.retransmissions).filter(|count| *count > 0) {
            parts.push((Ink::Strong, format!("{count} resent")));
        }
        for (ink, text) in parts {
            // The server stands behind an arrow, however many lines its address takes.
            let indent = if text == server { 4 } else { 2 };
            for (index, part) in wrap(&text, room + 2 - indent).into_iter().enumerate() {
                tape.clear();
                tape.pad_to(2);
                if indent == 4 && index == 0 {
                    tape.push(Ink::Faint, "→ ");
                }
                tape.pad_to(indent);
                tape.push(ink, &part);
                write(tape)?;
            }
        }
        Ok(())
    }
}

/// Puts a cell's text into its column.
fn place(tape: &mut Tape, column: &Column, ink: Ink, text: &str) {
    if column.is_right() {
        tape.push_right(ink, text, column.from + column.width);
    } else {
        // Whatever is too long for its column does not run into the next.
        tape.pad_to(if column.from == 0 { 0 } else { column.from.max(tape.width() + 1) });
        tape.push(ink, text);
    }
}

/// Both ends in one column; whether the server needs a line of its own.
fn ends(tape: &mut Tape, column: &Column, row: &Row, text: &mut String) -> bool {
    tape.pad_to(column.from);
    text.clear();
    cells::address(row.client, text);
    tape.push(Ink::Client, text);
    text.clear();
    cells::address(row.server, text);
    if tape.width() + 3 + text.len() > column.from + column.width {
        return true;
    }
    tape.push(Ink::Faint, " → ");
    tape.push(Ink::Server, text);
    false
}

/// Adds what a cell shows to `text`; gives its ink.
fn fill(cell: Cell, row: &Row, (numbered, starts): (usize, &Starts), long: bool, text: &mut String) -> Ink {
    let tcp = row.tcp.as_ref();
    match cell {
        Cell::Stream => {
            text.push_str(row.protocol());
            for _ in text.len() + cells::digits(row.stream.into())..numbered {
                text.push(' ');
            }
            units::number(row.stream.into(), text);
            return Ink::Plain;
        }
        Cell::Client => cells::address(row.client, text),
        Cell::Arrow => text.push('→'),
        Cell::Server => cells::address(row.server, text),
        Cell::Ends => {}
        Cell::Start => starts.write(row.start, text),
        Cell::Lasts => cells::passed(row.duration, text),
        Cell::Rtt => cells::passed(tcp.and_then(|tcp| tcp.handshake_rtt), text),
        Cell::PacketsTo => units::number(row.from_client.packets, text),
        Cell::PacketsBack => units::number(row.from_server.packets, text),
        Cell::BytesTo => units::bytes(row.from_client.bytes, text),
        Cell::BytesBack => units::bytes(row.from_server.bytes, text),
        Cell::MessagesTo | Cell::MessagesBack => {
            let from = if cell == Cell::MessagesTo { Host::Client } else { Host::Server };
            match &row.messages {
                Some(messages) => _ = cells::messages(messages.of(from), text),
                None => text.push_str(NONE),
            }
        }
        Cell::Went => text.push_str(Went::of(row).text(long)),
        Cell::Resent => match tcp {
            Some(tcp) => units::number(tcp.retransmissions.into(), text),
            None => text.push_str(NONE),
        },
        Cell::Carries => text.push_str(row.carries.word().unwrap_or(NONE)),
    }
    match cell {
        _ if text == NONE => Ink::Faint,
        Cell::Client | Cell::PacketsTo | Cell::BytesTo | Cell::MessagesTo => Ink::Client,
        Cell::Server | Cell::PacketsBack | Cell::BytesBack | Cell::MessagesBack => Ink::Server,
        Cell::Arrow => Ink::Faint,
        Cell::Went => ink_of(Went::of(row)),
        Cell::Resent if text == "0" => Ink::Faint,
        Cell::Resent => Ink::Strong,
        Cell::Carries => Ink::Application,
        _ => Ink::Plain,
    }
}

fn ink_of(went: Went) -> Ink {
    if went.failed() { Ink::Alarm } else { Ink::Plain }
}

//! Conversations as a table: on one line each where that fits, on two where it does not, as words where it is narrow.

use std::net::SocketAddr;

use super::address::{self, Ipv4Text};
use super::cells::{Figure, NONE, Starts, Went, is_guess};
use super::layout::{Cell, Column, Layout, Widths};
use crate::event::Host;
use crate::flow::talk::Messages;
use crate::flow::{Row, Sent};
use crate::frame::Time;
use crate::render::slot::TO;
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
}

impl Table {
    /// For rows of these widths, in lines of at most `columns`; `first` is when the capture's first frame was seen.
    pub fn new(widths: &Widths, first: Option<Time>, columns: usize) -> Table {
        let starts = widths.starts(first);
        let layout = widths.layout(&starts, columns);
        Table { layout, numbered: widths.numbered(), starts, columns, tape: Tape::new() }
    }

    /// The same table for whoever wants only the lines' text, not their ink.
    #[must_use]
    pub fn plain(self) -> Table {
        Table { tape: Tape::plain(), ..self }
    }

    /// The same table in sentences, a paragraph each conversation.
    #[must_use]
    pub fn spoken(self) -> Table {
        Table { layout: Layout::Spoken, ..self }
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
                head(&mut self.tape, column);
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
        let Table { layout, numbered, starts, tape, .. } = self;
        let (lines, long) = match layout {
            Layout::Columns { lines, long } => (lines, long),
            Layout::Card => return self.card(row, write),
            Layout::Spoken => return self.say(row, write),
        };
        for line in lines {
            let mut below = None;
            tape.clear();
            for column in line {
                if column.cell == Cell::Ends {
                    below = ends(tape, column, row).then_some(column.from);
                } else if !figure(tape, column, row, starts) {
                    pad(tape, column);
                    words(tape, column.cell, row, *numbered, *long);
                }
                if column.cell == Cell::Server && tape.width() > column.end() {
                    // The addresses were too long for their columns: the numbers follow below.
                    write(tape)?;
                    tape.clear();
                }
            }
            write(tape)?;
            if let Some(from) = below {
                tape.clear();
                tape.pad_to(from);
                tape.bytes(Ink::Faint, &[to(row), b' ']);
                address(tape, Ink::Server, row.server);
                write(tape)?;
            }
        }
        Ok(())
    }

    /// When it began, how long it lasted, how long its handshake took.
    fn when(&self, row: &Row) -> String {
        let mut when = String::new();
        self.starts.of(row.start).write(&mut when);
        for (what, nanos) in
            [(", lasts ", row.duration), (", handshake ", row.tcp.and_then(|tcp| tcp.handshake_rtt))]
        {
            if nanos.is_some() {
                when.push_str(what);
                Figure::passed(nanos).write(&mut when);
            }
        }
        when
    }

    /// A conversation in sentences.
    fn say<E>(&mut self, row: &Row, write: &mut dyn FnMut(&Tape) -> Result<(), E>) -> Result<(), E> {
        let (client, server) = ends_of(row);
        let carries = row.carries.word().map(|word| format!(", carries {word}")).unwrap_or_default();
        let when = row.start.map(|_| format!(" It starts at {}.", self.when(row))).unwrap_or_default();
        let guess = if is_guess(row) { ", as a guess" } else { "" };
        let mut text = format!(
            "{} {}: {}{carries}. Client {client}, server {server}{guess}.{when} The client sent {}; the server sent {}.",
            row.protocol(),
            row.stream,
            Went::of(row).text(true),
            sent(row.from_client),
            sent(row.from_server),
        );
        if let Some(counts) = &row.messages {
            let [client, server] = [Host::Client, Host::Server].map(|from| said(counts, from));
            text.push_str(&format!(" {client} from the client, {server} from the server."));
        }
        if let Some(count) = row.tcp.map(|tcp| tcp.retransmissions).filter(|count| *count > 0) {
            text.push_str(&format!(" {count} resent."));
        }
        let parts = wrap(&text, self.columns);
        for part in [""].into_iter().chain(parts.iter().map(String::as_str)) {
            self.tape.clear();
            self.tape.push(Ink::Plain, part);
            write(&self.tape)?;
        }
        Ok(())
    }

    fn card<E>(&mut self, row: &Row, write: &mut dyn FnMut(&Tape) -> Result<(), E>) -> Result<(), E> {
        let room = self.columns.saturating_sub(2);
        let went = Went::of(row);
        let when = self.when(row);
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
        let (client, server) = ends_of(row);
        let mut parts = vec![
            (Ink::Client, client),
            (Ink::Server, server.clone()),
            (Ink::Plain, format!("starts {when}")),
        ];
        parts.push((Ink::Client, format!("→ {}", sent(row.from_client))));
        parts.push((Ink::Server, format!("← {}", sent(row.from_server))));
        if let Some(counts) = &row.messages {
            for (ink, arrow, from) in [(Ink::Client, "→", Host::Client), (Ink::Server, "←", Host::Server)]
            {
                parts.push((ink, format!("{arrow} {}", said(counts, from))));
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
                    tape.push(Ink::Faint, if is_guess(row) { "? " } else { "→ " });
                }
                tape.pad_to(indent);
                tape.push(ink, &part);
                write(tape)?;
            }
        }
        Ok(())
    }
}

/// Both addresses.
fn ends_of(row: &Row) -> (String, String) {
    let [mut client, mut server] = [String::new(), String::new()];
    address::write(row.client, &mut client);
    address::write(row.server, &mut server);
    (client, server)
}

/// `7 packets, 523 bytes`.
fn sent(sent: Sent) -> String {
    let mut text = format!("{} {}, ", sent.packets, if sent.packets == 1 { "packet" } else { "packets" });
    units::bytes(sent.bytes).write(&mut text);
    text
}

/// `2 messages`; with a plus where there may have been more.
fn said(messages: &Messages, from: Host) -> String {
    let mut text = String::new();
    Figure::messages(messages, from).write(&mut text);
    text.push_str(if messages.of(from) == (1, false) { " message" } else { " messages" });
    text
}

/// Puts a column's name above it.
fn head(tape: &mut Tape, column: &Column) {
    if column.is_right() {
        tape.put_right(Ink::Strong, column.end(), |slot| slot.text(column.head));
    } else {
        pad(tape, column);
        tape.push(Ink::Strong, column.head);
    }
}

/// Goes to where a column begins that is read from the left. Whatever was too long for the one before does not run into it.
fn pad(tape: &mut Tape, column: &Column) {
    tape.pad_to(if column.from == 0 { 0 } else { column.from.max(tape.width() + 1) });
}

/// Puts an address with its port. Not made part of its three callers, who would have its digits made ahead of all columns, each its own.
#[inline(never)]
fn address(tape: &mut Tape, ink: Ink, end: SocketAddr) {
    match end {
        SocketAddr::V4(v4) => {
            let text = Ipv4Text::of(v4);
            let (bytes, len) = text.spaced();
            tape.spaced(ink, bytes, len);
        }
        SocketAddr::V6(_) => tape.put(ink, |slot| address::fill(end, slot)),
    }
}

/// What stands between the client and the server: a question mark where it is a guess which is which.
fn to(row: &Row) -> u8 {
    if is_guess(row) { b'?' } else { TO }
}

/// Both ends in one column; whether the server needs a line of its own.
fn ends(tape: &mut Tape, column: &Column, row: &Row) -> bool {
    tape.pad_to(column.from);
    address(tape, Ink::Client, row.client);
    if tape.width() + 3 + address::width(row.server) > column.end() {
        return true;
    }
    tape.bytes(Ink::Faint, &[b' ', to(row), b' ']);
    address(tape, Ink::Server, row.server);
    false
}

/// Puts into a column that is read from the left what it shows.
fn words(tape: &mut Tape, cell: Cell, row: &Row, numbered: usize, long: bool) {
    match cell {
        Cell::Stream => {
            let (protocol, number) = (row.protocol(), row.stream.into());
            let to = tape.width() + numbered;
            tape.bytes(Ink::Plain, protocol.as_bytes());
            tape.put_right(Ink::Plain, to, |slot| slot.number(number));
        }
        Cell::Client => address(tape, Ink::Client, row.client),
        Cell::Server => address(tape, Ink::Server, row.server),
        Cell::Arrow => tape.bytes(Ink::Faint, &[to(row)]),
        Cell::Went => {
            let went = Went::of(row);
            tape.bytes(ink_of(went), went.text(long).as_bytes());
        }
        Cell::Carries => match row.carries.word() {
            Some(word) => tape.bytes(Ink::Application, word.as_bytes()),
            None => tape.bytes(Ink::Faint, NONE.as_bytes()),
        },
        _ => {}
    }
}

/// Puts into a column whose cells end where it does what it shows; says whether it is one. Not made part of the loop over all columns: what
/// the columns have in common, the row, would have every figure of it made ahead for each of them.
#[inline(never)]
fn figure(tape: &mut Tape, column: &Column, row: &Row, starts: &Starts) -> bool {
    let to = column.end();
    let tcp = row.tcp.as_ref();
    let messages =
        |from| row.messages.as_ref().map_or(Figure::Nothing, |messages| Figure::messages(messages, from));
    match column.cell {
        Cell::Start => one(tape, to, starts.of(row.start), Ink::Plain),
        Cell::Lasts => one(tape, to, Figure::passed(row.duration), Ink::Plain),
        Cell::Rtt => one(tape, to, Figure::passed(tcp.and_then(|tcp| tcp.handshake_rtt)), Ink::Plain),
        Cell::PacketsTo => one(tape, to, Figure::Number(row.from_client.packets), Ink::Client),
        Cell::PacketsBack => one(tape, to, Figure::Number(row.from_server.packets), Ink::Server),
        Cell::BytesTo => one(tape, to, Figure::Quantity(units::bytes(row.from_client.bytes)), Ink::Client),
        Cell::BytesBack => one(tape, to, Figure::Quantity(units::bytes(row.from_server.bytes)), Ink::Server),
        Cell::MessagesTo => one(tape, to, messages(Host::Client), Ink::Client),
        Cell::MessagesBack => one(tape, to, messages(Host::Server), Ink::Server),
        Cell::Resent => match tcp.map(|tcp| tcp.retransmissions) {
            Some(0) => one(tape, to, Figure::Number(0), Ink::Faint),
            Some(count) => one(tape, to, Figure::Number(count.into()), Ink::Strong),
            None => one(tape, to, Figure::Nothing, Ink::Faint),
        },
        Cell::Stream
        | Cell::Client
        | Cell::Arrow
        | Cell::Server
        | Cell::Ends
        | Cell::Went
        | Cell::Carries => return false,
    }
    true
}

/// Puts a figure that ends at `to`, faintly where there is none. Part of each that calls it: what kind of figure it is is known there.
#[inline(always)]
fn one(tape: &mut Tape, to: usize, figure: Figure, ink: Ink) {
    let ink = if matches!(figure, Figure::Nothing) { Ink::Faint } else { ink };
    match figure.few() {
        Some(few) => tape.few_right(ink, to, few),
        None => many(tape, to, &figure, ink),
    }
}

/// The same of a long one.
#[inline(never)]
fn many(tape: &mut Tape, to: usize, figure: &Figure, ink: Ink) {
    tape.put_right(ink, to, |slot| figure.fill(slot));
}

fn ink_of(went: Went) -> Ink {
    if went.failed() { Ink::Alarm } else { Ink::Plain }
}

//! Where a table's columns stand, for the rows that it has and the columns that the terminal has.

use unicode_width::UnicodeWidthStr;

use super::address::{self, SHORT};
use super::cells::{Figure, NONE, Starts, Went};
use crate::event::Host;
use crate::flow::Row;
use crate::frame::Time;
use crate::render::units;

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Protocol and number.
    Stream,
    Client,
    /// Between the two.
    Arrow,
    Server,
    /// Both addresses and the arrow; the server on a line of its own where they don't fit.
    Ends,
    Start,
    Lasts,
    Rtt,
    PacketsTo,
    PacketsBack,
    BytesTo,
    BytesBack,
    MessagesTo,
    MessagesBack,
    Went,
    Resent,
    Carries,
}

/// A column: what it shows, what stands above it, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) cell: Cell,
    pub(super) head: &'static str,
    /// Where it begins, and its width.
    pub(super) from: usize,
    pub(super) width: usize,
}

impl Column {
    /// The last column that belongs to it.
    pub(super) fn end(&self) -> usize {
        self.from + self.width
    }

    /// Whether its cells end where the column does.
    pub(super) fn is_right(&self) -> bool {
        use Cell::{Arrow, Carries, Client, Ends, Server, Stream, Went};
        !matches!(self.cell, Stream | Client | Arrow | Server | Ends | Went | Carries)
    }
}

/// How a conversation is laid out.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    /// Lines of columns, one or two of them.
    Columns {
        lines: Vec<Vec<Column>>,
        /// Whether it says who broke a conversation off.
        long: bool,
    },
    /// Lines of words: too narrow for columns.
    Card,
    /// Sentences, for who hears them.
    Spoken,
}

/// How wide the widest cell of each kind is; of numbers, which grow wider as they grow, the largest.
#[derive(Clone, Copy, Debug)]
pub struct Widths {
    stream: u32,
    client: usize,
    server: usize,
    /// The same of those conversations of which no address is longer than IPv4's can be.
    short_client: usize,
    short_server: usize,
    /// How many those are, and how many are not.
    short: usize,
    long: usize,
    /// Both addresses with an arrow between.
    ends: usize,
    earliest: Option<Time>,
    latest: Option<Time>,
    lasts: usize,
    rtt: usize,
    packets: (u64, u64),
    bytes: (usize, usize),
    /// Nothing wide where there are none.
    messages: (usize, usize),
    went: (usize, usize),
    resent: u32,
    carries: usize,
}

impl Default for Widths {
    /// Of no row at all.
    fn default() -> Widths {
        Widths {
            stream: 0,
            client: 0,
            server: 0,
            short_client: 0,
            short_server: 0,
            short: 0,
            long: 0,
            ends: 0,
            earliest: None,
            latest: None,
            lasts: NONE.len(),
            rtt: NONE.len(),
            packets: (0, 0),
            bytes: (0, 0),
            messages: (0, 0),
            went: (0, 0),
            resent: 0,
            carries: NONE.len(),
        }
    }
}

impl Widths {
    /// In one pass over the rows.
    pub fn of(rows: impl Iterator<Item = Row>) -> Widths {
        let mut widths = Widths::default();
        for row in rows {
            most(&mut widths.stream, row.stream);
            let [client, server] = [row.client, row.server].map(address::width);
            most(&mut widths.client, client);
            most(&mut widths.server, server);
            most(&mut widths.ends, client + 3 + server);
            if client.max(server) > SHORT {
                widths.long += 1;
            } else {
                widths.short += 1;
                most(&mut widths.short_client, client);
                most(&mut widths.short_server, server);
            }
            if let Some(start) = row.start {
                widths.earliest = Some(widths.earliest.map_or(start, |earliest| earliest.min(start)));
                widths.latest = widths.latest.max(Some(start));
            }
            passed(&mut widths.lasts, row.duration);
            most(&mut widths.packets.0, row.from_client.packets);
            most(&mut widths.packets.1, row.from_server.packets);
            bytes(&mut widths.bytes.0, row.from_client.bytes);
            bytes(&mut widths.bytes.1, row.from_server.bytes);
            if let Some(messages) = &row.messages {
                let columns = |from| Figure::messages(messages, from).columns();
                most(&mut widths.messages.0, columns(Host::Client));
                most(&mut widths.messages.1, columns(Host::Server));
            }
            let went = Went::of(&row);
            most(&mut widths.went.0, went.text(true).len());
            most(&mut widths.went.1, went.text(false).len());
            most(&mut widths.carries, row.carries.word().map_or(0, str::len));
            if let Some(tcp) = &row.tcp {
                passed(&mut widths.rtt, tcp.handshake_rtt);
                most(&mut widths.resent, tcp.retransmissions);
            }
        }
        widths
    }

    /// Of these rows and of those.
    #[must_use]
    pub fn and(self, other: Widths) -> Widths {
        fn pair<T: Ord>((a, b): (T, T), (c, d): (T, T)) -> (T, T) {
            (a.max(c), b.max(d))
        }
        Widths {
            stream: self.stream.max(other.stream),
            client: self.client.max(other.client),
            server: self.server.max(other.server),
            short_client: self.short_client.max(other.short_client),
            short_server: self.short_server.max(other.short_server),
            short: self.short + other.short,
            long: self.long + other.long,
            ends: self.ends.max(other.ends),
            earliest: [self.earliest, other.earliest].into_iter().flatten().min(),
            latest: self.latest.max(other.latest),
            lasts: self.lasts.max(other.lasts),
            rtt: self.rtt.max(other.rtt),
            packets: pair(self.packets, other.packets),
            bytes: pair(self.bytes, other.bytes),
            messages: pair(self.messages, other.messages),
            went: pair(self.went, other.went),
            resent: self.resent.max(other.resent),
            carries: self.carries.max(other.carries),
        }
    }

    /// How the times at which they begin are written; `first` is when the capture's first frame was seen.
    pub(super) fn starts(&self, first: Option<Time>) -> Starts {
        Starts::new(first, self.earliest, self.latest)
    }

    /// The first layout that fits: all on one line, on two, as words.
    pub(super) fn layout(&self, starts: &Starts, columns: usize) -> Layout {
        let all = (self.client, self.server);
        // A few long addresses may stand on a line of their own, above their numbers.
        let few_long = self.long <= self.short && self.numbered() + 2 + self.ends <= columns;
        let most = few_long.then_some((self.short_client, self.short_server));
        for ends in [Some(all), most].into_iter().flatten() {
            for (gap, long) in [(2, true), (2, false), (1, false)] {
                let line = self.one_line(ends, starts, gap, long);
                if end(&line) <= columns {
                    return Layout::Columns { lines: vec![line], long };
                }
            }
        }
        for long in [true, false] {
            let lines = self.two_lines(columns, starts, long);
            let fits = lines.iter().all(|line| end(line) <= columns);
            let room = lines.iter().flatten().find(|column| column.cell == Cell::Ends);
            if fits && room.is_some_and(|ends| ends.width >= self.client.max(self.server + 2)) {
                return Layout::Columns { lines, long };
            }
        }
        Layout::Card
    }

    fn one_line(
        &self,
        (client, server): (usize, usize),
        starts: &Starts,
        gap: usize,
        long: bool,
    ) -> Vec<Column> {
        let mut line = Line::new(0);
        line.add(0, Cell::Stream, "stream", self.numbered());
        line.add(gap, Cell::Client, "client", client);
        line.add(1, Cell::Arrow, "", 1);
        line.add(1, Cell::Server, "server", server);
        self.measured(&mut line, starts, gap);
        self.said(&mut line, gap);
        line.add(gap, Cell::Resent, "resent", units::digits(self.resent.into()));
        line.add(gap, Cell::Went, "how it went", self.went(long));
        line.add(gap, Cell::Carries, "carries", self.carries);
        line.columns
    }

    fn two_lines(&self, columns: usize, starts: &Starts, long: bool) -> Vec<Vec<Column>> {
        let mut upper = Line::new(0);
        upper.add(0, Cell::Stream, "stream", self.numbered());
        let mut right = Line::new(0);
        self.said(&mut right, 2);
        right.add(2, Cell::Went, "how it went", self.went(long));
        right.add(2, Cell::Carries, "carries", self.carries);
        let mut lower = Line::new(upper.end());
        self.measured(&mut lower, starts, 2);
        lower.add(2, Cell::Resent, "resent", units::digits(self.resent.into()));
        // The ends take what is left, and no more than they need: but what is on the right may stand above the lower line's end.
        let room = columns.saturating_sub(upper.end() + 2 + right.end());
        let wanted = self.ends.max(lower.end().saturating_sub(upper.end() + 2 + right.end()));
        upper.add(2, Cell::Ends, "client → server", room.min(wanted));
        self.said(&mut upper, 2);
        upper.add(2, Cell::Went, "how it went", self.went(long));
        upper.add(2, Cell::Carries, "carries", self.carries);
        vec![upper.columns, lower.columns]
    }

    /// The columns with numbers, the same on one line and on two.
    fn measured(&self, line: &mut Line, starts: &Starts, gap: usize) {
        line.add(gap, Cell::Start, "start", starts.width);
        line.add(gap, Cell::Lasts, "lasts", self.lasts);
        line.add(gap, Cell::Rtt, "handshake", self.rtt);
        line.add(gap, Cell::PacketsTo, "packets →", units::digits(self.packets.0));
        line.add(1, Cell::PacketsBack, "←", units::digits(self.packets.1));
        line.add(gap, Cell::BytesTo, "bytes →", self.bytes.0);
        line.add(1, Cell::BytesBack, "←", self.bytes.1);
    }

    /// The columns with messages, if any were counted.
    fn said(&self, line: &mut Line, gap: usize) {
        if self.messages != (0, 0) {
            line.add(gap, Cell::MessagesTo, "messages →", self.messages.0);
            line.add(1, Cell::MessagesBack, "←", self.messages.1);
        }
    }

    pub(super) fn numbered(&self) -> usize {
        "tcp ".len() + units::digits(self.stream.into())
    }

    fn went(&self, long: bool) -> usize {
        if long { self.went.0 } else { self.went.1 }
    }
}

/// Keeps the larger one.
fn most<T: Ord + Copy>(known: &mut T, other: T) {
    *known = (*known).max(other);
}

/// Widens a column for a time. One that can't be wider than what was seen already is not even made: that is the most of them.
fn passed(known: &mut usize, nanos: Option<i64>) {
    let short = nanos.is_none_or(|nanos| nanos.unsigned_abs() < units::LONG_NANOS);
    if !short || *known < units::WIDTH {
        *known = (*known).max(Figure::passed(nanos).columns());
    }
}

/// The same for a number of bytes.
fn bytes(known: &mut usize, count: u64) {
    if count >= units::MANY || *known < units::WIDTH {
        *known = (*known).max(units::bytes(count).columns());
    }
}

/// A line that columns are put on from left to right.
struct Line {
    columns: Vec<Column>,
    indent: usize,
}

impl Line {
    fn new(indent: usize) -> Line {
        Line { columns: Vec::new(), indent }
    }

    fn end(&self) -> usize {
        end(&self.columns).max(self.indent)
    }

    fn add(&mut self, gap: usize, cell: Cell, head: &'static str, width: usize) {
        let from = self.end() + gap;
        self.columns.push(Column { cell, head, from, width: width.max(head.width()) });
    }
}

/// Where the last column ends.
fn end(columns: &[Column]) -> usize {
    columns.last().map_or(0, Column::end)
}

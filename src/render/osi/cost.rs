//! What it costs to bring a message across, as bars by layer: each cell of a bar is the sign of its layer.

use super::{Names, WalkView, count_of, grouped, ink};
use crate::osi::{Bill, Layer, Place, Stop, UnitKind};
use crate::render::{Ink, Line};

/// What some kinds are called in a frame, by what is in them.
#[derive(Clone, Copy)]
struct Called<'a> {
    network: &'a str,
    transport: &'a str,
    opening: &'a str,
    tls: &'a str,
    message: &'a str,
}

/// What stands for a kind of bytes, how it is painted, and what it is called.
fn kind<'a>(name: &str, names: Called<'a>) -> (char, Ink, &'a str) {
    match name {
        "physical" => ('░', ink(Place::At(Layer::Physical)), "the wire's own"),
        "link" => ('2', ink(Place::At(Layer::Link)), "frames"),
        "network" => ('3', ink(Place::At(Layer::Network)), names.network),
        "transport" => ('4', ink(Place::At(Layer::Transport)), names.transport),
        "opening" => ('o', Ink::Application, names.opening),
        "tls" => ('T', ink(Place::Tls), names.tls),
        "protocol" => ('+', Ink::Application, "the program's protocol"),
        _ => ('7', Ink::Mark, names.message),
    }
}

/// A bar: what stands above it, and what it counts.
#[derive(Debug)]
pub(in crate::render) struct Bar<'a> {
    pub(in crate::render) title: String,
    pub(in crate::render) bill: &'a Bill,
    names: Names,
    /// What it has of layer 3.
    network: String,
    /// And of layer 4.
    transport: String,
    /// What came before the message, with TLS's handshake or without.
    opening: &'static str,
    tls: &'static str,
    message: &'static str,
}

impl Bar<'_> {
    /// The sign, the colour and the name of a kind of bytes.
    pub(in crate::render) fn kind(&self, name: &str) -> (char, Ink, &str) {
        let Bar { network, transport, opening, tls, message, .. } = self;
        let (sign, ink, title) = kind(name, Called { network, transport, opening, tls, message });
        (sign, ink, self.names.kind(name, title))
    }
}

impl WalkView<'_> {
    /// The bars.
    pub(super) fn cost(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for bar in self.bars() {
            lines.extend(self.heading(&bar.title));
            lines.extend(self.bar(&bar));
        }
        lines.extend(self.paragraph(Ink::Plain, 1, &self.says(&["osi.cost"])));
        lines
    }

    /// What this frame costs, and the first message with all that it took to get there.
    pub(in crate::render) fn bars(&self) -> Vec<Bar<'_>> {
        let cost = &self.walk.cost;
        let unread = self.walk.units.is_empty();
        // The handshake of TLS is a part of what was said before.
        let sealed = self.walk.value("if_tls").is_some();
        let opened = !self.walk.sealed.is_empty();
        let names = self.names();
        let message = |bill: &Bill| match bill {
            _ if unread => "what the program says",
            Bill { inflated: Some(_), .. } => "the message, compressed",
            _ => "the message",
        };
        let bar = |title, bill, message, network, transport: &str| Bar {
            title,
            bill,
            names,
            network,
            transport: transport.to_owned(),
            opening: if sealed { "said to get there, TLS too" } else { "said to get there" },
            tls: if opened { "TLS around the message" } else { "TLS" },
            message,
        };
        // What nobody can read may be a message.
        let hidden = matches!(self.walk.stop, Some(Stop::Protocol(_) | Stop::Fragment | Stop::Sealed(_)));
        let empty = self.walk.units.iter().any(|unit| unit.kind == UnitKind::Message && unit.is_whole());
        let part = match self.walk.units.as_slice() {
            [unit] if unit.kind == UnitKind::Message && !unit.is_whole() => unit.meant(),
            _ => None,
        };
        let title = headline(&cost.this, (unread, hidden, empty), part, names);
        let transport = self.own(Layer::Transport);
        let mut bars =
            vec![bar(title, &cost.this, message(&cost.this), self.own(Layer::Network), &transport)];
        if let Some(first) = &cost.first {
            let frames = if first.frames == 1 {
                names.pick("1 slip", "1 frame").to_owned()
            } else {
                format!("{} {}", first.frames, names.pick("slips", "frames"))
            };
            let text = format!(
                "{}, with all that it took to get there: {frames}, {} for {}",
                names.pick("The first words", "The first message"),
                count_of(first.total()),
                grouped(first.meant())
            );
            let ip6 = self.walk.value("src_ip").is_some_and(|address| address.contains(':'));
            let network = match (first.neighbours > 0, ip6) {
                (false, _) => "IP",
                (true, false) => "IP, ARP",
                (true, true) => "IP, neighbour discovery",
            };
            bars.push(bar(text, first, message(first), network.to_owned(), &transport));
        }
        bars
    }

    /// What this frame has of a layer: `ARP`, `IP, ICMP`.
    fn own(&self, layer: Layer) -> String {
        let mut names: Vec<&str> = Vec::new();
        for part in self.walk.layered().filter(|part| part.place == Place::At(layer)) {
            let name = if part.title.starts_with("IPv") || part.title.starts_with("outer IPv") {
                "IP"
            } else {
                part.title
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }

    /// One bar, and what its signs mean.
    fn bar(&self, bar: &Bar<'_>) -> Vec<Line> {
        let bill = bar.bill;
        let kind = |name| bar.kind(name);
        if self.plain {
            let rows = bill.rows().into_iter().filter(|(_, bytes)| *bytes > 0);
            let parts: Vec<_> =
                rows.map(|(name, bytes)| format!("{} {}", kind(name).2, grouped(bytes))).collect();
            return self.paragraph(Ink::Plain, 1, &format!("Bytes by layer: {}.", parts.join("; ")));
        }
        let room = self.width.saturating_sub(2);
        let mut cells_of = Line::from(" ");
        for ((name, _), cells) in bill.rows().into_iter().zip(cells(bill, room)) {
            let (sign, ink, _) = kind(name);
            cells_of.push(ink, sign.to_string().repeat(cells));
        }
        let mut lines = vec![cells_of];
        let mut line = Line::from(" ");
        for (name, bytes) in bill.rows().into_iter().filter(|(_, bytes)| *bytes > 0) {
            let (sign, ink, title) = kind(name);
            let piece = Line::new()
                .with(ink, sign.to_string())
                .with(Ink::Plain, format!(" {title} {}", grouped(bytes)));
            if line.width() > 1 && line.width() + piece.width() + 3 > self.width {
                lines.push(std::mem::replace(&mut line, Line::from(" ")));
            }
            if line.width() > 1 {
                line.push(Ink::Faint, " · ");
            }
            line.append(piece);
        }
        lines.push(line);
        lines
    }
}

/// How many cells of a bar each kind has: by its bytes, and one at least, however few they are.
fn cells(bill: &Bill, room: usize) -> [usize; 8] {
    let total = bill.total().max(1);
    let mut cells = bill.rows().map(|(_, bytes)| {
        let share = u128::from(bytes) * room as u128 / u128::from(total);
        usize::try_from(share).unwrap_or(room).max(usize::from(bytes > 0))
    });
    // What rounding has left over or taken too much, the longest piece bears.
    let sum: usize = cells.iter().sum();
    if let Some(longest) = cells.iter_mut().max() {
        *longest = (*longest + room).saturating_sub(sum);
    }
    cells
}

/// `unread`: nobody knows what is said; `hidden`: something may be said where nobody can read; `empty`: a message of no byte is
/// one as well; `part`: of a message of so many bytes not all are here.
fn headline(
    this: &Bill,
    (unread, hidden, empty): (bool, bool, bool),
    part: Option<u64>,
    names: Names,
) -> String {
    let total = count_of(this.total());
    let readable = if hidden { " that netlab can read" } else { "" };
    match this.meant() {
        0 if empty => names.pick(
            format!("What it costs: {total} travel, and the words are empty"),
            format!("What it costs: {total} on the wire carry a message of 0 bytes: it is empty"),
        ),
        0 if names.is_everyday() => format!("What it costs: {total} travel, and no words in them{readable}"),
        said if names.is_everyday() => {
            let each = each(this.total(), said);
            format!("What it costs: {total} travel for {} of words; {each} for each", grouped(said))
        }
        said @ 1.. if unread => {
            let each = each(this.total(), said);
            format!(
                "What it costs: {total} on the wire carry {} of a program; {each} for each",
                count_of(said)
            )
        }
        0 => format!("What it costs: {total} on the wire, and no message in them{readable}"),
        message => {
            let each = each(this.total(), message);
            let what = match part {
                Some(whole) => format!("{} of a message's {}", grouped(message), count_of(whole)),
                None => format!("a message of {}", grouped(message)),
            };
            format!("What it costs: {total} on the wire carry {what}; {each} for each byte")
        }
    }
}

/// How many bytes travel for each that is meant, to a tenth.
fn each(total: u64, message: u64) -> String {
    let tenth = (u128::from(total) * 10 + u128::from(message) / 2) / u128::from(message.max(1));
    format!("{}.{}", tenth / 10, tenth % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_cell_and_the_bar_is_as_long_as_it_may_be() {
        for message in [0, 1, 5, 15, 1_000_000, u64::MAX / 2] {
            let bill =
                Bill { frames: 10, physical: 276, link: 140, network: 216, message, ..Bill::default() };
            for room in [38, 78, 138] {
                let cells = cells(&bill, room);
                assert_eq!(cells.iter().sum::<usize>(), room, "{message}");
                for ((name, bytes), cells) in bill.rows().into_iter().zip(cells) {
                    assert_eq!(bytes > 0, cells > 0, "{name} of {message}");
                }
            }
        }
    }
}

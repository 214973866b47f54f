//! What it costs to bring a message across, as bars by layer: each cell of a bar is the sign of its layer.

use super::{WalkView, count_of, grouped, ink};
use crate::osi::{Bill, Layer, Place};
use crate::render::{Ink, Line};

/// What stands for a kind of bytes, how it is painted, and what it is called.
fn kind(name: &str) -> (char, Ink, &'static str) {
    match name {
        "physical" => ('░', ink(Place::At(Layer::Physical)), "the wire's own"),
        "link" => ('2', ink(Place::At(Layer::Link)), "frames"),
        "network" => ('3', ink(Place::At(Layer::Network)), "IP, ARP"),
        "transport" => ('4', ink(Place::At(Layer::Transport)), "TCP, UDP"),
        "opening" => ('o', Ink::Application, "said to get there"),
        "tls" => ('T', ink(Place::Tls), "TLS"),
        "protocol" => ('+', Ink::Application, "the program's protocol"),
        _ => ('7', Ink::Mark, "the message"),
    }
}

impl WalkView<'_> {
    /// The bars.
    pub(super) fn cost(&self) -> Vec<Line> {
        let cost = &self.walk.cost;
        let mut lines = self.heading(&headline(&cost.this));
        lines.extend(self.bar(&cost.this));
        if let Some(first) = &cost.first {
            let frames =
                if first.frames == 1 { "1 frame".to_owned() } else { format!("{} frames", first.frames) };
            let text = format!(
                "The first message, with all that it took to get there: {frames}, {} for {}",
                count_of(first.total()),
                grouped(first.message)
            );
            lines.extend(self.heading(&text));
            lines.extend(self.bar(first));
        }
        lines.extend(self.paragraph(Ink::Plain, 1, &self.says(&["osi.cost"])));
        lines
    }

    /// One bar, and what its signs mean.
    fn bar(&self, bill: &Bill) -> Vec<Line> {
        if self.plain {
            let rows = bill.rows().into_iter().filter(|(_, bytes)| *bytes > 0);
            let parts: Vec<_> =
                rows.map(|(name, bytes)| format!("{} {}", kind(name).2, grouped(bytes))).collect();
            return self.paragraph(Ink::Plain, 1, &format!("Bytes by layer: {}.", parts.join("; ")));
        }
        let room = self.width.saturating_sub(2);
        let mut bar = Line::from(" ");
        for ((name, _), cells) in bill.rows().into_iter().zip(cells(bill, room)) {
            let (sign, ink, _) = kind(name);
            bar.push(ink, sign.to_string().repeat(cells));
        }
        let mut lines = vec![bar];
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

fn headline(this: &Bill) -> String {
    let total = count_of(this.total());
    match this.message {
        0 => format!("What it costs: {total} on the wire, and no message in them"),
        message => {
            let tenth = (this.total() * 10 + message / 2) / message;
            let each = format!("{}.{}", tenth / 10, tenth % 10);
            format!(
                "What it costs: {total} on the wire carry a message of {}; {each} for each byte",
                grouped(message)
            )
        }
    }
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

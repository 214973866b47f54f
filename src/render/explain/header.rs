//! A header drawn with its bits numbered, as the RFCs draw them, and with the values of a frame in it.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::explain::{Cell, Header};
use crate::render::line::cut;
use crate::render::{Ink, Line};

/// Room for the number of a row's first byte, before the drawing.
const MARGIN: usize = 4;
/// The signs of which boxes are made, by the weight (none, light, heavy) of their arms: up, right, down, left.
const BOX: &str = " ╴╸╷┐┑╻┒┓╶─╾┌┬┭┎┰┱╺╼━┍┮┯┏┲┳╵┘┙│┤┥╽┧┪└┴┵├┼┽┟╁╅┕┶┷┝┾┿┢╆╈╹┚┛╿┦┩┃┨┫┖┸┹┞╀╃┠╂╉┗┺┻┡╄╇┣╊╋";

/// Where a row's bits belong: `None` outside of the header.
type Place = Option<Owner>;

/// A cell, by its number, or bits that no field reads.
type Owner = Option<usize>;

/// Rows of the header that are drawn as one: of a field that fills several.
struct Block {
    /// From the left, with the number of columns of each, without its right edge.
    pieces: Vec<(usize, Owner)>,
    /// Lines between its edges.
    lines: usize,
    /// Where it begins, in bytes.
    byte: usize,
}

/// The drawing.
pub(super) fn lines(header: &Header, ink: Ink, width: usize) -> Vec<Line> {
    let room = width.saturating_sub(MARGIN + 1);
    let (row, scale) = match room {
        0..64 => (16, 2),
        64..128 => (32, 2),
        _ => (32, 4),
    };
    let drawing = Drawing { header, ink, row, scale };
    let mut lines = drawing.numbers();
    let blocks = drawing.blocks();
    let edge = Block { pieces: Vec::new(), lines: 0, byte: 0 };
    for (index, block) in blocks.iter().enumerate() {
        let above = index.checked_sub(1).and_then(|before| blocks.get(before)).unwrap_or(&edge);
        lines.push(drawing.border(above, block));
        lines.extend((0..block.lines).map(|line| drawing.inside(block, line)));
    }
    lines.push(drawing.border(blocks.last().unwrap_or(&edge), &edge));
    if header.cut {
        lines.push(Line::from(" ".repeat(MARGIN + 1)).with(Ink::Faint, "... then options"));
    }
    lines
}

struct Drawing<'h> {
    header: &'h Header,
    ink: Ink,
    /// Bits in a row.
    row: usize,
    /// Columns of a bit.
    scale: usize,
}

impl Drawing<'_> {
    /// Tens and ones, above their bits.
    fn numbers(&self) -> Vec<Line> {
        let mut tens = " ".repeat(MARGIN);
        let mut ones = " ".repeat(MARGIN);
        for bit in 0..self.row {
            let ten = if bit % 10 == 0 { (bit / 10).to_string() } else { String::new() };
            tens.push_str(&format!("{ten:>width$}", width = self.scale));
            ones.push_str(&format!("{:>width$}", bit % 10, width = self.scale));
        }
        vec![Line::new().with(Ink::Faint, tens), Line::new().with(Ink::Faint, ones)]
    }

    fn blocks(&self) -> Vec<Block> {
        let cells = &self.header.cells;
        let first = cells.first().map_or(0, |cell| cell.bits.start / self.row);
        let last = cells.last().map_or(0, |cell| cell.bits.end.div_ceil(self.row));
        let mut blocks: Vec<Block> = Vec::new();
        let mut whole = None;
        for row in first..last {
            let pieces = self.pieces(row * self.row..(row + 1) * self.row);
            // A field that fills this row and filled the one above goes on in its box.
            let fills = match pieces.as_slice() {
                [(_, Some(cell))] => Some(*cell),
                _ => None,
            };
            match blocks.last_mut().filter(|_| fills.is_some() && fills == whole) {
                Some(above) => above.lines += 1,
                None => {
                    let lines = pieces.iter().map(|piece| self.height(piece)).max().unwrap_or(1);
                    blocks.push(Block { pieces, lines, byte: row * self.row / 8 });
                }
            }
            whole = fills;
        }
        blocks
    }

    /// What stands in these bits, side by side.
    fn pieces(&self, row: Range<usize>) -> Vec<(usize, Owner)> {
        let end = self.header.cells.last().map_or(0, |cell| cell.bits.end);
        let mut pieces: Vec<(usize, Owner)> = Vec::new();
        for bit in row.start..row.end.min(end) {
            let owner = self.header.cells.iter().position(|cell| cell.bits.contains(&bit));
            match pieces.last_mut().filter(|(_, other)| *other == owner) {
                Some((columns, _)) => *columns += self.scale,
                None => pieces.push((self.scale - 1, owner)),
            }
        }
        pieces
    }

    fn cell(&self, owner: Owner) -> Option<&Cell> {
        self.header.cells.get(owner?)
    }

    fn height(&self, (columns, owner): &(usize, Owner)) -> usize {
        self.cell(*owner).map_or(1, |cell| text(cell, *columns).len())
    }

    /// One line of a block: of each piece its part.
    fn inside(&self, block: &Block, line: usize) -> Line {
        let number = if line == 0 { block.byte.to_string() } else { String::new() };
        let mut out = Line::new().with(Ink::Faint, format!("{number:>width$} ", width = MARGIN - 1));
        let mut left = None;
        for (columns, owner) in &block.pieces {
            out.push(Ink::Plain, self.sign(self.between(left, Some(*owner), true)));
            left = Some(*owner);
            let Some(cell) = self.cell(*owner) else {
                out.push(Ink::Plain, " ".repeat(*columns));
                continue;
            };
            let parts = text(cell, *columns);
            let values = cell.value.is_some();
            // Names stand at the top, values at the bottom.
            let missing = block.lines.saturating_sub(parts.len());
            let last = parts.len().saturating_sub(1);
            let part = match line {
                line if values && line + 1 == block.lines => parts.get(last),
                line if values && line >= last => None,
                line => parts.get(line).filter(|_| line < parts.len() || missing == 0),
            };
            let part = part.map(String::as_str).unwrap_or_default();
            let ink = match cell.meant {
                true if values && line + 1 == block.lines && !part.is_empty() => Ink::Mark,
                true => Ink::Strong,
                false if values && line + 1 == block.lines => Ink::Faint,
                false => self.ink,
            };
            let spare = columns.saturating_sub(part.width());
            out.push(Ink::Plain, " ".repeat(spare / 2));
            out.push(ink, part);
            out.push(Ink::Plain, " ".repeat(spare - spare / 2));
        }
        out.push(Ink::Plain, self.sign(self.between(left, None, true)));
        out
    }

    /// The edge between two blocks.
    fn border(&self, above: &Block, below: &Block) -> Line {
        let columns = |block: &Block| -> Vec<Owner> {
            let widths = block.pieces.iter();
            widths.flat_map(|(columns, owner)| std::iter::repeat_n(*owner, columns + 1)).collect()
        };
        let (up, down) = (columns(above), columns(below));
        let end = up.len().max(down.len());
        let at =
            |block: &[Owner], column: Option<usize>| column.and_then(|column| block.get(column).copied());
        let mut text = " ".repeat(MARGIN);
        for column in 0..=end {
            let before = column.checked_sub(1);
            // An edge stands in the first column of what is at its right.
            let edge = |block: &[Owner]| self.between(at(block, before), at(block, Some(column)), false);
            let side = |column: Option<usize>| self.between(at(&up, column), at(&down, column), false);
            let corner = column == 0
                || at(&up, before) != at(&up, Some(column))
                || at(&down, before) != at(&down, Some(column));
            let (upper, lower) = if corner { (edge(&up), edge(&down)) } else { (0, 0) };
            let (left, right) = (
                if before.is_some() { side(before) } else { 0 },
                if column < end { side(Some(column)) } else { 0 },
            );
            let index = ((upper * 3 + right) * 3 + lower) * 3 + left;
            text.extend(BOX.chars().nth(index));
        }
        Line::new().with(Ink::Plain, text)
    }

    /// How heavy the edge between two places is: 0 none, 1 light, 2 around what is meant.
    fn between(&self, one: Place, other: Place, upright: bool) -> usize {
        if one == other && !upright {
            return 0;
        }
        let meant = |place: Place| place.and_then(|owner| self.cell(owner)).is_some_and(|cell| cell.meant);
        if meant(one) != meant(other) { 2 } else { 1 }
    }

    /// An upright edge.
    fn sign(&self, weight: usize) -> String {
        BOX.chars().nth(((weight * 3) * 3 + weight) * 3).into_iter().collect()
    }
}

/// What is written into a cell of so many columns: its name, on several lines where it is narrow, and its value.
fn text(cell: &Cell, columns: usize) -> Vec<String> {
    let (start, _) = cell.label.split_once([':', ',']).unwrap_or((cell.label, ""));
    let (start, _) = start.split_once(" (").unwrap_or((start, ""));
    let last = cell.name.rsplit('.').next().unwrap_or(cell.name);
    let names = [cell.label, start, last];
    let mut lines = match names.into_iter().find(|name| name.width() <= columns) {
        Some(name) => vec![name.to_owned()],
        // One letter below the other, as in the RFCs.
        None => {
            let short = if start.len() <= 4 { start } else { last };
            short.chars().take(5).map(|c| c.to_uppercase().collect()).collect()
        }
    };
    if let Some(value) = &cell.value {
        let (number, _) = value.split_once(" (").unwrap_or((value, ""));
        lines.push(if value.width() <= columns { value.clone() } else { cut(number, columns) });
    }
    lines
}

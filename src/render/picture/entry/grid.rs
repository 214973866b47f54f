//! A header as rows of bits: which cell is drawn where. 32 bits a row, as the RFCs have them; a field that fills several rows is one box.

use crate::explain::{Cell, Header};

/// Bits of a row.
pub(super) const ROW: usize = 32;
/// More rows have no room on a slide.
const MOST: usize = 14;

/// A part of a cell that stands in one row, or in several that it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Which cell, by its number.
    pub(super) cell: usize,
    /// The first bit of the row that it covers, and how many.
    pub(super) from: usize,
    pub(super) bits: usize,
    /// Whether the cell begins here: its name and value stand there.
    pub(super) first: bool,
}

/// Some rows that are drawn as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Its first byte in the header.
    pub(super) byte: usize,
    /// How many rows of bits it stands for.
    pub(super) rows: usize,
    pub(super) pieces: Vec<Piece>,
}

/// The rows of a header, and how many have no room.
pub(super) fn blocks(header: &Header) -> (Vec<Block>, usize) {
    let first = header.cells.first().map_or(0, |cell| cell.bits.start / ROW);
    let last = header.cells.last().map_or(0, |cell| cell.bits.end.div_ceil(ROW));
    let mut blocks: Vec<Block> = Vec::new();
    for row in first..last {
        let pieces = pieces(&header.cells, row);
        let fills = |block: &Block| {
            matches!((block.pieces.as_slice(), pieces.as_slice()), ([one], [next])
                if one.cell == next.cell && one.bits == ROW && next.bits == ROW)
        };
        match blocks.last_mut().filter(|block| fills(block)) {
            Some(block) => block.rows += 1,
            None => blocks.push(Block { byte: row * ROW / 8, rows: 1, pieces }),
        }
    }
    // What is meant stays on the slide, whatever gives way to it.
    let meant = |block: &Block| {
        block.pieces.iter().any(|piece| header.cells.get(piece.cell).is_some_and(|cell| cell.meant))
    };
    let last_meant = blocks.iter().rposition(meant).unwrap_or_default();
    let left = blocks.len().saturating_sub(MOST);
    let skipped = last_meant.saturating_sub(MOST.saturating_sub(1)).min(left);
    let shown: Vec<Block> = blocks.into_iter().skip(skipped).take(MOST).collect();
    (shown, left)
}

fn pieces(cells: &[Cell], row: usize) -> Vec<Piece> {
    let (start, end) = (row * ROW, (row + 1) * ROW);
    let here = cells.iter().enumerate().filter(|(_, cell)| cell.bits.start < end && start < cell.bits.end);
    let piece = |(index, cell): (usize, &Cell)| {
        let from = cell.bits.start.max(start);
        Piece {
            cell: index,
            from: from - start,
            bits: cell.bits.end.min(end) - from,
            first: cell.bits.start >= start,
        }
    };
    here.map(piece).collect()
}

/// A cell's name in so many letters: its label, the beginning of that, or the end of Wireshark's name.
pub(super) fn name(cell: &Cell, room: usize) -> String {
    let (start, _) = cell.label.split_once([':', ',']).unwrap_or((cell.label, ""));
    let (start, _) = start.split_once(" (").unwrap_or((start, ""));
    let last = cell.name.rsplit('.').next().unwrap_or(cell.name);
    let fits = [cell.label, start, last].into_iter().find(|name| name.chars().count() <= room);
    fits.map_or_else(|| crate::render::line::cut(last, room.max(2)), str::to_owned)
}

/// The name of a single bit, to be written letter below letter.
pub(super) fn letters(cell: &Cell) -> Vec<String> {
    let (start, _) = cell.label.split_once([':', ',']).unwrap_or((cell.label, ""));
    let last = cell.name.rsplit('.').next().unwrap_or(cell.name);
    let short = if start.chars().count() <= 4 { start } else { last };
    short.chars().take(4).map(|c| c.to_uppercase().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bits: &[std::ops::Range<usize>]) -> Header {
        let cell = |bits: &std::ops::Range<usize>| Cell {
            name: "a.b",
            label: "B",
            bits: bits.clone(),
            value: None,
            meant: bits.start == 0,
        };
        Header { title: "A", cells: bits.iter().map(cell).collect(), cut: false }
    }

    #[test]
    fn a_field_that_fills_rows_is_one_box() {
        let (blocks, left) = blocks(&header(&[0..16, 16..32, 32..160, 160..176]));
        assert_eq!(left, 0);
        let rows: Vec<(usize, usize, usize)> =
            blocks.iter().map(|block| (block.byte, block.rows, block.pieces.len())).collect();
        assert_eq!(rows, [(0, 1, 2), (4, 4, 1), (20, 1, 1)]);
    }

    #[test]
    fn a_field_over_the_end_of_a_row_goes_on_in_the_next() {
        let (blocks, _) = blocks(&header(&[0..16, 16..48]));
        let [one, other] = blocks.as_slice() else { panic!("{blocks:?}") };
        assert_eq!(one.pieces.last(), Some(&Piece { cell: 1, from: 16, bits: 16, first: true }));
        assert_eq!(other.pieces, [Piece { cell: 1, from: 0, bits: 16, first: false }]);
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let all: Vec<std::ops::Range<usize>> = (0..40).map(|at| at * 32..at * 32 + 16).collect();
        let (blocks, left) = blocks(&header(&all));
        assert_eq!((blocks.len(), left), (14, 26));
        assert_eq!(blocks.first().map(|block| block.byte), Some(0), "what is meant is there");
    }
}

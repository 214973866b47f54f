//! A term for slides: what is to be seen of it, what it is in a sentence or two, and where it is from.

use unicode_width::UnicodeWidthStr;

use super::grid::{Block, Piece, blocks, letters, name};
use super::{EntryPicture, Seen, layers, origin, states};
use crate::explain::Header;
use crate::osi::{Layer, Place};
use crate::render::line::cut;
use crate::render::picture::canvas::{
    ALARM, Canvas, FAINT, GROUND, MARGIN, OPEN, PLAIN, Paint, RAIL, WIDTH, put, sized,
};
use crate::render::picture::layers::{HUES, Hue, LINK, NETWORK, PROGRAM, TRANSPORT, of_place};
use crate::render::picture::xml;
use crate::render::wrap;

/// Where a row of bits begins, and how wide a bit is.
const LEFT: usize = 92;
const BIT: usize = 36;
/// A row without single bits.
const ROW: usize = 66;
/// A letter of a single bit's name takes so much.
const LETTER: usize = 18;
/// So wide is a letter in a cell, at most.
const WIDE: usize = 12;
/// Columns of the title, of a line of words, of a line of HTTP.
const TITLE: usize = 60;
const WORDS: usize = 104;
const LINE: usize = 92;
/// Lines of words.
const LINES: usize = 4;

pub(super) const HATCH: &str = "";

/// The paints of such a picture.
pub(super) fn paints() -> Vec<Paint> {
    let mut paints = vec![GROUND, PLAIN, FAINT, RAIL, ALARM, OPEN];
    paints.extend(HUES.into_iter().flat_map(|(fill, edge)| [fill, edge]));
    paints
}

/// The picture; `None` where there is nothing to be seen.
pub(super) fn draw(of: &EntryPicture<'_>) -> Option<String> {
    let mut canvas = Canvas::default();
    canvas.y = 28;
    for part in wrap(&of.title(), TITLE).iter().take(2) {
        canvas.y += 36;
        canvas.text(MARGIN, canvas.y, PLAIN, &sized(32).bold(), part);
    }
    canvas.y += 10;
    if let Some(text) = of.entry.text(of.level).or_else(|| of.entry.text(crate::words::Level::Student)) {
        words(&mut canvas, &text, LINES, PLAIN, 22);
    }
    canvas.y += 24;
    seen(&mut canvas, of.seen()?);
    facts(&mut canvas, of);
    canvas.y += MARGIN;
    Some(canvas.finish(&of.title(), &paints(), HATCH))
}

/// What is to be seen, by itself: for a page.
pub(super) fn alone(of: &EntryPicture<'_>) -> Option<String> {
    let mut canvas = Canvas::default();
    canvas.y = 12;
    seen(&mut canvas, of.seen()?);
    canvas.y += 12;
    Some(canvas.inline(&of.title()))
}

fn seen(canvas: &mut Canvas, seen: Seen<'_>) {
    match seen {
        Seen::Header(header) => draw_header(canvas, header),
        Seen::Lines(lines) => draw_lines(canvas, lines),
        Seen::State(state) => states::draw(canvas, Some(state)),
        Seen::Layer(number) => layers::draw(canvas, Some(number)),
    }
}

fn words(canvas: &mut Canvas, text: &str, most: usize, paint: Paint, size: usize) {
    let mut lines = wrap(text, WORDS * 20 / size);
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(cut(&rest, WORDS * 20 / size));
    }
    for line in lines {
        canvas.y += size * 7 / 5;
        canvas.text(MARGIN, canvas.y, paint, &sized(size), &line);
        put(&mut canvas.told, format_args!("{}", xml(&line)));
    }
}

/// Value, frame, filter, source.
fn facts(canvas: &mut Canvas, of: &EntryPicture<'_>) {
    let entry = of.entry;
    let value = entry.value();
    canvas.y += 10;
    for (name, text, paint) in [
        ("value", value, PLAIN),
        ("shown by", origin(entry), FAINT),
        ("Wireshark", entry.filter.clone(), FAINT),
        ("source", Some(entry.sources().join("; ")), FAINT),
    ] {
        let Some(text) = text.filter(|text| !text.is_empty()) else { continue };
        canvas.y += 28;
        canvas.text(MARGIN, canvas.y, FAINT, &sized(20), name);
        canvas.text(MARGIN + 130, canvas.y, paint, &sized(20), &cut(&text, 92));
        put(&mut canvas.told, format_args!("{name}: {}.", xml(&text)));
    }
}

/// The hue of the layer that a header belongs to.
pub(super) fn hue(title: &str) -> Hue {
    match title {
        "TCP" | "UDP" => TRANSPORT,
        "IPv4" | "IPv6" | "ARP" | "ICMP" | "ICMPv6" => NETWORK,
        "WebSocket frame" | "TLS record" | "DNS" => PROGRAM,
        _ => LINK,
    }
}

/// A header, its bits numbered.
fn draw_header(canvas: &mut Canvas, header: &Header) {
    let hue = hue(header.title);
    let title = format!("{} header", header.title);
    canvas.y += 8;
    canvas.text(LEFT, canvas.y, hue.1, &sized(20).bold(), &title);
    canvas.y += 26;
    for bit in 0..32 {
        let paint = if bit % 8 == 0 { PLAIN } else { FAINT };
        let look = sized(16).anchored("middle");
        canvas.text(LEFT + bit * BIT + BIT / 2, canvas.y, paint, &look, &bit.to_string());
    }
    canvas.y += 8;
    let (blocks, left) = blocks(header);
    // What is meant is drawn last, so that its edge lies above all others.
    let mut above = Vec::new();
    for block in &blocks {
        let height = height(header, block);
        let y = canvas.y;
        canvas.text(LEFT - 10, y + 26, FAINT, &sized(18).anchored("end"), &block.byte.to_string());
        for piece in &block.pieces {
            let meant = header.cells.get(piece.cell).is_some_and(|cell| cell.meant);
            if meant {
                above.push((*piece, y, height));
            } else {
                draw_piece(canvas, header, *piece, (y, height), hue);
            }
        }
        canvas.y += height;
    }
    for (piece, y, height) in above {
        draw_piece(canvas, header, piece, (y, height), hue);
    }
    let more = match (left, header.cut) {
        (0, false) => None,
        (0, true) => Some("then options".to_owned()),
        (left, _) => Some(format!("{left} rows more have no room here")),
    };
    if let Some(more) = more {
        canvas.y += 26;
        canvas.text(LEFT, canvas.y, FAINT, &sized(18), &more);
    }
    for cell in &header.cells {
        let value = cell.value.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
        let this = if cell.meant { ", which is meant" } else { "" };
        let (from, to) = (cell.bits.start, cell.bits.end - 1);
        put(&mut canvas.told, format_args!("bits {from} to {to}: {}{}{this}.", xml(cell.label), xml(&value)));
    }
    canvas.y += 16;
}

fn height(header: &Header, block: &Block) -> usize {
    let single =
        block.pieces.iter().filter(|piece| piece.bits == 1).filter_map(|piece| header.cells.get(piece.cell));
    let letters = single.map(|cell| letters(cell).len()).max().unwrap_or_default();
    ROW.max(letters * LETTER + 40)
}

fn draw_piece(
    canvas: &mut Canvas,
    header: &Header,
    piece: Piece,
    (y, height): (usize, usize),
    (fill, edge): Hue,
) {
    let Some(cell) = header.cells.get(piece.cell) else { return };
    let (x, width) = (LEFT + piece.from * BIT, piece.bits * BIT);
    let (ground, stroke) = if cell.meant { (fill, 5) } else { (GROUND, 1) };
    canvas.mark(format_args!(
        "<rect class=\"{} l{}\" data-cell=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"{stroke}\"/>",
        ground.class, edge.class, piece.cell, ground.light, edge.light
    ));
    if !piece.first {
        return;
    }
    let middle = x + width / 2;
    let centred = |size: usize| sized(size).anchored("middle");
    let paint = if cell.meant { PLAIN } else { FAINT };
    let bold = |look: crate::render::picture::canvas::Type| if cell.meant { look.bold() } else { look };
    if piece.bits == 1 && cell.bits.len() == 1 {
        for (index, letter) in letters(cell).iter().enumerate() {
            canvas.text(middle, y + 22 + index * LETTER, paint, &bold(centred(16)), letter);
        }
    } else {
        let room = width.saturating_sub(6) / WIDE;
        canvas.text(middle, y + 25, paint, &bold(centred(18)), &name(cell, room.max(2)));
    }
    if let Some(value) = &cell.value {
        let room = width.saturating_sub(4) / WIDE;
        let (number, _) = value.split_once(" (").unwrap_or((value, ""));
        let shown = if value.width() <= room { value.clone() } else { cut(number, room.max(1)) };
        canvas.text(middle, y + height - 14, PLAIN, &bold(centred(19)), &shown);
    }
}

/// The lines of an HTTP header; the one that is meant stands in a box.
fn draw_lines(canvas: &mut Canvas, lines: &[(String, bool)]) {
    let (fill, edge) = of_place(Place::At(Layer::Application));
    for (text, meant) in lines.iter().take(24) {
        if *meant {
            let (x, width) = (MARGIN, WIDTH - 2 * MARGIN);
            canvas.mark(format_args!(
                "<rect class=\"{} l{}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"36\" fill=\"{}\" stroke=\"{}\" stroke-width=\"3\"/>",
                fill.class, edge.class, canvas.y + 4, fill.light, edge.light
            ));
        }
        canvas.y += 30;
        let (paint, look) = if *meant { (PLAIN, sized(20).mono().bold()) } else { (FAINT, sized(20).mono()) };
        canvas.text(MARGIN + 12, canvas.y, paint, &look, &cut(text, LINE));
        canvas.y += 6;
        let this = if *meant { "this one: " } else { "" };
        put(&mut canvas.told, format_args!("{this}{}.", xml(text)));
    }
    canvas.y += 12;
}

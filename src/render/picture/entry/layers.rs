//! The seven layers of OSI beside the four of TCP/IP, one of them marked.

use crate::osi::{Layer, Place};
use crate::render::picture::canvas::{Canvas, FAINT, OPEN, PLAIN, Paint, put, sized};
use crate::render::picture::layers::of_place;

/// Where the columns begin, and how wide they are.
const OSI: usize = 120;
const WIDE: usize = 460;
const INTERNET: usize = 660;
const ROW: usize = 58;

/// Draws them.
pub(super) fn draw(canvas: &mut Canvas, meant: Option<u8>) {
    canvas.y += 16;
    canvas.text(OSI, canvas.y, FAINT, &sized(20), "OSI, and the unit of each");
    canvas.text(INTERNET, canvas.y, FAINT, &sized(20), "TCP/IP (RFC 1122)");
    canvas.y += 14;
    let top = canvas.y;
    for layer in Layer::DOWN {
        let is_meant = meant == Some(layer.number());
        let (fill, edge) = of_place(Place::At(layer));
        let y = canvas.y;
        rect(canvas, (OSI, y), (WIDE, ROW - 6), (fill, edge), if is_meant { 6 } else { 1 });
        let look = if is_meant { sized(24).bold() } else { sized(24) };
        canvas.text(OSI + 18, y + 35, PLAIN, &look, &format!("{} {layer}", layer.number()));
        canvas.text(OSI + WIDE - 18, y + 35, PLAIN, &sized(20).anchored("end"), layer.unit());
        let this = if is_meant { ", which is meant" } else { "" };
        let internet = layer.internet().name();
        put(
            &mut canvas.told,
            format_args!("{} {layer}{this}: unit {}; in TCP/IP {internet}.", layer.number(), layer.unit()),
        );
        canvas.y += ROW;
    }
    let mut y = top;
    for run in Layer::DOWN.chunk_by(|one, next| one.internet() == next.internet()) {
        let height = run.len() * ROW - 6;
        let has = run.iter().any(|layer| meant == Some(layer.number()));
        let Some(first) = run.first() else { continue };
        rect(
            canvas,
            (INTERNET, y),
            (WIDE, height),
            (OPEN, of_place(Place::At(*first)).1),
            if has { 6 } else { 1 },
        );
        let look = if has { sized(24).bold() } else { sized(24) };
        canvas.text(INTERNET + 18, y + height / 2 + 9, PLAIN, &look, first.internet().name());
        y += height + 6;
    }
    canvas.y += 12;
}

fn rect(
    canvas: &mut Canvas,
    (x, y): (usize, usize),
    (width, height): (usize, usize),
    (fill, edge): (Paint, Paint),
    stroke: usize,
) {
    canvas.mark(format_args!(
        "<rect class=\"{} l{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\" fill=\"{}\" stroke=\"{}\" stroke-width=\"{stroke}\"/>",
        fill.class, edge.class, fill.light, edge.light
    ));
}

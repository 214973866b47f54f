//! A packet's way over a router, for slides: what changes there, and what does not.

use super::WalkPicture;
use super::svg::{HATCH, Sheet, paints};
use crate::osi::hops::Hop;
use crate::render::line::cut;
use crate::render::osi::{Names, place_of_row, sign_of_row};
use crate::render::picture::canvas::{ALARM, Canvas, FAINT, MARGIN, PLAIN, Paint, WIDTH, put, sized};
use crate::render::picture::layers::of_place;
use crate::render::picture::xml;

/// Where the columns begin: what, before, behind.
const WHAT: usize = 76;
const BEFORE: usize = 380;
const BEHIND: usize = 830;
/// Columns of a value.
const VALUE: usize = 32;

/// The picture.
pub(super) fn draw(of: &WalkPicture<'_>, hop: &Hop) -> String {
    let view = of.view(of.level);
    let mut sheet = Sheet { canvas: Canvas::default(), of };
    sheet.head(&view.told());
    way(&mut sheet, hop);
    let names = view.names();
    let canvas = &mut sheet.canvas;
    canvas.y += 8;
    for row in &hop.rows {
        canvas.y += 34;
        let place = place_of_row(row);
        let (_, edge) = of_place(place);
        let y = canvas.y;
        canvas.text(MARGIN, y, edge, &sized(22).bold(), &sign_of_row(row));
        canvas.text(WHAT, y, edge, &sized(22), names.compared(row));
        let (before, after) = (names.value(row, &row.before), names.value(row, &row.after));
        let look = sized(20).mono();
        if row.is_changed() {
            canvas.text(BEFORE, y, PLAIN, &look, &cut(&before, VALUE));
            canvas.text(BEHIND - 44, y, ALARM, &sized(24).bold(), "≠");
            canvas.text(BEHIND, y, PLAIN, &sized(20).mono().bold(), &cut(&after, VALUE));
            let told = format!("{}: before {before}, behind {after}.", names.compared(row));
            put(&mut canvas.told, format_args!("{}", xml(&told)));
        } else {
            canvas.text(BEFORE, y, FAINT, &look, &cut(&before, VALUE));
            canvas.text(BEHIND - 44, y, FAINT, &sized(24), "=");
            canvas.text(BEHIND, y, FAINT, &sized(20), "the same");
            put(&mut canvas.told, format_args!("{}: {}, the same.", names.compared(row), xml(&before)));
        }
    }
    canvas.y += 10;
    sheet.words(&view.says(&[hop.key()]), 4, PLAIN);
    sheet.canvas.y += MARGIN;
    sheet.canvas.finish(&of.title(), &paints(), HATCH)
}

/// Host, router, host, and the frames between them.
fn way(sheet: &mut Sheet<'_>, hop: &Hop) {
    const LEFT: usize = 180;
    const RIGHT: usize = WIDTH - 180;
    let [from, to] = sheet.of.hosts();
    let [from_paint, to_paint] = sheet.of.paints();
    let [one, other] = sheet.of.addresses();
    let canvas = &mut sheet.canvas;
    let y = canvas.y + 40;
    let middle = WIDTH / 2;
    for (x, width, paint, name, address) in [
        (LEFT, 300, from_paint, from, one.as_str()),
        (middle, 220, PLAIN, Names::of(sheet.of.level).router(), ""),
        (RIGHT, 300, to_paint, to, other.as_str()),
    ] {
        let Paint { class, light, .. } = paint;
        canvas.mark(format_args!(
            "<rect class=\"l{class}\" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"76\" rx=\"8\" fill=\"none\" stroke=\"{light}\" stroke-width=\"3\"/>",
            x - width / 2,
            y - 38
        ));
        let lift = if address.is_empty() { 8 } else { 0 };
        canvas.text(x, y - 4 + lift, paint, &sized(24).bold().anchored("middle"), name);
        if !address.is_empty() {
            canvas.text(x, y + 24, paint, &sized(18).anchored("middle"), &cut(address, 26));
        }
    }
    for (start, end, paint, frame) in [
        (LEFT + 150, middle - 110, from_paint, hop.frames.0),
        (middle + 110, RIGHT - 150, from_paint, hop.frames.1),
    ] {
        canvas.line((start, y), (end - 16, y), paint, 3);
        let Paint { class, light, .. } = paint;
        canvas.mark(format_args!(
            "<path class=\"{class}\" d=\"M{} {y}l-18 -9v18Z\" fill=\"{light}\"/>",
            end - 2
        ));
        let look = sized(20).anchored("middle");
        canvas.text(start + (end - start) / 2, y - 14, PLAIN, &look, &format!("frame {frame}"));
    }
    canvas.y = y + 48;
}

//! The walk as an SVG for slides: the tower, the way down at its left and the way up at its right, what it cost below.

use unicode_width::UnicodeWidthStr;

use super::WalkPicture;
use super::tower::{Row, Seen, Tower};
use crate::osi::{Layer, Place};
use crate::render::line::cut;
use crate::render::osi::{Crate, LOST, Names, grouped};
use crate::render::picture::canvas::{
    ALARM, CLIENT, Canvas, FAINT, GROUND, MARGIN, OPEN, PLAIN, Paint, RAIL, SERVER, WIDTH, put, sized,
};
use crate::render::picture::layers::{HUES, Hue, of_place};
use crate::render::picture::{wrapped, xml};
use crate::render::{WalkView, wrap};

/// Where the two ways run.
const DOWN: usize = 46;
const UP: usize = WIDTH - 46;
/// Where the layers' names begin, the boxes begin and end, and the sizes end.
const NAMES: usize = 76;
const BOXES: usize = 284;
const BOXES_END: usize = 1096;
const SIZES: usize = UP - 26;
/// A row, and from one to the next.
const ROW: usize = 52;
const PITCH: usize = 60;
/// So wide is a letter of a box's name, at most.
pub(super) const LETTER: usize = 11;
/// Columns of the title, of the line below it, of an address, of a line of words.
const TITLE: usize = 64;
const WHO: usize = 90;
const ADDRESS: usize = 44;
const WORDS: usize = 106;
/// Bytes of a row.
const HEX: usize = 32;

/// The paints of such a picture.
pub(super) fn paints() -> Vec<Paint> {
    let mut paints = vec![GROUND, PLAIN, FAINT, RAIL, CLIENT, SERVER, ALARM, OPEN];
    paints.extend(HUES.into_iter().flat_map(|(fill, edge)| [fill, edge]));
    paints
}

/// Layer 1's own boxes are hatched: no capture holds them.
pub(super) const HATCH: &str = "<defs><pattern id=\"hatch\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<path class=\"lr\" d=\"M0 0V8\" stroke=\"#aeb7c0\" stroke-width=\"3\"/></pattern></defs>\n";

/// The picture.
pub(super) fn draw(of: &WalkPicture<'_>) -> String {
    let view = of.view(of.level);
    let mut sheet = Sheet { canvas: Canvas::default(), of };
    sheet.head(&view.told());
    sheet.tower(&view);
    match of.layer {
        Some(layer) => sheet.layer(&view, layer),
        None => sheet.cost(&view),
    }
    if let Some(stop) = of.walk.stop.as_ref().filter(|stop| of.layer.is_none_or(|only| stop.layer() <= only))
    {
        sheet.words(&view.says(&[stop.key()]), 3, PLAIN);
    }
    if of.walk.lost {
        sheet.words(&view.says(&[LOST]), 3, PLAIN);
    }
    sheet.canvas.y += MARGIN;
    sheet.canvas.finish(&of.title(), &paints(), HATCH)
}

pub(super) struct Sheet<'p> {
    pub(super) canvas: Canvas,
    pub(super) of: &'p WalkPicture<'p>,
}

impl Sheet<'_> {
    /// What it is, and who says what.
    pub(super) fn head(&mut self, who: &str) {
        let canvas = &mut self.canvas;
        canvas.y = 20;
        for part in wrap(&self.of.title(), TITLE).iter().take(3) {
            canvas.y += 36;
            canvas.text(MARGIN, canvas.y, PLAIN, &sized(30).bold(), part);
        }
        canvas.y += 32;
        canvas.text(MARGIN, canvas.y, FAINT, &sized(20), &cut(who, WHO));
        put(&mut canvas.told, format_args!("{}.", xml(who)));
        canvas.y += 26;
    }

    /// Rows of boxes between the two ways.
    fn tower(&mut self, view: &WalkView<'_>) {
        let tower = Tower::of(view);
        let columns = columns(&tower.boxes);
        let [from, to] = self.of.hosts();
        let [from_paint, to_paint] = self.of.paints();
        let [one, other] = self.of.addresses();
        let y = self.canvas.y + 14;
        let canvas = &mut self.canvas;
        canvas.text(MARGIN, y, from_paint, &sized(22).bold(), &cut(&format!("{from} {one}"), ADDRESS));
        let name = cut(&format!("{to} {other}"), ADDRESS);
        canvas.text(WIDTH - MARGIN, y, to_paint, &sized(22).bold().anchored("end"), &name);
        canvas.y += 32;
        let top = canvas.y;
        for row in &tower.rows {
            self.row(row, &tower.boxes, &columns);
        }
        let bottom = self.canvas.y + 16;
        self.ways(top, bottom, [from_paint, to_paint]);
        self.canvas.y = bottom + 26;
        let names = view.names();
        let text = match self.of.walk.lost {
            true => names.pick(
                "down: each layer puts a wrapping around; ✗ lost on the way: nobody takes it up",
                "down: each layer puts its own bytes around; ✗ lost on the wire: nobody takes it up",
            ),
            false => names.pick(
                "down: each layer puts a wrapping around; up: each takes its own off",
                "down: each layer puts its own bytes around; up: each reads its own and takes them off",
            ),
        };
        let look = sized(20).anchored("middle");
        self.canvas.text(WIDTH / 2, self.canvas.y, FAINT, &look, text);
        self.canvas.y += 12;
        let sentences = WalkView { width: 10_000, plain: true, ..*view }.tower();
        for line in sentences {
            put(&mut self.canvas.told, format_args!("{}", xml(&line.text())));
        }
    }

    /// Down at the left, through the wire, up at the right.
    fn ways(&mut self, top: usize, bottom: usize, [from, to]: [Paint; 2]) {
        let canvas = &mut self.canvas;
        canvas.line((DOWN, top), (DOWN, bottom), from, 4);
        canvas.line((DOWN - 2, bottom), (WIDTH / 2, bottom), from, 4);
        if self.of.walk.lost {
            let look = sized(30).bold().anchored("middle");
            return canvas.text(WIDTH / 2 + 14, bottom + 10, ALARM, &look, "✗");
        }
        canvas.line((WIDTH / 2, bottom), (UP + 2, bottom), to, 4);
        canvas.line((UP, bottom), (UP, top + 14), to, 4);
        for (Paint { class, light, .. }, path) in [
            (from, format!("M{} {}l-18 -9v18Z", WIDTH / 2 + 6, bottom)),
            (to, format!("M{UP} {top}l-9 18h18Z")),
        ] {
            canvas.mark(format_args!("<path class=\"{class}\" d=\"{path}\" fill=\"{light}\"/>"));
        }
    }

    fn row(&mut self, row: &Row, boxes: &[Crate], columns: &[(usize, usize)]) {
        let y = self.canvas.y;
        let (_, edge) = of_place(row.place);
        let only = self.of.layer.map(Place::At);
        let names = Names::of(self.of.level);
        let is_meant = only.is_none_or(|only| only == row.place);
        let (ink, size) = if row.is_bare() { (FAINT, PITCH * 2 / 3) } else { (edge, PITCH) };
        if only.is_some() && is_meant {
            // The layer that is meant has a ground of its own.
            let Paint { class, light, .. } = OPEN;
            let (x, width) = (NAMES - 12, SIZES + 12 - (NAMES - 12));
            put(
                &mut self.canvas.below,
                format_args!(
                    "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"{}\" rx=\"6\" fill=\"{light}\"/>",
                    y - 4,
                    size
                ),
            );
        }
        let name = format!("{} {}", row.sign, row.name);
        self.canvas.text(NAMES, y + 23, ink, &sized(22).bold(), &name);
        if row.is_bare() {
            let nothing = match row.place {
                Place::At(Layer::Physical) => names.not_here(),
                _ => names.adds_nothing(),
            };
            self.canvas.text(BOXES, y + 23, FAINT, &sized(20), nothing);
            self.canvas.y += size;
            return;
        }
        self.canvas.text(NAMES, y + 45, FAINT, &sized(18), row.unit);
        self.canvas.text(SIZES, y + 34, PLAIN, &sized(22).bold().anchored("end"), &row.size);
        for ((seen, one), (x, width)) in row.boxes.iter().zip(boxes).zip(columns) {
            if *seen != Seen::Not {
                self.put_box(one, *seen == Seen::New, (*x, y), *width);
            }
        }
        self.canvas.y += size;
    }

    fn put_box(&mut self, one: &Crate, new: bool, (x, y): (usize, usize), width: usize) {
        let hue = of_place(one.place);
        let is_wire = one.place == Place::At(Layer::Physical);
        self.filled((x, y), (width, ROW), hue, new);
        if is_wire {
            self.canvas.mark(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"url(#hatch)\" opacity=\".55\"/>",
                x + 1,
                y + 1,
                width - 2,
                ROW - 2
            ));
        }
        let middle = x + width / 2;
        let room = width.saturating_sub(8) / LETTER;
        if !new {
            let sign = one.place.sign().to_string();
            self.canvas.text(middle, y + 33, hue.1, &sized(18).anchored("middle"), &sign);
            return;
        }
        let look = sized(18).anchored("middle").bold();
        if one.is_message {
            self.canvas.text(middle, y + 33, PLAIN, &look, &cut(&one.name, room));
            return;
        }
        let size = if is_wire { grouped(one.len) } else { format!("+{}", grouped(one.len)) };
        // A wire's own is known by its hatching; a part of its name says nothing.
        let least = if is_wire { one.name.width() } else { one.name.width().min(3) };
        let named = room >= least && !Names::of(self.of.level).is_everyday();
        if named {
            self.canvas.text(middle, y + 22, PLAIN, &sized(17).anchored("middle"), &cut(&one.name, room));
            self.canvas.text(middle, y + 44, PLAIN, &look, &size);
        } else {
            self.canvas.text(middle, y + 33, PLAIN, &look, &cut(&size, room.max(1)));
        }
    }

    pub(super) fn filled(
        &mut self,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
        hue: Hue,
        new: bool,
    ) {
        let (fill, edge) = hue;
        self.canvas.mark(format_args!(
            "<rect class=\"{} l{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"{}\"/>",
            fill.class,
            edge.class,
            fill.light,
            edge.light,
            if new { 3 } else { 1 }
        ));
    }

    /// Some lines of words.
    pub(super) fn words(&mut self, text: &str, most: usize, paint: Paint) {
        if text.is_empty() {
            return;
        }
        self.canvas.y += 6;
        for line in fitting(text, most) {
            self.canvas.y += 28;
            self.canvas.text(MARGIN, self.canvas.y, paint, &sized(20), &line);
            put(&mut self.canvas.told, format_args!("{}", xml(&line)));
        }
    }

    /// One layer in words, and its bytes.
    fn layer(&mut self, view: &WalkView<'_>, layer: Layer) {
        let floor = view.walk.floors.iter().find(|floor| floor.place == Place::At(layer));
        let Some(floor) = floor else { return };
        self.words(&view.says(&floor.down), 3, PLAIN);
        for (name, text) in view.facts(layer) {
            self.canvas.y += 6;
            let lines = fitting(&text, 2);
            for (index, line) in lines.iter().enumerate() {
                self.canvas.y += 28;
                if index == 0 {
                    self.canvas.text(MARGIN, self.canvas.y, FAINT, &sized(20), name);
                }
                self.canvas.text(MARGIN + 110, self.canvas.y, PLAIN, &sized(20), line);
            }
            put(&mut self.canvas.told, format_args!("{name}: {}", xml(&text)));
        }
        let (_, edge) = of_place(Place::At(layer));
        for (title, bytes) in self.of.own_bytes(layer, self.of.level) {
            self.canvas.y += 36;
            self.canvas.text(MARGIN, self.canvas.y, edge, &sized(20).bold(), &cut(&title, WORDS));
            if view.names().is_everyday() {
                continue;
            }
            for row in bytes.chunks(HEX).take(4) {
                let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
                self.canvas.y += 28;
                self.canvas.text(MARGIN, self.canvas.y, edge, &sized(20).mono(), &hex.join(" "));
            }
            if bytes.len() > HEX * 4 {
                self.canvas.y += 28;
                let more = format!("and {} bytes more", grouped((bytes.len() - HEX * 4) as u64));
                self.canvas.text(MARGIN, self.canvas.y, FAINT, &sized(20), &more);
            }
        }
    }
}

/// Lines of words, with a sign where there would be more.
fn fitting(text: &str, most: usize) -> Vec<String> {
    let mut lines = wrapped(text, WORDS);
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(cut(&rest, WORDS));
    }
    lines
}

/// Where each box stands, and how wide it is.
fn columns(boxes: &[Crate]) -> Vec<(usize, usize)> {
    const BETWEEN: usize = 4;
    const LEAST: usize = 30;
    let named = |one: &Crate| (one.name.width().max(3) * LETTER + 12).max(LEAST);
    let room = BOXES_END.saturating_sub(BOXES + BETWEEN * boxes.len());
    let mut widths: Vec<usize> = boxes.iter().map(named).collect();
    let sum = |widths: &[usize]| widths.iter().sum::<usize>();
    // A long message gives way first, then names, then all.
    for (least, is) in [(200, true), (40, false), (110, true)] {
        for (width, one) in widths.iter_mut().zip(boxes).filter(|(_, one)| one.is_message == is) {
            if one.is_message || one.place == Place::At(Layer::Physical) || least < 40 {
                *width = (*width).min(least);
            }
        }
        if sum(&widths) <= room {
            break;
        }
    }
    let all = sum(&widths);
    if all > room {
        for width in &mut widths {
            *width = (*width * room / all.max(1)).max(LEAST / 2);
        }
    }
    // What is left over, the message may have.
    let spare = room.saturating_sub(sum(&widths));
    let messages = boxes.iter().filter(|one| one.is_message).count();
    for (width, one) in widths.iter_mut().zip(boxes).filter(|(_, one)| one.is_message) {
        let wanted = named(one).saturating_sub(*width);
        *width += wanted.min(spare / messages.max(1));
    }
    let left = room.saturating_sub(sum(&widths));
    let mut x = BOXES + left;
    let mut columns = Vec::new();
    for width in widths {
        columns.push((x, width));
        x += width + BETWEEN;
    }
    columns
}

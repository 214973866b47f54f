//! What a message costs, in the SVG of a walk: bars by layer.

use unicode_width::UnicodeWidthStr;

use super::svg::{LETTER, Sheet};
use crate::osi::{Bill, Layer, Place};
use crate::render::WalkView;
use crate::render::osi::{Bar, grouped};
use crate::render::picture::canvas::{FAINT, MARGIN, PLAIN, WIDTH, put, sized};
use crate::render::picture::layers::{Hue, NONE, PROGRAM, of_place};
use crate::render::picture::xml;

/// From one name below a bar to the next one.
const COLUMN: usize = 306;

impl Sheet<'_> {
    /// Bars by layer.
    pub(super) fn cost(&mut self, view: &WalkView<'_>) {
        self.canvas.y += 20;
        for bar in view.bars() {
            self.bar(&bar);
        }
        self.words(&view.says(&["osi.cost"]), 2, FAINT);
    }

    fn bar(&mut self, bar: &Bar<'_>) {
        let Bar { title, bill, .. } = bar;
        let canvas = &mut self.canvas;
        canvas.y += 26;
        canvas.text(MARGIN, canvas.y, PLAIN, &sized(20).bold(), title);
        put(&mut canvas.told, format_args!("{}:", xml(title)));
        canvas.y += 12;
        let room = WIDTH - 2 * MARGIN;
        let mut x = MARGIN;
        let y = canvas.y;
        for ((name, bytes), width) in bill.rows().into_iter().zip(shares(bill, room)) {
            if bytes == 0 {
                continue;
            }
            let (sign, ..) = bar.kind(name);
            let hue = hue(name);
            self.filled((x, y), (width, 30), hue, false);
            if width >= 18 && sign != '░' {
                let look = sized(18).anchored("middle");
                self.canvas.text(x + width / 2, y + 21, PLAIN, &look, &sign.to_string());
            }
            if sign == '░' {
                self.canvas.mark(format_args!(
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"30\" fill=\"url(#hatch)\" opacity=\".55\"/>"
                ));
            }
            x += width;
        }
        self.canvas.y += 30;
        let rows = bill.rows().into_iter().filter(|(_, bytes)| *bytes > 0);
        // Of four columns a long name takes two.
        let mut column = 4;
        for (name, bytes) in rows {
            let (sign, _, title) = bar.kind(name);
            let sign = if sign == '░' { '▨' } else { sign };
            let text = format!("{sign} {title}: {}", grouped(bytes));
            let columns = (text.width() * LETTER).div_ceil(COLUMN).max(1);
            if column + columns > 4 {
                self.canvas.y += 26;
                column = 0;
            }
            self.canvas.text(MARGIN + column * COLUMN, self.canvas.y, FAINT, &sized(18), &text);
            column += columns;
            put(&mut self.canvas.told, format_args!("{} {}.", xml(title), grouped(bytes)));
        }
        self.canvas.y += 14;
    }
}

/// How a kind of bytes is painted in a bar.
fn hue(kind: &str) -> Hue {
    match kind {
        "link" => of_place(Place::At(Layer::Link)),
        "network" => of_place(Place::At(Layer::Network)),
        "transport" => of_place(Place::At(Layer::Transport)),
        "physical" | "tls" => NONE,
        _ => PROGRAM,
    }
}

/// How wide each part of a bar is: by its bytes, and wide enough to be seen.
pub(super) fn shares(bill: &Bill, room: usize) -> [usize; 8] {
    const LEAST: usize = 8;
    let total = bill.total().max(1);
    let mut shares = bill.rows().map(|(_, bytes)| {
        let share = u128::from(bytes) * room as u128 / u128::from(total);
        if bytes == 0 { 0 } else { usize::try_from(share).unwrap_or(room).max(LEAST) }
    });
    let sum: usize = shares.iter().sum();
    if let Some(longest) = shares.iter_mut().max() {
        *longest = (*longest + room).saturating_sub(sum);
    }
    shares
}

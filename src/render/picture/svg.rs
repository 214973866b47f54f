//! A story as an SVG for slides: a ladder with large letters, as wide as a slide and as high as its steps need.
//!
//! No width of a text is measured, since nobody knows the font: there is room for the widest that a fallback may bring. Colours stand as
//! attributes for programs that read no style; a style changes them where the reader prefers dark.

use super::canvas::{
    ALARM, CLIENT, Canvas, FAINT, GROUND, MARGIN, OPEN, PLAIN, Paint, RAIL, SERVER, WIDTH, put, sized,
};
use super::{
    Around, Item, Picture, is_lost, is_mutual, is_open_after, labelled, left_out, not_asked, wrapped, xml,
};
use crate::event::{Host, TcpState};
use crate::render::ladder::{code_of, number_of, time_of};
use crate::render::line::cut;
use crate::render::{Ink, wrap};
use crate::story::Step;

/// Where the rails stand.
const LEFT: usize = 250;
const RIGHT: usize = 1030;
/// Where the words begin, between the rails.
const TEXT: usize = LEFT + 26;

/// So many columns of a label, of a line of words, of code, of a host's address, of the title and of the last lines have room.
const LABEL: usize = 44;
const WORDS: usize = 58;
const CODE: usize = 62;
const ADDRESS: usize = 26;
const TITLE: usize = 60;
const CLOSING: usize = 92;
/// So many lines of words a step has, told in full or not.
const FULL: usize = 3;
const SHORT: usize = 2;
/// And what runs at an end.
const CODE_LINES: usize = 4;

const PAINTS: [Paint; 8] = [GROUND, PLAIN, FAINT, RAIL, CLIENT, SERVER, ALARM, OPEN];

fn of_host(host: Host) -> Paint {
    match host {
        Host::Client => CLIENT,
        Host::Server => SERVER,
    }
}

fn rail(host: Host) -> usize {
    match host {
        Host::Client => LEFT,
        Host::Server => RIGHT,
    }
}

/// The picture.
pub(super) fn draw(picture: &Picture, around: &Around<'_>) -> String {
    let mut sheet = Sheet::default();
    sheet.head(around);
    for item in &picture.items {
        match item {
            Item::Step(step) => sheet.step(step, around),
            Item::Gap(steps) => sheet.between(&not_asked(*steps), FAINT),
            Item::Remark(text) => sheet.between(text, ALARM),
        }
    }
    if picture.left_out > 0 {
        sheet.between(&left_out(picture.left_out), ALARM);
    }
    sheet.end(around);
    sheet.finish(around)
}

/// What is drawn so far.
#[derive(Default)]
struct Sheet {
    /// Bars and rails lie below all else on it.
    canvas: Canvas,
    top: usize,
    /// Since where each side's connection is open.
    open: [Option<usize>; 2],
    /// The states that stand at the rails.
    states: [Option<TcpState>; 2],
}

impl Sheet {
    /// What the picture is of, and who is at both ends.
    fn head(&mut self, around: &Around<'_>) {
        self.canvas.y = 34;
        for part in wrap(around.title(), TITLE).iter().take(3) {
            self.canvas.y += 36;
            self.canvas.text(MARGIN, self.canvas.y - 22, PLAIN, &sized(30).bold(), part);
        }
        self.canvas.y += 26;
        for host in [Host::Client, Host::Server] {
            let look = sized(26).bold().anchored("middle");
            self.canvas.text(rail(host), self.canvas.y, of_host(host), &look, host.name());
            let address = cut(&around.address(host), ADDRESS);
            self.canvas.text(
                rail(host),
                self.canvas.y + 28,
                of_host(host),
                &sized(20).anchored("middle"),
                &address,
            );
        }
        self.canvas.y += 42;
        self.top = self.canvas.y;
        self.canvas.y += 14;
    }

    fn step(&mut self, step: &Step, around: &Around<'_>) {
        let ladder = around.ladder(around.level, WORDS, around.verbose);
        let paint = if step.frames.is_empty() { ALARM } else { of_host(step.from) };
        self.canvas.y += 24;
        self.first_states(step);
        let label = cut(&labelled(step, around.level), LABEL);
        self.canvas.y += 20;
        let (middle, y) = ((LEFT + RIGHT) / 2, self.canvas.y);
        self.canvas.text(middle, y, paint, &sized(24).bold().anchored("middle"), &label);
        if let Some(number) = number_of(step) {
            self.canvas.text(MARGIN, y + 16, FAINT, &sized(22), &number.to_string());
        }
        self.canvas.text(WIDTH - MARGIN, y + 16, FAINT, &sized(20).anchored("end"), &time_of(step));
        self.canvas.y += 16;
        self.arrow(step, paint);
        self.tell(step, &label, &ladder.title(step));
        let below = self.canvas.y;
        self.changed_states(step);
        let limit = if step.full { FULL } else { SHORT };
        if !ladder.is_wordless(step) || around.verbose {
            let words = ladder.choose(step.words, step, WORDS, limit);
            self.words(&words, PLAIN);
        }
        for (host, code) in code_of(step).into_iter().filter(|_| around.level != crate::words::Level::Friend)
        {
            self.code(host, &code);
        }
        let verdicts = step.verdicts.iter().flat_map(|verdict| ladder.verdict(verdict));
        for (ink, text) in ladder.remarks_of(step).into_iter().chain(verdicts) {
            self.words(&text, if ink == Ink::Alarm { ALARM } else { PLAIN });
        }
        self.canvas.y = self.canvas.y.max(below + 30) + 8;
    }

    /// What a step means, below its arrow.
    fn words(&mut self, text: &str, paint: Paint) {
        for line in wrapped(text, WORDS) {
            self.canvas.y += 30;
            self.canvas.text(TEXT, self.canvas.y, paint, &sized(22), &line);
        }
    }

    /// What runs at an end, in a few lines.
    fn code(&mut self, host: Host, code: &str) {
        let look = sized(18).mono();
        let mut lines = wrap(code, CODE);
        let more = lines.len() > CODE_LINES;
        lines.truncate(CODE_LINES);
        if let Some(last) = lines.last_mut().filter(|_| more) {
            *last = cut(&format!("{last} …"), CODE);
        }
        for line in &lines {
            self.canvas.y += 28;
            self.canvas.text(TEXT, self.canvas.y, of_host(host), &look, line);
        }
    }

    /// A line between two steps.
    fn between(&mut self, text: &str, paint: Paint) {
        self.canvas.y += 18;
        self.words(text, paint);
        put(&mut self.canvas.told, format_args!("{}.", xml(text)));
        self.canvas.y += 12;
    }

    /// The arrow of a step at this height: double where a program says something, ending at a cross where the wire lost it.
    fn arrow(&mut self, step: &Step, paint: Paint) {
        let y = self.canvas.y;
        let Paint { class, light, .. } = paint;
        if step.frames.is_empty() {
            // Silence: nothing was on the wire.
            return self.canvas.mark(format_args!(
                "<path class=\"l{class}\" d=\"M{} {y}H{}\" stroke=\"{light}\" stroke-width=\"3\" stroke-dasharray=\"3 12\"/>",
                LEFT + 8,
                RIGHT - 8
            ));
        }
        // Towards the right, seen from the sender.
        let (from, to, right) = match step.from {
            Host::Client => (LEFT, RIGHT, true),
            Host::Server => (RIGHT, LEFT, false),
        };
        let ahead = |x: usize, by: usize| if right { x + by } else { x - by };
        let back = |x: usize, by: usize| if right { x - by } else { x + by };
        let end = if is_lost(step) { ahead(from, (RIGHT - LEFT) * 2 / 3) } else { back(to, 14) };
        let start = if is_mutual(step) { ahead(from, 14) } else { ahead(from, 4) };
        if step.what.is_said() {
            self.canvas.line((start, y - 3), (end, y - 3), paint, 2);
            self.canvas.line((start, y + 3), (end, y + 3), paint, 2);
        } else {
            self.canvas.line((start, y), (end, y), paint, 3);
        }
        let mut head = |tip: usize, base: usize| {
            self.canvas.mark(format_args!(
                "<path class=\"{class}\" d=\"M{tip} {y}L{base} {}V{}Z\" fill=\"{light}\"/>",
                y - 9,
                y + 9
            ));
        };
        if !is_lost(step) {
            head(back(to, 3), back(to, 21));
        }
        if is_mutual(step) {
            head(ahead(from, 3), ahead(from, 21));
        }
        if is_lost(step) {
            self.canvas.line((end - 11, y - 11), (end + 11, y + 11), ALARM, 4);
            self.canvas.line((end - 11, y + 11), (end + 11, y - 11), ALARM, 4);
        }
    }

    /// The states before the first change, above its arrow.
    fn first_states(&mut self, step: &Step) {
        let Some(states) = step.states else { return };
        for (host, at) in [(Host::Client, 0), (Host::Server, 1)] {
            let change = states.of(host);
            let known = self.states.get(at).copied().flatten();
            if let Some(state) = change.before.filter(|_| known.is_none() && change.moves()) {
                self.state(host, state, self.canvas.y);
            }
        }
    }

    fn changed_states(&mut self, step: &Step) {
        for (host, at) in [(Host::Client, 0), (Host::Server, 1)] {
            let change = step.states.map(|states| *states.of(host));
            if let Some(state) = change.filter(crate::story::Change::moves).and_then(|change| change.after) {
                self.state(host, state, self.canvas.y + 30);
            }
            let open = is_open_after(step, host);
            let since = self.open.get_mut(at);
            if let (Some(open), Some(since)) = (open, since) {
                match (open, *since) {
                    (true, None) => *since = Some(self.canvas.y),
                    (false, Some(begin)) => {
                        *since = None;
                        self.bar(host, begin, self.canvas.y);
                    }
                    _ => {}
                }
            }
        }
    }

    /// A state's name, outside of the ladder.
    fn state(&mut self, host: Host, state: TcpState, y: usize) {
        let (x, anchor) = match host {
            Host::Client => (LEFT - 16, "end"),
            Host::Server => (RIGHT + 16, "start"),
        };
        self.canvas.text(x, y, of_host(host), &sized(20).bold().anchored(anchor), state.name());
        let known = self.states.get_mut(usize::from(host == Host::Server));
        if let Some(known) = known {
            *known = Some(state);
        }
    }

    /// The connection is open from here to there.
    fn bar(&mut self, host: Host, from: usize, to: usize) {
        let Paint { class, light, .. } = OPEN;
        let (x, height) = (rail(host) - 7, to.saturating_sub(from));
        put(
            &mut self.canvas.below,
            format_args!(
                "<rect class=\"{class}\" x=\"{x}\" y=\"{from}\" width=\"14\" height=\"{height}\" rx=\"4\" fill=\"{light}\"/>"
            ),
        );
    }

    /// The rails end, and below them stands what it came to.
    fn end(&mut self, around: &Around<'_>) {
        self.canvas.y += 20;
        for (host, at) in [(Host::Client, 0), (Host::Server, 1)] {
            if let Some(begin) = self.open.get(at).copied().flatten() {
                self.bar(host, begin, self.canvas.y);
            }
            let Paint { class, light, .. } = RAIL;
            let (x, top, bottom) = (rail(host), self.top, self.canvas.y);
            put(
                &mut self.canvas.below,
                format_args!(
                    "<path class=\"l{class}\" d=\"M{x} {top}V{bottom}\" stroke=\"{light}\" stroke-width=\"3\"/>"
                ),
            );
        }
        self.canvas.y += 16;
        for text in around.last_lines() {
            for line in wrap(text, CLOSING) {
                self.canvas.y += 28;
                self.canvas.text(MARGIN, self.canvas.y, FAINT, &sized(20), &line);
            }
            put(&mut self.canvas.told, format_args!("{}", xml(text)));
        }
        self.canvas.y += MARGIN;
    }

    /// One step, for who hears the picture.
    fn tell(&mut self, step: &Step, label: &str, title: &str) {
        let (from, to) = (step.from, step.from.other());
        let way = if is_mutual(step) { "between both".to_owned() } else { format!("{from} to {to}") };
        let lost = if is_lost(step) { ", lost on the way" } else { "" };
        put(&mut self.canvas.told, format_args!("{way}: {}{lost}. {}.", xml(label), xml(title)));
    }

    fn finish(self, around: &Around<'_>) -> String {
        self.canvas.finish(around.title(), &PAINTS, "")
    }
}

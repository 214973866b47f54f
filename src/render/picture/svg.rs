//! A story as an SVG for slides: a ladder with large letters, as wide as a slide and as high as its steps need.
//!
//! No width of a text is measured, since nobody knows the font: there is room for the widest that a fallback may bring. Colours stand as
//! attributes for programs that read no style; a style changes them where the reader prefers dark.

use std::fmt::Write;

use super::{Around, Item, Picture, is_lost, is_mutual, is_open_after, labelled, left_out, not_asked, xml};
use crate::event::{Host, TcpState};
use crate::render::ladder::{code_of, number_of, time_of};
use crate::render::line::cut;
use crate::render::{Ink, wrap};
use crate::story::Step;

const WIDTH: usize = 1280;
/// From the edge.
const MARGIN: usize = 28;
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

/// For people first, then those that each system has.
const SANS: &str =
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif";
const MONO: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace";

/// What something is drawn with.
#[derive(Clone, Copy)]
struct Paint {
    class: &'static str,
    light: &'static str,
    dark: &'static str,
}

const fn paint(class: &'static str, light: &'static str, dark: &'static str) -> Paint {
    Paint { class, light, dark }
}

const GROUND: Paint = paint("g", "#ffffff", "#0f141a");
const PLAIN: Paint = paint("p", "#1c2128", "#e8edf2");
const FAINT: Paint = paint("f", "#57606a", "#9aa5b1");
const RAIL: Paint = paint("r", "#aeb7c0", "#4a545f");
const CLIENT: Paint = paint("c", "#0a5fa5", "#74b9ff");
const SERVER: Paint = paint("s", "#924600", "#f5a962");
const ALARM: Paint = paint("a", "#d0004f", "#ff6b9d");
const OPEN: Paint = paint("o", "#dbe7f2", "#23303d");
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
    /// Bars and rails lie below all else.
    below: String,
    marks: String,
    /// What a screen reader reads.
    told: String,
    /// How far down it goes.
    y: usize,
    top: usize,
    /// Since where each side's connection is open.
    open: [Option<usize>; 2],
    /// The states that stand at the rails.
    states: [Option<TcpState>; 2],
}

/// How a line of text looks.
struct Type {
    size: usize,
    bold: bool,
    mono: bool,
    /// `start`, `middle` or `end`.
    anchor: &'static str,
}

const fn sized(size: usize) -> Type {
    Type { size, bold: false, mono: false, anchor: "start" }
}

impl Type {
    const fn bold(self) -> Type {
        Type { bold: true, ..self }
    }

    const fn anchored(self, anchor: &'static str) -> Type {
        Type { anchor, ..self }
    }
}

impl Sheet {
    fn mark(&mut self, mark: std::fmt::Arguments<'_>) {
        put(&mut self.marks, mark);
    }

    fn text(&mut self, x: usize, y: usize, paint: Paint, look: &Type, text: &str) {
        let Paint { class, light, .. } = paint;
        let weight = if look.bold { " font-weight=\"600\"" } else { "" };
        let family =
            if look.mono { format!(" font-family=\"{MONO}\" xml:space=\"preserve\"") } else { String::new() };
        let anchor = match look.anchor {
            "start" => String::new(),
            anchor => format!(" text-anchor=\"{anchor}\""),
        };
        let (size, text) = (look.size, xml(text));
        self.mark(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{weight}{family}{anchor} fill=\"{light}\">{text}</text>"
        ));
    }

    fn line(&mut self, (x1, y1): (usize, usize), (x2, y2): (usize, usize), paint: Paint, width: usize) {
        let Paint { class, light, .. } = paint;
        self.mark(format_args!(
            "<path class=\"l{class}\" d=\"M{x1} {y1}L{x2} {y2}\" stroke=\"{light}\" stroke-width=\"{width}\" fill=\"none\"/>"
        ));
    }

    /// What the picture is of, and who is at both ends.
    fn head(&mut self, around: &Around<'_>) {
        self.y = 34;
        for part in wrap(around.title(), TITLE).iter().take(3) {
            self.y += 36;
            self.text(MARGIN, self.y - 22, PLAIN, &sized(30).bold(), part);
        }
        self.y += 26;
        for host in [Host::Client, Host::Server] {
            let look = sized(26).bold().anchored("middle");
            self.text(rail(host), self.y, of_host(host), &look, host.name());
            let address = cut(around.address(host), ADDRESS);
            self.text(rail(host), self.y + 28, of_host(host), &sized(20).anchored("middle"), &address);
        }
        self.y += 42;
        self.top = self.y;
        self.y += 14;
    }

    fn step(&mut self, step: &Step, around: &Around<'_>) {
        let ladder = around.ladder(around.level, WORDS, around.verbose);
        let paint = if step.frames.is_empty() { ALARM } else { of_host(step.from) };
        self.y += 24;
        self.first_states(step);
        let label = cut(&labelled(step, around.level), LABEL);
        self.y += 20;
        let (middle, y) = ((LEFT + RIGHT) / 2, self.y);
        self.text(middle, y, paint, &sized(24).bold().anchored("middle"), &label);
        if let Some(number) = number_of(step) {
            self.text(MARGIN, y + 16, FAINT, &sized(22), &number.to_string());
        }
        self.text(WIDTH - MARGIN, y + 16, FAINT, &sized(20).anchored("end"), &time_of(step));
        self.y += 16;
        self.arrow(step, paint);
        self.tell(step, &label, &ladder.title(step));
        let below = self.y;
        self.changed_states(step);
        let limit = if step.full { FULL } else { SHORT };
        if !step.carries || around.verbose {
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
        self.y = self.y.max(below + 30) + 8;
    }

    /// What a step means, below its arrow.
    fn words(&mut self, text: &str, paint: Paint) {
        for line in wrap(text, WORDS) {
            self.y += 30;
            self.text(TEXT, self.y, paint, &sized(22), &line);
        }
    }

    /// What runs at an end, in a line or two.
    fn code(&mut self, host: Host, code: &str) {
        let look = Type { mono: true, ..sized(18) };
        for line in wrap(code, CODE).iter().take(2) {
            self.y += 28;
            self.text(TEXT, self.y, of_host(host), &look, line);
        }
    }

    /// A line between two steps.
    fn between(&mut self, text: &str, paint: Paint) {
        self.y += 18;
        self.words(text, paint);
        put(&mut self.told, format_args!("{}.", xml(text)));
        self.y += 12;
    }

    /// The arrow of a step at this height: double where a program says something, ending at a cross where the wire lost it.
    fn arrow(&mut self, step: &Step, paint: Paint) {
        let y = self.y;
        let Paint { class, light, .. } = paint;
        if step.frames.is_empty() {
            // Silence: nothing was on the wire.
            return self.mark(format_args!(
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
            self.line((start, y - 3), (end, y - 3), paint, 2);
            self.line((start, y + 3), (end, y + 3), paint, 2);
        } else {
            self.line((start, y), (end, y), paint, 3);
        }
        let mut head = |tip: usize, base: usize| {
            self.mark(format_args!(
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
            self.line((end - 11, y - 11), (end + 11, y + 11), ALARM, 4);
            self.line((end - 11, y + 11), (end + 11, y - 11), ALARM, 4);
        }
    }

    /// The states before the first change, above its arrow.
    fn first_states(&mut self, step: &Step) {
        let Some(states) = step.states else { return };
        for (host, at) in [(Host::Client, 0), (Host::Server, 1)] {
            let change = states.of(host);
            let known = self.states.get(at).copied().flatten();
            if let Some(state) = change.before.filter(|_| known.is_none() && change.moves()) {
                self.state(host, state, self.y);
            }
        }
    }

    fn changed_states(&mut self, step: &Step) {
        for (host, at) in [(Host::Client, 0), (Host::Server, 1)] {
            let change = step.states.map(|states| *states.of(host));
            if let Some(state) = change.filter(crate::story::Change::moves).and_then(|change| change.after) {
                self.state(host, state, self.y + 30);
            }
            let open = is_open_after(step, host);
            let since = self.open.get_mut(at);
            if let (Some(open), Some(since)) = (open, since) {
                match (open, *since) {
                    (true, None) => *since = Some(self.y),
                    (false, Some(begin)) => {
                        *since = None;
                        self.bar(host, begin, self.y);
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
        self.text(x, y, of_host(host), &sized(20).bold().anchored(anchor), state.name());
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
            &mut self.below,
            format_args!(
                "<rect class=\"{class}\" x=\"{x}\" y=\"{from}\" width=\"14\" height=\"{height}\" rx=\"4\" fill=\"{light}\"/>"
            ),
        );
    }

    /// The rails end, and below them stands what it came to.
    fn end(&mut self, around: &Around<'_>) {
        self.y += 20;
        for (host, at) in [(Host::Client, 0), (Host::Server, 1)] {
            if let Some(begin) = self.open.get(at).copied().flatten() {
                self.bar(host, begin, self.y);
            }
            let Paint { class, light, .. } = RAIL;
            let (x, top, bottom) = (rail(host), self.top, self.y);
            put(
                &mut self.below,
                format_args!(
                    "<path class=\"l{class}\" d=\"M{x} {top}V{bottom}\" stroke=\"{light}\" stroke-width=\"3\"/>"
                ),
            );
        }
        self.y += 16;
        for text in around.closing {
            for line in wrap(text, CLOSING) {
                self.y += 28;
                self.text(MARGIN, self.y, FAINT, &sized(20), &line);
            }
            put(&mut self.told, format_args!("{}", xml(text)));
        }
        self.y += MARGIN;
    }

    /// One step, for who hears the picture.
    fn tell(&mut self, step: &Step, label: &str, title: &str) {
        let (from, to) = (step.from, step.from.other());
        let way = if is_mutual(step) { "between both".to_owned() } else { format!("{from} to {to}") };
        let lost = if is_lost(step) { ", lost on the way" } else { "" };
        put(&mut self.told, format_args!("{way}: {}{lost}. {}.", xml(label), xml(title)));
    }

    fn finish(self, around: &Around<'_>) -> String {
        let height = self.y;
        let mut style = String::from("@media (prefers-color-scheme: dark) {");
        for Paint { class, dark, .. } in PAINTS {
            style.push_str(&format!(".{class}{{fill:{dark}}}.l{class}{{stroke:{dark}}}"));
        }
        style.push('}');
        let Paint { class, light, .. } = GROUND;
        let title = xml(around.title());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             role=\"img\" aria-labelledby=\"netlab-title netlab-desc\" font-family=\"{SANS}\">\n\
             <title id=\"netlab-title\">{title}</title>\n<desc id=\"netlab-desc\">\n{}</desc>\n<style>{style}</style>\n\
             <rect class=\"{class}\" width=\"{WIDTH}\" height=\"{height}\" fill=\"{light}\"/>\n{}{}</svg>\n",
            self.told, self.below, self.marks
        )
    }
}

fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    let written = writeln!(out, "{what}");
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}

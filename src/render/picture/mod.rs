//! A story as a picture to keep: a Mermaid diagram for notes, an SVG for slides, a page for a browser.
//!
//! A [`Picture`] gathers the steps that people are shown, and draws them once all are there. It says nothing of its own: words, sums and
//! verdicts are those of the [`Ladder`]. What it holds is bounded, and what it leaves out it counts. Text of a capture gets into a
//! picture through [`escape`](crate::render::escape) first and then through that of its format, so that it stays text.

mod canvas;
mod entry;
mod layers;
mod mermaid;
mod page;
mod svg;
mod walk;

use std::io::{self, Write};

use super::ladder::change;
use super::{Ladder, StoryHead, escape, wrap};
use crate::event::{Host, TcpState, Verdict};
use crate::story::{Change, FieldValue, Step, What};
use crate::words::{Book, Level};

pub use entry::{EntryPicture, Glossary, NoPicture};
pub use walk::WalkPicture;

/// What a picture is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A sequence diagram in Mermaid's language.
    Mermaid,
    /// A ladder as SVG.
    Svg,
    /// One page of HTML with all that it needs.
    Html,
}

impl Form {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Form::Mermaid => "mermaid",
            Form::Svg => "svg",
            Form::Html => "html",
        }
    }

    /// So many steps one holds.
    fn most(self) -> usize {
        match self {
            // Mermaid itself takes no more than 50,000 characters.
            Form::Mermaid => 400,
            Form::Svg => 300,
            Form::Html => 5000,
        }
    }
}

/// So many bytes of a field's text are kept.
const TEXT: usize = 2048;

/// What stands in a picture, from top to bottom.
#[derive(Debug)]
enum Item {
    Step(Box<Step>),
    /// So many steps that were not asked for.
    Gap(u64),
    /// Something that is said at the end.
    Remark(String),
}

/// What stands around the steps.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The first line: what is shown, and why.
    pub banner: &'a str,
    /// Who talks to whom.
    pub head: &'a StoryHead,
    /// The last lines, for a friend, a student, an engineer: what it came to.
    pub closing: &'a [Vec<String>; 3],
    /// The texts.
    pub book: &'a Book<'a>,
    /// How deep they go, where a picture has one level.
    pub level: Level,
    /// Every step in full.
    pub verbose: bool,
}

impl Around<'_> {
    /// Whose words the picture has: `width` is what chooses how many.
    fn ladder(&self, level: Level, width: usize, verbose: bool) -> Ladder<'_> {
        Ladder { book: self.book, level, width, verbose, bytes: false, drawn: verbose, plain: false }
    }

    /// The last lines where a picture has one level.
    fn last_lines(&self) -> &[String] {
        let [friend, student, engineer] = self.closing;
        match self.level {
            Level::Friend => friend,
            Level::Student => student,
            Level::Engineer => engineer,
        }
    }

    /// What the picture is of, without the program's name.
    fn title(&self) -> &str {
        self.banner.strip_prefix("netlab · ").unwrap_or(self.banner)
    }

    fn address(&self, host: Host) -> String {
        self.head.shown(host).unwrap_or_default()
    }
}

/// Gathers what is to be drawn.
#[derive(Debug)]
pub struct Picture {
    form: Form,
    items: Vec<Item>,
    /// Steps for which there was no room.
    left_out: u64,
    /// Of a page: their bytes.
    frames: page::Frames,
}

impl Picture {
    /// An empty one.
    /// `whole`: a page holds its frames with all of their bytes.
    pub fn new(form: Form, whole: bool) -> Picture {
        Picture { form, items: Vec::new(), left_out: 0, frames: page::Frames::new(whole) }
    }

    /// Every step passes here, also one that is then told in short: its bytes may be asked for.
    pub fn keep(&mut self, step: &Step) {
        if self.form == Form::Html && self.items.len() < self.form.most() {
            self.frames.keep(step);
        }
    }

    /// The next step that people are shown.
    pub fn step(&mut self, mut step: Step) {
        if self.items.len() < self.form.most() {
            step.bytes = Vec::new();
            for field in &mut step.fields {
                if let FieldValue::Text(text) = &mut field.value {
                    // A message may be very long, and no picture shows all of it.
                    let end = (0..=TEXT).rev().find(|end| text.is_char_boundary(*end));
                    text.truncate(end.unwrap_or_default());
                    text.shrink_to_fit();
                }
            }
            self.items.push(Item::Step(Box::new(step)));
        } else {
            self.left_out += 1;
        }
    }

    /// So many steps were not asked for.
    pub fn gap(&mut self, steps: u64) {
        if steps > 0 && self.items.len() < self.form.most() {
            self.items.push(Item::Gap(steps));
        }
    }

    /// Something that is said behind the steps.
    pub fn remark(&mut self, text: &str) {
        self.items.push(Item::Remark(text.to_owned()));
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Draws it.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn draw(self, around: &Around<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self.form {
            Form::Mermaid => out.write_all(mermaid::draw(&self, around).as_bytes()),
            Form::Svg => out.write_all(svg::draw(&self, around).as_bytes()),
            Form::Html => page::draw(self, around, out),
        }
    }
}

/// What is said of steps that have no room.
fn left_out(count: u64) -> String {
    let steps = if count == 1 { "1 step more has".to_owned() } else { format!("{count} steps more have") };
    format!("{steps} no room in this picture; netlab replay --frames N-M draws a part")
}

/// What is said of steps that were not asked for.
fn not_asked(count: u64) -> String {
    format!("{count} {} not asked for", if count == 1 { "step" } else { "steps" })
}

/// Whether an endpoint in this state has a connection.
fn is_open(state: TcpState) -> bool {
    use TcpState::{Closed, Listen, SynReceived, SynSent, TimeWait};
    !matches!(state, Closed | Listen | SynSent | SynReceived | TimeWait)
}

fn is_lost(step: &Step) -> bool {
    step.verdict == Some(Verdict::Dropped)
}

/// What stands on the arrow: `SYN-ACK seq=0 ack=1`. A friend is spared the numbers.
fn labelled(step: &Step, level: Level) -> String {
    let find = |name: &str| step.fields.iter().find(|field| field.name == name).map(|field| &field.value);
    let number = |name: &str, short: &str| find(name).map(|value| format!("{short}={value}"));
    let numbers = [number("tcp.seq", "seq"), number("tcp.ack", "ack")];
    let numbers: Vec<String> = numbers.into_iter().flatten().filter(|_| level != Level::Friend).collect();
    let between = if numbers.is_empty() {
        ""
    } else if step.label.contains(',') {
        ", "
    } else {
        " "
    };
    format!("{}{between}{}", step.label, numbers.join(" "))
}

/// Both states of an endpoint, whoever told them.
fn states_of(changes: &Change) -> String {
    change(&Change { kernel_before: false, kernel_after: false, ..*changes })
}

/// Text as XML and HTML show it: what a terminal would obey is visible, what they would obey is text.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in escape(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No character of XML.
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// As wide as a space, and none to [`wrap`]: Braille's empty sign.
const JOINED: char = '\u{2800}';

/// Lines of so many columns; a few bytes side by side (`5c 88 4d cf`) stay on one line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let is_byte = |word: &str| {
        word.len() == 2 && word.bytes().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())
    };
    let mut kept = String::with_capacity(text.len());
    let mut run = 0;
    for word in text.split(' ') {
        let byte = is_byte(word.trim_end_matches(['.', ',', ';', ':']));
        // A long row of bytes may break after eight.
        let joined = byte && (1..8).contains(&run);
        if !kept.is_empty() {
            kept.push(if joined { JOINED } else { ' ' });
        }
        kept.push_str(word);
        run = match (byte && is_byte(word), joined) {
            (true, true) => run + 1,
            (true, false) => 1,
            (false, _) => 0,
        };
    }
    wrap(&kept, width).into_iter().map(|line| line.replace(JOINED, " ")).collect()
}

/// Whether a step is of both sides.
fn is_mutual(step: &Step) -> bool {
    step.what == What::Folded
}

/// Whether `host` has a connection once the step is over; `None` where it says nothing of that.
fn is_open_after(step: &Step, host: Host) -> Option<bool> {
    match (step.states, step.words) {
        (Some(states), _) => states.of(host).after.map(is_open),
        (None, "step story.tcp_opens") => Some(true),
        (None, "step story.tcp_closes") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn bytes_side_by_side_stay_on_one_line() {
        let text = "on the wire they begin 5c 88 4d cf. The key";
        assert_eq!(wrapped(text, 30), ["on the wire they begin", "5c 88 4d cf. The key"]);
        assert_eq!(wrapped("14 bytes, masked", 10), ["14 bytes,", "masked"]);
        let many = ["ab"; 12].join(" ");
        assert_eq!(wrapped(&many, 30).len(), 2, "a long row breaks");
    }
}

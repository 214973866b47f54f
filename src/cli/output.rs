//! The one way out: knows the width, paints or does not, and lets nothing untrusted through to the terminal.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use indicatif::ProgressBar;
use netlab::render::{Ink, Line, Page, Tape, escape, in_ascii, in_ascii_columns, wrap, write_json};
use netlab::words::Level;

use super::common::{ColorWhen, Format, OutputArgs};
use super::palette::Palette;
use super::picture::Destination;
use super::stdout::Sheet;

/// Standard output and standard error, with what every renderer must know of them.
pub(crate) struct Output {
    out: BufWriter<Sheet>,
    /// Columns.
    pub(crate) width: usize,
    /// Sentences instead of drawings and columns.
    pub(crate) plain: bool,
    /// How what is written looks.
    pub(crate) hand: Hand,
    /// How deep explanations go.
    pub(crate) level: Level,
    /// Text, JSON, CSV, or a picture.
    pub(crate) format: Format,
    /// Whether the format was asked for.
    pub(crate) format_given: bool,
    /// Where a picture goes.
    pub(crate) to: Option<Destination>,
    /// Every step in full.
    pub(crate) verbose: bool,
    quiet: bool,
    /// Nothing that was written is written over.
    still: bool,
}

/// In fewer columns nothing can be read.
const NARROWEST: usize = 20;
/// How far what stands below a name is indented.
const BELOW: usize = 4;

/// How much is gathered before it is written: as much as a pipe takes at once.
const ROOM: usize = 64 << 10;

/// How what is written looks, whatever it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hand {
    /// The colours, if any are wanted.
    pub(crate) color: Option<Palette>,
    /// Whether only ASCII is.
    pub(crate) ascii: bool,
}

/// Adds a table's line to a text as [`Output::tape`] writes it: what a terminal would obey becomes visible text.
pub(crate) fn add_tape(text: &mut Vec<u8>, tape: &Tape, hand: Hand) -> io::Result<()> {
    if hand.color.is_some() {
        return write_pieces(text, tape.pieces(), hand);
    }
    let from = text.len();
    tape.add_to(text);
    if hand.ascii {
        let line = text.split_off(from);
        text.extend(in_ascii_columns(&String::from_utf8_lossy(&line)).as_bytes());
    }
    text.push(b'\n');
    Ok(())
}

fn write_pieces(
    out: &mut impl Write,
    pieces: impl Iterator<Item = (Ink, impl AsRef<str>)>,
    hand: Hand,
) -> io::Result<()> {
    for (ink, text) in pieces {
        let text = escape(text.as_ref());
        // A line is ASCII by now; of a table every sign takes one column.
        let text = if hand.ascii { in_ascii_columns(&text) } else { text };
        match hand.color {
            Some(palette) => write!(out, "{}", palette.paint(ink, &text))?,
            None => out.write_all(text.as_bytes())?,
        }
    }
    out.write_all(b"\n")
}

/// What the environment says of a variable; `None` where it is empty, too.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether the terminal can but write lines.
fn is_dumb() -> bool {
    variable("TERM").is_some_and(|term| term == "dumb")
}

/// Whether colours are wanted where nobody says so by a flag (<https://no-color.org>, <https://bixense.com/clicolors>).
fn is_colored(terminal: bool) -> bool {
    let force = variable("CLICOLOR_FORCE").is_some_and(|force| force != "0");
    let off = variable("CLICOLOR").is_some_and(|color| color == "0");
    variable("NO_COLOR").is_none() && (force || terminal && !off && !is_dumb())
}

/// The colours of the terminal that the environment describes.
fn palette() -> Palette {
    let term = variable("TERM").unwrap_or_default();
    Palette::of(&term.to_string_lossy(), variable("COLORTERM").is_some())
}

/// Whether the locale says that text is something else than UTF-8. One that says nothing is that of most containers, whose
/// terminals know UTF-8.
fn is_other_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.is_some_and(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        !(locale.contains("utf-8") || locale.contains("utf8"))
    })
}

impl Output {
    /// For the flags given, and for what standard output is.
    pub(crate) fn new(args: &OutputArgs) -> Output {
        let sheet = Sheet::new();
        let terminal = sheet.is_terminal();
        let color = match args.color {
            _ if args.plain => false,
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => is_colored(terminal),
        };
        colored::control::set_override(color);
        let width = args.width.map(usize::from).unwrap_or_else(|| {
            let size = if terminal { terminal_size::terminal_size() } else { None };
            size.map_or(80, |(width, _)| usize::from(width.0)).max(40)
        });
        Output {
            out: BufWriter::with_capacity(ROOM, sheet),
            width,
            plain: args.plain,
            hand: Hand { color: color.then(palette), ascii: args.ascii || is_other_locale() },
            still: args.plain || is_dumb(),
            level: args.level.into(),
            format: args.format.unwrap_or_default(),
            format_given: args.format.is_some(),
            to: None,
            verbose: args.verbose,
            quiet: args.quiet,
        }
    }

    /// Whether JSON was asked for.
    pub(crate) fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether a friend reads along, who wants the story alone.
    pub(crate) fn is_for_a_friend(&self) -> bool {
        self.level == Level::Friend && !self.verbose
    }

    /// Whether text was asked for.
    pub(crate) fn is_text(&self) -> bool {
        self.format == Format::Text
    }

    /// Whether `-q` was given.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// From now on nothing is written to standard output.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn mute(&mut self) {
        self.out.get_mut().mute();
    }

    /// A line for people. Control characters in it become visible text, whatever the renderer did.
    pub(crate) fn line(&mut self, line: &Line) -> io::Result<()> {
        self.line_on(self.width, line)
    }

    /// A line that stays one, however long it is: somebody copies it.
    pub(crate) fn whole(&mut self, line: &Line) -> io::Result<()> {
        self.line_on(usize::MAX, line)
    }

    fn line_on(&mut self, width: usize, line: &Line) -> io::Result<()> {
        let page = Page { width, plain: self.plain, ascii: self.hand.ascii };
        match page.rewritten(line) {
            None => write_pieces(&mut self.out, line.trimmed(), self.hand),
            Some(lines) => {
                lines.iter().try_for_each(|line| write_pieces(&mut self.out, line.trimmed(), self.hand))
            }
        }
    }

    /// How wide columns are laid out: where they become sentences, which are wrapped, they have room.
    pub(crate) fn columns(&self) -> usize {
        if self.plain { self.width.max(80) } else { self.width }
    }

    /// A line of a long table.
    pub(crate) fn tape(&mut self, tape: &Tape) -> io::Result<()> {
        let mut text = Vec::new();
        add_tape(&mut text, tape, self.hand)?;
        self.out.write_all(&text)
    }

    /// A line without any ink.
    pub(crate) fn plain(&mut self, text: &str) -> io::Result<()> {
        self.line(&Line::from(text))
    }

    /// A name, and beside it from `column` on what is said of it.
    pub(crate) fn entry(&mut self, column: usize, name: &str, text: &str) -> io::Result<()> {
        if self.plain {
            return self.line(&Line::from(name).with(Ink::Plain, "  ").with(Ink::Plain, text));
        }
        let mut line = Line::new().with(Ink::Strong, name);
        let (column, room) = match self.width.checked_sub(column) {
            Some(room) if room >= NARROWEST => (column, room),
            // Beside so long a name there is no room for a sentence: it stands below.
            _ => {
                self.line(&std::mem::take(&mut line))?;
                (BELOW, self.width.saturating_sub(BELOW))
            }
        };
        for part in wrap(text, room) {
            line.pad_to(column).push(Ink::Plain, part);
            self.line(&line)?;
            line = Line::new();
        }
        Ok(())
    }

    /// A JSON object, on a line of its own.
    pub(crate) fn object(&mut self, value: &serde_json::Value) -> io::Result<()> {
        write_json(&mut self.out, value)?;
        self.out.write_all(b"\n")
    }

    /// Bytes that are safe as they are: a renderer's JSON, or a capture that was asked for.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Everything written so far, out to the reader.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// The bar that says how far long work is, if nobody has seen anything new for so long and it would not be in the way; not
    /// with `-q`. What was found so far is shown first. The next thing that is written takes it off the screen.
    pub(crate) fn bar(
        &mut self,
        patience: Duration,
        make: impl FnOnce() -> ProgressBar,
    ) -> Option<&ProgressBar> {
        if self.quiet
            || self.still
            || !self.out.get_ref().has_room()
            || self.out.get_ref().silence() < patience
        {
            return None;
        }
        if self.out.get_ref().is_terminal() && !self.out.buffer().is_empty() {
            // Where that can't be written, the next line can't either, and its writer says so.
            drop(self.flush());
            return None;
        }
        Some(self.out.get_mut().bar(make))
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear_bar(&self) {
        self.out.get_ref().clear();
    }

    /// A remark beside the output: on standard error, not with `-q`.
    pub(crate) fn notice(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&format!("netlab: {text}"));
        }
    }

    /// An error, on one line, with its causes.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        self.to_stderr(&format!("netlab: {error:#}"));
    }

    /// What belongs to an error, on a line of its own.
    pub(crate) fn below(&self, text: &str) {
        self.to_stderr(text);
    }

    fn to_stderr(&self, text: &str) {
        self.clear_bar();
        // Standard error may be closed; there is nobody left to tell then.
        let mut stderr = io::stderr().lock();
        let text = escape(text);
        let written = writeln!(stderr, "{}", if self.hand.ascii { in_ascii(&text) } else { text });
        drop(written);
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

//! The one way out: knows the width, paints or does not, and lets nothing untrusted through to the terminal.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use colored::{Color, Colorize};
use indicatif::ProgressBar;
use netlab::render::{Ink, Line, Tape, escape, wrap, write_json};
use netlab::words::Level;

use super::common::{ColorWhen, Format, OutputArgs};
use super::picture::Destination;
use super::stdout::Sheet;

/// Standard output and standard error, with what every renderer must know of them.
pub(crate) struct Output {
    out: BufWriter<Sheet>,
    /// Columns.
    pub(crate) width: usize,
    /// Whether colours are wanted.
    pub(crate) color: bool,
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
}

/// How much is gathered before it is written: as much as a pipe takes at once.
const ROOM: usize = 64 << 10;

/// Writes a table's line as [`Output::tape`] does. `color`: whether it is painted.
pub(crate) fn write_tape(out: &mut impl Write, tape: &Tape, color: bool) -> io::Result<()> {
    if color {
        return write_pieces(out, tape.pieces(), color);
    }
    tape.write(out)?;
    out.write_all(b"\n")
}

fn write_pieces(
    out: &mut impl Write,
    pieces: impl Iterator<Item = (Ink, impl AsRef<str>)>,
    color: bool,
) -> io::Result<()> {
    for (ink, text) in pieces {
        let text = escape(text.as_ref());
        if color {
            write!(out, "{}", paint(ink, &text))?;
        } else {
            out.write_all(text.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}

impl Output {
    /// For the flags given, and for what standard output is.
    pub(crate) fn new(args: &OutputArgs) -> Output {
        let sheet = Sheet::new();
        let terminal = sheet.is_terminal();
        let color = match args.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
                terminal && !no_color && !dumb
            }
        };
        colored::control::set_override(color);
        let width = args.width.map(usize::from).unwrap_or_else(|| {
            let size = if terminal { terminal_size::terminal_size() } else { None };
            size.map_or(80, |(width, _)| usize::from(width.0)).max(40)
        });
        Output {
            out: BufWriter::with_capacity(ROOM, sheet),
            width,
            color,
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
        self.pieces(line.trimmed())
    }

    /// A line of a long table.
    pub(crate) fn tape(&mut self, tape: &Tape) -> io::Result<()> {
        write_tape(&mut self.out, tape, self.color)
    }

    fn pieces<'a>(&mut self, pieces: impl Iterator<Item = (Ink, &'a str)>) -> io::Result<()> {
        write_pieces(&mut self.out, pieces, self.color)
    }

    /// A line without any ink.
    pub(crate) fn plain(&mut self, text: &str) -> io::Result<()> {
        self.line(&Line::from(text))
    }

    /// A name, and beside it from `column` on what is said of it.
    pub(crate) fn entry(&mut self, column: usize, name: &str, text: &str) -> io::Result<()> {
        let room = self.width.saturating_sub(column).max(20);
        let mut line = Line::new().with(Ink::Strong, name);
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
        if self.quiet || !self.out.get_ref().has_room() || self.out.get_ref().silence() < patience {
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
        let written = writeln!(stderr, "{}", escape(text));
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

/// One hue a host, one hue a layer; the sixteen colours that every terminal has, so that its own palette decides.
fn paint(ink: Ink, text: &str) -> colored::ColoredString {
    match ink {
        Ink::Plain => text.normal(),
        Ink::Faint => text.dimmed(),
        Ink::Strong => text.bold(),
        Ink::Client => text.color(Color::Cyan),
        Ink::Server => text.color(Color::Yellow),
        Ink::Link => text.color(Color::Magenta),
        Ink::Network => text.color(Color::Green),
        Ink::Transport => text.color(Color::BrightBlue),
        Ink::Application => text.color(Color::BrightGreen),
        Ink::Alarm => text.color(Color::Red).bold(),
        Ink::Mark => text.reversed(),
    }
}

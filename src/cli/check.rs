//! `netlab check`: which rules of a protocol were broken in a capture, and by whom.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use netlab::dissect::Packet;
use netlab::event::Host;
use netlab::flow::talk::{Severity, Talks, Verdict};
use netlab::flow::{Fragments, Tracker};
use netlab::render::{Ink, Line, verdict_json, verdict_key, wrap};
use netlab::words::{Book, fill};

use super::common::grouped;
use super::input::{EMPTY, Input, note_unread, unread_link};
use super::progress::Progress;
use super::{Exit, Output};

/// Check a capture against the rules of WebSocket
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Exit code 3 where a rule was broken. The rules: docs/websocket-rules.md\nExample: netlab check trace.pcapng\n         netlab check trace.pcapng --format json"
)]
pub(crate) struct Args {
    /// Capture file, - for standard input, or the name of a bundled capture
    #[arg(value_name = "FILE|NAME")]
    file: PathBuf,
}

/// Reads all of it, and says what the referee says.
pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let name = args.file.display().to_string();
    let mut reader = Input::from(args.file.clone()).open()?;
    let mut referee = Referee::new()?;
    let progress = Progress::new(&name);
    let (mut tracker, mut fragments, mut talks) = (Tracker::new(), Fragments::new(), Talks::new());
    let (mut read, mut unread) = (0, None);
    if !out.json() {
        for part in wrap(&format!("netlab · the rules of WebSocket in {name}"), out.width) {
            out.line(&Line::new().with(Ink::Strong, part))?;
        }
    }
    let damage = loop {
        match reader.next() {
            Ok(Some(frame)) => {
                read = frame.number;
                note_unread(&frame, &mut unread);
                let packet = fragments.complete(Packet::new(frame));
                let segment = tracker.push(&packet);
                let found = talks.push(&packet, segment.as_ref());
                for verdict in &found.verdicts {
                    referee.says(verdict, &tracker, out)?;
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
        progress.show(&reader, read, out);
    };
    for verdict in talks.finish() {
        referee.says(&verdict, &tracker, out)?;
    }
    if !out.json() {
        referee.sums_up(read, talks.sockets(), out)?;
    }
    if let Some(damage) = damage {
        return Err(damage.into());
    }
    if let Some(unread) = unread {
        return Err(unread_link(&name, unread));
    }
    Ok(if referee.violations > 0 { Exit::Violation } else { Exit::Fine })
}

/// Tells verdicts as they come.
struct Referee {
    book: Book<'static>,
    violations: u64,
    notes: u64,
    /// Rules whose words were told, and of whom.
    told: HashSet<(&'static str, Host)>,
    /// The conversation of the last verdict.
    stream: Option<u32>,
}

impl Referee {
    fn new() -> anyhow::Result<Referee> {
        Ok(Referee { book: Book::built_in()?, violations: 0, notes: 0, told: HashSet::new(), stream: None })
    }

    fn says(&mut self, verdict: &Verdict, tracker: &Tracker, out: &mut Output) -> anyhow::Result<()> {
        let (grave, what) = match verdict.severity {
            Severity::Violation => (true, "broke a rule"),
            Severity::Note => (false, "did something worth a note"),
        };
        *if grave { &mut self.violations } else { &mut self.notes } += 1;
        if out.json() {
            out.object(&verdict_json(verdict))?;
            return Ok(());
        }
        if self.stream != Some(verdict.stream) {
            self.stream = Some(verdict.stream);
            out.plain("")?;
            for part in wrap(&conversation(verdict.stream, tracker), out.width) {
                out.line(&Line::new().with(Ink::Strong, part))?;
            }
        }
        let ink = if grave { Ink::Alarm } else { Ink::Plain };
        let head = format!(
            "{}the {} {what}: {} ({})",
            frames(&verdict.frames),
            verdict.by,
            verdict.rule,
            verdict.section
        );
        self.paragraph(&head, 2, ink, out)?;
        // What a rule means and asks for is said once for each side.
        if !self.told.insert((verdict.rule, verdict.by)) {
            return Ok(());
        }
        let meant = self.told.contains(&(verdict.rule, verdict.by.other()));
        if let Some(entry) = self.book.find(&verdict_key(verdict)).filter(|_| !meant) {
            self.paragraph(&fill(entry.near(out.level), &[]), 4, Ink::Plain, out)?;
        }
        if let Some(must) = verdict.must.words(verdict.by.other()) {
            let code = verdict.close_code.map(|code| format!(", with close code {code}")).unwrap_or_default();
            self.paragraph(&format!("Due: {must}{code}."), 4, Ink::Faint, out)?;
        }
        Ok(())
    }

    fn paragraph(&self, text: &str, indent: usize, ink: Ink, out: &mut Output) -> anyhow::Result<()> {
        for part in wrap(text, out.width.saturating_sub(indent).max(20)) {
            out.line(&Line::from(" ".repeat(indent).as_str()).with(ink, part))?;
        }
        Ok(())
    }

    fn sums_up(&self, frames: u64, sockets: u64, out: &mut Output) -> anyhow::Result<()> {
        let text = match (frames, sockets, self.violations, self.notes) {
            (0, ..) => EMPTY.to_owned(),
            (_, 0, 0, 0) => {
                format!("No WebSocket in {}: there is nothing to check.", counted(frames, "frame"))
            }
            (_, _, 0, 0) => format!("No rule was broken in {}.", counted(sockets, "WebSocket connection")),
            (_, _, 0, notes) => format!(
                "No rule was broken in {}; {}.",
                counted(sockets, "WebSocket connection"),
                counted(notes, "note")
            ),
            (_, _, violations, notes) => format!(
                "{}{} in {}.",
                counted(violations, "violation"),
                if notes == 0 { String::new() } else { format!(" and {}", counted(notes, "note")) },
                match sockets {
                    0 => counted(frames, "frame"),
                    _ => counted(sockets, "WebSocket connection"),
                }
            ),
        };
        out.plain("")?;
        for part in wrap(&text, out.width) {
            out.plain(&part)?;
        }
        Ok(())
    }
}

/// `conversation 3 · 10.0.0.1:40000 → 10.0.0.2:80`.
fn conversation(stream: u32, tracker: &Tracker) -> String {
    let ends: Option<(SocketAddr, SocketAddr)> =
        tracker.conversation(stream).map(|known| (known.client(), known.server()));
    match ends {
        Some((client, server)) => format!("conversation {stream} · {client} → {server}"),
        None => format!("conversation {stream}"),
    }
}

/// `frame 12: `, `frames 12 and 14: `, or nothing.
fn frames(frames: &[u64]) -> String {
    let names: Vec<String> = frames.iter().map(u64::to_string).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!("frame {one}: "),
        [first @ .., last] => format!("frames {} and {last}: ", first.join(", ")),
    }
}

/// `1 frame`, `2,000 frames`.
fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

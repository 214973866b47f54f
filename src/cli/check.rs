//! `netlab check`: which rules of a protocol were broken in a capture, and by whom.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::path::PathBuf;

use netlab::dissect::Packet;
use netlab::event::Host;
use netlab::flow::stream::Side;
use netlab::flow::talk::{Severity, Talks, Verdict};
use netlab::flow::tls::Unread;
use netlab::flow::{Fragments, Tracker};
use netlab::render::{Ink, Line, code_name, unread_json, verdict_json, verdict_key, without_section, wrap};
use netlab::words::{Book, fill};

use super::common::grouped;
use super::input::{EMPTY, Input, note_unread, unread_link};
use super::interrupt::Interrupt;
use super::keys::{Keys, KeysArg, forgotten};
use super::progress::{Progress, WATCHED};
use super::{Exit, Output};

/// Check a capture against the rules of WebSocket
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Exit code 3 where a rule was broken. The rules: docs/websocket-rules.md\nExample: netlab check trace.pcapng\n         netlab check trace.pcapng --keylog keys.log\n         netlab check trace.pcapng --format json"
)]
pub(crate) struct Args {
    /// Capture file, - for standard input, or the name of a bundled capture
    #[arg(value_name = "FILE|NAME")]
    file: PathBuf,

    #[command(flatten)]
    keys: KeysArg,
}

/// Reads all of it, and says what the referee says.
pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let input = Input::from(args.file.clone());
    let name = input.shown();
    let mut keys = Keys::new(&args.keys, out)?;
    let mut reader = input.open()?;
    let mut referee = Referee::new()?;
    let interrupt = Interrupt::new()?;
    let progress = Progress::new(&name);
    let (mut tracker, mut fragments, mut talks) = (Tracker::new(), Fragments::new(), Talks::new());
    *talks.keys_mut() = keys.log();
    let (mut read, mut unread) = (0_u64, None);
    if !out.json() {
        for part in wrap(&format!("netlab · the rules of WebSocket in {name}"), out.width) {
            out.line(&Line::new().with(Ink::Strong, part))?;
        }
    }
    let mut interrupted = false;
    let damage = loop {
        if read.is_multiple_of(WATCHED) && interrupt.typed() {
            interrupted = true;
            break None;
        }
        match reader.next() {
            Ok(Some(_)) => {
                keys.learn(&reader, talks.keys_mut(), &name, out);
                let Some(frame) = reader.current() else { break None };
                read = frame.number;
                note_unread(&frame, &mut unread);
                let packet = fragments.complete(Packet::new(frame));
                let segment = tracker.push(&packet);
                let found = talks.push(&packet, segment.as_ref());
                for verdict in &found.verdicts {
                    referee.says(verdict, &tracker, out)?;
                }
                for (side, why) in &found.hidden {
                    referee.is_hidden(*side, *why, read, out)?;
                }
                for side in &found.unread {
                    referee.cannot_read(*side, read, &tracker, out)?;
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
        progress.show(&reader, read, out);
    };
    // Of what was not read to its end nobody can say how it ended.
    for verdict in if interrupted { Vec::new() } else { talks.finish() } {
        referee.says(&verdict, &tracker, out)?;
    }
    if !out.json() {
        referee.sums_up(read, talks.sockets(), out)?;
    }
    if interrupted {
        out.flush()?;
        out.notice(&format!("{name}: interrupted; this is what was read up to frame {read}"));
        return Ok(Exit::Interrupted);
    }
    if let Some(damage) = damage {
        return Err(damage.into());
    }
    if talks.secure().forgotten > 0 {
        out.notice(&forgotten(&name, talks.secure().forgotten));
    }
    match keys.useless(talks.secure(), &name) {
        // Nobody is told that all is well where the keys were to open what was to be judged.
        Some((text, true)) => anyhow::bail!(text),
        Some((text, false)) => out.notice(&text),
        None => {}
    }
    if let Some(unread) = unread {
        return Err(unread_link(&name, unread));
    }
    Ok(if referee.violations > 0 { Exit::Violation } else { Exit::Fine })
}

/// So many notes of a kind are told one by one.
const NOTES: u64 = 5;

/// Tells verdicts as they come.
struct Referee {
    book: Book<'static>,
    violations: u64,
    notes: u64,
    /// How often a direction could not be read on.
    unread: u64,
    /// How many conversations of TLS hide what is said in them, and why they stay closed.
    hidden: BTreeMap<String, u64>,
    /// How often each note came.
    noted: BTreeMap<&'static str, u64>,
    /// Rules whose words were told, and of whom.
    told: HashSet<(&'static str, Host)>,
    /// The conversation of the last verdict.
    stream: Option<u32>,
}

impl Referee {
    fn new() -> anyhow::Result<Referee> {
        Ok(Referee {
            book: Book::built_in()?,
            violations: 0,
            notes: 0,
            unread: 0,
            hidden: BTreeMap::new(),
            noted: BTreeMap::new(),
            told: HashSet::new(),
            stream: None,
        })
    }

    fn says(&mut self, verdict: &Verdict, tracker: &Tracker, out: &mut Output) -> anyhow::Result<()> {
        let grave = verdict.severity == Severity::Violation;
        *if grave { &mut self.violations } else { &mut self.notes } += 1;
        if out.json() {
            out.object(&verdict_json(verdict))?;
            return Ok(());
        }
        if !grave {
            let times = self.noted.entry(verdict.rule).or_default();
            *times += 1;
            if *times > NOTES && !out.verbose {
                return Ok(());
            }
        }
        self.conversation(verdict.stream, tracker, out)?;
        let (ink, what) = match grave {
            true => (Ink::Alarm, "broke a rule"),
            false => (Ink::Plain, "a note"),
        };
        let found = verdict.found.as_ref().map(|found| format!(": {found}")).unwrap_or_default();
        let head = format!(
            "{}the {}{} {what}: {} ({}){found}",
            frames(&verdict.frames),
            verdict.by,
            if grave { "" } else { "," },
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
            let text = without_section(&fill(entry.near(out.level), &[]), verdict.section);
            self.paragraph(&text, 4, Ink::Plain, out)?;
        }
        if let Some(must) = verdict.must.words(verdict.by.other()) {
            let name = |code| code_name("websocket.payload.close.status_code", code).unwrap_or_default();
            let code =
                verdict.close_code.map(|code| format!(", with close code {code} ({})", name(code.into())));
            let code = code.unwrap_or_default();
            self.paragraph(&format!("Due: {must}{code}."), 4, Ink::Faint, out)?;
        }
        Ok(())
    }

    /// Says that a direction can't be read on: nothing behind that is judged.
    fn cannot_read(
        &mut self,
        side: Side,
        frame: u64,
        tracker: &Tracker,
        out: &mut Output,
    ) -> anyhow::Result<()> {
        self.unread += 1;
        if out.json() {
            out.object(&unread_json(side, frame, None))?;
            return Ok(());
        }
        self.conversation(side.stream, tracker, out)?;
        let text = format!(
            "frame {frame}: what the {} says here can't be read, or is not in the capture; it is not judged",
            side.from
        );
        self.paragraph(&text, 2, Ink::Strong, out)
    }

    /// Notes that TLS hides what is said in a conversation: people are told how many there are, at the end.
    fn is_hidden(&mut self, side: Side, why: Unread, frame: u64, out: &mut Output) -> anyhow::Result<()> {
        *self.hidden.entry(why.to_string()).or_default() += 1;
        if out.json() {
            out.object(&unread_json(side, frame, Some(why.to_string())))?;
        }
        Ok(())
    }

    /// Whose verdicts follow, where those before were another one's.
    fn conversation(&mut self, stream: u32, tracker: &Tracker, out: &mut Output) -> anyhow::Result<()> {
        if self.stream.replace(stream) != Some(stream) {
            out.plain("")?;
            for part in wrap(&conversation(stream, tracker), out.width) {
                out.line(&Line::new().with(Ink::Strong, part))?;
            }
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
        let many = self.noted.iter().filter(|(_, times)| **times > NOTES && !out.verbose);
        for (index, (rule, times)) in many.collect::<Vec<_>>().into_iter().enumerate() {
            if index == 0 {
                out.plain("")?;
            }
            let more = times - NOTES;
            let notes = if more == 1 { "note" } else { "notes" };
            self.paragraph(
                &format!("{rule}: {} more {notes} like those; -v shows them.", grouped(more)),
                0,
                Ink::Plain,
                out,
            )?;
        }
        for (index, (why, count)) in self.hidden.iter().enumerate() {
            if index == 0 {
                out.plain("")?;
            }
            let them = if *count == 1 { "it is not judged" } else { "they are not judged" };
            let text = format!("Inside of TLS in {}, so {them}: {why}.", counted(*count, "conversation"));
            self.paragraph(&text, 0, Ink::Plain, out)?;
        }
        let text = match (frames, sockets, self.violations, self.notes) {
            (0, ..) => EMPTY.to_owned(),
            (_, 0, 0, 0) if self.unread > 0 => {
                format!(
                    "Not all of {} could be read, and no WebSocket was found in the rest.",
                    counted(frames, "frame")
                )
            }
            (_, _, 0, 0) if self.unread > 0 => format!(
                "No rule was broken in what could be read of {}.",
                counted(sockets, "WebSocket connection")
            ),
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
    match tracker.conversation(stream) {
        Some(known) => {
            let (client, server): (SocketAddr, SocketAddr) = (known.client(), known.server());
            let to = if known.are_roles_guessed() { '?' } else { '→' };
            format!("conversation {stream} · {client} {to} {server}")
        }
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

//! The last lines: what it came to, and what to try next.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::event::{Host, TcpState};
use crate::flow::talk::{Severity, Verdict};
use crate::story::{Folded, Outcome, Summary, stream_summary};

use super::{Ladder, clocks, ink_of};
use crate::frame::in_words;
use crate::render::units::grouped;
use crate::render::{Ink, Line, wrap};

/// A command to try next, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What to type.
    pub command: String,
    /// What it shows.
    pub shows: &'static str,
}

impl Ladder<'_> {
    /// Sums up the story in lines of at most `width` columns; `folded`: how much of it was told in short.
    pub fn closing(&self, summary: &Summary, folded: Folded, hints: &[Hint], width: usize) -> Vec<Line> {
        let friend = self.is_for_a_friend();
        let mut lines = vec![Line::new()];
        let mut say = |ink: Ink, text: String| {
            lines.extend(wrap(&text, width).into_iter().map(|text| Line::new().with(ink, text)));
        };
        let ink = if ended_well(summary.outcome) { Ink::Strong } else { Ink::Alarm };
        let short = folded != Folded::default();
        if !(short && ended_well(summary.outcome)) || summary.only.is_some() {
            say(ink, if friend { outcome_in_short(summary) } else { outcome(summary) });
        }
        say(Ink::Plain, counts(summary, friend));
        if short {
            say(Ink::Plain, in_short(summary, folded, friend));
        }
        for line in stream_summary(summary) {
            say(Ink::Alarm, line);
        }
        // Where TCP is told in short, its long goodbye is no news.
        if let Some(sockets) = summary.sockets.as_ref().filter(|_| folded.together == 0 && !friend) {
            for host in [Host::Client, Host::Server] {
                let socket = sockets.of(host);
                if socket.state == TcpState::TimeWait {
                    say(
                        ink_of(host),
                        format!("The {host}'s kernel still says {}{}.", socket.state, clocks(socket, false)),
                    );
                }
            }
        }
        if let Some(told) = summary.onclose.as_ref().filter(|_| !friend) {
            let (code, reason) = (told.code, &told.reason);
            let clean = told.was_clean.map_or("not known", |clean| if clean { "true" } else { "false" });
            let reason = if reason.is_empty() { String::new() } else { format!(" (“{reason}”)") };
            let fires = if summary.onerror { "onerror, then onclose fire" } else { "onclose fires" };
            say(
                ink_of(Host::Client),
                format!("JavaScript: {fires} at the client: code {code}{reason}, wasClean {clean}."),
            );
        }
        if summary.onclose_unread && !friend {
            let text = "JavaScript: onclose fires at the client; what it is told can't be read here.";
            say(ink_of(Host::Client), text.to_owned());
        }
        for verdict in &summary.verdicts {
            let Verdict { by, rule, section, .. } = verdict;
            match verdict.severity {
                _ if friend => {
                    self.verdict_in_short(verdict).into_iter().for_each(|(ink, text)| say(ink, text));
                }
                Severity::Violation => say(Ink::Alarm, format!("✗ The {by} breaks {rule} ({section}).")),
                Severity::Note => say(Ink::Plain, format!("Worth a note, of the {by}: {rule} ({section}).")),
            }
        }
        if summary.absorbed > 0 {
            let copies = plural(summary.absorbed, "copy was", "copies were");
            say(Ink::Plain, format!("{copies} kept back while a frame was held."));
        }
        if summary.lost > 0 {
            let frames = plural(summary.lost, "frame", "frames");
            say(
                Ink::Alarm,
                format!("The capture lost {frames}: its buffer was full. The story may have holes."),
            );
        }
        lines.extend(next_lines(hints, width));
        lines
    }
}

/// The commands, with what they show where there is room; a command too long for its line is broken.
pub fn next_lines(hints: &[Hint], width: usize) -> Vec<Line> {
    let longest = hints.iter().map(|hint| hint.command.width()).max().unwrap_or_default();
    let indent = if longest + 7 > width { 2 } else { 7 };
    let mut lines = Vec::new();
    if indent == 2 {
        lines.push(Line::from("Next:"));
    }
    for (index, hint) in hints.iter().enumerate() {
        for (part, command) in wrap(&hint.command, width - indent).into_iter().enumerate() {
            let first = index == 0 && part == 0 && indent == 7;
            let mut line = Line::from(if first { "Next:" } else { "" });
            line.pad_to(indent).push(Ink::Strong, command);
            let column = indent + longest + 2;
            if part == 0 && column + hint.shows.width() <= width {
                line.pad_to(column).push(Ink::Faint, hint.shows);
            }
            lines.push(line);
        }
    }
    lines
}

fn ended_well(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Closed | Outcome::Open | Outcome::MidStream)
}

/// How it ended, in one sentence.
fn outcome(summary: &Summary) -> String {
    if let (Some(host), Outcome::Open | Outcome::MidStream | Outcome::Unfinished) =
        (summary.only, summary.outcome)
    {
        return format!(
            "Only the {host}'s frames are in this capture: what the {} did is not known.",
            host.other()
        );
    }
    let handshake = summary.handshake.map(|time| {
        let frames = plural(u64::from(summary.handshake_frames), "frame", "frames");
        let held = match summary.handshake_held {
            Duration::ZERO => String::new(),
            held => format!(", {} of it held on the wire", in_words(held)),
        };
        format!("The handshake took {frames} and {}{held}", in_words(time))
    });
    match (summary.outcome, handshake) {
        (Outcome::Closed, Some(handshake)) => format!("{handshake}; both sides said goodbye."),
        (Outcome::Closed, None) => "Both sides said goodbye.".to_owned(),
        (Outcome::Open, Some(handshake)) => format!("{handshake}; the connection is open at the end."),
        (Outcome::Open, None) => "The connection is open at the end.".to_owned(),
        (Outcome::Reset, _) => {
            let who = summary.reset_by.map_or("One side".to_owned(), |host| format!("The {host}"));
            format!("{who} broke the connection off with an RST.")
        }
        (Outcome::Unfinished, _) => "The handshake was not finished.".to_owned(),
        (Outcome::Refused, _) => {
            "Refused: nobody listens on that port, and the server's kernel said so.".to_owned()
        }
        (Outcome::NoAnswer, _) => "No SYN was answered: a filter on the way, or nobody there.".to_owned(),
        (Outcome::Unreachable, _) => "Unreachable: what the client sent could not be delivered.".to_owned(),
        (Outcome::Empty, _) => "No segment of a TCP connection was seen.".to_owned(),
        (Outcome::MidStream, _) => {
            "The connection was open before the capture began: its handshake is not in it.".to_owned()
        }
    }
}

/// The same for a friend.
fn outcome_in_short(summary: &Summary) -> String {
    if let (Some(host), Outcome::Open | Outcome::MidStream | Outcome::Unfinished) =
        (summary.only, summary.outcome)
    {
        return format!("Only the {host} was recorded: what the {} said is not known.", host.other());
    }
    match summary.outcome {
        Outcome::Reset => {
            let who = summary.reset_by.map_or("One side".to_owned(), |host| format!("The {host}"));
            format!("{who} broke the call off.")
        }
        Outcome::Unfinished => "The call was not begun: one of them was not heard.".to_owned(),
        Outcome::Refused => "Refused: nobody takes calls there.".to_owned(),
        Outcome::NoAnswer => {
            "Nobody answered: the calls are held back on the way, or nobody is there.".to_owned()
        }
        Outcome::Empty => "No call was seen.".to_owned(),
        Outcome::MidStream => {
            "They were talking before the recording began: how the call began is not in it.".to_owned()
        }
        Outcome::Closed | Outcome::Open | Outcome::Unreachable => outcome(summary),
    }
}

/// What was told in short, and the flags that tell it in full; how TCP went below it.
fn in_short(summary: &Summary, folded: Folded, friend: bool) -> String {
    let below = folded.together + folded.acks;
    let below = (below > 0).then(|| format!("{} (--tcp)", plural(below, "frame", "frames")));
    let beats = folded.heartbeats;
    let beats = (beats > 0).then(|| format!("{} (--heartbeats)", plural(beats, "heartbeat", "heartbeats")));
    let all: Vec<String> = below.into_iter().chain(beats).collect();
    let opened = summary.handshake.map(|time| format!("handshake in {}", in_words(time)));
    let ended = match summary.outcome {
        _ if summary.only.is_some() => None,
        Outcome::Closed => Some("closed by both sides"),
        Outcome::Open => Some("open at the end"),
        Outcome::MidStream => Some("open before the capture began"),
        _ => None,
    };
    let tcp: Vec<String> = opened.into_iter().chain(ended.map(str::to_owned)).collect();
    let tcp = if tcp.is_empty() || friend { String::new() } else { format!(" TCP: {}.", tcp.join(", ")) };
    format!("In short: {}.{tcp}", all.join(", "))
}

/// The frames are those of the whole story; sides change where TCP's segments do, not where addresses are asked for.
fn counts(summary: &Summary, friend: bool) -> String {
    let mut text =
        format!("{}, {}", plural(summary.frames, "frame", "frames"), plural(summary.bytes, "byte", "bytes"));
    let said = summary.client_said + summary.server_said;
    if said > 0 {
        text.push_str(" to carry ");
        grouped(said, &mut text);
    }
    let talk = if friend { "the call" } else { "TCP's talk" };
    match summary.turns {
        0 => {}
        1 => text.push_str(&format!("; {talk} changed sides once")),
        turns => text.push_str(&format!("; {talk} changed sides {}", plural(turns.into(), "time", "times"))),
    }
    text.push('.');
    text
}

/// `1 frame`, `2,000 frames`.
fn plural(count: u64, one: &str, many: &str) -> String {
    let mut text = String::new();
    grouped(count, &mut text);
    format!("{text} {}", if count == 1 { one } else { many })
}

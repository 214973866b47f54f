//! What belongs to a step of what the programs say: its bytes drawn, the client's code, the referee's verdicts.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use crate::event::Host;
use crate::flow::http::key_len;
use crate::flow::talk::{Must, Severity, Verdict};
use crate::story::{Step, What};
use crate::words::{Level, fill_sentences};

use super::{Ladder, TEXT, ink_of};
use crate::render::{Ink, Line, code_name, escape, verdict_key, without_section, wrap};

impl Ladder<'_> {
    /// The bytes as they look, line by line; one that is too long is broken. A friend need not see them.
    pub(super) fn drawing(&self, step: &Step) -> Vec<Line> {
        self.drawn(step, &step.drawing)
    }

    /// Those of its lines that show what no earlier drawing did.
    pub(super) fn news(&self, step: &Step) -> Vec<Line> {
        self.drawn(step, step.drawing.get(step.news.clone()).unwrap_or_default())
    }

    fn drawn(&self, step: &Step, drawing: &[String]) -> Vec<Line> {
        let room = self.text_width();
        let mut lines = Vec::new();
        if self.is_for_a_friend() {
            return lines;
        }
        // Bytes in columns are said in order; lines of HTTP stand as they are.
        let columns = self.plain && step.what.name().starts_with("ws.") && !opens(step);
        let ink = if columns { Ink::Plain } else { Ink::Application };
        for text in drawing {
            let text = escape(text);
            let text = if columns { Cow::Owned(row_said(&text)) } else { text };
            if text.is_empty() {
                continue;
            }
            if text.width() <= room {
                let mut line = self.inside().with(ink, &*text);
                self.gloss(step, &text, &mut line);
                lines.push(line);
                continue;
            }
            let parts = wrap(&text, room);
            lines.extend(parts.into_iter().map(|part| self.inside().with(ink, part)));
        }
        lines
    }

    /// What a line of the opening handshake is for, at its right where there is room.
    fn gloss(&self, step: &Step, text: &str, line: &mut Line) {
        let Some(gloss) = self.gloss_of(step, text) else { return };
        if self.plain {
            line.push(Ink::Faint, format!(" ({gloss})"));
            return;
        }
        let column = (TEXT + self.text_width()).saturating_sub(gloss.width());
        if line.width() + 2 <= column {
            line.pad_to(column).push(Ink::Faint, gloss);
        }
    }

    /// What a line of the opening handshake is for; `None` for any other, and at the other levels.
    pub(in crate::render) fn gloss_of(&self, step: &Step, text: &str) -> Option<&str> {
        let (name, value) = text.split_once(':').filter(|_| opens(step) && self.level == Level::Student)?;
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        // What a line is for is true of the value that it should have.
        let usual = match name.as_str() {
            "connection" => value.split(',').any(|member| member.trim().eq_ignore_ascii_case("upgrade")),
            "upgrade" => value.eq_ignore_ascii_case("websocket") && step.what != What::WsRefused,
            "sec-websocket-key" => key_len(value.as_bytes()) == Some(16),
            _ => true,
        };
        let entry = self.book.find(&format!("line {name}")).filter(|_| usual)?;
        entry.at(Level::Student).map(str::trim)
    }

    /// The client's code, which a friend need not see, and the referee's verdicts.
    pub(super) fn said(&self, step: &Step) -> Vec<Line> {
        let mut lines = Vec::new();
        if self.level != Level::Friend {
            self.code(step, &mut lines);
        }
        for (ink, text) in step.verdicts.iter().flat_map(|verdict| self.verdict(verdict)) {
            self.paragraph(ink, &text, &mut lines);
        }
        lines
    }

    /// What runs at both ends, first where it begins; side by side where there is room.
    fn code(&self, step: &Step, lines: &mut Vec<Line>) {
        let mut all = code_of(step);
        if let [(_, one), (_, other)] = all.as_mut_slice()
            && let Some(short) = said_once(one, other)
            && wrap(&short, self.text_width()).len() < wrap(other, self.text_width()).len()
        {
            *other = short;
        }
        if let [(first, one), (second, other)] = all.as_slice()
            && one.width() + other.width() + 2 <= self.text_width()
            && !self.plain
        {
            let line = self.inside().with(ink_of(*first), format!("{one}  "));
            lines.push(line.with(ink_of(*second), other.as_str()));
            return;
        }
        for (host, code) in &all {
            self.paragraph(ink_of(*host), code, lines);
        }
    }

    /// What the referee says, each a paragraph.
    pub(in crate::render) fn verdict(&self, verdict: &Verdict) -> Vec<(Ink, String)> {
        if self.is_for_a_friend() {
            return self.verdict_in_short(verdict);
        }
        let Verdict { rule, section, by, .. } = verdict;
        let (ink, head) = match verdict.severity {
            Severity::Violation => (Ink::Alarm, format!("✗ The {by} breaks {rule} ({section})")),
            Severity::Note => (Ink::Plain, format!("Worth a note, of the {by}: {rule} ({section})")),
        };
        // The sum above shows both, and that they differ.
        let seen = verdict.rule == "ws.accept";
        let head = match verdict.found.as_ref().filter(|_| !seen) {
            Some(found) => format!("{head}: {}.", escape(found)),
            None => format!("{head}."),
        };
        let entry = self.book.find(&verdict_key(verdict));
        let text = entry.map(|entry| entry.near(self.level)).unwrap_or_default();
        let mut sentences = fill_sentences(text, &[]);
        sentences.iter_mut().for_each(|sentence| *sentence = without_section(sentence, section));
        if verdict.severity == Severity::Note && !self.verbose {
            let first = sentences.into_iter().next();
            let head = first.map_or(head.clone(), |first| format!("{head} {first}"));
            return vec![(ink, head)];
        }
        let mut texts = vec![(ink, head)];
        // What the rule means, as much of it as two lines hold.
        let mut chosen = String::new();
        let recites = sentences.first().is_some_and(|first| first.contains(" or "));
        if recites && self.level == Level::Student && verdict.found.is_some() && sentences.len() > 1 {
            // Of all that breaks the rule, what was found says which it is.
            sentences.remove(0);
        }
        for sentence in sentences {
            let longer = if chosen.is_empty() { sentence } else { format!("{chosen} {sentence}") };
            if !chosen.is_empty() && !self.verbose && wrap(&longer, self.text_width().max(72)).len() > 2 {
                break;
            }
            chosen = longer;
        }
        texts.push((Ink::Plain, chosen));
        if let Some(must) = verdict.must.words(by.other()) {
            let name = |code| code_name("websocket.payload.close.status_code", code).unwrap_or_default();
            let code = verdict.close_code.map(|code| format!(", with {code} ({})", name(code.into())));
            texts.push((Ink::Plain, format!("Due: {must}{}.", code.unwrap_or_default())));
        }
        texts
    }

    /// What a friend hears of it: what the rule is about, and what comes of it.
    pub(super) fn verdict_in_short(&self, verdict: &Verdict) -> Vec<(Ink, String)> {
        let by = verdict.by;
        let entry = self.book.find(&verdict_key(verdict));
        let text = entry.map(|entry| entry.near(self.level)).unwrap_or_default();
        let (ink, head) = match verdict.severity {
            Severity::Violation => (Ink::Alarm, format!("✗ The {by} breaks a rule.")),
            Severity::Note => (Ink::Plain, "Worth a note:".to_owned()),
        };
        let mut sentences = fill_sentences(text, &[]);
        if verdict.severity == Severity::Note {
            sentences.truncate(1);
        }
        sentences.extend(in_everyday_words(verdict.must, by.other()));
        vec![(ink, format!("{head} {}", sentences.join(" ")))]
    }

    fn paragraph(&self, ink: Ink, text: &str, lines: &mut Vec<Line>) {
        let parts = wrap(text, self.text_width());
        lines.extend(parts.into_iter().map(|part| self.inside().with(ink, part)));
    }
}

/// What the other one must do, for somebody who thinks of a phone call; `None` for nothing.
fn in_everyday_words(must: Must, who: Host) -> Option<String> {
    match must {
        Must::Nothing => None,
        Must::Close | Must::Fail => Some(format!("So the {who} must hang up.")),
        Must::Ignore => Some(format!("The {who} must not listen to it.")),
        Must::Refuse => Some(format!("So the {who} must say no.")),
    }
}

/// The second line without what it says as the first has said it.
fn said_once(first: &str, second: &str) -> Option<String> {
    let (_, said) = first.split_once('(')?;
    let said = said.strip_suffix(')').filter(|said| said.starts_with('"'))?;
    second.strip_suffix(said).map(|rest| format!("{rest}the same text"))
}

/// What runs at both ends, first where it begins.
pub(in crate::render) fn code_of(step: &Step) -> Vec<(Host, String)> {
    let client =
        step.code.iter().map(|code| (Host::Client, escape(&format!("JavaScript: {code}")).into_owned()));
    let server =
        step.server_code.iter().map(|code| (Host::Server, escape(&format!("Node: {code}")).into_owned()));
    let mut all: Vec<(Host, String)> = client.chain(server).collect();
    all.sort_by_key(|(host, _)| *host != step.from);
    all
}

/// Whether it is one of the opening handshake.
fn opens(step: &Step) -> bool {
    matches!(step.what, What::WsAsked | What::WsOpened | What::WsFailed | What::WsRefused)
}

/// A row of the drawing of a payload as it is said; those of a header stay as they are. Empty: the letters, which the step's own
/// words have said.
fn row_said(text: &str) -> String {
    if let Some(said) = byte_said(text) {
        return said;
    }
    let Some((sign, rest)) = text.split_once(' ').filter(|(sign, _)| matches!(*sign, "" | "^" | "=")) else {
        return text.to_owned();
    };
    let rest = rest.trim_end();
    match (sign, rest.trim_start().rsplit_once("  ")) {
        // Letters stand one column further in, above the second digit of their bytes.
        ("", _) if rest.starts_with("  ") => String::new(),
        ("", None) => format!("payload: {}", rest.trim_start()),
        ("^", Some((bytes, what))) => format!("XOR {what}: {bytes}"),
        ("=", Some((bytes, what))) => format!("{what}: {bytes}"),
        ("", Some((bytes, what))) => format!("payload: {}, {what}", bytes.trim_start()),
        _ => text.to_owned(),
    }
}

/// A row of a header, what it is first: `81 1 000 0001  FIN, text (1)` as `byte 0x81, in bits 1 000 0001: FIN, text (1)`, and
/// `68 81 86 1a  masking key` as `masking key: 68 81 86 1a`. `None` for what is no such row.
fn byte_said(text: &str) -> Option<String> {
    let is_byte = |word: &&str| word.len() == 2 && word.chars().all(|c| c.is_ascii_hexdigit());
    let bytes: Vec<&str> = text.split(' ').take_while(is_byte).collect();
    let rest = text.get(bytes.join(" ").len()..)?;
    match (bytes.as_slice(), rest.trim_start().split_once("  ")) {
        ([], _) => None,
        ([byte], Some((bits, what))) => Some(format!("byte 0x{byte}, in bits {bits}: {}", what.trim_start())),
        _ if rest.ends_with("bytes") => Some(format!("length {}: {}", bytes.join(" "), rest.trim_start())),
        _ if rest.trim().is_empty() => None,
        _ => Some(format!("{}: {}", rest.trim(), bytes.join(" "))),
    }
}

//! The table for people: what it is of, its rows, what the words in it mean, what to type next.

use netlab::flow::Row;
use netlab::render::{Hint, Ink, Line, flows, next_lines, units, wrap};
use netlab::words::Book;

use super::super::Output;
use super::super::survey::Survey;
use super::{Args, sort};

/// A table so long that its largest are worth a hint.
const LONG: usize = 25;

/// What has been shown, as far as the last lines speak of it.
#[derive(Default)]
pub(super) struct Told {
    /// Which of the words' keys have occurred.
    keys: Vec<&'static str>,
    hints: Vec<Hint>,
}

impl Told {
    /// One file's table.
    pub(super) fn table(
        &mut self,
        survey: &Survey,
        rows: &[&Row],
        args: &Args,
        name: &str,
        out: &mut Output,
    ) -> anyhow::Result<()> {
        for part in wrap(&format!("netlab · conversations of {name}"), out.width) {
            out.line(&Line::new().with(Ink::Strong, part))?;
        }
        for part in wrap(&about(survey, rows, args, name), out.width) {
            out.plain(&part)?;
        }
        if rows.is_empty() {
            return Ok(());
        }
        out.plain("")?;
        let mut table = flows::Table::new(rows.iter().copied(), survey.first, out.width);
        table.head(&mut |line| out.tape(line))?;
        for row in rows {
            table.row(row, &mut |line| out.tape(line))?;
            let key = flows::key(row);
            if !self.keys.contains(&key) {
                self.keys.push(key);
            }
        }
        if self.hints.is_empty() && name != "-" {
            self.hint(rows, name);
        }
        Ok(())
    }

    fn hint(&mut self, rows: &[&Row], name: &str) {
        if let Some(row) = rows.iter().find(|row| row.tcp.is_some()) {
            let command = format!("netlab replay {name} --stream {}", row.stream);
            self.hints.push(Hint { command, shows: "its story, frame by frame" });
        } else {
            let command = format!("netlab dissect {name}");
            self.hints.push(Hint { command, shows: "every frame, every field" });
        }
        if rows.len() > LONG {
            let command = format!("netlab flows {name} --sort bytes --top 10");
            self.hints.push(Hint { command, shows: "the ten largest" });
        }
    }

    /// The last lines, after all files.
    pub(super) fn closing(&self, out: &mut Output) -> anyhow::Result<()> {
        if self.keys.is_empty() {
            return Ok(());
        }
        out.plain("")?;
        let book = Book::built_in()?;
        let name = |key: &'static str| key.strip_prefix("outcome ").unwrap_or(key);
        let column = self.keys.iter().map(|key| name(key).len()).max().unwrap_or_default() + 2;
        for key in flows::KEYS.into_iter().filter(|key| self.keys.contains(key)) {
            let text = book.find(key).map(|entry| entry.near(out.level)).unwrap_or_default();
            out.entry(column, name(key), &netlab::words::fill(text, &[]))?;
        }
        for line in next_lines(&self.hints, out.width) {
            out.line(&line)?;
        }
        Ok(())
    }
}

/// What the table is of, in one or two sentences.
fn about(survey: &Survey, rows: &[&Row], args: &Args, name: &str) -> String {
    let frames = counted(survey.frames, "frame");
    if survey.frames == 0 {
        return "There is not one frame in it.".to_owned();
    }
    if survey.rows.is_empty() {
        return format!(
            "No conversation: not one of its {frames} is TCP or UDP. netlab dissect {name} shows what is in it."
        );
    }
    let of = |tcp: bool| survey.rows.iter().filter(|row| row.tcp.is_some() == tcp).count() as u64;
    let mut text = counted(survey.rows.len() as u64, "conversation");
    match (of(true), of(false)) {
        (_, 0) => text.push_str(" of TCP"),
        (0, _) => text.push_str(" of UDP"),
        (tcp, udp) => {
            text.push_str(" (");
            units::grouped(tcp, &mut text);
            text.push_str(" TCP, ");
            units::grouped(udp, &mut text);
            text.push_str(" UDP)");
        }
    }
    text.push_str(&format!(" in {frames}"));
    let others = survey.frames.saturating_sub(survey.rows.iter().map(Row::packets).sum());
    match others {
        0 => text.push('.'),
        1 => text.push_str("; 1 frame belongs to none."),
        _ => {
            text.push_str("; ");
            text.push_str(&counted(others, "frame"));
            text.push_str(" belong to none.");
        }
    }
    if rows.len() < survey.rows.len() {
        let first = if args.reverse { "last" } else { "first" };
        let by = sort::Key::word(args.sort);
        text.push_str(&format!(" Shown: the {first} {} by {by}.", rows.len()));
    }
    text
}

/// `1 frame`, `2,000 frames`.
fn counted(count: u64, what: &str) -> String {
    let mut text = String::new();
    units::grouped(count, &mut text);
    text.push(' ');
    text.push_str(what);
    if count != 1 {
        text.push('s');
    }
    text
}

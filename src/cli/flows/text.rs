//! The table for people: what it is of, its rows, what the words in it mean, what to type next.

use std::io::{self, Write};

use netlab::filter::Filter;
use netlab::flow::Rows;
use netlab::render::{Hint, Ink, Line, flows, next_lines, wrap};
use netlab::words::Book;

use super::super::Output;
use super::super::common::grouped;
use super::super::input::{EMPTY, Input};
use super::super::output::{Hand, add_tape};
use super::super::quoted::quoted;
use super::super::stretches::in_stretches;
use super::super::survey::Survey;
use super::{Wanted, some_of, sort};

/// A table so long that its largest are worth a hint.
const LONG: usize = 25;

/// For each of [`flows::KEYS`] whether it has occurred.
type Keys = [bool; flows::KEYS.len()];

/// What has been shown, as far as the last lines speak of it.
#[derive(Default)]
pub(super) struct Told {
    /// Which of the words' keys have occurred.
    keys: Keys,
    hints: Vec<Hint>,
}

impl Told {
    /// One file's table.
    pub(super) fn table(
        &mut self,
        survey: &Survey,
        order: &[u32],
        wanted: Wanted<'_>,
        file: &Input,
        out: &mut Output,
    ) -> anyhow::Result<()> {
        let name = file.shown();
        for part in wrap(&format!("netlab · conversations of {name}"), out.width) {
            out.line(&Line::new().with(Ink::Strong, part))?;
        }
        for part in wrap(&about(survey, order.len(), wanted), out.width) {
            out.plain(&part)?;
        }
        if order.is_empty() {
            return Ok(());
        }
        let rows = &survey.rows;
        if !out.plain {
            out.plain("")?;
        }
        let mut widths = flows::Widths::default();
        let measured = |some: &[u32]| flows::Widths::of(some_of(rows, some));
        in_stretches(order, measured, |some| {
            widths = widths.and(some);
            anyhow::Ok(())
        })?;
        let mut table = flows::Table::new(&widths, survey.first, out.width);
        if out.plain {
            table = table.spoken();
        }
        table.head(&mut |line| out.tape(line))?;
        let hand = out.hand;
        let table = if hand.color.is_some() { table } else { table.plain() };
        in_stretches(
            order,
            |some| written(&mut table.clone(), rows, some, hand),
            |some| {
                let (text, keys) = some?;
                self.keys.iter_mut().zip(keys).for_each(|(known, new)| *known |= new);
                anyhow::Ok(out.write_all(&text)?)
            },
        )?;
        // Nobody can read a pipe once more.
        if self.hints.is_empty() && !file.is_once() {
            self.hint(rows, order, &quoted(file.path()));
        }
        Ok(())
    }

    fn hint(&mut self, rows: &Rows, order: &[u32], name: &str) {
        if let Some(row) = some_of(rows, order).find(|row| row.tcp.is_some()) {
            let command = format!("netlab replay {name} --stream {}", row.stream);
            self.hints.push(Hint { command, shows: "its story, frame by frame" });
        } else {
            let command = format!("netlab dissect {name}");
            self.hints.push(Hint { command, shows: "every frame, every field" });
        }
        if order.len() > LONG {
            let command = format!("netlab flows {name} --sort bytes --top 10");
            self.hints.push(Hint { command, shows: "the ten largest" });
        }
    }

    /// The last lines, after all files.
    pub(super) fn closing(&self, out: &mut Output) -> anyhow::Result<()> {
        let keys =
            || flows::KEYS.into_iter().zip(self.keys).filter_map(|(key, occurred)| occurred.then_some(key));
        if keys().next().is_none() {
            return Ok(());
        }
        out.plain("")?;
        // All of KEYS stand there.
        let book = Book::built_in_file("outcomes.md")?;
        let name = |key: &'static str| key.strip_prefix("outcome ").unwrap_or(key);
        let column = keys().map(|key| name(key).len()).max().unwrap_or_default() + 2;
        for key in keys() {
            let text = book.find(key).map(|entry| entry.near(out.level)).unwrap_or_default();
            out.entry(column, name(key), &netlab::words::fill(text, &[]))?;
        }
        for line in next_lines(&self.hints, out.width) {
            out.line(&line)?;
        }
        Ok(())
    }
}

/// The lines of some rows, and which of the words' keys occur in them.
fn written(table: &mut flows::Table, rows: &Rows, some: &[u32], hand: Hand) -> io::Result<(Vec<u8>, Keys)> {
    // Most rows take less. Asked for at once: a text that grows is copied again and again.
    let (mut text, mut keys) = (Vec::with_capacity(some.len() * 192), Keys::default());
    for place in some {
        let Some(row) = rows.get(*place as usize) else { continue };
        table.row(&row, &mut |line| add_tape(&mut text, line, hand))?;
        if let Some(occurred) = keys.get_mut(flows::key(&row)) {
            *occurred = true;
        }
        if let Some(occurred) = keys.get_mut(flows::GUESS).filter(|_| flows::is_guess(&row)) {
            *occurred = true;
        }
    }
    Ok((text, keys))
}

/// What is said on standard error where a filter leaves nothing of a file.
pub(super) fn nothing_found(survey: &Survey, filter: &Filter, name: &str) -> String {
    let matches = filter.text();
    match survey.conversations {
        0 => format!("{name}: no conversation in it, so none has a frame that matches {matches}"),
        1 => format!("{name}: its one conversation has no frame that matches {matches}"),
        more => {
            format!(
                "{name}: not one of its {} has a frame that matches {matches}",
                counted(more, "conversation")
            )
        }
    }
}

/// What the table is of, in one or two sentences.
fn about(survey: &Survey, shown: usize, wanted: Wanted<'_>) -> String {
    let frames = counted(survey.frames, "frame");
    if survey.frames == 0 {
        return EMPTY.to_owned();
    }
    if survey.conversations == 0 {
        let what = match survey.frames {
            1 => "its one frame".to_owned(),
            _ => format!("its {frames}"),
        };
        return format!(
            "No conversation: {what} {}{}. netlab dissect shows what is in it.",
            neither(survey.frames, survey),
            pieces(survey)
        );
    }
    let all = counted(survey.conversations, "conversation");
    let mut text = match wanted.filter {
        None => format!("{all}{} in {frames}{}{}.", protocols(survey), others(survey), pieces(survey)),
        Some(filter) => match survey.rows.len() as u64 {
            1 if survey.conversations == 1 => {
                format!("Its one conversation has a frame that matches {}.", filter.text())
            }
            1 => format!("1 of {all} has a frame that matches {}.", filter.text()),
            some => format!("{} of {all} have a frame that matches {}.", grouped(some), filter.text()),
        },
    };
    if shown < survey.rows.len() {
        let first = if wanted.args.reverse { "last" } else { "first" };
        let by = sort::Key::word(wanted.args.sort);
        text.push_str(&format!(" Shown: the {first} {shown} by {by}."));
    }
    text
}

/// How many are TCP's and how many UDP's.
fn protocols(survey: &Survey) -> String {
    let tcp = survey.rows.tcp_count();
    match (tcp as u64, (survey.rows.len() - tcp) as u64) {
        (_, 0) => " of TCP".to_owned(),
        (0, _) => " of UDP".to_owned(),
        (tcp, udp) => format!(" ({} TCP, {} UDP)", grouped(tcp), grouped(udp)),
    }
}

/// What of the frames is in no row, but for pieces.
fn others(survey: &Survey) -> String {
    let counted_so_far = survey.rows.packets() + survey.pieces;
    match survey.frames.saturating_sub(counted_so_far) {
        0 => String::new(),
        others => format!("; {} {}", counted(others, "frame"), neither(others, survey)),
    }
}

/// Why so many frames are in no conversation: ARP, ICMP and the like; a header that was cut by a snap length or by a length
/// that lies; bytes that were left alone.
fn neither(count: u64, survey: &Survey) -> String {
    let (are, hold) = if count == 1 { ("is", "holds") } else { ("are", "hold") };
    match survey.unread {
        None => format!("{are} neither TCP nor UDP, or {hold} too little of it"),
        Some(_) => format!(
            "{are} neither TCP nor UDP, {hold} too little of it, or {are} of a link that netlab does not read"
        ),
    }
}

/// Which of them are in no row because others complete them.
fn pieces(survey: &Survey) -> String {
    let what = match survey.pieces {
        0 => return String::new(),
        1 => "1 frame is a piece".to_owned(),
        pieces => format!("{} are pieces", counted(pieces, "frame")),
    };
    format!("; {what} of IP packets: a packet counts once, with the piece that completes it")
}

/// `1 frame`, `2,000 frames`.
fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

//! `netlab replay`: the story of a capture.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use netlab::dissect::Packet;
use netlab::flow::tls::KeyLog;
use netlab::quiz::Focus;
use netlab::render::{Hint, StoryHead, fields};
use netlab::source::Reader;
use netlab::story::{Seen, Subject, Tell, Teller};

use super::common::grouped;
use super::conversations::Conversations;
use super::input::{EMPTY, Input, note_unread, unread_link};
use super::keys::{Keys, KeysArg};
use super::pace::Pace;
use super::present::Presenter;
use super::progress::{Progress, WATCHED};
use super::quiz::{Asker, focus};
use super::quoted::quoted;
use super::select::{Choice, ChosenSteps, Select, SelectFrames};
use super::showing::Showing;
use super::{Exit, Output, Usage};

/// Tell the story of a capture, yours or a bundled one
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: netlab replay handshake-lost-syn --step\n         netlab replay trace.pcapng --stream 3\n         \
                  netlab replay trace.pcapng --filter 'tcp.analysis.retransmission'"
)]
pub(crate) struct Args {
    /// Capture file, - for standard input, or the name of a bundled capture (netlab captures)
    #[arg(value_name = "FILE|NAME")]
    file: PathBuf,

    /// Which conversation, by Wireshark's number (tcp.stream)
    #[arg(long, value_name = "N", value_parser = super::common::stream)]
    stream: Option<u32>,

    #[command(flatten)]
    select: Select,

    #[command(flatten)]
    by_number: SelectFrames,

    #[command(flatten)]
    keys: KeysArg,

    /// Wait for Enter before each step
    #[arg(long, conflicts_with = "speed")]
    step: bool,

    /// In real time: 1 as it was, 2 twice as fast, 0.5 half as fast [default: at once]
    #[arg(long, value_name = "X", value_parser = positive)]
    speed: Option<f64>,

    /// Wait so long before each next step, for reading
    #[arg(long, value_name = "SECONDS", value_parser = super::pace::seconds, conflicts_with_all = ["speed", "step"])]
    pace: Option<f64>,

    /// Ask before some steps what they will show
    #[arg(long, conflicts_with_all = ["filter", "frames"])]
    quiz: bool,

    /// Show the bytes beside the fields
    #[arg(long)]
    bytes: bool,

    /// Of a WebSocket, tell TCP in full as well: handshake, ACKs, each segment, goodbye
    #[arg(long)]
    tcp: bool,

    /// Tell each ping and pong, not only the first of a quiet row
    #[arg(long)]
    heartbeats: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("a number above 0, such as 1 or 0.5".to_owned()),
    }
}

pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let choice = Choice::new(&args.select, &args.by_number)?;
    let input = Input::from(args.file.clone());
    let shown = args.file.display().to_string();
    let keys = Keys::new(&args.keys, out)?;
    if input.is_stdin() {
        return stdin_told(args, &input, choice, keys, out);
    }
    // With a conversation named, a choice is one of its steps.
    let of_conversations = choice.as_ref().filter(|_| args.stream.is_none());
    let progress = Progress::new(&shown);
    let mut watch = |reader: &Reader, frames| progress.show(reader, frames, out);
    let found = Conversations::find(&input, args.stream, of_conversations, &keys.log(), &mut watch)?;
    let stream = match (args.stream, found.rows.len()) {
        (_, 0) => {
            if let Some(damage) = found.damage {
                what_was_read(&input, out)?;
                return Err(damage);
            }
            return Err(nothing_to_tell(&shown, "no TCP conversation", found.read, found.unread));
        }
        (Some(stream), count) if stream as usize >= count => {
            let range = if count == 1 { "0 only".to_owned() } else { format!("0 to {}", count - 1) };
            return Err(Usage(format!("{shown}: no conversation {stream}; --stream takes {range}")).into());
        }
        (Some(stream), _) => stream,
        (None, 1) => 0,
        (None, _) => match (of_conversations, found.with_meant().as_slice()) {
            (Some(_), [only]) => *only,
            (Some(choice), []) => {
                none_of_them(choice, &found, &args.file, out);
                return ended(found.damage);
            }
            (of_conversations, _) => {
                found.list(&args.file, of_conversations, out)?;
                return ended(found.damage);
            }
        },
    };
    let row = found.rows.get(stream as usize);
    let tell = Tell {
        stream,
        ends: row.map(|row| (row.client, row.server)),
        several: found.rows.len() > 1,
        before: row.and_then(|row| found.earlier(row)),
        all: out.verbose || out.json(),
    };
    // Where nothing is left to be chosen, a choice is one of steps.
    let by_steps =
        args.stream.is_some() || found.rows.len() == 1 || choice.as_ref().is_some_and(Choice::by_number);
    if let (Some(choice), false) = (&choice, by_steps) {
        choice.told_whole(stream, row.map_or(0, |row| row.meant), out);
    }
    let chosen = choice.filter(|_| by_steps).map(|choice| ChosenSteps::new(choice, stream, keys.log()));
    Telling { chosen, keys: Some(keys), ..told_by(args, &input, tell, &shown) }.run(out)
}

/// Standard input can be read only once: the conversation must be known beforehand.
fn stdin_told(
    args: &Args,
    input: &Input,
    choice: Option<Choice>,
    keys: Keys,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    if args.step || args.quiz {
        let what = "standard input can't give both the capture and your answers; save it to a file first";
        return Err(Usage(what.into()).into());
    }
    if choice.is_some() && args.stream.is_none() {
        let what = "standard input can be read only once; name the conversation, too: --stream 0";
        return Err(Usage(what.into()).into());
    }
    let stream = args.stream.unwrap_or(0);
    let all = out.verbose || out.json();
    let tell = Tell { stream, several: args.stream.is_some(), all, ..Tell::default() };
    let chosen = choice.map(|choice| ChosenSteps::new(choice, stream, keys.log()));
    Telling { chosen, keys: Some(keys), ..told_by(args, input, tell, "standard input") }.run(out)
}

/// Frames were asked for, and none is of a TCP conversation.
fn none_of_them(choice: &Choice, found: &Conversations, file: &Path, out: &Output) {
    choice.beyond(&file.display().to_string(), found.read, out);
    if found.meant == 0 {
        return choice.nothing_found("", found.read, out);
    }
    let frames = if found.meant == 1 {
        "1 frame is".to_owned()
    } else {
        format!("{} frames are", grouped(found.meant))
    };
    out.notice(&format!(
        "{frames} as asked for, none of a TCP conversation; netlab dissect {} with the same choice shows them",
        quoted(file)
    ));
}

fn ended(damage: Option<anyhow::Error>) -> anyhow::Result<Exit> {
    damage.map_or(Ok(Exit::Fine), Err)
}

fn told_by<'a>(args: &Args, input: &'a Input, tell: Tell, shown: &'a str) -> Telling<'a> {
    let banner = match input.bundled() {
        Some(bundled) => {
            format!("netlab · bundled capture {}: {}", bundled.name, bundled.shows)
        }
        None => format!("netlab · replay of {shown}"),
    };
    let hints = hints(input, args, &tell);
    Telling {
        input,
        shown,
        tell,
        banner,
        why: None,
        step: args.step,
        speed: args.speed,
        pace: args.pace,
        quiz: args.quiz,
        bytes: args.bytes,
        subject: match args.tcp || args.step {
            true => Subject::Tcp,
            false => Subject::AsSaid { heartbeats: args.heartbeats },
        },
        hints,
        chosen: None,
        keys: None,
        with_keys: (!input.is_stdin()).then(|| with_keys(args)),
    }
}

/// Why there is no story.
fn nothing_to_tell(shown: &str, lacking: &str, read: u64, unread: Option<(u64, u16)>) -> anyhow::Error {
    match unread {
        _ if read == 0 => anyhow::anyhow!("{shown}: {EMPTY}"),
        Some(frame) => unread_link(shown, frame),
        None => anyhow::anyhow!("{shown}: {lacking} in it; netlab dissect shows its frames"),
    }
}

/// A line a frame of a damaged capture in which no conversation begins.
fn what_was_read(input: &Input, out: &mut Output) -> anyhow::Result<()> {
    if out.json() {
        return Ok(());
    }
    let mut reader = input.open()?;
    let mut start = None;
    while let Ok(Some(frame)) = reader.next() {
        start = start.or(frame.time);
        let line = fields::headline(&Packet::new(frame), None, start, out.width);
        out.line(&line)?;
    }
    Ok(())
}

/// Both ends of a capture's first conversation.
pub(crate) fn ends_of(input: &Input) -> anyhow::Result<Option<(SocketAddr, SocketAddr)>> {
    let found = Conversations::find(input, Some(0), None, &KeyLog::new(), &mut |_, _| {})?;
    Ok(found.rows.first().map(|row| (row.client, row.server)))
}

/// A capture that is to be told.
pub(crate) struct Telling<'a> {
    pub(crate) input: &'a Input,
    /// How it is named on the screen.
    pub(crate) shown: &'a str,
    pub(crate) tell: Tell,
    pub(crate) banner: String,
    /// Why it is shown instead of something live.
    pub(crate) why: Option<String>,
    pub(crate) step: bool,
    pub(crate) speed: Option<f64>,
    /// So many seconds between two steps.
    pub(crate) pace: Option<f64>,
    /// With questions.
    pub(crate) quiz: bool,
    pub(crate) bytes: bool,
    /// What it is about, where all its steps are told.
    pub(crate) subject: Subject,
    pub(crate) hints: Vec<Hint>,
    /// Which of its steps; `None`: all.
    pub(crate) chosen: Option<ChosenSteps>,
    /// The command with which keys are given.
    pub(crate) with_keys: Option<String>,
    /// Keys for what is in TLS, beside those that the capture brings along.
    pub(crate) keys: Option<Keys>,
}

impl Telling<'_> {
    /// Tells one conversation. (`benches/instructions.sh` counts what happens in here by this name.)
    #[inline(never)]
    pub(crate) fn run(mut self, out: &mut Output) -> anyhow::Result<Exit> {
        let (stream, mut others) = (self.tell.stream, 0);
        let head = StoryHead { mode: "replay", why: self.why, stream, ..StoryHead::default() };
        let mut presenter = Presenter::new(out, self.bytes, head, self.banner)?;
        presenter.pace = Pace::new(self.pace);
        let mut keys = self.keys.unwrap_or_default();
        let focus =
            if self.quiz { Some(focus(self.input, &self.tell, self.subject, keys.log())?) } else { None };
        // Who asks for some steps wants to see just these.
        let tcp = self.chosen.is_some() || matches!(focus, Some(Focus::Tcp | Focus::Both));
        presenter.about(if tcp { Subject::Tcp } else { self.subject });
        let mut showing = Showing {
            speed: self.speed,
            paced: self.pace.is_some(),
            step: self.step,
            asker: focus.map(|focus| Asker::new(focus, presenter.out.level)).transpose()?,
            ..Showing::default()
        };
        let mut teller = Teller::new(self.tell);
        *teller.keys_mut() = keys.log();
        let mut reader = self.input.open()?;
        // Somebody who thinks, or wants to wait, makes no long work.
        let progress = (!showing.waits()).then(|| Progress::new(self.shown));
        let mut ends = None;
        let (mut read, mut unread) = (0, None);
        let damage = loop {
            if self.chosen.is_none() {
                // A look now and then, however many there are.
                reader.pass_over(|frame| {
                    let passed = !frame.number.is_multiple_of(WATCHED) && teller.is_of_others(frame);
                    read = if passed { frame.number } else { read };
                    passed
                });
            }
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
            keys.learn(&reader, teller.keys_mut(), self.shown, presenter.out);
            if let Some(chosen) = &mut self.chosen {
                chosen.learn(&reader);
            }
            let Some(frame) = reader.current() else { break None };
            read = frame.number;
            note_unread(&frame, &mut unread);
            if let Some(chosen) = &mut self.chosen {
                chosen.see(frame, reader.comment());
            }
            let seen = Seen::of_comment(reader.comment());
            let told = teller.frame(&frame, &seen);
            others = others.max(teller.conversations());
            if told.is_empty() {
                if let Some(progress) = &progress {
                    progress.show(&reader, read, presenter.out);
                }
                continue;
            }
            // Mostly they stay the same: their names are not made anew for each frame.
            name_ends(&teller, &mut ends, &mut presenter);
            if showing.tell_each(&mut presenter, told, self.chosen.as_ref())? {
                return Ok(Exit::Fine);
            }
        };
        name_ends(&teller, &mut ends, &mut presenter);
        let (told, summary) = teller.finish(None, 0, None);
        if summary.frames == 0 && damage.is_none() {
            let lacking = format!("no TCP conversation {stream}");
            return Err(nothing_to_tell(self.shown, &lacking, read, unread));
        }
        if showing.tell_each(&mut presenter, told, self.chosen.as_ref())? {
            return Ok(Exit::Fine);
        }
        if let Some(chosen) = &self.chosen {
            chosen.finish(self.shown, showing.told, presenter.out);
            if showing.told == 0 {
                return ended(damage.map(anyhow::Error::from));
            }
        }
        presenter.left_out(showing.left_out)?;
        if let Some(damage) = damage {
            if summary.frames > 0 {
                presenter.summary(&summary, &[])?;
            }
            return Err(damage.into());
        }
        let seen = teller.secure();
        if let Some(command) =
            self.with_keys.filter(|_| seen.conversations > seen.opened && !keys.are_named())
        {
            self.hints.insert(0, Hint { command, shows: "what is inside, by its keys" });
        }
        if presenter.is_about_websocket() {
            for hint in self.hints.iter_mut().filter(|hint| hint.command == "netlab handshake") {
                *hint = Hint { command: "netlab websocket".to_owned(), shows: "a WebSocket, live" };
            }
        }
        presenter.summary(&summary, &self.hints)?;
        if let Some((text, _)) = keys.useless(teller.secure(), "this conversation") {
            presenter.out.notice(&text);
        }
        showing.score(&mut presenter)?;
        if self.input.is_stdin() && others > 1 {
            let more = grouped(others as u64 - 1);
            out.notice(&format!("{more} more in this capture: --stream 1 ..."));
        }
        Ok(Exit::Fine)
    }
}

/// Tells the screen who talks to whom, if that is not what it was told last.
fn name_ends(teller: &Teller, known: &mut Option<(SocketAddr, SocketAddr)>, presenter: &mut Presenter<'_>) {
    let ends = teller.ends();
    if let (Some((client, server)), true) = (ends, ends != *known) {
        presenter.ends(Some(client), Some(server));
        *known = ends;
    }
}

/// The same with keys, which the user has.
fn with_keys(args: &Args) -> String {
    let stream = args.stream.map(|stream| format!(" --stream {stream}")).unwrap_or_default();
    format!("netlab replay {}{stream} --keylog FILE", quoted(&args.file))
}

/// What goes well after the story.
fn hints(input: &Input, args: &Args, tell: &Tell) -> Vec<Hint> {
    let mut command = format!("netlab replay {}", quoted(&args.file));
    // Without it all conversations would be listed.
    if args.stream.is_some() || tell.several {
        command.push_str(&format!(" --stream {}", tell.stream));
    }
    let mut hints = Vec::new();
    let mut hint = |flag: &str, shows| hints.push(Hint { command: format!("{command} {flag}"), shows });
    match (args.step, args.bytes) {
        _ if input.is_stdin() => {}
        (false, _) => hint("--step", "one frame at a time"),
        (true, false) => hint("--bytes", "the bytes behind the numbers"),
        (true, true) => {}
    }
    let same = input.bundled().and_then(|bundled| bundled.live());
    let (command, shows) = match same {
        Some(command) => (command, "the same, live"),
        None => ("netlab handshake".to_owned(), "a handshake, live"),
    };
    hints.push(Hint { command, shows });
    hints
}

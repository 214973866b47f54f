//! `netlab replay`: the story of a capture.

use std::path::{Path, PathBuf};

use netlab::dissect::Packet;
use netlab::render::{Hint, fields};
use netlab::source::Reader;
use netlab::story::{Refuses, Subject, Tell};

use super::common::{Overwrite, grouped};
use super::conversations::Conversations;
use super::input::Input;
use super::keys::{Keys, KeysArg};
use super::picture::PictureArgs;
use super::progress::Progress;
use super::quoted::quoted;
use super::select::{Choice, ChosenSteps, Select, SelectFrames};
use super::telling::{Telling, ended, nothing_to_tell};
use super::{Exit, Output, Usage};

/// Tell the story of a capture, yours or a bundled one
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: netlab replay handshake-lost-syn --step\n         netlab replay trace.pcapng --stream 3 -o story.html\n         \
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

    #[command(flatten)]
    picture: PictureArgs,

    #[command(flatten)]
    overwrite: Overwrite,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("a number above 0, such as 1 or 0.5".to_owned()),
    }
}

pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let one_by_one = [
        ("--step", args.step),
        ("--speed", args.speed.is_some()),
        ("--pace", args.pace.is_some()),
        ("--quiz", args.quiz),
        ("--bytes", args.bytes),
    ];
    args.picture.prepare(args.overwrite.force, &one_by_one, out)?;
    let choice = Choice::new(&args.select, &args.by_number)?;
    let input = Input::from(args.file.clone());
    let shown = input.shown();
    let keys = Keys::new(&args.keys, out)?;
    if input.is_once() {
        return once_told(args, &input, choice, keys, out);
    }
    // With a conversation named, a choice is one of its steps.
    let of_conversations = choice.as_ref().filter(|_| args.stream.is_none());
    let progress = Progress::new(&shown);
    let mut watch = |reader: &Reader, frames| progress.show(reader, frames, out);
    let found = Conversations::find(&input, args.stream, of_conversations, &keys.log(), &mut watch)?;
    if let (Some(choice), None, None, None) = (&choice, &found.damage, &found.unread, args.stream) {
        choice.is_within(&shown, found.read)?;
    }
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
            _ if out.to.is_some() => {
                let all = found.rows.len();
                let what = format!(
                    "{shown} holds {all} conversations, and a picture shows one: --stream 0 to {}",
                    all - 1
                );
                return Err(Usage(what).into());
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
        roles_known: row.is_some_and(|row| !row.roles_guessed),
        several: found.rows.len() > 1,
        before: row.and_then(|row| found.earlier(row)),
        all: out.verbose || out.json(),
        refuses: Refuses::Recorded,
    };
    // Where nothing is left to be chosen, a choice is one of steps.
    let by_steps =
        args.stream.is_some() || found.rows.len() == 1 || choice.as_ref().is_some_and(Choice::by_number);
    if let (Some(choice), false) = (&choice, by_steps) {
        choice.told_whole(stream, row.map_or(0, |row| row.meant), out);
    }
    let chosen = choice.filter(|_| by_steps).map(|choice| ChosenSteps::new(choice, stream, keys.log()));
    Telling { chosen, keys: Some(keys), ..told_by(args, &input, tell, &shown, out.is_for_a_friend()) }
        .run(out)
}

/// What can be read only once: the conversation must be known beforehand.
fn once_told(
    args: &Args,
    input: &Input,
    choice: Option<Choice>,
    keys: Keys,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let shown = input.shown();
    if input.is_stdin() && (args.step || args.quiz) {
        let what = "standard input can't give both the capture and your answers; save it to a file first";
        return Err(Usage(what.into()).into());
    }
    if args.quiz {
        let what = format!("{shown} can be read only once, and --quiz looks ahead; save it to a file first");
        return Err(Usage(what).into());
    }
    if choice.is_some() && args.stream.is_none() {
        let what = format!("{shown} can be read only once; name the conversation, too: --stream 0");
        return Err(Usage(what).into());
    }
    let stream = args.stream.unwrap_or(0);
    let all = out.verbose || out.json();
    let tell =
        Tell { stream, several: args.stream.is_some(), all, refuses: Refuses::Recorded, ..Tell::default() };
    let chosen = choice.map(|choice| ChosenSteps::new(choice, stream, keys.log()));
    Telling { chosen, keys: Some(keys), ..told_by(args, input, tell, &shown, out.is_for_a_friend()) }.run(out)
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

/// `friend`: what is shown is not named by its terms.
fn told_by<'a>(args: &Args, input: &'a Input, tell: Tell, shown: &'a str, friend: bool) -> Telling<'a> {
    let banner = match input.bundled() {
        Some(bundled) if friend => format!("netlab · a recording: {}", bundled.name),
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
        with_keys: (!input.is_once()).then(|| with_keys(args)),
    }
}

/// A line a frame of a damaged capture in which no conversation begins.
fn what_was_read(input: &Input, out: &mut Output) -> anyhow::Result<()> {
    if !out.is_text() {
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
        _ if input.is_once() => {}
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

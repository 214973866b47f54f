//! `netlab dissect`: every frame of a capture, its layers, their fields.

use std::path::PathBuf;

use netlab::dissect::Packet;
use netlab::flow::stream::Totals;
use netlab::flow::talk::Talks;
use netlab::flow::{Fragments, Tracker};
use netlab::render::{Line, Ndjson, about, fields};

use super::common::grouped;
use super::input::{EMPTY, Input, note_unread, unread_link};
use super::keys::{Keys, KeysArg, forgotten};
use super::progress::Progress;
use super::select::{Choice, Select, SelectFrames};
use super::{Exit, Output};

/// Show every frame, layer and field of a capture
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: netlab dissect trace.pcapng --frames 1-20
         netlab dissect trace.pcapng --filter 'tcp.port == 80 and tcp.len > 0'
         netlab dissect trace.pcapng --keylog keys.log --filter websocket
         netlab dissect trace.pcapng --format json")]
pub(crate) struct Args {
    /// Capture file, - for standard input, or the name of a bundled capture
    #[arg(value_name = "FILE|NAME")]
    file: PathBuf,

    #[command(flatten)]
    select: Select,

    #[command(flatten)]
    by_number: SelectFrames,

    #[command(flatten)]
    keys: KeysArg,
}

/// Reads, dissects, prints.
pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let choice = Choice::new(&args.select, &args.by_number)?;
    let last = choice.as_ref().and_then(Choice::last);
    let input = Input::from(args.file.clone());
    let name = input.shown();
    let mut keys = Keys::new(&args.keys, out)?;
    let mut reader = input.open()?;
    let progress = Progress::new(&name);
    let mut fragments = Fragments::new();
    let (mut tracker, mut talks) = (Tracker::new(), Talks::new());
    *talks.keys_mut() = keys.log();
    let mut ndjson = Ndjson::new();
    let mut start = None;
    let mut unread = None;
    let (mut read, mut shown) = (0, 0);
    // What comes after the last frame that is wanted is not even read.
    while last.is_none_or(|last| read < last) && reader.next()?.is_some() {
        keys.learn(&reader, talks.keys_mut(), &name, out);
        let (Some(frame), comment) = (reader.current(), reader.comment()) else { break };
        let packet = fragments.complete(Packet::new(frame));
        let segment = tracker.push(&packet);
        let found = talks.push(&packet, segment.as_ref());
        note_unread(&frame, &mut unread);
        start = start.or(frame.time);
        read = frame.number;
        let meant = choice
            .as_ref()
            .is_none_or(|choice| choice.meant(&packet, &tracker, segment.as_ref(), &found, comment));
        progress.show(&reader, read, out);
        if !meant {
            continue;
        }
        shown += 1;
        if out.json() {
            ndjson.packet(&packet, &tracker, segment.as_ref(), &found, comment, out)?;
            continue;
        }
        let width = out.columns();
        for line in fields::packet(&packet, &tracker, segment.as_ref(), &found, comment, start, width) {
            out.line(&line)?;
        }
        out.line(&Line::new())?;
    }
    if let (Some(choice), None) = (&choice, unread) {
        choice.is_within(&name, read)?;
    }
    // With a choice of numbers perhaps none was to be read.
    let empty = read == 0 && last != Some(0);
    if empty && !out.json() {
        out.plain(EMPTY)?;
    }
    // Not where only some of the frames were read.
    if !out.json() && !choice.as_ref().is_some_and(Choice::by_number) {
        for line in about::lines(reader.sections(), out.width) {
            out.line(&line)?;
        }
    }
    if let Some(choice) = &choice {
        choice.beyond(&name, read, out);
        if shown == 0 && !empty {
            choice.nothing_found("", read, out);
        }
    }
    // Where only the first frames were read, the keys may be those of a later one.
    if last.is_none()
        && let Some((text, _)) = keys.useless(talks.secure(), &name)
    {
        out.notice(&text);
    }
    if talks.secure().forgotten > 0 {
        out.notice(&forgotten(&name, talks.secure().forgotten));
    }
    if talks.heads_given_up() > 0 {
        let count = talks.heads_given_up();
        let messages = if count == 1 { "message" } else { "messages" };
        out.notice(&format!(
            "{name}: {} {messages} of HTTP had to be left out: more of them waited for the end of their bodies than netlab keeps",
            grouped(count)
        ));
    }
    let given_up = talks.totals();
    if given_up != Totals::default() {
        out.notice(&format!(
            "{}: {} bytes that waited for others were given up, and {} conversations were forgotten: netlab keeps a limited number",
            name,
            given_up.given_up,
            given_up.forgotten
        ));
    }
    if let Some(unread) = unread {
        return Err(unread_link(&name, unread));
    }
    Ok(Exit::Fine)
}

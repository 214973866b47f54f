//! `netlab replay`: the story of a capture.

use std::io::BufRead;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use netlab::dissect::Packet;
use netlab::event::Verdict;
use netlab::flow::{Began, Digest, Fragments, Tracker};
use netlab::render::{Hint, Ink, Line, StoryHead, fields, wrap};
use netlab::story::{Seen, Step, Tell, Teller, Told};

use super::input::Input;
use super::present::Presenter;
use super::prompt::{Answer, Prompt};
use super::{Exit, Output, Usage};

/// Tell the story of a capture, yours or a bundled one
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: netlab replay handshake-lost-syn --step\n         netlab replay trace.pcapng --stream 3"
)]
pub(crate) struct Args {
    /// Capture file, - for standard input, or the name of a bundled capture (netlab captures)
    #[arg(value_name = "FILE|NAME")]
    file: PathBuf,

    /// Which conversation, by Wireshark's number (tcp.stream)
    #[arg(long, value_name = "N")]
    stream: Option<u32>,

    /// Wait for Enter before each step
    #[arg(long, conflicts_with = "speed")]
    step: bool,

    /// In real time: 1 as it was, 2 twice as fast, 0.5 half as fast [default: at once]
    #[arg(long, value_name = "X", value_parser = positive)]
    speed: Option<f64>,

    /// Show the bytes beside the fields
    #[arg(long)]
    bytes: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("a number above 0, such as 1 or 0.5".to_owned()),
    }
}

/// One row of the list of conversations.
struct Row {
    client: SocketAddr,
    server: SocketAddr,
    frames: u64,
    began: Began,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let input = Input::from(args.file.clone());
    let shown = args.file.display().to_string();
    if input.is_stdin() {
        if args.step {
            return Err(Usage(
                "standard input can't give both the capture and your answers; save it to a file first".into(),
            )
            .into());
        }
        let tell =
            Tell { stream: args.stream.unwrap_or(0), several: args.stream.is_some(), ..Tell::default() };
        return told_by(args, &input, tell, "standard input").run(out);
    }
    let (rows, damage) = conversations(&input, args.stream)?;
    let stream = match (args.stream, rows.len()) {
        (_, 0) => {
            if let Some(damage) = damage {
                what_was_read(&input, out)?;
                return Err(damage);
            }
            anyhow::bail!("{shown}: no TCP conversation in it; netlab dissect shows its frames");
        }
        (Some(stream), count) if stream as usize >= count => {
            let range = if count == 1 { "0 only".to_owned() } else { format!("0 to {}", count - 1) };
            return Err(Usage(format!("{shown}: no conversation {stream}; --stream takes {range}")).into());
        }
        (Some(stream), _) => stream,
        (None, 1) => 0,
        (None, _) => {
            list(&rows, &shown, out)?;
            return match damage {
                Some(damage) => Err(damage),
                None => Ok(Exit::Fine),
            };
        }
    };
    let ends = |row: &Row| (row.client, row.server);
    let tell = Tell {
        stream,
        ends: rows.get(stream as usize).map(ends),
        several: rows.len() > 1,
        before: rows.get(stream as usize).and_then(|row| earlier(&rows, row)),
    };
    told_by(args, &input, tell, &shown).run(out)
}

fn told_by<'a>(args: &Args, input: &'a Input, tell: Tell, shown: &'a str) -> Telling<'a> {
    let banner = match input.bundled() {
        Some(bundled) => {
            format!("netlab · bundled capture {}: {}", bundled.name, bundled.shows)
        }
        None => format!("netlab · replay of {shown}"),
    };
    let hints = hints(shown, input, args);
    Telling {
        input,
        shown,
        tell,
        banner,
        why: None,
        step: args.step,
        speed: args.speed,
        bytes: args.bytes,
        hints,
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
    let (rows, _) = conversations(input, Some(0))?;
    Ok(rows.first().map(|row| (row.client, row.server)))
}

/// How many conversations between the same ends come before this one.
fn earlier(rows: &[Row], of: &Row) -> Option<u32> {
    let same = |row: &&Row| {
        (row.client, row.server) == (of.client, of.server)
            || (row.client, row.server) == (of.server, of.client)
    };
    let before = rows.iter().take_while(|row| !std::ptr::eq(*row, of));
    u32::try_from(before.filter(same).count()).ok()
}

/// The conversations of a capture, and where its reading stopped if it is damaged. Every one, or as far as it takes to know the
/// one that is wanted, and whether it has company.
fn conversations(input: &Input, wanted: Option<u32>) -> anyhow::Result<(Vec<Row>, Option<anyhow::Error>)> {
    let mut reader = input.open()?;
    let mut tracker = Tracker::new();
    let mut fragments = Fragments::new();
    let damage = loop {
        if wanted.is_some_and(|wanted| tracker.conversation_count() > wanted.max(1) as usize) {
            break None;
        }
        match reader.next() {
            Ok(Some(frame)) => {
                let packet = fragments.complete(Packet::new(frame));
                if let Some(digest) = Digest::of(&packet) {
                    tracker.count(&digest);
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(error.into()),
        }
    };
    let rows = tracker
        .conversations()
        .map(|conversation| Row {
            client: conversation.client(),
            server: conversation.server(),
            frames: conversation.tally.packets(),
            began: conversation.began,
        })
        .collect();
    Ok((rows, damage))
}

fn list(rows: &[Row], shown: &str, out: &mut Output) -> anyhow::Result<()> {
    if out.json() {
        for (stream, row) in rows.iter().enumerate() {
            let value = serde_json::json!({
                "kind": "conversation", "stream": stream, "client": row.client.to_string(),
                "server": row.server.to_string(), "frames": row.frames,
            });
            out.raw(format!("{value}\n").as_bytes())?;
        }
        return Ok(());
    }
    for part in wrap(&format!("{shown} holds {} conversations. Choose one:", rows.len()), out.width) {
        out.plain(&part)?;
    }
    out.plain("")?;
    let width = rows.iter().map(|row| row.client.to_string().len()).max().unwrap_or(0);
    for (stream, row) in rows.iter().enumerate() {
        let began = match row.began {
            Began::SynSeen => "from its SYN on",
            Began::SynAckSeen => "from its SYN-ACK on",
            Began::MidStream => "begins in the middle",
        };
        let frames = if row.frames == 1 { "frame" } else { "frames" };
        let about = format!("{} {frames}, {began}", row.frames);
        let (client, server) = (row.client.to_string(), row.server.to_string());
        let line = Line::from(format!("  --stream {stream:<4} "))
            .with(Ink::Client, format!("{client:<width$}"))
            .with(Ink::Faint, " → ")
            .with(Ink::Server, server.clone())
            .with(Ink::Faint, format!("  {about}"));
        if line.width() <= out.width {
            out.line(&line)?;
            continue;
        }
        out.line(&Line::from(format!("  --stream {stream}")))?;
        for (ink, text) in [(Ink::Client, client), (Ink::Server, format!("→ {server}")), (Ink::Faint, about)]
        {
            for part in wrap(&text, out.width - 4) {
                out.line(&Line::from("    ").with(ink, part))?;
            }
        }
    }
    Ok(())
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
    pub(crate) bytes: bool,
    pub(crate) hints: Vec<Hint>,
}

impl Telling<'_> {
    /// Tells one conversation.
    pub(crate) fn run(self, out: &mut Output) -> anyhow::Result<Exit> {
        let (stream, mut others) = (self.tell.stream, 0);
        let head = StoryHead { mode: "replay", why: self.why, stream, ..StoryHead::default() };
        let mut presenter = Presenter::new(out, self.bytes, head, self.banner)?;
        let mut pace = Pace { speed: self.speed, step: self.step, prompt: Prompt::default() };
        let mut teller = Teller::new(self.tell);
        let mut reader = self.input.open()?;
        let mut ends = None;
        let damage = loop {
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
            let Some(frame) = reader.current() else { break None };
            let seen = Seen { verdict: verdict_of(reader.comment()), ..Seen::default() };
            let told = teller.frame(&frame, &seen);
            others = others.max(teller.conversations());
            // Mostly they stay the same: their names are not made anew for each frame.
            if teller.ends() != ends
                && let Some((client, server)) = teller.ends()
            {
                presenter.ends(Some(client), Some(server));
                ends = Some((client, server));
            }
            for told in told {
                if pace.tell(&mut presenter, told)? {
                    return Ok(Exit::Fine);
                }
            }
        };
        let (told, summary) = teller.finish(None, 0, None);
        if summary.frames == 0 && damage.is_none() {
            anyhow::bail!(
                "{}: no TCP conversation {stream} in it; netlab dissect shows its frames",
                self.shown
            );
        }
        for told in told {
            if pace.tell(&mut presenter, told)? {
                return Ok(Exit::Fine);
            }
        }
        if let Some(damage) = damage {
            if summary.frames > 0 {
                presenter.summary(&summary, &[])?;
            }
            return Err(damage.into());
        }
        presenter.summary(&summary, &self.hints)?;
        if self.input.is_stdin() && others > 1 {
            out.notice(&format!("{} more in this capture: --stream 1 ...", others - 1));
        }
        Ok(Exit::Fine)
    }
}

/// What the wire did with a frame, as netlab's own recording says in the frame's comment.
fn verdict_of(comment: Option<&str>) -> Option<Verdict> {
    let comment = comment?;
    match comment.split_whitespace().next() {
        Some("absorbed") if comment == "absorbed" => Some(Verdict::Absorbed),
        Some("background") if comment == "background" => Some(Verdict::Background),
        Some("dropped") if comment.starts_with("dropped by the wire · step ") => Some(Verdict::Dropped),
        Some("step") if comment.starts_with("step ") && comment.contains(" · ") => Some(Verdict::Passed),
        _ => None,
    }
}

fn hints(shown: &str, input: &Input, args: &Args) -> Vec<Hint> {
    let mut hints = Vec::new();
    let hint = |flag: &str, shows| Hint { command: format!("netlab replay {shown} {flag}"), shows };
    if !args.step {
        hints.push(hint("--step", "one frame at a time"));
    } else if !args.bytes {
        hints.push(hint("--bytes", "the bytes behind the numbers"));
    }
    if input.is_stdin() {
        hints.clear();
    }
    hints.push(Hint { command: "netlab handshake".to_owned(), shows: "the same, live" });
    hints
}

/// How fast the steps come.
struct Pace {
    speed: Option<f64>,
    step: bool,
    prompt: Prompt,
}

impl Pace {
    /// Tells one thing at the pace that was asked for; whether the reader has had enough.
    fn tell(&mut self, presenter: &mut Presenter<'_>, told: Told) -> anyhow::Result<bool> {
        let step = match told {
            Told::Step(step) => *step,
            Told::Absorbed(absorbed) => {
                presenter.absorb(absorbed)?;
                return Ok(false);
            }
        };
        if self.step {
            return self.wait_for_enter(presenter, step);
        }
        if let (Some(speed), Some(since)) = (self.speed, step.since) {
            presenter.out.flush()?;
            let wait = Duration::try_from_secs_f64(since.as_secs_f64() / speed).unwrap_or(Duration::MAX);
            std::thread::sleep(wait);
        }
        presenter.step(step)?;
        Ok(false)
    }

    fn wait_for_enter(&mut self, presenter: &mut Presenter<'_>, step: Step) -> anyhow::Result<bool> {
        presenter.before(&step)?;
        let mut lines = std::io::stdin().lock().lines();
        loop {
            self.prompt.ask(presenter.out, false)?;
            let Some(line) = lines.next().transpose()? else {
                presenter.out.plain("")?;
                return Ok(true);
            };
            match self.prompt.answer(&line, presenter, &step)? {
                Answer::Next => {
                    presenter.after(step, None)?;
                    return Ok(false);
                }
                Answer::Stay => {}
                Answer::Quit => return Ok(true),
            }
        }
    }
}

//! Runs a live story: frames and readings come in from one side, the student's lines from the other.

use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use netlab::event::{Host, LiveEvent, LiveFrame, ProgramEvent, Ready, Verdict};
use netlab::frame::Time;
use netlab::render::{Hint, Ink, Line, story_released, wrap};
use netlab::story::{Outcome, Seen, Step, Teller, Told, What};

use super::Exit;
use super::present::Presenter;
use super::prompt::{Answer, Prompt};
use super::save::Saver;

/// What can come in.
pub(crate) enum Incoming {
    /// From the source.
    Live(LiveEvent),
    /// A line that the student typed.
    Line(String),
    /// The student's input ended.
    NoMoreLines,
    /// Ctrl-C, or the terminal went away.
    Interrupt,
}

/// One live story.
pub(crate) struct Live<'o, 'p> {
    pub(crate) presenter: &'p mut Presenter<'o>,
    pub(crate) teller: Teller,
    pub(crate) saver: Option<Saver>,
    /// Whether frames wait for Enter.
    pub(crate) step: bool,
    /// What to try next.
    pub(crate) hints: Vec<Hint>,
    prompt: Prompt,
    /// The step whose frame stands on the wire.
    held: Option<Held>,
    /// What came while it stood there, to be told after it; and whether the wire will lose it.
    behind: VecDeque<(Box<Step>, bool)>,
    neighbour: Neighbour,
    lines: VecDeque<String>,
    no_more_lines: bool,
    /// The server's name, where it has one, for the file.
    pub(crate) server_name: Option<String>,
    /// When the client first called, and when its program was told that it failed, and how.
    first_syn: Option<Time>,
    failed: Option<(Time, String)>,
    save_error: Option<anyhow::Error>,
}

/// A step whose frame stands on the wire.
struct Held {
    number: u64,
    step: Step,
    /// The wire will lose it.
    lost: bool,
    /// It was told to go on.
    going: bool,
}

/// Whether somebody on the link was looked for, and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Neighbour {
    NotAsked,
    Asked,
    Answered,
}

/// The channel that everything comes in by, with the threads that feed it lines and signals.
pub(crate) fn incoming(lines: bool) -> anyhow::Result<(Sender<Incoming>, Receiver<Incoming>)> {
    let (sender, receiver) = channel();
    let signals = sender.clone();
    let mut caught = signal_hook::iterator::Signals::new([
        signal_hook::consts::SIGINT,
        signal_hook::consts::SIGTERM,
        signal_hook::consts::SIGHUP,
    ])?;
    thread::spawn(move || {
        for _ in caught.forever() {
            if signals.send(Incoming::Interrupt).is_err() {
                break;
            }
        }
    });
    if lines {
        let typed = sender.clone();
        thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                if typed.send(Incoming::Line(line)).is_err() {
                    return;
                }
            }
            // Nobody may be there to hear it; then it does not matter either.
            drop(typed.send(Incoming::NoMoreLines));
        });
    }
    Ok((sender, receiver))
}

impl<'o, 'p> Live<'o, 'p> {
    pub(crate) fn new(presenter: &'p mut Presenter<'o>, teller: Teller) -> Live<'o, 'p> {
        Live {
            presenter,
            teller,
            saver: None,
            step: false,
            hints: Vec::new(),
            prompt: Prompt::default(),
            held: None,
            behind: VecDeque::new(),
            neighbour: Neighbour::NotAsked,
            lines: VecDeque::new(),
            no_more_lines: false,
            server_name: None,
            first_syn: None,
            failed: None,
            save_error: None,
        }
    }

    /// Tells all that comes in, until the source has finished or the student has had enough.
    pub(crate) fn run(
        &mut self,
        receiver: &Receiver<Incoming>,
        release: &dyn Fn(u64),
    ) -> anyhow::Result<Exit> {
        let end = self.tell_all(receiver, release);
        if let (Ok(_), Some(error)) = (&end, self.save_error.take()) {
            return Err(error);
        }
        if let (Ok(_), Some(told)) = (&end, self.saver.as_ref().and_then(Saver::told)) {
            self.presenter.out.flush()?;
            self.presenter.out.notice(&told);
        }
        end
    }

    fn tell_all(&mut self, receiver: &Receiver<Incoming>, release: &dyn Fn(u64)) -> anyhow::Result<Exit> {
        loop {
            let Ok(incoming) = receiver.recv() else {
                anyhow::bail!("the live source ended without a word");
            };
            match incoming {
                Incoming::Interrupt => return Ok(Exit::Interrupted),
                Incoming::Line(line) if is_quit(&line) && self.held.is_none() && self.lines.is_empty() => {
                    return Ok(Exit::Fine);
                }
                Incoming::Line(line) => self.lines.push_back(line),
                Incoming::NoMoreLines => self.no_more_lines = true,
                Incoming::Live(LiveEvent::Ready(ready)) => self.ready(ready),
                Incoming::Live(LiveEvent::Frame(frame)) => self.frame(frame)?,
                Incoming::Live(LiveEvent::Looked { number, sockets }) => {
                    let waiting =
                        self.behind.iter_mut().find(|(step, _)| step.frames.first() == Some(&number));
                    if let Some((step, _)) = waiting {
                        step.sockets = sockets;
                    }
                }
                Incoming::Live(LiveEvent::Released { number, time, held }) => {
                    self.released(number, time, held)?
                }
                Incoming::Live(LiveEvent::Program { host, time, event }) => self.program(host, time, &event),
                Incoming::Live(LiveEvent::Finished { sockets, lost_frames, .. }) => {
                    return self.finish(sockets, lost_frames);
                }
                Incoming::Live(LiveEvent::Failed(why)) => anyhow::bail!("{why}"),
            }
            if self.answers(release)? {
                return Ok(Exit::Fine);
            }
        }
    }

    fn ready(&mut self, ready: Ready) {
        self.presenter.ends(ready.client, ready.server);
        self.presenter.settings(ready.settings);
        if let (Some(client), Some(server)) = (ready.client, ready.server) {
            self.teller.set_ends(client, server);
            let server_name = self.server_name.clone().unwrap_or_else(|| "server".to_owned());
            let mut names = vec![(client.ip(), "client".to_owned()), (server.ip(), server_name)];
            // On loopback both are one address.
            names.dedup_by_key(|(ip, _)| *ip);
            if let Some(saver) = &mut self.saver {
                saver.names(names);
            }
        }
    }

    fn frame(&mut self, live: LiveFrame) -> anyhow::Result<()> {
        let told = tell(&live, &mut self.teller);
        if let Some((client, server)) = self.teller.ends() {
            self.presenter.ends(Some(client), Some(server));
        }
        match live.verdict {
            Some(Verdict::Absorbed) => self.keep(&live, "absorbed"),
            Some(Verdict::Background) => self.keep(&live, "background"),
            _ => {}
        }
        for told in told {
            self.tell(told)?;
        }
        Ok(())
    }

    /// Takes in what is to be told; it waits while another frame stands on the wire.
    fn tell(&mut self, told: Told) -> anyhow::Result<()> {
        let mut step = match told {
            Told::Absorbed(absorbed) => return self.presenter.absorb(absorbed),
            Told::Step(step) => step,
        };
        match step.what {
            What::TcpSyn if self.first_syn.is_none() => self.first_syn = step.at,
            What::ArpRequest | What::NdSolicitation if self.neighbour == Neighbour::NotAsked => {
                self.neighbour = Neighbour::Asked;
            }
            What::ArpReply | What::NdAdvertisement => self.neighbour = Neighbour::Answered,
            _ => {}
        }
        let lost = step.verdict == Some(Verdict::Doomed);
        if lost {
            step.verdict = Some(Verdict::Dropped);
        }
        self.keep_step(&step);
        if lost {
            step.verdict = Some(Verdict::Held);
        }
        self.behind.push_back((step, lost));
        self.show()
    }

    /// Shows what waits to be told, up to a frame that stands on the wire.
    fn show(&mut self) -> anyhow::Result<()> {
        while self.held.is_none()
            && let Some((step, lost)) = self.behind.pop_front()
        {
            match (step.verdict, step.frames.first()) {
                (Some(Verdict::Held), Some(&number)) => {
                    self.presenter.before(&step)?;
                    self.held = Some(Held { number, step: *step, lost, going: false });
                    self.ask(lost)?;
                }
                _ => self.presenter.step(*step)?,
            }
        }
        Ok(())
    }

    fn ask(&mut self, lost: bool) -> anyhow::Result<()> {
        if lost {
            return self.prompt.ask_lost(self.presenter.out);
        }
        self.prompt.ask(self.presenter.out, true)
    }

    fn released(&mut self, number: u64, time: Time, held: Duration) -> anyhow::Result<()> {
        self.teller.released(time, held);
        match self.held.take() {
            Some(Held { number: waiting, mut step, lost, .. }) if waiting == number => {
                if lost {
                    step.verdict = Some(Verdict::Dropped);
                    self.presenter.after(step, None)?;
                    self.lost_in_json(number, held)?;
                } else {
                    self.presenter.after(step, Some(held))?;
                }
            }
            other => self.held = other,
        }
        self.show()
    }

    fn lost_in_json(&mut self, number: u64, held: Duration) -> anyhow::Result<()> {
        if self.presenter.out.json() {
            let mut value = story_released(number, held);
            if let Some(object) = value.as_object_mut() {
                object.insert("lost".to_owned(), true.into());
            }
            self.presenter.out.object(&value)?;
            self.presenter.out.flush()?;
        }
        Ok(())
    }

    fn program(&mut self, host: Host, time: Time, event: &ProgramEvent) {
        if let (Host::Client, ProgramEvent::Failed { call, text, .. }) = (host, event) {
            self.failed.get_or_insert_with(|| (time, format!("{call}: {text}")));
        }
    }

    /// Takes the student's lines while a frame waits; whether that is enough.
    fn answers(&mut self, release: &dyn Fn(u64)) -> anyhow::Result<bool> {
        while let Some(Held { number, step, lost, going }) = &mut self.held {
            if *going {
                return Ok(false);
            }
            let Some(line) = self.lines.pop_front() else {
                return Ok(self.no_more_lines);
            };
            let lost = *lost;
            match self.prompt.answer(&line, self.presenter, step)? {
                Answer::Next => {
                    *going = true;
                    release(*number);
                }
                Answer::Stay => self.ask(lost)?,
                Answer::Quit => return Ok(true),
            }
        }
        Ok(false)
    }

    fn finish(&mut self, sockets: Option<netlab::event::Sockets>, lost: u64) -> anyhow::Result<Exit> {
        let gave_up = match (self.first_syn, &self.failed) {
            (Some(first), Some((failed, _))) => Some(failed.since(first)),
            _ => None,
        };
        let (told, mut summary) = self.teller.finish(sockets, lost, gave_up);
        let never_began = self.failed.is_some() && !self.teller.has_begun();
        for told in told {
            self.tell(told)?;
        }
        if never_began {
            summary.outcome = Outcome::Unreachable;
            self.why_it_never_began()?;
        }
        if let (Outcome::Open, Some((_, how))) = (summary.outcome, &self.failed) {
            self.remark(&format!("{how}."))?;
        }
        self.presenter.summary(&summary, &self.hints)?;
        let exit = match summary.outcome {
            Outcome::Refused | Outcome::NoAnswer | Outcome::Unreachable => Exit::Failed,
            _ => Exit::Fine,
        };
        Ok(exit)
    }

    /// TCP never began: the client's program failed before its kernel could send a SYN.
    fn why_it_never_began(&mut self) -> anyhow::Result<()> {
        let Some((_, how)) = &self.failed else { return Ok(()) };
        let cause = match self.neighbour {
            Neighbour::Asked => "Nobody on the link answered, so the client had no MAC address to send to:",
            Neighbour::Answered | Neighbour::NotAsked => "No frame of the connection was seen:",
        };
        let text = format!("{cause} no SYN was sent. The client's program was told: {how}.");
        self.remark(&text)
    }

    /// A line of its own after the last step.
    fn remark(&mut self, text: &str) -> anyhow::Result<()> {
        if self.presenter.out.json() {
            self.presenter.out.notice(text);
            return Ok(());
        }
        self.presenter.open()?;
        let room = self.presenter.out.width.saturating_sub(8);
        for part in wrap(text, room) {
            self.presenter.out.line(&Line::from("     │  ").with(Ink::Alarm, part))?;
        }
        Ok(())
    }

    fn keep_step(&mut self, step: &Step) {
        if self.saver.is_none() || step.frames.is_empty() || step.what.is_said() {
            return;
        }
        let comment = self.presenter.comment(step);
        let Some(time) = step.at else { return };
        self.save(step.link, time, &step.bytes, step.original_len, &comment);
    }

    fn keep(&mut self, live: &LiveFrame, comment: &str) {
        self.save(live.link, live.time, &live.bytes, live.original_len, comment);
    }

    /// A full disk ends the saving, not the story; it is told at once and again by the exit code.
    fn save(
        &mut self,
        link: netlab::frame::LinkType,
        time: Time,
        bytes: &[u8],
        original_len: u32,
        comment: &str,
    ) {
        let Some(saver) = &mut self.saver else { return };
        if let Err(error) = saver.frame(link, time, bytes, original_len, comment) {
            self.save_error.get_or_insert(error);
        }
    }
}

fn is_quit(line: &str) -> bool {
    matches!(line.trim(), "q" | "quit" | "exit")
}

/// What comes of a live frame.
pub(crate) fn tell(live: &LiveFrame, teller: &mut Teller) -> Vec<Told> {
    let seen = Seen { from: live.from, sockets: live.sockets, verdict: live.verdict };
    teller.frame(&live.frame(), &seen)
}

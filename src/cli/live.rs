//! Runs a live story: frames and readings come in from one side, the student's lines from the other.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use netlab::event::{Host, LiveEvent, LiveFrame, ProgramEvent, Ready, Verdict};
use netlab::frame::Time;
use netlab::lab::scenario::Order;
use netlab::quiz::Question;
use netlab::render::{Hint, Ink, Line, story_released, wrap};
use netlab::story::{Outcome, Seen, Step, Summary, Teller, Told, What};

use super::Exit;
pub(crate) use super::incoming::{Incoming, incoming};
use super::interactive::{Typed, Typing};
use super::pace::Pace;
use super::present::Presenter;
use super::prompt::{Answer, Prompt};
use super::quiz::{Asker, Then};
use super::save::Saver;

/// One live story.
pub(crate) struct Live<'o, 'p> {
    pub(crate) presenter: &'p mut Presenter<'o>,
    pub(crate) teller: Teller,
    pub(crate) saver: Option<Saver>,
    /// Whether frames wait for Enter.
    pub(crate) step: bool,
    /// Asks before some steps.
    pub(crate) asker: Option<Asker>,
    /// How fast steps appear.
    pub(crate) pace: Pace,
    /// What is typed is said by the client.
    pub(crate) typing: Option<Typing>,
    /// What to try next.
    pub(crate) hints: Vec<Hint>,
    prompt: Prompt,
    /// The step whose frame stands on the wire.
    held: Option<Held>,
    /// The question that waits for an answer, about the first step of those behind.
    asking: Option<Question>,
    /// What came meanwhile, to be told after it.
    behind: VecDeque<Waiting>,
    /// Nothing more comes.
    finished: Option<Summary>,
    neighbour: Neighbour,
    lines: VecDeque<String>,
    no_more_lines: bool,
    /// The server's name, where it has one, for the file.
    pub(crate) server_name: Option<String>,
    /// When the client first called, and when its program was told that it failed, and how.
    first_syn: Option<Time>,
    failed: Option<(Time, String)>,
    save_error: Option<anyhow::Error>,
    /// Whether the work is done only if a WebSocket opens; and whether one has.
    pub(crate) must_open: bool,
    opened: bool,
}

/// What the source is asked to do.
pub(crate) enum Wish {
    /// Let the held frame of this number through.
    Release(u64),
    /// Have the client do this.
    Order(Order),
}

/// A step whose frame stands on the wire.
struct Held {
    number: u64,
    step: Step,
    /// The wire will lose it.
    lost: bool,
    /// It was told to go on.
    going: bool,
    why: Why,
}

/// Why a frame stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// For Enter.
    Step,
    /// For an answer, which was given.
    Asked,
    /// It only might have been asked about.
    Passing,
}

/// A step that is not told yet.
struct Waiting {
    step: Box<Step>,
    /// The wire will lose its frame.
    lost: bool,
    /// To be asked before it is told.
    question: Option<Question>,
    /// Something was asked about it.
    asked: bool,
}

/// Whether somebody on the link was looked for, and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Neighbour {
    NotAsked,
    Asked,
    Answered,
}

impl<'o, 'p> Live<'o, 'p> {
    pub(crate) fn new(presenter: &'p mut Presenter<'o>, teller: Teller) -> Live<'o, 'p> {
        Live {
            presenter,
            teller,
            saver: None,
            step: false,
            asker: None,
            pace: Pace::default(),
            typing: None,
            hints: Vec::new(),
            prompt: Prompt::default(),
            held: None,
            asking: None,
            behind: VecDeque::new(),
            finished: None,
            neighbour: Neighbour::NotAsked,
            lines: VecDeque::new(),
            no_more_lines: false,
            server_name: None,
            first_syn: None,
            failed: None,
            save_error: None,
            must_open: false,
            opened: false,
        }
    }

    /// Tells all that comes in, until the source has finished or the student has had enough.
    pub(crate) fn run(&mut self, receiver: &Receiver<Incoming>, wish: &dyn Fn(Wish)) -> anyhow::Result<Exit> {
        let end = self.tell_all(receiver, wish);
        if let (Ok(_), Some(error)) = (&end, self.save_error.take()) {
            return Err(error);
        }
        if let (Ok(_), Some(told)) = (&end, self.saver.as_ref().and_then(Saver::told)) {
            self.presenter.out.flush()?;
            self.presenter.out.notice(&told);
        }
        end
    }

    fn tell_all(&mut self, receiver: &Receiver<Incoming>, wish: &dyn Fn(Wish)) -> anyhow::Result<Exit> {
        loop {
            match self.next(receiver)? {
                None => {}
                Some(incoming) => {
                    if let Some(exit) = self.hear(incoming, wish)? {
                        return Ok(exit);
                    }
                }
            }
            if self.answers(wish)? {
                self.score()?;
                return Ok(Exit::Fine);
            }
            let over = self.asking.is_none() && self.held.is_none() && self.behind.is_empty();
            if let Some(summary) = self.finished.take_if(|_| over) {
                return self.conclude(&summary);
            }
        }
    }

    /// What comes next; `None`: it is time for the next step.
    fn next(&self, receiver: &Receiver<Incoming>) -> anyhow::Result<Option<Incoming>> {
        let ended = "the live source ended without a word";
        let idle = self.behind.is_empty() || self.asking.is_some() || self.held.is_some();
        match self.pace.left().filter(|_| !idle) {
            None => Ok(Some(receiver.recv().map_err(|_| anyhow::anyhow!(ended))?)),
            Some(left) => match receiver.recv_timeout(left) {
                Ok(incoming) => Ok(Some(incoming)),
                Err(RecvTimeoutError::Timeout) => Ok(None),
                Err(RecvTimeoutError::Disconnected) => anyhow::bail!(ended),
            },
        }
    }

    /// Takes in what came; how it ends, if that ends it.
    fn hear(&mut self, incoming: Incoming, wish: &dyn Fn(Wish)) -> anyhow::Result<Option<Exit>> {
        match incoming {
            Incoming::Interrupt => return Ok(Some(Exit::Interrupted)),
            Incoming::Line(line) if self.typing.is_some() => self.typed(&line, wish)?,
            Incoming::NoMoreLines if self.typing.is_some() => wish(Wish::Order(Typing::goodbye())),
            Incoming::Line(line)
                if is_quit(&line)
                    && self.held.is_none()
                    && self.asking.is_none()
                    && self.lines.is_empty() =>
            {
                self.score()?;
                return Ok(Some(Exit::Fine));
            }
            Incoming::Line(line) => self.lines.push_back(line),
            Incoming::NoMoreLines => self.no_more_lines = true,
            Incoming::Live(LiveEvent::Ready(ready)) => self.ready(ready),
            Incoming::Live(LiveEvent::Frame(frame)) => self.frame(frame)?,
            Incoming::Live(LiveEvent::Looked { number, sockets }) => {
                let waiting =
                    self.behind.iter_mut().find(|waiting| waiting.step.frames.first() == Some(&number));
                if let Some(waiting) = waiting {
                    waiting.step.sockets = sockets;
                }
            }
            Incoming::Live(LiveEvent::Released { number, time, held }) => {
                self.released(number, time, held)?
            }
            Incoming::Live(LiveEvent::Program { event: ProgramEvent::AwaitsOrder, .. }) => {
                self.next_line()?
            }
            Incoming::Live(LiveEvent::Program { host, time, event }) => self.program(host, time, &event),
            Incoming::Live(LiveEvent::Finished { sockets, lost_frames, .. }) => {
                self.finish(sockets, lost_frames)?;
            }
            Incoming::Live(LiveEvent::Failed(why)) => anyhow::bail!("{why}"),
        }
        Ok(None)
    }

    /// Has the client do what was typed, or says what could be.
    fn typed(&mut self, line: &str, wish: &dyn Fn(Wish)) -> anyhow::Result<()> {
        let Some(typing) = &mut self.typing else { return Ok(()) };
        match typing.line(line) {
            Typed::Order(order) => {
                wish(Wish::Order(order));
                Ok(())
            }
            Typed::Told(told) => {
                for text in told {
                    if self.presenter.out.json() {
                        self.presenter.out.notice(&text);
                    } else {
                        self.presenter.out.plain(&text)?;
                    }
                }
                self.next_line()
            }
        }
    }

    /// The client is ready for what is typed next.
    fn next_line(&mut self) -> anyhow::Result<()> {
        let greeting = self.typing.as_mut().and_then(Typing::next);
        if let Some(text) = greeting.filter(|_| !self.presenter.out.json()) {
            for part in wrap(text, self.presenter.out.width) {
                self.presenter.out.line(&Line::new().with(Ink::Faint, part))?;
            }
        }
        self.presenter.out.flush()?;
        Ok(())
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
            // Somebody else's programs may open more than one.
            Some(Verdict::Passed) if told.is_empty() => self.keep(&live, "of another conversation"),
            _ => {}
        }
        self.tell_each(told)
    }

    /// Takes in what is to be told, with the questions about it.
    fn tell_each(&mut self, told: Vec<Told>) -> anyhow::Result<()> {
        let asked = self.asker.as_mut().map(|asker| asker.questions(&told)).unwrap_or_default();
        let mut asked = asked.into_iter().peekable();
        for (index, told) in told.into_iter().enumerate() {
            let question = asked.next_if(|(before, _)| *before == index).map(|(_, question)| question);
            self.tell(told, question)?;
        }
        Ok(())
    }

    /// Takes in what is to be told; it waits while another frame stands on the wire.
    fn tell(&mut self, told: Told, question: Option<Question>) -> anyhow::Result<()> {
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
        self.behind.push_back(Waiting { step, lost, question, asked: false });
        Ok(())
    }

    /// Shows what waits to be told, up to a question or a frame that stands on the wire, at the pace that was asked for.
    fn show(&mut self, wish: &dyn Fn(Wish)) -> anyhow::Result<()> {
        while self.held.is_none() && self.asking.is_none() && self.pace.is_due() {
            let Some(mut waiting) = self.behind.pop_front() else { break };
            let held = waiting.step.verdict == Some(Verdict::Held);
            if let (Some(question), Some(asker)) = (waiting.question.take(), &mut self.asker) {
                self.presenter.open()?;
                if question.is_about_tcp() {
                    self.presenter.in_full()?;
                }
                asker.ask(&question, held, self.presenter.out)?;
                self.asking = Some(question);
                waiting.asked = true;
                self.behind.push_front(waiting);
                break;
            }
            let Waiting { step, lost, asked, .. } = waiting;
            let Some(&number) = step.frames.first().filter(|_| held) else {
                self.presenter.step(*step)?;
                self.pace.shown();
                continue;
            };
            let why = match (self.step, asked) {
                (true, _) => Why::Step,
                (false, true) => Why::Asked,
                (false, false) => Why::Passing,
            };
            if why == Why::Step {
                self.presenter.before(&step)?;
                self.ask(lost)?;
            } else {
                wish(Wish::Release(number));
            }
            self.held = Some(Held { number, step: *step, lost, going: why != Why::Step, why });
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
            Some(Held { number: waiting, mut step, lost, why, .. }) if waiting == number => {
                if why != Why::Step {
                    step.verdict = Some(if lost { Verdict::Dropped } else { Verdict::Passed });
                    if why == Why::Asked {
                        self.presenter.goes_on(number, held)?;
                    }
                    self.presenter.step(step)?;
                } else if lost {
                    step.verdict = Some(Verdict::Dropped);
                    self.presenter.after(step, None)?;
                    self.lost_in_json(number, held)?;
                } else {
                    self.presenter.after(step, Some(held))?;
                }
                self.pace.shown();
            }
            other => self.held = other,
        }
        Ok(())
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
        match (host, event) {
            (Host::Client, ProgramEvent::Failed { call, text, .. }) => {
                self.failed.get_or_insert_with(|| (time, format!("{call}: {text}")));
            }
            (Host::Client, ProgramEvent::Opened { .. }) => self.opened = true,
            _ => {}
        }
    }

    /// Shows what can be shown, and takes the student's lines while a question or a frame waits; whether that is enough.
    fn answers(&mut self, wish: &dyn Fn(Wish)) -> anyhow::Result<bool> {
        loop {
            self.show(wish)?;
            if self.asking.is_none() && self.held.as_ref().is_none_or(|held| held.going) {
                return Ok(false);
            }
            let Some(line) = self.lines.pop_front() else {
                return Ok(self.no_more_lines);
            };
            if let (Some(question), Some(asker)) = (&self.asking, &mut self.asker) {
                match asker.take(&line, question, self.presenter.out)? {
                    Then::Over => self.asking = None,
                    Then::Waits => {}
                    Then::Quit => return Ok(true),
                }
                continue;
            }
            let Some(Held { number, step, lost, going, .. }) = &mut self.held else { continue };
            let lost = *lost;
            match self.prompt.answer(&line, self.presenter, step)? {
                Answer::Next => {
                    *going = true;
                    wish(Wish::Release(*number));
                }
                Answer::Stay => self.ask(lost)?,
                Answer::Quit => return Ok(true),
            }
        }
    }

    /// How the quiz went.
    fn score(&mut self) -> anyhow::Result<()> {
        self.asker.as_ref().map_or(Ok(()), |asker| asker.score(self.presenter.out))
    }

    /// Nothing more comes from the source; what is not told yet still is.
    fn finish(&mut self, sockets: Option<netlab::event::Sockets>, lost: u64) -> anyhow::Result<()> {
        let gave_up = match (self.first_syn, &self.failed) {
            (Some(first), Some((failed, _))) => Some(failed.since(first)),
            _ => None,
        };
        let (told, mut summary) = self.teller.finish(sockets, lost, gave_up);
        if self.failed.is_some() && !self.teller.has_begun() {
            summary.outcome = Outcome::Unreachable;
        }
        self.finished = Some(summary);
        self.tell_each(told)
    }

    /// All was told.
    fn conclude(&mut self, summary: &Summary) -> anyhow::Result<Exit> {
        if self.failed.is_some() && !self.teller.has_begun() {
            self.why_it_never_began()?;
        }
        let told = matches!(summary.outcome, Outcome::Refused | Outcome::NoAnswer | Outcome::Unreachable);
        let in_vain = self.must_open && !self.opened && !told;
        if let Some((_, how)) = &self.failed
            && (summary.outcome == Outcome::Open || in_vain)
        {
            self.remark(&format!("{how}."))?;
        }
        self.presenter.summary(summary, &self.hints)?;
        self.score()?;
        let exit = match summary.outcome {
            Outcome::Refused | Outcome::NoAnswer | Outcome::Unreachable => Exit::Failed,
            _ if self.must_open && !self.opened => Exit::Failed,
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

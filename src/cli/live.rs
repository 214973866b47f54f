//! Runs a live story: frames and readings come in from one side, the student's lines from the other.

mod ending;
mod keep;
mod show;

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use netlab::event::{Host, LiveEvent, LiveFrame, ProgramEvent, Ready, Verdict};
use netlab::frame::Time;
use netlab::lab::scenario::Order;
use netlab::quiz::Question;
use netlab::render::{Hint, Ink, Line, wrap};
use netlab::story::{Seen, Step, Summary, Teller, Told};

use super::Exit;
use super::awaited::Awaited;
use super::incoming::TypedLine;
pub(crate) use super::incoming::{Incoming, incoming};
use super::interactive::{Typed, Typing};
use super::pace::Pace;
use super::present::Presenter;
use super::prompt::Prompt;
use super::quiz::Asker;
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
    /// Frames that wait for the keys of what is in them.
    pub(crate) awaited: Awaited,
    lines: VecDeque<TypedLine>,
    no_more_lines: bool,
    /// The server's name, where it has one, for the file.
    pub(crate) server_name: Option<String>,
    /// When the client first called, and when its program was told that it failed, and how.
    first_syn: Option<Time>,
    failed: Option<(Time, Failure)>,
    save_error: Option<anyhow::Error>,
    /// Whether the work is done only if a WebSocket opens; and whether one has.
    pub(crate) must_open: bool,
    opened: bool,
}

/// What the client's program was told.
struct Failure {
    /// Which call failed, such as `recv`.
    call: String,
    /// Why.
    text: String,
}

/// Where so many steps wait, a pace or a question gives way: a source outside of the lab does not wait for anybody.
const MOST_BEHIND: usize = 2000;

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
            awaited: Awaited::default(),
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
        if end.is_ok() {
            self.presenter.close()?;
        }
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
        match self.pace.left().filter(|_| !idle && self.behind.len() < MOST_BEHIND) {
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
            Incoming::Line(line) if self.typing.is_some() => self.typed(&line.text, wish)?,
            Incoming::NoMoreLines if self.typing.is_some() => wish(Wish::Order(Typing::goodbye())),
            Incoming::Line(line)
                if is_quit(&line.text)
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
            Incoming::Live(LiveEvent::Frame(frame)) => {
                self.awaited.take(frame).into_iter().try_for_each(|frame| self.frame(frame))?;
            }
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
            Incoming::Live(LiveEvent::Program { host, time, event }) => {
                self.program(host, time, &event);
                self.awaited.hear(&event).into_iter().try_for_each(|frame| self.frame(frame))?;
            }
            Incoming::Live(LiveEvent::Finished { sockets, lost_frames, .. }) => {
                self.awaited.release().into_iter().try_for_each(|frame| self.frame(frame))?;
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
                    let out = &mut *self.presenter.out;
                    if out.json() {
                        out.notice(&text);
                    } else if text.chars().count() <= out.width {
                        out.plain(&text)?;
                    } else {
                        wrap(&text, out.width).iter().try_for_each(|part| out.plain(part))?;
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

    fn program(&mut self, host: Host, time: Time, event: &ProgramEvent) {
        match (host, event) {
            (Host::Client, ProgramEvent::Failed { call, text, .. }) => {
                self.failed.get_or_insert_with(|| {
                    let (call, text) = (call.clone(), text.clone());
                    (time, Failure { call, text })
                });
            }
            (Host::Client, ProgramEvent::Opened { .. }) => self.opened = true,
            (_, ProgramEvent::TlsSecret(line)) => {
                // A line that rustls writes is one of a keylog.
                let _ = self.teller.keys_mut().add(line.as_bytes());
                if let Some(saver) = &mut self.saver {
                    saver.secret(line);
                }
            }
            _ => {}
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

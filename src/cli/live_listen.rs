//! `--listen`: the connections of whoever calls, one conversation after the other.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use netlab::dissect::Packet;
use netlab::event::{LiveEvent, LiveFrame};
use netlab::live::listen::{self, ListenOptions, Service};
use netlab::render::StoryHead;
use netlab::story::{Refuses, Shortener, Subject, Tell, Teller, Told};

use super::live::{Incoming, incoming, tell};
use super::live_args::LiveArgs;
use super::live_own::{after_capture, saver, with_what_to_type};
use super::present::Presenter;
use super::save::Saver;
use super::{Exit, Output};

/// A conversation in which nothing happens for so long makes room for the next, if one waits.
const IDLE: Duration = Duration::from_secs(2);

/// So many conversations are remembered while others are told. One more is told as if it were over.
const ASIDE: usize = 64;
/// So many frames of others may wait; then it is their turn, busy as this one may be.
const WAITING: usize = 10_000;

/// Listens, and tells each conversation.
pub(crate) fn run(
    command: &'static str,
    args: &LiveArgs,
    port: u16,
    subject: Subject,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let (sender, receiver) = incoming(false)?;
    let address = SocketAddr::new(args.bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), port);
    let service = if command == "websocket" { Service::Echo } else { Service::Page };
    let options = ListenOptions { address, interface: args.interface.clone(), count: args.count, service };
    let saver = saver(args)?;
    let session = listen::start(options, move |event| drop(sender.send(Incoming::Live(event))))
        .map_err(with_what_to_type)?;
    let mut listening = Listening {
        command,
        subject,
        receiver,
        waiting: VecDeque::new(),
        aside: HashMap::new(),
        saver,
        finished: false,
        server: None,
    };
    let exit = listening.tell_all(args, out);
    session.stop();
    if let Some(told) = listening.saver.as_ref().and_then(Saver::told) {
        out.flush()?;
        out.notice(&told);
    }
    exit
}

struct Listening {
    command: &'static str,
    subject: Subject,
    receiver: Receiver<Incoming>,
    /// Frames that came while another conversation was told.
    waiting: VecDeque<LiveFrame>,
    /// Conversations that made room for others and are not over.
    aside: HashMap<SocketAddr, Teller>,
    saver: Option<Saver>,
    /// No more will come.
    finished: bool,
    server: Option<SocketAddr>,
}

/// What came next.
enum Next {
    Frame(LiveFrame),
    Idle,
    Finished,
    Interrupted,
}

impl Listening {
    fn tell_all(&mut self, args: &LiveArgs, out: &mut Output) -> anyhow::Result<Exit> {
        loop {
            let first = match self.waiting.pop_front() {
                Some(frame) => Next::Frame(frame),
                None => self.next(out)?,
            };
            match first {
                Next::Frame(frame) => {
                    if self.tell_one(frame, args, out)? == Exit::Interrupted {
                        return Ok(Exit::Interrupted);
                    }
                }
                Next::Idle => {}
                Next::Finished => return Ok(Exit::Fine),
                Next::Interrupted => return Ok(Exit::Interrupted),
            }
        }
    }

    /// Tells the conversation that a frame belongs to, to its end, or until it makes room for others.
    fn tell_one(&mut self, first: LiveFrame, args: &LiveArgs, out: &mut Output) -> anyhow::Result<Exit> {
        let Some(peer) = self.peer(&first) else { return Ok(Exit::Fine) };
        let refuses = Refuses::Longer(Some(listen::LONGEST_MESSAGE));
        let story = Tell { all: out.verbose || out.json(), refuses, ..Tell::default() };
        let known = self.aside.remove(&peer);
        let does = if known.is_some() { "goes on" } else { "connects" };
        let mut teller = known.unwrap_or_else(|| Teller::new(story));
        let head = StoryHead { mode: "interface", ..StoryHead::default() };
        let banner = format!("netlab · live: {peer} {does}");
        let mut presenter = Presenter::new(out, args.bytes, head, banner)?;
        presenter.about(Shortener::new(self.subject));
        let mut next = Next::Frame(first);
        loop {
            match next {
                Next::Frame(frame) if self.peer(&frame) == Some(peer) => {
                    let told = tell(&frame, &mut teller);
                    if let Some((client, server)) = teller.ends() {
                        presenter.ends(Some(client), Some(server));
                    }
                    for told in told {
                        self.show(told, &mut presenter)?;
                    }
                }
                Next::Frame(frame) => self.waiting.push_back(frame),
                Next::Interrupted => {
                    presenter.close()?;
                    return Ok(Exit::Interrupted);
                }
                Next::Idle if self.waiting.is_empty() => {}
                Next::Idle if self.aside.len() < ASIDE => return self.put_aside(peer, teller, presenter),
                Next::Idle | Next::Finished => break,
            }
            if teller.is_over() {
                break;
            }
            if self.waiting.len() > WAITING && self.aside.len() < ASIDE {
                return self.put_aside(peer, teller, presenter);
            }
            let ours = self.waiting.iter().position(|frame| self.peer(frame) == Some(peer));
            next = match ours.and_then(|index| self.waiting.remove(index)) {
                Some(frame) => Next::Frame(frame),
                None => self.next(presenter.out)?,
            };
        }
        let (told, summary) = teller.finish(None, 0, None);
        for told in told {
            self.show(told, &mut presenter)?;
        }
        // With more to come, what to try next waits for the last one.
        let last = self.finished && self.waiting.is_empty();
        let again = format!("netlab {} --listen {}", self.command, args.listen.unwrap_or_default());
        let hints = if last { after_capture(args, self.command, &again) } else { Vec::new() };
        presenter.summary(&summary, &hints)?;
        if out.is_text() {
            out.plain("")?;
            out.flush()?;
        }
        Ok(Exit::Fine)
    }

    /// Leaves a conversation that is not over, to go on with it when it does.
    fn put_aside(
        &mut self,
        peer: SocketAddr,
        teller: Teller,
        mut presenter: Presenter<'_>,
    ) -> anyhow::Result<Exit> {
        presenter.rest()?;
        if presenter.out.is_text() {
            presenter.out.plain("")?;
            presenter.out.flush()?;
        }
        self.aside.insert(peer, teller);
        Ok(Exit::Fine)
    }

    fn show(&mut self, told: Told, presenter: &mut Presenter<'_>) -> anyhow::Result<()> {
        let Told::Step(step) = told else { return Ok(()) };
        // What a program says has no frame of its own.
        if let (Some(saver), Some(time), false) = (&mut self.saver, step.at, step.what.is_said()) {
            saver.frame(step.link, time, &step.bytes, step.original_len, &presenter.comment(&step))?;
        }
        presenter.step(*step)?;
        Ok(())
    }

    /// Waits for what comes next.
    fn next(&mut self, out: &mut Output) -> anyhow::Result<Next> {
        loop {
            if self.finished {
                return Ok(Next::Finished);
            }
            match self.receiver.recv_timeout(IDLE) {
                Ok(Incoming::Interrupt) => return Ok(Next::Interrupted),
                Ok(Incoming::Live(LiveEvent::Frame(frame))) => return Ok(Next::Frame(frame)),
                Ok(Incoming::Live(LiveEvent::Ready(ready))) => {
                    self.server = ready.server;
                    if let Some(server) = ready.server {
                        announce(self.command, server, out)?;
                    }
                }
                Ok(Incoming::Live(LiveEvent::Finished { .. })) | Err(RecvTimeoutError::Disconnected) => {
                    self.finished = true;
                }
                Ok(Incoming::Live(LiveEvent::Failed(why))) => anyhow::bail!("{why}"),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Ok(Next::Idle),
            }
        }
    }

    /// Who is at the other end of a frame of our port; `None` for one that is no segment of it.
    fn peer(&self, live: &LiveFrame) -> Option<SocketAddr> {
        let packet = Packet::new(live.frame());
        let (tcp, (source, destination)) = (packet.tcp()?, packet.addresses()?);
        let source = SocketAddr::new(source, tcp.src_port()?);
        let destination = SocketAddr::new(destination, tcp.dst_port()?);
        let port = self.server?.port();
        if destination.port() == port { Some(source) } else { Some(destination) }
    }
}

fn announce(command: &str, server: SocketAddr, out: &mut Output) -> anyhow::Result<()> {
    let how = match command {
        "websocket" => {
            format!("open http://{server}/ in a browser, or call new WebSocket(\"ws://{server}/\")")
        }
        _ => format!("connect to it: curl http://{server}/"),
    };
    let text = format!("listening on {server}; {how} (Ctrl-C ends it)");
    if !out.is_text() {
        out.notice(&text);
    } else {
        for part in netlab::render::wrap(&format!("netlab · live: {text}"), out.width) {
            out.plain(&part)?;
        }
        out.plain("")?;
        out.flush()?;
    }
    Ok(())
}

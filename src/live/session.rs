//! A running capture with the programs that it watches: tells frames and what the programs do, in order of time.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use tokio::sync::oneshot;

use super::capture::{Capture, Captured};
use super::interest::{Interest, Neighbour};
use super::{Broken, Step};
use crate::dissect::Packet;
use crate::event::{Host, LiveEvent, LiveFrame, ProgramEvent, Socket, TcpState, Verdict};
use crate::frame::{Frame, Time, in_words};
use crate::peer::{Bell, Note, Order, Orders};
use crate::sys;
use crate::sys::sock_diag::SockDiag;

/// How often the kernel is asked whether the connection has come to rest.
const GLANCE: Duration = Duration::from_millis(2);
/// After the programs' end the peer has so long for its last segments.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A running capture. Dropping it ends it, and waits until all was told.
#[derive(Debug)]
pub struct Session {
    stop: Arc<OwnedFd>,
    /// To a client that does what somebody types.
    pub(super) orders: Option<Orders>,
    thread: Option<JoinHandle<()>>,
}

impl Session {
    /// Has a client that obeys do this. After its end it does nothing.
    pub fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // Nobody hears it any more: that is the end.
            orders.send(order).ok();
        }
    }

    /// Ends it and waits for that. Nothing is told afterwards.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        rustix::io::write(&*self.stop, &1u64.to_ne_bytes()).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Notes from the programs, and how they wake us.
pub(super) struct Notes {
    receiver: mpsc::Receiver<(Host, Note)>,
    alarm: Arc<OwnedFd>,
}

/// A bell for the programs, and where it is heard.
pub(super) fn notes() -> io::Result<(Bell, Notes)> {
    let alarm = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let (sender, receiver) = mpsc::channel();
    let bell = Arc::clone(&alarm);
    let ring: Bell = Arc::new(move |host, note| {
        // Nobody listens after the end; then nothing is lost.
        if sender.send((host, note)).is_ok() {
            rustix::io::write(&*bell, &1u64.to_ne_bytes()).ok();
        }
    });
    Ok((ring, Notes { receiver, alarm }))
}

impl Notes {
    /// Waits for a program to stand ready; what it did before is told by `did`.
    pub(super) fn ready(
        &self,
        wanted: Host,
        mut did: impl FnMut(Time, ProgramEvent),
    ) -> Option<(Option<SocketAddr>, oneshot::Sender<()>)> {
        loop {
            match self.receiver.recv().ok()? {
                (host, Note::Ready(address, go)) if host == wanted => return Some((address, go)),
                (_, Note::Did(time, event)) => did(time, event),
                (_, Note::Ended) => return None,
                (_, Note::Ready(..) | Note::WantsQuiet(_)) => {}
            }
        }
    }
}

/// What a session watches.
pub(super) struct Watch {
    pub(super) captures: Vec<Capture>,
    pub(super) interest: Interest,
    pub(super) notes: Notes,
    /// Dropping one ends its program.
    pub(super) cancel: Vec<(Host, oneshot::Sender<()>)>,
    /// Whose programs are ours.
    pub(super) programs: Vec<Host>,
    /// Programs are ended after so long, once the connection stands; `None`: never.
    pub(super) patience: Option<Duration>,
    /// A WebSocket is to be opened.
    pub(super) opening: Option<Opening>,
}

/// What a session waits for first.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    /// What is to be said if it does not come in time.
    pub(super) missing: &'static str,
    /// So much more patience the program gets once it is there: it waits on purpose.
    pub(super) waits: Duration,
}

struct Running<F> {
    watch: Watch,
    on_event: F,
    kernel: Option<SockDiag>,
    frames: u64,
    /// The neighbour has answered: what is asked from now on is upkeep.
    neighbour_known: bool,
    waiting: Vec<(Host, oneshot::Sender<()>)>,
    ended: Vec<Host>,
    last: Instant,
    connected: Option<Instant>,
    opened: bool,
}

/// Begins to tell. `first` is told before all else.
pub(super) fn start(
    watch: Watch,
    first: Vec<LiveEvent>,
    mut on_event: impl FnMut(LiveEvent) + Send + 'static,
) -> Result<Session, Broken> {
    let broken = || Broken::at(Step::Programs);
    let stop =
        eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|error| broken()(error.into()))?;
    let stop = Arc::new(stop);
    let stopped = Arc::clone(&stop);
    let tell = move || {
        for event in first {
            on_event(event);
        }
        let mut running = Running {
            watch,
            on_event,
            kernel: SockDiag::open().ok(),
            frames: 0,
            neighbour_known: false,
            waiting: Vec::new(),
            ended: Vec::new(),
            last: Instant::now(),
            connected: None,
            opened: false,
        };
        if let Err(error) = running.run(&stopped) {
            (running.on_event)(LiveEvent::Failed(format!("the capture broke: {}", sys::text_of(&error))));
        }
    };
    let thread = std::thread::Builder::new().name("capture".to_owned()).spawn(tell).map_err(broken())?;
    Ok(Session { stop, orders: None, thread: Some(thread) })
}

enum Happened {
    Frame(Captured),
    Did(Host, ProgramEvent),
}

impl<F: FnMut(LiveEvent)> Running<F> {
    fn run(&mut self, stop: &OwnedFd) -> io::Result<()> {
        loop {
            let busy = self.turn()?;
            let mut stopped = [0; 8];
            if rustix::io::read(stop, &mut stopped).is_ok() {
                return Ok(());
            }
            if !busy {
                self.let_programs_go_on();
                self.end_idle_programs();
                if self.is_over() {
                    let lost_frames = self.watch.captures.iter().map(Capture::lost).sum();
                    (self.on_event)(LiveEvent::Finished { time: sys::now(), sockets: None, lost_frames });
                    return Ok(());
                }
                self.wait(stop)?;
            }
        }
    }

    /// Takes all that has happened, in order of time, and tells it; says whether there was something.
    fn turn(&mut self) -> io::Result<bool> {
        let mut happened = Vec::new();
        for capture in &mut self.watch.captures {
            while let Some(captured) = capture.next()? {
                happened.push((captured.time, Happened::Frame(captured)));
            }
        }
        let mut noted = false;
        while let Ok((host, note)) = self.watch.notes.receiver.try_recv() {
            noted = true;
            match note {
                Note::Did(time, event) => happened.push((time, Happened::Did(host, event))),
                Note::WantsQuiet(go) | Note::Ready(_, go) => self.waiting.push((host, go)),
                Note::Ended => self.ended.push(host),
            }
        }
        let busy = noted || !happened.is_empty();
        if noted {
            self.last = Instant::now();
        }
        happened.sort_by_key(|(time, _)| *time);
        for (time, what) in happened {
            match what {
                Happened::Frame(captured) => self.frame(captured),
                Happened::Did(host, event) => self.did(time, host, event),
            }
        }
        Ok(busy)
    }

    fn frame(&mut self, captured: Captured) {
        let Captured { time, link, bytes } = captured;
        let number = self.frames + 1;
        let original_len = bytes.len() as u32;
        let frame = Frame { number, time: Some(time), link, interface: None, bytes: &bytes, original_len };
        let Some(ours) = self.watch.interest.in_it(&Packet::new(frame)) else { return };
        self.frames = number;
        self.last = Instant::now();
        let upkeep = self.neighbour_known && ours.neighbour.is_some();
        self.neighbour_known |= ours.neighbour == Some(Neighbour::Reply);
        let verdict = upkeep.then_some(Verdict::Background);
        let from = ours.from;
        let frame = LiveFrame { number, time, link, bytes, original_len, from, sockets: None, verdict };
        (self.on_event)(LiveEvent::Frame(frame));
    }

    fn did(&mut self, time: Time, host: Host, event: ProgramEvent) {
        match &event {
            ProgramEvent::Connected => self.connected = Some(Instant::now()),
            ProgramEvent::Opened { .. } => self.opened = true,
            // Nobody will come to a server of ours any more.
            ProgramEvent::Failed { call, .. } if call == "connect" => self.cancel(Host::Server),
            _ => {}
        }
        (self.on_event)(LiveEvent::Program { host, time, event });
    }

    fn cancel(&mut self, host: Host) {
        self.watch.cancel.retain(|(whose, _)| *whose != host);
    }

    /// What our kernel says of one end of the connection; `None` where that is not ours, or nothing can be read.
    fn socket(&self, host: Host) -> Option<Socket> {
        let client = self.watch.interest.client?;
        let server = self.watch.interest.server;
        let (local, remote) = match host {
            Host::Client => (client, server),
            Host::Server => (server, client),
        };
        let ours = self.watch.programs.contains(&host);
        self.kernel.as_ref().filter(|_| ours)?.socket(local, remote).ok()
    }

    /// A program may go on once all that its host sent was confirmed.
    fn let_programs_go_on(&mut self) {
        for (host, go) in std::mem::take(&mut self.waiting) {
            let unconfirmed = self.socket(host).and_then(|socket| socket.unacked).unwrap_or(0) > 0;
            if unconfirmed {
                self.waiting.push((host, go));
            } else {
                // A program that was cancelled meanwhile does not mind.
                go.send(()).ok();
            }
        }
    }

    fn end_idle_programs(&mut self) {
        let patience = self.watch.patience.zip(self.connected);
        let Some((patience, connected)) = patience else { return };
        let (patience, missing) = match self.watch.opening {
            None => (patience, None),
            Some(opening) if self.opened => (patience + opening.waits, None),
            Some(opening) => (patience, Some(opening.missing)),
        };
        if connected.elapsed() > patience && !self.watch.cancel.is_empty() {
            self.watch.cancel.clear();
            let call = "netlab stopped waiting".to_owned();
            let text = match missing {
                Some(missing) => format!("{missing} after {}", in_words(patience)),
                None => format!("the connection was not over within {}", in_words(patience)),
            };
            let event = ProgramEvent::Failed { call, errno: 0, text };
            (self.on_event)(LiveEvent::Program { host: Host::Client, time: sys::now(), event });
        }
    }

    /// Our programs have ended, and our ends of the connection are at rest (or the peer has had its time).
    fn is_over(&self) -> bool {
        use TcpState::{Closed, FinWait2, Listen, TimeWait};
        if self.watch.programs.iter().any(|host| !self.ended.contains(host)) {
            return false;
        }
        let at_rest = |host: &Host| {
            // A server that was waited for long enough, and does not close, is left.
            let left = |state| state == FinWait2 && self.watch.cancel.is_empty();
            let state = self.socket(*host).map(|socket| socket.state);
            state.is_some_and(|state| matches!(state, Closed | Listen | TimeWait) || left(state))
        };
        let idle = self.last.elapsed();
        idle >= LAST_WORDS || idle >= GLANCE && self.watch.programs.iter().all(at_rest)
    }

    fn wait(&mut self, stop: &OwnedFd) -> io::Result<()> {
        let alarm = Arc::clone(&self.watch.notes.alarm);
        let all_ended = self.watch.programs.iter().all(|host| self.ended.contains(host));
        let glancing = !self.waiting.is_empty() || all_ended;
        let timeout = if glancing { GLANCE } else { Duration::from_millis(100) };
        let timeout = Timespec { tv_sec: 0, tv_nsec: timeout.subsec_nanos().into() };
        let mut fds = vec![PollFd::new(stop, PollFlags::IN), PollFd::new(&*alarm, PollFlags::IN)];
        fds.extend(
            self.watch
                .captures
                .iter()
                .map(|capture| PollFd::from_borrowed_fd(capture.as_fd(), PollFlags::IN)),
        );
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut count = [0; 8];
        match rustix::io::read(&*alarm, &mut count) {
            Ok(_) | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

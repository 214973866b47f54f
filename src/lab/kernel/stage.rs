//! Plays a scenario: carries the frames, watches both kernels, conducts the programs, tells the parent.
//!
//! One loop on one thread, so that all it tells is in order; each program has a thread of its own, in its host's
//! namespace.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use tokio::sync::oneshot;

use super::build::{HostKernel, Hosts};
use super::late::Late;
use super::observer::Observer;
use super::pipes::{Inbox, Outbox};
use crate::event::{self, Host, LiveEvent, LiveFrame, ProgramEvent, Ready, TcpState, Verdict};
use crate::frame::{LinkType, Time};
use crate::lab::message::{Down, Play, Up};
use crate::lab::scenario::Action;
use crate::lab::wire::{Wire, is_noise};
use crate::peer::{self, Bell, Note, Part, Sockets};
use crate::sys::{self, namespace};

/// Where nothing happens for so long (and no frame is held, and no program pauses), nothing will.
const IDLE: Duration = Duration::from_secs(15);
/// Where the kernels cannot be asked, they are taken to be at rest after so long without a frame.
const BLIND: Duration = Duration::from_secs(1);
/// How often the kernels are asked whether they have come to rest.
const GLANCE: Duration = Duration::from_millis(1);
/// Frames that are taken from a cable before the other has its turn.
const BATCH: usize = 64;
/// Longer than any frame of a veth with its usual MTU.
const FRAME_BYTES: usize = 65_600;

/// Something that happened, before it is told.
enum Happened {
    Frame(Host, Vec<u8>, u32),
    Did(Host, ProgramEvent),
}

struct Stage {
    hosts: Hosts,
    wire: Wire,
    late: Late,
    ipv6: bool,
    /// There once both addresses are known.
    observer: Option<Observer>,
    outbox: Outbox,
    inbox: Inbox,
    notes: mpsc::Receiver<(Host, Note)>,
    /// Programs that want to go on when all is quiet.
    waiting: Vec<(Host, oneshot::Sender<()>)>,
    /// Ends a program that waits for nobody.
    cancel: [Option<oneshot::Sender<()>>; 2],
    ended: [bool; 2],
    /// The server's socket, before its program was ended because nobody would come.
    last_of_server: Option<event::Socket>,
    lost_frames: u64,
    last: Instant,
    idle: Duration,
    buffer: Vec<u8>,
}

/// Plays to the end, or until the parent is gone.
pub(super) fn play(hosts: Hosts, play: Play, rest: Vec<u8>) -> io::Result<()> {
    let alarm = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let (sender, notes) = mpsc::channel();
    let bell: Bell = {
        let alarm = Arc::clone(&alarm);
        Arc::new(move |host, note| {
            // Whoever reads both is this process; at its end nobody listens, and nothing is lost.
            if sender.send((host, note)).is_ok() {
                rustix::io::write(&*alarm, &1u64.to_ne_bytes()).ok();
            }
        })
    };
    let (client, client_address) = start(Host::Client, &hosts.client, &play, &bell)?;
    let (server, server_address) = start(Host::Server, &hosts.server, &play, &bell)?;
    let mut stage = Stage {
        wire: Wire::new(play.scenario.wire.clone(), play.step),
        late: Late::default(),
        ipv6: play.ipv6,
        observer: None,
        outbox: Outbox::new()?,
        inbox: Inbox::new(rest)?,
        notes,
        waiting: Vec::new(),
        cancel: [Some(client), Some(server)],
        ended: [false; 2],
        last_of_server: None,
        lost_frames: 0,
        last: Instant::now(),
        idle: IDLE + pauses(&play),
        buffer: vec![0; FRAME_BYTES],
        hosts,
    };
    let early = play.step && play.scenario.depends_on_clocks();
    let begun = stage.begin(early, client_address, server_address);
    let ended = begun.and_then(|()| stage.run(&alarm));
    if let Err(error) = &ended {
        stage.event(LiveEvent::Failed(format!("the lab broke: {}", sys::text_of(error))))?;
    }
    let Stage { hosts, outbox, .. } = stage;
    // If the parent has gone, nobody waits for the rest.
    if ended.unwrap_or(true) {
        outbox.finish()?;
    }
    // Closing a packet socket waits in the kernel: both at once halve it.
    let Hosts { client, server, .. } = hosts;
    let other = std::thread::spawn(move || drop(client));
    drop(server);
    other.join().ok();
    Ok(())
}

type Started = (oneshot::Sender<()>, oneshot::Sender<SocketAddr>);

/// Starts a program in its host's namespace.
fn start(host: Host, kernel: &HostKernel, play: &Play, bell: &Bell) -> io::Result<Started> {
    let (cancel, cancelled) = oneshot::channel();
    let (server, server_known) = oneshot::channel();
    let program = match host {
        Host::Client => play.scenario.client.clone(),
        Host::Server => play.scenario.server.clone(),
    };
    let part = Part {
        host,
        program,
        local: kernel.address,
        server: server_known,
        messages: play.messages.clone(),
        bell: Arc::clone(bell),
        cancel: cancelled,
        // The same on every computer, whatever the system prefers.
        sockets: Sockets { congestion_control: Some("cubic"), give_up_after: None },
    };
    let home = kernel.namespace.try_clone()?;
    std::thread::Builder::new().name(host.name().to_owned()).spawn(move || {
        let bell = Arc::clone(&part.bell);
        if let Err(error) = namespace::enter_net_namespace(&home).and_then(|()| peer::run(part)) {
            let failed = ProgramEvent::Failed {
                call: "start".to_owned(),
                errno: error.raw_os_error().unwrap_or(0),
                text: error.to_string(),
            };
            bell(host, Note::Did(sys::now(), failed));
            bell(host, Note::Ended);
        }
    })?;
    Ok((cancel, server))
}

fn pauses(play: &Play) -> Duration {
    let actions = play.scenario.client.actions.iter().chain(&play.scenario.server.actions);
    actions.map(Action::pause).sum()
}

impl Stage {
    /// Waits until both programs stand ready, tells the parent who they are, and lets them go.
    fn begin(
        &mut self,
        look_up_first: bool,
        to_client: oneshot::Sender<SocketAddr>,
        to_server: oneshot::Sender<SocketAddr>,
    ) -> io::Result<()> {
        let (mut client, mut server) = (None, None);
        let mut early = Vec::new();
        while client.is_none() || server.is_none() {
            match self.notes.recv().map_err(io::Error::other)? {
                (Host::Client, Note::Ready(address, go)) => client = Some((address, go)),
                (Host::Server, Note::Ready(address, go)) => server = Some((address, go)),
                (host, Note::Ended) => {
                    return Err(io::Error::other(format!("the {host}'s program did not start")));
                }
                (host, Note::Did(time, event)) => early.push((time, host, event)),
                (_, Note::WantsQuiet(_)) => {}
            }
        }
        let (Some((client, client_go)), Some((server, server_go))) = (client, server) else { return Ok(()) };
        let client = client.unwrap_or(self.hosts.client.address);
        let listening = server.is_some();
        let server = server.unwrap_or(self.hosts.server.address);
        self.observer = Some(Observer::new(&self.hosts, client, server, listening));
        self.event(LiveEvent::Ready(Ready {
            client: Some(client),
            server: Some(server),
            settings: self.hosts.settings.clone(),
        }))?;
        for (time, host, event) in early {
            self.event(LiveEvent::Program { host, time, event })?;
        }
        if look_up_first {
            self.hosts.client.look_up(server.ip())?;
        }
        // A program that is gone already tells so itself.
        to_client.send(server).ok();
        to_server.send(server).ok();
        server_go.send(()).ok();
        client_go.send(()).ok();
        Ok(())
    }

    /// What both kernels say now.
    fn look(&mut self) -> Option<event::Sockets> {
        self.observer.as_mut()?.look(&self.hosts)
    }

    fn event(&mut self, event: LiveEvent) -> io::Result<()> {
        self.outbox.put(&Up::Event(event))
    }

    /// The loop. Whether the story came to its end: not, where the parent has gone.
    fn run(&mut self, alarm: &impl AsFd) -> io::Result<bool> {
        loop {
            let busy = self.turn()?;
            if self.inbox.has_ended() {
                return Ok(false);
            }
            if !busy {
                let sockets = self.look();
                self.let_programs_go_on(sockets.as_ref());
                if self.is_over(sockets.as_ref()) {
                    self.lost_frames += self.hosts.client.cable.lost()? + self.hosts.server.cable.lost()?;
                    let (time, lost_frames) = (sys::now(), self.lost_frames);
                    let sockets = sockets.map(|sockets| event::Sockets {
                        server: self.last_of_server.unwrap_or(sockets.server),
                        ..sockets
                    });
                    self.event(LiveEvent::Finished { time, sockets, lost_frames })?;
                    return Ok(true);
                }
            }
            self.outbox.flush()?;
            if !busy {
                self.wait(alarm)?;
            }
        }
    }

    /// Takes all that has happened, in order of time, and deals with it; says whether there was something.
    fn turn(&mut self) -> io::Result<bool> {
        let mut happened = Vec::new();
        for host in [Host::Client, Host::Server] {
            self.take_frames(host, &mut happened)?;
        }
        // After the frames: whatever a program said before it caused a frame is there by now.
        let mut noted = false;
        while let Ok((host, note)) = self.notes.try_recv() {
            noted = true;
            match note {
                Note::Did(time, event) => happened.push((time, Happened::Did(host, event))),
                Note::WantsQuiet(go) | Note::Ready(_, go) => self.waiting.push((host, go)),
                Note::Ended => self.ended[index(host)] = true,
            }
        }
        self.inbox.fill()?;
        let mut released = false;
        while let Some(Down::Release(number)) = self.inbox.next()? {
            released |= self.release(number)?;
        }
        while let Some((to, bytes)) = self.late.due() {
            released = true;
            self.send(to, &bytes)?;
        }
        let busy = noted || released || !happened.is_empty();
        if busy {
            self.last = Instant::now();
        }
        happened.sort_by_key(|(time, _)| *time);
        for (time, what) in happened {
            match what {
                Happened::Frame(from, bytes, original_len) => self.frame(time, from, bytes, original_len)?,
                Happened::Did(host, event) => self.did(time, host, event)?,
            }
        }
        Ok(busy)
    }

    fn take_frames(&mut self, host: Host, happened: &mut Vec<(Time, Happened)>) -> io::Result<()> {
        for _ in 0..BATCH {
            let Some(arrived) = self.hosts.of(host).cable.receive(&mut self.buffer)? else { break };
            let bytes = self.buffer.get(..arrived.kept).unwrap_or_default();
            if !is_noise(bytes, self.ipv6) {
                let frame = Happened::Frame(host, bytes.to_vec(), arrived.original as u32);
                happened.push((arrived.time, frame));
            }
        }
        Ok(())
    }

    fn frame(&mut self, time: Time, from: Host, bytes: Vec<u8>, original_len: u32) -> io::Result<()> {
        let arrival = self.wire.arrive(time, from, &bytes);
        // Both kernels are asked while the frame stands on the wire, before anything comes of it; of one that waits behind
        // another, when its turn has come.
        let waits = self.wire.front().is_some_and(|front| front != arrival.number);
        let sockets = if waits { None } else { self.look() };
        if matches!(arrival.verdict, Verdict::Passed | Verdict::Background) {
            if arrival.delay.is_zero() {
                self.send(from.other(), &bytes)?;
            } else {
                self.late.put(arrival.delay, from.other(), bytes.clone());
            }
        }
        self.event(LiveEvent::Frame(LiveFrame {
            number: arrival.number,
            time,
            link: LinkType::Ethernet,
            bytes,
            original_len,
            from: Some(from),
            sockets,
            verdict: Some(arrival.verdict),
        }))
    }

    fn send(&mut self, to: Host, bytes: &[u8]) -> io::Result<()> {
        match self.hosts.of(to).cable.send(bytes) {
            // The host's queue is full: as on any network the frame is lost, and told.
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                self.lost_frames += 1;
                Ok(())
            }
            result => result,
        }
    }

    fn release(&mut self, number: u64) -> io::Result<bool> {
        let time = sys::now();
        let Some(released) = self.wire.release(number, time) else { return Ok(false) };
        if !released.lost {
            self.send(released.from.other(), &released.bytes)?;
        }
        if let Some(number) = self.wire.front() {
            let sockets = self.look();
            self.event(LiveEvent::Looked { number, sockets })?;
        }
        self.event(LiveEvent::Released { number, time, held: released.held })?;
        Ok(true)
    }

    fn did(&mut self, time: Time, host: Host, event: ProgramEvent) -> io::Result<()> {
        if host == Host::Client && matches!(&event, ProgramEvent::Failed { call, .. } if call == "connect") {
            // Nobody will come to the server any more. It was listening until now: that is how its story ends.
            self.last_of_server = self.look().map(|sockets| sockets.server);
            self.cancel[index(Host::Server)] = None;
        }
        self.event(LiveEvent::Program { host, time, event })
    }

    /// Nothing is under way, for this host: no frame on the wire, all it sent was confirmed, and (for a client) the server
    /// has completed the handshake.
    fn let_programs_go_on(&mut self, sockets: Option<&event::Sockets>) {
        if !self.is_clear() {
            return;
        }
        for (host, go) in std::mem::take(&mut self.waiting) {
            let unconfirmed = sockets.and_then(|sockets| sockets.of(host).unacked).unwrap_or(0) > 0;
            let half_open = sockets.is_some_and(|sockets| sockets.server.state == TcpState::SynReceived);
            if unconfirmed || half_open {
                self.waiting.push((host, go));
            } else {
                // A program that was cancelled meanwhile does not mind.
                go.send(()).ok();
            }
        }
    }

    /// No frame is between the hosts.
    fn is_clear(&self) -> bool {
        self.wire.is_empty() && self.late.is_empty()
    }

    /// Both programs have ended, no frame stands on the wire, and both kernels are at rest.
    fn is_over(&mut self, sockets: Option<&event::Sockets>) -> bool {
        if !self.is_clear() {
            self.last = Instant::now();
            return false;
        }
        let resting = |socket: &event::Socket| {
            matches!(socket.state, TcpState::Closed | TcpState::Listen | TcpState::TimeWait)
        };
        let at_rest = match sockets {
            Some(sockets) => resting(&sockets.client) && resting(&sockets.server),
            None => self.last.elapsed() >= BLIND,
        };
        let idle = self.last.elapsed() >= self.idle;
        if idle && self.ended != [true; 2] {
            self.cancel = [None, None];
            self.last = Instant::now();
            return false;
        }
        self.ended == [true; 2] && (at_rest || idle)
    }

    fn wait(&mut self, alarm: &impl AsFd) -> io::Result<()> {
        let glancing = !self.waiting.is_empty() || self.ended == [true; 2];
        let timeout = match (self.wire.is_empty(), glancing) {
            (false, _) => None,
            (true, true) => Some(GLANCE),
            (true, false) => Some(self.idle.saturating_sub(self.last.elapsed())),
        };
        let timeout = timeout.into_iter().chain(self.late.left()).min();
        let timeout = timeout
            .map(|time| Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos().into() });
        let ready = PollFlags::IN;
        let mut fds = vec![
            PollFd::new(&self.hosts.client.cable, ready),
            PollFd::new(&self.hosts.server.cable, ready),
            PollFd::new(alarm, ready),
            PollFd::from_borrowed_fd(self.inbox.as_fd(), ready),
        ];
        if self.outbox.is_waiting() {
            fds.push(PollFd::from_borrowed_fd(self.outbox.as_fd(), PollFlags::OUT));
        }
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        drop(fds);
        let mut count = [0; 8];
        match rustix::io::read(alarm, &mut count) {
            Ok(_) | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn index(host: Host) -> usize {
    match host {
        Host::Client => 0,
        Host::Server => 1,
    }
}

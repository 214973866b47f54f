//! Carries the frames between the hosts, looks at both kernels, tells the parent and hears it.
//!
//! What the two hosts' programs do is not its business: who conducts them ([`stage`](super::stage)) decides when it is over.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use super::build::Hosts;
use super::late::Late;
use super::observer::Observer;
use super::pipes::{Inbox, Outbox};
use crate::event::{self, Host, LiveEvent, LiveFrame, ProgramEvent, Verdict};
use crate::frame::{LinkType, Time};
use crate::lab::message::{Down, Up};
use crate::lab::wire::{Wire, is_noise};
use crate::peer::Orders;
use crate::sys;

/// Frames that are taken from a cable before the other has its turn.
const BATCH: usize = 64;
/// Longer than any frame of a veth with its usual MTU.
const FRAME_BYTES: usize = 65_600;

/// Something that happened, before it is told.
pub(super) enum Happened {
    /// A frame on its way, and how long it was.
    Frame(Way, Vec<u8>, u32),
    /// A program did something.
    Did(Host, ProgramEvent),
}

/// Where a frame comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// Who sent what is in it, or in whose direction the router says something of its own.
    pub(super) from: Host,
    /// It came out of the router: on the link of the host that it is for.
    pub(super) routed: bool,
}

/// The wire, and all that goes over it.
pub(super) struct Carrier {
    pub(super) hosts: Hosts,
    pub(super) wire: Wire,
    /// There once both addresses are known.
    pub(super) observer: Option<Observer>,
    /// When something happened last.
    pub(super) last: Instant,
    /// To a client that does what somebody types.
    pub(super) orders: Option<Orders>,
    late: Late,
    ipv6: bool,
    outbox: Outbox,
    inbox: Inbox,
    alarm: Arc<OwnedFd>,
    lost_frames: u64,
    buffer: Vec<u8>,
}

impl Carrier {
    /// Between these hosts. `rest`: what was already read of what the parent says.
    pub(super) fn new(hosts: Hosts, wire: Wire, ipv6: bool, rest: Vec<u8>) -> io::Result<Carrier> {
        Ok(Carrier {
            hosts,
            wire,
            observer: None,
            last: Instant::now(),
            orders: None,
            late: Late::default(),
            ipv6,
            outbox: Outbox::new()?,
            inbox: Inbox::new(rest)?,
            alarm: Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?),
            lost_frames: 0,
            buffer: vec![0; FRAME_BYTES],
        })
    }

    /// Wakes [`wait`](Carrier::wait); from any thread.
    pub(super) fn bell(&self) -> impl Fn() + Clone + Send + Sync + use<> {
        let alarm = Arc::clone(&self.alarm);
        move || {
            // It fails only where it has been rung very often already.
            rustix::io::write(&*alarm, &1u64.to_ne_bytes()).ok();
        }
    }

    /// Whether the parent has gone.
    pub(super) fn is_alone(&self) -> bool {
        self.inbox.has_ended()
    }

    /// Tells the parent.
    pub(super) fn event(&mut self, event: LiveEvent) -> io::Result<()> {
        self.outbox.put(&Up::Event(event))
    }

    /// Writes as much as the pipe takes.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.outbox.flush()
    }

    /// Whether the parent keeps up with what it is told.
    pub(super) fn has_room(&self) -> bool {
        self.outbox.has_room()
    }

    /// What both kernels say now.
    pub(super) fn look(&mut self) -> Option<event::Sockets> {
        self.observer.as_mut()?.look(&self.hosts)
    }

    /// No frame is between the hosts.
    pub(super) fn is_clear(&self) -> bool {
        self.wire.is_empty() && self.late.is_empty()
    }

    /// All frames that have come.
    pub(super) fn arrived(&mut self) -> io::Result<Vec<(Time, Happened)>> {
        let mut happened = Vec::new();
        for host in [Host::Client, Host::Server] {
            self.take_frames(Way { from: host, routed: false }, &mut happened)?;
            if self.hosts.router.is_some() {
                self.take_frames(Way { from: host, routed: true }, &mut happened)?;
            }
        }
        Ok(happened)
    }

    fn take_frames(&mut self, way: Way, happened: &mut Vec<(Time, Happened)>) -> io::Result<()> {
        for _ in 0..BATCH {
            let cable = match &self.hosts.router {
                Some(router) if way.routed => router.towards(way.from.other()),
                _ => &self.hosts.of(way.from).cable,
            };
            let Some(arrived) = cable.receive(&mut self.buffer)? else { break };
            let bytes = self.buffer.get(..arrived.kept).unwrap_or_default();
            if !is_noise(bytes, self.ipv6) {
                let frame = Happened::Frame(way, bytes.to_vec(), arrived.original as u32);
                happened.push((arrived.time, frame));
            }
        }
        Ok(())
    }

    /// Judges a frame, carries it, tells it.
    pub(super) fn frame(
        &mut self,
        time: Time,
        way: Way,
        bytes: Vec<u8>,
        original_len: u32,
    ) -> io::Result<()> {
        self.last = Instant::now();
        let from = way.from;
        let arrival = self.wire.arrive(time, from, &bytes);
        // Both kernels are asked while the frame stands on the wire, before anything comes of it; of one that waits behind
        // another, when its turn has come.
        let waits = self.wire.front().is_some_and(|front| front != arrival.number);
        let sockets = if waits { None } else { self.look() };
        if matches!(arrival.verdict, Verdict::Passed | Verdict::Background) {
            if arrival.delay.is_zero() {
                self.send(way, &bytes)?;
            } else {
                self.late.put(arrival.delay, way, bytes.clone());
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

    /// To the other end of its link: the other host, or the router.
    fn send(&mut self, way: Way, bytes: &[u8]) -> io::Result<()> {
        let cable = match &self.hosts.router {
            Some(router) if !way.routed => router.towards(way.from),
            _ => &self.hosts.of(way.from.other()).cable,
        };
        match cable.send(bytes) {
            // The host's queue is full: as on any network the frame is lost, and told.
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                self.lost_frames += 1;
                Ok(())
            }
            result => result,
        }
    }

    /// Does what the parent asked for, and sends what was late and is due; says whether there was something.
    pub(super) fn obey(&mut self) -> io::Result<bool> {
        self.inbox.fill()?;
        let mut released = false;
        while let Some(message) = self.inbox.next()? {
            match (message, &self.orders) {
                (Down::Release(number), _) => released |= self.release(number)?,
                // A client that has come to its end does nothing more.
                (Down::Order(order), Some(orders)) => drop(orders.send(order)),
                (Down::Order(_) | Down::Play(_) | Down::Start(_) | Down::Probe, _) => {}
            }
        }
        while let Some((way, bytes)) = self.late.due() {
            released = true;
            self.send(way, &bytes)?;
        }
        if released {
            self.last = Instant::now();
        }
        Ok(released)
    }

    fn release(&mut self, number: u64) -> io::Result<bool> {
        let time = sys::now();
        let Some(released) = self.wire.release(number, time) else { return Ok(false) };
        if !released.lost {
            // With a router nothing is held.
            self.send(Way { from: released.from, routed: false }, &released.bytes)?;
        }
        if let Some(number) = self.wire.front() {
            let sockets = self.look();
            self.event(LiveEvent::Looked { number, sockets })?;
        }
        self.event(LiveEvent::Released { number, time, held: released.held })?;
        Ok(true)
    }

    /// Waits until something happens, at most so long (`None`: as long as it takes).
    pub(super) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let timeout = timeout.into_iter().chain(self.late.left()).min();
        let timeout = timeout
            .map(|time| Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos().into() });
        let ready = PollFlags::IN;
        let mut fds = vec![
            PollFd::new(&self.hosts.client.cable, ready),
            PollFd::new(&self.hosts.server.cable, ready),
            PollFd::new(&*self.alarm, ready),
            PollFd::from_borrowed_fd(self.inbox.as_fd(), ready),
        ];
        if let Some(router) = &self.hosts.router {
            fds.extend([Host::Client, Host::Server].map(|host| PollFd::new(router.towards(host), ready)));
        }
        if self.outbox.is_waiting() {
            fds.push(PollFd::from_borrowed_fd(self.outbox.as_fd(), PollFlags::OUT));
        }
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        drop(fds);
        let mut count = [0; 8];
        match rustix::io::read(&*self.alarm, &mut count) {
            Ok(_) | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells the end, with the last look at both kernels.
    pub(super) fn finished(&mut self, sockets: Option<event::Sockets>) -> io::Result<()> {
        let mut lost_frames = self.lost_frames;
        for host in [Host::Client, Host::Server] {
            lost_frames += self.hosts.of(host).cable.lost()?;
            if let Some(router) = &self.hosts.router {
                lost_frames += router.towards(host).lost()?;
            }
        }
        self.event(LiveEvent::Finished { time: sys::now(), sockets, lost_frames })
    }

    /// Takes the wire down. `ended`: how the story ended; whether the parent is still there to hear the rest.
    pub(super) fn end(mut self, ended: io::Result<bool>) -> io::Result<()> {
        if let Err(error) = &ended {
            self.event(LiveEvent::Failed(format!("the lab broke: {}", sys::text_of(error))))?;
        }
        let Carrier { hosts, outbox, .. } = self;
        // If the parent has gone, nobody waits for the rest.
        if ended.unwrap_or(true) {
            outbox.finish()?;
        }
        // Closing a packet socket waits in the kernel: both at once halve it.
        let Hosts { client, server, router, .. } = hosts;
        let other = std::thread::spawn(move || drop(client));
        let between = router.map(|router| std::thread::spawn(move || drop(router)));
        drop(server);
        between.into_iter().for_each(|between| drop(between.join()));
        other.join().ok();
        Ok(())
    }
}

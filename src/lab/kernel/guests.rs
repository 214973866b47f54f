//! Conducts programs that others wrote: the server's first, the client's when the server listens; the story is over when the
//! client's have ended. The [carrier](super::carrier) carries their frames meanwhile.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use super::build::Hosts;
use super::carrier::{Carrier, Happened};
use super::conduct::{Conductor, conduct};
use super::observer::Observer;
use super::programs::{Programs, Word};
use crate::dissect::Packet;
use crate::event::{Host, LiveEvent, ProgramEvent, Ready, TcpState};
use crate::frame::{Frame, LinkType, Time};
use crate::lab::message::Start;
use crate::lab::scenario::Kind;
use crate::lab::wire::{Wire, kind};
use crate::sys;

/// How often the kernels are asked whether a server listens, or all connections have come to rest.
const GLANCE: Duration = Duration::from_millis(2);
/// A server has so long until it listens.
const READY: Duration = Duration::from_secs(30);
/// After the client's end connections have so long, without a frame, to come to rest.
const REST: Duration = Duration::from_secs(1);
/// Programs that are asked to end have so long.
const FAREWELL: Duration = Duration::from_secs(3);
/// The newest connections are looked at, up to so many.
const CONNECTIONS: usize = 1024;

/// Where the story is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The server's programs start.
    Preparing,
    /// The client's run.
    Playing,
    /// They have ended; the connections come to rest.
    Resting,
    /// The server's were asked to end.
    Ending,
    /// None runs; what they sent last is under way.
    Closing,
    /// All has been told.
    Over,
}

struct Guests {
    carrier: Carrier,
    programs: Programs,
    ready: Vec<u16>,
    limit: Duration,
    /// The connections that were begun: who began it, who was called.
    connections: Vec<(Host, SocketAddr, SocketAddr)>,
    phase: Phase,
    since: Instant,
    /// Why the story ends before its time.
    failed: Option<String>,
}

/// Starts the programs, and carries their frames to the story's end, or until the parent is gone.
pub(super) fn play(hosts: Hosts, start: Start, rest: Vec<u8>) -> io::Result<()> {
    let Start { ipv6, commands, ready, limit } = start;
    let carrier = Carrier::new(hosts, Wire::new(Vec::new(), false), ipv6, rest)?;
    let mut guests = Guests {
        carrier,
        programs: Programs::new(commands)?,
        ready,
        limit,
        connections: Vec::new(),
        phase: Phase::Preparing,
        since: Instant::now(),
        failed: None,
    };
    let ended = guests.begin().and_then(|()| conduct(&mut guests));
    let Guests { carrier, mut programs, .. } = guests;
    let left = programs.leave_nothing();
    carrier.end(ended.and_then(|whole| left.map(|()| whole)))
}

impl Guests {
    /// Tells the parent who the hosts are, and starts the server's programs.
    fn begin(&mut self) -> io::Result<()> {
        let hosts = &self.carrier.hosts;
        let mut server = hosts.server.address;
        if let Some(port) = self.ready.first() {
            server.set_port(*port);
        }
        let (client, settings) = (hosts.client.address, hosts.settings.clone());
        let ready = Ready { client: Some(client), server: Some(server), settings };
        self.carrier.event(LiveEvent::Ready(ready))?;
        self.carrier.flush()?;
        self.programs.start(Host::Server, &self.carrier.hosts, &self.carrier.bell())
    }

    /// A program's word, as it is told to the parent.
    fn told(&mut self, word: Word) -> Option<(Time, Happened)> {
        let (host, name) = self.programs.about(word.of())?;
        let program = name.to_owned();
        let (time, event) = match word {
            Word::Started(..) => return None,
            Word::NotStarted(_, error) => {
                let why = sys::text_of(&error);
                self.failed = Some(format!("{program} could not be started on the {host}: {why}"));
                return None;
            }
            Word::Said(_, time, line) => (time, ProgramEvent::Said { program, line }),
            Word::Ended(_, time, how) => (time, ProgramEvent::Exited { program, how }),
        };
        Some((time, Happened::Did(host, event)))
    }

    /// Notes who calls whom; the first connection is the one whose kernels are read.
    fn watch(&mut self, time: Time, from: Host, bytes: &[u8]) {
        let original_len = bytes.len() as u32;
        let link = LinkType::Ethernet;
        let packet =
            Packet::new(Frame { number: 0, time: Some(time), link, interface: None, bytes, original_len });
        if kind(&packet) != Kind::Syn {
            return;
        }
        let (Some(tcp), Some((source, destination))) = (packet.tcp(), packet.addresses()) else { return };
        let (Some(src_port), Some(dst_port)) = (tcp.src_port(), tcp.dst_port()) else { return };
        let caller = SocketAddr::new(source, src_port);
        let called = SocketAddr::new(destination, dst_port);
        if self.connections.contains(&(from, caller, called)) {
            return;
        }
        if self.connections.len() == CONNECTIONS {
            self.connections.remove(0);
        }
        self.connections.push((from, caller, called));
        if self.carrier.observer.is_none() && from == Host::Client {
            // That nobody listens is no proof that the kernel is mute.
            let observer = Observer::new(&self.carrier.hosts, caller, called, false);
            self.carrier.observer = Some(observer);
        }
    }

    /// Goes on as far as it is time to; whether all is over.
    fn advance(&mut self) -> io::Result<bool> {
        while let Some(next) = self.next()? {
            if next == Phase::Over {
                return Ok(true);
            }
            self.phase = next;
            self.since = Instant::now();
        }
        Ok(false)
    }

    /// The next phase, if it is time for it.
    fn next(&mut self) -> io::Result<Option<Phase>> {
        let ready = self.phase == Phase::Preparing && self.server_is_ready()?;
        Ok(match self.phase {
            Phase::Preparing if ready => {
                self.programs.start(Host::Client, &self.carrier.hosts, &self.carrier.bell())?;
                Some(Phase::Playing)
            }
            Phase::Playing if self.programs.have_ended(Host::Client) => Some(Phase::Resting),
            Phase::Playing if self.since.elapsed() > self.limit => {
                let (seconds, told) = (self.limit.as_secs(), self.programs.in_words(Host::Client));
                self.failed = Some(format!("after {seconds} s on the client {told}"));
                None
            }
            Phase::Resting if self.is_quiet() => {
                self.programs.end(false)?;
                Some(Phase::Ending)
            }
            Phase::Ending if self.programs.are_over() => Some(Phase::Closing),
            Phase::Ending if self.since.elapsed() > FAREWELL => {
                self.programs.end(true)?;
                None
            }
            Phase::Closing if self.is_quiet() => Some(Phase::Over),
            _ => None,
        })
    }

    /// Whether the server listens wherever it is to. If it never will, the story has failed.
    fn server_is_ready(&mut self) -> io::Result<bool> {
        if !self.programs.has_any(Host::Server) {
            return Ok(true);
        }
        let mut missing = None;
        for port in &self.ready {
            if !self.listens(*port)? {
                missing = Some(*port);
                break;
            }
        }
        let Some(port) = missing else { return Ok(true) };
        let late = self.since.elapsed() > READY;
        if late || self.programs.one_has_failed(Host::Server) || self.programs.have_ended(Host::Server) {
            let told = self.programs.in_words(Host::Server);
            let when = if late { format!("after {} s ", READY.as_secs()) } else { String::new() };
            self.failed = Some(format!("{when}nobody listens on the server's port {port}: {told}"));
        }
        Ok(false)
    }

    /// Whether somebody on the server listens at this port, for the client or at least for the server itself.
    fn listens(&self, port: u16) -> io::Result<bool> {
        let hosts = &self.carrier.hosts;
        let loopback: IpAddr = match hosts.server.address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        for ip in [hosts.server.address.ip(), loopback] {
            let socket = hosts.server.sockets.socket(SocketAddr::new(ip, port), hosts.client.address)?;
            if socket.state == TcpState::Listen {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// No frame is under way, and every connection has come to rest at both ends, or seems to stay as it is.
    fn is_quiet(&self) -> bool {
        if !self.carrier.is_clear() {
            return false;
        }
        let resting = |host: Host, local, remote| {
            let socket = self.carrier.hosts.of(host).sockets.socket(local, remote);
            socket.is_ok_and(|socket| {
                matches!(socket.state, TcpState::Closed | TcpState::Listen | TcpState::TimeWait)
            })
        };
        let all = self.connections.iter().all(|(from, caller, called)| {
            resting(*from, *caller, *called) && resting(from.other(), *called, *caller)
        });
        all || self.since.elapsed().min(self.carrier.last.elapsed()) > REST
    }
}

impl Conductor for Guests {
    fn carrier(&mut self) -> &mut Carrier {
        &mut self.carrier
    }

    fn hear(&mut self, happened: &mut Vec<(Time, Happened)>) -> bool {
        let mut heard = false;
        // A parent that does not read what it is told hears no more, and programs that write wait.
        while self.carrier.has_room()
            && let Some(word) = self.programs.hear()
        {
            heard = true;
            happened.extend(self.told(word));
        }
        heard
    }

    fn take(&mut self, time: Time, what: Happened) -> io::Result<()> {
        match what {
            Happened::Frame(way, bytes, original_len) => {
                self.watch(time, way.from, &bytes);
                self.carrier.frame(time, way, bytes, original_len)
            }
            Happened::Did(host, event) => self.carrier.event(LiveEvent::Program { host, time, event }),
        }
    }

    fn go_on(&mut self) -> io::Result<bool> {
        let over = self.failed.is_none() && self.advance()?;
        if let Some(why) = self.failed.take() {
            self.carrier.event(LiveEvent::Failed(why))?;
            return Ok(true);
        }
        if over {
            let sockets = self.carrier.look();
            self.carrier.finished(sockets)?;
        }
        Ok(over)
    }

    fn patience(&self) -> Option<Duration> {
        Some(match self.phase {
            Phase::Playing => self.limit.saturating_sub(self.since.elapsed()).max(GLANCE),
            Phase::Ending => FAREWELL.saturating_sub(self.since.elapsed()).max(GLANCE),
            Phase::Preparing | Phase::Resting | Phase::Closing | Phase::Over => GLANCE,
        })
    }
}

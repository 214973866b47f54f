//! Plays a scenario: conducts its two programs, while the [carrier](super::carrier) carries their frames.
//!
//! Each program has a thread of its own, in its host's namespace.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::build::{HostKernel, Hosts};
use super::carrier::{Carrier, Happened};
use super::conduct::{Conductor, conduct};
use super::observer::Observer;
use crate::event::{self, Host, LiveEvent, ProgramEvent, Ready, TcpState};
use crate::frame::Time;
use crate::lab::message::Play;
use crate::lab::scenario::Action;
use crate::lab::wire::Wire;
use crate::peer::{self, Bell, Note, Order, Part, Sockets};
use crate::sys::{self, namespace};

/// Where nothing happens for so long (and no frame is held, and no program pauses), nothing will.
const IDLE: Duration = Duration::from_secs(15);
/// Where the kernels cannot be asked, they are taken to be at rest after so long without a frame.
const BLIND: Duration = Duration::from_secs(1);
/// How often the kernels are asked whether they have come to rest.
const GLANCE: Duration = Duration::from_millis(1);

struct Stage {
    carrier: Carrier,
    notes: mpsc::Receiver<(Host, Note)>,
    /// Programs that want to go on when all is quiet.
    waiting: Vec<(Host, oneshot::Sender<()>)>,
    /// Ends a program that waits for nobody.
    cancel: [Option<oneshot::Sender<()>>; 2],
    ended: [bool; 2],
    /// The server's socket, before its program was ended because nobody would come.
    last_of_server: Option<event::Socket>,
    idle: Duration,
}

/// Plays to the end, or until the parent is gone.
pub(super) fn play(hosts: Hosts, play: Play, rest: Vec<u8>) -> io::Result<()> {
    let wire = Wire::new(play.scenario.wire.clone(), play.step);
    let mut carrier = Carrier::new(hosts, wire, play.ipv6, rest)?;
    let (sender, notes) = mpsc::channel();
    let ring = carrier.bell();
    let bell: Bell = Arc::new(move |host, note| {
        // Whoever reads both is this process; at its end nobody listens, and nothing is lost.
        if sender.send((host, note)).is_ok() {
            ring();
        }
    });
    let (orders, ordered) = peer::orders(&play.scenario.client);
    carrier.orders = orders;
    let (client, client_address) = start(Host::Client, &carrier.hosts.client, &play, &bell, ordered)?;
    let (server, server_address) = start(Host::Server, &carrier.hosts.server, &play, &bell, None)?;
    let mut stage = Stage {
        carrier,
        notes,
        waiting: Vec::new(),
        cancel: [Some(client), Some(server)],
        ended: [false; 2],
        last_of_server: None,
        idle: IDLE + pauses(&play),
    };
    let early = play.step && play.scenario.depends_on_clocks();
    let begun = stage.begin(early, client_address, server_address);
    let ended = begun.and_then(|()| conduct(&mut stage));
    stage.carrier.end(ended)
}

type Started = (oneshot::Sender<()>, oneshot::Sender<SocketAddr>);

/// Starts a program in its host's namespace.
fn start(
    host: Host,
    kernel: &HostKernel,
    play: &Play,
    bell: &Bell,
    orders: Option<UnboundedReceiver<Order>>,
) -> io::Result<Started> {
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
        orders,
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
        let client = client.unwrap_or(self.carrier.hosts.client.address);
        let listening = server.is_some();
        let server = server.unwrap_or(self.carrier.hosts.server.address);
        let observer = Observer::new(&self.carrier.hosts, client, server, listening);
        self.carrier.observer = Some(observer);
        let settings = self.carrier.hosts.settings.clone();
        self.carrier.event(LiveEvent::Ready(Ready {
            client: Some(client),
            server: Some(server),
            settings,
        }))?;
        for (time, host, event) in early {
            self.carrier.event(LiveEvent::Program { host, time, event })?;
        }
        if look_up_first {
            self.carrier.hosts.client.look_up(server.ip())?;
        }
        // A program that is gone already tells so itself.
        to_client.send(server).ok();
        to_server.send(server).ok();
        server_go.send(()).ok();
        client_go.send(()).ok();
        Ok(())
    }

    fn did(&mut self, time: Time, host: Host, event: ProgramEvent) -> io::Result<()> {
        if host == Host::Client && matches!(&event, ProgramEvent::Failed { call, .. } if call == "connect") {
            // Nobody will come to the server any more. It was listening until now: that is how its story ends.
            self.last_of_server = self.carrier.look().map(|sockets| sockets.server);
            self.cancel[index(Host::Server)] = None;
        }
        self.carrier.event(LiveEvent::Program { host, time, event })
    }

    /// Nothing is under way, for this host: no frame on the wire, all it sent was confirmed, and (for a client) the server
    /// has completed the handshake.
    fn let_programs_go_on(&mut self, sockets: Option<&event::Sockets>) {
        if !self.carrier.is_clear() {
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

    /// Both programs have ended, no frame stands on the wire, and both kernels are at rest.
    fn is_over(&mut self, sockets: Option<&event::Sockets>) -> bool {
        if !self.carrier.is_clear() {
            self.carrier.last = Instant::now();
            return false;
        }
        // Somebody who thinks of what to type is no idleness.
        if self.carrier.orders.as_ref().is_some_and(|orders| !orders.is_closed()) {
            self.carrier.last = Instant::now();
            return false;
        }
        let resting = |socket: &event::Socket| {
            matches!(socket.state, TcpState::Closed | TcpState::Listen | TcpState::TimeWait)
        };
        let at_rest = match sockets {
            Some(sockets) => resting(&sockets.client) && resting(&sockets.server),
            None => self.carrier.last.elapsed() >= BLIND,
        };
        let idle = self.carrier.last.elapsed() >= self.idle;
        if idle && self.ended != [true; 2] {
            self.cancel = [None, None];
            self.carrier.last = Instant::now();
            return false;
        }
        self.ended == [true; 2] && (at_rest || idle)
    }
}

impl Conductor for Stage {
    fn carrier(&mut self) -> &mut Carrier {
        &mut self.carrier
    }

    fn hear(&mut self, happened: &mut Vec<(Time, Happened)>) -> bool {
        let mut noted = false;
        while let Ok((host, note)) = self.notes.try_recv() {
            noted = true;
            match note {
                Note::Did(time, event) => happened.push((time, Happened::Did(host, event))),
                Note::WantsQuiet(go) | Note::Ready(_, go) => self.waiting.push((host, go)),
                Note::Ended => self.ended[index(host)] = true,
            }
        }
        if noted {
            self.carrier.last = Instant::now();
        }
        noted
    }

    fn take(&mut self, time: Time, what: Happened) -> io::Result<()> {
        match what {
            Happened::Frame(way, bytes, original_len) => self.carrier.frame(time, way, bytes, original_len),
            Happened::Did(host, event) => self.did(time, host, event),
        }
    }

    fn go_on(&mut self) -> io::Result<bool> {
        let sockets = self.carrier.look();
        self.let_programs_go_on(sockets.as_ref());
        let over = self.is_over(sockets.as_ref());
        if over {
            let sockets = sockets.map(|sockets| event::Sockets {
                server: self.last_of_server.unwrap_or(sockets.server),
                ..sockets
            });
            self.carrier.finished(sockets)?;
        }
        Ok(over)
    }

    fn patience(&self) -> Option<Duration> {
        let glancing = !self.waiting.is_empty() || self.ended == [true; 2];
        match (self.carrier.wire.is_empty(), glancing) {
            (false, _) => None,
            (true, true) => Some(GLANCE),
            (true, false) => Some(self.idle.saturating_sub(self.carrier.last.elapsed())),
        }
    }
}

fn index(host: Host) -> usize {
    match host {
        Host::Client => 0,
        Host::Server => 1,
    }
}

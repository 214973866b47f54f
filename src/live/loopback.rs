//! Our own server and client on 127.0.0.1 or ::1, seen by a raw capture: real, but nothing can be held or lost.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::capture::{self, Capture};
use super::interest::Interest;
use super::session::{self, Session, Watch};
use super::{Broken, Step, Trouble};
use crate::event::{Host, LiveEvent, ProgramEvent, Ready};
use crate::peer::{self, Action, Bell, Order, Part, Program, Sockets};

/// What is to be played.
#[derive(Clone, Debug)]
pub struct LoopbackOptions {
    /// On ::1, not on 127.0.0.1.
    pub ipv6: bool,
    /// What the client does.
    pub client: Program,
    /// What the server does.
    pub server: Program,
    /// What the client says: one text, or several in turn.
    pub messages: Vec<Vec<u8>>,
}

/// Starts both programs and tells what is seen of them, first [`LiveEvent::Ready`].
///
/// # Errors
/// Where no raw capture can be had, or no socket on loopback; `on_event` was not called then.
pub fn start(
    options: LoopbackOptions,
    on_event: impl FnMut(LiveEvent) + Send + 'static,
) -> Result<Session, Trouble> {
    let LoopbackOptions { ipv6, client, server, messages } = options;
    // The capture's right is what may be missing: that comes first, before any program is started.
    let interface = capture::loopback()?;
    drop(Capture::open(&interface, 1)?);

    let home = SocketAddr::new(if ipv6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() }, 0);
    let broken = || Broken::at(Step::Programs);
    let (bell, notes) = session::notes().map_err(broken())?;
    // A port where nobody listens is still ours to name.
    let silent = (server.actions.first() != Some(&Action::Listen)).then(|| free_port(home)).transpose();
    let silent = silent.map_err(broken())?;
    let (cancel_server, server_address) =
        program(Host::Server, server, home, &messages, &bell, None).map_err(broken())?;
    let mut early = Vec::new();
    let mut did = |host, time, event| early.push(LiveEvent::Program { host, time, event });
    let server = notes.ready(Host::Server, |time, event| did(Host::Server, time, event));
    let (listening, server_go) = server.ok_or(Broken { step: Step::Programs, errno: 0 })?;
    let (orders, ordered) = peer::orders(&client);
    let (cancel_client, client_address) =
        program(Host::Client, client, home, &messages, &bell, ordered).map_err(broken())?;
    let client = notes.ready(Host::Client, |time, event| did(Host::Client, time, event));
    let (bound, client_go) = client.ok_or(Broken { step: Step::Programs, errno: 0 })?;
    let server = listening.or(silent).unwrap_or(home);

    let capture = Capture::open(&interface, server.port())?;
    let ready = Ready { client: bound, server: Some(server), settings: Vec::new() };
    let mut first = vec![LiveEvent::Ready(ready)];
    first.extend(early);
    let watch = Watch {
        captures: vec![capture],
        interest: Interest { client: bound, server, neighbour: None },
        notes,
        cancel: vec![(Host::Client, cancel_client), (Host::Server, cancel_server)],
        programs: vec![Host::Client, Host::Server],
        patience: None,
        opening: None,
    };
    let mut session = session::start(watch, first, on_event)?;
    session.orders = orders;
    // A program that is gone already tells so itself.
    server_address.send(server).ok();
    client_address.send(server).ok();
    server_go.send(()).ok();
    client_go.send(()).ok();
    Ok(session)
}

/// A port that was free just now: where nobody will listen.
fn free_port(home: SocketAddr) -> io::Result<SocketAddr> {
    TcpListener::bind(home)?.local_addr()
}

type Started = (oneshot::Sender<()>, oneshot::Sender<SocketAddr>);

fn program(
    host: Host,
    program: Program,
    local: SocketAddr,
    messages: &[Vec<u8>],
    bell: &Bell,
    orders: Option<UnboundedReceiver<Order>>,
) -> io::Result<Started> {
    start_program(host, program, local, messages, bell, Sockets::default(), orders)
}

/// Starts a program on a thread of its own.
pub(super) fn start_program(
    host: Host,
    program: Program,
    local: SocketAddr,
    messages: &[Vec<u8>],
    bell: &Bell,
    sockets: Sockets,
    orders: Option<UnboundedReceiver<Order>>,
) -> io::Result<Started> {
    let (cancel, cancelled) = oneshot::channel();
    let (address, server) = oneshot::channel();
    let bell = Arc::clone(bell);
    let part = Part {
        host,
        program,
        local,
        server,
        messages: messages.to_vec(),
        bell,
        orders,
        cancel: cancelled,
        sockets,
    };
    std::thread::Builder::new().name(host.name().to_owned()).spawn(move || {
        let bell = Arc::clone(&part.bell);
        if let Err(error) = peer::run(part) {
            let errno = error.raw_os_error().unwrap_or(0);
            let text = crate::sys::text_of(&error);
            let failed = ProgramEvent::Failed { call: "start".to_owned(), errno, text };
            bell(host, peer::Note::Did(crate::sys::now(), failed));
            bell(host, peer::Note::Ended);
        }
    })?;
    Ok((cancel, address))
}

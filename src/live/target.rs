//! A connection of ours to a real server, seen by a raw capture on the interface that the route takes.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use super::capture::{self, Capture};
use super::interest::Interest;
use super::loopback::start_program;
use super::session::{self, Opening, Session, Watch};
use super::{Broken, Step, Trouble};
use crate::event::{Host, LiveEvent, Ready};
use crate::peer::{self, Action, Program, Sockets};
use crate::sys::route::{self, Route};

/// Where to, and how.
#[derive(Clone, Debug)]
pub struct TargetOptions {
    /// `HOST:PORT`, with an IPv6 address in brackets.
    pub target: String,
    /// Only IPv6 (`true`) or only IPv4 (`false`); either if `None`.
    pub ipv6: Option<bool>,
    /// Where to capture; the interface that the route takes if `None`.
    pub interface: Option<String>,
    /// An unanswered SYN, unconfirmed data, or a server that does not close, is given up after this time.
    pub timeout: Duration,
    /// How much longer than that the whole may take, because the client waits on purpose.
    pub waits: Duration,
    /// What the client does there. It begins with [`Action::Connect`].
    pub client: Program,
    /// What it says: one text, or several in turn.
    pub messages: Vec<Vec<u8>>,
}

/// A client that connects, says its message if it has one, and closes.
pub fn greeter(speaks: bool) -> Program {
    let mut actions = vec![Action::Connect];
    if speaks {
        actions.push(Action::Send("{message}".to_owned()));
    }
    actions.extend([Action::Shutdown, Action::ReceiveToEnd, Action::Close]);
    Program { actions, ..Program::default() }
}

/// Lets the client connect and do what it does; tells what is seen, first [`LiveEvent::Ready`].
///
/// Refused, and no answer, are told as the client's [`ProgramEvent::Failed`](crate::event::ProgramEvent::Failed).
///
/// # Errors
/// Where the name cannot be resolved, no route leads there, no raw capture can be had; nothing was sent to the target
/// then, and `on_event` was not called.
pub fn start(
    options: TargetOptions,
    on_event: impl FnMut(LiveEvent) + Send + 'static,
) -> Result<Session, Trouble> {
    // What was typed first: only then is it worth while to see to the rights.
    let server = resolve(&options.target, options.ipv6)?;
    drop(Capture::open(&capture::loopback()?, 1)?);
    let no_route = |cause| Trouble::Route { address: server, cause };
    let way = way(server).map_err(no_route)?;
    let local = source(server).map_err(no_route)?;
    let interface = match &options.interface {
        Some(name) => named(name)?,
        None => capture::numbered(way.interface).ok_or(Broken { step: Step::Route, errno: libc::ENODEV })?,
    };

    let broken = || Broken::at(Step::Programs);
    let (bell, notes) = session::notes().map_err(broken())?;
    let sockets = Sockets { congestion_control: None, give_up_after: Some(options.timeout) };
    let opening = opening(&options.client.actions, options.waits);
    let (orders, ordered) = peer::orders(&options.client);
    let (cancel, address) =
        start_program(Host::Client, options.client, local, &options.messages, &bell, sockets, ordered)
            .map_err(broken())?;
    let mut early = Vec::new();
    let client = notes.ready(Host::Client, |time, event| {
        early.push(LiveEvent::Program { host: Host::Client, time, event });
    });
    let (bound, go) = client.ok_or(Broken { step: Step::Programs, errno: 0 })?;
    // Only now is the port known that tells our frames from all others.
    let client = bound.unwrap_or(local);
    let capture = Capture::open(&interface, client.port())?;
    let neighbour = (!interface.is_loopback()).then(|| way.gateway.unwrap_or(server.ip()));
    let mut first =
        vec![LiveEvent::Ready(Ready { client: Some(client), server: Some(server), settings: Vec::new() })];
    first.extend(early);
    let watch = Watch {
        captures: vec![capture],
        interest: Interest { client: Some(client), server, neighbour },
        notes,
        cancel: vec![(Host::Client, cancel)],
        programs: vec![Host::Client],
        // Somebody who types takes all the time that there is.
        patience: orders.is_none().then_some(options.timeout),
        opening,
    };
    let mut session = session::start(watch, first, on_event)?;
    session.orders = orders;
    address.send(server).ok();
    go.send(()).ok();
    Ok(session)
}

/// What is waited for first, where a WebSocket is to be opened.
fn opening(actions: &[Action], waits: Duration) -> Option<Opening> {
    let upgrades = actions.iter().any(|action| matches!(action, Action::Upgrade(_)));
    let inside_tls = actions.iter().any(|action| matches!(action, Action::StartTls(_)));
    let missing = match inside_tls {
        true => "there was still no WebSocket inside TLS",
        false => "the server had not answered the Upgrade",
    };
    upgrades.then_some(Opening { missing, waits })
}

/// The target's first address of the family that was asked for.
fn resolve(target: &str, ipv6: Option<bool>) -> Result<SocketAddr, Trouble> {
    let (name, port) = split(target)?;
    let all =
        (name, port).to_socket_addrs().map_err(|cause| Trouble::Name { name: name.to_owned(), cause })?;
    let mut all = all.filter(|address| ipv6.is_none_or(|ipv6| address.is_ipv6() == ipv6));
    all.next().ok_or_else(|| Trouble::Family {
        name: name.to_owned(),
        version: if ipv6 == Some(true) { 6 } else { 4 },
    })
}

/// Host and port; an IPv6 address loses its brackets.
fn split(target: &str) -> Result<(&str, u16), Trouble> {
    let wrong = |problem| Trouble::Target { target: target.to_owned(), problem };
    if target.contains('/') {
        return Err(wrong("a URL is too much: leave out what stands before and after"));
    }
    let (name, port) = target.rsplit_once(':').ok_or_else(|| wrong("the port is missing"))?;
    let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    if bracketed.is_none() && name.contains(':') {
        return Err(wrong("an IPv6 address needs brackets"));
    }
    let name = bracketed.unwrap_or(name);
    if name.is_empty() {
        return Err(wrong("the host is missing"));
    }
    match port.parse() {
        Ok(0) | Err(_) => Err(wrong("the port is no number from 1 to 65535")),
        Ok(port) => Ok((name, port)),
    }
}

/// The way there; a link-local IPv6 address names the interface itself (`fe80::1%eth0`).
fn way(server: SocketAddr) -> io::Result<Route> {
    match server {
        SocketAddr::V6(server) if server.scope_id() != 0 => {
            Ok(Route { interface: server.scope_id(), gateway: None })
        }
        server => route::to(server.ip()),
    }
}

/// The address of ours that the kernel would speak from. A UDP socket is asked: connecting it sends nothing.
fn source(server: SocketAddr) -> io::Result<SocketAddr> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    let mut local = socket.local_addr()?;
    local.set_port(0);
    Ok(local)
}

pub(super) fn named(name: &str) -> Result<pnet::datalink::NetworkInterface, Trouble> {
    let all = pnet::datalink::interfaces();
    all.iter().find(|interface| interface.name == name).cloned().ok_or_else(|| Trouble::Interface {
        name: name.to_owned(),
        there: all.iter().map(|interface| interface.name.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_host_and_a_port() {
        assert_eq!(split("example.org:443").unwrap(), ("example.org", 443));
        assert_eq!(split("[2001:db8::1]:80").unwrap(), ("2001:db8::1", 80));
        for (target, problem) in [
            ("example.org", "the port is missing"),
            ("example.org:http", "no number"),
            ("example.org:0", "no number"),
            ("example.org:70000", "no number"),
            ("2001:db8::1:80", "brackets"),
            ("http://localhost:80/", "a URL is too much"),
            ("localhost:80/", "a URL is too much"),
            (":80", "the host is missing"),
            ("[]:80", "the host is missing"),
        ] {
            let told = split(target).unwrap_err().to_string();
            assert!(told.contains(problem), "{target}: {told}");
        }
    }
}

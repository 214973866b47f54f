//! A server of ours on a port of this computer: the connections of whoever comes, seen by a raw capture, and answered.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::capture::{self, Capture};
use super::interest::Interest;
use super::session::{self, Session, Watch};
use super::{Broken, Step, Trouble};
use crate::event::{Host, LiveEvent, ProgramEvent, Ready};
use crate::peer::{self, Note};
use crate::sys;

/// A longer message than this the server of [`Service::Echo`] refuses (close code 1009).
pub const LONGEST_MESSAGE: u64 = peer::MAX_MESSAGE_BYTES as u64;

/// Where to listen, and for how long.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    /// The address and port; port 0 lets the kernel choose, [`LiveEvent::Ready`] tells which.
    pub address: SocketAddr,
    /// Where to capture; the interfaces that frames for this address come in by if `None`.
    pub interface: Option<String>,
    /// End after so many connections; never if `None`.
    pub count: Option<u32>,
    /// What whoever comes is given.
    pub service: Service,
}

/// What a server of ours does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// One short page over HTTP, whatever is asked; one connection after the other.
    Page,
    /// WebSocket: every message comes back.
    Echo,
}

/// Listens, and tells what is seen at the port, first [`LiveEvent::Ready`] (without a client). All conversations are told
/// in one stream of frames.
///
/// # Errors
/// Where no raw capture can be had, or the port is taken; `on_event` was not called then.
pub fn start(
    options: ListenOptions,
    on_event: impl FnMut(LiveEvent) + Send + 'static,
) -> Result<Session, Trouble> {
    drop(Capture::open(&capture::loopback()?, 1)?);
    let address = options.address;
    let cannot = |cause| Trouble::Listen { address, cause };
    let interfaces = match &options.interface {
        Some(name) => vec![super::target::named(name)?],
        None => capture::of_address(address.ip()),
    };
    let listener = TcpListener::bind(address).map_err(cannot)?;
    let server = listener.local_addr().map_err(cannot)?;
    let captures = interfaces.iter().map(|interface| Capture::open(interface, server.port()));
    let captures = captures.collect::<Result<Vec<Capture>, Broken>>()?;

    let broken = || Broken::at(Step::Listen);
    let (bell, notes) = session::notes().map_err(broken())?;
    let (cancel, cancelled) = oneshot::channel();
    let first = vec![
        LiveEvent::Ready(Ready { client: None, server: Some(server), settings: Vec::new() }),
        LiveEvent::Program { host: Host::Server, time: sys::now(), event: ProgramEvent::Listening(server) },
    ];
    let watch = Watch {
        captures,
        interest: Interest { client: None, server, neighbour: None },
        notes,
        cancel: vec![(Host::Server, cancel)],
        programs: vec![Host::Server],
        patience: None,
        opening: None,
    };
    let session = session::start(watch, first, on_event)?;
    std::thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || {
            let served = match options.service {
                Service::Page => peer::serve(listener, options.count, Arc::clone(&bell), cancelled),
                Service::Echo => peer::echo(listener, options.count, Arc::clone(&bell), cancelled),
            };
            if let Err(error) = served {
                let errno = error.raw_os_error().unwrap_or(0);
                let text = sys::text_of(&error);
                let failed = ProgramEvent::Failed { call: "serve".to_owned(), errno, text };
                bell(Host::Server, Note::Did(sys::now(), failed));
                bell(Host::Server, Note::Ended);
            }
        })
        .map_err(broken())?;
    Ok(session)
}

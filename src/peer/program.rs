//! One program: it does what its actions say, one after the other, and tells each.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::actor::Actor;
use super::{Action, Order, Program};
use crate::event::{Host, ProgramEvent};
use crate::frame::Time;

/// What a program says to whoever plays the scenario.
#[derive(Debug)]
pub(crate) enum Note {
    /// It did something.
    Did(Time, ProgramEvent),
    /// Its socket has this address, and it is ready to begin; it goes on when the sender is used (or ends when it is
    /// dropped).
    Ready(Option<SocketAddr>, oneshot::Sender<()>),
    /// It wants to send, shut down or close as soon as nothing is under way.
    WantsQuiet(oneshot::Sender<()>),
    /// It has come to its end.
    Ended,
}

/// Where notes go; may be called from any thread.
pub(crate) type Bell = Arc<dyn Fn(Host, Note) + Send + Sync>;

/// What a program is given.
pub(crate) struct Part {
    /// On which host.
    pub(crate) host: Host,
    /// What to do.
    pub(crate) program: Program,
    /// Its own address; a client's has port 0, or that of a server on loopback.
    pub(crate) local: SocketAddr,
    /// The server's address, for a client. Known only after the server is ready.
    pub(crate) server: oneshot::Receiver<SocketAddr>,
    /// What `--message` or each `--send` says.
    pub(crate) messages: Vec<Vec<u8>>,
    /// Where to tell.
    pub(crate) bell: Bell,
    /// What a program that obeys is ordered.
    pub(crate) orders: Option<UnboundedReceiver<Order>>,
    /// When it resolves, nobody will come any more: stop waiting.
    pub(crate) cancel: oneshot::Receiver<()>,
    /// How its sockets are set.
    pub(crate) sockets: Sockets,
}

/// How a program's sockets are set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sockets {
    /// The congestion control; the kernel's own choice if `None`.
    pub(crate) congestion_control: Option<&'static str>,
    /// What was sent must be confirmed within this time, else the connection fails (ETIMEDOUT).
    pub(crate) give_up_after: Option<Duration>,
}

/// Runs a program to its end, on this thread.
pub(crate) fn run(mut part: Part) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bell = Arc::clone(&part.bell);
    let host = part.host;
    runtime.block_on(async {
        let (_keep, never) = oneshot::channel();
        let cancel = std::mem::replace(&mut part.cancel, never);
        tokio::select! {
            biased;
            _ = cancel => {}
            () = perform(part) => {}
        }
    });
    bell(host, Note::Ended);
    Ok(())
}

async fn perform(part: Part) {
    let Part { host, program, local, server, messages, bell, orders, sockets, .. } = part;
    let mut actor = Actor::new(host, &program, messages, bell, sockets);
    actor.orders = orders;
    let mut actions = program.actions.as_slice();
    let begun = async {
        // What needs nobody else comes first, so that both addresses are known before anything is on the wire.
        if let Some((Action::Listen, rest)) = actions.split_first() {
            actions = rest;
            actor.listen(local).await?;
        } else if host == Host::Client {
            actor.bind(local)?;
        }
        Ok(())
    };
    if let Err(failed) = begun.await {
        return actor.fail(failed).await;
    }
    let (go, gone) = oneshot::channel();
    (actor.bell)(host, Note::Ready(actor.address(), go));
    if gone.await.is_err() {
        return;
    }
    let Ok(server) = server.await else { return };
    actor.ends = Some((local, server));
    if let Err(failed) = actor.act_all(actions).await {
        actor.fail(failed).await;
    }
}

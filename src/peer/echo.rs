//! A small WebSocket server: every message comes back. Whoever asks for a page gets one that opens a WebSocket.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::actor::Actor;
use super::callers::Callers;
use super::program::{Bell, Sockets};
use super::wording::AcceptUpgrade;
use super::{Action, Program};
use crate::event::Host;

/// So many are spoken with at once.
const AT_ONCE: usize = 64;
/// A client that does not ask for WebSocket, or does not close, is waited for so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// A longer message is refused.
pub(crate) const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// Speaks with whoever connects, `count` times (`None`: for ever) or until it is cancelled.
pub(crate) fn echo(
    listener: std::net::TcpListener,
    count: Option<u32>,
    bell: Bell,
    cancel: oneshot::Receiver<()>,
) -> io::Result<()> {
    let callers = Callers { listener, count, at_once: AT_ONCE, bell, cancel };
    callers.each(|stream, _, bell| speak(stream, bell))
}

async fn speak(stream: TcpStream, bell: Bell) {
    let program = Program { patient: false, ..Program::default() };
    let mut actor = Actor::new(Host::Server, &program, Vec::new(), bell, Sockets::default());
    actor.line = Some(Box::new(stream));
    let page = Some(include_str!("page.html").to_owned());
    let accept = AcceptUpgrade { limit: Some(MAX_MESSAGE_BYTES), page, ..AcceptUpgrade::default() };
    match timeout(PATIENCE, actor.act_all(&[Action::AcceptUpgrade(accept)])).await {
        Ok(Ok(())) => {
            if let Err(failed) =
                actor.act_all(&[Action::UntilClosed(vec![Action::AwaitMessage, Action::Echo])]).await
            {
                return actor.fail(failed).await;
            }
        }
        // It was told why, and hears no more; what it says is taken in, or it would be broken off.
        Ok(Err(failed)) => actor.tell_failure(failed),
        Err(_) => {}
    }
    let end = [Action::Shutdown, Action::ReceiveToEnd];
    if let Ok(Err(failed)) = timeout(PATIENCE, actor.act_all(&end)).await {
        return actor.fail(failed).await;
    }
    if let Err(failed) = actor.act_all(&[Action::Close]).await {
        actor.fail(failed).await;
    }
}

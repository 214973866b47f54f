//! A small WebSocket server: every message comes back. Whoever asks for a page gets one that opens a WebSocket.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::timeout;

use super::actor::Actor;
use super::program::{Bell, Note, Sockets};
use super::wording::AcceptUpgrade;
use super::{Action, Program};
use crate::event::{Host, ProgramEvent};
use crate::sys::{self, text_of};

/// So many are spoken with at once.
const AT_ONCE: usize = 64;
/// A client that does not ask for WebSocket, or does not close, is waited for so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// A longer message is refused.
const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// Speaks with whoever connects, `count` times (`None`: for ever) or until it is cancelled.
pub(crate) fn echo(
    listener: std::net::TcpListener,
    count: Option<u32>,
    bell: Bell,
    cancel: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        tokio::select! {
            biased;
            _ = cancel => {}
            () = speak_with_all(listener, count, Arc::clone(&bell)) => {}
        }
        io::Result::Ok(())
    })?;
    bell(Host::Server, Note::Ended);
    Ok(())
}

async fn speak_with_all(listener: TcpListener, count: Option<u32>, bell: Bell) {
    let tell = |event| bell(Host::Server, Note::Did(sys::now(), event));
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut talks = JoinSet::new();
    let mut accepted = 0;
    while count.is_none_or(|count| accepted < count) {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        match listener.accept().await {
            Ok((stream, peer)) => {
                tell(ProgramEvent::Accepted(peer));
                accepted += 1;
                let bell = Arc::clone(&bell);
                talks.spawn_local(async move {
                    speak(stream, bell).await;
                    drop(place);
                });
            }
            Err(error) => {
                let errno = error.raw_os_error().unwrap_or(0);
                tell(ProgramEvent::Failed { call: "accept".to_owned(), errno, text: text_of(&error) });
                // Too many open files, for example: again in a while.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        while talks.try_join_next().is_some() {}
    }
    while talks.join_next().await.is_some() {}
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

//! Those who call a server of ours: each is accepted, and spoken with.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{JoinSet, LocalSet};

use super::actor::failed;
use super::program::{Bell, Note};
use crate::event::{Host, ProgramEvent};
use crate::sys;

/// How long nobody is accepted where the kernel could not do it: there are too many open files, for example.
const PAUSE: Duration = Duration::from_millis(100);

/// Who calls, and how many of them.
pub(super) struct Callers {
    pub(super) listener: std::net::TcpListener,
    /// All in all; `None`: for ever.
    pub(super) count: Option<u32>,
    /// At the same time.
    pub(super) at_once: usize,
    pub(super) bell: Bell,
    /// Ends it before its time.
    pub(super) cancel: oneshot::Receiver<()>,
}

impl Callers {
    /// Lets `speak` speak with each of them.
    pub(super) fn each<S, F>(self, speak: S) -> io::Result<()>
    where
        S: Fn(TcpStream, SocketAddr, Bell) -> F,
        F: Future<Output = ()> + 'static,
    {
        let Callers { listener, count, at_once, bell, cancel } = self;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, async {
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            tokio::select! {
                biased;
                _ = cancel => {}
                () = accept(listener, count, at_once, &bell, speak) => {}
            }
            io::Result::Ok(())
        })?;
        bell(Host::Server, Note::Ended);
        Ok(())
    }
}

async fn accept<S, F>(listener: TcpListener, count: Option<u32>, at_once: usize, bell: &Bell, speak: S)
where
    S: Fn(TcpStream, SocketAddr, Bell) -> F,
    F: Future<Output = ()> + 'static,
{
    let tell = |event| bell(Host::Server, Note::Did(sys::now(), event));
    let places = Arc::new(Semaphore::new(at_once));
    let mut talks = JoinSet::new();
    let mut accepted = 0;
    while count.is_none_or(|count| accepted < count) {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        match listener.accept().await {
            Ok((stream, peer)) => {
                tell(ProgramEvent::Accepted(peer));
                accepted += 1;
                let talk = speak(stream, peer, Arc::clone(bell));
                talks.spawn_local(async move {
                    talk.await;
                    drop(place);
                });
            }
            Err(error) => {
                tell(failed("accept")(error).into());
                tokio::time::sleep(PAUSE).await;
            }
        }
        while talks.try_join_next().is_some() {}
    }
    while talks.join_next().await.is_some() {}
}

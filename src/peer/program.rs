//! One program: it does what its actions say, one after the other, and tells each.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;

use super::{Action, Program};
use crate::event::{Host, ProgramEvent};
use crate::frame::Time;
use crate::sys::{self, text_of};

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
    /// What `--message` says.
    pub(crate) message: Vec<u8>,
    /// Where to tell.
    pub(crate) bell: Bell,
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
    let Part { host, program, local, server, message, bell, sockets, .. } = part;
    let mut actor = Actor {
        host,
        patient: program.patient,
        message,
        bell,
        sockets,
        listener: None,
        socket: None,
        stream: None,
        received: 0,
    };
    let mut actions = program.actions.iter().peekable();
    let begun = async {
        // What needs nobody else comes first, so that both addresses are known before anything is on the wire.
        if actions.next_if(|action| **action == Action::Listen).is_some() {
            actor.listen(local).await?;
        } else if host == Host::Client {
            actor.bind(local)?;
        }
        Ok(())
    };
    if let Err(failed) = begun.await {
        return actor.fail(failed);
    }
    let (go, gone) = oneshot::channel();
    (actor.bell)(host, Note::Ready(actor.address(), go));
    if gone.await.is_err() {
        return;
    }
    let Ok(server) = server.await else { return };
    for action in actions {
        if let Err(failed) = actor.act(action, local, server).await {
            return actor.fail(failed);
        }
    }
}

/// A call that failed.
struct Failed {
    call: &'static str,
    error: io::Error,
}

fn failed(call: &'static str) -> impl Fn(io::Error) -> Failed {
    move |error| Failed { call, error }
}

struct Actor {
    host: Host,
    patient: bool,
    message: Vec<u8>,
    bell: Bell,
    sockets: Sockets,
    listener: Option<TcpListener>,
    /// The client's, bound and not yet connected.
    socket: Option<TcpSocket>,
    stream: Option<TcpStream>,
    received: usize,
}

impl Actor {
    fn tell(&self, event: ProgramEvent) {
        (self.bell)(self.host, Note::Did(sys::now(), event));
    }

    fn fail(&self, Failed { call, error }: Failed) {
        self.tell(ProgramEvent::Failed {
            call: call.to_owned(),
            errno: error.raw_os_error().unwrap_or(0),
            text: text_of(&error),
        });
    }

    fn address(&self) -> Option<SocketAddr> {
        match (&self.listener, &self.socket) {
            (Some(listener), _) => listener.local_addr().ok(),
            (None, Some(socket)) => socket.local_addr().ok(),
            (None, None) => None,
        }
    }

    fn bind(&mut self, local: SocketAddr) -> Result<(), Failed> {
        self.socket = Some(self.open(local)?);
        Ok(())
    }

    async fn listen(&mut self, local: SocketAddr) -> Result<(), Failed> {
        let listener = self.open(local)?.listen(16).map_err(failed("listen"))?;
        let address = listener.local_addr().unwrap_or(local);
        self.listener = Some(listener);
        self.tell(ProgramEvent::Listening(address));
        Ok(())
    }

    async fn act(&mut self, action: &Action, local: SocketAddr, server: SocketAddr) -> Result<(), Failed> {
        match action {
            Action::Listen => self.listen(local).await?,
            Action::Accept => self.accept().await?,
            Action::Connect => self.connect(local, server).await?,
            Action::Send(text) => self.send(text).await?,
            Action::Receive => drop(self.receive().await?),
            Action::ReceiveMessage => {
                let wanted = self.received + self.message.len();
                while self.received < wanted && self.receive().await? > 0 {}
            }
            Action::ReceiveToEnd => while self.receive().await? > 0 {},
            Action::Shutdown => {
                self.quiet().await;
                self.stream()?.shutdown().await.map_err(failed("shutdown"))?;
            }
            Action::Close => {
                self.quiet().await;
                self.stream = None;
                self.tell(ProgramEvent::Closed);
            }
            Action::Reset => {
                self.quiet().await;
                self.stream()?.set_zero_linger().map_err(failed("setsockopt"))?;
                self.stream = None;
                self.tell(ProgramEvent::Closed);
            }
            Action::PauseMs(_) => tokio::time::sleep(action.pause()).await,
        }
        Ok(())
    }

    async fn accept(&mut self) -> Result<(), Failed> {
        let Some(listener) = &self.listener else { return Err(not_now("accept")) };
        let (stream, peer) = listener.accept().await.map_err(failed("accept"))?;
        self.stream = Some(stream);
        self.tell(ProgramEvent::Accepted(peer));
        Ok(())
    }

    async fn connect(&mut self, local: SocketAddr, server: SocketAddr) -> Result<(), Failed> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => self.open(local)?,
        };
        self.quiet().await;
        self.tell(ProgramEvent::Connecting(server));
        self.stream = Some(socket.connect(server).await.map_err(failed("connect"))?);
        self.tell(ProgramEvent::Connected);
        Ok(())
    }

    async fn send(&mut self, text: &str) -> Result<(), Failed> {
        let bytes = fill(text, &self.message, self.received);
        if bytes.is_empty() {
            return Ok(());
        }
        self.quiet().await;
        self.stream()?.write_all(&bytes).await.map_err(failed("send"))?;
        self.tell(ProgramEvent::Sent(bytes.len()));
        Ok(())
    }

    async fn receive(&mut self) -> Result<usize, Failed> {
        let mut buffer = [0; 65536];
        let count = self.stream()?.read(&mut buffer).await.map_err(failed("recv"))?;
        self.received += count;
        self.tell(if count > 0 { ProgramEvent::Received(count) } else { ProgramEvent::EndOfStream });
        Ok(count)
    }

    fn stream(&mut self) -> Result<&mut TcpStream, Failed> {
        self.stream.as_mut().ok_or_else(|| not_now("send"))
    }

    /// A socket with an address, set as it is to be.
    fn open(&self, local: SocketAddr) -> Result<TcpSocket, Failed> {
        let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let socket = socket.map_err(failed("socket"))?;
        if let Some(name) = self.sockets.congestion_control {
            // Where the kernel does not have it, its own choice serves as well.
            sockopt::set_tcp_congestion(&socket, name).ok();
        }
        if let Some(time) = self.sockets.give_up_after {
            let millis = time.as_millis().try_into().unwrap_or(u32::MAX);
            sockopt::set_tcp_user_timeout(&socket, millis)
                .map_err(|error| failed("setsockopt")(error.into()))?;
        }
        socket.bind(local).map_err(failed("bind"))?;
        Ok(socket)
    }

    /// Waits until nothing is under way on the wire.
    async fn quiet(&self) {
        if !self.patient {
            return;
        }
        let (quiet, wait) = oneshot::channel();
        (self.bell)(self.host, Note::WantsQuiet(quiet));
        // A dropped sender means that nobody watches the wire: go on.
        wait.await.ok();
    }
}

fn not_now(call: &'static str) -> Failed {
    Failed { call, error: io::Error::from(io::ErrorKind::NotConnected) }
}

/// Puts the message and the count into a text.
fn fill(text: &str, message: &[u8], received: usize) -> Vec<u8> {
    let received = text.replace("{received}", &received.to_string());
    let mut parts = received.split("{message}");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.extend_from_slice(message);
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

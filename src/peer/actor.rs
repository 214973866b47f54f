//! Who does the actions: the sockets of one program, and its patience. What goes out and comes in on them is `bytes`.

mod bytes;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::timeout;

use bytes::Pieces;

use super::line::Line;
use super::order::Order;
use super::program::{Bell, Note, Sockets};
use super::talk::Talk;
use super::tls::Tls;
use super::{Action, Program};
use crate::event::{Host, ProgramEvent};
use crate::sys::{self, text_of};

/// After a failure the peer has so long for what it still has to say.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(1);

/// A call that failed.
pub(super) struct Failed {
    call: &'static str,
    errno: i32,
    text: String,
}

impl Failed {
    /// A failure that is no system's.
    pub(super) fn because(call: &'static str, text: impl Into<String>) -> Failed {
        Failed { call, errno: 0, text: text.into() }
    }
}

impl From<Failed> for ProgramEvent {
    fn from(Failed { call, errno, text }: Failed) -> ProgramEvent {
        ProgramEvent::Failed { call: call.to_owned(), errno, text }
    }
}

/// For `map_err`: this call failed.
pub(super) fn failed(call: &'static str) -> impl Fn(io::Error) -> Failed {
    move |error| Failed { call, errno: error.raw_os_error().unwrap_or(0), text: text_of(&error) }
}

/// One program at work.
pub(super) struct Actor {
    pub(super) host: Host,
    pub(super) bell: Bell,
    /// Its own address, and the server's.
    pub(super) ends: Option<(SocketAddr, SocketAddr)>,
    patient: bool,
    quick_ack: bool,
    sockets: Sockets,
    /// What is to be said, and which of it comes now.
    pub(super) messages: Vec<Vec<u8>>,
    pub(super) message: Vec<u8>,
    listener: Option<TcpListener>,
    /// The client's, bound and not yet connected.
    socket: Option<TcpSocket>,
    pub(super) line: Option<Box<dyn Line>>,
    /// What was read and not yet looked at: an HTTP head may have something behind it.
    pub(super) unread: Vec<u8>,
    /// What is to go out.
    pub(super) out: Vec<u8>,
    pieces: Pieces,
    received: usize,
    /// The peer will send no more; we will not.
    ended: bool,
    /// It has even closed its side of TCP: inside of TLS its program may be gone.
    hung_up: bool,
    shut: bool,
    dead: bool,
    /// The WebSocket, once it is open.
    pub(super) talk: Option<Talk>,
    /// What somebody types comes from here.
    pub(super) orders: Option<UnboundedReceiver<Order>>,
    /// TLS, once its handshake is done, and what was said behind that at once.
    pub(super) tls: Option<Box<Tls>>,
    pub(super) early: Vec<u8>,
    /// What TLS has sealed and is not on the wire yet.
    owed: Vec<u8>,
}

impl Actor {
    pub(super) fn new(
        host: Host,
        program: &Program,
        messages: Vec<Vec<u8>>,
        bell: Bell,
        sockets: Sockets,
    ) -> Actor {
        Actor {
            host,
            bell,
            ends: None,
            patient: program.patient,
            quick_ack: program.quick_ack,
            sockets,
            message: messages.first().cloned().unwrap_or_default(),
            messages,
            listener: None,
            socket: None,
            line: None,
            unread: Vec::new(),
            out: Vec::new(),
            pieces: Pieces::Whole,
            received: 0,
            ended: false,
            hung_up: false,
            shut: false,
            dead: false,
            talk: None,
            orders: None,
            tls: None,
            early: Vec::new(),
            owed: Vec::new(),
        }
    }

    pub(super) fn tell(&self, event: ProgramEvent) {
        (self.bell)(self.host, Note::Did(sys::now(), event));
    }

    pub(super) fn tell_failure(&self, failed: Failed) {
        self.tell(failed.into());
    }

    /// Tells what failed, and leaves: once the wire is quiet it says that this was all, and takes in what the peer still has
    /// to say. Closed with something unread, the connection would end with RST.
    pub(super) async fn fail(&mut self, failed: Failed) {
        self.tell_failure(failed);
        if self.line.is_none() {
            return;
        }
        let leave = async {
            self.act(&Action::Shutdown).await?;
            timeout(LAST_WORDS, self.act(&Action::ReceiveToEnd)).await.unwrap_or(Ok(()))?;
            self.act(&Action::Close).await
        };
        // Who has failed once may do so again: the connection is gone either way.
        if leave.await.is_err() {
            self.line = None;
            self.tell(ProgramEvent::Closed);
        }
    }

    pub(super) fn address(&self) -> Option<SocketAddr> {
        match (&self.listener, &self.socket) {
            (Some(listener), _) => listener.local_addr().ok(),
            (None, Some(socket)) => socket.local_addr().ok(),
            (None, None) => None,
        }
    }

    pub(super) fn bind(&mut self, local: SocketAddr) -> Result<(), Failed> {
        self.socket = Some(self.open(local)?);
        Ok(())
    }

    pub(super) async fn listen(&mut self, local: SocketAddr) -> Result<(), Failed> {
        let listener = self.open(local)?.listen(16).map_err(failed("listen"))?;
        let address = listener.local_addr().unwrap_or(local);
        self.listener = Some(listener);
        self.tell(ProgramEvent::Listening(address));
        Ok(())
    }

    /// Does these, one after the other.
    pub(super) async fn act_all(&mut self, actions: &[Action]) -> Result<(), Failed> {
        for action in actions {
            self.act(action).await?;
            if self.dead {
                break;
            }
        }
        Ok(())
    }

    async fn act(&mut self, action: &Action) -> Result<(), Failed> {
        match action {
            Action::Listen => self.listen(self.ends()?.0).await?,
            Action::Accept => self.accept().await?,
            Action::Connect => self.connect().await?,
            Action::Send(text) => self.send(text).await?,
            Action::Receive => drop(self.receive().await?),
            Action::ReceiveMessage => {
                let wanted = self.received + self.message.len();
                while self.received < wanted && self.receive().await? > 0 {}
            }
            Action::ReceiveHead => drop(self.receive_head().await?),
            Action::ReceiveToEnd => while self.receive().await? > 0 {},
            Action::Shutdown if self.shut => {}
            Action::Shutdown => {
                self.quiet().await;
                self.shut_down().await?;
            }
            Action::Close => {
                // Behind its own goodbye TLS needs no other one to arrive first.
                if !self.farewell().await? {
                    self.quiet().await;
                }
                self.line = None;
                self.tell(ProgramEvent::Closed);
            }
            Action::Reset => {
                self.quiet().await;
                self.line()?.tcp().set_zero_linger().map_err(failed("setsockopt"))?;
                self.line = None;
                self.tell(ProgramEvent::Closed);
            }
            Action::Die => {
                self.quiet().await;
                (self.line, self.listener, self.dead) = (None, None, true);
            }
            Action::PauseMs(millis) => tokio::time::sleep(Duration::from_millis(*millis)).await,
            Action::Together(actions) => self.in_pieces(Pieces::Together, actions).await?,
            Action::ByteByByte(actions) => {
                self.line()?.tcp().set_nodelay(true).map_err(failed("setsockopt"))?;
                self.in_pieces(Pieces::Bytes, actions).await?;
            }
            Action::StartTls(how) => self.start_tls(how).await?,
            Action::TunnelTo(target) => self.tunnel_to(target).await?,
            Action::Proxy(actions) => self.proxy(actions).await?,
            Action::Raw(hex) => self.put(hex.bytes()).await?,
            Action::RawText(text) => {
                let bytes = self.fill(text);
                self.put(&bytes).await?;
            }
            websocket => Box::pin(self.websocket(websocket)).await?,
        }
        Ok(())
    }

    async fn in_pieces(&mut self, pieces: Pieces, actions: &[Action]) -> Result<(), Failed> {
        let before = std::mem::replace(&mut self.pieces, pieces);
        let done = Box::pin(self.act_all(actions)).await;
        self.pieces = before;
        self.go_out().await?;
        done
    }

    fn ends(&self) -> Result<(SocketAddr, SocketAddr), Failed> {
        self.ends.ok_or_else(|| not_now("connect"))
    }

    async fn accept(&mut self) -> Result<(), Failed> {
        let Some(listener) = &self.listener else { return Err(not_now("accept")) };
        let (stream, peer) = listener.accept().await.map_err(failed("accept"))?;
        self.line = Some(Box::new(stream));
        self.tell(ProgramEvent::Accepted(peer));
        Ok(())
    }

    async fn connect(&mut self) -> Result<(), Failed> {
        let (local, server) = self.ends()?;
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => self.open(local)?,
        };
        self.quiet().await;
        self.tell(ProgramEvent::Connecting(server));
        self.line = Some(Box::new(socket.connect(server).await.map_err(failed("connect"))?));
        self.tell(ProgramEvent::Connected);
        Ok(())
    }

    async fn send(&mut self, text: &str) -> Result<(), Failed> {
        let bytes = self.fill(text);
        self.put(&bytes).await
    }

    fn line(&mut self) -> Result<&mut Box<dyn Line>, Failed> {
        self.line.as_mut().ok_or_else(|| not_now("send"))
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
    pub(super) async fn quiet(&self) {
        if !self.patient {
            return;
        }
        let (quiet, wait) = oneshot::channel();
        (self.bell)(self.host, Note::WantsQuiet(quiet));
        // A dropped sender means that nobody watches the wire: go on.
        wait.await.ok();
    }

    /// Puts what is known into a text.
    pub(super) fn fill(&self, text: &str) -> Vec<u8> {
        let heard = self.talk.as_ref().map(Talk::last_heard).unwrap_or_default();
        let mut words = heard.split(|byte| !byte.is_ascii_alphanumeric() && *byte < 128);
        let last_word = words.rfind(|word| !word.is_empty()).unwrap_or_default();
        let known = [
            ("{message}", self.message.as_slice()),
            ("{received}", &self.received.to_string().into_bytes()),
            ("{heard}", heard),
            ("{last-word}", last_word),
        ];
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            bytes.extend_from_slice(before.as_bytes());
            let found = known.iter().find_map(|(name, value)| Some((from.strip_prefix(name)?, value)));
            match found {
                Some((after, value)) => {
                    bytes.extend_from_slice(value);
                    rest = after;
                }
                None => {
                    bytes.push(b'{');
                    rest = from.get(1..).unwrap_or_default();
                }
            }
        }
        bytes.extend_from_slice(rest.as_bytes());
        bytes
    }
}

pub(super) fn not_now(call: &'static str) -> Failed {
    failed(call)(io::Error::from(io::ErrorKind::NotConnected))
}

//! What a live source knows beside the frames: the two hosts, what their kernels say of their sockets, what the wire did
//! with a frame, what the programs did.
//!
//! A capture file has none of this; the story is then told with inferred states.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::frame::{Frame, LinkType, Time};

/// One of the two ends of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Host {
    /// Who connects: sent the SYN, or, where no SYN was seen, spoke first.
    Client,
    /// Who is connected to.
    Server,
}

impl Host {
    /// The one at the other end.
    pub fn other(self) -> Host {
        match self {
            Host::Client => Host::Server,
            Host::Server => Host::Client,
        }
    }

    /// `client` or `server`.
    pub fn name(self) -> &'static str {
        match self {
            Host::Client => "client",
            Host::Server => "server",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A connection's state at one endpoint (RFC 9293, section 3.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the RFC's; lessons/en/words/tcp_states.md explains each")]
pub enum TcpState {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

impl TcpState {
    /// Every state, in the order of RFC 9293, section 3.3.2.
    pub const ALL: [TcpState; 11] = [
        TcpState::Listen,
        TcpState::SynSent,
        TcpState::SynReceived,
        TcpState::Established,
        TcpState::FinWait1,
        TcpState::FinWait2,
        TcpState::CloseWait,
        TcpState::Closing,
        TcpState::LastAck,
        TcpState::TimeWait,
        TcpState::Closed,
    ];

    /// RFC 9293's name, as on the screen: `SYN-SENT`.
    pub fn name(self) -> &'static str {
        match self {
            TcpState::Closed => "CLOSED",
            TcpState::Listen => "LISTEN",
            TcpState::SynSent => "SYN-SENT",
            TcpState::SynReceived => "SYN-RECEIVED",
            TcpState::Established => "ESTABLISHED",
            TcpState::FinWait1 => "FIN-WAIT-1",
            TcpState::FinWait2 => "FIN-WAIT-2",
            TcpState::CloseWait => "CLOSE-WAIT",
            TcpState::Closing => "CLOSING",
            TcpState::LastAck => "LAST-ACK",
            TcpState::TimeWait => "TIME-WAIT",
        }
    }

    /// The name with `_`, as in JSON: `SYN_SENT`.
    pub fn json_name(self) -> String {
        self.name().replace('-', "_")
    }

    /// What Linux's number for a state means (`include/net/tcp_states.h`); its SYN_RECV and NEW_SYN_RECV are both
    /// SYN-RECEIVED. `None` for a number that is no state.
    pub fn from_linux(number: u8) -> Option<TcpState> {
        Some(match number {
            1 => TcpState::Established,
            2 => TcpState::SynSent,
            3 | 12 => TcpState::SynReceived,
            4 => TcpState::FinWait1,
            5 => TcpState::FinWait2,
            6 => TcpState::TimeWait,
            7 => TcpState::Closed,
            8 => TcpState::CloseWait,
            9 => TcpState::LastAck,
            10 => TcpState::Listen,
            11 => TcpState::Closing,
            _ => return None,
        })
    }
}

impl fmt::Display for TcpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which clock of a socket runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimerKind {
    /// The segment in flight goes out again when it ends.
    Retransmission,
    /// The peer is asked whether it is still there.
    KeepAlive,
    /// The end of TIME-WAIT.
    TimeWait,
    /// A closed window is probed when it ends.
    Probe,
}

/// A running clock of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// What happens when it ends.
    pub kind: TimerKind,
    /// The time left.
    pub left: Duration,
    /// How often it has ended already, for this segment.
    pub retransmits: u8,
}

/// What one host's kernel said of its end of the connection, at one moment (Linux: sock_diag).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Socket {
    /// Its state; the connection's own socket wins over the listener, and no socket at all is CLOSED.
    pub state: TcpState,
    /// The clock that runs, if one does.
    pub timer: Option<Timer>,
    /// The retransmission time-out in force; `None` where the kernel does not say (SYN-RECEIVED, TIME-WAIT).
    pub rto: Option<Duration>,
    /// Segments sent and not yet acknowledged.
    pub unacked: Option<u32>,
    /// The congestion window, in segments.
    pub cwnd: Option<u32>,
}

/// Both ends, read one right after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sockets {
    /// What the client's kernel said.
    pub client: Socket,
    /// What the server's kernel said.
    pub server: Socket,
}

impl Sockets {
    /// The one of `host`.
    pub fn of(&self, host: Host) -> &Socket {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }
}

/// What the wire did with a frame when it arrived there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It went on at once.
    Passed,
    /// It stands on the wire until it is released.
    Held,
    /// It vanished: the other host never sees it.
    Dropped,
    /// It stands on the wire until it is released, and vanishes then: the other host never sees it.
    Doomed,
    /// A copy of a frame that is held or was delivered; it was kept back so that it does not confuse the story.
    Absorbed,
    /// Neighbour upkeep that is no part of the story; it went on at once.
    Background,
}

impl Verdict {
    /// Whether the other host never sees the frame.
    pub fn is_lost(self) -> bool {
        matches!(self, Verdict::Dropped | Verdict::Doomed)
    }
}

/// One frame as a live source saw it, with its own copy of the bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LiveFrame {
    /// Its number in the story, from 1. Absorbed and background frames are numbered too: they are frames of the
    /// capture.
    pub number: u64,
    /// When it arrived at the wire (or when the kernel saw it, for a raw capture).
    pub time: Time,
    /// What its first bytes are.
    pub link: LinkType,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many bytes it had on the wire.
    pub original_len: u32,
    /// Who sent it; `None` where only the addresses can tell (a raw capture).
    pub from: Option<Host>,
    /// What both kernels said while it stood on the wire; `None` where nothing was read.
    pub sockets: Option<Sockets>,
    /// What the wire did with it; `None` where nobody holds the wire (a raw capture, which only knows
    /// [`Verdict::Background`]).
    pub verdict: Option<Verdict>,
}

impl LiveFrame {
    /// The frame, as the stages know it.
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            number: self.number,
            time: Some(self.time),
            link: self.link,
            interface: None,
            bytes: &self.bytes,
            original_len: self.original_len,
        }
    }
}

/// What a program on one of the hosts did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProgramEvent {
    /// The server's `listen` returned.
    Listening(SocketAddr),
    /// The client is about to call `connect`.
    Connecting(SocketAddr),
    /// The client's `connect` returned.
    Connected,
    /// The server's `accept` returned.
    Accepted(SocketAddr),
    /// A `send` returned: so many bytes were taken by the kernel.
    Sent(usize),
    /// A `recv` returned these many bytes.
    Received(usize),
    /// A `recv` returned nothing: the peer has said that it will send no more.
    EndOfStream,
    /// The program closed its socket.
    Closed,
    /// A secret of its TLS session, as a line of an SSLKEYLOGFILE.
    TlsSecret(String),
    /// The WebSocket is open: what `onopen` tells a page.
    Opened {
        /// The subprotocol that both agreed on.
        protocol: Option<String>,
    },
    /// Does what somebody types, and is ready for the next.
    AwaitsOrder,
    /// A WebSocket message came, whole: `onmessage`.
    Message {
        /// Binary, not text.
        binary: bool,
        /// Its length in bytes.
        len: usize,
    },
    /// The WebSocket is closed: `onclose`.
    HungUp {
        /// The code; 1005 if the close frame has none, 1006 if there was no close frame (RFC 6455, section 7.4.1).
        code: u16,
        /// The reason.
        reason: String,
        /// Whether both sides have said goodbye.
        clean: bool,
    },
    /// A call failed: the call, the system's error number (0: none), and its text.
    Failed {
        /// `connect`, `send`, `recv`, `upgrade` (the WebSocket handshake), `websocket` (the other side broke a rule) ...
        call: String,
        /// The system's number for it, such as 111 for ECONNREFUSED on Linux.
        errno: i32,
        /// The system's text for it.
        text: String,
    },
    /// A program that is not ours wrote a line, on its standard output or error.
    Said {
        /// Its name.
        program: String,
        /// The line, without its end.
        line: String,
    },
    /// A program that is not ours ended.
    Exited {
        /// Its name.
        program: String,
        /// How.
        how: Exited,
    },
}

/// How a program ended: one of both is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exited {
    /// The code that it gave.
    pub code: Option<i32>,
    /// The signal that killed it.
    pub signal: Option<i32>,
}

impl fmt::Display for Exited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "exit code {code}"),
            (None, Some(signal)) => write!(f, "signal {signal}"),
            (None, None) => f.write_str("nobody knows how"),
        }
    }
}

/// What a live source tells, in order of time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum LiveEvent {
    /// The hosts are up. Comes first, once.
    Ready(Ready),
    /// A frame arrived.
    Frame(LiveFrame),
    /// The turn of a frame has come that waited on the wire behind another: what both kernels say now. Comes before the
    /// [`LiveEvent::Released`] of that other.
    Looked {
        /// The waiting frame's number.
        number: u64,
        /// `None` where nothing can be read.
        sockets: Option<Sockets>,
    },
    /// A held frame was let through, or, if it was doomed, vanished.
    Released {
        /// Its number.
        number: u64,
        /// When.
        time: Time,
        /// How long it stood on the wire.
        held: Duration,
    },
    /// A program did something.
    Program {
        /// On which host.
        host: Host,
        /// When.
        time: Time,
        /// What.
        event: ProgramEvent,
    },
    /// Both programs have ended and the wire is quiet: the last look at both kernels, and what was lost.
    Finished {
        /// When.
        time: Time,
        /// The last reading; `None` where nothing can be read.
        sockets: Option<Sockets>,
        /// Frames that the capture socket lost because its buffer was full: the story may have holes.
        lost_frames: u64,
    },
    /// The source broke; nothing follows.
    Failed(String),
}

/// The two hosts of a live source, and how their kernels were set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ready {
    /// The client's address; port 0 while it is not known.
    pub client: Option<SocketAddr>,
    /// The server's address.
    pub server: Option<SocketAddr>,
    /// What was set to make the picture textbook-like, each as a short English sentence for `-v`.
    pub settings: Vec<String>,
}

//! How a connection ended, and what the programs at both ends are told of it (RFC 6455, sections 7.1.4 to 7.1.7).

use super::desk::Ends;
use super::event::Event;
use super::rule::Rule;
use crate::event::Host;

/// What a program is told when the other side's close frame had no code.
pub const NO_STATUS: u16 = 1005;
/// What a program is told when no close frame came.
pub const ABNORMAL: u16 = 1006;

/// The first close frame of a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseSent {
    /// Its number among the frames of its direction.
    pub number: u64,
    /// The frame of the capture with its last byte.
    pub packet: u64,
    /// Whether all of its payload came, as far as a control frame has room for it.
    pub readable: bool,
    /// The code in it; `None` where it has none, or the bytes of it did not come.
    pub code: Option<u16>,
    /// The bytes behind the code, at most 123, and only the first of them where not all came.
    pub reason: Vec<u8>,
}

/// The end of a side's TCP stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpEnd {
    /// The frame with the FIN or the RST.
    pub packet: u64,
    /// It was an RST, of either side.
    pub reset: bool,
}

/// Why a side must fail the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The rule that the other side broke.
    pub rule: Rule,
    /// The frame of the capture that proves it.
    pub packet: u64,
}

/// What a program is told: the `CloseEvent` of a browser's WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnClose {
    /// `code`: that of the close frame received; 1005 where it had none, 1006 where none came.
    pub code: u16,
    /// `reason`: that of the close frame received.
    pub reason: String,
    /// `wasClean`: both close frames had crossed before TCP ended. `None` where not all of the program's own side could be read,
    /// so that it may have sent one.
    pub was_clean: Option<bool>,
}

/// The end of the connection as one side made and saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideClosing {
    /// Its own close frame.
    pub sent: Option<CloseSent>,
    /// Not all of its bytes could be read, so a close frame may have been missed.
    pub lost: bool,
    /// The end of its TCP stream.
    pub tcp: Option<TcpEnd>,
    /// The other side broke a rule, and this one has failed the connection for it, as far as can be seen: by a close frame of its
    /// own that answers none, or by saying nothing more until the end. Then a close frame that comes later is not read any
    /// more (RFC 6455, section 7.1.7).
    pub failed: Option<Failed>,
    /// What its program is told, if the side does as the standard says; `None` while the connection is open as far as the
    /// capture goes, and where it can't be said.
    pub onclose: Option<OnClose>,
}

/// How a connection ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    /// The client.
    pub client: SideClosing,
    /// The server.
    pub server: SideClosing,
    /// Whose close frame came first in the capture; `None` where there is none. Each may have been sent before the other was
    /// heard.
    pub first: Option<Host>,
    /// Whose end of TCP came first, by a FIN or by the RST that it sent; `None` while both are open.
    pub tcp_first: Option<Host>,
}

impl Closing {
    /// One of the sides.
    pub fn of(&self, host: Host) -> &SideClosing {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }

    /// Whether both sides have sent a close frame.
    pub fn handshake(&self) -> bool {
        self.client.sent.is_some() && self.server.sent.is_some()
    }

    /// Whether the end of TCP was seen, from either side.
    pub fn is_over(&self) -> bool {
        self.tcp_first.is_some()
    }
}

impl Ends {
    /// What is known now.
    pub(super) fn closing(&self) -> Closing {
        let packet = |host| self.closes.of(host).as_ref().map(|sent| (sent.packet, host));
        let first = [packet(Host::Client), packet(Host::Server)];
        let first = first.into_iter().flatten().min_by_key(|(packet, _)| *packet).map(|(_, host)| host);
        let mut closing = Closing { first, tcp_first: self.tcp_first(), ..Closing::default() };
        closing.client = self.side(Host::Client);
        closing.server = self.side(Host::Server);
        let (over, handshake) = (closing.is_over(), closing.handshake());
        for host in [Host::Client, Host::Server] {
            let known = over || handshake;
            let told = if known { told(closing.of(host), closing.of(host.other())) } else { None };
            match host {
                Host::Client => closing.client.onclose = told,
                Host::Server => closing.server.onclose = told,
            }
        }
        closing
    }

    fn tcp_first(&self) -> Option<Host> {
        match (self.tcp.of(Host::Client), self.tcp.of(Host::Server)) {
            (None, None) => None,
            (Some(_), None) => Some(Host::Client),
            (None, Some(_)) => Some(Host::Server),
            // An RST ends both, first the side that gets it.
            (Some(client), Some(server)) if client.packet == server.packet => self.ended_last,
            (Some(client), Some(server)) if client.packet < server.packet => Some(Host::Client),
            (Some(_), Some(_)) => Some(Host::Server),
        }
    }

    fn side(&self, host: Host) -> SideClosing {
        let (own, other) = (self.closes.of(host).clone(), self.closes.of(host.other()));
        let failed = self.failed.of(host.other()).filter(|failed| {
            let Some(own) = &own else {
                // Without a word, and it said nothing more.
                return self.tcp_first().is_some() && *self.spoke.of(host) <= failed.packet;
            };
            let answers = other.as_ref().filter(|other| other.packet < own.packet);
            match answers {
                // Who sends the same code back has read the frame.
                Some(other) => own.packet > failed.packet && own.code != other.code,
                // Its own close came first: 1000 and 1001 are not what one says to somebody who broke a rule.
                None => own.packet > failed.packet && matches!(own.code, Some(1002..=1011)),
            }
        });
        SideClosing { sent: own, lost: *self.lost.of(host), tcp: *self.tcp.of(host), failed, onclose: None }
    }

    /// The notes on how the connection ended; each rests on an end of TCP that was seen.
    pub(super) fn judge_closing(&mut self, closing: &Closing, sink: &mut dyn FnMut(Event<'_>)) {
        let Some(who) = closing.tcp_first else { return };
        let Some(TcpEnd { packet, reset }) = closing.of(who).tcp else { return };
        let mut note = |ends: &mut Ends, rule, by, proof: &[u64]| {
            ends.verdict(rule, by, None, proof.iter().copied(), None, sink);
        };
        let close = |host: Host| closing.of(host).sent.as_ref().map(|sent| sent.packet);
        // A close frame that may have been missed is held against nobody.
        if [Host::Client, Host::Server].iter().any(|host| closing.of(*host).lost && close(*host).is_none()) {
            return;
        }
        match (close(Host::Client), close(Host::Server)) {
            (None, None) => note(self, Rule::NoClose, who, &[packet]),
            // Of the side that hung up: the one that should have answered, or the one that did not wait for it.
            (Some(asked), None) | (None, Some(asked)) => {
                note(self, Rule::CloseUnanswered, who, &[asked, packet])
            }
            (Some(_), Some(_)) if who == Host::Client && !reset => {
                note(self, Rule::ClientClosedTcpFirst, Host::Client, &[packet]);
            }
            (Some(_), Some(_)) => {}
        }
    }
}

/// What the program of a side is told; `None` where a close frame was or may have been that can't be read.
fn told(own: &SideClosing, other: &SideClosing) -> Option<OnClose> {
    let missed = |side: &SideClosing| side.lost && side.sent.is_none();
    let abnormal = OnClose { code: ABNORMAL, reason: String::new(), was_clean: Some(false) };
    match &other.sent {
        _ if own.failed.is_some() => Some(abnormal),
        None => (!missed(other)).then_some(abnormal),
        Some(close) if !close.readable => None,
        Some(close) => Some(OnClose {
            code: close.code.unwrap_or(NO_STATUS),
            reason: String::from_utf8_lossy(&close.reason).into_owned(),
            was_clean: (!missed(own)).then_some(own.sent.is_some()),
        }),
    }
}

//! Conversations as rows of a table.

use std::net::SocketAddr;

use super::talk::Messages;
use super::tcp::{Head, Moment, Side, ended, handshake_rtt};
use super::{Began, Carries, Ended, Epoch, Exchange, Outcome, Sent};
use crate::event::Host;
use crate::frame::Time;

/// What is told of one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number among those of its protocol, in the order of their first frame (Wireshark's `tcp.stream`, `udp.stream`).
    pub stream: u32,
    /// Who sent the SYN, or says what only a client says; where nothing shows that, the end with the higher port. Of UDP, who was seen
    /// first.
    pub client: SocketAddr,
    /// The other one.
    pub server: SocketAddr,
    /// When its first frame was seen; `None` where the file does not say.
    pub start: Option<Time>,
    /// From its first frame to its last, in nanoseconds.
    pub duration: Option<i64>,
    /// What the client has sent.
    pub from_client: Sent,
    /// What the server has sent.
    pub from_server: Sent,
    /// What it seems to carry.
    pub carries: Carries,
    /// What only TCP has.
    pub tcp: Option<TcpRow>,
    /// How many WebSocket messages each side has sent; `None` where nobody has counted, or it was not seen to become WebSocket.
    pub messages: Option<Messages>,
}

/// What is told of a TCP conversation only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpRow {
    /// How much of its beginning was seen.
    pub began: Began,
    /// Nothing shows which end is the client: that is a guess.
    pub roles_guessed: bool,
    /// How it ended.
    pub ended: Ended,
    /// Both in one word.
    pub outcome: Outcome,
    /// Who broke it off, if anybody did.
    pub reset_by: Option<Host>,
    /// The handshake's round trip in nanoseconds (`tcp.analysis.initial_rtt`).
    pub handshake_rtt: Option<i64>,
    /// How many segments carried what had been sent before (`tcp.analysis.retransmission`).
    pub retransmissions: u32,
    /// How many came after later ones (`tcp.analysis.out_of_order`).
    pub out_of_order: u32,
    /// How often something before a segment was missing (`tcp.analysis.lost_segment`).
    pub lost: u32,
}

impl Row {
    /// `tcp` or `udp`: the word in tables and JSON.
    pub fn protocol(&self) -> &'static str {
        if self.tcp.is_some() { "tcp" } else { "udp" }
    }

    /// What one side has sent.
    pub fn of(&self, host: Host) -> Sent {
        match host {
            Host::Client => self.from_client,
            Host::Server => self.from_server,
        }
    }

    /// How many frames both have sent.
    pub fn packets(&self) -> u64 {
        self.from_client.packets + self.from_server.packets
    }

    /// How many bytes both have sent (`frame.len`).
    pub fn bytes(&self) -> u64 {
        self.from_client.bytes + self.from_server.bytes
    }

    #[inline(always)]
    pub(super) fn of_tcp(stream: u32, head: &Head, sides: (&Side, &Side), epoch: Epoch) -> Row {
        let (client, server) = sides;
        let ended = ended(head.began, client, server);
        let tcp = TcpRow {
            began: head.began,
            roles_guessed: head.are_roles_guessed(),
            ended,
            outcome: ended.outcome(head.began),
            reset_by: ended.reset_by(client),
            handshake_rtt: handshake_rtt(head, server),
            retransmissions: head.retransmissions,
            out_of_order: head.out_of_order,
            lost: head.lost,
        };
        let ends = head.ends();
        let times = (head.first, head.last);
        Row::made(stream, ends, times, (client.frames(), server.frames()), (head.carries, Some(tcp)), epoch)
    }

    pub(super) fn of_udp(stream: u32, exchange: &Exchange, epoch: Epoch) -> Row {
        let tally = &exchange.tally;
        let sent = (tally.of(Host::Client), tally.of(Host::Server));
        Row::made(stream, exchange.ends(), (tally.first, tally.last), sent, (exchange.carries, None), epoch)
    }

    #[inline(always)]
    fn made(
        stream: u32,
        (client, server): (SocketAddr, SocketAddr),
        (first, last): (Moment, Moment),
        (from_client, from_server): (Sent, Sent),
        (carries, tcp): (Carries, Option<TcpRow>),
        epoch: Epoch,
    ) -> Row {
        Row {
            stream,
            client,
            server,
            start: epoch.time(first),
            duration: last.since(first),
            from_client,
            from_server,
            carries,
            tcp,
            messages: None,
        }
    }
}

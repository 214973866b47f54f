//! Conversations as rows of a table.

use std::net::SocketAddr;

use super::{Began, Carries, Conversation, Ended, Exchange, Outcome, Sent, Tracker};
use crate::event::Host;
use crate::frame::Time;

/// What is told of one conversation.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its number among those of its protocol, in the order of their first frame (Wireshark's `tcp.stream`, `udp.stream`).
    pub stream: u32,
    /// Who sent the SYN; where that can't be known, who was seen first.
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
    /// The frame that it was first heard of in.
    pub(super) first_heard: u64,
}

/// What is told of a TCP conversation only.
#[derive(Clone, Copy, Debug)]
pub struct TcpRow {
    /// How much of its beginning was seen.
    pub began: Began,
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

    fn of_conversation(conversation: &Conversation, tracker: &Tracker) -> Row {
        let tally = &conversation.tally;
        Row {
            stream: conversation.stream,
            client: conversation.client(),
            server: conversation.server(),
            start: tracker.start(tally),
            duration: tally.duration(),
            from_client: tally.of(Host::Client),
            from_server: tally.of(Host::Server),
            carries: tally.carries,
            tcp: Some(TcpRow {
                began: conversation.began,
                ended: conversation.ended(),
                outcome: conversation.outcome(),
                reset_by: conversation.reset_by(),
                handshake_rtt: conversation.handshake_rtt(),
                retransmissions: conversation.retransmissions,
                out_of_order: conversation.out_of_order,
                lost: conversation.lost,
            }),
            first_heard: conversation.first_heard,
        }
    }

    fn of_exchange(exchange: &Exchange, tracker: &Tracker) -> Row {
        let tally = &exchange.tally;
        let (client, server) = exchange.ends();
        Row {
            stream: exchange.stream,
            client,
            server,
            start: tracker.start(tally),
            duration: tally.duration(),
            from_client: tally.of(Host::Client),
            from_server: tally.of(Host::Server),
            carries: tally.carries,
            tcp: None,
            first_heard: exchange.first_frame,
        }
    }
}

impl Tracker {
    /// Every conversation that had a frame of its own: TCP's first, then UDP's, each in the order of their numbers.
    /// (One that only an ICMP error has quoted keeps its number and has no row, as in Wireshark.)
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.all_rows().filter(|row| row.packets() > 0)
    }

    /// The same with those that had no frame of their own.
    pub fn all_rows(&self) -> impl Iterator<Item = Row> {
        let tcp = self.conversations.iter().map(|conversation| Row::of_conversation(conversation, self));
        tcp.chain(self.exchanges.iter().map(|exchange| Row::of_exchange(exchange, self)))
    }
}

/// The rows of several trackers, each of which has followed a share of one capture's conversations, under the numbers that one
/// tracker for all would have given them.
pub fn merge(shares: &[Tracker]) -> Vec<Row> {
    let mut rows = Vec::with_capacity(shares.iter().map(Tracker::conversation_count).sum());
    in_order(shares.iter().map(|share| (share, share.conversations.iter())), Row::of_conversation, &mut rows);
    in_order(shares.iter().map(|share| (share, share.exchanges.iter())), Row::of_exchange, &mut rows);
    rows
}

/// What the shares have of one protocol, in the order in which it was first heard of. No frame begins two conversations.
fn in_order<'s, T: 's, I: Iterator<Item = &'s T>>(
    shares: impl Iterator<Item = (&'s Tracker, I)>,
    row: impl Fn(&T, &Tracker) -> Row,
    rows: &mut Vec<Row>,
) {
    let next = |(share, items): &mut (&'s Tracker, I)| items.next().map(|item| row(item, share));
    let mut shares: Vec<_> = shares.collect();
    let mut heads: Vec<Option<Row>> = shares.iter_mut().map(next).collect();
    for stream in 0.. {
        let waiting =
            heads.iter().enumerate().filter_map(|(at, head)| Some((head.as_ref()?.first_heard, at)));
        let Some((_, at)) = waiting.min() else { return };
        let (Some(head), Some(share)) = (heads.get_mut(at), shares.get_mut(at)) else { return };
        let first = std::mem::replace(head, next(share));
        rows.extend(first.filter(|row| row.packets() > 0).map(|row| Row { stream, ..row }));
    }
}

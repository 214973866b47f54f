//! What both directions of a conversation write to: verdicts, pings that wait, who has closed.

use arrayvec::ArrayVec;

use super::closing::{CloseSent, Failed, TcpEnd};
use super::event::Event;
use super::limits::{Account, Shared};
use super::pings::Pings;
use super::rule::{Broken, Rule, Verdict};
use crate::event::Host;

/// Something of the client, and the same of the server.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Both<T> {
    client: T,
    server: T,
}

impl<T> Both<T> {
    pub(super) fn new(client: T, server: T) -> Both<T> {
        Both { client, server }
    }

    pub(super) fn of(&self, host: Host) -> &T {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }

    pub(super) fn of_mut(&mut self, host: Host) -> &mut T {
        match host {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }
}

/// What each side did that concerns the other one as well.
#[derive(Debug, Default)]
pub(super) struct Ends {
    pub(super) pings: Both<Pings>,
    pub(super) closes: Both<Option<CloseSent>>,
    pub(super) tcp: Both<Option<TcpEnd>>,
    /// From some place on its bytes could not be read: a close frame may have been among them.
    pub(super) lost: Both<bool>,
    /// The first rule broken for which the other side must fail the connection.
    pub(super) failed: Both<Option<Failed>>,
    /// The frame of the capture with the last byte of the server's answer, where that is known.
    pub(super) answered: Option<u64>,
    /// Whose end of TCP was told last.
    pub(super) ended_last: Option<Host>,
    /// The frame of the capture in which each side began its last frame that is no close.
    pub(super) spoke: Both<u64>,
    broken: Both<Broken>,
}

/// Which WebSocket frame something is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    /// Its number in its direction.
    pub(super) number: u64,
    /// Where its header begins.
    pub(super) offset: u64,
}

/// Where one direction writes to while it reads a piece of its bytes.
pub(super) struct Desk<'d> {
    /// Whose bytes are read.
    pub(super) from: Host,
    /// The frame of the capture that carried them.
    pub(super) packet: Option<u64>,
    pub(super) account: &'d mut Account,
    pub(super) shared: &'d mut Shared,
    pub(super) ends: &'d mut Ends,
    pub(super) sink: &'d mut dyn FnMut(Event<'_>),
}

impl Desk<'_> {
    /// Whether the client said what is in this frame of the capture before it was answered.
    pub(super) fn is_early(&self, packet: u64) -> bool {
        self.from == Host::Client && self.ends.answered.is_some_and(|answered| packet < answered)
    }

    /// A rule was broken by the side whose bytes are read. `proof`: frames of the capture, to which the one being read is
    /// added.
    pub(super) fn verdict(&mut self, rule: Rule, about: Option<About>, proof: &[u64], value: Option<u64>) {
        let proof = proof.iter().copied().chain(self.packet);
        self.ends.verdict(rule, self.from, about, proof, value, self.sink);
    }
}

impl Ends {
    pub(super) fn verdict(
        &mut self,
        rule: Rule,
        by: Host,
        about: Option<About>,
        proof: impl Iterator<Item = u64>,
        value: Option<u64>,
        sink: &mut dyn FnMut(Event<'_>),
    ) {
        let mut packets = ArrayVec::new();
        for packet in proof {
            if !packets.contains(&packet) && packets.try_push(packet).is_err() {
                break;
            }
        }
        if let Some(packet) = packets.last().filter(|_| rule.fails_connection()) {
            self.failed.of_mut(by).get_or_insert(Failed { rule, packet: *packet });
        }
        let before = self.broken.of_mut(by).count(rule);
        sink(Event::Verdict(Verdict {
            rule,
            by,
            number: about.map(|about| about.number),
            offset: about.map_or(0, |about| about.offset),
            packets,
            value,
            before,
        }));
    }
}

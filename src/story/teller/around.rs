//! Steps of the frames around the conversation: who has this address, and errors that quote it.

use std::net::IpAddr;

use super::Teller;
use crate::dissect::Packet;
use crate::event::Host;
use crate::frame::Frame;
use crate::story::neighbour::Neighbour;
use crate::story::told::{Seen, Told};
use crate::story::what::What;
use crate::story::{icmp, settle};

impl Teller {
    /// A frame of a recording with its time by a clock that never goes back. Live, the kernel's clock does not.
    pub(super) fn steady<'f>(&mut self, frame: &Frame<'f>, seen: &Seen) -> Frame<'f> {
        let live = seen.from.is_some() || seen.sockets.is_some();
        let time = if live { frame.time } else { self.timeline.steady(frame.time) };
        Frame { time, ..*frame }
    }

    pub(super) fn neighbour(
        &mut self,
        packet: &Packet<'_>,
        frame: &Frame<'_>,
        seen: &Seen,
        found: Neighbour,
    ) -> Vec<Told> {
        let Some((client, server)) = self.ends() else { return Vec::new() };
        let ours = |ip: IpAddr| ip == client.ip() || ip == server.ip();
        if seen.from.is_none() && !(ours(found.sender) && ours(found.target)) {
            return Vec::new();
        }
        let Some(from) = seen.from.or_else(|| self.sender(packet)) else { return Vec::new() };
        let frame = &self.steady(frame, seen);
        let mut step = self.blank(frame, seen, from, found.what, found.words);
        step.label = found.label;
        step.fields = found.fields;
        step.values.extend(found.values);
        step.filter = found.filter;
        self.give(step)
    }

    pub(super) fn icmp(&mut self, packet: &Packet<'_>, frame: &Frame<'_>, seen: &Seen) -> Vec<Told> {
        let Some(error) = icmp::read(packet) else { return Vec::new() };
        let Some((client, server)) = self.ends() else { return Vec::new() };
        let to = match error.quoted {
            quoted if quoted == (client, server) => Host::Client,
            quoted if quoted == (server, client) => Host::Server,
            _ => return Vec::new(),
        };
        let frame = &self.steady(frame, seen);
        let mut told = Vec::new();
        if let Some(mut pending) = self.pending.take() {
            settle::unanswered(&mut pending, &self.progress);
            told.push(Told::Step(pending));
            told.extend(self.said_behind());
        }
        self.progress.unreachable = true;
        let mut step = self.blank(frame, seen, to.other(), What::IcmpError, "step icmp.unreachable");
        step.stream = Some(self.tell.stream);
        step.full = true;
        step.fields = error.fields;
        step.label = error.label;
        step.filter = error.filter;
        step.values.extend(error.values);
        told.extend(self.give(step));
        told
    }
}

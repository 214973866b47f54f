//! Steps of the frames around the conversation: who has this address, and errors that quote it.

use std::net::IpAddr;

use super::{COPIES, Teller};
use crate::dissect::Packet;
use crate::event::Host;
use crate::flow::Segment;
use crate::frame::{Frame, in_words};
use crate::story::copies::Copy;
use crate::story::neighbour::Neighbour;
use crate::story::told::{Seen, Told};
use crate::story::what::What;
use crate::story::{icmp, segment, settle, tcp};

impl Teller {
    /// A frame of a recording with its time by a clock that is not set back. Live, the kernel's clock does not.
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

    /// A packet that the capture holds twice: what it says was told with the first.
    pub(super) fn captured_twice(
        &mut self,
        packet: &Packet<'_>,
        frame: &Frame<'_>,
        segment: &Segment,
        copy: Copy,
    ) -> Vec<Told> {
        let Some(slice) = packet.tcp() else { return Vec::new() };
        let words = "step tcp.captured_twice";
        let mut step = self.blank(frame, &Seen::default(), segment.from, What::TcpCopy, words);
        step.stream = Some(segment.stream);
        step.label = tcp::label(&slice, segment, false);
        step.label.push_str(", the same packet");
        step.fields = segment::fields(packet, segment);
        step.filter = segment::filter(&slice, segment, self.tell.several);
        step.values.extend(segment::values(packet, segment, &self.progress));
        step.values.extend([("of", copy.of.to_string()), ("wait", in_words(copy.wait))]);
        step.values.push((if copy.routed { "if_routed" } else { "if_same_place" }, String::new()));
        let copy = Told::Step(Box::new(step));
        // The one that it is a copy of may wait for what comes next: this is no answer to it.
        if self.pending.is_some() && self.behind.len() < COPIES {
            self.behind.push(copy);
            return Vec::new();
        }
        self.next(copy)
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

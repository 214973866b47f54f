//! Makes steps of frames, one conversation at a time.

mod around;
mod roles;
mod steps;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::dissect::{Header, Packet, Transport, plain_ports};
use crate::event::{Host, Sockets, Verdict};
use crate::flow::talk::SecureTotals;
use crate::flow::tls::KeyLog;
use crate::flow::{Fragments, Segment, Tracker};
use crate::frame::{Frame, Time, in_words};

use super::copies::Copies;
use super::drawn::Drawn;
use super::neighbour;
use super::progress::Progress;
use super::spoken::Spoken;
use super::step::Step;
use super::streams::stream_notes;
use super::summary::Summary;
use super::sums::{self, Sums};
use super::tally::Tally;
use super::timeline::Timeline;
use super::told::{Absorbed, Seen, Tell, Told};
use super::undecided::Undecided;
use super::what::What;
use super::{program, segment, settle, tcp};

/// As long as nobody knows the round trip, what comes so soon cannot be an answer to silence (Wireshark's 3 ms).
const SOON_NANOS: i64 = 3_000_000;
/// So many copies wait with the step that waits.
const COPIES: usize = 64;

/// Follows one conversation through the frames of a capture or of a live source.
#[derive(Debug)]
pub struct Teller {
    tell: Tell,
    tracker: Tracker,
    fragments: Fragments,
    spoken: Spoken,
    progress: Progress,
    sums: Sums,
    tally: Tally,
    steps: u32,
    timeline: Timeline,
    copies: Copies,
    /// A SYN or SYN-ACK of which the next frame will show whether it arrived.
    pending: Option<Box<Step>>,
    /// What the programs said with it, and its copies that were kept back.
    behind: Vec<Told>,
    drawn: Drawn,
    /// Steps of messages that the server may yet refuse, and all behind them.
    undecided: Undecided,
}

impl Teller {
    /// For the story that is wanted.
    pub fn new(tell: Tell) -> Teller {
        let client = tell.ends.filter(|_| tell.roles_known).map(|(client, _)| client);
        Teller {
            spoken: Spoken::new(tell.all),
            tell,
            tracker: client.map_or_else(Tracker::new, Tracker::knowing),
            fragments: Fragments::new(),
            progress: Progress::default(),
            sums: Sums::default(),
            tally: Tally::default(),
            steps: 0,
            timeline: Timeline::default(),
            copies: Copies::default(),
            pending: None,
            behind: Vec::new(),
            drawn: Drawn::default(),
            undecided: Undecided::default(),
        }
    }

    /// Both ends of the conversation, once they are known.
    pub fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        match self.tracker.conversation(self.counted()) {
            Some(conversation) => Some((conversation.client(), conversation.server())),
            None => self.tell.ends,
        }
    }

    /// Says who the ends are, for a source that knows.
    pub fn set_ends(&mut self, client: SocketAddr, server: SocketAddr) {
        self.tell.ends = Some((client, server));
    }

    /// The keys that open TLS in the conversation; more may be added at any time.
    pub fn keys_mut(&mut self) -> &mut KeyLog {
        self.spoken.keys_mut()
    }

    /// What was seen of TLS so far.
    pub fn secure(&self) -> SecureTotals {
        self.spoken.secure()
    }

    /// How many TCP conversations the frames so far belong to.
    pub fn conversations(&self) -> usize {
        self.tracker.conversation_count()
    }

    /// Whether the conversation is over: closed by both sides, or broken off.
    pub fn is_over(&self) -> bool {
        self.progress.closed() || self.progress.reset
    }

    /// Whether any frame of the conversation was seen.
    pub fn has_begun(&self) -> bool {
        self.progress.begun
    }

    /// Takes a frame in; gives what can be told now.
    pub fn frame(&mut self, frame: &Frame<'_>, seen: &Seen) -> Vec<Told> {
        let mut packet = Packet::unread(*frame);
        packet.read();
        if self.passes_over(&packet) {
            return Vec::new();
        }
        let mut fragments = std::mem::take(&mut self.fragments);
        let told = {
            let whole = fragments.complete(packet);
            if self.passes_over(&whole) { Vec::new() } else { self.packet(&whole, frame, seen) }
        };
        self.fragments = fragments;
        self.undecided.pass(told)
    }

    /// Whether a frame surely holds a segment of another conversation, and only one is followed: quick, for files of millions. Any
    /// frame may be given to [`frame`](Teller::frame) all the same.
    #[inline]
    pub fn is_of_others(&self, frame: &Frame<'_>) -> bool {
        let (Some(_), Some((client, server))) = (self.tell.before, self.tell.ends) else { return false };
        // Nearly always the ports differ.
        plain_ports(frame).is_some_and(|(from, to)| {
            (from, to) != (client.port(), server.port()) && (from, to) != (server.port(), client.port())
        })
    }

    /// The conversation's number among those that are followed here.
    fn counted(&self) -> u32 {
        self.tell.before.unwrap_or(self.tell.stream)
    }

    /// Whether a packet is a segment of another conversation, or quotes one, and only one conversation is followed.
    fn passes_over(&self, packet: &Packet<'_>) -> bool {
        let (Some(_), Some((client, server))) = (self.tell.before, self.tell.ends) else { return false };
        let Some(Transport { header: Header::Tcp(tcp), addresses: (src, dst), .. }) = packet.transport()
        else {
            return false;
        };
        let (Some(from), Some(to)) = (tcp.src_port(), tcp.dst_port()) else { return false };
        let ends = (SocketAddr::new(src, from), SocketAddr::new(dst, to));
        ends != (client, server) && ends != (server, client)
    }

    fn packet(&mut self, packet: &Packet<'_>, frame: &Frame<'_>, seen: &Seen) -> Vec<Told> {
        match seen.verdict {
            Some(Verdict::Absorbed) => return self.absorbed(packet, frame, seen),
            Some(Verdict::Background) => return Vec::new(),
            _ => {}
        }
        if let Some(found) = neighbour::read(packet) {
            return self.neighbour(packet, frame, seen, found);
        }
        let arrives = seen.verdict.map(|verdict| !verdict.is_lost());
        let Some(mut segment) = self.tracker.push_seen(packet, arrives) else {
            return self.icmp(packet, frame, seen);
        };
        if segment.stream != self.counted() {
            return Vec::new();
        }
        segment.stream = self.tell.stream;
        self.segment(packet, frame, seen, &segment)
    }

    /// What was still open, and what it all came to. `sockets`: the last look at both kernels; `lost`: frames that the
    /// capture lost; `gave_up`: after how long the client's program was told that nobody answers, where that is known.
    pub fn finish(
        &mut self,
        sockets: Option<Sockets>,
        lost: u64,
        gave_up: Option<Duration>,
    ) -> (Vec<Told>, Summary) {
        let mut told = Vec::new();
        if let Some(mut pending) = self.pending.take() {
            settle::unanswered(&mut pending, &self.progress);
            told.push(Told::Step(pending));
            told.extend(self.said_behind());
        }
        let mut summary = self.tally.summary(&self.progress, sockets, lost);
        let (client, server, heard) = self.spoken.finish(self.tell.stream);
        (summary.client_stream, summary.server_stream) = (client, server);
        summary.verdicts = heard.verdicts;
        let cut = heard.completed.into_iter().filter_map(|completed| self.cut_off(completed));
        told.extend(cut.map(|step| Told::Step(Box::new(step))).collect::<Vec<_>>());
        if self.drawn.page_waits() {
            (summary.onclose, summary.onerror) = (heard.onclose, heard.onerror);
            summary.onclose_unread = heard.unread;
        }
        if summary.outcome == super::Outcome::NoAnswer {
            told.push(Told::Step(Box::new(self.silence(gave_up))));
        }
        let mut all = self.undecided.pass(told);
        all.extend(self.undecided.finish());
        (all, summary)
    }

    /// The newest frame was let through at `time`, after it was held so long: what comes next is counted from there.
    pub fn released(&mut self, time: Time, held: Duration) {
        // The ACK that opens the connection was counted when it arrived; its own hold does not delay that.
        self.tally.released(held, self.progress.opened);
        self.timeline.released(time);
    }

    fn absorbed(&mut self, packet: &Packet<'_>, frame: &Frame<'_>, seen: &Seen) -> Vec<Told> {
        self.tally.absorbed();
        let from = seen.from.or_else(|| self.sender(packet)).unwrap_or(Host::Client);
        let time = self.timeline.since_start(frame.time);
        let since = self.timeline.since_newest(frame.time);
        let copy = Told::Absorbed(Absorbed { frame: frame.number, from, time, since });
        if self.pending.is_some() && self.behind.len() < COPIES {
            self.behind.push(copy);
            return Vec::new();
        }
        self.next(copy)
    }

    /// Who sent a frame, by its addresses.
    fn sender(&self, packet: &Packet<'_>) -> Option<Host> {
        let source = match packet.arp() {
            Some(arp) => arp.sender_ip().map(IpAddr::from)?,
            None => packet.addresses()?.0,
        };
        let (client, server) = self.ends()?;
        if client.ip() == server.ip() {
            let port = packet.tcp()?.src_port()?;
            return Some(if port == client.port() { Host::Client } else { Host::Server });
        }
        if source == client.ip() {
            Some(Host::Client)
        } else if source == server.ip() {
            Some(Host::Server)
        } else {
            None
        }
    }

    fn segment(
        &mut self,
        packet: &Packet<'_>,
        frame: &Frame<'_>,
        seen: &Seen,
        segment: &Segment,
    ) -> Vec<Told> {
        let Some(slice) = packet.tcp() else { return Vec::new() };
        let frame = &self.steady(frame, seen);
        if segment.swapped {
            self.swap();
        }
        let recorded = seen.from.is_none() && seen.verdict.is_none();
        if let Some(copy) = self.copies.take(packet, frame.time).filter(|_| recorded) {
            return self.captured_twice(packet, frame, segment, copy);
        }
        let arrives = !seen.verdict.is_some_and(Verdict::is_lost);
        let (found, mut streams, heard) = self.spoken.take(packet, frame, segment, arrives);
        if let Some(of) = streams.copy_of
            && let Some(passed) = self.timeline.since_frame(of, frame.time)
        {
            let soon = segment.initial_rtt.unwrap_or(SOON_NANOS).into();
            streams.exact = self.timeline.holds(of, segment) && passed.as_nanos() as i128 <= soon;
        }
        let (mut what, mut words, mut full) = tcp::kind(&slice, segment, &self.progress, streams);
        let says_bytes = matches!(what, What::TcpData | What::TcpRetransmission | What::TcpOutOfOrder);
        if found.conflict.is_some() && says_bytes && !slice.syn() {
            (what, words, full) = (What::TcpRetransmission, "step tcp.conflict", true);
        }
        let pending = self.pending.take();
        let mut told: Vec<Told> = pending
            .map(|step| Told::Step(settle::by_next(step, &slice, segment, words, &self.progress)))
            .into_iter()
            .chain(self.said_behind())
            .collect();

        let copied = what == What::TcpOutOfOrder && streams.copy;
        let mut step = self.blank(frame, seen, segment.from, what, words);
        step.stream = Some(segment.stream);
        step.full = full;
        step.label = tcp::label(
            &slice,
            segment,
            copied
                || what == What::TcpRetransmission && words != tcp::NOT_SEEN_BEFORE
                || what == What::TcpProbe && self.progress.has_sent(segment),
        );
        let again = slice.syn() || matches!(words, "step tcp.ack_repeat" | "step tcp.ack_duplicate");
        step.sums = tcp::sums(&slice, segment, &self.progress, again);
        step.notes.extend(tcp::notes(&slice, segment, &self.progress, streams));
        step.notes.extend(self.role_note(segment));
        step.notes.extend(stream_notes(&found));
        let goodbye = what == What::TcpFin && heard.completed.is_empty();
        step.notes.extend(tcp::last_words(&slice).filter(|_| goodbye));
        step.options = tcp::options(&slice, segment);
        step.states = Some(segment::states(segment, seen, arrives));
        step.fields = segment::fields(packet, segment);
        step.filter = segment::filter(&slice, segment, self.tell.several);
        step.values.extend(segment::values(packet, segment, &self.progress));
        let conflicting = found.conflict.as_ref().map(|conflict| conflict.earlier.0);
        let copy_of = streams.copy_of.filter(|_| copied);
        let goodbye = self.progress.fin_in(segment.from).filter(|_| slice.fin());
        if let Some(of) = conflicting.or(goodbye).or(segment.retransmission_of).or(copy_of) {
            step.values.push(("of", of.to_string()));
            if let Some(wait) = self.timeline.since_frame(of, frame.time) {
                step.values.push(("wait", in_words(wait)));
            }
        }
        if arrives {
            sums::remark(&mut step, self.sums.take(packet, segment));
        }
        if (frame.original_len as usize) > frame.bytes.len() {
            step.notes.push(format!(
                "Only {} of the frame's {} bytes were kept.",
                frame.bytes.len(),
                frame.original_len
            ));
        }
        (step.verdicts, step.lost) = (heard.verdicts, heard.lost);
        step.carries = words == "step tcp.data" && !heard.completed.is_empty();
        if self.drawn.page_waits() {
            step.code.extend(heard.onclose.iter().map(|told| program::ends(told, heard.onerror)));
            step.code.extend(heard.unread.then(program::ends_unread));
            let node = heard.page_left.iter().filter(|_| !self.drawn.no_node);
            step.server_code.extend(node.map(program::ends_at_server));
        }
        let done = self.progress.opened;
        self.progress.take(segment, &slice, arrives);
        self.drawn.hears.judge(&step.verdicts);
        let opened = !done && self.progress.opened;
        self.tally.segment(segment, frame.time, (slice.syn(), slice.rst()), opened, done);
        self.timeline.remember(segment, frame.time);

        // Whether it arrived, and where it found the other side, shows in what comes next; a lab knows it at once.
        let waits = settle::waits(&slice, words, seen);
        if waits {
            self.pending = Some(Box::new(step));
        } else {
            told.extend(self.give(step));
        }
        let said = heard.completed.into_iter().map(|completed| self.said(completed, frame, segment.from));
        let said: Vec<Step> = said.collect();
        if waits {
            self.behind = said.into_iter().map(|step| Told::Step(Box::new(step))).collect();
        } else {
            told.extend(said.into_iter().map(|step| Told::Step(Box::new(step))));
        }
        if arrives {
            self.ended(segment.from, slice.fin(), slice.rst() && !segment.ignored);
        }
        told
    }
}

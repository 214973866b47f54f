//! Makes steps of frames, one conversation at a time.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::dissect::{Header, Packet, TcpOption, TcpSlice};
use crate::event::{Host, Sockets, TcpState, Verdict};
use crate::flow::{Segment, Tracker};
use crate::frame::{Frame, Time, in_words};

use super::neighbour::{self, Neighbour};
use super::progress::Progress;
use super::states::join;
use super::step::{Change, FieldValue, Shown, States, Step, Summary, What};
use super::tally::Tally;
use super::tcp;
use super::values::{grouped, pick, text_of};

/// So many frames of the conversation are remembered by their time, for "sent again after".
const REMEMBERED: usize = 1024;

/// Which story is wanted.
#[derive(Clone, Debug, Default)]
pub struct Tell {
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    /// Both ends, where they are known beforehand: the neighbour frames that led to the conversation are then told too.
    pub ends: Option<(SocketAddr, SocketAddr)>,
    /// Whether the capture holds other conversations, so that a filter must name this one.
    pub several: bool,
}

/// What a live source knows of a frame beside its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Who sent it.
    pub from: Option<Host>,
    /// What both kernels said while it stood on the wire.
    pub sockets: Option<Sockets>,
    /// What the wire did with it.
    pub verdict: Option<Verdict>,
}

/// A copy that was kept back while a frame was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absorbed {
    /// Its number.
    pub frame: u64,
    /// Who sent it.
    pub from: Host,
    /// Since the first frame of the story.
    pub time: Option<Duration>,
    /// Since the newest step's frame.
    pub since: Option<Duration>,
}

/// What comes of a frame.
#[derive(Clone, Debug)]
pub enum Told {
    /// A step.
    Step(Box<Step>),
    /// A copy that makes no step.
    Absorbed(Absorbed),
}

/// Follows one conversation through the frames of a capture or of a live source.
#[derive(Debug)]
pub struct Teller {
    tell: Tell,
    tracker: Tracker,
    progress: Progress,
    tally: Tally,
    steps: u32,
    start: Option<Time>,
    newest: Option<Time>,
    times: VecDeque<(u64, Time)>,
    /// A SYN or SYN-ACK of which the next frame will show whether it arrived.
    pending: Option<Box<Step>>,
}

impl Teller {
    /// For the story that is wanted.
    pub fn new(tell: Tell) -> Teller {
        Teller {
            tell,
            tracker: Tracker::new(),
            progress: Progress::default(),
            tally: Tally::default(),
            steps: 0,
            start: None,
            newest: None,
            times: VecDeque::new(),
            pending: None,
        }
    }

    /// Both ends of the conversation, once they are known.
    pub fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        match self.tracker.conversation(self.tell.stream) {
            Some(conversation) => Some((conversation.client, conversation.server)),
            None => self.tell.ends,
        }
    }

    /// Says who the ends are, for a source that knows.
    pub fn set_ends(&mut self, client: SocketAddr, server: SocketAddr) {
        self.tell.ends = Some((client, server));
    }

    /// How many TCP conversations the frames so far belong to.
    pub fn conversations(&self) -> usize {
        self.tracker.conversations().len()
    }

    /// Takes a frame in; gives what can be told now.
    pub fn frame(&mut self, frame: &Frame<'_>, seen: &Seen) -> Vec<Told> {
        let packet = Packet::new(*frame);
        match seen.verdict {
            Some(Verdict::Absorbed) => return self.absorbed(&packet, frame, seen),
            Some(Verdict::Background) => return Vec::new(),
            _ => {}
        }
        if let Some(found) = neighbour::read(&packet) {
            return self.neighbour(&packet, frame, seen, found);
        }
        let arrives = seen.verdict != Some(Verdict::Dropped);
        let Some(segment) = self.tracker.push_seen(&packet, arrives) else {
            return self.icmp(&packet, frame, seen);
        };
        if segment.stream != self.tell.stream {
            return Vec::new();
        }
        self.segment(&packet, frame, seen, &segment)
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
            self.settle_unanswered(&mut pending);
            told.push(Told::Step(pending));
        }
        let summary = self.tally.summary(&self.progress, sockets, lost);
        if summary.outcome == super::Outcome::NoAnswer {
            told.push(Told::Step(Box::new(self.silence(gave_up))));
        }
        (told, summary)
    }

    /// The newest frame was let through at `time`, after it was held: what comes next is counted from there.
    pub fn released(&mut self, time: Time) {
        self.newest = Some(time);
    }

    fn absorbed(&mut self, packet: &Packet<'_>, frame: &Frame<'_>, seen: &Seen) -> Vec<Told> {
        self.tally.absorbed();
        let from = seen.from.or_else(|| self.sender(packet)).unwrap_or(Host::Client);
        let time = self.since_start(frame.time);
        let since = match (frame.time, self.newest) {
            (Some(time), Some(newest)) => Some(time.since(newest)),
            _ => None,
        };
        vec![Told::Absorbed(Absorbed { frame: frame.number, from, time, since })]
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

    fn neighbour(
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
        let answer = matches!(found.what, What::ArpReply | What::NdAdvertisement);
        self.tally.neighbour(answer);
        let mut step = self.blank(frame, seen, from, found.what, found.words);
        step.label = found.label;
        step.fields = found.fields;
        step.values.extend(found.values);
        step.filter = found.filter;
        self.give(step)
    }

    fn segment(
        &mut self,
        packet: &Packet<'_>,
        frame: &Frame<'_>,
        seen: &Seen,
        segment: &Segment,
    ) -> Vec<Told> {
        let Some(slice) = packet.tcp() else { return Vec::new() };
        let arrives = seen.verdict != Some(Verdict::Dropped);
        let (what, words, full) = tcp::kind(&slice, segment, &self.progress);
        let mut told = self.settle(&slice, segment, words);

        let mut step = self.blank(frame, seen, segment.from, what, words);
        step.stream = Some(segment.stream);
        step.full = full;
        step.label = tcp::label(&slice, segment, what);
        step.sums = tcp::sums(&slice, segment, &self.progress);
        step.options = tcp::options(&slice, segment);
        step.states = Some(self.states(segment, seen, arrives));
        step.fields = fields(packet, segment);
        step.filter = self.filter(&slice, segment);
        step.values.extend(self.values(packet, segment));
        if let Some(of) = segment.retransmission_of {
            step.values.push(("of", of.to_string()));
            let earlier = self.times.iter().find(|(number, _)| *number == of);
            if let (Some((_, earlier)), Some(time)) = (earlier, frame.time) {
                step.values.push(("wait", in_words(time.since(*earlier))));
            }
        }
        if (frame.original_len as usize) > frame.bytes.len() {
            step.notes.push(format!(
                "Only {} of the frame's {} bytes were kept.",
                frame.bytes.len(),
                frame.original_len
            ));
        }
        if what == What::TcpSynAck || what == What::TcpAck && words == "step tcp.ack" {
            step.frames.extend(segment.acks_frame);
        }

        let done = self.progress.opened;
        self.progress.take(segment, slice.syn(), slice.fin(), slice.rst());
        let opened = !done && self.progress.opened;
        self.tally.segment(segment, frame.time, slice.syn(), opened, done);
        if let Some(time) = frame.time {
            if self.times.len() == REMEMBERED {
                self.times.pop_front();
            }
            self.times.push_back((frame.number, time));
        }

        // Whether a SYN or SYN-ACK arrived, and whether anybody listens, shows in what comes next; a lab knows it at once.
        let waits = slice.syn() && !slice.rst() && seen.sockets.is_none() && seen.verdict.is_none();
        if waits {
            self.pending = Some(Box::new(step));
        } else {
            told.extend(self.give(step));
        }
        told
    }

    /// The step that waited, put right by the segment that came next.
    fn settle(&mut self, next: &TcpSlice<'_>, segment: &Segment, words: &str) -> Vec<Told> {
        let Some(mut pending) = self.pending.take() else { return Vec::new() };
        let from = pending.from;
        let answered = segment.from != from;
        let again = next.syn() && self.progress.syn_seen(segment.from);
        let receiver = from.other();
        if pending.what == What::TcpSyn && words == "step tcp.rst_refused" {
            set(&mut pending, receiver, Some(TcpState::Closed), Some(TcpState::Closed));
        } else if pending.what == What::TcpSynAck && again {
            stay(&mut pending, receiver);
            pending.notes.push(format!(
                "It seems that it did not arrive: the {} speaks as if it had heard nothing.",
                segment.from
            ));
        } else if !answered && again {
            self.settle_unanswered(&mut pending);
        }
        vec![Told::Step(pending)]
    }

    fn settle_unanswered(&self, pending: &mut Step) {
        let receiver = pending.from.other();
        if !self.progress.syn_seen(receiver) {
            set(pending, receiver, None, None);
        } else {
            stay(pending, receiver);
        }
    }

    fn icmp(&mut self, packet: &Packet<'_>, frame: &Frame<'_>, seen: &Seen) -> Vec<Told> {
        let Some(quoted) = quoted(packet) else { return Vec::new() };
        let Some((client, server)) = self.ends() else { return Vec::new() };
        let ours = (quoted.0 == client && quoted.1 == server) || (quoted.0 == server && quoted.1 == client);
        if !ours {
            return Vec::new();
        }
        let to = if quoted.0 == client { Host::Client } else { Host::Server };
        let mut told = Vec::new();
        if let Some(mut pending) = self.pending.take() {
            self.settle_unanswered(&mut pending);
            told.push(Told::Step(pending));
        }
        self.progress.unreachable = true;
        let mut step = self.blank(frame, seen, to.other(), What::IcmpError, "step icmp.unreachable");
        step.stream = Some(self.tell.stream);
        step.full = true;
        step.fields = pick(
            packet,
            &[
                "ip.src",
                "ip.dst",
                "ipv6.src",
                "ipv6.dst",
                "icmp.type",
                "icmp.code",
                "icmpv6.type",
                "icmpv6.code",
            ],
        );
        let number = |name: &str| {
            step.fields.iter().find_map(|field| match field.value {
                FieldValue::Number(number) if field.name == name => Some(number),
                _ => None,
            })
        };
        let (protocol, kind, code) = match number("icmp.type") {
            Some(kind) => ("icmp", kind, number("icmp.code")),
            None => ("icmpv6", number("icmpv6.type").unwrap_or_default(), number("icmpv6.code")),
        };
        let code = code.unwrap_or_default();
        step.label =
            format!("{} error, type {kind}, code {code}", protocol.to_uppercase().replace("V6", "v6"));
        step.filter = format!("{protocol}.type == {kind} and {protocol}.code == {code}");
        if let Some((source, destination)) = packet.addresses() {
            step.values.push(("ip_from", source.to_string()));
            step.values.push(("ip_to", destination.to_string()));
        }
        told.extend(self.give(step));
        told
    }

    /// To the end nothing came back.
    fn silence(&mut self, gave_up: Option<Duration>) -> Step {
        let empty = Frame {
            number: 0,
            time: None,
            link: crate::frame::LinkType::RawIp,
            interface: None,
            bytes: &[],
            original_len: 0,
        };
        let mut step =
            self.blank(&empty, &Seen::default(), Host::Server, What::NoAnswer, "step story.no_answer");
        step.frames.clear();
        step.stream = Some(self.tell.stream);
        step.label = "silence".to_owned();
        step.full = false;
        step.filter = format!("tcp.stream == {} and tcp.completeness == 1", self.tell.stream);
        if let Some(time) = gave_up {
            step.values.push(("wait", in_words(time)));
        }
        step
    }

    /// A step with all that any frame's step has.
    fn blank(&mut self, frame: &Frame<'_>, seen: &Seen, from: Host, what: What, words: &'static str) -> Step {
        if !frame.bytes.is_empty() {
            self.tally.frame(frame, seen.verdict);
        }
        if let Some(time) = frame.time {
            self.start.get_or_insert(time);
        }
        let since = match (frame.time, self.newest) {
            (Some(time), Some(newest)) => Some(time.since(newest)),
            _ => None,
        };
        self.newest = frame.time.or(self.newest);
        let mut values = vec![
            ("from", from.to_string()),
            ("to", from.other().to_string()),
            ("frame", frame.number.to_string()),
        ];
        if let Some((client, server)) = self.ends() {
            values.push(("client", client.to_string()));
            values.push(("server", server.to_string()));
        }
        self.steps += 1;
        Step {
            number: self.steps,
            what,
            words,
            stream: None,
            frames: vec![frame.number],
            time: self.since_start(frame.time),
            since,
            from,
            label: String::new(),
            states: None,
            fields: Vec::new(),
            sums: Vec::new(),
            options: Vec::new(),
            values,
            filter: String::new(),
            full: false,
            verdict: seen.verdict,
            notes: Vec::new(),
            sockets: seen.sockets,
            bytes: frame.bytes.to_vec(),
            original_len: frame.original_len,
            link: frame.link,
            at: frame.time,
        }
    }

    /// Gives a step, after the one that waited.
    fn give(&mut self, step: Step) -> Vec<Told> {
        let mut told: Vec<Told> = self.pending.take().map(Told::Step).into_iter().collect();
        told.push(Told::Step(Box::new(step)));
        told
    }

    fn since_start(&self, time: Option<Time>) -> Option<Duration> {
        Some(time?.since(self.start?))
    }

    fn states(&self, segment: &Segment, seen: &Seen, arrives: bool) -> States {
        let inferred = |host: Host| {
            let transition = segment.states.of(host);
            Change { before: transition.before, after: transition.after, ..Change::default() }
        };
        let mut states = States { client: inferred(Host::Client), server: inferred(Host::Server) };
        if let Some(sockets) = &seen.sockets {
            join(&mut states, sockets, segment.from, arrives);
        }
        states
    }

    fn filter(&self, tcp: &TcpSlice<'_>, segment: &Segment) -> String {
        let mut filter = String::new();
        if self.tell.several || segment.stream > 0 {
            filter.push_str(&format!("tcp.stream == {} and ", segment.stream));
        }
        if tcp.syn() {
            filter.push_str(&format!("tcp.flags.syn == 1 and tcp.flags.ack == {}", u8::from(tcp.ack())));
        } else if tcp.rst() {
            filter.push_str("tcp.flags.reset == 1");
        } else {
            filter.push_str(&format!("tcp.seq == {}", segment.seq));
            if let Some(ack) = segment.ack {
                filter.push_str(&format!(" and tcp.ack == {ack}"));
            }
            match (tcp.fin(), segment.len) {
                (true, _) => filter.push_str(" and tcp.flags.fin == 1"),
                (false, len) => filter.push_str(&format!(" and tcp.len == {len}")),
            }
        }
        filter
    }

    fn values(&self, packet: &Packet<'_>, segment: &Segment) -> Vec<(&'static str, String)> {
        let mut values = neighbour::addresses(packet);
        let Some(tcp) = packet.tcp() else { return values };
        if let Some((source, destination)) = packet.addresses() {
            values.push(("ip_from", source.to_string()));
            values.push(("ip_to", destination.to_string()));
        }
        values.push(("seq", segment.seq.to_string()));
        values.push(("next", segment.next_seq.to_string()));
        values.push(("len", segment.len.to_string()));
        if let Some(raw) = tcp.seq() {
            values.push(("seq_raw", raw.to_string()));
            if tcp.syn() {
                values.push(("isn", grouped(raw.into())));
            }
        }
        if let Some(ack) = segment.ack {
            values.push(("ack", ack.to_string()));
            let earlier = self.progress.acked(segment.from);
            if let Some(earlier) = earlier.filter(|earlier| super::progress::before(*earlier, ack)) {
                values.push(("acked", ack.wrapping_sub(earlier).to_string()));
            }
        }
        if let Some(raw) = tcp.ack_number().filter(|_| tcp.ack()) {
            values.push(("ack_raw", raw.to_string()));
        }
        values.push(("window", grouped(segment.window.into())));
        for option in tcp.options() {
            match option {
                TcpOption::Mss(mss) => values.push(("mss", mss.to_string())),
                TcpOption::WindowScale(shift) => values.push(("scale", (1u32 << shift.min(14)).to_string())),
                _ => {}
            }
        }
        values.extend(text_of(tcp.payload()).map(|text| ("text", format!("“{text}”"))));
        values
    }
}

/// The fields that a step of TCP shows: those of the frame, and those that follow from the conversation.
fn fields(packet: &Packet<'_>, segment: &Segment) -> Vec<Shown> {
    let mut fields = pick(packet, tcp::FIELDS);
    if segment.ack.is_none() {
        fields.retain(|field| field.name != "tcp.ack_raw");
    }
    let mut add = |name: &'static str, value: u32| {
        fields.push(Shown { name, value: FieldValue::Number(value.into()), span: None });
    };
    add("tcp.seq", segment.seq);
    add("tcp.nxtseq", segment.next_seq);
    if let Some(ack) = segment.ack {
        add("tcp.ack", ack);
    }
    add("tcp.window_size", segment.window);
    fields
}

fn set(step: &mut Step, host: Host, before: Option<TcpState>, after: Option<TcpState>) {
    if let Some(states) = &mut step.states {
        let change = states.of_mut(host);
        change.before = before;
        change.after = after;
    }
}

fn stay(step: &mut Step, host: Host) {
    if let Some(states) = &mut step.states {
        let change = states.of_mut(host);
        change.after = change.before;
    }
}

/// Both ends of the segment that an ICMP error quotes.
fn quoted(packet: &Packet<'_>) -> Option<(SocketAddr, SocketAddr)> {
    match packet.quoted_transport()? {
        (Header::Tcp(tcp), (source, destination)) => {
            Some(((source, tcp.src_port()?).into(), (destination, tcp.dst_port()?).into()))
        }
        _ => None,
    }
}

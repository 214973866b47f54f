//! The wire: a frame and a time in, a verdict out. Pure: no socket, no clock, no thread.
//!
//! It numbers the frames, applies the scenario's rules, and in step mode holds every frame of the story, first come first
//! out, until it is released. While one is held the kernels go on: they say the same again, ask their neighbours. Copies
//! are absorbed, because let through later they would draw more answers and spoil the story; upkeep of what a host
//! already knows of its neighbour passes as background.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::scenario::{Do, Kind, Rule};
use super::seen::Seen;
use crate::dissect::{Header, Packet};
use crate::event::{Host, Verdict};
use crate::frame::{Frame, LinkType, Time};

/// What became of a frame that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its number, from 1.
    pub number: u64,
    /// To be sent on now if [`Verdict::Passed`] or [`Verdict::Background`]; not (yet) otherwise.
    pub verdict: Verdict,
    /// How much later than now it is to be sent on.
    pub delay: Duration,
}

/// A frame that was let go after it had been held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// Its number.
    pub number: u64,
    /// Who sent it: it goes to the other one.
    pub from: Host,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How long it stood on the wire.
    pub held: Duration,
    /// A rule says that it vanishes: it is not sent on.
    pub lost: bool,
}

struct Held {
    number: u64,
    from: Host,
    kind: Kind,
    time: Time,
    bytes: Vec<u8>,
    lost: bool,
}

/// The wire between the two hosts.
pub struct Wire {
    rules: Vec<Rule>,
    /// How many frames each rule has fitted, its `nth` left aside.
    fits: Vec<u64>,
    step: bool,
    frames: u64,
    held: VecDeque<Held>,
    /// What each host has said so far that was not dropped.
    seen: HashMap<Host, Seen>,
    /// Neighbour messages that were held or passed, by sender and kind.
    asked: HashSet<(Host, Kind)>,
}

impl Wire {
    /// A wire for these rules; in step mode it holds every frame of the story.
    pub fn new(rules: Vec<Rule>, step: bool) -> Wire {
        let fits = vec![0; rules.len()];
        Wire {
            rules,
            fits,
            step,
            frames: 0,
            held: VecDeque::new(),
            seen: HashMap::new(),
            asked: HashSet::new(),
        }
    }

    /// A frame of `from` has arrived; says what to do with it.
    pub fn arrive(&mut self, time: Time, from: Host, bytes: &[u8]) -> Arrival {
        self.frames += 1;
        let number = self.frames;
        let packet = packet(number, time, bytes);
        let kind = kind(&packet);
        let (verdict, delay) = self.judge(from, kind, &packet);
        if matches!(verdict, Verdict::Held | Verdict::Doomed) {
            let lost = verdict == Verdict::Doomed;
            self.held.push_back(Held { number, from, kind, time, bytes: bytes.to_vec(), lost });
        }
        Arrival { number, verdict, delay }
    }

    fn judge(&mut self, from: Host, kind: Kind, packet: &Packet<'_>) -> (Verdict, Duration) {
        let at_once = Duration::ZERO;
        if kind == Kind::Other || kind.is_neighbour() && self.is_upkeep() {
            return (Verdict::Background, at_once);
        }
        if self.step && !self.held.is_empty() && self.is_copy(from, kind, packet) {
            return (Verdict::Absorbed, at_once);
        }
        let rule = self.rule(from, kind);
        if rule == Some(Do::Drop) {
            // It is not remembered as said: what comes next is no copy of something that arrived.
            return (if self.step { Verdict::Doomed } else { Verdict::Dropped }, at_once);
        }
        if kind.is_neighbour() {
            self.asked.insert((from, kind));
        } else if self.step {
            self.seen.entry(from).or_default().add(packet);
        }
        match rule {
            _ if self.step => (Verdict::Held, at_once),
            Some(Do::DelayMs(millis)) => (Verdict::Passed, Duration::from_millis(millis)),
            _ => (Verdict::Passed, at_once),
        }
    }

    fn is_copy(&self, from: Host, kind: Kind, packet: &Packet<'_>) -> bool {
        if kind.is_neighbour() {
            return self.asked.contains(&(from, kind));
        }
        self.seen.get(&from).is_some_and(|seen| seen.knows(packet))
    }

    /// A host has asked for its neighbour and got the answer: whoever asks now only checks what it knows, or is the one
    /// that was asked and knows the other already.
    fn is_upkeep(&self) -> bool {
        let answered = [Host::Client, Host::Server].into_iter().any(|host| {
            self.asked.contains(&(host, Kind::NeighbourRequest))
                && self.asked.contains(&(host.other(), Kind::NeighbourReply))
        });
        answered && !self.held.iter().any(|held| held.kind.is_neighbour())
    }

    /// What the first rule that fits says.
    fn rule(&mut self, from: Host, kind: Kind) -> Option<Do> {
        let mut what = None;
        for (rule, fits) in self.rules.iter().zip(&mut self.fits) {
            let which = &rule.which;
            if which.from.is_some_and(|host| host != from) || which.kind.is_some_and(|wanted| wanted != kind)
            {
                continue;
            }
            *fits += 1;
            if what.is_none() && (which.nth.is_empty() || which.nth.contains(fits)) {
                what = Some(rule.what);
            }
        }
        what
    }

    /// Lets the frame that was held first go, if it is the one of this number.
    pub fn release(&mut self, number: u64, time: Time) -> Option<Released> {
        if self.held.front()?.number != number {
            return None;
        }
        let held = self.held.pop_front()?;
        let Held { from, bytes, lost, .. } = held;
        Some(Released { number, from, bytes, held: time.since(held.time), lost })
    }

    /// The number of the frame that was held first: the one that goes on next.
    pub fn front(&self) -> Option<u64> {
        self.held.front().map(|held| held.number)
    }

    /// Whether no frame stands on it.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

fn packet(number: u64, time: Time, bytes: &[u8]) -> Packet<'_> {
    Packet::new(Frame {
        number,
        time: Some(time),
        link: LinkType::Ethernet,
        interface: None,
        bytes,
        original_len: bytes.len() as u32,
    })
}

/// Whether a frame is kept off the wire altogether: it speaks to switches (multicast membership reports) or routers, or,
/// where the story is IPv4's, is IPv6's.
pub fn is_noise(bytes: &[u8], ipv6: bool) -> bool {
    let packet = packet(0, Time(0), bytes);
    let is_ipv6 = packet.layers().iter().any(|layer| matches!(layer.header, Header::Ipv6(_)));
    let kind = packet.icmpv6().and_then(|icmp| icmp.kind());
    is_ipv6 && !ipv6 || matches!(kind, Some(130..=134 | 143))
}

/// What a frame is.
pub fn kind(packet: &Packet<'_>) -> Kind {
    if let Some(arp) = packet.arp() {
        return if arp.opcode() == Some(1) { Kind::NeighbourRequest } else { Kind::NeighbourReply };
    }
    if let Some(tcp) = packet.tcp() {
        return match () {
            () if tcp.rst() => Kind::Rst,
            () if tcp.syn() && tcp.ack() => Kind::SynAck,
            () if tcp.syn() => Kind::Syn,
            () if tcp.fin() => Kind::Fin,
            () if tcp.payload_len().unwrap_or(0) > 0 => Kind::Data,
            () => Kind::Ack,
        };
    }
    match packet.icmpv6().and_then(|icmp| icmp.kind()) {
        Some(135) => Kind::NeighbourRequest,
        Some(136) => Kind::NeighbourReply,
        Some(1..=4 | 128 | 129) => Kind::Icmp,
        Some(_) => Kind::Other,
        None if packet.icmp().is_some() => Kind::Icmp,
        None => Kind::Other,
    }
}

#[cfg(test)]
mod tests;

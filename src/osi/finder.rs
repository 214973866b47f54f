//! Reads a capture up to the frame that is wanted, and makes the walk of it.

use std::collections::HashMap;

use super::begun::{self, Begun};
use super::cost::Counts;
use super::heard::{Ear, Heard, What};
use super::kept::{Kept, Met, walk, window};
use super::units;
use super::walk::Walk;
use crate::dissect::Packet;
use crate::event::Verdict;
use crate::flow::stream::{Arrival, Reassembler, Side};
use crate::flow::talk::Talk;
use crate::flow::tls::KeyLog;
use crate::flow::websocket::Opcode;
use crate::flow::{Fragments, Segment, Tracker};
use crate::frame::Frame;
use crate::story::{Seen, Sums};

/// So many frames are looked through behind the one that is wanted, for the end of what it has a part of.
pub(super) const AHEAD: u64 = 20_000;

/// Of so many frames that the wire dropped it is known that no copy has come yet.
const DROPPED: usize = 1_024;

/// Which frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one of this number.
    Frame(u64),
    /// The first that completes a WebSocket text; else the first one that says most.
    Message,
}

/// There is no such frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoFrame {
    /// How many frames there are.
    pub frames: u64,
}

/// How much a frame is worth to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Any,
    Carries,
    Hidden,
    Says,
    Message,
    Text,
}

/// Finds one frame.
#[derive(Debug)]
pub struct Finder {
    wanted: Wanted,
    fragments: Fragments,
    tracker: Tracker,
    sums: HashMap<u32, Sums>,
    streams: Reassembler,
    talk: Talk,
    ear: Ear,
    counts: Counts,
    /// Frames with data that the wire dropped, of which no copy has come through: whose, and the number of the first byte.
    dropped: HashMap<u64, (Side, u32)>,
    kept: Option<(Worth, Kept)>,
    /// Where a message may begin that is not whole yet.
    begun: Begun,
    frames: u64,
}

impl Finder {
    /// Finds this one.
    pub fn new(wanted: Wanted) -> Finder {
        Finder {
            wanted,
            fragments: Fragments::new(),
            tracker: Tracker::new(),
            sums: HashMap::new(),
            streams: Reassembler::new(),
            talk: Talk::new(),
            ear: Ear::default(),
            counts: Counts::default(),
            dropped: HashMap::new(),
            kept: None,
            begun: Begun::default(),
            frames: 0,
        }
    }

    /// The keys that open TLS; more may be added at any time.
    pub fn keys_mut(&mut self) -> &mut KeyLog {
        self.talk.keys_mut()
    }

    /// Takes the next frame of the capture; says whether more of it is needed.
    pub fn push(&mut self, frame: Frame<'_>) -> bool {
        self.push_seen(frame, &Seen::default())
    }

    /// The same with what is known of the frame beside its bytes: one that the wire dropped is taken up by nobody.
    pub fn push_seen(&mut self, frame: Frame<'_>, seen: &Seen) -> bool {
        let Finder {
            wanted,
            fragments,
            tracker,
            sums,
            streams,
            talk,
            ear,
            counts,
            dropped,
            kept,
            begun,
            frames,
        } = self;
        *frames = frame.number;
        let packet = fragments.complete(Packet::new(frame));
        let segment = tracker.push(&packet);
        let behind = matches!((*wanted, &*kept), (Wanted::Frame(number), Some(_)) if frame.number > number);
        if !behind {
            ear.heard.clear();
            (ear.message, ear.switched) = (None, None);
            counts.push(&packet, tracker.streams().tcp.filter(|_| segment.is_some()));
        }
        let arrival = segment.as_ref().and_then(|segment| Arrival::new(segment, &packet));
        let lost = seen.verdict == Some(Verdict::Dropped);
        let original = segment.as_ref().and_then(|segment| original(segment, dropped));
        let instead_of = original.filter(|original| !lost && dropped.remove(original).is_some());
        if let Some(segment) =
            segment.as_ref().filter(|_| lost && arrival.is_some() && dropped.len() < DROPPED)
            && original.is_none()
        {
            dropped.insert(frame.number, (side(segment), segment.seq));
        }
        let sums = segment.as_ref().filter(|_| !lost).map(|segment| {
            let sums = sums.entry(segment.stream).or_default();
            sums.take(&packet, segment);
            &*sums
        });
        let mut met = Met::default();
        // What a dropped frame said was heard by nobody; who asks for that very frame wants to know what it was.
        if let Some(arrival) = arrival.as_ref().filter(|_| !lost || *wanted == Wanted::Frame(frame.number)) {
            streams.push(arrival, &mut |given| {
                segment.iter().for_each(|segment| met.take(&given, segment));
                talk.push(&given, &mut |said| ear.take(said, arrival.frame));
            });
        }
        if behind {
            if let (Some((_, kept)), Some(sums)) = (&mut *kept, sums) {
                kept.learn(sums, segment.as_ref());
            }
            return go_on(ear, kept, frame.number);
        }
        ear.message.iter().for_each(|message| counts.message(message));
        ear.switched.iter().for_each(|(stream, is_socket)| counts.switched(*stream, *is_socket));
        let (worth, begins) = worth(&packet, ear);
        let better = match wanted {
            Wanted::Frame(number) => frame.number == *number,
            Wanted::Message => kept.as_ref().is_none_or(|(known, _)| *known < worth),
        };
        let stream = segment.as_ref().map(|segment| segment.stream);
        let first = || stream.and_then(|stream| counts.first(stream, packet.addresses()));
        let now = || {
            let mut now = Kept {
                number: frame.number,
                time: frame.time,
                link: frame.link,
                bytes: frame.bytes.to_vec(),
                original_len: frame.original_len,
                lost,
                instead_of,
                again: segment
                    .as_ref()
                    .and_then(|segment| segment.retransmission_of.or_else(|| met.copy_of(segment)))
                    .filter(|_| instead_of.is_none()),
                waits: segment.as_ref().is_some_and(|segment| {
                    segment.len > 0 && streams.lacks_before(side(segment), segment.seq) > 0
                }),
                met,
                window: window(segment.as_ref(), &packet),
                heard: ear.heard.clone(),
                first: first(),
                later: None,
                is_open: false,
                segment,
            };
            if let Some(sums) = sums {
                now.learn(sums, segment.as_ref());
            }
            now
        };
        if better {
            // Of a long message this is the last segment: its header is in the first.
            let earlier = begins.filter(|(_, first)| *wanted == Wanted::Message && *first < frame.number);
            let earlier = earlier.and_then(|(side, first)| begun.take(side, first, &ear.heard));
            let best = earlier.map(|earlier| Kept { first: first(), ..earlier });
            *kept = Some((worth, best.unwrap_or_else(now)));
        }
        if let (Wanted::Message, Some(side)) = (*wanted, segment.as_ref().filter(|_| !lost).map(side))
            && begun.wants(side, frame.number, &ear.heard)
            && arrival.is_some()
        {
            begun.keep(side, now());
        }
        match wanted {
            Wanted::Frame(number) if frame.number == *number => {
                ear.heard.clear();
                go_on(ear, kept, frame.number)
            }
            Wanted::Frame(_) => true,
            Wanted::Message => worth < Worth::Text,
        }
    }

    /// The walk of the frame that was wanted.
    ///
    /// # Errors
    /// Where there is none.
    pub fn finish(self) -> Result<Walk, NoFrame> {
        let Finder { kept, frames, mut streams, mut talk, mut ear, .. } = self;
        let Some((_, mut kept)) = kept else { return Err(NoFrame { frames }) };
        // What the capture ends in the middle of is told only now.
        if kept.window.is_some_and(|window| !units::is_covered(&window, &kept.heard)) {
            streams.finish(&mut |given| talk.push(&given, &mut |said| ear.take(said, frames)));
            talk.finish(&mut |said| ear.take(said, frames));
            kept.heard.append(&mut ear.heard);
        }
        Ok(walk(&kept))
    }
}

fn side(segment: &Segment) -> Side {
    Side { stream: segment.stream, from: segment.from }
}

/// The earlier frame with the bytes of a segment; of one that only overtaken bytes can be, what the wire had dropped.
fn original(segment: &Segment, dropped: &HashMap<u64, (Side, u32)>) -> Option<u64> {
    let same = |(_, begins): &(&u64, &(Side, u32))| **begins == (side(segment), segment.seq);
    let late = || dropped.iter().filter(|_| segment.analysis.out_of_order).find(same);
    segment.retransmission_of.or_else(|| late().map(|(frame, _)| *frame))
}

/// Behind the frame that is wanted: takes what was heard of it since, and says whether more is needed.
fn go_on(ear: &mut Ear, kept: &mut Option<(Worth, Kept)>, frame: u64) -> bool {
    let Some((_, kept)) = kept else { return true };
    let near = frame < kept.number + AHEAD;
    let Some(window) = kept.window else { return kept.is_open && near };
    kept.hear(ear.heard.drain(..));
    near && (kept.is_open || kept.again.is_none() && !units::is_covered(&window, &kept.heard))
}

/// How much a frame is worth, and where that begins which makes it so.
fn worth(packet: &Packet<'_>, ear: &Ear) -> (Worth, Option<(Side, u64)>) {
    let of = |heard: &Heard| match &heard.what {
        What::WebSocket(frame) if frame.is_data && frame.head.fin && frame.head.opcode == Opcode::Text => {
            Worth::Text
        }
        What::WebSocket(frame) if frame.is_data => Worth::Message,
        What::WebSocket(_) | What::Http { .. } | What::Body | What::Opened { .. } => Worth::Says,
        // A flight of the handshake has records of both kinds; what a program says comes alone.
        What::Tls { unread: Some(_), .. } if ear.heard.len() == 1 => Worth::Hidden,
        What::Tls { .. } => Worth::Carries,
    };
    let carries = packet.tcp_payload().len() + packet.udp().map_or(0, |udp| udp.payload().len());
    let least = match (packet.dns(), carries) {
        (Some(_), _) => Worth::Says,
        (None, 0) => Worth::Any,
        (None, _) => Worth::Carries,
    };
    // Of several that are worth the same the first.
    let most = ear.heard.iter().rev().max_by_key(|heard| of(heard)).filter(|heard| of(heard) >= least);
    most.map_or((least, None), |heard| (of(heard), begun::begins(heard)))
}

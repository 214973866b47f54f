//! Reads a capture from end to end and keeps its conversations.

use std::ops::ControlFlow;

use netlab::filter::Filter;
use netlab::flow::talk::MessageCounter;
use netlab::flow::{Counter, Listener, Row, Rows, Streams};
use netlab::frame::{Frame, Time};
use netlab::source::{ReadError, Reader, Taker};

use super::counts::Counts;
use super::input::note_unread;
use super::progress::WATCHED;
use super::select::Follower;
use super::shares::Shares;

/// What a capture holds.
#[derive(Debug)]
pub(crate) struct Survey {
    /// Its conversations, or those of them that were asked for: TCP's, then UDP's, each in the order of their numbers.
    pub(crate) rows: Rows,
    /// How many conversations it has in all.
    pub(crate) conversations: u64,
    /// How many frames were read.
    pub(crate) frames: u64,
    /// How many of them are pieces of IP packets that they did not complete.
    pub(crate) pieces: u64,
    /// When the first frame that has a time was seen.
    pub(crate) first: Option<Time>,
    /// The first frame whose link type netlab does not read, and the file's number for that.
    pub(crate) unread: Option<(u64, u16)>,
    /// Why the reading stopped before the end; the rows are of what was read by then.
    pub(crate) damage: Option<ReadError>,
    /// Whether `watch` stopped it.
    pub(crate) interrupted: bool,
}

/// Reads on to the end, or until the file is damaged, or until `watch`, asked every few thousand frames with how many were
/// read, has had enough. With a filter only conversations are kept of which at least one frame matches. `messages`: WebSocket's are
/// counted.
pub(crate) fn survey(
    reader: &mut Reader,
    filter: Option<&Filter>,
    messages: bool,
    watch: &mut dyn FnMut(&Reader, u64) -> ControlFlow<()>,
) -> Survey {
    match (filter, messages) {
        (None, false) => counted(Shares::<Counter>::new(), reader, watch),
        (None, true) => counted(Shares::<Listener>::new(), reader, watch),
        (Some(_), _) => followed(reader, Matching::new(filter, messages), watch),
    }
}

/// All conversations: the workers count them.
pub(crate) fn counted<C: Counts>(
    shares: Shares<C>,
    reader: &mut Reader,
    watch: &mut dyn FnMut(&Reader, u64) -> ControlFlow<()>,
) -> Survey {
    let mut counting = Counting { pass: Pass::default(), shares };
    'file: loop {
        // All that is at hand, as far as nobody wants to look; then one frame the long way, which brings the next ones to hand.
        loop {
            let pass = &mut counting.pass;
            if pass.is_watched() && watch(reader, pass.frames).is_break() {
                pass.interrupted = true;
                break 'file;
            }
            if reader.each_at_hand(&mut counting).is_continue() {
                break;
            }
        }
        match reader.next() {
            Ok(Some(frame)) => counting.one(frame),
            Ok(None) => break,
            Err(error) => {
                counting.pass.damage = Some(error);
                break;
            }
        }
    }
    let Counting { pass, shares } = counting;
    let rows = shares.rows();
    let conversations = rows.len() as u64;
    pass.survey(rows, conversations)
}

struct Counting<C: Counts> {
    pass: Pass,
    shares: Shares<C>,
}

impl<C: Counts> Counting<C> {
    #[inline(always)]
    fn one(&mut self, frame: Frame<'_>) {
        self.pass.note(&frame);
        self.pass.pieces += u64::from(self.shares.frame(frame));
    }
}

impl<C: Counts> Taker for Counting<C> {
    /// Until somebody may want to look.
    #[inline(always)]
    fn take(&mut self, frame: Frame<'_>) -> ControlFlow<()> {
        self.one(frame);
        if self.pass.is_watched() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Those that were asked for: every field of every packet is at hand, and what is said on the streams.
fn followed(
    reader: &mut Reader,
    mut matching: Matching<'_>,
    watch: &mut dyn FnMut(&Reader, u64) -> ControlFlow<()>,
) -> Survey {
    let mut pass = Pass::default();
    loop {
        if pass.is_watched() && watch(reader, pass.frames).is_break() {
            pass.interrupted = true;
            break;
        }
        match reader.next() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                pass.damage = Some(error);
                break;
            }
        }
        let (Some(frame), comment) = (reader.current(), reader.comment()) else { break };
        pass.note(&frame);
        matching.follower.learn(reader);
        pass.pieces += u64::from(matching.take(frame, comment));
    }
    let (rows, conversations) = matching.rows();
    pass.survey(rows, conversations)
}

/// What is noted on the way through a capture.
#[derive(Default)]
struct Pass {
    frames: u64,
    pieces: u64,
    first: Option<Time>,
    unread: Option<(u64, u16)>,
    damage: Option<ReadError>,
    interrupted: bool,
}

impl Pass {
    fn is_watched(&self) -> bool {
        self.frames > 0 && self.frames.is_multiple_of(WATCHED)
    }

    #[inline]
    fn note(&mut self, frame: &Frame<'_>) {
        self.frames += 1;
        if self.first.is_none() {
            self.first = frame.time;
        }
        note_unread(frame, &mut self.unread);
    }

    fn survey(self, rows: Rows, conversations: u64) -> Survey {
        let Pass { frames, pieces, first, unread, damage, interrupted } = self;
        Survey { rows, conversations, frames, pieces, first, unread, damage, interrupted }
    }
}

/// Follows conversations, and remembers which of them were asked for.
struct Matching<'f> {
    follower: Follower,
    /// Without one all were.
    filter: Option<&'f Filter>,
    messages: Option<MessageCounter>,
    /// Whether a frame of that number's conversation has matched, TCP's and UDP's.
    tcp: Vec<bool>,
    udp: Vec<bool>,
}

impl<'f> Matching<'f> {
    fn new(filter: Option<&'f Filter>, messages: bool) -> Matching<'f> {
        let messages = messages.then(MessageCounter::new);
        Matching { follower: Follower::new(filter), filter, messages, tcp: Vec::new(), udp: Vec::new() }
    }

    /// Takes the next frame; says whether it is a piece of an IP packet that it does not complete.
    fn take(&mut self, frame: Frame<'_>, comment: Option<&str>) -> bool {
        let Matching { follower, filter, messages, tcp, udp } = self;
        follower.follow(frame, |packet, tracker, segment, found| {
            if let Some(messages) = messages {
                messages.push(packet, segment);
            }
            let piece = packet.fragment().is_some() && !packet.is_reassembled();
            let Some(filter) = filter else { return piece };
            let Streams { tcp: of_tcp, udp: of_udp, .. } = tracker.streams();
            for (matched, stream) in [(tcp, of_tcp), (udp, of_udp)] {
                let Some(at) = stream.map(|stream| stream as usize) else { continue };
                if matched.len() <= at {
                    matched.resize(at + 1, false);
                }
                if let Some(matched) = matched.get_mut(at).filter(|matched| !**matched) {
                    *matched = filter.matches(packet, tracker, segment, found, comment);
                }
            }
            piece
        })
    }

    fn rows(self) -> (Rows, u64) {
        let asked_for = |row: &Row| {
            let matched = if row.tcp.is_some() { &self.tcp } else { &self.udp };
            self.filter.is_none() || matched.get(row.stream as usize).is_some_and(|matched| *matched)
        };
        let messages = self.messages.map(MessageCounter::finish).unwrap_or_default();
        let with_messages =
            |row: Row| Row { messages: row.tcp.and_then(|_| messages.get(&row.stream).copied()), ..row };
        let mut conversations = 0;
        let counted = self.follower.tracker.rows().inspect(|_| conversations += 1);
        (counted.filter(asked_for).map(with_messages).collect(), conversations)
    }
}

//! Reads a capture from end to end and keeps its conversations.

use std::ops::ControlFlow;

use netlab::dissect::Packet;
use netlab::filter::Filter;
use netlab::flow::{Digest, Fragments, Row, Streams, Tracker};
use netlab::frame::{Frame, LinkType, Time};
use netlab::source::{ReadError, Reader};

/// After so many frames somebody may look how far it is.
const WATCHED: u64 = 4096;

/// What a capture holds.
#[derive(Debug)]
pub(crate) struct Survey {
    /// Its conversations, or those of them that were asked for: TCP's, then UDP's, each in the order of their numbers.
    pub(crate) rows: Vec<Row>,
    /// How many conversations it has in all.
    pub(crate) conversations: u64,
    /// How many frames were read.
    pub(crate) frames: u64,
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
/// read, has had enough. With a filter only conversations are kept of which at least one frame matches.
pub(crate) fn survey(
    reader: &mut Reader,
    filter: Option<&Filter>,
    watch: &mut dyn FnMut(&Reader, u64) -> ControlFlow<()>,
) -> Survey {
    let mut follower = Follower::new(filter);
    let (mut frames, mut first, mut unread) = (0, None, None);
    let (mut damage, mut interrupted) = (None, false);
    loop {
        if frames > 0 && frames % WATCHED == 0 && watch(reader, frames).is_break() {
            interrupted = true;
            break;
        }
        match reader.next() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                damage = Some(error);
                break;
            }
        }
        let (Some(frame), comment) = (reader.current(), reader.comment()) else { break };
        frames += 1;
        if first.is_none() {
            first = frame.time;
        }
        if let (LinkType::Other(number), None) = (frame.link, unread) {
            unread = Some((frame.number, number));
        }
        follower.take(frame, comment);
    }
    let (rows, conversations) = follower.rows();
    Survey { rows, conversations, frames, first, unread, damage, interrupted }
}

/// Follows conversations, and remembers which of them were asked for.
struct Follower<'f> {
    tracker: Tracker,
    fragments: Fragments,
    filter: Option<&'f Filter>,
    /// Whether a frame of that number's conversation has matched, TCP's and UDP's.
    tcp: Vec<bool>,
    udp: Vec<bool>,
}

impl<'f> Follower<'f> {
    fn new(filter: Option<&'f Filter>) -> Follower<'f> {
        // A filter may ask for anything, such as which frame a segment answers.
        let tracker = if filter.is_some() { Tracker::new() } else { Tracker::lean() };
        Follower { tracker, fragments: Fragments::new(), filter, tcp: Vec::new(), udp: Vec::new() }
    }

    fn take(&mut self, frame: Frame<'_>, comment: Option<&str>) {
        let packet = self.fragments.complete(Packet::new(frame));
        let Some(filter) = self.filter else { return self.tracker.count(&Digest::of(&packet)) };
        let segment = self.tracker.push(&packet);
        let Streams { tcp, udp, .. } = self.tracker.streams();
        let known = [(&mut self.tcp, tcp), (&mut self.udp, udp)];
        for (matched, stream) in known.into_iter().filter_map(|(matched, stream)| Some((matched, stream?))) {
            let at = stream as usize;
            if matched.len() <= at {
                matched.resize(at + 1, false);
            }
            if let Some(matched) = matched.get_mut(at).filter(|matched| !**matched) {
                *matched = filter.matches(&packet, &self.tracker, segment.as_ref(), comment);
            }
        }
    }

    fn rows(self) -> (Vec<Row>, u64) {
        let asked_for = |row: &Row| {
            let matched = if row.tcp.is_some() { &self.tcp } else { &self.udp };
            self.filter.is_none() || matched.get(row.stream as usize).is_some_and(|matched| *matched)
        };
        let mut conversations = 0;
        let counted = self.tracker.rows().inspect(|_| conversations += 1);
        (counted.filter(asked_for).collect(), conversations)
    }
}

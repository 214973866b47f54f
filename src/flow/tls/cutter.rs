//! Cuts one direction of a stream into records, whatever the segments were.
//!
//! A record that one segment holds whole is handed on where it stands; else its bytes are put together. Where bytes are
//! missing, and the record that they belong to says its length, the next one is known; else the next place is looked for at
//! which a record may begin, and behind it another.

use super::record::{HEADER, Header, Record, may_begin};
use super::seeker::Seeker;
use crate::flow::stream::{Chunk, Hole, Side};

/// What comes of the bytes.
#[derive(Debug)]
pub(super) enum Cut<'a> {
    /// A whole record: its bytes with the header.
    Record(Record, &'a [u8]),
    /// A record of which bytes are missing.
    Holed(Record),
    /// Bytes, there or not, in which no record could be found.
    Gap(Gap),
    /// The first bytes, from this place on, are not those of a record: nothing more comes.
    NotTls(u64),
}

/// Bytes of a stream, there or not, in which no record could be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whose.
    pub side: Side,
    /// Where they begin in the stream.
    pub offset: u64,
    /// How many they are, those that are missing included.
    pub len: u64,
}

#[derive(Debug, Default)]
enum State {
    /// Nothing was seen but, perhaps, a hole.
    #[default]
    Start,
    /// The next byte begins a record, or goes on with the one that is being put together.
    Aligned,
    /// What comes before this place belongs to a record of which bytes are missing.
    Passing(u64),
    /// Where the next record begins is not known.
    Seeking(Seeker),
    /// These are no records.
    NotTls,
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    state: State,
    /// The beginning of a record.
    held: Vec<u8>,
    /// Where `held` begins in the stream.
    start: u64,
    /// The frames of the first bytes of `held`.
    frames: [u64; HEADER],
    /// Where the last record ended.
    boundary: u64,
    /// The frame of the last byte.
    last_frame: u64,
    /// The first bytes are missing.
    headless: bool,
    sure: bool,
}

impl Cutter {
    /// How many bytes of memory it holds.
    pub(super) fn kept(&self) -> usize {
        let seeker = if let State::Seeking(seeker) = &self.state { seeker.kept() } else { 0 };
        self.held.capacity() + seeker
    }

    /// How many bytes of a record are there whose rest is not.
    pub(super) fn unfinished(&self) -> usize {
        self.held.len()
    }

    pub(super) fn is_tls(&self) -> Option<bool> {
        match self.state {
            State::Start => Header::read(&self.held).map(|_| true),
            State::NotTls => Some(false),
            State::Aligned | State::Passing(_) | State::Seeking(_) => Some(true),
        }
    }

    /// Takes the next bytes. `sure`: the other side speaks TLS, so that a beginning that is missing makes this no other
    /// protocol.
    pub(super) fn push(&mut self, chunk: &Chunk<'_>, sure: bool, sink: &mut dyn FnMut(Cut<'_>)) {
        self.sure = sure;
        if matches!(self.state, State::Start) && self.held.is_empty() && !self.headless {
            // TLS may begin behind something else.
            self.boundary = chunk.offset;
        }
        self.feed(chunk.side, chunk.offset, chunk.bytes, chunk.frame, sink);
    }

    fn feed(
        &mut self,
        side: Side,
        mut offset: u64,
        mut bytes: &[u8],
        frame: u64,
        sink: &mut dyn FnMut(Cut<'_>),
    ) {
        while !bytes.is_empty() {
            let used = match &mut self.state {
                State::NotTls => return,
                State::Start | State::Aligned => match self.aligned(side, offset, bytes, frame, sink) {
                    Some(used) => used,
                    None => continue,
                },
                State::Passing(end) => {
                    let left = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
                    if left <= bytes.len() {
                        self.boundary = *end;
                        self.state = State::Aligned;
                    }
                    left.min(bytes.len())
                }
                State::Seeking(seeker) => {
                    let used = seeker.push(bytes, frame);
                    self.found(side, sink);
                    used
                }
            };
            bytes = bytes.get(used..).unwrap_or_default();
            offset += used as u64;
            self.last_frame = frame;
        }
    }

    /// Takes bytes where a record begins or goes on; how many. `None`: there is none, and the state is another.
    fn aligned(
        &mut self,
        side: Side,
        offset: u64,
        bytes: &[u8],
        frame: u64,
        sink: &mut dyn FnMut(Cut<'_>),
    ) -> Option<usize> {
        if self.held.is_empty() {
            (self.start, self.frames) = (offset, [frame; HEADER]);
            if let Some(header) = Header::read(bytes)
                && let Some(whole) = bytes.get(..header.whole())
            {
                self.whole(self.place(side, offset, header, frame), whole, sink);
                return Some(whole.len());
            }
        }
        let wanted = Header::read(&self.held).map_or(HEADER, Header::whole) - self.held.len();
        let taken = bytes.get(..wanted.min(bytes.len())).unwrap_or_default();
        for (place, _) in self.frames.iter_mut().skip(self.held.len()).zip(taken) {
            *place = frame;
        }
        let checked = self.held.len() < HEADER;
        self.held.extend_from_slice(taken);
        if checked && !may_begin(&self.held) {
            self.refuse(side, sink);
            // What was taken now is with the seeker, or nobody's.
            return Some(taken.len());
        }
        if let Some(header) = Header::read(&self.held)
            && self.held.len() == header.whole()
        {
            let held = std::mem::take(&mut self.held);
            let first = self.frames.first().copied().unwrap_or(frame);
            let place = Record { first_frame: first, ..self.place(side, self.start, header, frame) };
            self.whole(place, &held, sink);
        }
        Some(taken.len())
    }

    fn place(&self, side: Side, offset: u64, header: Header, frame: u64) -> Record {
        let Header { content, version, len } = header;
        Record { side, offset, content, version, len, first_frame: frame, last_frame: frame }
    }

    fn whole(&mut self, record: Record, bytes: &[u8], sink: &mut dyn FnMut(Cut<'_>)) {
        self.gap(record.side, record.offset, sink);
        self.state = State::Aligned;
        self.boundary = record.end();
        sink(Cut::Record(record, bytes));
    }

    /// What is held begins no record.
    fn refuse(&mut self, side: Side, sink: &mut dyn FnMut(Cut<'_>)) {
        let held = std::mem::take(&mut self.held);
        if matches!(self.state, State::Start) && !(self.headless && self.sure) {
            self.state = State::NotTls;
            sink(Cut::NotTls(self.start));
            return;
        }
        let mut seeker = Seeker::new(self.start);
        for (byte, frame) in held.iter().zip(self.frames) {
            seeker.push(&[*byte], frame);
        }
        self.state = State::Seeking(seeker);
        self.found(side, sink);
    }

    /// Hands on the records that the seeker has found, if any, and leaves it once the next one is known to begin.
    fn found(&mut self, side: Side, sink: &mut dyn FnMut(Cut<'_>)) {
        let State::Seeking(seeker) = &mut self.state else { return };
        let mut seeker = std::mem::take(seeker);
        while seeker.has_found() {
            self.gap(side, seeker.start(), sink);
            while let Some((header, bytes)) = seeker.whole() {
                let start = seeker.start();
                let last = seeker.frame(start + bytes.len() as u64 - 1);
                let record =
                    Record { last_frame: last, ..self.place(side, start, header, seeker.frame(start)) };
                self.boundary = record.end();
                sink(Cut::Record(record, bytes));
                seeker.step(header.whole());
            }
            if may_begin(seeker.rest()) {
                self.start = seeker.start();
                for (place, offset) in self.frames.iter_mut().zip(self.start..) {
                    *place = seeker.frame(offset);
                }
                self.last_frame = seeker.frame(seeker.end());
                self.held = seeker.rest().to_vec();
                self.state = State::Aligned;
                return;
            }
            seeker.again();
        }
        self.state = State::Seeking(seeker);
    }

    fn gap(&mut self, side: Side, end: u64, sink: &mut dyn FnMut(Cut<'_>)) {
        if end > self.boundary {
            sink(Cut::Gap(Gap { side, offset: self.boundary, len: end - self.boundary }));
        }
        self.boundary = end;
    }

    /// Passes bytes that are not there.
    pub(super) fn hole(&mut self, hole: &Hole, sink: &mut dyn FnMut(Cut<'_>)) {
        let end = hole.offset.saturating_add(hole.len);
        match &mut self.state {
            State::NotTls => {}
            State::Start if Header::read(&self.held).is_none() => {
                self.held.clear();
                self.headless = true;
            }
            State::Passing(until) if end <= *until => {}
            State::Passing(until) => {
                self.boundary = *until;
                self.state = State::Seeking(Seeker::new(end));
            }
            State::Seeking(_) => self.state = State::Seeking(Seeker::new(end)),
            State::Start | State::Aligned => {
                let held = std::mem::take(&mut self.held);
                self.state = State::Seeking(Seeker::new(end));
                if let Some(header) = Header::read(&held) {
                    let first = self.frames.first().copied().unwrap_or_default();
                    let place = self.place(hole.side, self.start, header, self.last_frame);
                    let record = Record { first_frame: first, ..place };
                    self.boundary = record.end();
                    if end <= record.end() {
                        self.state = State::Passing(record.end());
                    }
                    sink(Cut::Holed(record));
                }
            }
        }
        if let State::Passing(until) = self.state
            && until == end
        {
            (self.boundary, self.state) = (until, State::Aligned);
        }
    }

    /// No more bytes come: a record behind which nothing is there counts now.
    pub(super) fn finish(&mut self, side: Side, sink: &mut dyn FnMut(Cut<'_>)) {
        while let State::Seeking(seeker) = &mut self.state {
            if !seeker.finish() {
                let end = seeker.end();
                *seeker = Seeker::new(end);
                self.gap(side, end, sink);
                return;
            }
            self.found(side, sink);
        }
    }
}

//! One side's bytes: headers and payloads, wherever they are cut.

use super::carrier::Carrier;
use super::close::{CloseBody, CodeClass};
use super::closing::CloseSent;
use super::desk::{About, Desk};
use super::event::{Answer, Event, Frame, Lost, MessageEnd, Piece, Role, Unreadable, WhyLost};
use super::head::{Head, LONGEST_HEAD, Opcode};
use super::limits::Kept;
use super::mask::mask;
use super::message::Messages;
use super::rule::Rule;
use super::utf8::Utf8;
use crate::flow::stream::Chunk;

/// The most that a control frame has room for (RFC 6455, section 5.5).
pub(super) const CONTROL: usize = 125;
/// What is not kept is unmasked in pieces of this size.
const SCRATCH: usize = 4096;

/// The frames of one side.
#[derive(Debug)]
pub(super) struct Direction {
    state: State,
    /// Where the next byte stands in the stream; `None` before the first one.
    next: Option<u64>,
    /// How many frames have begun.
    pub(super) count: u64,
    pub(super) last_key: Option<[u8; 4]>,
    pub(super) carrier: Carrier,
    payload: Kept,
    pub(super) messages: Messages,
    last_packet: Option<u64>,
}

#[derive(Debug)]
enum State {
    /// In a header, or before one.
    Head {
        bytes: [u8; LONGEST_HEAD],
        have: usize,
        offset: u64,
    },
    Payload(Current),
    /// Nothing more can be read.
    Lost,
}

/// A frame whose header is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Current {
    pub(super) about: About,
    pub(super) head: Head,
    pub(super) arrived: u64,
    pub(super) missing: u64,
    pub(super) role: Role<'static>,
}

impl Direction {
    pub(super) fn new(messages: Messages) -> Direction {
        Direction {
            state: State::Head { bytes: [0; LONGEST_HEAD], have: 0, offset: 0 },
            next: None,
            count: 0,
            last_key: None,
            carrier: Carrier::default(),
            payload: Kept::default(),
            messages,
            last_packet: None,
        }
    }

    /// The next bytes.
    pub(super) fn bytes(&mut self, chunk: &Chunk<'_>, desk: &mut Desk<'_>) {
        let next = self.next.unwrap_or(chunk.offset);
        if chunk.offset > next {
            // What the reassembly does not hand on is not there.
            self.hole(next, chunk.offset - next, desk);
        }
        let known = usize::try_from(next.saturating_sub(chunk.offset)).unwrap_or(usize::MAX);
        let mut at = known.min(chunk.bytes.len());
        self.next = Some(next.max(chunk.offset.saturating_add(chunk.bytes.len() as u64)));
        if at < chunk.bytes.len() {
            (self.last_packet, desk.packet) = (Some(chunk.frame), Some(chunk.frame));
        }
        while let Some(left) = chunk.bytes.get(at..).filter(|left| !left.is_empty()) {
            let offset = chunk.offset.saturating_add(at as u64);
            let used = match &self.state {
                State::Lost => return,
                State::Head { .. } => self.head(left, offset),
                State::Payload(current) => {
                    let wanted = current.head.length - current.arrived;
                    left.len().min(usize::try_from(wanted).unwrap_or(usize::MAX))
                }
            };
            let piece =
                Piece { offset, len: used, packet: chunk.frame, buffer: chunk.buffer, at: chunk.at + at };
            self.carrier.add(piece);
            at += used;
            self.used(left.get(..used).unwrap_or_default(), desk);
        }
    }

    /// Takes as many bytes as the header still needs, the first of which stands at `at`; how many.
    fn head(&mut self, left: &[u8], at: u64) -> usize {
        let State::Head { bytes, have, offset } = &mut self.state else { return 0 };
        if *have == 0 {
            *offset = at;
        }
        let mut used = 0;
        while let Some(byte) = left.get(used) {
            let needs = if *have < 2 { 2 } else { needs(bytes) };
            if *have >= needs {
                break;
            }
            if let Some(place) = bytes.get_mut(*have) {
                *place = *byte;
            }
            *have += 1;
            used += 1;
        }
        used
    }

    /// What follows from bytes that were taken.
    fn used(&mut self, bytes: &[u8], desk: &mut Desk<'_>) {
        match &mut self.state {
            State::Head { bytes, have, offset } => {
                if *have < 2 || *have < needs(bytes) {
                    return;
                }
                let (Some(head), offset) = (Head::read(bytes), *offset) else { return };
                self.begin(head, offset, desk);
            }
            State::Payload(_) => self.content(bytes, desk),
            State::Lost => {}
        }
    }

    /// A header is complete.
    fn begin(&mut self, head: Head, offset: u64, desk: &mut Desk<'_>) {
        let about = About { number: self.count, offset };
        self.count += 1;
        let role = self.judge(&head, about, desk);
        if head.opcode != Opcode::Close {
            *desk.ends.spoke.of_mut(desk.from) = self.carrier.first;
        }
        let current = Current { about, head, arrived: 0, missing: 0, role };
        if head.length >> 63 != 0 {
            self.tell(&current, false, desk);
            self.lost(offset, WhyLost::Length, desk);
        } else if head.length == 0 {
            self.end(current, desk);
        } else {
            self.state = State::Payload(current);
        }
    }

    /// The next bytes of a payload, still masked.
    fn content(&mut self, bytes: &[u8], desk: &mut Desk<'_>) {
        let State::Payload(current) = &mut self.state else { return };
        let (key, place) = (current.head.key, current.arrived);
        current.arrived += bytes.len() as u64;
        let limits = desk.shared.limits();
        let control = current.head.opcode.is_control();
        let part = matches!(current.role, Role::Part { .. }) && self.messages.wants(&limits);
        let mut kept = 0;
        if control {
            kept = self.payload.push_small(bytes, CONTROL);
        }
        if limits.contents {
            let rest = bytes.get(kept..).unwrap_or_default();
            kept += self.payload.push(rest, limits.frame, desk.account, desk.shared);
        }
        let fresh = self.payload.last(kept);
        if let Some(key) = key {
            mask(fresh, key, place);
        }
        if part {
            self.messages.feed(fresh, desk);
            let rest = bytes.get(kept..).unwrap_or_default();
            if !rest.is_empty() {
                self.pass(rest, key, place + kept as u64, desk);
            }
        }
        self.end_if_complete(desk);
    }

    /// Bytes of a payload that are not kept, and that its message wants to see.
    fn pass(&mut self, bytes: &[u8], key: Option<[u8; 4]>, mut place: u64, desk: &mut Desk<'_>) {
        let mut scratch = [0; SCRATCH];
        for piece in bytes.chunks(SCRATCH) {
            let Some(room) = scratch.get_mut(..piece.len()) else { break };
            room.copy_from_slice(piece);
            if let Some(key) = key {
                mask(room, key, place);
            }
            place += piece.len() as u64;
            self.messages.feed(room, desk);
        }
    }

    /// Bytes that are not there.
    pub(super) fn hole(&mut self, offset: u64, len: u64, desk: &mut Desk<'_>) {
        desk.packet = self.last_packet;
        // From where reading stands to its end: what nobody told of before it is missing as well.
        let end = offset.saturating_add(len);
        let offset = self.next.unwrap_or(offset);
        let len = end.saturating_sub(offset);
        self.next = Some(offset.saturating_add(len));
        let left = match &mut self.state {
            State::Lost => return,
            State::Head { .. } => len,
            State::Payload(current) => {
                let inside = len.min(current.head.length - current.arrived);
                current.arrived += inside;
                current.missing += inside;
                self.payload.stop();
                if inside > 0 && matches!(current.role, Role::Part { .. }) {
                    self.messages.give_up(Unreadable::Hole, desk);
                }
                self.end_if_complete(desk);
                len - inside
            }
        };
        if let (State::Head { have, offset: begun, .. }, true) = (&self.state, left > 0) {
            let (why, place) = match *have {
                0 => (WhyLost::HoleBetweenFrames, offset.saturating_add(len - left)),
                _ => (WhyLost::HoleInHeader, *begun),
            };
            self.lost(place, why, desk);
        }
    }

    fn end_if_complete(&mut self, desk: &mut Desk<'_>) {
        if let State::Payload(current) = &self.state
            && current.arrived >= current.head.length
        {
            let current = *current;
            self.end(current, desk);
        }
    }

    /// A frame is complete.
    fn end(&mut self, mut current: Current, desk: &mut Desk<'_>) {
        let payload = self.payload.bytes();
        let whole_payload = Some(payload).filter(|payload| payload.len() as u64 == current.head.length);
        let from = desk.from;
        match current.head.opcode {
            Opcode::Ping => {
                desk.ends.pings.of_mut(from).sent(current.about.number, self.carrier.last, whole_payload);
            }
            Opcode::Pong => {
                let answer = desk.ends.pings.of_mut(from.other()).answered(whole_payload);
                current.role = Role::Pong(answer);
                if answer == Answer::Unasked {
                    desk.verdict(Rule::PongUnasked, Some(current.about), &[self.carrier.first], None);
                }
            }
            Opcode::Close => self.close(&current, desk),
            _ => {}
        }
        self.tell(&current, true, desk);
        if matches!(current.role, Role::Part { .. }) {
            self.messages.frame_ended(current.head.length);
            if current.head.fin {
                self.messages.end(MessageEnd::Final, self.payload.bytes(), self.carrier.last, desk);
            }
        }
        self.rest(desk);
        self.state = State::Head { bytes: [0; LONGEST_HEAD], have: 0, offset: 0 };
    }

    /// A close frame is complete.
    fn close(&mut self, current: &Current, desk: &mut Desk<'_>) {
        let (about, first) = (Some(current.about), [self.carrier.first]);
        let body = self.close_body(current);
        if let Some(body) = body {
            match body.code {
                None if current.head.length == 1 => {
                    desk.verdict(Rule::ClosePayloadOfOne, about, &first, None);
                }
                Some(code) if !CodeClass::of(code).may_be_sent() => {
                    desk.verdict(Rule::ForbiddenCloseCode, about, &first, Some(u64::from(code)));
                }
                _ => {}
            }
            let mut utf8 = Utf8::default();
            let end = |utf8: &mut Utf8| if body.whole { utf8.end() } else { Ok(()) };
            if let Err(at) = utf8.push(body.reason).and_then(|()| end(&mut utf8)) {
                desk.verdict(Rule::CloseReasonNotUtf8, about, &first, Some(at));
            }
        }
        let reason = body.map_or(&[][..], |body| body.reason);
        let sent = CloseSent {
            number: current.about.number,
            packet: self.carrier.last,
            readable: body.is_some_and(|body| body.whole || body.reason.len() >= CONTROL - 2),
            code: body.and_then(|body| body.code),
            reason: reason.get(..reason.len().min(CONTROL - 2)).unwrap_or_default().to_vec(),
        };
        desk.ends.closes.of_mut(desk.from).get_or_insert(sent);
    }

    /// What a close frame says, as far as it is there.
    fn close_body(&self, current: &Current) -> Option<CloseBody<'_>> {
        CloseBody::read(self.payload.bytes(), current.head.length)
    }

    /// Tells of a frame.
    fn tell(&self, current: &Current, complete: bool, desk: &mut Desk<'_>) {
        let frame = Frame {
            from: desk.from,
            number: current.about.number,
            offset: current.about.offset,
            head: current.head,
            carried: self.carrier.carried(),
            payload: self.payload.bytes(),
            arrived: current.arrived,
            missing: current.missing,
            early: desk.is_early(self.carrier.last),
            role: match current.role {
                Role::Close(_) => Role::Close(self.close_body(current).filter(|_| complete)),
                other => other,
            },
        };
        (desk.sink)(if complete { Event::Frame(frame) } else { Event::Unfinished(frame) });
    }

    fn lost(&mut self, offset: u64, why: WhyLost, desk: &mut Desk<'_>) {
        self.messages.end(MessageEnd::Cut, self.payload.bytes(), self.carrier.last, desk);
        self.rest(desk);
        self.state = State::Lost;
        if why != WhyLost::EndInHeader {
            desk.ends.pings.of_mut(desk.from).uncertain();
            *desk.ends.lost.of_mut(desk.from) = true;
        }
        (desk.sink)(Event::Lost(Lost { from: desk.from, offset, packet: self.last_packet, why }));
    }

    /// No more bytes come.
    pub(super) fn finish(&mut self, desk: &mut Desk<'_>) {
        desk.packet = self.last_packet;
        match &self.state {
            State::Lost => {}
            State::Head { have: 0, .. } => {
                self.messages.end(MessageEnd::Cut, &[], self.carrier.last, desk);
            }
            State::Head { offset, .. } => {
                let offset = *offset;
                self.lost(offset, WhyLost::EndInHeader, desk);
            }
            State::Payload(current) => {
                let current = *current;
                self.tell(&current, false, desk);
                self.messages.end(MessageEnd::Cut, self.payload.bytes(), self.carrier.last, desk);
            }
        }
        self.rest(desk);
        self.messages.release(desk);
        self.state = State::Lost;
    }

    fn rest(&mut self, desk: &mut Desk<'_>) {
        self.payload.clear(desk.account, desk.shared);
        self.carrier.clear();
    }
}

/// How long a header is of which two bytes or more are known.
fn needs(bytes: &[u8; LONGEST_HEAD]) -> usize {
    let [first, second, ..] = *bytes;
    Head::needs([first, second])
}

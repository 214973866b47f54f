//! Frames become messages: fragments are put together, inflated, checked.

use super::desk::{About, Desk};
use super::event::{Event, Message, MessageEnd, MessageKind, Role, Unreadable, Utf8Verdict};
use super::inflate::{Fault, Inflater};
use super::limits::{Kept, Limits};
use super::rule::Rule;
use super::utf8::Utf8;

/// The messages of one direction.
#[derive(Debug, Default)]
pub(super) struct Messages {
    open: Option<Open>,
    /// How many have begun.
    count: u64,
    /// The content of the one that is open, where it is not the payload of one frame as it is.
    content: Kept,
    inflater: Option<Inflater>,
    /// Of compressed messages so far: bytes on the wire, and what they inflated to.
    wire: u64,
    inflated: u64,
}

/// The message that is open.
#[derive(Debug)]
struct Open {
    number: u64,
    kind: MessageKind,
    compressed: bool,
    /// Its content is that of `content`.
    collected: bool,
    first_frame: About,
    frames: u64,
    first_packet: u64,
    wire_len: u64,
    /// Content so far, in bytes.
    len: u64,
    /// How much it may inflate to.
    allowed: u64,
    unreadable: Option<Unreadable>,
    utf8: Utf8,
    invalid_at: Option<u64>,
}

/// What the header of a data frame says that begins a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) kind: MessageKind,
    pub(super) compressed: bool,
    /// The whole message is in this one frame.
    pub(super) alone: bool,
}

impl Messages {
    /// `inflater`: where permessage-deflate was agreed on.
    pub(super) fn new(inflater: Option<Inflater>) -> Messages {
        Messages { inflater, ..Messages::default() }
    }

    /// Whether permessage-deflate was agreed on.
    pub(super) fn may_inflate(&self) -> bool {
        self.inflater.is_some()
    }

    /// The frame of the capture with the first byte of the open message.
    pub(super) fn open_since(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.first_packet)
    }

    /// A message begins with this frame, the last one of the capture's that is known being `packet`.
    pub(super) fn start(
        &mut self,
        start: Start,
        frame: About,
        packet: u64,
        desk: &mut Desk<'_>,
    ) -> Role<'static> {
        let limits = desk.shared.limits();
        let Start { kind, compressed, alone } = start;
        let number = self.count;
        self.count += 1;
        let free = limits.inflated_free.saturating_add(limits.inflated_ratio.saturating_mul(self.wire));
        let mut open = Open {
            number,
            kind,
            compressed,
            collected: compressed || !alone,
            first_frame: frame,
            frames: 1,
            first_packet: packet,
            wire_len: 0,
            len: 0,
            allowed: limits.inflated_message.min(free.saturating_sub(self.inflated)),
            unreadable: None,
            utf8: Utf8::default(),
            invalid_at: None,
        };
        if compressed
            && limits.contents
            && let Some(inflater) = &mut self.inflater
            && let Err(fault) = inflater.begin(desk.account, desk.shared)
        {
            open.unreadable = Some(reason(fault));
        }
        self.open = Some(open);
        Role::Part { message: number, part: 0 }
    }

    /// The open message goes on with another frame; `None` where none is open.
    pub(super) fn go_on(&mut self) -> Option<Role<'static>> {
        let open = self.open.as_mut()?;
        open.frames += 1;
        Some(Role::Part { message: open.number, part: open.frames - 1 })
    }

    /// Nothing can be said of the rest of the open message.
    pub(super) fn give_up(&mut self, why: Unreadable, desk: &mut Desk<'_>) {
        let Some(open) = &mut self.open else { return };
        // What follows does not join what was kept: bytes are missing between them, or the one is inflated and the other is not.
        if why == Unreadable::Hole || open.compressed && open.frames > 1 {
            self.content.stop();
        }
        if open.unreadable.is_none() {
            open.unreadable = Some(why);
            if let Some(inflater) = self.inflater.as_mut().filter(|_| open.compressed) {
                inflater.lose(desk.account, desk.shared);
            }
        }
    }

    /// Whether the next bytes are needed here, kept or not.
    pub(super) fn wants(&self, limits: &Limits) -> bool {
        let Some(open) = &self.open else { return false };
        let readable = open.unreadable.is_none();
        limits.contents && (open.collected || readable && open.kind == MessageKind::Text)
    }

    /// The next bytes of the open message, unmasked.
    pub(super) fn feed(&mut self, bytes: &[u8], desk: &mut Desk<'_>) {
        let Messages { open: Some(open), content, inflater, .. } = self else { return };
        let limit = desk.shared.limits().message;
        if !open.compressed || open.unreadable == Some(Unreadable::UnknownExtension) {
            if open.collected {
                content.push(bytes, limit, desk.account, desk.shared);
            }
            if let Some(at) = open.take(bytes) {
                desk.verdict(Rule::TextNotUtf8, Some(open.first_frame), &[open.first_packet], Some(at));
            }
            return;
        }
        if open.unreadable.is_some() {
            return;
        }
        let Some(inflater) = inflater else { return };
        let mut invalid = None;
        let result = inflater.feed(bytes, &mut |piece| {
            let room = usize::try_from(open.allowed.saturating_sub(open.len)).unwrap_or(usize::MAX);
            let piece = piece.get(..room.min(piece.len())).unwrap_or_default();
            content.push(piece, limit, desk.account, desk.shared);
            invalid = invalid.or(open.take(piece));
            piece.len()
        });
        if invalid.is_some() {
            desk.verdict(Rule::TextNotUtf8, Some(open.first_frame), &[open.first_packet], invalid);
        }
        if let Err(fault) = result {
            self.fault(fault, desk);
        }
    }

    /// A frame of the open message is complete; `len` bytes of payload were in it.
    pub(super) fn frame_ended(&mut self, len: u64) {
        if let Some(open) = &mut self.open {
            open.wire_len = open.wire_len.saturating_add(len);
        }
    }

    /// The open message ends. `payload`: of its last frame. `packet`: the last of the capture that carried a part.
    pub(super) fn end(&mut self, end: MessageEnd, payload: &[u8], packet: u64, desk: &mut Desk<'_>) {
        if end == MessageEnd::Final {
            self.finish_inflating(desk);
        } else if self.open.as_ref().is_some_and(|open| open.compressed && open.unreadable.is_none()) {
            // Readable so far, but whoever wrote it has not ended it: what comes next can't be read.
            if let Some(inflater) = &mut self.inflater {
                inflater.lose(desk.account, desk.shared);
            }
        }
        let Some(mut open) = self.open.take() else { return };
        let limits = desk.shared.limits();
        let whole = end == MessageEnd::Final && open.unreadable.is_none() && limits.contents;
        if whole
            && open.kind == MessageKind::Text
            && open.invalid_at.is_none()
            && let Err(at) = open.utf8.end()
        {
            open.invalid_at = Some(at);
            desk.verdict(Rule::TextNotUtf8, Some(open.first_frame), &[open.first_packet], Some(at));
        }
        if open.compressed {
            self.wire = self.wire.saturating_add(open.wire_len);
            self.inflated = self.inflated.saturating_add(open.len);
        }
        (desk.sink)(Event::Message(Message {
            from: desk.from,
            number: open.number,
            kind: open.kind,
            compressed: open.compressed,
            first_frame: open.first_frame.number,
            frames: open.frames,
            first_packet: open.first_packet,
            last_packet: packet,
            wire_len: open.wire_len,
            len: match end {
                MessageEnd::Final if !open.compressed => Some(open.wire_len),
                MessageEnd::Final if whole => Some(open.len),
                _ => None,
            },
            content: if open.collected { self.content.bytes() } else { payload },
            unreadable: open.unreadable,
            utf8: match open.invalid_at {
                _ if open.kind == MessageKind::Binary => Utf8Verdict::NotText,
                Some(at) => Utf8Verdict::Invalid { at },
                None if whole => Utf8Verdict::Valid,
                None => Utf8Verdict::Unknown,
            },
            end,
        }));
        self.content.clear(desk.account, desk.shared);
    }

    /// Gives back all that is kept.
    pub(super) fn release(&mut self, desk: &mut Desk<'_>) {
        self.content.clear(desk.account, desk.shared);
        if let Some(inflater) = &mut self.inflater {
            inflater.release(desk.account, desk.shared);
        }
    }

    fn finish_inflating(&mut self, desk: &mut Desk<'_>) {
        let Messages { open: Some(open), content, inflater: Some(inflater), .. } = self else { return };
        if !open.compressed || open.unreadable.is_some() || !desk.shared.limits().contents {
            return;
        }
        // The empty block at the end of a sound message inflates to nothing.
        let limit = desk.shared.limits().message;
        let mut invalid = None;
        let mut pieces = Vec::new();
        let allowed = open.allowed;
        let result = inflater.end(
            &mut |piece| {
                let room = usize::try_from(allowed.saturating_sub(open.len)).unwrap_or(usize::MAX);
                let piece = piece.get(..room.min(piece.len())).unwrap_or_default();
                pieces.extend_from_slice(piece);
                invalid = invalid.or(open.take(piece));
                piece.len()
            },
            desk.account,
            desk.shared,
        );
        content.push(&pieces, limit, desk.account, desk.shared);
        if invalid.is_some() {
            desk.verdict(Rule::TextNotUtf8, Some(open.first_frame), &[open.first_packet], invalid);
        }
        match result {
            Ok(()) => self.look_back(desk),
            Err(fault) => self.fault(fault, desk),
        }
    }

    /// Says so when the message has looked back further than agreed on.
    fn look_back(&mut self, desk: &mut Desk<'_>) {
        if let (Some(open), Some(inflater)) = (&self.open, &self.inflater)
            && inflater.beyond_window()
        {
            let bits = Some(u64::from(inflater.bits()));
            desk.verdict(Rule::DeflateWindow, Some(open.first_frame), &[open.first_packet], bits);
        }
    }

    fn fault(&mut self, fault: Fault, desk: &mut Desk<'_>) {
        self.look_back(desk);
        let Some(open) = &mut self.open else { return };
        open.unreadable = Some(reason(fault));
        let rule = match fault {
            Fault::Data => Some(Rule::DeflateData),
            Fault::Unfinished => Some(Rule::DeflateUnfinished),
            Fault::Stopped | Fault::NoRoom | Fault::ContextLost => None,
        };
        if let Some(rule) = rule {
            desk.verdict(rule, Some(open.first_frame), &[open.first_packet], Some(open.len));
        }
        if let Some(inflater) = &mut self.inflater {
            inflater.lose(desk.account, desk.shared);
        }
    }
}

impl Open {
    /// Counts and checks the next bytes of the content. `Some`: here it ceases to be UTF-8.
    fn take(&mut self, bytes: &[u8]) -> Option<u64> {
        self.len += bytes.len() as u64;
        if self.kind == MessageKind::Binary || self.unreadable.is_some() {
            return None;
        }
        let at = self.utf8.push(bytes).err()?;
        self.invalid_at = Some(at);
        Some(at)
    }
}

fn reason(fault: Fault) -> Unreadable {
    match fault {
        Fault::Data | Fault::Unfinished => Unreadable::Damaged,
        Fault::Stopped | Fault::NoRoom => Unreadable::Limit,
        Fault::ContextLost => Unreadable::ContextLost,
    }
}

//! What of a story was drawn or said already, and need not be again.

use std::ops::Range;

use crate::event::Host;
use crate::flow::talk::WebSocketFrame;
use crate::flow::websocket::{Head, LengthForm, Opcode};

use super::hears::Hears;
use super::what::What;
use super::{drawing, tls};

/// What a story has come to: each kind of drawing is shown once by itself, and no handler fires where nothing was opened.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    masked: bool,
    plain: bool,
    /// Kinds of frames of which one was told in full.
    pub(super) kinds: Vec<What>,
    /// First bytes of headers that were drawn.
    firsts: Vec<u8>,
    /// Forms of lengths that were.
    forms: Vec<LengthForm>,
    /// The first control frame of each kind and side that has a payload, and that.
    controls: Vec<(Host, Opcode, Vec<u8>)>,
    /// The client must not take the answer, so no frame reaches its program.
    pub(super) failed: bool,
    /// No page can have asked so: its browser keeps the rules.
    pub(super) no_page: bool,
    /// The code of the first close frame, or that it has none.
    pub(super) goodbye: Option<Option<u16>>,
    /// The newest wish for a WebSocket breaks a rule.
    pub(super) wrong: bool,
    /// The answer names its server, which Node's `ws` does not: what runs there is something else, or behind it. Or a wish was
    /// granted that breaks a rule.
    pub(super) no_node: bool,
    /// Somebody talked all the same, and that was said.
    pub(super) goes_on: bool,
    /// Whose program still hears the other.
    pub(super) hears: Hears,
    pub(super) tls: tls::Drawn,
}

impl Drawn {
    /// Whether a page may be there that has not been told yet that it is over.
    pub(super) fn page_waits(&self) -> bool {
        !self.failed && !self.no_page
    }

    /// Whether nothing masked, or nothing unmasked, was drawn before.
    pub(super) fn is_first(&mut self, masked: bool) -> bool {
        !std::mem::replace(if masked { &mut self.masked } else { &mut self.plain }, true)
    }

    /// Which lines of a header's drawing show what none before did: the first byte, or the length.
    pub(super) fn news(&mut self, head: &Head) -> Range<usize> {
        let (first, form) = (drawing::first_byte(head), head.form);
        let new_first = !self.firsts.contains(&first);
        let new_form = !self.forms.contains(&form);
        if new_first {
            self.firsts.push(first);
        }
        if new_form {
            self.forms.push(form);
        }
        let length = if form == LengthForm::Seven { 2 } else { 3 };
        usize::from(!new_first)..if new_form { length } else { 1 }
    }

    /// Which lines of a control frame's drawing are: its payload, of the first one of its kind that a side sends. One that repeats
    /// what the other side's said shows nothing new.
    pub(super) fn control(&mut self, frame: &WebSocketFrame) -> Range<usize> {
        let (from, head) = (frame.from, &frame.head);
        let alike = self.controls.iter().filter(|(_, opcode, _)| *opcode == head.opcode);
        let known = alike.clone().any(|(host, ..)| *host == from);
        if head.length == 0 || known {
            return 0..0;
        }
        let repeats = alike.clone().any(|(.., payload)| *payload == frame.payload);
        self.controls.push((from, head.opcode, frame.payload.clone()));
        let payload = drawing::header_lines(head);
        if repeats { 0..0 } else { payload..payload + 1 }
    }
}

//! The rules of the referee, one row each, and the verdict that one was broken.

use arrayvec::ArrayVec;

use crate::event::Host;

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// A rule was broken.
    Violation,
    /// It is allowed, or may have a good reason, and is worth knowing.
    Note,
}

/// What is known of a rule.
#[derive(Debug)]
struct Row {
    rule: Rule,
    name: &'static str,
    severity: Severity,
    section: &'static str,
    close_code: Option<u16>,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident $name:literal $severity:ident $section:literal $code:expr;)*) => {
        /// A rule of RFC 6455 or RFC 7692.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        const ROWS: &[Row] = &[
            $(Row {
                rule: Rule::$rule,
                name: $name,
                severity: Severity::$severity,
                section: $section,
                close_code: $code,
            },)*
        ];
    };
}

rules! {
    /// A frame of the client is not masked.
    ClientMustMask "ws.client_must_mask" Violation "RFC 6455, 5.1" Some(1002);
    /// A frame of the server is masked.
    ServerMustNotMask "ws.server_must_not_mask" Violation "RFC 6455, 5.1" Some(1002);
    /// A reserved bit is set to which no negotiated extension gives a meaning. Value: the three bits, RSV1 is 4.
    ReservedBit "ws.reserved_bit" Violation "RFC 6455, 5.2" Some(1002);
    /// permessage-deflate is in use, and its bit is set on a control frame or on a continuation. Value: the opcode.
    CompressedBitMisplaced "ws.compressed_bit_misplaced" Violation "RFC 7692, 6" Some(1002);
    /// An opcode that has no meaning. Value: it.
    ReservedOpcode "ws.reserved_opcode" Violation "RFC 6455, 5.2" Some(1002);
    /// A control frame has more than 125 bytes of payload. Value: how many.
    ControlTooLong "ws.control_too_long" Violation "RFC 6455, 5.5" Some(1002);
    /// A control frame without FIN. Value: the opcode.
    ControlFragmented "ws.control_fragmented" Violation "RFC 6455, 5.4" Some(1002);
    /// A length in more bits than it needs. Value: the length.
    LengthNotMinimal "ws.length_not_minimal" Violation "RFC 6455, 5.2" Some(1002);
    /// The topmost bit of a 64-bit length is set. Value: the length.
    LengthTopBit "ws.length_top_bit" Violation "RFC 6455, 5.2" Some(1002);
    /// A text message is not UTF-8. Value: the place in the message of the first byte that can't be right.
    TextNotUtf8 "ws.text_not_utf8" Violation "RFC 6455, 8.1" Some(1007);
    /// The reason in a close frame is not UTF-8. Value: the place in the reason.
    CloseReasonNotUtf8 "ws.close_reason_not_utf8" Violation "RFC 6455, 5.5.1" Some(1007);
    /// A close frame has a payload of one byte: neither none nor a code.
    ClosePayloadOfOne "ws.close_payload_of_one" Violation "RFC 6455, 5.5.1" Some(1002);
    /// A close code that may not cross the wire, or that nobody has defined. Value: it.
    ForbiddenCloseCode "ws.forbidden_close_code" Violation "RFC 6455, 7.4" Some(1002);
    /// The client begins a frame before the server has answered its request.
    DataBeforeAnswer "ws.data_before_answer" Violation "RFC 6455, 4.1" None;
    /// A data frame after the sender's own close frame. The connection is being closed already.
    DataAfterClose "ws.data_after_close" Violation "RFC 6455, 5.5.1" None;
    /// A new message begins before the last frame of another.
    MessageInterrupted "ws.message_interrupted" Violation "RFC 6455, 5.4" Some(1002);
    /// A continuation, and no message is open.
    ContinuationWithoutStart "ws.continuation_without_start" Violation "RFC 6455, 5.4" Some(1002);
    /// A compressed message is no valid deflate data. Value: how many bytes could be inflated.
    DeflateData "ws.deflate_data" Violation "RFC 7692, 7.2.2" Some(1007);
    /// A compressed message ends inside of a deflate block. Value: how many bytes could be inflated.
    DeflateUnfinished "ws.deflate_unfinished" Violation "RFC 7692, 7.2.1" Some(1007);
    /// A compressed message looks back further than its sender had promised. Value: the bits of the window agreed on.
    DeflateWindow "ws.deflate_window" Violation "RFC 7692, 7.1.2" Some(1007);
    /// A ping, a pong or another close after the sender's own close frame: nothing forbids it, nobody will read it.
    ControlAfterClose "ws.control_after_close" Note "RFC 6455, 5.5.1" None;
    /// A pong that no ping had asked for: allowed, and no answer is expected.
    PongUnasked "ws.pong_unasked" Note "RFC 6455, 5.5.3" None;
    /// The masking key is 0, so nothing is masked. By chance that happens once in 2^32 frames.
    MaskingKeyZero "ws.masking_key_zero" Note "RFC 6455, 5.3" None;
    /// The same masking key as in the frame before: it is meant to be fresh and hard to guess. Value: the key. By chance that
    /// happens once in 2^32 frames.
    MaskingKeyRepeated "ws.masking_key_repeated" Note "RFC 6455, 5.3" None;
    /// The connection ended and nobody had sent a close frame. Who: whose end of TCP came first.
    NoClose "ws.no_close" Note "RFC 6455, 7.1.5" None;
    /// A close frame was not answered before the connection ended. Who: the one that did not answer.
    CloseUnanswered "ws.close_unanswered" Note "RFC 6455, 5.5.1" None;
    /// The client closed TCP before the server did: the waiting that follows is better done by the server.
    ClientClosedTcpFirst "ws.client_closed_tcp_first" Note "RFC 6455, 7.1.1" None;
}

impl Rule {
    /// How many there are.
    pub const COUNT: usize = ROWS.len();

    /// All of them.
    pub fn all() -> impl Iterator<Item = Rule> {
        ROWS.iter().map(|row| row.rule)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.get(self as usize)
    }

    /// Its name, which never changes: `ws.client_must_mask`.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// How grave it is.
    pub fn severity(self) -> Severity {
        self.row().map_or(Severity::Note, |row| row.severity)
    }

    /// Where it is written: `RFC 6455, 5.1`.
    pub fn section(self) -> &'static str {
        self.row().map_or("", |row| row.section)
    }

    /// The close code that breaking it deserves; `None` where none is due.
    pub fn close_code(self) -> Option<u16> {
        self.row().and_then(|row| row.close_code)
    }

    /// Whether the other side must fail the connection (RFC 6455, section 7.1.7).
    pub fn fails_connection(self) -> bool {
        self.close_code().is_some()
    }
}

/// A rule was broken, or something is worth a note.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Which.
    pub rule: Rule,
    /// Who did it.
    pub by: Host,
    /// The frame that it is about: its number among those of its direction; `None` where it is about no frame.
    pub number: Option<u64>,
    /// In the stream: where that frame's header begins; 0 where it is about no frame.
    pub offset: u64,
    /// The frames of the capture that prove it, in their order.
    pub packets: ArrayVec<u64, 4>,
    /// The number that breaks the rule, where there is one: what it means stands with each [`Rule`].
    pub value: Option<u64>,
    /// How often this side had done it before.
    pub before: u64,
}

/// How often one side has broken each rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken([u64; Rule::COUNT]);

impl Default for Broken {
    fn default() -> Broken {
        Broken([0; Rule::COUNT])
    }
}

impl Broken {
    /// Counts one more; how many there were before.
    pub(super) fn count(&mut self, rule: Rule) -> u64 {
        self.0.get_mut(rule as usize).map_or(0, |count| {
            *count += 1;
            *count - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_rule_has_its_own_row_and_name() {
        let names: HashSet<_> = Rule::all().map(Rule::name).collect();
        assert_eq!(names.len(), Rule::COUNT);
        for (number, row) in ROWS.iter().enumerate() {
            assert_eq!(row.rule as usize, number, "{}", row.name);
            assert!(row.name.starts_with("ws.") && row.section.starts_with("RFC "));
            // A note never asks anybody to close.
            assert!(row.severity == Severity::Violation || row.close_code.is_none(), "{}", row.name);
        }
    }
}

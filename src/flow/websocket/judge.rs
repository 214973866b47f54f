//! What a header says, held against the rules.

use super::desk::{About, Desk};
use super::direction::{CONTROL, Direction};
use super::event::{MessageEnd, MessageKind, Role, Unreadable};
use super::head::{Head, LengthForm, Opcode};
use super::message::Start;
use super::rule::Rule;
use crate::event::Host;

impl Direction {
    /// Judges a header, and says what its frame does.
    pub(super) fn judge(&mut self, head: &Head, about: About, desk: &mut Desk<'_>) -> Role<'static> {
        let first = [self.carrier.first];
        let opcode = Some(u64::from(head.opcode.number()));
        if let Some(answered) = desk.ends.answered.filter(|_| desk.is_early(self.carrier.first)) {
            desk.verdict(Rule::DataBeforeAnswer, Some(about), &[self.carrier.first, answered], None);
        }
        let mut broken = |rule: Rule, value: Option<u64>| desk.verdict(rule, Some(about), &first, value);
        if head.length >> 63 != 0 {
            broken(Rule::LengthTopBit, Some(head.length));
        }
        if head.form != LengthForm::shortest(head.length) {
            broken(Rule::LengthNotMinimal, Some(head.length));
        }
        if matches!(head.opcode, Opcode::Reserved(_)) {
            broken(Rule::ReservedOpcode, opcode);
        }
        if head.opcode.is_control() && head.length > CONTROL as u64 {
            broken(Rule::ControlTooLong, Some(head.length));
        }
        if head.opcode.is_control() && !head.fin {
            broken(Rule::ControlFragmented, opcode);
        }
        let unknown = head.rsv & if self.messages.may_inflate() { 3 } else { 7 };
        if unknown != 0 {
            broken(Rule::ReservedBit, Some(u64::from(head.rsv)));
        }
        let starts = matches!(head.opcode, Opcode::Text | Opcode::Binary);
        let defined = !matches!(head.opcode, Opcode::Reserved(_));
        if self.messages.may_inflate() && head.rsv1() && !starts && defined {
            broken(Rule::CompressedBitMisplaced, opcode);
        }
        self.judge_mask(head, about, desk);
        if let Some(close) = desk.ends.closes.of(desk.from) {
            let rule = if head.opcode.is_control() { Rule::ControlAfterClose } else { Rule::DataAfterClose };
            let packet = close.packet;
            desk.verdict(rule, Some(about), &[packet, self.carrier.first], None);
        }
        let role = self.role(head, about, desk);
        if unknown != 0 && matches!(role, Role::Part { .. }) {
            self.messages.give_up(Unreadable::UnknownExtension, desk);
        }
        role
    }

    fn judge_mask(&mut self, head: &Head, about: About, desk: &mut Desk<'_>) {
        let first = [self.carrier.first];
        match (desk.from, head.key) {
            (Host::Client, None) => desk.verdict(Rule::ClientMustMask, Some(about), &first, None),
            (Host::Server, Some(_)) => desk.verdict(Rule::ServerMustNotMask, Some(about), &first, None),
            (Host::Client, Some([0, 0, 0, 0])) => {
                desk.verdict(Rule::MaskingKeyZero, Some(about), &first, None);
            }
            (Host::Client, Some(key)) if self.last_key == Some(key) => {
                let value = Some(u64::from(u32::from_be_bytes(key)));
                desk.verdict(Rule::MaskingKeyRepeated, Some(about), &first, value);
            }
            (Host::Client, Some(_)) | (Host::Server, None) => {}
        }
        self.last_key = head.key;
    }

    fn role(&mut self, head: &Head, about: About, desk: &mut Desk<'_>) -> Role<'static> {
        let kind = match head.opcode {
            Opcode::Ping => return Role::Ping,
            Opcode::Pong => return Role::Pong(super::event::Answer::Unknown),
            Opcode::Close => return Role::Close(None),
            Opcode::Reserved(_) => return Role::Unknown,
            Opcode::Continuation => {
                return self.messages.go_on().unwrap_or_else(|| {
                    let first = [self.carrier.first];
                    desk.verdict(Rule::ContinuationWithoutStart, Some(about), &first, None);
                    Role::Stray
                });
            }
            Opcode::Text => MessageKind::Text,
            Opcode::Binary => MessageKind::Binary,
        };
        if let Some(since) = self.messages.open_since() {
            desk.verdict(Rule::MessageInterrupted, Some(about), &[since, self.carrier.first], None);
            self.messages.end(MessageEnd::Interrupted, &[], since, desk);
        }
        let compressed = self.messages.may_inflate() && head.rsv1();
        let start = Start { kind, compressed, alone: head.fin };
        self.messages.start(start, about, self.carrier.first, desk)
    }
}

//! What a question is made from: the steps of one frame, and what came before.

use crate::story::{FieldValue, Step, What};

use super::before::Before;
use super::question::Choice;

/// Every placeholder that the words of questions may use. A test holds the words to it.
pub const PLACEHOLDERS: &[&str] = &[
    "from",
    "to",
    "given",
    "right",
    "seq",
    "seq_raw",
    "len",
    "port",
    "accept",
    "masking_key",
    "letters",
    "plain",
    "kind",
    "code",
    "reason",
    "asked",
];

/// The steps of one frame, which are about to be shown, and what came before.
pub(super) struct Scene<'a> {
    pub(super) group: &'a [&'a Step],
    pub(super) before: &'a Before,
}

/// A question without what its kind says: choices and numbers.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) choices: Vec<Choice>,
    pub(super) values: Vec<(&'static str, String)>,
    /// Nothing that was shown tells the answer.
    pub(super) guess: bool,
}

impl Draft {
    /// The right answer, and who sends what shows it.
    pub(super) fn new(step: &Step, right: Choice) -> Draft {
        let values = vec![("from", step.from.to_string()), ("to", step.from.other().to_string())];
        Draft { choices: vec![right], values, guess: false }
    }

    /// A wrong answer; one that is offered already is left out.
    pub(super) fn wrong(mut self, choice: Choice) -> Draft {
        if self.choices.iter().all(|known| known.text != choice.text) {
            self.choices.push(choice);
        }
        self
    }

    /// A number that is wrong.
    pub(super) fn wrong_number(self, number: u64, slip: &'static str) -> Draft {
        self.wrong(Choice::number(number, Some(slip)))
    }

    /// Nobody who was shown all up to here can know it.
    pub(super) fn guess(self) -> Draft {
        Draft { guess: true, ..self }
    }

    /// What a placeholder stands for.
    pub(super) fn value(mut self, name: &'static str, value: impl ToString) -> Draft {
        self.values.push((name, value.to_string()));
        self
    }
}

impl<'a> Scene<'a> {
    /// The step of the segment, where the frame holds one.
    pub(super) fn segment(&self) -> Option<&'a Step> {
        self.group.iter().copied().find(|step| !step.what.is_said() && number(step, "tcp.seq").is_some())
    }

    /// The segment's step, if its words have this key.
    pub(super) fn segment_told(&self, words: &str) -> Option<&'a Step> {
        self.segment().filter(|step| step.words == words)
    }

    /// The first step of what the programs say that is one of these and breaks no rule.
    pub(super) fn said(&self, whats: &[What]) -> Option<&'a Step> {
        self.group.iter().copied().find(|step| whats.contains(&step.what) && step.verdicts.is_empty())
    }

    /// The first step of what the programs say that is one of these, whether or not it breaks a rule.
    pub(super) fn answer(&self, whats: &[What]) -> Option<&'a Step> {
        self.group.iter().copied().find(|step| whats.contains(&step.what))
    }
}

/// A field's number.
pub(super) fn number(step: &Step, name: &str) -> Option<u64> {
    match field(step, name)? {
        FieldValue::Number(number) => Some(*number),
        _ => None,
    }
}

/// A bit of a field of one.
pub(super) fn bit(step: &Step, name: &str) -> Option<bool> {
    match field(step, name)? {
        FieldValue::Bit(set) => Some(*set),
        _ => None,
    }
}

/// A field that is text; bytes are hex digits.
pub(super) fn text<'a>(step: &'a Step, name: &str) -> Option<&'a str> {
    match field(step, name)? {
        FieldValue::Text(text) => Some(text),
        _ => None,
    }
}

fn field<'a>(step: &'a Step, name: &str) -> Option<&'a FieldValue> {
    step.fields.iter().find(|field| field.name == name).map(|field| &field.value)
}

/// What a placeholder of the step's own words stands for.
pub(super) fn value<'a>(step: &'a Step, name: &str) -> Option<&'a str> {
    step.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

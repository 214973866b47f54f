//! A question, its answers, and what a typed line means.

/// An answer that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As it is shown. May hold what a peer said.
    pub text: String,
    /// What may be typed for it beside its letter; compared without regard to case, spaces and signs.
    pub names: Vec<String>,
    /// The mistake that leads to it; `None`: it is right. Its words have the key `slip QUESTION SLIP`.
    pub slip: Option<&'static str>,
    /// What it is sorted by, where all choices are numbers.
    pub(super) number: Option<u64>,
}

impl Choice {
    /// A text that may be typed as it stands.
    pub(super) fn new(text: impl Into<String>, slip: Option<&'static str>) -> Choice {
        let text = text.into();
        Choice { names: vec![text.clone()], text, slip, number: None }
    }

    /// A number.
    pub(super) fn number(number: u64, slip: Option<&'static str>) -> Choice {
        Choice { number: Some(number), ..Choice::new(number.to_string(), slip) }
    }

    /// It may also be typed so.
    pub(super) fn or(mut self, name: impl Into<String>) -> Choice {
        self.names.push(name.into());
        self
    }
}

/// A question about the step that is shown next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// From 1 in a run.
    pub number: u32,
    /// What kind it is: `tcp.ack_of_syn`. Its words have the keys `question ...`, `ask ...`, `hint ...`.
    pub kind: &'static str,
    /// The frame that shows the answer.
    pub frame: Option<u64>,
    /// Wireshark's name of the field that shows it; empty where no single field does.
    pub field: &'static str,
    /// Two to four, one of them right.
    pub choices: Vec<Choice>,
    /// What the words' placeholders stand for. May hold what a peer said.
    pub values: Vec<(&'static str, String)>,
    /// Nothing that was shown before tells the answer: what is said to it counts for nothing.
    pub guess: bool,
}

/// What a typed line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The right answer.
    Right,
    /// This choice, a wrong one; `None`: a value that is none of the choices.
    Wrong(Option<usize>),
    /// Nothing was typed: the answer is to be shown.
    Shown,
    /// A hint is wanted.
    Hint,
    /// Enough.
    Quit,
    /// No answer to this question.
    Unclear,
}

impl Question {
    /// The right choice. There is always one.
    pub fn right(&self) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.slip.is_none())
    }

    /// Whether a segment shows the answer, not what a program says in it.
    pub fn is_about_tcp(&self) -> bool {
        self.kind.starts_with("tcp.") || self.field.starts_with("tcp.")
    }

    /// The letters that stand for the choices, with each.
    pub fn lettered(&self) -> impl Iterator<Item = (char, &Choice)> {
        ('a'..='z').zip(&self.choices)
    }

    /// What was typed: a letter, a value, `?`, `q`, or nothing.
    pub fn judge(&self, typed: &str) -> Reply {
        let typed = typed.trim();
        match typed {
            "" => return Reply::Shown,
            "?" | "h" | "help" => return Reply::Hint,
            "q" | "quit" | "exit" | "\u{4}" => return Reply::Quit,
            _ => {}
        }
        let wanted = plain(typed);
        let by_letter = self.lettered().position(|(letter, _)| wanted == letter.to_string());
        let named = |choice: &Choice| choice.names.iter().any(|name| plain(name) == wanted);
        let found = by_letter.or_else(|| self.choices.iter().position(named).filter(|_| !wanted.is_empty()));
        match found.and_then(|index| Some((index, self.choices.get(index)?))) {
            Some((_, choice)) if choice.slip.is_none() => Reply::Right,
            Some((index, _)) => Reply::Wrong(Some(index)),
            None if self.is_value(&wanted) => Reply::Wrong(None),
            None => Reply::Unclear,
        }
    }

    /// Whether it is a value as the choices are: a number where they are numbers.
    fn is_value(&self, typed: &str) -> bool {
        let numbers = self.choices.iter().all(|choice| choice.number.is_some());
        numbers && !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// What counts of a typed value: letters, digits and `=`.
pub(super) fn plain(text: &str) -> String {
    let text = text.to_lowercase();
    let text = text.strip_prefix("0x").unwrap_or(&text);
    text.chars().filter(|c| c.is_alphanumeric() || *c == '=').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        let choices = vec![
            Choice::number(14, Some("length")),
            Choice::number(15, None).or("0x0f"),
            Choice::number(16, Some("one_more")),
        ];
        let kind = "tcp.ack_of_data";
        Question {
            number: 1,
            kind,
            frame: Some(7),
            field: "tcp.ack",
            choices,
            values: Vec::new(),
            guess: false,
        }
    }

    #[test]
    fn an_answer_is_a_letter_or_a_value() {
        for right in ["b", "B", " b ", "15", "0x0f", "0F"] {
            assert_eq!(question().judge(right), Reply::Right, "{right}");
        }
        assert_eq!(question().judge("a"), Reply::Wrong(Some(0)));
        assert_eq!(question().judge("16"), Reply::Wrong(Some(2)));
        assert_eq!(question().judge("17"), Reply::Wrong(None));
    }

    #[test]
    fn what_is_no_answer_is_not_counted_as_one() {
        for unclear in ["d", "x", "what?", "..."] {
            assert_eq!(question().judge(unclear), Reply::Unclear, "{unclear}");
        }
        assert_eq!(question().judge(""), Reply::Shown);
        assert_eq!(question().judge(" ? "), Reply::Hint);
        assert_eq!(question().judge("q"), Reply::Quit);
    }
}

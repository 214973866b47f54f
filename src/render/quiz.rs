//! Questions on the screen and in JSON, and what came of the answers.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::quiz::{Question, Reply};
use crate::words::{Book, Level, fill};

use super::{Ink, Line, escape, wrap};

/// Where text begins, as inside the ladder.
const TEXT: usize = 8;
/// Choices stand on one line up to so many columns.
const ONE_LINE: usize = 64;

/// Said of a question that can't be known.
const GUESS: &str = "Nothing shown so far tells it. Take a guess: it does not count.";

/// Writes questions.
#[derive(Debug)]
pub struct Quizzer<'a> {
    /// The words of the questions.
    pub book: &'a Book<'a>,
    /// How deep the reasons go.
    pub level: Level,
    /// Columns.
    pub width: usize,
    /// Nothing is drawn, and each choice has a line.
    pub plain: bool,
}

/// A question that was answered, for the score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its kind.
    pub kind: &'static str,
    /// The frame that shows the answer.
    pub frame: Option<u64>,
    /// The first answer was right.
    pub right: bool,
    /// It could only be guessed, so it counts for nothing.
    pub guess: bool,
}

impl Quizzer<'_> {
    /// The question and what is offered; `held`: the frame stands on the wire meanwhile.
    pub fn question(&self, question: &Question, held: bool) -> Vec<Line> {
        let head = match (held, question.frame) {
            (true, Some(frame)) => {
                format!(
                    "Question {}: frame {frame} is sent, and netlab holds it on the wire.",
                    question.number
                )
            }
            _ => format!("Question {}", question.number),
        };
        let mut lines = Vec::new();
        let mut parts = wrap(&head, self.room()).into_iter();
        let mark = if self.plain { "" } else { "  ?  " };
        lines.extend(self.plain.then(Line::new));
        lines.push(
            Line::from(mark).with(Ink::Faint, "│  ").with(Ink::Faint, parts.next().unwrap_or_default()),
        );
        lines.extend(parts.map(|part| inside().with(Ink::Faint, part)));
        lines.extend(self.paragraph(Ink::Strong, &self.words("ask", question)));
        if question.guess {
            lines.extend(self.paragraph(Ink::Plain, GUESS));
        }
        let choices: Vec<String> = question
            .lettered()
            .map(|(letter, choice)| format!("{letter}) {}", escape(&choice.text)))
            .collect();
        let joined = choices.join("    ");
        let together = !self.plain && joined.width() <= ONE_LINE.min(self.room().saturating_sub(2));
        for choice in if together { vec![joined] } else { choices } {
            lines.extend(
                wrap_keeping(&choice, self.room().saturating_sub(2))
                    .into_iter()
                    .map(|part| inside().with(Ink::Plain, format!("  {part}"))),
            );
        }
        lines
    }

    /// A hint.
    pub fn hint(&self, question: &Question) -> Vec<Line> {
        self.paragraph(Ink::Plain, &format!("A hint: {}", self.words("hint", question)))
    }

    /// What is said of an answer.
    pub fn answer(&self, question: &Question, reply: Reply) -> Vec<Line> {
        let mut lines = self.paragraph(Ink::Strong, &self.verdict(question, reply));
        let slip = self.slip(question, reply);
        for text in [slip, self.words("question", question), self.see(question)] {
            lines.extend(self.paragraph(Ink::Plain, &text));
        }
        lines.push(rail());
        lines
    }

    /// How many were right, and what to look at again.
    pub fn score(&self, answered: &[Answered]) -> Vec<Line> {
        let Tally { right, asked, guesses, again } = Tally::of(answered);
        let again: Vec<String> = again
            .iter()
            .map(|answer| {
                let topic = self.topic(answer.kind);
                answer.frame.map_or_else(|| topic.clone(), |frame| format!("{topic} (frame {frame})"))
            })
            .collect();
        let head = match (right, asked) {
            (_, 0) => "only guesses, so there is no score.".to_owned(),
            (1, 1) => "You said it before the wire did.".to_owned(),
            (right, asked) if right == asked => format!("All {asked} right before the wire said it."),
            _ => format!("{right} of {asked} right. Look again at: {}.", again.join("; ")),
        };
        let aside = match (asked, guesses) {
            (0, _) | (_, 0) => String::new(),
            (_, 1) => " A guess is not counted.".to_owned(),
            _ => format!(" {guesses} guesses are not counted."),
        };
        wrap(&format!("Quiz: {head}{aside}"), self.width)
            .into_iter()
            .map(|part| Line::new().with(Ink::Strong, part))
            .collect()
    }

    /// `{"kind":"question"}`.
    pub fn question_json(&self, question: &Question, held: bool) -> Value {
        json!({
            "kind": "question",
            "question": question.number,
            "about": question.kind,
            "frame": question.frame,
            "held": held,
            "guess": question.guess,
            "ask": self.words("ask", question),
            "choices": question.choices.iter().map(|choice| choice.text.as_str()).collect::<Vec<_>>(),
        })
    }

    /// `{"kind":"hint"}`.
    pub fn hint_json(&self, question: &Question) -> Value {
        json!({"kind": "hint", "question": question.number, "text": self.words("hint", question)})
    }

    /// `{"kind":"answer"}`; `typed`: what the line said.
    pub fn answer_json(&self, question: &Question, reply: Reply, typed: &str) -> Value {
        let slip = Some(self.slip(question, reply)).filter(|slip| !slip.is_empty());
        let given = Some(typed.trim()).filter(|typed| !typed.is_empty());
        let source = self.book.find(&key("question", question)).map(|entry| entry.sources.clone());
        json!({
            "kind": "answer",
            "question": question.number,
            "given": given,
            "guess": question.guess,
            "correct": reply == Reply::Right,
            "right": question.right().map(|choice| choice.text.as_str()),
            "slip": slip,
            "why": self.words("question", question),
            "source": source.unwrap_or_default(),
            "frame": question.frame,
            "field": Some(question.field).filter(|field| !field.is_empty()),
        })
    }

    /// `{"kind":"score"}`.
    pub fn score_json(&self, answered: &[Answered]) -> Value {
        let Tally { right, asked, guesses, again } = Tally::of(answered);
        json!({
            "kind": "score",
            "asked": asked,
            "right": right,
            "guesses": guesses,
            "again": again
                .iter()
                .map(|answer| json!({"about": answer.kind, "topic": self.topic(answer.kind), "frame": answer.frame}))
                .collect::<Vec<_>>(),
        })
    }

    fn verdict(&self, question: &Question, reply: Reply) -> String {
        let right = question.right().map(|choice| choice.text.as_str()).unwrap_or_default();
        match reply {
            Reply::Right if question.guess => format!("✓ You guessed it: {right}."),
            _ if question.guess => format!("This time it is {right}."),
            Reply::Right => format!("✓ Right: {right}."),
            Reply::Wrong(_) => format!("Not so. The answer is {right}."),
            _ => format!("The answer is {right}."),
        }
    }

    /// What may have led to the wrong answer that was given.
    fn slip(&self, question: &Question, reply: Reply) -> String {
        let Reply::Wrong(Some(index)) = reply else { return String::new() };
        let Some((choice, slip)) =
            question.choices.get(index).and_then(|choice| Some((choice, choice.slip?)))
        else {
            return String::new();
        };
        let entry = self.book.find(&format!("slip {} {slip}", question.kind));
        let mut values = self.values(question);
        values.push(("given", choice.text.clone()));
        fill(entry.map(|entry| entry.near(self.level)).unwrap_or_default(), &values)
    }

    fn words(&self, part: &str, question: &Question) -> String {
        let entry = self.book.find(&key(part, question));
        fill(entry.map(|entry| entry.near(self.level)).unwrap_or_default(), &self.values(question))
    }

    fn values(&self, question: &Question) -> Vec<(&'static str, String)> {
        let mut values = question.values.clone();
        values.extend(question.right().map(|choice| ("right", choice.text.clone())));
        values
    }

    /// Where the answer shows.
    fn see(&self, question: &Question) -> String {
        match (question.frame, question.field) {
            (None, _) => String::new(),
            // A friend sees no fields.
            (Some(frame), field) if field.is_empty() || self.level == Level::Friend => {
                format!("Now see it: frame {frame}.")
            }
            (Some(frame), field) => format!("Now see it: frame {frame}, {field}."),
        }
    }

    fn topic(&self, kind: &str) -> String {
        let entry = self.book.find(&format!("question {kind}"));
        entry.and_then(|entry| entry.title).unwrap_or(kind).to_owned()
    }

    fn paragraph(&self, ink: Ink, text: &str) -> Vec<Line> {
        let parts = wrap(text, self.room()).into_iter().filter(|part| !part.is_empty());
        parts.map(|part| inside().with(ink, part)).collect()
    }

    fn room(&self) -> usize {
        self.width.min(100) - TEXT
    }
}

/// What the answers come to.
struct Tally<'a> {
    /// So many right ones, of those that count.
    right: usize,
    /// So many count.
    asked: usize,
    /// And so many do not.
    guesses: usize,
    /// Those that count and were not right.
    again: Vec<&'a Answered>,
}

impl Tally<'_> {
    fn of(answered: &[Answered]) -> Tally<'_> {
        let (guesses, counted): (Vec<&Answered>, Vec<&Answered>) =
            answered.iter().partition(|answer| answer.guess);
        let asked = counted.len();
        let again: Vec<&Answered> = counted.into_iter().filter(|answer| !answer.right).collect();
        Tally { right: asked - again.len(), asked, guesses: guesses.len(), again }
    }
}

fn key(part: &str, question: &Question) -> String {
    format!("{part} {}", question.kind)
}

/// A choice that is too long goes on below its text.
fn wrap_keeping(choice: &str, room: usize) -> Vec<String> {
    if choice.width() <= room {
        return vec![choice.to_owned()];
    }
    let parts = wrap(choice, room.saturating_sub(3)).into_iter();
    parts.enumerate().map(|(index, part)| if index == 0 { part } else { format!("   {part}") }).collect()
}

fn rail() -> Line {
    Line::from("     ").with(Ink::Faint, "│")
}

fn inside() -> Line {
    Line::from("     ").with(Ink::Faint, "│  ")
}

//! `--quiz`: asks before a step is shown, takes the answer, keeps the score.

use netlab::flow::tls::KeyLog;
use netlab::quiz::{Focus, Question, Quiz, Reply};
use netlab::render::{Answered, Ink, Line, Quizzer, wrap};
use netlab::story::{Seen, Subject, Tell, Teller, Told, What};
use netlab::words::{Book, Level};

use super::Output;
use super::input::Input;
use super::keys::learned;

/// The questions of one run.
pub(crate) struct Asker {
    quiz: Quiz,
    book: Book<'static>,
    answered: Vec<Answered>,
    /// How many questions were put.
    asked: usize,
    /// The whole list of keys was shown.
    explained: bool,
}

/// What comes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The question is over.
    Over,
    /// It still waits for an answer.
    Waits,
    /// The student has had enough.
    Quit,
}

impl Asker {
    /// `level`: how deep the questions go.
    pub(crate) fn new(focus: Focus, level: Level) -> anyhow::Result<Asker> {
        Ok(Asker {
            quiz: Quiz::new(focus, level != Level::Friend),
            book: Book::questions()?,
            answered: Vec::new(),
            asked: 0,
            explained: false,
        })
    }

    /// The questions about what is told next, each with the index that it stands before.
    pub(crate) fn questions(&mut self, told: &[Told]) -> Vec<(usize, Question)> {
        self.quiz.ask(told)
    }

    /// Asks. `held`: the frame stands on the wire until the answer.
    pub(crate) fn ask(&mut self, question: &Question, held: bool, out: &mut Output) -> anyhow::Result<()> {
        self.asked += 1;
        let quizzer = self.quizzer(out);
        if out.json() {
            out.object(&quizzer.question_json(question, held))?;
        } else {
            for line in quizzer.question(question, held) {
                out.line(&line)?;
            }
        }
        self.prompt(out)
    }

    fn prompt(&mut self, out: &mut Output) -> anyhow::Result<()> {
        if !out.json() {
            let keys = if self.explained {
                "your answer · ? a hint"
            } else {
                "a letter or the value · ? a hint · Enter shows the answer · q quit"
            };
            self.explained = true;
            for part in wrap(keys, out.width) {
                out.line(&Line::new().with(Ink::Faint, part))?;
            }
        }
        out.flush()?;
        Ok(())
    }

    /// Takes a line as the answer.
    pub(crate) fn take(
        &mut self,
        typed: &str,
        question: &Question,
        out: &mut Output,
    ) -> anyhow::Result<Then> {
        let reply = question.judge(typed);
        let quizzer = self.quizzer(out);
        match reply {
            Reply::Quit => return Ok(Then::Quit),
            Reply::Hint if out.json() => out.object(&quizzer.hint_json(question))?,
            Reply::Hint => {
                for line in quizzer.hint(question) {
                    out.line(&line)?;
                }
            }
            Reply::Unclear => {
                let last = question.lettered().last().map_or('a', |(letter, _)| letter);
                let text = format!("That is none of the answers: a letter from a to {last}, or the value.");
                if out.json() {
                    out.notice(&text);
                } else {
                    for part in wrap(&text, out.width) {
                        out.plain(&part)?;
                    }
                }
            }
            Reply::Right | Reply::Wrong(_) | Reply::Shown => {
                if out.json() {
                    out.object(&quizzer.answer_json(question, reply, typed))?;
                } else {
                    for line in quizzer.answer(question, reply) {
                        out.line(&line)?;
                    }
                }
                out.flush()?;
                let right = reply == Reply::Right;
                self.answered.push(Answered {
                    kind: question.kind,
                    frame: question.frame,
                    right,
                    guess: question.guess,
                });
                return Ok(Then::Over);
            }
        }
        self.prompt(out)?;
        Ok(Then::Waits)
    }

    /// How it went, or why there is no score.
    pub(crate) fn score(&self, out: &mut Output) -> anyhow::Result<()> {
        if self.answered.is_empty() {
            let why = match self.asked {
                0 => "There was nothing to ask about.",
                _ => "No question was answered, so there is no score.",
            };
            if out.json() {
                out.notice(why);
            } else {
                out.plain("")?;
                out.plain(why)?;
            }
            out.flush()?;
            return Ok(());
        }
        let quizzer = self.quizzer(out);
        if out.json() {
            out.object(&quizzer.score_json(&self.answered))?;
        } else {
            out.plain("")?;
            for line in quizzer.score(&self.answered) {
                out.line(&line)?;
            }
        }
        out.flush()?;
        Ok(())
    }

    fn quizzer(&self, out: &Output) -> Quizzer<'_> {
        Quizzer { book: &self.book, level: out.level, width: out.width, plain: out.plain }
    }
}

/// So many steps show what a conversation is about.
const LOOKED_AT: usize = 200;

/// What a conversation is about, for the questions: looked up in its first steps.
pub(crate) fn focus(input: &Input, tell: &Tell, subject: Subject, keys: KeyLog) -> anyhow::Result<Focus> {
    let mut teller = Teller::new(tell.clone());
    *teller.keys_mut() = keys;
    let (mut reader, mut steps, mut taken) = (input.open()?, 0, 0);
    // What is damaged is told when the story comes to it.
    while steps < LOOKED_AT && matches!(reader.next(), Ok(Some(_))) {
        learned(&reader, &mut taken, teller.keys_mut());
        let Some(frame) = reader.current() else { break };
        for told in teller.frame(&frame, &Seen::default()) {
            match told {
                Told::Step(step) if step.what == What::WsAsked => {
                    return Ok(if subject == Subject::Tcp { Focus::Both } else { Focus::WebSocket });
                }
                _ => steps += 1,
            }
        }
    }
    Ok(Focus::Tcp)
}

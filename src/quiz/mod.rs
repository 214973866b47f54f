//! Predict, then see: questions about the steps that are about to be shown, made from their own numbers.
//!
//! A [`Quiz`] is given what a [`Teller`](crate::story::Teller) tells, before it is shown. Of steps that lend themselves to it, it
//! makes [`Question`]s: the right answer is what the step will show, the wrong ones are the usual mistakes. It asks few in a run, never
//! two of a kind. The words stand in `lessons/en/questions/`; a question knows their keys and its own numbers.

mod before;
mod kinds;
mod question;
mod scene;
mod tcp;
mod tls;
mod websocket;

use crate::story::{Step, Told};

use before::Before;
use kinds::{KINDS, Kind, Phase};
pub use question::{Choice, Question, Reply};
pub use scene::PLACEHOLDERS;
use scene::Scene;

/// What a run is about: where its few questions are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// TCP: opening, talking, closing.
    Tcp,
    /// The WebSocket on it; TCP below it is told in short, and nothing is asked about it but its end.
    WebSocket,
    /// The WebSocket, and TCP's opening and end as well.
    Both,
}

impl Focus {
    /// How many questions a phase may have.
    fn room(self, phase: Phase) -> usize {
        match (self, phase) {
            (Focus::Tcp, Phase::Opening | Phase::Goodbye) | (Focus::Both, Phase::Frames) => 2,
            (Focus::WebSocket, Phase::Frames) => 3,
            (Focus::WebSocket, Phase::Opening) | (Focus::WebSocket | Focus::Both, Phase::Talk) => 0,
            _ => 1,
        }
    }

    /// How many questions a run may have.
    fn most(self) -> usize {
        match self {
            Focus::Tcp => 5,
            Focus::WebSocket | Focus::Both => 6,
        }
    }

    /// Whether what shows the answer is told at all.
    fn tells(self, kind: &Kind) -> bool {
        self != Focus::WebSocket || !kind.name.starts_with("tcp.")
    }
}

/// Chooses what to ask in one run.
#[derive(Debug)]
pub struct Quiz {
    focus: Focus,
    /// Bytes are asked about, too.
    deep: bool,
    before: Before,
    asked: Vec<&'static Kind>,
}

impl Quiz {
    /// Nothing was shown yet. `deep`: bytes are asked about, too; a friend does not see them.
    pub fn new(focus: Focus, deep: bool) -> Quiz {
        Quiz { focus, deep, before: Before::default(), asked: Vec::new() }
    }

    /// The questions about what was told at once, each with the index in `told` that it is to be asked before. The steps that stand
    /// behind a question's are those of the same frame: none of them may be shown before the answer.
    pub fn ask(&mut self, told: &[Told]) -> Vec<(usize, Question)> {
        let mut questions = Vec::new();
        for (index, group) in groups(told) {
            let found = self.choose(&group);
            self.before.take(&group);
            questions.extend(found.map(|question| (index, question)));
        }
        questions
    }

    /// The same with every question that could be asked, however many and however often.
    pub fn ask_all(&mut self, told: &[Told]) -> Vec<(usize, Question)> {
        let mut questions = Vec::new();
        for (index, group) in groups(told) {
            let scene = Scene { group: &group, before: &self.before };
            let seed = self.before.seed(&group);
            let found = KINDS.iter().filter_map(|kind| kind.question(&scene, seed));
            questions.extend(found.map(|question| (index, question)));
            self.before.take(&group);
        }
        questions
    }

    fn choose(&mut self, group: &[&Step]) -> Option<Question> {
        if self.asked.len() >= self.focus.most() {
            return None;
        }
        let seed = self.before.seed(group);
        let scene = Scene { group, before: &self.before };
        let spent = |phase| self.asked.iter().filter(|asked| asked.phase == phase).count();
        let mut open: Vec<(&'static Kind, Question)> = KINDS
            .iter()
            .filter(|kind| self.asked.iter().all(|asked| asked.name != kind.name))
            .filter(|kind| self.focus.tells(kind) && (self.deep || !kind.deep))
            .filter(|kind| spent(kind.phase) < self.focus.room(kind.phase) && kind.has_its_turn(seed))
            .filter_map(|kind| Some((kind, kind.question(&scene, seed)?)))
            .collect();
        // What seldom happens goes first.
        if open.iter().any(|(kind, _)| kind.rare) {
            open.retain(|(kind, _)| kind.rare);
        }
        let which = usize::try_from(seed % (open.len().max(1) as u64)).unwrap_or_default();
        if which >= open.len() {
            return None;
        }
        let (kind, question) = open.swap_remove(which);
        self.asked.push(kind);
        Some(Question { number: self.asked.len() as u32, ..question })
    }
}

/// The keys of all words that questions need: `question NAME`, `ask NAME`, `hint NAME`, `slip NAME SLIP`. A test holds the words
/// to them.
pub fn words() -> Vec<String> {
    let mut keys = Vec::new();
    for kind in KINDS {
        keys.extend(["question", "ask", "hint"].map(|part| format!("{part} {}", kind.name)));
        keys.extend(kind.slips.iter().map(|slip| format!("slip {} {slip}", kind.name)));
    }
    keys
}

/// Steps with the same frame belong together; each group with the index of its first.
fn groups(told: &[Told]) -> Vec<(usize, Vec<&Step>)> {
    let mut groups: Vec<(usize, Vec<&Step>)> = Vec::new();
    for (index, told) in told.iter().enumerate() {
        let Told::Step(step) = told else { continue };
        let together = |other: &&Step| step.what.is_said() && other.frames.first() == step.frames.first();
        match groups.last_mut() {
            Some((_, group)) if group.last().is_some_and(together) => group.push(step),
            _ => groups.push((index, vec![step])),
        }
    }
    groups
}

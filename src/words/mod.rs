//! The explanations: content, not code. They lie in `lessons/en/words/`, one file a protocol, and are built in; those of questions
//! in `lessons/en/questions/`.
//!
//! A key (a field's Wireshark name, `step tcp.syn`, `state SYN-SENT`, `layer tcp`, `word segment`) finds an [`Entry`]: three
//! levels of text and where the facts come from. This module knows nothing of packets: numbers come in as named values.

mod book;
mod fill;

pub use book::{Book, Entry, WordsError, built_in_files, question_files};
pub use fill::{fill, fill_sentences, placeholders, sentences};

/// How deep an explanation goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// The gist, as a phone call between two people.
    Friend,
    /// What it is, why it is there, what would break without it.
    #[default]
    Student,
    /// Bits, limits, the RFC, what real stacks do.
    Engineer,
}

impl Level {
    /// All three, from the gist to the bits.
    pub const ALL: [Level; 3] = [Level::Friend, Level::Student, Level::Engineer];

    /// `friend`, `student` or `engineer`: also the heading in a words file.
    pub fn name(self) -> &'static str {
        match self {
            Level::Friend => "friend",
            Level::Student => "student",
            Level::Engineer => "engineer",
        }
    }
}

//! How terms are called and found: `lessons/en/terms/names.md`, and the frames that show them: `frames.tsv`.
//!
//! A file is a row of entries. An entry is a heading `# KEY`, the key of its words, and lines: `name:` what it is mostly called,
//! `also:` other names, `said:` what people say who do not know its name, `see:` keys of what goes with it, `find:` the display
//! filter (`-`: no frame can show it), `only: candidates` where that filter finds others, too, `instead:` what is said where a filter would stand, `field:` the field whose place is drawn, `show:` the bundled capture that shows it best.
//! Several stand with `; ` between them.

use std::collections::HashMap;

static NAMES: &str = include_str!("../../lessons/en/terms/names.md");
static FRAMES: &str = include_str!("../../lessons/en/terms/frames.tsv");

/// What is noted of one term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Note<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) also: Vec<&'a str>,
    pub(super) said: Vec<&'a str>,
    pub(super) see: Vec<&'a str>,
    pub(super) find: Option<&'a str>,
    pub(super) instead: Option<&'a str>,
    pub(super) field: Option<&'a str>,
    pub(super) show: Option<&'a str>,
    pub(super) candidates: bool,
}

/// Why a file of names was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("names.md: line {line}: {why}")]
pub struct NamesError {
    /// From 1.
    pub line: usize,
    /// What is wrong, and what is expected.
    pub why: String,
}

/// How terms are called, and which frames show them.
#[derive(Clone, Debug, Default)]
pub struct Notes<'a> {
    notes: HashMap<&'a str, Note<'a>>,
    frames: HashMap<&'a str, (&'a str, u64)>,
}

impl Notes<'static> {
    /// Those that are built in.
    ///
    /// # Errors
    /// Names the first place that is not in order; a test keeps that from happening in a released binary.
    pub fn built_in() -> Result<Notes<'static>, NamesError> {
        Notes::read(NAMES, FRAMES)
    }
}

impl<'a> Notes<'a> {
    /// Takes both files' texts.
    ///
    /// # Errors
    /// Says the line of the first place that is not in order.
    pub fn read(names: &'a str, frames: &'a str) -> Result<Notes<'a>, NamesError> {
        let mut notes: HashMap<&str, Note<'_>> = HashMap::new();
        let mut key = None;
        for (index, line) in names.lines().enumerate() {
            let wrong = |why: String| Err(NamesError { line: index + 1, why });
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            if let Some(next) = line.strip_prefix("# ") {
                if notes.insert(next, Note::default()).is_some() {
                    return wrong(format!("`{next}` is named twice"));
                }
                key = Some(next);
                continue;
            }
            let Some(note) = key.and_then(|key| notes.get_mut(key)) else {
                return wrong("a file begins with `# ` and a key".to_owned());
            };
            let (what, text) = line.split_once(": ").unwrap_or((line, ""));
            let list = || text.split("; ").map(str::trim).collect::<Vec<_>>();
            match what {
                "name" => note.name = Some(text),
                "only" if text == "candidates" => note.candidates = true,
                "also" => note.also = list(),
                "said" => note.said = list(),
                "see" => note.see = list(),
                "find" => note.find = Some(text),
                "instead" => note.instead = Some(text),
                "field" => note.field = Some(text),
                "show" => note.show = Some(text),
                _ => return wrong("expected name, also, said, see, find, instead, field or show".to_owned()),
            }
        }
        Ok(Notes { notes, frames: frames.lines().filter_map(frame).collect() })
    }

    /// What is noted of a key.
    pub(super) fn find(&self, key: &str) -> Option<&Note<'a>> {
        self.notes.get(key)
    }

    /// Every key that something is noted of, in no particular order.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.notes.keys().copied()
    }

    /// The keys that an entry says it goes with.
    pub fn see(&self, key: &str) -> &[&'a str] {
        self.find(key).map(|note| note.see.as_slice()).unwrap_or_default()
    }

    /// What is said of filters where none finds a term.
    pub(super) fn instead(&self, key: &str) -> Option<&'a str> {
        self.find(key)?.instead
    }

    /// Whether a term's filter finds frames as well that do not show it.
    pub(super) fn finds_candidates(&self, key: &str) -> bool {
        self.find(key).is_some_and(|note| note.candidates)
    }

    /// The bundled capture that shows a term best, where somebody has chosen it.
    pub fn best_capture(&self, key: &str) -> Option<&'a str> {
        self.find(key)?.show
    }

    /// The bundled capture and the frame in it that show a term; `None` where none does.
    pub fn frame(&self, key: &str) -> Option<(&'a str, u64)> {
        self.frames.get(key).copied()
    }

    /// Every key that a frame shows, in no particular order.
    pub fn shown(&self) -> impl Iterator<Item = &'a str> {
        self.frames.keys().copied()
    }
}

/// `KEY<tab>CAPTURE<tab>FRAME`
fn frame(line: &str) -> Option<(&str, (&str, u64))> {
    let mut parts = line.split('\t');
    let (key, capture, frame) = (parts.next()?, parts.next()?, parts.next()?);
    Some((key, (capture, frame.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_names_and_a_frame() {
        let names = "# a.b\nname: B\nalso: bee; the B\nfind: a.b == 1\n\n# c\nsee: a.b\n";
        let notes = Notes::read(names, "a.b\thandshake\t3\n").unwrap();
        let note = notes.find("a.b").unwrap();
        assert_eq!((note.name, note.also.as_slice()), (Some("B"), ["bee", "the B"].as_slice()));
        assert_eq!((notes.frame("a.b"), notes.frame("c")), (Some(("handshake", 3)), None));
        assert_eq!(notes.see("c"), ["a.b"]);
    }

    #[test]
    fn an_error_says_its_line() {
        let error = |text: &'static str| Notes::read(text, "").unwrap_err().to_string();
        assert_eq!(error("name: B\n"), "names.md: line 1: a file begins with `# ` and a key");
        assert_eq!(error("# a\n\n# a\n"), "names.md: line 3: `a` is named twice");
        assert!(error("# a\nnmae: B\n").starts_with("names.md: line 2: expected name"));
    }
}

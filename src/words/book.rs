//! Finds and checks the texts.
//!
//! A file is a row of entries. An entry is a heading `# KEY`, lines `title: ...` (steps and questions only) and `source: ...`, then
//! up to three levels, each a heading `## friend`, `## student` or `## engineer` and one paragraph. What belongs to a question
//! (`ask`, `hint`, `slip`) needs no source: the question has it.

use std::collections::HashMap;

use include_dir::{Dir, include_dir};

use super::Level;

static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/lessons/en/words");
static QUESTIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/lessons/en/questions");

/// One thing explained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What is explained: `tcp.seq_raw`, `step tcp.syn`, `state SYN-SENT` ...
    pub key: &'a str,
    /// What happened, in a few words; steps have one.
    pub title: Option<&'a str>,
    /// Where the facts come from, such as `RFC 9293, section 3.5`; at least one.
    pub sources: Vec<&'a str>,
    friend: Option<&'a str>,
    student: Option<&'a str>,
    engineer: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// The text at `level`, as it stands in the file; `None` where there is none.
    pub fn at(&self, level: Level) -> Option<&'a str> {
        match level {
            Level::Friend => self.friend,
            Level::Student => self.student,
            Level::Engineer => self.engineer,
        }
    }

    /// The text at `level`, else at the nearest level that has one.
    pub fn near(&self, level: Level) -> &'a str {
        self.at(level).or(self.student).or(self.engineer).or(self.friend).unwrap_or_default()
    }

    fn slot(&mut self, level: Level) -> &mut Option<&'a str> {
        match level {
            Level::Friend => &mut self.friend,
            Level::Student => &mut self.student,
            Level::Engineer => &mut self.engineer,
        }
    }
}

/// Why a words file was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: line {line}, column {column}: {why}")]
pub struct WordsError {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong, and what is expected.
    pub why: String,
}

/// All the texts, found by key.
#[derive(Clone, Debug, Default)]
pub struct Book<'a> {
    entries: HashMap<&'a str, Entry<'a>>,
}

impl Book<'static> {
    /// The texts that are built in.
    ///
    /// # Errors
    ///
    /// Names the first place that is not in order; a test keeps that from happening in a released binary.
    pub fn built_in() -> Result<Book<'static>, WordsError> {
        Book::of(built_in_files())
    }

    /// Those of one file of them, such as `outcomes.md`: whoever needs no others need not wait for them to be read. Empty where there is
    /// no such file.
    ///
    /// # Errors
    ///
    /// As [`Book::built_in`].
    pub fn built_in_file(name: &str) -> Result<Book<'static>, WordsError> {
        Book::of(built_in_files().filter(|(file, _)| *file == name))
    }

    /// The texts of questions that are built in: a book of their own.
    ///
    /// # Errors
    ///
    /// As [`Book::built_in`].
    pub fn questions() -> Result<Book<'static>, WordsError> {
        Book::of(question_files())
    }

    fn of(files: impl Iterator<Item = (&'static str, &'static str)>) -> Result<Book<'static>, WordsError> {
        let mut book = Book::default();
        for (name, text) in files {
            book.read(name, text)?;
        }
        Ok(book)
    }
}

/// The names and contents of the files that are built in.
pub fn built_in_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    files_of(&BUILT_IN)
}

/// The same of the questions' words.
pub fn question_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    files_of(&QUESTIONS)
}

fn files_of(folder: &'static Dir<'static>) -> impl Iterator<Item = (&'static str, &'static str)> {
    folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)))
}

impl<'a> Book<'a> {
    /// Takes in one file; a later entry of the same key is an error.
    ///
    /// # Errors
    ///
    /// Says the line and column of the first place that is not in order.
    pub fn read(&mut self, file: &str, text: &'a str) -> Result<(), WordsError> {
        for (line, entry) in parse(file, text)? {
            if self.entries.contains_key(entry.key) {
                return Err(error(file, line, 3, format!("`{}` is explained twice", entry.key)));
            }
            self.entries.insert(entry.key, entry);
        }
        Ok(())
    }

    /// What is said of `key`.
    pub fn find(&self, key: &str) -> Option<&Entry<'a>> {
        self.entries.get(key)
    }

    /// Every entry, in no particular order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.values()
    }
}

/// The entries of one file, each with the line it starts on.
fn parse<'a>(file: &str, text: &'a str) -> Result<Vec<(usize, Entry<'a>)>, WordsError> {
    let mut entries: Vec<(usize, Entry<'a>)> = Vec::new();
    let mut level: Option<Level> = None;
    let mut at = 0;
    for (index, raw) in text.split_inclusive('\n').enumerate() {
        let (number, start) = (index + 1, at);
        at += raw.len();
        let line = raw.trim();
        if let Some(key) = line.strip_prefix("# ") {
            finish(file, entries.last())?;
            entries.push((number, Entry { key: key.trim(), ..Entry::default() }));
            level = None;
            continue;
        }
        let Some((_, entry)) = entries.last_mut() else {
            if line.is_empty() {
                continue;
            }
            return Err(error(
                file,
                number,
                1,
                "a file begins with `# ` and the key of its first entry".into(),
            ));
        };
        if let Some(name) = line.strip_prefix("## ") {
            let found = Level::ALL.into_iter().find(|level| level.name() == name);
            let Some(found) = found else {
                return Err(error(
                    file,
                    number,
                    4,
                    format!("no level `{name}`: friend, student or engineer"),
                ));
            };
            if entry.slot(found).is_some() {
                return Err(error(file, number, 4, format!("`{}` has the level {name} twice", entry.key)));
            }
            *entry.slot(found) = Some("");
            level = Some(found);
        } else if line.is_empty() {
            continue;
        } else if let Some(level) = level {
            let slot = entry.slot(level);
            // The paragraph so far, and this line, are neighbours in the file: one slice holds both.
            let begin = match slot {
                Some("") | None => start,
                Some(so_far) => text.len() - text_from(text, so_far),
            };
            *slot = text.get(begin..start + raw.trim_end().len()).map(str::trim);
        } else if let Some(title) = line.strip_prefix("title: ") {
            entry.title = Some(title.trim());
        } else if let Some(sources) = line.strip_prefix("source: ") {
            entry.sources = sources.split("; ").map(str::trim).collect();
        } else {
            let why = "expected `title: `, `source: ` or a level such as `## student`".to_owned();
            return Err(error(file, number, 1, why));
        }
    }
    finish(file, entries.last())?;
    Ok(entries)
}

/// How many bytes of `whole` lie from the start of `part`, a slice of it, to the end.
fn text_from(whole: &str, part: &str) -> usize {
    whole.len() - (part.as_ptr() as usize - whole.as_ptr() as usize)
}

/// Whether an entry has all that it must have.
fn finish(file: &str, entry: Option<&(usize, Entry<'_>)>) -> Result<(), WordsError> {
    let Some((line, entry)) = entry else { return Ok(()) };
    let lacks = |what: &str| Err(error(file, *line, 3, format!("`{}` has no {what}", entry.key)));
    let part = ["ask ", "hint ", "slip "].iter().any(|part| entry.key.starts_with(part));
    if entry.sources.is_empty() && !part {
        return lacks("source");
    }
    if ["step ", "question "].iter().any(|titled| entry.key.starts_with(titled)) && entry.title.is_none() {
        return lacks("title");
    }
    for level in Level::ALL {
        if entry.at(level) == Some("") {
            return lacks(&format!("text at the level {}", level.name()));
        }
    }
    if entry.student.is_none() {
        return lacks("text at the level student");
    }
    Ok(())
}

fn error(file: &str, line: usize, column: usize, why: String) -> WordsError {
    WordsError { file: file.to_owned(), line, column, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "# step tcp.syn\ntitle: Hello\nsource: RFC 9293, section 3.5; RFC 6528\n\n## friend\nHi\nthere.\n\n## student\nA SYN.\n\n# tcp.seq\nsource: RFC 9293\n## student\nA number.\n";

    #[test]
    fn an_entry_has_title_sources_and_levels() {
        let mut book = Book::default();
        book.read("x.md", SOUND).unwrap();
        let entry = book.find("step tcp.syn").unwrap();
        assert_eq!(entry.title, Some("Hello"));
        assert_eq!(entry.sources, ["RFC 9293, section 3.5", "RFC 6528"]);
        assert_eq!(entry.at(Level::Friend), Some("Hi\nthere."));
        assert_eq!(entry.at(Level::Engineer), None);
        assert_eq!(entry.near(Level::Engineer), "A SYN.");
    }

    #[test]
    fn an_error_says_line_and_column() {
        let mut book = Book::default();
        let error = book.read("x.md", "# a\nsource: b\n## expert\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "x.md: line 3, column 4: no level `expert`: friend, student or engineer"
        );
    }

    #[test]
    fn a_key_that_is_explained_twice_is_an_error() {
        let mut book = Book::default();
        book.read("x.md", SOUND).unwrap();
        let error = book.read("y.md", "# tcp.seq\nsource: b\n## student\nc\n").unwrap_err();
        assert_eq!(error.to_string(), "y.md: line 1, column 3: `tcp.seq` is explained twice");
    }

    #[test]
    fn an_entry_without_source_is_an_error() {
        let error = Book::default().read("x.md", "# a\n## student\nb\n").unwrap_err();
        assert_eq!(error.to_string(), "x.md: line 1, column 3: `a` has no source");
    }
}

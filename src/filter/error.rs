//! What is wrong with a filter, and where.

use std::fmt;
use std::ops::Range;

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// Which bytes of the text are meant, counted from its beginning.
    pub position: Range<usize>,
    /// What is wrong with them, and what to type instead: one line.
    pub what: String,
    /// Names that may have been meant, the nearest first.
    pub near: Vec<&'static str>,
}

impl FilterError {
    pub(super) fn new(position: &Range<usize>, what: impl Into<String>) -> FilterError {
        FilterError { position: position.clone(), what: what.into(), near: Vec::new() }
    }
}

/// A piece of the filter as it stands in a message: one short line, whatever was typed.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    let visible = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
    let mut shown: String = text.chars().take(MOST).map(visible).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push_str("...");
    }
    shown
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match self.near.split_last() {
            None => Ok(()),
            Some((only, [])) => write!(f, "; did you mean {only}?"),
            Some((last, others)) => write!(f, "; did you mean {} or {last}?", others.join(", ")),
        }
    }
}

impl std::error::Error for FilterError {}

//! `--filter` and `--frames`: which of a capture's frames are meant.

use netlab::filter::{Filter, FilterError, Frames};
use netlab::render::escape;
use unicode_width::UnicodeWidthStr;

use super::Output;

/// So many columns of a filter are shown around its mistake.
const SHOWN: usize = 72;

/// Which frames, by what is in them.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Select {
    /// Only frames that this display filter matches, in Wireshark's words (docs/filters.md)
    #[arg(long, short = 'Y', value_name = "EXPR")]
    filter: Option<String>,
}

impl Select {
    /// The filter, ready to be asked; `None` where none was given.
    ///
    /// # Errors
    /// [`Pointed`] where it is none: exit code 2.
    pub(crate) fn filter(&self) -> anyhow::Result<Option<Filter>> {
        self.filter.as_deref().map(parsed).transpose()
    }
}

/// The filter that was typed, ready to be asked.
///
/// # Errors
/// [`Pointed`] where it is none: exit code 2.
pub(crate) fn parsed(text: &str) -> anyhow::Result<Filter> {
    Filter::parse(text).map_err(|error| Pointed::new(text, error).into())
}

/// Which frames, by their numbers.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct SelectFrames {
    /// Only these frames: 7, 10-20, 10-, -20, or several: 3,7,10-20
    #[arg(long, value_name = "N-M", value_parser = Frames::parse, allow_hyphen_values = true)]
    pub(crate) frames: Option<Frames>,
}

/// A mistake in something typed, and where in it.
#[derive(Debug, thiserror::Error)]
#[error("--filter: {error}")]
pub(crate) struct Pointed {
    text: String,
    error: FilterError,
}

impl Pointed {
    fn new(text: &str, error: FilterError) -> Pointed {
        Pointed { text: text.to_owned(), error }
    }

    /// What was typed, and a caret under the mistake.
    pub(crate) fn lines(&self) -> [String; 2] {
        let position = &self.error.position;
        let part = |from: usize, to: usize| escape(self.text.get(from..to).unwrap_or_default()).into_owned();
        let before = last_columns(part(0, position.start), SHOWN / 2);
        let (meant, _) = first_columns(&part(position.start, position.end), SHOWN / 2);
        let room = SHOWN.saturating_sub(before.width() + meant.width());
        let (after, cut) = first_columns(&part(position.start, self.text.len()), room + meant.width());
        let dots = if cut { "..." } else { "" };
        let carets = "^".repeat(meant.width().max(1));
        [format!("  {before}{after}{dots}"), format!("  {}{carets}", " ".repeat(before.width()))]
    }
}

/// The end of a text, no wider than so many columns.
fn last_columns(text: String, columns: usize) -> String {
    if text.width() <= columns {
        return text;
    }
    let mut from = text.len();
    for (at, _) in text.char_indices().rev() {
        if text.get(at..).map_or(0, UnicodeWidthStr::width) > columns {
            break;
        }
        from = at;
    }
    format!("...{}", text.get(from..).unwrap_or_default())
}

/// The beginning of a text, no wider than so many columns, and whether anything was left out.
fn first_columns(text: &str, columns: usize) -> (String, bool) {
    let mut to = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if text.get(..end).map_or(0, UnicodeWidthStr::width) > columns {
            break;
        }
        to = end;
    }
    (text.get(..to).unwrap_or_default().to_owned(), to < text.len())
}

/// Says that nothing was found; `read` is how many frames were looked at.
pub(crate) fn nothing_found(filter: Option<&Filter>, read: u64, out: &Output) {
    let frames = if read == 1 { "1 frame read".to_owned() } else { format!("{read} frames read") };
    match filter {
        Some(filter) => out.notice(&format!("no frame matches {}; {frames}", filter.text())),
        None => out.notice(&format!("none of these frames is there; {frames}")),
    }
}

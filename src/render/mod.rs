//! What comes out: steps and packets as text for a terminal, or as JSON.
//!
//! A renderer gives [`Line`]s of inked text or bytes of JSON, and writes nothing itself. What an ink looks like is decided
//! where the terminal is known; what it can't show, or is not to draw, is rewritten by the [`Page`] that it is.

pub mod about;
mod codes;
mod dns;
mod escape;
pub mod explain;
pub mod fields;
pub mod flows;
mod json;
mod ladder;
mod line;
mod names;
mod ndjson;
mod osi;
mod page;
pub mod picture;
mod quiz;
mod signs;
mod slot;
mod story_json;
mod tape;
pub mod units;
mod verdict;

pub use codes::code_name;
pub use escape::escape;
pub use json::write_json;
pub use ladder::{Hint, LEGEND, Ladder, ink_of, next_lines};
pub use line::{Ink, Line, wrap};
pub use ndjson::Ndjson;
pub use osi::{WalkView, hop_json, walk_json};
pub use page::Page;
pub use quiz::{Answered, Quizzer};
pub use signs::{in_ascii, in_ascii_columns};
pub use story_json::{StoryHead, story_absorbed, story_head, story_released, story_step, story_summary};
pub use tape::Tape;
pub use verdict::{unread_json, verdict_json, verdict_key, without_section};

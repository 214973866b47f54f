//! Conversations: as a table for people, as JSON, as CSV.
//!
//! Rows come in; lines, or bytes in a buffer that is used again, go out. All that is written is numbers, addresses and words
//! of our own (and a file's name), so nothing untrusted gets through. What the JSON's keys mean stands in `docs/json.md`.

mod address;
mod cells;
mod csv;
mod json;
mod layout;
mod table;

pub use cells::{GUESS, KEYS, is_guess, key};
pub use csv::{COLUMNS, MESSAGES, csv_head, csv_rows};
pub use json::conversation;
pub use layout::Widths;
pub use table::Table;

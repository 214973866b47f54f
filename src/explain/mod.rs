//! One term comes in; all that netlab can say of it goes out, as plain data ([`Entry`]).
//!
//! A term is anything that has [words](crate::words): a field, a flag, a state, a code, a header line, a layer, a rule, a step, a word
//! of the vocabulary. What people call it, what it goes with and which filter finds it stands in `lessons/en/terms/names.md`;
//! which frame of which bundled capture shows it, in `lessons/en/terms/frames.tsv`, made and checked by `tests/explain.rs`, so that
//! only that one capture is read. A place in a header is the field's own row of [`dissect`](crate::dissect), with the values
//! of that frame.
//!
//! Reading order: `notes` (how terms are called), `term` (all there are), `search` (which one is meant), `number` (what a number can be), `parts` (what is put
//! together of several: 10.7.0.1:80, a URL, a filter), `prefix` (10.7.0.0/24), `header` (cells of bits),
//! `example` (the frame that shows it), `entry`. Never panics; how values are written is the caller's.

#![deny(clippy::indexing_slicing)]

mod entry;
mod example;
mod header;
mod notes;
mod number;
mod parts;
mod prefix;
mod ranges;
mod search;
mod term;

pub use entry::{Entry, Reference, entries, entry};
pub use example::{Example, WriteValue};
pub use header::{Cell, Header};
pub use notes::{NamesError, Notes};
pub use number::{Reading, reading_of, readings};
pub use parts::{Part, Parts, bad_prefix, parts};
pub use search::{By, Found, find, layer_beyond, near};
pub use term::{Group, Term, Terms};

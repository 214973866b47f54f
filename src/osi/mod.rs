//! One frame comes in, with the conversation that it belongs to; the same frame as a [`Walk`] through the seven layers goes out.
//!
//! A [`Finder`] is given the frames of a capture in order, follows their conversations as `dissect` does (it uses the same
//! tracker, reassembly and [talk](crate::flow::talk)), and keeps the one frame that is wanted. What it gives is plain data:
//! every byte of the frame in one [`Part`], each part in its [`Place`] among the layers; what the programs say in it
//! ([`Unit`]); where the walk stops and why ([`Stop`]); what layer 1 adds that no capture holds ([`Physical`]); what it cost
//! to get there ([`Cost`]); the numbers for the words, and which words fit ([`Floor`]). [`hops`] compares a frame before and
//! behind a router.
//!
//! A part's place comes from a [`Span`](crate::dissect::Span) of `dissect` or `flow` and from nothing else. Whatever the bytes
//! are, a walk comes of them; none panics. Knows nothing of colours, columns and files: [`render`](crate::render) draws it.

#![deny(clippy::indexing_slicing)]

mod above;
mod begun;
mod cost;
mod finder;
mod floors;
mod guess;
mod heard;
pub mod hops;
mod kept;
mod keys;
mod layer;
mod parts;
mod piece;
mod units;
mod values;
mod walk;

pub use cost::{Bill, Cost};
pub use finder::{Finder, NoFrame, Wanted};
pub use floors::Floor;
pub use keys::KEYS;
pub use layer::{Internet, Layer, NoLayer};
pub use values::PLACEHOLDERS;
pub use walk::{Held, Part, Physical, Piece, Place, Sealed, Stop, Torn, Unit, UnitKind, Walk};

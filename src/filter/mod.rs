//! Wireshark's display filters over the fields that netlab reads: `tcp.port == 80 and not tcp.analysis.retransmission`.
//!
//! A text comes in; [`Filter::parse`] checks every name and every comparison, or says what is wrong and where. A packet
//! comes in; [`Filter::matches`] says whether it is meant. The rules are those of Wireshark 4.0 (`docs/filters.md` says
//! where they differ, and why); `tests/filter.rs` asks tshark.
//!
//! Reading order: `lex` (text to tokens), `parse` (tokens to a tree, its depth bounded), `check` (names and types; `names` knows
//! the fields, `literal` reads values), `eval` (a packet's values against the tree). Never panics, whatever the text or the
//! packet. A packet costs no allocation (`tests/filter_text.rs` counts) unless more than 24 values of it are asked for, bytes are joined from
//! several slices, or text has to be made: a name, a remark, an address as text.

#![deny(clippy::indexing_slicing)]

mod check;
mod error;
mod eval;
mod found;
mod frames;
mod lex;
mod literal;
mod names;
mod parse;
mod slice;
mod tree;
mod value;

use crate::dissect::Packet;
use crate::flow::talk::{Findings, is_stream_field};
use crate::flow::{Segment, Tracker};

pub use error::FilterError;
pub use frames::{Frames, FramesError};

use eval::Expr;
use found::{Found, Wanted};

/// A longer text is not read, in bytes.
pub const MAX_TEXT: usize = 16_384;
/// Brackets deeper than this are not followed.
pub const MAX_DEPTH: usize = 64;

/// A display filter, checked and ready.
#[derive(Debug)]
pub struct Filter {
    text: String,
    /// `None`: the text is empty, and all packets are meant.
    expr: Option<Expr>,
    wanted: Wanted,
}

impl Filter {
    /// Reads a filter as it is typed into Wireshark. An empty one matches every packet.
    ///
    /// # Errors
    /// Where the text is no filter, names what netlab does not read, or compares what can't be compared.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        let tree = parse::parse(text)?;
        let (expr, wanted) = match tree {
            Some(tree) => {
                let (expr, wanted) = check::check(&tree)?;
                (Some(expr), wanted)
            }
            None => (None, Wanted::default()),
        };
        Ok(Filter { text: text.to_owned(), expr, wanted })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it asks for what only shows when the streams are put together.
    pub fn asks_for_streams(&self) -> bool {
        self.wanted.names().any(is_stream_field)
    }

    /// Whether the packet is meant. `tracker` was given it last, `segment` is what it said, `streams` what the streams showed;
    /// `comment` is the frame's comment in the file.
    pub fn matches(
        &self,
        packet: &Packet<'_>,
        tracker: &Tracker,
        segment: Option<&Segment>,
        streams: &Findings,
        comment: Option<&str>,
    ) -> bool {
        let Some(expr) = &self.expr else { return true };
        let found = Found::gather(&self.wanted, packet, tracker, segment, streams, comment);
        expr.holds(&found)
    }
}

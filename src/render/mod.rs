//! What comes out: steps and packets as text for a terminal, or as JSON.
//!
//! A renderer gives [`Line`]s of inked text or bytes of JSON, and writes nothing itself. What an ink looks like is decided
//! where the terminal is known.

mod escape;
mod line;

pub use escape::escape;
pub use line::{Ink, Line, wrap};

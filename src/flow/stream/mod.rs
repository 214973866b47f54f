//! Segments come in, in the order of the capture; the bytes that each side said come out, each once and in their order.
//!
//! A [`Reassembler`] is given what [`Tracker::push`](super::Tracker::push) says of a segment, with the bytes that were kept
//! ([`Arrival`]), and hands on what has become contiguous ([`Given`]): slices borrowed from the frame where they came in
//! order, each with its place in the stream and in its frame. What came too early waits; what came again is compared with
//! what it repeats; what never came is told as a [`Hole`].
//!
//! **Which copy counts.** Bytes that the receiver has already taken stay as they were (RFC 9293, sections 3.4 and 3.10.7.4:
//! a segment is cut to what lies at and after RCV.NXT). Of bytes that still wait behind a gap the RFC says only that they
//! should be kept (SHLD-31), and stacks differ. Here it is as in Linux (`tcp_data_queue_ofo` and `tcp_ofo_queue` in
//! net/ipv4/tcp_input.c): the segment that begins earlier is read first; of two that begin together the longer one
//! replaces the other; else the first stays. Linux may join waiting segments before it compares, where the driver's buffers
//! allow it, so even there it is likely and not certain; FreeBSD keeps the first of two that begin together, and Windows is
//! known to keep the first in every case.
//!
//! **When a hole is passed.** As soon as later bytes wait behind it and the other side has confirmed all up to them, or at
//! the end of the capture.
//!
//! **What it costs.** See [`Limits`]: nothing that arrives makes it need more, and what had to be given up is told. A segment
//! in order allocates nothing. Knows nothing of what the bytes mean: that begins with the protocols on the stream.

mod arrival;
mod direction;
mod given;
mod history;
mod limits;
mod outlet;
mod queue;
mod reassembler;
mod script;
mod stretches;

pub use arrival::{Arrival, Doubt};
pub(super) use direction::Passed;
pub use given::{
    Chunk, Ending, Given, GivenUp, Hole, HoleKind, Ignored, Kept, Overlap, Side, Uncompared, Version,
    WhyGivenUp, WhyIgnored,
};
pub use limits::Limits;
pub use reassembler::{Reassembler, Said, Totals};
pub use script::{Checked, check_script, script};

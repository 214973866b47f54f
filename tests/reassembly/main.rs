//! However a stream is cut into segments, shuffled, repeated and overlapped, its bytes come out once and in their order; where
//! copies differ or bytes are missing, what comes out is what a simple model says.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod any_way;
mod given;
mod limits;
mod model;
mod rules;
#[path = "../util/segment.rs"]
mod segment;

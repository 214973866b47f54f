//! `netlab flows`: the table of conversations.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed: that is what is meant"
)]

mod referee;
#[path = "../util/mod.rs"]
mod util;

//! `netlab flows`: the table of conversations.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed: that is what is meant"
)]

mod cli;
#[cfg(all(target_os = "linux", feature = "live"))]
mod interrupt;
mod made;
mod messages;
mod outcomes;
mod referee;
mod screens;
#[path = "../util/segment.rs"]
mod segment;
#[cfg(all(target_os = "linux", feature = "live"))]
#[path = "../util/terminal.rs"]
mod terminal;
#[path = "../util/referee.rs"]
mod tshark;
#[path = "../util/mod.rs"]
mod util;

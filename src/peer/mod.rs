//! The programs on the two hosts: plain sockets, driven by a scenario's actions. The only asynchronous room: each runs in
//! a current-thread runtime of its own.

mod program;
mod script;

pub(crate) use program::{Bell, Note, Part, run};
pub use script::{Action, Program};

//! The programs on the two hosts: plain sockets, driven by a scenario's actions. The only asynchronous room: each runs in
//! a current-thread runtime of its own.

#[cfg(all(feature = "live", target_os = "linux"))]
mod answer;
#[cfg(all(feature = "live", target_os = "linux"))]
mod program;
mod script;

#[cfg(all(feature = "live", target_os = "linux"))]
pub(crate) use answer::serve;
#[cfg(all(feature = "live", target_os = "linux"))]
pub(crate) use program::{Bell, Note, Part, Sockets, run};
pub use script::{Action, Program};

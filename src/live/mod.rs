//! Frames from the computer's own interfaces: [`loopback`], our own server and client on 127.0.0.1 or ::1; [`target`], a
//! connection to a real server; [`listen`], whoever connects to us. Seen by a raw capture, which needs CAP_NET_RAW;
//! nothing can be held here.
//!
//! Each gives a [`Session`] that tells [`LiveEvent`](crate::event::LiveEvent)s, or a [`Trouble`]. [`probe()`] says whether
//! it works here at all.

mod capture;
mod interest;
pub mod listen;
pub mod loopback;
mod probe;
mod session;
mod step;
pub mod target;
mod trouble;

use std::path::Path;

pub use probe::{Mend, Probe};
pub use session::Session;
pub use step::{Broken, Step};
pub use trouble::Trouble;

/// Whether raw captures work here: opens one on loopback. `exe` is netlab's own executable.
///
/// # Errors
/// The step that failed, why, and what mends it.
pub fn probe(exe: &Path) -> Result<(), Probe> {
    let loopback = capture::loopback().and_then(|interface| capture::Capture::open(&interface, 1));
    loopback.map(drop).map_err(|broken| Probe::of(broken, exe))
}

/// The names of the interfaces that are up, loopback left out.
pub fn interfaces() -> Vec<String> {
    let all = pnet::datalink::interfaces().into_iter();
    all.filter(|interface| interface.is_up() && !interface.is_loopback())
        .map(|interface| interface.name)
        .collect()
}

//! Frames from the computer's own interfaces: [`loopback`], our own server and client on 127.0.0.1 or ::1; [`interface`],
//! a connection to a real server, or from whoever connects to us. Seen by a raw capture, which needs CAP_NET_RAW; nothing
//! can be held here.
//!
//! What cannot be had is a [`Trouble`], which says the step that failed, why, and what mends it.

mod trouble;

pub use trouble::{Broken, Step};

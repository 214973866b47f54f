//! The lab: two hosts, and a wire that we hold in our hands.
//!
//! [`Lab::start`] starts netlab again as a hidden child ([`child_main`]), which enters a user namespace of its own, makes
//! two hosts (network namespaces, so the kernel's own TCP) and carries every frame between them. The child tells what
//! happens as [`LiveEvent`](crate::event::LiveEvent)s; in step mode it waits for [`Lab::release`] before it lets a frame
//! through. It needs no privilege, and ends when its parent does.
//!
//! Read next: [`wire`] decides what becomes of a frame, [`scenario`] says who does what, both without any kernel;
//! `kernel/` talks to Linux; [`probe()`] says why the lab cannot be built somewhere.

pub mod scenario;
mod seen;
pub mod wire;

#[cfg(all(feature = "live", target_os = "linux"))]
mod kernel;
#[cfg(all(feature = "live", target_os = "linux"))]
mod message;
#[cfg(all(feature = "live", target_os = "linux"))]
mod parent;
#[cfg(all(feature = "live", target_os = "linux"))]
mod probe;

#[cfg(all(feature = "live", target_os = "linux"))]
pub use kernel::child_main;
#[cfg(all(feature = "live", target_os = "linux"))]
pub use message::Command;
#[cfg(all(feature = "live", target_os = "linux"))]
pub use parent::{CHILD, Lab, LabError, LabOptions, StartOptions, is_child};
#[cfg(all(feature = "live", target_os = "linux"))]
pub use probe::probe;

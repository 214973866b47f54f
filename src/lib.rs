//! netlab shows how a network connection really works.
//!
//! One direction of flow; nothing flows back:
//!
//! ```text
//!  source ──frames──▶ dissect ──packets──▶ flow ──segments──▶ story ──steps──▶ render
//!    ▲                                                                          ▲
//!    │ capture file · network interface · the lab's own wire                    │ words
//!   lab ── two hosts, and a wire that we hold in our hands
//! ```
//!
//! In reading order: [`frame`] and [`event`] are what every stage shares; [`source`] reads and writes captures;
//! [`dissect`] names every field of a frame; [`flow`] follows conversations; [`filter`] chooses packets by Wireshark's display
//! filters; [`story`] tells what happened, step by step; [`quiz`] asks before it is shown; [`osi`] takes
//! one frame apart by layers; [`words`] finds the texts that explain it;
//! [`explain`] all that is known of one term; [`render`] puts it on the
//! screen or into JSON. With the feature `live`, `lab` brings up two hosts and holds the wire between them.

pub mod dissect;
pub mod event;
pub mod explain;
pub mod filter;
pub mod flow;
pub mod frame;
pub mod lab;
pub mod osi;
pub mod quiz;
pub mod render;
pub mod source;
pub mod story;
pub mod words;

#[cfg(all(feature = "live", target_os = "linux"))]
pub mod live;
mod peer;
#[cfg(all(feature = "live", target_os = "linux"))]
mod sys;
#[cfg(all(feature = "live", target_os = "linux"))]
pub use sys::memory::in_large_pages;

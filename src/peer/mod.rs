//! The programs on the two hosts: sockets and WebSockets, driven by a scenario's actions. The only asynchronous room: each
//! runs in a current-thread runtime of its own.
//!
//! `script` and `wording` are what a scenario says; `actor` does it on TCP, `upgrade` and `websocket` on what tungstenite
//! makes of the connection, `tls` puts rustls around it.

#[cfg(all(feature = "live", target_os = "linux"))]
mod actor;
#[cfg(all(feature = "live", target_os = "linux"))]
mod answer;
#[cfg(all(feature = "live", target_os = "linux"))]
mod callers;
#[cfg(all(feature = "live", target_os = "linux"))]
mod deflate;
#[cfg(all(feature = "live", target_os = "linux"))]
mod echo;
#[cfg(all(feature = "live", target_os = "linux"))]
mod line;
#[cfg(all(feature = "live", target_os = "linux"))]
mod obey;
mod order;
#[cfg(all(feature = "live", target_os = "linux"))]
mod pipe;
#[cfg(all(feature = "live", target_os = "linux"))]
mod program;
#[cfg(all(feature = "live", target_os = "linux"))]
mod proxy;
#[cfg(all(feature = "live", target_os = "linux"))]
mod raw_frame;
mod script;
#[cfg(all(feature = "live", target_os = "linux"))]
mod talk;
#[cfg(all(feature = "live", target_os = "linux"))]
mod tls;
#[cfg(all(feature = "live", target_os = "linux"))]
mod upgrade;
#[cfg(all(feature = "live", target_os = "linux"))]
mod websocket;
mod wording;

#[cfg(all(feature = "live", target_os = "linux"))]
pub(crate) use answer::serve;
#[cfg(all(feature = "live", target_os = "linux"))]
pub(crate) use echo::{MAX_MESSAGE_BYTES, echo};
#[cfg(all(feature = "live", target_os = "linux"))]
pub(crate) use obey::{Orders, orders};
pub use order::Order;
#[cfg(all(feature = "live", target_os = "linux"))]
pub(crate) use program::{Bell, Note, Part, Sockets, run};
pub use script::{Action, Program, Texts};
pub use wording::{AcceptUpgrade, Compress, HangUp, Hex, LengthForm, RawFrame, StartTls, Text, Upgrade};

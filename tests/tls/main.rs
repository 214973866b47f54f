//! TLS on the streams: sessions of real peers are read, record by record, and what the programs said comes out.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../util/referee.rs"]
mod referee;
#[cfg(feature = "cli")]
#[path = "../util/mod.rs"]
mod util;

mod capture;
mod cutting;
#[cfg(feature = "cli")]
mod dissected;
mod holes;
mod keys;
mod openssl;
mod peers;
mod session;
mod talks;
mod told;
mod tshark;
#[cfg(feature = "cli")]
mod used;
mod wss;

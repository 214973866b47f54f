//! TLS on the streams: sessions of real peers are read, record by record, and what the programs said comes out.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../util/referee.rs"]
mod referee;

mod cutting;
mod holes;
mod keys;
mod openssl;
mod peers;
mod session;
mod told;
mod tshark;

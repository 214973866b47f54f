//! WebSocket frames and messages, the rules they are held to, and how connections end: as RFC 6455 and RFC 7692 say, in whatever
//! pieces the bytes come.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "websocket/deflate.rs"]
mod deflate;
#[path = "websocket/endings.rs"]
mod endings;
#[path = "websocket/limits.rs"]
mod limits;
#[path = "websocket/peers.rs"]
mod peers;
#[path = "websocket/rules.rs"]
mod rules;
#[path = "websocket/wire.rs"]
mod wire;

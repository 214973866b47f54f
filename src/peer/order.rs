//! What somebody who types has the client do on an open WebSocket.

use serde::{Deserialize, Serialize};

use super::Program;

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// A text message in one frame.
    Text(String),
    /// A binary message in one frame.
    Binary(Vec<u8>),
    /// A text message in so many frames.
    Parts(Vec<String>),
    /// A ping.
    Ping(Vec<u8>),
    /// The goodbye; no more is done behind it.
    Close {
        /// Why, as a number (RFC 6455, section 7.4).
        code: Option<u16>,
        /// Why, in words.
        reason: String,
    },
}

impl Program {
    /// Whether it does what somebody types.
    pub fn obeys(&self) -> bool {
        self.actions.contains(&super::Action::Obey)
    }
}

//! What both sides agreed on in the Upgrade, as far as it changes how frames are read.

use crate::event::Host;
use crate::flow::http::{Deflate, Upgrade};

/// The outcome of the opening handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Negotiated {
    /// permessage-deflate, with what the server's answer says of it; `None` where it was not agreed on.
    pub deflate: Option<Deflate>,
    /// The subprotocol that the server chose.
    pub subprotocol: Option<String>,
}

/// Whether a side keeps its window from one message to the next, and the bits of its window.
pub(super) fn window(deflate: &Deflate, from: Host) -> (bool, u8) {
    let (fresh, bits) = match from {
        Host::Client => (deflate.client_no_context_takeover, deflate.client_max_window_bits),
        Host::Server => (deflate.server_no_context_takeover, deflate.server_max_window_bits),
    };
    (!fresh, bits.unwrap_or(15).clamp(8, 15))
}

impl From<&Upgrade> for Negotiated {
    /// As both sides go on after a 101, whatever else is wrong with their handshake.
    fn from(upgrade: &Upgrade) -> Negotiated {
        let name = |name: &Vec<u8>| String::from_utf8_lossy(name).into_owned();
        Negotiated { deflate: upgrade.deflate, subprotocol: upgrade.protocol.as_ref().map(name) }
    }
}

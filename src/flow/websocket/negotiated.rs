//! What both sides agreed on in the Upgrade, as far as it changes how frames are read.

/// The outcome of the opening handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Negotiated {
    /// permessage-deflate, with what the server's answer says of it; `None` where it was not agreed on.
    pub deflate: Option<Deflate>,
    /// The subprotocol that the server chose.
    pub subprotocol: Option<String>,
}

/// The parameters of permessage-deflate (RFC 7692, section 7.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deflate {
    /// The server begins every message with an empty window (RFC 7692, section 7.1.1.1).
    pub server_no_context_takeover: bool,
    /// The client begins every message with an empty window (RFC 7692, section 7.1.1.2).
    pub client_no_context_takeover: bool,
    /// The server looks back no further than 2 to the power of this, 8 to 15 (RFC 7692, section 7.1.2.1); `None`: 15.
    pub server_max_window_bits: Option<u8>,
    /// The client looks back no further than 2 to the power of this, 8 to 15 (RFC 7692, section 7.1.2.2); `None`: 15.
    pub client_max_window_bits: Option<u8>,
}

impl Deflate {
    /// Whether a side keeps its window from one message to the next, and the bits of its window.
    pub(super) fn of(&self, from: crate::event::Host) -> (bool, u8) {
        let (fresh, bits) = match from {
            crate::event::Host::Client => (self.client_no_context_takeover, self.client_max_window_bits),
            crate::event::Host::Server => (self.server_no_context_takeover, self.server_max_window_bits),
        };
        (!fresh, bits.unwrap_or(15).clamp(8, 15))
    }
}

//! What the two programs say to each other, byte by byte.

/// What a message is. The same message gives the same bytes each time it is asked for, so that a segment can be sent again.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// No data.
    Nothing,
    /// An HTTP request that asks for a WebSocket.
    Upgrade,
    /// The answer to it: 101.
    Switching,
    /// An HTTP request for a page.
    Get,
    /// The answer to it, with a body of so many bytes.
    Page(u16),
    /// A WebSocket text frame of so many bytes, masked or not.
    Text {
        masked: bool,
        len: u16,
    },
    /// A WebSocket ping (from the client) or pong.
    Ping {
        masked: bool,
    },
    /// A WebSocket close frame, 1000.
    Close {
        masked: bool,
    },
    /// A DNS question (and its answer).
    Question,
    Answer,
}

/// A message, and what makes it differ from others of its kind.
#[derive(Clone, Copy)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) salt: u32,
}

impl Message {
    pub(crate) const NOTHING: Message = Message { kind: Kind::Nothing, salt: 0 };

    /// Appends the whole message.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        let Message { kind, salt } = self;
        let room = salt % 500;
        match kind {
            Kind::Nothing => {}
            // The key and the answer to it are those of RFC 6455, section 1.3.
            Kind::Upgrade => out.extend_from_slice(
                format!(
                    "GET /room/{room} HTTP/1.1\r\nHost: chat.example.org:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://chat.example.org\r\n\r\n"
                )
                .as_bytes(),
            ),
            Kind::Switching => out.extend_from_slice(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                  Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            ),
            Kind::Get => out.extend_from_slice(
                format!(
                    "GET /page/{room}.html HTTP/1.1\r\nHost: www.example.org\r\nAccept: text/html\r\nAccept-Encoding: identity\r\n\r\n"
                )
                .as_bytes(),
            ),
            Kind::Page(len) => {
                out.extend_from_slice(
                    format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len}\r\n\r\n").as_bytes(),
                );
                prose(out, salt, len.into());
            }
            Kind::Text { masked, len } => frame(out, 0x81, masked, salt, |out| prose(out, salt, len.into())),
            Kind::Ping { masked: true } => frame(out, 0x89, true, salt, |out| prose(out, salt, 4)),
            Kind::Ping { masked: false } => frame(out, 0x8a, false, salt, |out| prose(out, salt, 4)),
            Kind::Close { masked } => frame(out, 0x88, masked, salt, |out| out.extend_from_slice(&[0x03, 0xe8])),
            Kind::Question => question(out, salt, false),
            Kind::Answer => question(out, salt, true),
        }
    }
}

/// One WebSocket frame (RFC 6455, section 5.2).
fn frame(out: &mut Vec<u8>, first: u8, masked: bool, salt: u32, payload: impl FnOnce(&mut Vec<u8>)) {
    let begin = out.len();
    payload(out);
    let len = out.len() - begin;
    let mask = if masked { 0x80 } else { 0 };
    let mut head = vec![first];
    match u16::try_from(len) {
        Ok(len) if len > 125 => {
            head.push(mask | 126);
            head.extend_from_slice(&len.to_be_bytes());
        }
        _ => head.push(mask | len as u8),
    }
    if masked {
        let key = salt.wrapping_mul(0x9e37_79b1).to_be_bytes();
        head.extend_from_slice(&key);
        for (byte, key) in out.iter_mut().skip(begin).zip(key.iter().cycle()) {
            *byte ^= key;
        }
    }
    out.splice(begin..begin, head);
}

const PROSE: &str = "Can you hear me? I number my bytes, so that a missing one is noticed and said again. My notepad has room \
    for so many more; tell me when you have read them. That was all from me, and what was not confirmed is repeated. ";

/// So many bytes of plain text.
fn prose(out: &mut Vec<u8>, salt: u32, mut len: usize) {
    let mut at = salt as usize % PROSE.len();
    while len > 0 {
        let part = PROSE.as_bytes().get(at..).unwrap_or_default();
        let part = part.get(..len).unwrap_or(part);
        out.extend_from_slice(part);
        len -= part.len();
        at = 0;
    }
}

/// A question for the address of `roomN.example.org`, or that with its answer (RFC 1035, section 4.1).
fn question(out: &mut Vec<u8>, salt: u32, answer: bool) {
    out.extend_from_slice(&(salt as u16).to_be_bytes());
    let [flags, answers] = if answer { [0x8180u16, 1] } else { [0x0100, 0] };
    for word in [flags, 1, answers, 0, 0] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    for label in [format!("room{}", salt % 500).as_str(), "example", "org"] {
        out.push(label.len() as u8);
        out.extend_from_slice(label.as_bytes());
    }
    out.extend_from_slice(&[0, 0, 1, 0, 1]);
    if answer {
        out.extend_from_slice(&[0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, salt as u8]);
    }
}

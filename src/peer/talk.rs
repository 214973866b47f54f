//! An open WebSocket as a program has it: tungstenite over bytes in memory, what was heard, and how it ended.

use tungstenite::error::{Error, ProtocolError};
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Bytes, Message, Utf8Bytes, WebSocket};

use super::deflate::Deflate;
use super::pipe::Pipe;
use crate::event::{Host, ProgramEvent};

/// What `onclose` says where no close frame came, and where one came without a code (RFC 6455, section 7.4.1).
const ABNORMAL: u16 = 1006;
const NO_CODE: u16 = 1005;

/// One end of it.
pub(super) struct Talk {
    socket: WebSocket<Pipe>,
    deflate: Option<Deflate>,
    /// The last message.
    last: Option<Message>,
    /// Heard, and not yet waited for.
    pub(super) messages: u32,
    pub(super) pings: u32,
    pub(super) pongs: u32,
    /// Code and reason of the peer's close frame.
    goodbye: Option<(u16, String)>,
    over: bool,
}

/// What came of a look at what has come.
pub(super) enum Heard {
    /// Something; the program is to be told.
    Event(ProgramEvent),
    /// The peer has broken a rule. The connection is failed: a goodbye says why, and no more is heard (RFC 6455, section
    /// 7.1.7).
    Broken(ProgramEvent),
    /// A ping, a pong, or the peer's goodbye: nothing that a program is told.
    Quiet,
    /// All was taken in: more must come first.
    Nothing,
}

impl Talk {
    /// The WebSocket that a handshake has opened. `early`: what came behind it.
    pub(super) fn new(host: Host, limit: Option<usize>, deflate: Option<Deflate>, early: &[u8]) -> Talk {
        let role = match host {
            Host::Client => Role::Client,
            Host::Server => Role::Server,
        };
        let mut config = WebSocketConfig::default().read_buffer_size(16 * 1024);
        if let Some(limit) = limit {
            config.max_message_size = Some(limit);
            config.max_frame_size = Some(limit);
        }
        let mut talk = Talk {
            socket: WebSocket::from_raw_socket(Pipe::default(), role, Some(config)),
            deflate,
            last: None,
            messages: 0,
            pings: 0,
            pongs: 0,
            goodbye: None,
            over: false,
        };
        if !early.is_empty() {
            talk.put(early);
        }
        talk
    }

    /// Takes in what has come; nothing means that no more will come.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        match &mut self.deflate {
            Some(deflate) if !bytes.is_empty() => {
                let plain = deflate.incoming(bytes);
                if !plain.is_empty() {
                    self.socket.get_mut().put(&plain);
                }
            }
            _ => self.socket.get_mut().put(bytes),
        }
    }

    /// Takes what is to go out.
    pub(super) fn take(&mut self) -> Vec<u8> {
        // Answers that tungstenite owes are written now. What keeps it from that is told by the next look.
        self.socket.flush().ok();
        let bytes = self.socket.get_mut().take();
        match &mut self.deflate {
            Some(deflate) if !bytes.is_empty() => deflate.outgoing(&bytes),
            _ => bytes,
        }
    }

    /// Looks at the next thing that has come.
    pub(super) fn hear(&mut self) -> Heard {
        if self.over {
            return Heard::Nothing;
        }
        match self.socket.read() {
            Ok(message) => self.take_in(message),
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => Heard::Nothing,
            Err(Error::ConnectionClosed | Error::AlreadyClosed) => self.end(true),
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) | Error::Io(_)) => {
                self.end(false)
            }
            Err(error) => self.refuse(&error),
        }
    }

    fn take_in(&mut self, message: Message) -> Heard {
        let binary = message.is_binary();
        match &message {
            Message::Ping(_) => self.pings += 1,
            Message::Pong(_) => self.pongs += 1,
            Message::Close(frame) => {
                let told = frame.as_ref().map(|frame| (frame.code.into(), frame.reason.to_string()));
                self.goodbye = Some(told.unwrap_or((NO_CODE, String::new())));
            }
            Message::Text(_) | Message::Binary(_) => {
                self.messages += 1;
                let len = message.len();
                self.last = Some(message);
                return Heard::Event(ProgramEvent::Message { binary, len });
            }
            Message::Frame(_) => {}
        }
        Heard::Quiet
    }

    /// It is over; what `onclose` is told.
    fn end(&mut self, clean: bool) -> Heard {
        self.over = true;
        let (code, reason) = match &self.goodbye {
            Some(told) => told.clone(),
            None => (ABNORMAL, String::new()),
        };
        Heard::Event(ProgramEvent::HungUp { code, reason, clean: clean && self.goodbye.is_some() })
    }

    /// The peer has broken a rule that tungstenite holds to.
    fn refuse(&mut self, error: &Error) -> Heard {
        let code = match error {
            Error::Capacity(_) => CloseCode::Size,
            Error::Utf8(_) => CloseCode::Invalid,
            _ => CloseCode::Protocol,
        };
        // Where it was closed already there is nothing more to say.
        self.socket.close(Some(CloseFrame { code, reason: Utf8Bytes::default() })).ok();
        self.over = true;
        let text = error.to_string();
        Heard::Broken(ProgramEvent::Failed { call: "websocket".to_owned(), errno: 0, text })
    }

    /// Whether nothing more is to be expected.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// The last message's bytes.
    pub(super) fn last_heard(&self) -> &[u8] {
        match &self.last {
            Some(Message::Text(text)) => text.as_bytes(),
            Some(Message::Binary(bytes)) => bytes,
            _ => &[],
        }
    }

    /// A message with the last one's kind and bytes, if there was one.
    pub(super) fn echo(&self) -> Option<Message> {
        self.last.clone()
    }

    /// Says something.
    pub(super) fn say(&mut self, message: Message) -> Result<(), Error> {
        self.socket.write(message)
    }

    /// Says a part of a text.
    pub(super) fn say_part(&mut self, part: Vec<u8>, first: bool, last: bool) -> Result<(), Error> {
        let opcode = OpCode::Data(if first { Data::Text } else { Data::Continue });
        self.say(Message::Frame(Frame::message(Bytes::from(part), opcode, last)))
    }

    /// Says goodbye.
    pub(super) fn hang_up(&mut self, code: Option<u16>, reason: &str) -> Result<(), Error> {
        let frame = code.map(|code| CloseFrame { code: code.into(), reason: reason.to_owned().into() });
        self.socket.close(frame)
    }
}

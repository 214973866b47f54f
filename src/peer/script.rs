//! What a program is told to do: data, written in scenarios.

use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::wording::{AcceptUpgrade, HangUp, Hex, RawFrame, StartTls, Text, Upgrade};
use crate::event::Host;

/// What a program does, one action after the other. The first that fails ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Program {
    /// The actions, in order.
    #[serde(rename = "do")]
    pub actions: Vec<Action>,
    /// Whether it waits until nothing is under way on the wire before it sends, shuts down or closes. So the frames come
    /// in the same order at every run.
    #[serde(default = "yes")]
    pub patient: bool,
    /// Whether its kernel confirms each segment at once, and not only with the next data (TCP_QUICKACK).
    #[serde(default)]
    pub quick_ack: bool,
}

impl Program {
    /// Whether it tells the keys of its TLS.
    pub fn tells_keys(&self) -> bool {
        self.actions.iter().any(Action::tells_keys)
    }

    /// How many bytes a message to it may have, where it agrees to a WebSocket; `None`: as many as it likes.
    pub fn message_limit(&self) -> Option<u64> {
        let limits = self.actions.iter().filter_map(Action::message_limit);
        limits.min().map(|limit| limit as u64)
    }
}

impl Default for Program {
    /// Patient, with nothing to do.
    fn default() -> Program {
        Program { actions: Vec::new(), patient: true, quick_ack: false }
    }
}

fn yes() -> bool {
    true
}

/// One thing that a program does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Action {
    /// Server: take connections at the agreed port.
    Listen,
    /// Server: wait for a connection.
    Accept,
    /// Client: connect to the server.
    Connect,
    /// Send this text; `{message}` is what `--message` or `--send` says, `{received}` the number of bytes received so far.
    Send(String),
    /// Wait for some bytes.
    Receive,
    /// Wait for as many bytes as `--message` has.
    ReceiveMessage,
    /// Wait for the head of an HTTP message, to its empty line.
    ReceiveHead,
    /// Wait until the peer has said that it will send no more.
    ReceiveToEnd,
    /// Say that no more will be sent (FIN), and go on listening.
    Shutdown,
    /// Close the socket.
    Close,
    /// Break the connection off (RST).
    Reset,
    /// The program ends in the middle of everything: its kernel closes what it had open.
    Die,
    /// Do nothing for so many milliseconds.
    PauseMs(u64),

    /// Put TLS around all that follows; both sides do.
    StartTls(StartTls),
    /// Client: ask a proxy for a connection to this `HOST:PORT`.
    TunnelTo(String),
    /// Server: be a proxy. What is asked for is a server on the same host that does these actions.
    Proxy(Vec<Action>),

    /// Client: ask for WebSocket and wait for the answer (RFC 6455, section 4.1).
    Upgrade(Upgrade),
    /// Server: wait for the request, and answer it (RFC 6455, section 4.2).
    AcceptUpgrade(AcceptUpgrade),
    /// A text message in one frame. `{heard}` is the text of the last message heard, `{last-word}` its last word.
    Say(Text),
    /// A binary message in one frame.
    SayBinary(Hex),
    /// A text message in so many frames.
    Fragments(Vec<String>),
    /// A message like the last one heard.
    Echo,
    /// A ping with this text.
    Ping(Text),
    /// A pong that nobody asked for.
    Pong(Text),
    /// A close frame: the goodbye.
    HangUp(HangUp),
    /// Wait for a message; pings are answered meanwhile, as always.
    AwaitMessage,
    /// Wait for so many messages.
    AwaitMessages(u32),
    /// Wait for a message, so many milliseconds at most; one that does not come is no failure.
    AwaitAtMostMs(u64),
    /// Wait for a ping, and answer it.
    AwaitPing,
    /// Wait for a pong.
    AwaitPong,
    /// Wait until the peer has said goodbye (it is answered), or the connection is gone.
    AwaitClosed,
    /// These actions once for each `--send`, which is `{message}` there.
    EachMessage(Vec<Action>),
    /// These actions again and again, until the peer says goodbye or goes.
    UntilClosed(Vec<Action>),
    /// Client: do what somebody types (`--interactive`), and say goodbye at the end of it.
    Obey,

    /// These bytes, whatever they are.
    Raw(Hex),
    /// This text as it stands, with no frame around it.
    RawText(String),
    /// One frame, also one that breaks the rules.
    Frame(Box<RawFrame>),
    /// What these actions send goes out in one piece, at their end.
    Together(Vec<Action>),
    /// What these actions send goes out byte by byte, each in a segment of its own.
    ByteByByte(Vec<Action>),
}

/// The words that stand for an action whose details may be left out.
fn bare(word: &str) -> Option<Action> {
    Some(match word {
        "start-tls" => Action::StartTls(StartTls::default()),
        "upgrade" => Action::Upgrade(Upgrade::default()),
        "accept-upgrade" => Action::AcceptUpgrade(AcceptUpgrade::default()),
        "ping" => Action::Ping(Text::default()),
        "pong" => Action::Pong(Text::default()),
        "hang-up" => Action::HangUp(HangUp::default()),
        _ => return None,
    })
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Action::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Action, D::Error> {
        deserializer.deserialize_any(WordOrTable)
    }
}

/// Reads `"upgrade"` and `{ upgrade = { ... } }`.
struct WordOrTable;

impl<'de> Visitor<'de> for WordOrTable {
    type Value = Action;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an action: a word, or a table with one key")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Action, E> {
        match bare(word) {
            Some(action) => Ok(action),
            None => Action::deserialize(word.into_deserializer()),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Action, A::Error> {
        Action::deserialize(MapAccessDeserializer::new(map))
    }
}

impl Program {
    /// How many of the texts of `--message` and `--send` it says.
    pub fn texts(&self) -> Texts {
        let all = self.actions.as_slice();
        match () {
            () if all.iter().any(Action::says_each) => Texts::All,
            () if all.iter().any(Action::says_message) => Texts::First,
            () => Texts::None,
        }
    }
}

/// How many texts of the student's a program says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// It has its own words.
    None,
    /// The first one.
    First,
    /// As many as there are.
    All,
}

impl Action {
    /// Whether `{message}` stands in what it says.
    fn says_message(&self) -> bool {
        let has = |text: &str| text.contains("{message}");
        match self {
            Action::Send(text) | Action::RawText(text) => has(text),
            Action::Say(text) | Action::Ping(text) | Action::Pong(text) => has(text.parts().0),
            Action::Fragments(parts) => parts.iter().any(|part| has(part)),
            Action::Frame(frame) => has(frame.payload.parts().0),
            other => other.within().iter().any(Action::says_message),
        }
    }

    /// Whether it says each text in turn.
    fn says_each(&self) -> bool {
        match self {
            Action::EachMessage(actions) => actions.iter().any(Action::says_message),
            other => other.within().iter().any(Action::says_each),
        }
    }

    /// How long it does nothing, all within it taken together.
    pub(crate) fn pause(&self) -> Duration {
        match self {
            Action::PauseMs(millis) | Action::AwaitAtMostMs(millis) => Duration::from_millis(*millis),
            other => other.within().iter().map(Action::pause).sum(),
        }
    }

    /// Whether the keys of what it puts TLS around are told.
    pub(crate) fn tells_keys(&self) -> bool {
        matches!(self, Action::StartTls(how) if how.keys) || self.within().iter().any(Action::tells_keys)
    }

    fn message_limit(&self) -> Option<usize> {
        match self {
            Action::AcceptUpgrade(how) => how.limit,
            _ => self.within().iter().filter_map(Action::message_limit).min(),
        }
    }

    /// The actions inside it.
    pub(crate) fn within(&self) -> &[Action] {
        match self {
            Action::EachMessage(actions)
            | Action::UntilClosed(actions)
            | Action::Proxy(actions)
            | Action::Together(actions)
            | Action::ByteByByte(actions) => actions,
            _ => &[],
        }
    }

    /// Whose it is, where it is not for both.
    fn only_for(&self) -> Option<Host> {
        match self {
            Action::Listen | Action::Accept | Action::AcceptUpgrade(_) | Action::Proxy(_) => {
                Some(Host::Server)
            }
            Action::Connect | Action::Upgrade(_) | Action::TunnelTo(_) | Action::Obey => Some(Host::Client),
            _ => None,
        }
    }

    /// What serde's types cannot say of an action of this host.
    pub(crate) fn check(&self, host: Host) -> Result<(), String> {
        if self.only_for().is_some_and(|only| only != host) {
            return Err(format!("the {host} cannot {}", self.name()));
        }
        let bytes = match self {
            Action::Say(text) | Action::Ping(text) | Action::Pong(text) => text.len(),
            Action::SayBinary(hex) | Action::Raw(hex) => hex.bytes().len(),
            Action::Frame(frame) => frame.len(),
            _ => 0,
        };
        if bytes > MOST_BYTES {
            return Err(format!("{} would send more than {MOST_BYTES} bytes", self.name()));
        }
        if let Action::UntilClosed(actions) = self
            && !actions.iter().any(Action::waits)
        {
            return Err("until-closed needs an action that waits, such as await-message".to_owned());
        }
        self.within().iter().try_for_each(|action| action.check(host))
    }

    /// Whether it waits for the peer: a loop of none that does would never end.
    fn waits(&self) -> bool {
        use Action::{AwaitClosed, AwaitMessage, AwaitPing, AwaitPong};
        matches!(self, AwaitMessage | AwaitPing | AwaitPong | AwaitClosed)
    }

    /// As a scenario writes it.
    fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(word)) => word,
            Ok(serde_json::Value::Object(table)) => table.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

/// One action sends at most so much.
const MOST_BYTES: usize = 1 << 20;

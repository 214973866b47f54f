//! What the lab's child and its parent say to each other over pipes: one message after the other, each with its length
//! (four bytes, little end first) before it.

use std::io::{self, Read, Write};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::scenario::{Order, Scenario};
use crate::event::{Host, LiveEvent};
use crate::live::Broken;

/// A longer message is none of ours.
const MAX_BYTES: usize = 1 << 20;

/// From parent to child.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Down {
    /// The first message, once: build the lab and play.
    Play(Box<Play>),
    /// The first message, once: build the lab and start programs in it.
    Start(Box<Start>),
    /// The first message, once: build the lab, say whether it works, end.
    Probe,
    /// Let the held frame of this number through.
    Release(u64),
    /// Have the client do this.
    Order(Order),
}

/// What is to be played.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Play {
    pub(crate) ipv6: bool,
    #[serde(with = "as_text")]
    pub(crate) scenario: Scenario,
    pub(crate) step: bool,
    pub(crate) router: bool,
    pub(crate) messages: Vec<Vec<u8>>,
}

/// A scenario reads words and tables alike, which postcard cannot tell apart: it travels as JSON.
mod as_text {
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Scenario;

    pub(super) fn serialize<S: Serializer>(scenario: &Scenario, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&serde_json::to_string(scenario).map_err(S::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Scenario, D::Error> {
        serde_json::from_str(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// What is to be started, and when it is over.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) ipv6: bool,
    pub(crate) commands: Vec<Command>,
    /// The client's programs are started once the server listens on all of these ports.
    pub(crate) ready: Vec<u16>,
    /// For how long the client's programs may run.
    pub(crate) limit: Duration,
}

/// A program for one of the hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Where it runs.
    pub host: Host,
    /// The program, and what it is told; the bytes that the system takes.
    pub line: Vec<Vec<u8>>,
}

/// From child to parent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Up {
    /// Something happened.
    Event(LiveEvent),
    /// The lab cannot be built.
    Broken(Broken),
    /// The answer to [`Down::Probe`].
    Works,
}

/// Appends a message to `bytes`.
pub(crate) fn encode(message: &impl Serialize, bytes: &mut Vec<u8>) -> io::Result<()> {
    let body = postcard::to_stdvec(message).map_err(io::Error::other)?;
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&body);
    Ok(())
}

/// Writes a message at once.
pub(crate) fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut bytes = Vec::new();
    encode(message, &mut bytes)?;
    to.write_all(&bytes)?;
    to.flush()
}

/// Takes the first message off `bytes`, if it is there as a whole.
pub(crate) fn decode<M: DeserializeOwned>(bytes: &mut Vec<u8>) -> io::Result<Option<M>> {
    let Some(length) = bytes.first_chunk::<4>().map(|length| u32::from_le_bytes(*length) as usize) else {
        return Ok(None);
    };
    if length > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a message of the lab is too long"));
    }
    let Some(body) = bytes.get(4..4 + length) else { return Ok(None) };
    let message = postcard::from_bytes(body).map_err(io::Error::other)?;
    bytes.drain(..4 + length);
    Ok(Some(message))
}

/// Waits for the next message; `None` at the end of the stream.
pub(crate) fn read<M: DeserializeOwned>(from: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<Option<M>> {
    loop {
        if let Some(message) = decode(bytes)? {
            return Ok(Some(message));
        }
        let mut part = [0; 4096];
        match from.read(&mut part) {
            Ok(0) => return Ok(None),
            Ok(count) => bytes.extend_from_slice(part.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

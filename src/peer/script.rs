//! What a program is told to do: data, written in scenarios.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a program does, one action after the other. The first that fails ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The actions, in order.
    #[serde(rename = "do")]
    pub actions: Vec<Action>,
    /// Whether it waits until nothing is under way on the wire before it sends, shuts down or closes. So the frames come
    /// in the same order at every run.
    #[serde(default = "yes")]
    pub patient: bool,
}

fn yes() -> bool {
    true
}

/// One thing that a program does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Server: take connections at the agreed port.
    Listen,
    /// Server: wait for a connection.
    Accept,
    /// Client: connect to the server.
    Connect,
    /// Send this text; `{message}` is what `--message` says, `{received}` the number of bytes received so far.
    Send(String),
    /// Wait for some bytes.
    Receive,
    /// Wait for as many bytes as `--message` has.
    ReceiveMessage,
    /// Wait until the peer has said that it will send no more.
    ReceiveToEnd,
    /// Say that no more will be sent (FIN), and go on listening.
    Shutdown,
    /// Close the socket.
    Close,
    /// Break the connection off (RST).
    Reset,
    /// Do nothing for so many milliseconds.
    PauseMs(u64),
}

impl Action {
    /// How long it does nothing.
    pub(crate) fn pause(&self) -> Duration {
        Duration::from_millis(if let Action::PauseMs(millis) = self { *millis } else { 0 })
    }
}

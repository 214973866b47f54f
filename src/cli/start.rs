//! Bare `netlab`: five lines that say where to start.

use super::{Exit, Output};

/// Prints them.
pub(crate) fn run(out: &mut Output) -> anyhow::Result<Exit> {
    for line in [
        "netlab shows how a network connection really works.",
        "  netlab handshake    watch two hosts open a connection, live",
        "  netlab websocket    the same two hosts talk by WebSocket, frame by frame",
        "  netlab replay FILE  the story of a capture of your own",
        "  netlab help         all commands",
    ] {
        out.plain(line)?;
    }
    Ok(Exit::Fine)
}

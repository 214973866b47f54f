//! netlab on this computer's own interfaces, with whoever calls.
#![allow(dead_code, reason = "each test uses a part")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};

use crate::util::{Run, command};

/// Whether raw captures can be had; says why not.
pub(crate) fn can_capture() -> bool {
    let probed = netlab::live::probe(Path::new("netlab"));
    if let Err(why) = &probed {
        assert!(std::env::var_os("NETLAB_CI").is_none(), "CI must be able to capture: {why}");
        eprintln!("NOT TESTED: no raw capture here: {why}");
    }
    probed.is_ok()
}

/// A WebSocket server of netlab's own that listens.
pub(crate) struct Listening {
    child: Child,
    /// Open as long as the server runs: it says more now and then.
    stderr: BufReader<ChildStderr>,
    /// Where on 127.0.0.1.
    pub(crate) port: u16,
    /// What it said when it was ready.
    pub(crate) announced: String,
}

/// Starts one, for so many clients.
pub(crate) fn listening(count: u32) -> Listening {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (count, at) = (format!("--count={count}"), format!("--listen={port}"));
    let mut child = command(&["websocket", "--format=json", &count, &at])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut announced = String::new();
    stderr.read_line(&mut announced).unwrap();
    Listening { child, stderr, port, announced }
}

impl Listening {
    /// Waits until the last client has gone: what was told.
    pub(crate) fn end(self) -> Run {
        let run = self.child.wait_with_output().unwrap();
        drop(self.stderr);
        run.into()
    }
}

//! Real peers in the lab: Node's `ws`, Chromium, Python's `websockets`, nginx between them. tshark referees: the same frames,
//! field by field; and netlab's own referee finds no broken rule.
//!
//! `.ci/peers` installs what npm and pip have of them below `target/peers`.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/pdml.rs"]
mod pdml;
#[path = "util/referee.rs"]
mod referee;
mod util;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use referee::{tool_is_here, tshark_is_here};
use tempfile::TempDir;
use util::{Run, command, netlab};

/// What each side says in the long chat of our scripts.
const CHAT: [&str; 5] = ["Hello, who are you?", "My name is John", "My name is John", "Goodbye", "Goodbye"];

/// A folder with our scripts, where `ws` and `websockets` are found; and where what a run leaves behind goes with it.
struct Peers {
    folder: TempDir,
}

impl Peers {
    /// `None`, said aloud, where they are not installed; in CI that is a failure.
    fn here() -> Option<Peers> {
        let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers");
        let python = installed.join("venv/bin/python");
        let has_websockets = Command::new(&python).args(["-c", "import websockets"]).status();
        let here = installed.join("node_modules/ws").is_dir()
            && has_websockets.is_ok_and(|status| status.success())
            && tool_is_here("node", "--version", "nodejs")
            && tshark_is_here();
        assert!(here || std::env::var_os("NETLAB_CI").is_none(), "CI needs the peers: .ci/peers");
        if !here {
            drop(writeln!(std::io::stderr(), "NOT TESTED: the peers are not installed (.ci/peers)"));
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        for name in ["node_modules", "venv"] {
            std::os::unix::fs::symlink(installed.join(name), folder.path().join(name)).unwrap();
        }
        Some(Peers { folder })
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("met.pcapng")
    }

    /// Lets them meet, and lets both referees see what crossed the wire. Gives the texts, and what the programs wrote.
    fn meet(&self, line: &str) -> (Vec<String>, String) {
        let file = self.file();
        let mut args = vec!["lab-exec", "-q", "--force", "--save", file.to_str().unwrap()];
        args.extend(line.split_whitespace());
        let run: Run = command(&args).current_dir(self.folder.path()).output().unwrap().into();
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{line}: {}", run.stderr);
        let ours = pdml::netlabs(&file);
        assert_eq!(pdml::comparable(&ours), pdml::comparable(&pdml::tsharks(&file)), "{line}");
        let check = netlab(&["check", file.to_str().unwrap(), "--format=json"]);
        assert_eq!(check.code, Some(0), "{line}: {}{}", check.stdout, check.stderr);
        (pdml::texts(&ours), run.stderr)
    }

    /// How many of the frames carry RSV1: the first of a compressed message.
    fn compressed(&self) -> usize {
        pdml::netlabs(&self.file()).iter().filter(|row| row["websocket.rsv"] == "4").count()
    }
}

/// Both ends saw the goodbye.
fn both_closed(said: &str) {
    assert_eq!(said.matches("closed: 1000").count(), 2, "{said}");
}

#[test]
fn ws_talks_to_itself() {
    let Some(peers) = Peers::here() else { return };
    let (texts, said) = peers.meet("server -- node ws-server.mjs :: client -- node ws-client.mjs");
    assert_eq!(texts, CHAT);
    both_closed(&said);
    assert_eq!(peers.compressed(), 0);
}

#[test]
fn ws_talks_to_itself_compressed() {
    let Some(peers) = Peers::here() else { return };
    let (texts, said) = peers.meet(
        "server -- node ws-server.mjs 8080 10.7.0.2 deflate :: client -- node ws-client.mjs ws://10.7.0.2:8080/chat deflate",
    );
    assert_eq!(texts, CHAT);
    both_closed(&said);
    assert!(peers.compressed() >= 4, "{}", peers.compressed());
}

#[test]
fn websockets_is_the_server() {
    let Some(peers) = Peers::here() else { return };
    let (texts, said) =
        peers.meet("server -- venv/bin/python websockets_server.py :: client -- node ws-client.mjs");
    assert_eq!(texts, CHAT);
    both_closed(&said);
}

#[test]
fn websockets_is_the_client() {
    let Some(peers) = Peers::here() else { return };
    let (texts, said) =
        peers.meet("server -- node ws-server.mjs :: client -- venv/bin/python websockets_client.py");
    assert_eq!(texts, CHAT);
    both_closed(&said);
}

#[test]
fn websockets_talks_to_itself_compressed() {
    let Some(peers) = Peers::here() else { return };
    let (texts, said) = peers.meet(
        "server -- venv/bin/python websockets_server.py :: client -- venv/bin/python websockets_client.py",
    );
    assert_eq!(texts, CHAT);
    both_closed(&said);
    assert!(peers.compressed() >= 4, "{}", peers.compressed());
}

#[test]
fn a_page_in_chromium_talks_compressed() {
    let Some(peers) = Peers::here() else { return };
    if !tool_is_here("chromium", "--version", "chromium") {
        return;
    }
    let (texts, said) = peers.meet(
        "server -- node ws-server.mjs 8080 10.7.0.2 deflate :: client -- chromium --headless --no-sandbox \
         --disable-gpu --log-level=3 --user-data-dir=profile --dump-dom page.html",
    );
    assert_eq!(texts, CHAT[..3]);
    assert!(said.contains("<li>My name is John</li><li>closed: 1000 bye true</li>"), "{said}");
    assert!(peers.compressed() >= 3, "{}", peers.compressed());
}

#[test]
fn nginx_stands_between() {
    let Some(peers) = Peers::here() else { return };
    if !tool_is_here("nginx", "-v", "nginx") {
        return;
    }
    let folder = peers.folder.path().display();
    let (texts, said) = peers.meet(&format!(
        "--ready 8080 --ready 9000 server -- node ws-server.mjs 9000 127.0.0.1 :: \
         server -- nginx -p {folder} -c {folder}/nginx.conf :: client -- node ws-client.mjs"
    ));
    assert_eq!(texts, CHAT);
    both_closed(&said);
}

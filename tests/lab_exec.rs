//! Programs of other people run on the lab's hosts, their frames are kept, and nothing of them is left behind, however it ends.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/referee.rs"]
mod referee;
mod util;

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use netlab::source::Reader;
use referee::tool_is_here;
use rustix::process::{Pid, Signal, kill_process};
use util::{Run, command, netlab};

/// A server that says back what it hears, with `hi ` before it, to so many clients.
fn server(clients: u32) -> String {
    format!(
        "import os, socket\nhost = os.environ['NETLAB_SERVER']\nfamily = socket.AF_INET6 if ':' in host else socket.AF_INET\n\
         server = socket.create_server((host, 8080), family=family)\nfor _ in range({clients}):\n  \
         c, _ = server.accept()\n  c.sendall(b'hi ' + c.recv(99))\n  c.close()"
    )
}

const CLIENT: &str = "import os, socket\nc = socket.create_connection((os.environ['NETLAB_SERVER'], 8080))\nc.sendall(b'John')\n\
                      print(c.recv(99).decode())\nc.recv(1)";

fn lab_exec(args: &[&str]) -> Run {
    netlab(&[&["lab-exec"], args].concat())
}

/// The processes whose command line holds this.
fn running(marker: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(marker) {
            found.push(line);
        }
    }
    found
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_story_is_told_and_every_frame_kept() {
    if !tool_is_here("python3", "--version", "python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("talk.pcapng");
    let path = file.to_str().unwrap();
    let (server, version) = (server(1), ["-4", "-6"]);
    for version in version {
        let mut args = vec!["--format=json", "--force", "--save", path];
        args.extend((version == "-6").then_some(version));
        args.extend([
            "server", "--", "python3", "-c", &server, "::", "client", "--", "python3", "-c", CLIENT,
        ]);
        let run = lab_exec(&args);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("client python3: hi John\n"), "{}", run.stderr);
        let told = run.json();
        assert_eq!(told.last().unwrap()["outcome"], "closed", "{}", run.stdout);
        assert_eq!(told.last().unwrap()["payload"], serde_json::json!({"client": 4, "server": 7}));
        let both = told.iter().find(|object| object["what"] == "tcp.syn_ack").unwrap();
        assert_eq!(both["states"]["server"]["kernel"], serde_json::json!(["before", "after"]), "{both}");
        let mut reader = Reader::open(&file).unwrap();
        let mut frames = 0;
        while reader.next().unwrap().is_some() {
            frames += 1;
            assert!(reader.comment().unwrap().starts_with(&format!("step {frames} ")));
        }
        assert_eq!(told.last().unwrap()["frames"], frames);
    }
}

#[test]
fn a_second_connection_is_kept_too() {
    if !tool_is_here("python3", "--version", "python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.pcapng");
    let path = path.to_str().unwrap();
    let twice = format!("{CLIENT}\n{CLIENT}");
    let server = server(2);
    let run = lab_exec(&[
        "-q", "--save", path, "server", "python3", "-c", &server, "::", "client", "python3", "-c", &twice,
    ]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    let flows = netlab(&["flows", path, "--format=json"]).json();
    let conversations: Vec<_> = flows.iter().filter(|object| object["kind"] == "conversation").collect();
    assert_eq!(conversations.len(), 2, "{flows:?}");
}

#[test]
fn how_the_clients_program_ended_is_told() {
    for (script, told) in [
        ("exit 3", "netlab: sh on the client ended with exit code 3\n"),
        ("kill -9 $$", "netlab: sh on the client ended with signal 9\n"),
    ] {
        let run = lab_exec(&["-q", "client", "--", "sh", "-c", script]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(1), told));
    }
    let run = lab_exec(&["-q", "client", "--", "sh", "-c", "printf 'a\\033[31mb\\n'; printf end"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), "client sh: a\\x1b[31mb\nclient sh: end\n"));
}

#[test]
fn what_cannot_begin_says_why() {
    let nowhere = "netlab: no-such-program could not be started on the server: No such file or directory\n";
    let deaf = "netlab: nobody listens on the server's port 8080: false has ended (exit code 1)\n";
    let slow = "netlab: after 1 s on the client sleep runs\n";
    for (args, told) in [
        (&["server", "--", "no-such-program", "::", "client", "--", "true"][..], nowhere),
        (&["server", "--", "false", "::", "client", "--", "true"], deaf),
        (&["--limit=1", "client", "--", "sleep", "5119"], slow),
    ] {
        let run = lab_exec(args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(1), told));
    }
    assert_eq!(running("sleep 5119"), [""; 0]);
    for args in
        [&["server", "--", "true"][..], &["client", "--"], &["host", "--", "true"], &["client", "true", "::"]]
    {
        assert_eq!(lab_exec(args).code, Some(2), "{args:?}");
    }
}

/// Programs that would live on: in another session, without their parent, deaf to SIGTERM. Its arguments are the beginning of the
/// seconds that they sleep, and how long the last one does: so no command line but theirs holds what is looked for.
const STUBBORN: &str = "setsid sleep ${0}3 & (sleep ${0}4 &) ; trap '' TERM; sleep $1";

#[test]
fn nothing_is_left_of_any_program() {
    let mine = "sleep 512";
    let run = lab_exec(&["-q", "client", "--", "sh", "-c", STUBBORN, "512", "0.2"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(running(mine), [""; 0], "after the story's end");
    for signal in [Signal::INT, Signal::TERM, Signal::KILL] {
        let mut child = command(&["lab-exec", "-q", "client", "--", "sh", "-c", STUBBORN, "512", "5125"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("all run", || running(mine).len() == 3);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        let expected = if signal == Signal::KILL { None } else { Some(130) };
        assert_eq!(status.code(), expected, "{signal:?}");
        wait_until("all are gone", || running(mine).is_empty());
    }
}

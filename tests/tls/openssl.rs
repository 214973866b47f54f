//! Sessions of OpenSSL's own client and server over loopback; what crosses between them is recorded on the way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use netlab::event::Host;

use crate::session::{Piece, Session};

/// Longer than any step takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether openssl(1) is installed; in CI it must be.
pub(crate) fn is_here() -> bool {
    crate::referee::tool_is_here("openssl", "version", "openssl")
}

/// A folder with a certificate and its key.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let args = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=netlab.test \
                -keyout key.pem -out cert.pem";
    let made = Command::new("openssl").args(args.split_whitespace()).current_dir(&folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

/// A program that is ended with the test.
pub(crate) struct Program(Child);

impl Program {
    /// Types a line into it.
    pub(crate) fn say(&mut self, line: &str) {
        let stdin = self.0.stdin.as_mut().unwrap();
        stdin.write_all(line.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a server and waits for the line that says where it listens: the last number in it.
pub(crate) fn listening(command: &mut Command, marker: &str) -> (Program, u16) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let program = Program(child);
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the server listens");
        if line.starts_with(marker) {
            let port = line.trim().rsplit(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
            // What it says further is read, so that it never waits for a reader.
            thread::spawn(move || drop(std::io::copy(&mut lines, &mut std::io::sink())));
            return (program, port);
        }
    }
}

type Pieces = Arc<Mutex<Vec<Piece>>>;

fn copy(mut from: TcpStream, mut to: TcpStream, host: Host, pieces: Pieces) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = from.read(&mut buffer).unwrap_or(0);
        // Noted before it is passed on: an answer to it stands behind it.
        let piece = if count == 0 { Piece::End(host) } else { Piece::Bytes(host, buffer[..count].to_vec()) };
        pieces.lock().unwrap().push(piece);
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            drop(to.shutdown(Shutdown::Write));
            return;
        }
    }
}

/// Passes one connection on to `port` and notes what crosses.
pub(crate) fn relay(port: u16) -> (u16, JoinHandle<Vec<Piece>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let client = listener.accept().unwrap().0;
        let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        for socket in [&client, &server] {
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket.set_nodelay(true).unwrap();
        }
        let pieces = Pieces::default();
        let (far, near) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let noted = Arc::clone(&pieces);
        let up = thread::spawn(move || copy(near, far, Host::Client, noted));
        copy(server, client, Host::Server, Arc::clone(&pieces));
        up.join().unwrap();
        Arc::try_unwrap(pieces).unwrap().into_inner().unwrap()
    });
    (own, thread)
}

/// What a run says to the client on its input: lines, and for which text in its output to wait before each.
pub(crate) type Lines<'a> = &'a [(&'a str, &'a str)];

/// One session: `s_server` with these options (after a certificate), `s_client` with those.
pub(crate) fn run(folder: &Path, server: &str, client: &str, lines: Lines<'_>) -> Session {
    let mut command = Command::new("openssl");
    command.args("s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem".split_whitespace());
    let (_server, port) =
        listening(command.args(server.split_whitespace()).current_dir(folder), "ACCEPT 127.0.0.1:");
    run_with(folder, port, client, lines)
}

/// One session with a server that listens already.
pub(crate) fn run_with(folder: &Path, port: u16, client: &str, lines: Lines<'_>) -> Session {
    let (port, thread) = relay(port);
    drop(std::fs::remove_file(folder.join("keys.log")));
    // Both of its outputs in one: it says on either that something was done.
    let (mut output, end) = std::io::pipe().unwrap();
    let mut child = Command::new("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-keylogfile", "keys.log"])
        .args(client.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(end.try_clone().unwrap())
        .stderr(end)
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let _client = Program(child);
    talk(stdin, &mut output, lines);
    let pieces = thread.join().unwrap();
    Session { pieces, keys: std::fs::read(folder.join("keys.log")).unwrap() }
}

/// Says each line once its text was heard; then reads to the end.
fn talk(mut stdin: ChildStdin, stdout: &mut impl Read, lines: Lines<'_>) {
    let (mut heard, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    for (awaited, line) in lines {
        while !String::from_utf8_lossy(&heard).contains(awaited) {
            let count = stdout.read(&mut buffer).unwrap();
            assert!(count > 0, "{awaited:?} was not heard: {}", String::from_utf8_lossy(&heard));
            heard.extend(&buffer[..count]);
        }
        heard.clear();
        stdin.write_all(line.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }
    drop(stdin);
    while stdout.read(&mut buffer).unwrap_or(0) > 0 {}
}

//! A chat by WebSocket inside of TLS, between two programs of Python; what crosses between them is recorded on the way.

use std::path::Path;
use std::process::Command;

use crate::openssl::{listening, relay};
use crate::session::Session;

/// Which rule of WebSocket is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaks {
    Nothing,
    /// The client's first frame has no mask.
    Masking,
}

const SERVER: &str = r#"
import base64, hashlib, socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
context.set_alpn_protocols(["http/1.1"])
listener = socket.create_server(("127.0.0.1", 0))
print("LISTENING", listener.getsockname()[1], flush=True)
with context.wrap_socket(listener.accept()[0], server_side=True) as peer:
    request = b""
    while b"\r\n\r\n" not in request:
        request += peer.recv(4096)
    key = next(line[19:] for line in request.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key: "))
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    # The answer and the first frame in one record.
    peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + b"\x81\x07welcome")
    peer.recv(100)
    # One frame in several records, then two frames in one.
    long = b"\x82\x7e\x4e\x20" + b"\xa5" * 20000
    for at in range(0, len(long), 7000):
        peer.sendall(long[at:at + 7000])
    peer.sendall(b"\x89\x02ok" + b"\x81\x0bHello, John")
    peer.recv(100)
    peer.recv(100)
    peer.sendall(b"\x88\x02\x03\xe8")
    try:
        peer.unwrap()
    except OSError:
        pass  # the client has gone
"#;

const CLIENT: &str = r#"
import socket, ssl, sys
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.keylog_filename = "keys.log"
context.set_alpn_protocols(["http/1.1"])
def frame(first, text, mask=bytes([0x37, 0xfa, 0x21, 0x3d])):
    if mask is None:
        return bytes([first, len(text)]) + text
    return bytes([first, 0x80 | len(text)]) + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(text))
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))), server_hostname="chat.netlab.test") as peer:
    peer.sendall(b"GET /chat HTTP/1.1\r\nHost: chat.netlab.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
    heard = b""
    while not heard.endswith(b"welcome"):
        heard += peer.recv(4096)
    peer.sendall(frame(0x81, b"My name is John", None if sys.argv[2] == "Masking" else bytes([1, 2, 3, 4])))
    while not heard.endswith(b"Hello, John"):
        heard += peer.recv(4096)
    peer.sendall(frame(0x8a, b"ok"))
    peer.sendall(frame(0x88, b"\x03\xe8"))
    peer.recv(4096)
"#;

/// One chat.
pub(crate) fn session(folder: &Path, breaks: Breaks) -> Session {
    let mut command = Command::new("python3");
    let (_server, port) = listening(command.args(["-c", SERVER]).current_dir(folder), "LISTENING");
    let (port, thread) = relay(port);
    drop(std::fs::remove_file(folder.join("keys.log")));
    let mut client = Command::new("python3");
    client.args(["-c", CLIENT, &port.to_string(), &format!("{breaks:?}")]).current_dir(folder);
    let run = client.output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let pieces = thread.join().unwrap();
    Session { pieces, keys: std::fs::read(folder.join("keys.log")).unwrap() }
}

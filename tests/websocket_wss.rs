//! `netlab websocket wss://...` with servers of others: what is inside is told as it crosses, and why a certificate is not taken is
//! told plainly. Where CAP_NET_RAW is missing these tests say so and end.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop here")]

#[path = "util/interfaces.rs"]
mod interfaces;
#[path = "util/referee.rs"]
mod referee;
mod util;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread::{JoinHandle, spawn};

use interfaces::can_capture;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};
use tungstenite::Message;
use util::{Run, command};

/// A server's certificate, and a file that says that it is trusted.
struct Known {
    folder: tempfile::TempDir,
    config: Arc<ServerConfig>,
}

type Versions = &'static [&'static SupportedProtocolVersion];
static NEWEST: Versions = &[&rustls::version::TLS13];
static OLD: Versions = &[&rustls::version::TLS12];

fn known(names: &[&str], change: impl FnOnce(&mut CertificateParams), versions: Versions) -> Known {
    let mut params =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = data_encoding::BASE64.encode(certificate.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
    std::fs::write(folder.path().join("trusted.pem"), pem).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    Known { folder, config: Arc::new(config) }
}

impl Known {
    fn file(&self) -> PathBuf {
        self.folder.path().join("trusted.pem")
    }

    /// A server for one connection: it notes every text. `None` where TLS came to nothing.
    fn serve(&self) -> (SocketAddr, JoinHandle<Option<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = Arc::clone(&self.config);
        let thread = spawn(move || {
            let stream = listener.accept().unwrap().0;
            let stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
            let mut socket = tungstenite::accept(stream).ok()?;
            let mut heard = Vec::new();
            while let Ok(message) = socket.read() {
                if let Message::Text(text) = message {
                    heard.push(text.to_string());
                    socket.send(Message::text("noted")).unwrap();
                }
            }
            let stream = socket.get_mut();
            stream.conn.send_close_notify();
            drop(stream.conn.write_tls(&mut stream.sock));
            Some(heard)
        });
        (address, thread)
    }
}

fn call(url: &str, trusted: &Path, more: &[&str]) -> Run {
    let args = [&["websocket", url, "--send=one", "--send=zwei"], more].concat();
    command(&args).env("SSL_CERT_FILE", trusted).env_remove("SSL_CERT_DIR").output().unwrap().into()
}

#[test]
fn what_is_said_inside_is_told_as_it_crosses_and_kept_with_its_keys() {
    if !can_capture() {
        return;
    }
    let known = known(&["localhost"], |_| {}, NEWEST);
    let (address, server) = known.serve();
    let kept = known.folder.path().join("kept.pcapng");
    let url = format!("wss://localhost:{}/chat", address.port());
    let run = call(&url, &known.file(), &["--format=json", "-4", "--save", kept.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{} {}", run.stdout, run.stderr);
    assert_eq!(server.join().unwrap().unwrap(), ["one", "zwei"]);
    let steps: Vec<_> = run.json().into_iter().filter(|object| object["kind"] == "step").collect();
    let said: Vec<&str> =
        steps.iter().filter_map(|step| step["what"].as_str()?.strip_prefix("ws.")).collect();
    assert_eq!(said, ["asked", "opened", "text", "text", "text", "text", "close", "close_answer"]);
    let of_ws = steps.iter().filter(|step| step["what"].as_str().unwrap().starts_with("ws."));
    assert!(of_ws.into_iter().all(|step| step["inside"] == "tls"));
    // Not even the certificate was told before its keys were known.
    assert!(steps.iter().all(|step| step["what"] != "tls.sealed"), "{}", run.stdout);
    if referee::tshark_is_here() {
        let output = Command::new("tshark")
            .args(["-Y", "websocket", "-T", "fields", "-e", "websocket.opcode", "-r"])
            .arg(&kept)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["1", "1", "1", "1", "8", "8"]);
    }
}

#[test]
fn why_a_certificate_is_not_taken_is_told() {
    if !can_capture() {
        return;
    }
    let past = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    };
    let other = known(&["localhost"], |_| {}, NEWEST);
    let authority = |params: &mut CertificateParams| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    };
    for (known, trusted, says) in [
        (known(&["localhost"], past, NEWEST), None, "the server's certificate has expired."),
        (known(&["example.org"], |_| {}, NEWEST), None, "is for example.org, not for localhost."),
        (known(&["localhost"], |_| {}, NEWEST), Some(other.file()), "the server's certificate"),
        (known(&["localhost"], authority, NEWEST), None, "a certificate that vouches for others"),
    ] {
        let (address, server) = known.serve();
        let url = format!("wss://localhost:{}/", address.port());
        let run = call(&url, &trusted.unwrap_or_else(|| known.file()), &["-4"]);
        assert_eq!(run.code, Some(1), "{says}: {}", run.stderr);
        assert_eq!(server.join().unwrap(), None);
        let words =
            run.stdout.split(['\n', '│']).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        assert!(words.contains("The client gave TLS up: ") && words.contains(says), "{says}: {}", run.stdout);
        assert!(!words.contains("inside:"), "{}", run.stdout);
    }
}

#[test]
fn older_tls_is_spoken_and_not_opened() {
    if !can_capture() {
        return;
    }
    let known = known(&["localhost"], |_| {}, OLD);
    let (address, server) = known.serve();
    let url = format!("wss://localhost:{}/", address.port());
    let run = call(&url, &known.file(), &["-4"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(server.join().unwrap().unwrap(), ["one", "zwei"]);
    let words = run.stdout.split(['\n', '│']).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    assert!(words.contains("The rest can't: TLS 1.2 is not decrypted yet."), "{}", run.stdout);
}

#[test]
fn a_server_without_tls_is_told() {
    if !can_capture() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = spawn(move || {
        let mut stream: TcpStream = listener.accept().unwrap().0;
        let mut hello = [0; 2000];
        let count = stream.read(&mut hello).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
        // To the end, so that it is the client who hangs up.
        drop(stream.read_to_end(&mut Vec::new()));
        hello[..count.min(1)].to_vec()
    });
    let known = known(&["localhost"], |_| {}, NEWEST);
    let run = call(&format!("wss://localhost:{}/", address.port()), &known.file(), &["-4"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(server.join().unwrap(), [22]);
    assert!(
        run.stdout.contains("The client gave TLS up: what the other side says is no TLS"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("400 Bad Request"), "{}", run.stdout);
}

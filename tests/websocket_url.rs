//! `netlab websocket` with others: a server of the user's, a client of the user's. Where CAP_NET_RAW is missing these tests
//! say so and end.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::result_large_err,
    reason = "a test may stop here; the large error is tungstenite's"
)]

#[path = "util/interfaces.rs"]
mod interfaces;
mod util;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{JoinHandle, spawn};

use interfaces::{can_capture, listening};
use tungstenite::handshake::server::{Request, Response};
use tungstenite::{Message, accept_hdr, client};
use util::{Run, netlab};

/// A server for one connection.
fn serve<T: Send + 'static>(
    speak: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, spawn(move || speak(listener.accept().unwrap().0)))
}

fn call(url: &str, more: &[&str]) -> Run {
    netlab(&[&["websocket", url, "--format=json"], more].concat())
}

fn kinds(run: &Run) -> Vec<String> {
    let steps = run.json().into_iter().filter(|object| object["kind"] == "step");
    let whats = steps.map(|step| step["what"].as_str().unwrap().to_owned());
    whats.filter(|what| what.starts_with("ws.")).collect()
}

#[test]
fn a_server_of_the_users_hears_what_was_to_be_sent() {
    if !can_capture() {
        return;
    }
    let (address, server) = serve(|stream| {
        let mut asked = String::new();
        let mut socket = accept_hdr(stream, |request: &Request, response: Response| {
            let origin = request.headers().get("origin").unwrap().to_str().unwrap();
            asked = format!("{} {origin}", request.uri());
            Ok(response)
        })
        .unwrap();
        let mut heard = Vec::new();
        while let Ok(message) = socket.read() {
            if let Message::Text(text) = message {
                heard.push(text.to_string());
                socket.send(Message::text("noted")).unwrap();
            }
        }
        (asked, heard)
    });
    let run = call(
        &format!("ws://{address}/chat?room=1"),
        &["--send=one", "--send=zwei, größer", "--header=Origin: https://example.org"],
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let (asked, heard) = server.join().unwrap();
    assert_eq!(asked, "/chat?room=1 https://example.org");
    assert_eq!(heard, ["one", "zwei, größer"]);
    assert_eq!(
        kinds(&run),
        ["ws.asked", "ws.opened", "ws.text", "ws.text", "ws.text", "ws.text", "ws.close", "ws.close_answer"]
    );
}

#[test]
fn a_server_that_refuses_is_told_and_the_work_has_failed() {
    if !can_capture() {
        return;
    }
    let (address, server) = serve(|mut stream| {
        let mut request = [0; 1024];
        let count = stream.read(&mut request).unwrap();
        stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n").unwrap();
        // To the end, so that it is the client who hangs up.
        stream.read_to_end(&mut Vec::new()).unwrap();
        String::from_utf8_lossy(&request[..count]).into_owned()
    });
    let run = call(&format!("ws://{address}/nowhere"), &["--protocol=chat"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(kinds(&run), ["ws.asked", "ws.refused"]);
    let asked = server.join().unwrap();
    assert!(asked.starts_with("GET /nowhere HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("\r\nHost: {address}\r\n")), "{asked}");
    assert!(asked.contains("\r\nSec-WebSocket-Protocol: chat\r\n"), "{asked}");
    assert!(run.json().last().unwrap()["outcome"] == "closed", "no RST: {:?}", run.json().last());
}

#[test]
fn nobody_there_and_no_answer_have_failed() {
    if !can_capture() {
        return;
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(call(&format!("ws://{free}/"), &[]).code, Some(1));
    let (address, server) = serve(|mut stream| stream.read_to_end(&mut Vec::new()).unwrap());
    let run = call(&format!("ws://{address}/"), &["--timeout=0.5"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("the server had not answered the Upgrade after 500 ms"), "{}", run.stderr);
    assert!(server.join().unwrap() > 0);
}

#[test]
fn what_is_no_url_is_a_mistake_of_the_command_line() {
    for (url, instead) in [
        ("localhost:80", "for example: ws://localhost:8080/chat"),
        ("https://localhost/", "type: netlab websocket wss://localhost/"),
        ("http://localhost/", "type: netlab websocket ws://localhost/"),
        ("ws://", "for example: ws://localhost:8080/chat"),
    ] {
        let run = netlab(&["websocket", url]);
        assert_eq!(run.code, Some(2), "{url}: {}", run.stderr);
        assert!(run.stderr.contains(instead), "{url}: {}", run.stderr);
    }
}

#[test]
fn whoever_calls_hears_its_own_words_and_a_browser_gets_a_page() {
    if !can_capture() {
        return;
    }
    let listening = listening(2);
    let (port, announced) = (listening.port, &listening.announced);
    assert!(announced.contains(&format!("new WebSocket(\"ws://127.0.0.1:{port}/\")")), "{announced}");

    let mut plain = TcpStream::connect(("127.0.0.1", port)).unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).unwrap();
    drop(plain);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("new WebSocket("), "{answer}");

    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (mut socket, _) = client(format!("ws://127.0.0.1:{port}/"), stream).unwrap();
    for message in [Message::text("hello"), Message::binary(vec![0, 255])] {
        socket.send(message.clone()).unwrap();
        assert_eq!(socket.read().unwrap(), message);
    }
    socket.close(None).unwrap();
    while socket.read().is_ok() {}
    drop(socket);

    let run = listening.end();
    assert_eq!(run.code, Some(0));
    let told = kinds(&run);
    let spoken = [
        "ws.asked",
        "ws.opened",
        "ws.text",
        "ws.text",
        "ws.binary",
        "ws.binary",
        "ws.close",
        "ws.close_answer",
    ];
    assert_eq!(told, spoken);
}

#[test]
fn a_conversation_that_made_room_for_another_goes_on_where_it_was() {
    if !can_capture() {
        return;
    }
    let listening = listening(2);
    let port = listening.port;
    let connect = || {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        client(format!("ws://127.0.0.1:{port}/"), stream).unwrap().0
    };
    let say = |socket: &mut tungstenite::WebSocket<TcpStream>, text: &str| {
        socket.send(Message::text(text)).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text(text));
    };
    let (mut first, mut second) = (connect(), connect());
    say(&mut first, "before");
    // The first is idle now, and the second is told to its end.
    std::thread::sleep(std::time::Duration::from_millis(2500));
    say(&mut second, "between");
    second.close(None).unwrap();
    while second.read().is_ok() {}
    drop(second);
    say(&mut first, "after");
    first.close(None).unwrap();
    while first.read().is_ok() {}
    drop(first);

    let run = listening.end();
    assert_eq!(run.code, Some(0));
    let texts: Vec<String> = run
        .json()
        .iter()
        .filter(|step| step["what"] == "ws.text" && step["from"] == "client")
        .map(|step| step["code"][0].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(texts, ["before", "between", "after"].map(|text| format!("socket.send(\"{text}\")")));
}

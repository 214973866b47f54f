//! Raw captures of this computer's own interfaces: each frame is told once, with the kernel's time. Where CAP_NET_RAW is
//! missing these tests say so and end: the lab's tests need no privilege.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop here")]

#[path = "util/interfaces.rs"]
mod interfaces;
#[path = "util/lab.rs"]
mod lab;
mod util;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use netlab::event::{LiveEvent, ProgramEvent};
use netlab::lab::scenario::Scenario;
use netlab::live::listen::{self, ListenOptions, Service};
use netlab::live::loopback::{self, LoopbackOptions};
use netlab::live::target::{self, TargetOptions};
use netlab::live::{Session, Trouble};

use interfaces::can_capture;
use lab::{frames, told};

fn run(start: impl FnOnce(Box<dyn FnMut(LiveEvent) + Send>) -> Result<Session, Trouble>) -> Vec<LiveEvent> {
    let (sender, events) = mpsc::channel();
    let session = start(Box::new(move |event| drop(sender.send(event)))).unwrap();
    let mut all = Vec::new();
    loop {
        let event =
            events.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("no end: {all:?}"));
        let over = matches!(event, LiveEvent::Finished { .. } | LiveEvent::Failed(_));
        all.push(event);
        if over {
            session.stop();
            return all;
        }
    }
}

fn on_loopback(scenario: &str, ipv6: bool) -> Vec<LiveEvent> {
    let scenario = Scenario::find("handshake", scenario).unwrap();
    let options = LoopbackOptions {
        ipv6,
        client: scenario.client,
        server: scenario.server,
        messages: vec![b"Hello, server!".to_vec()],
    };
    run(|on_event| loopback::start(options, on_event))
}

fn to(target: String, message: Option<&str>) -> TargetOptions {
    TargetOptions {
        target,
        ipv6: None,
        interface: None,
        timeout: Duration::from_secs(5),
        waits: Duration::ZERO,
        client: target::greeter(message.is_some()),
        messages: message.iter().map(|message| message.as_bytes().to_vec()).collect(),
    }
}

#[test]
fn on_loopback_each_frame_is_told_once() {
    if !can_capture() {
        return;
    }
    for ipv6 in [false, true] {
        for _ in 0..20 {
            let events = on_loopback("plain", ipv6);
            assert_eq!(
                told(&events),
                [
                    "> syn",
                    "< syn-ack",
                    "> ack",
                    "> data",
                    "< ack",
                    "< data",
                    "> ack",
                    "> fin",
                    "< fin",
                    "> ack"
                ]
            );
            assert!(matches!(events.last(), Some(LiveEvent::Finished { lost_frames: 0, .. })));
        }
    }
}

#[test]
fn a_refusal_on_loopback_is_syn_and_rst() {
    if can_capture() {
        assert_eq!(told(&on_loopback("refused", false)), ["> syn", "< rst"]);
    }
}

#[test]
fn a_server_of_the_users_is_greeted_and_left() {
    if !can_capture() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let mut heard = String::new();
        listener.accept().unwrap().0.read_to_string(&mut heard).unwrap();
        heard
    });
    let events = run(|on_event| target::start(to(format!("localhost:{port}"), Some("hi")), on_event));
    assert_eq!(server.join().unwrap(), "hi");
    let said = told(&events);
    assert_eq!(said[..5], ["> syn", "< syn-ack", "> ack", "> data", "< ack"]);
    assert_eq!(said.last().unwrap(), "> ack");
}

#[test]
fn without_a_message_nothing_is_sent_after_the_handshake() {
    if !can_capture() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().to_string();
    let server = std::thread::spawn(move || listener.accept().unwrap().0.read_to_end(&mut Vec::new()));
    let mut said = told(&run(|on_event| target::start(to(target, None), on_event)));
    server.join().unwrap().unwrap();
    // A server that is slow to hang up: its kernel has confirmed the FIN already.
    said.retain(|told| told != "< ack");
    assert_eq!(said, ["> syn", "< syn-ack", "> ack", "> fin", "< fin", "> ack"]);
}

#[test]
fn a_closed_port_is_told_as_a_refusal() {
    if !can_capture() {
        return;
    }
    let target = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let events = run(|on_event| target::start(to(target, None), on_event));
    assert_eq!(told(&events), ["> syn", "< rst"]);
    assert!(events.iter().any(|event| matches!(
        event,
        LiveEvent::Program { event: ProgramEvent::Failed { errno: 111, .. }, .. }
    )));
}

#[test]
fn whoever_connects_is_told_and_answered() {
    if !can_capture() {
        return;
    }
    let options = ListenOptions {
        address: "127.0.0.1:0".parse().unwrap(),
        interface: None,
        count: Some(2),
        service: Service::Page,
    };
    let mut clients = Vec::new();
    let (address, known) = mpsc::channel();
    let client = std::thread::spawn(move || {
        let address: std::net::SocketAddr = known.recv().unwrap();
        (0..2)
            .map(|_| {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
                let mut page = String::new();
                stream.read_to_string(&mut page).unwrap();
                page
            })
            .collect::<Vec<String>>()
    });
    let events = run(|mut on_event| {
        listen::start(options, move |event| {
            if let LiveEvent::Ready(ready) = &event {
                address.send(ready.server.unwrap()).unwrap();
            }
            on_event(event);
        })
    });
    clients.extend(client.join().unwrap());
    assert!(clients.iter().all(|page| page.starts_with("HTTP/1.1 200 OK")));
    let said = told(&events);
    assert_eq!(said.iter().filter(|told| *told == "> syn").count(), 2, "{said:?}");
    let ports: std::collections::BTreeSet<u16> = frames(&events)
        .iter()
        .filter(|frame| frame.from.is_some())
        .map(|frame| {
            let at = if told(&[LiveEvent::Frame((*frame).clone())])[0].starts_with('>') { 34 } else { 36 };
            u16::from_be_bytes([frame.bytes[at], frame.bytes[at + 1]])
        })
        .collect();
    assert_eq!(ports.len(), 2, "two conversations");
}

#[test]
fn what_cannot_be_reached_is_told_before_anything_is_sent() {
    if !can_capture() {
        return;
    }
    let begin = |target: &str| target::start(to(target.to_owned(), None), |_| {}).unwrap_err();
    assert!(matches!(begin("no-port"), Trouble::Target { .. }));
    assert!(matches!(begin("no-such-name.invalid:80"), Trouble::Name { .. }));
    let options = TargetOptions { interface: Some("nosuch0".into()), ..to("127.0.0.1:1".into(), None) };
    let told = target::start(options, |_| {}).unwrap_err().to_string();
    assert!(told.contains("there is no interface nosuch0; there are: lo"), "{told}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = ListenOptions {
        address: taken.local_addr().unwrap(),
        interface: None,
        count: None,
        service: Service::Page,
    };
    assert!(matches!(listen::start(options, |_| {}).unwrap_err(), Trouble::Listen { .. }));
}

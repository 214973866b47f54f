//! The opening handshake of WebSocket: every demand of RFC 6455 is checked, and every refusal has its name.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

use std::io::Write;
use std::path::{Path, PathBuf};

use netlab::dissect::Packet;
use netlab::event::Host;
use netlab::flow::http::{
    Cut, DeflateFault, DeflateParameter, Demand, Event, Fault, Http, Refusal, Run, Upgrade, Verdict, play,
};
use netlab::flow::stream::{Arrival, Reassembler, Side};
use netlab::flow::{Fragments, Tracker};
use netlab::source::Reader;

const REQUEST: &[&str] = &[
    "GET /chat HTTP/1.1",
    "Host: server.example.com",
    "Upgrade: websocket",
    "Connection: keep-alive, Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
];
const ANSWER: &[&str] = &[
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: WebSocket",
    "Connection: upgrade",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
];

/// Lines with one of them replaced, by the word that it begins with; or with another one behind them.
fn with(lines: &[&str], change: &str) -> String {
    let name = change.trim_end_matches('-').split([':', ' ']).next().unwrap();
    let mut all: Vec<&str> = lines.iter().copied().filter(|line| !line.starts_with(name)).collect();
    let place = lines.iter().position(|line| line.starts_with(name)).unwrap_or(all.len());
    if !change.ends_with('-') {
        all.insert(place, change);
    }
    all.join("\r\n") + "\r\n\r\n"
}

fn judge(request: &str, answer: &str) -> Option<Upgrade> {
    let (mut http, mut found) = (Http::new(), None);
    let mut sink = |event: Event<'_>| {
        if let Event::Upgrade(upgrade) = event {
            found = Some(*upgrade);
        }
    };
    let side = |from| Side { stream: 0, from };
    let runs = [
        Run::Bytes(side(Host::Client), request.as_bytes()),
        Run::Bytes(side(Host::Server), answer.as_bytes()),
    ];
    play(runs, Cut::Whole, &mut http, &mut sink, |_| {});
    found
}

/// With one line of the request changed.
fn asked(change: &str) -> Upgrade {
    judge(&with(REQUEST, change), &with(ANSWER, "HTTP/1.1 101 Switching Protocols")).unwrap()
}

/// With one line of the answer changed.
fn answered(change: &str) -> Upgrade {
    judge(&with(REQUEST, "GET /chat HTTP/1.1"), &with(ANSWER, change)).unwrap()
}

fn faults(upgrade: &Upgrade, of: Host) -> Vec<(Demand, Fault)> {
    upgrade.faults(of).map(|(demand, fault)| (demand, fault.clone())).collect()
}

#[test]
fn a_sound_handshake_meets_every_demand_and_each_has_its_line() {
    let upgrade = asked("GET /chat HTTP/1.1");
    assert_eq!((&upgrade.verdict, upgrade.code, upgrade.request), (&Verdict::Opened, 101, Some(0)));
    let demands: Vec<_> = upgrade.checks.iter().map(|check| check.demand).collect();
    let all = [
        Demand::Method,
        Demand::HttpVersion,
        Demand::Host,
        Demand::Upgrade,
        Demand::Connection,
        Demand::Key,
        Demand::Version,
        Demand::Status,
        Demand::AnswerUpgrade,
        Demand::AnswerConnection,
        Demand::Accept,
    ];
    assert_eq!(demands, all);
    assert!(upgrade.checks.iter().all(|check| check.fault.is_none() && check.line.is_some()));
    let request = with(REQUEST, "GET /chat HTTP/1.1");
    let line = upgrade.checks[2].line.clone().unwrap();
    assert_eq!(&request[line.start as usize..line.end as usize], "Host: server.example.com\r\n");
    let accept = upgrade.accept.unwrap();
    assert_eq!(accept.text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn what_a_client_does_not_meet_is_told() {
    let other = |text: &str| Fault::Other(text.as_bytes().to_vec());
    let cases = [
        ("GET /chat HTTP/1.0", Demand::HttpVersion, Fault::OldHttp),
        ("Host-", Demand::Host, Fault::Missing),
        ("Upgrade-", Demand::Upgrade, Fault::Missing),
        ("Upgrade: h2c", Demand::Upgrade, other("h2c")),
        ("Connection: keep-alive", Demand::Connection, other("keep-alive")),
        ("Connection-", Demand::Connection, Fault::Missing),
        ("Sec-WebSocket-Key: AAAA", Demand::Key, Fault::KeyLen(Some(3))),
        ("Sec-WebSocket-Key: no key", Demand::Key, Fault::KeyLen(None)),
        ("Sec-WebSocket-Key-", Demand::Key, Fault::Missing),
        ("Sec-WebSocket-Version: 8", Demand::Version, other("8")),
        ("Sec-WebSocket-Version-", Demand::Version, Fault::Missing),
        ("Sec-WebSocket-Protocol: a b", Demand::Protocols, Fault::Malformed(b"a b".to_vec())),
        ("Sec-WebSocket-Protocol: a, a", Demand::Protocols, Fault::Repeated),
        (
            "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7",
            Demand::Extensions,
            Fault::Deflate(DeflateFault::BadValue(DeflateParameter::ServerMaxWindowBits, b"7".to_vec())),
        ),
    ];
    for (change, demand, fault) in cases {
        assert_eq!(faults(&asked(change), Host::Client), [(demand, fault)], "{change}");
    }
    let post = with(REQUEST, "GET /chat HTTP/1.1").replace("GET", "POST");
    let upgrade = judge(&post, &with(ANSWER, "HTTP/1.1 101 X")).unwrap();
    assert_eq!(faults(&upgrade, Host::Client), [(Demand::Method, other("POST"))]);
}

#[test]
fn a_101_that_does_not_meet_the_demands_fails_the_connection() {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let cases = [
        ("Upgrade: h2c", Demand::AnswerUpgrade, Fault::Other(bytes("h2c"))),
        ("Upgrade-", Demand::AnswerUpgrade, Fault::Missing),
        ("Connection: close", Demand::AnswerConnection, Fault::Other(bytes("close"))),
        ("Sec-WebSocket-Accept-", Demand::Accept, Fault::Missing),
        ("Sec-WebSocket-Accept: x", Demand::Accept, Fault::Accept(bytes("x"))),
        ("Sec-WebSocket-Protocol: chat", Demand::AnswerProtocol, Fault::NotOffered(bytes("chat"))),
        (
            "Sec-WebSocket-Extensions: permessage-deflate",
            Demand::AnswerExtensions,
            Fault::NotOffered(bytes("permessage-deflate")),
        ),
    ];
    for (change, demand, fault) in cases {
        let upgrade = answered(change);
        assert_eq!(faults(&upgrade, Host::Server), [(demand, fault)], "{change}");
        assert_eq!(upgrade.verdict, Verdict::Failed, "{change}");
        assert_eq!(upgrade.deflate, None);
    }
    let twice = with(ANSWER, "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a");
    let upgrade = judge(&with(REQUEST, "Sec-WebSocket-Protocol: a"), &twice).unwrap();
    assert_eq!(faults(&upgrade, Host::Server), [(Demand::AnswerProtocol, Fault::Repeated)]);
}

#[test]
fn a_subprotocol_is_one_of_those_offered_letter_by_letter() {
    let choose = |offered: &str, chosen: &str| {
        let request = with(REQUEST, &format!("Sec-WebSocket-Protocol: {offered}"));
        judge(&request, &with(ANSWER, &format!("Sec-WebSocket-Protocol: {chosen}"))).unwrap()
    };
    let upgrade = choose("soap, chat", "chat");
    assert_eq!(upgrade.verdict, Verdict::Opened);
    assert_eq!((upgrade.protocols.len(), upgrade.protocol.as_deref()), (2, Some(&b"chat"[..])));
    assert_eq!(choose("soap, chat", "Chat").verdict, Verdict::Failed);
    assert_eq!(choose("soap", "soap, chat").verdict, Verdict::Failed);
}

#[test]
fn compression_is_agreed_to_within_what_was_offered() {
    let agree = |offer: &str, answer: &str| {
        let request = with(REQUEST, &format!("Sec-WebSocket-Extensions: {offer}"));
        judge(&request, &with(ANSWER, &format!("Sec-WebSocket-Extensions: {answer}"))).unwrap()
    };
    let upgrade = agree(
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=10; server_no_context_takeover",
    );
    let deflate = upgrade.deflate.unwrap();
    assert_eq!((&upgrade.verdict, deflate.client_max_window_bits), (&Verdict::Opened, Some(10)));
    assert!(deflate.server_no_context_takeover && !deflate.client_no_context_takeover);
    // The second offer is the one that was taken.
    let offers = "permessage-deflate; server_max_window_bits=9, permessage-deflate";
    assert_eq!(agree(offers, "permessage-deflate").verdict, Verdict::Opened);
    let fault = |offer: &str, answer: &str| {
        let upgrade = agree(offer, answer);
        assert_eq!((&upgrade.verdict, upgrade.deflate), (&Verdict::Failed, None), "{answer}");
        let [(Demand::AnswerExtensions, fault)] = &faults(&upgrade, Host::Server)[..] else { panic!() };
        fault.clone()
    };
    let bits = DeflateParameter::ClientMaxWindowBits;
    let found = fault("permessage-deflate", "permessage-deflate; client_max_window_bits=10");
    assert_eq!(found, Fault::Deflate(DeflateFault::NotOffered(bits)));
    let twice = "permessage-deflate, permessage-deflate";
    assert_eq!(fault("permessage-deflate", twice), Fault::Repeated);
    let unknown = fault("permessage-deflate", "permessage-deflate; x");
    assert_eq!(unknown, Fault::Deflate(DeflateFault::Unknown(b"x".to_vec())));
}

#[test]
fn every_refusal_has_its_name() {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let cases = [
        (
            "426 Upgrade Required\r\nSec-WebSocket-Version: 13, 8",
            Refusal::Version(vec![bytes("13"), bytes("8")]),
        ),
        ("400 Bad Request\r\nSec-WebSocket-Version: 13", Refusal::Version(vec![bytes("13")])),
        ("200 OK", Refusal::NotUpgraded),
        ("301 Moved\r\nLocation: /there", Refusal::Redirected(Some(bytes("/there")))),
        ("401 Unauthorized\r\nWWW-Authenticate: Basic", Refusal::Unauthorized(Some(bytes("Basic")))),
        ("403 Forbidden", Refusal::Forbidden),
        ("404 Not Found", Refusal::NotFound),
        ("400 Bad Request", Refusal::ClientError),
        ("503 Busy", Refusal::ServerError),
    ];
    for (answer, refusal) in cases {
        let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
        let upgrade = judge(&with(REQUEST, "Sec-WebSocket-Version: 13"), &answer).unwrap();
        assert_eq!(upgrade.verdict, Verdict::Refused(refusal), "{answer}");
        assert_eq!(faults(&upgrade, Host::Server), [(Demand::Status, Fault::Code(upgrade.code))]);
    }
}

#[test]
fn another_protocol_is_none_of_its_business() {
    let request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n";
    assert_eq!(judge(request, "HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"), None);
    assert_eq!(judge(request, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), None);
    // Of a request that was not captured only the answer is judged.
    let upgrade = judge("", &with(ANSWER, "HTTP/1.1 101 X")).unwrap();
    assert_eq!((upgrade.checks.len(), upgrade.accept, upgrade.verdict), (3, None, Verdict::Opened));
}

/// Every handshake of a capture.
fn handshakes(file: &Path) -> Vec<Upgrade> {
    let Ok(mut reader) = Reader::open(file) else { return Vec::new() };
    let (mut fragments, mut tracker) = (Fragments::new(), Tracker::new());
    let (mut reassembler, mut http, mut found) = (Reassembler::new(), Http::new(), Vec::new());
    let mut take = |event: Event<'_>| {
        if let Event::Upgrade(upgrade) = event {
            found.push(*upgrade);
        }
    };
    while let Ok(Some(frame)) = reader.next() {
        let packet = fragments.complete(Packet::new(frame));
        let Some(segment) = tracker.push(&packet) else { continue };
        let Some(arrival) = Arrival::new(&segment, &packet) else { continue };
        reassembler.push(&arrival, &mut |given| http.push(&given, &mut take));
    }
    found
}

/// The only ones in the truth captures that do not meet every demand, and what they miss.
const UNSOUND: &[(&str, Demand)] = &[
    ("made-edge-badaccept-a.pcap", Demand::Accept),
    ("made-edge-refused-b.pcap", Demand::Status),
    // Its key is 18 bytes: `suricata-test-key!`.
    ("suricata-websocket-control-frag-input.pcap", Demand::Key),
    ("zeek-websocket-wrong-accept-header.pcap", Demand::Accept),
];

#[test]
fn the_handshakes_of_real_peers_meet_every_demand() {
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth"));
    let Ok(entries) = std::fs::read_dir(folder.join("captures")) else {
        let line = "\n*** NOT RUN: no truth captures to read. Set NETLAB_TRUTH to their folder. ***\n";
        // Past the test harness, which would swallow what a passing test prints.
        return std::io::stderr().write_all(line.as_bytes()).unwrap();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut count, mut unsound) = (0, Vec::new());
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        for upgrade in handshakes(file) {
            count += 1;
            let missed = upgrade.checks.iter().filter(|check| check.fault.is_some());
            unsound.extend(missed.map(|check| (name.clone(), check.demand)));
        }
    }
    let known: Vec<_> = UNSOUND.iter().map(|(name, demand)| ((*name).to_owned(), *demand)).collect();
    assert_eq!(unsound, known);
    assert!(count > 30, "only {count} handshakes");
}

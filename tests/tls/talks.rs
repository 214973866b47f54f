//! TLS among all that is said in a capture: what comes out of it goes on to HTTP and WebSocket, however the bytes were cut, and
//! never more is kept than the limits say.

use netlab::dissect::Packet;
use netlab::event::Host::{self, Client, Server};
use netlab::flow::stream::{Chunk, Ending, Given, Hole, HoleKind, Side};
use netlab::flow::talk::{Findings, Said, SecureLimits, SecureTotals, Talk, Talks};
use netlab::flow::tls::{self, KeyLog};
use netlab::flow::{Fragments, Tracker};
use netlab::source::Reader;
use proptest::prelude::*;

use crate::capture;
use crate::session::{Piece, Session};
use crate::wss::Breaks;

/// What is told of a talk, without frames and places, which depend on the cutting.
#[derive(Debug, Default, PartialEq)]
struct Told {
    lines: Vec<String>,
}

impl Told {
    fn take(&mut self, said: &Said<'_>) {
        let line = match said {
            Said::Tls { event, version, .. } => match event {
                tls::Event::Record(record, reading) => {
                    format!("{:?} {} {} {version:?} {reading:?}", record.side, record.content, record.len)
                }
                tls::Event::Message(message) => {
                    format!("{:?} {} {}", message.side, message.kind, message.len)
                }
                tls::Event::Alert(alert) => format!("{:?} {}", alert.side, alert.description),
                tls::Event::NotTls(not) => format!("{:?} is no TLS", not.side),
                _ => return,
            },
            Said::Http(netlab::flow::http::Event::Finished(done)) => {
                format!("{:?} {:?} {} {}", done.message, done.outcome, done.len, done.missing)
            }
            Said::Http(netlab::flow::http::Event::Request(request)) => format!("{:?}", request.head.target()),
            Said::Http(netlab::flow::http::Event::Answer(answer)) => format!("{:?}", answer.head.code()),
            Said::WebSocket { event: netlab::flow::websocket::Event::Frame(frame), .. } => {
                format!("{} {:?} {} {:?}", frame.from, frame.head.opcode, frame.head.length, frame.payload)
            }
            _ => return,
        };
        self.lines.push(line);
    }
}

/// Says a session's pieces on a stream, from the byte `start` of each side on.
fn say(talk: &mut Talk, session: &Session, stream: u32, start: [u64; 2], told: &mut Told) {
    let mut at = start;
    for (piece, frame) in session.pieces.iter().zip(1..) {
        let (Piece::Bytes(host, _) | Piece::Hole(host, _) | Piece::End(host)) = piece;
        let (side, next) = (Side { stream, from: *host }, &mut at[*host as usize]);
        let offset = *next;
        let given = match piece {
            Piece::Bytes(_, bytes) => {
                *next += bytes.len() as u64;
                let buffer = netlab::dissect::Buffer::Frame;
                Given::Bytes(Chunk { side, offset, bytes, frame, buffer, at: 0 })
            }
            Piece::Hole(_, len) => {
                *next += *len as u64;
                let kind = HoleKind::NotCaptured;
                Given::Hole(Hole { side, offset, len: *len as u64, kind, after: None, before: None })
            }
            Piece::End(_) => Given::End(Ending { side, offset, frame, reset: false }),
        };
        talk.push(&given, &mut |said| told.take(&said));
    }
}

fn told(session: &Session, keys: &KeyLog) -> Told {
    let (mut talk, mut told) = (Talk::new(), Told::default());
    *talk.keys_mut() = keys.clone();
    say(&mut talk, session, 0, [0, 0], &mut told);
    talk.finish(&mut |said| told.take(&said));
    told
}

#[test]
fn however_the_bytes_were_cut_the_same_is_said() {
    for name in ["wss", "unmasked", "lines", "tls12"] {
        let session = Session::load(name);
        let whole = told(&session, &session.keylog());
        assert!(whole.lines.len() > 15, "{name}: {:#?}", whole.lines);
        for size in [1, 2, 3, 5, 7, 100, 1000] {
            assert_eq!(told(&session.cut(size), &session.keylog()), whole, "{name}, cut every {size} bytes");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_chats_say_the_same_however_they_are_cut(
        name in prop::sample::select(vec!["wss", "unmasked"]),
        damages in proptest::collection::vec((any::<u16>(), any::<u8>(), 0..4_u8), 0..5),
        size in 1..200_usize,
    ) {
        let session = Session::load(name).damaged(&damages);
        let keys = Session::load(name).keylog();
        prop_assert_eq!(told(&session, &keys), told(&session.cut(size), &keys));
    }
}

#[test]
fn a_record_that_is_waited_for_may_come_in_thousands_of_segments() {
    // What was found once: behind a damaged record, one of 7,000 bytes that came byte by byte was let go.
    let damages = [(41573, 0, 1)];
    let (session, keys) = (Session::load("wss").damaged(&damages), Session::load("wss").keylog());
    let whole = told(&session, &keys);
    assert!(whole.lines.iter().filter(|line| line.contains("application_data 7017")).count() == 2);
    assert_eq!(told(&session.cut(1), &keys), whole);
}

#[test]
fn an_answer_that_only_the_end_ends_is_whole_where_its_side_says_close_notify() {
    let session = Session::load("www");
    let lines = told(&session, &session.keylog()).lines;
    let at = |what: &str| {
        let found: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].contains(what)).collect();
        assert!(found.len() <= 2, "{what}: {lines:#?}");
        found
    };
    let (notified, whole) = (at("close_notify"), at("Complete 4327 0"));
    let server =
        lines.iter().position(|line| line.contains("from: Server") && line.ends_with("close_notify"));
    assert_eq!((notified.len(), whole.len()), (2, 1), "{lines:#?}");
    assert!(server < Some(whole[0]) && whole[0] < notified[1], "{lines:#?}");
    // Without keys nobody knows which record is one.
    assert!(told(&session, &KeyLog::new()).lines.iter().all(|line| !line.contains("Complete")));
    for size in [1, 7, 1000] {
        assert_eq!(told(&session.cut(size), &session.keylog()).lines, lines, "cut every {size} bytes");
    }
}

/// Python's ssl on both sides, now.
#[test]
fn a_chat_that_is_recorded_now_says_what_the_recorded_one_says() {
    if !crate::openssl::is_here() || !crate::referee::tool_is_here("python3", "--version", "python3") {
        return;
    }
    let folder = crate::openssl::folder();
    let said = |session: &Session| -> Vec<String> {
        let all = told(session, &session.keylog()).lines;
        all.into_iter().filter(|line| line.contains("Text") || line.contains("Binary")).collect()
    };
    for (breaks, name) in [(Breaks::Nothing, "wss"), (Breaks::Masking, "unmasked")] {
        let now = crate::wss::session(folder.path(), breaks);
        assert_eq!(said(&now), said(&Session::load(name)), "{name}");
        assert_eq!(said(&now).len(), 4);
    }
}

/// HTTP's CONNECT, and TLS behind it.
#[test]
fn tls_in_a_tunnel_of_http_is_opened() {
    let session = Session::load("wss");
    let request = b"CONNECT chat.netlab.test:443 HTTP/1.1\r\nHost: chat.netlab.test:443\r\n\r\n".to_vec();
    let answer = b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec();
    let mut tunnelled = session.clone();
    tunnelled.pieces.insert(0, Piece::Bytes(Client, request));
    tunnelled.pieces.insert(1, Piece::Bytes(Server, answer));
    let (direct, through) = (told(&session, &session.keylog()), told(&tunnelled, &session.keylog()));
    let inside = |told: &Told| told.lines.iter().filter(|line| line.contains("Text")).count();
    assert_eq!(inside(&through), inside(&direct));
    assert!(inside(&direct) >= 3);
    assert!(through.lines.len() >= direct.lines.len() + 2, "{:#?}", through.lines);
    // Whatever was cut.
    for size in [1, 7, 100] {
        assert_eq!(told(&tunnelled.cut(size), &session.keylog()), through, "{size}");
    }
}

/// A client that speaks TLS to a server that does not.
#[test]
fn a_server_that_answers_in_http_is_read() {
    let mut session = Session::load("aes128");
    session.pieces.truncate(1);
    session
        .pieces
        .push(Piece::Bytes(Server, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec()));
    let said = told(&session, &KeyLog::new());
    assert!(said.lines.iter().any(|line| line.contains("client_hello")), "{:#?}", said.lines);
    assert!(said.lines.iter().any(|line| line == "Some(400)"), "{:#?}", said.lines);
}

#[test]
fn a_stream_of_which_the_beginning_is_missing_is_read_where_the_other_side_speaks_tls() {
    let session = Session::load("lines");
    let mut late = session.clone();
    // The server's hello is cut in its middle.
    let at = late.pieces.iter().position(|piece| matches!(piece, Piece::Bytes(Server, _))).unwrap();
    let Piece::Bytes(_, bytes) = &mut late.pieces[at] else { panic!() };
    bytes.drain(..60);
    late.pieces.insert(at, Piece::Hole(Server, 60));
    let (mut talk, mut said) = (Talk::new(), 0);
    *talk.keys_mut() = session.keylog();
    let mut lines = Told::default();
    say(&mut talk, &late, 0, [0, 0], &mut lines);
    said += lines.lines.iter().filter(|line| line.contains("Opened")).count();
    assert!(said > 60, "{said}: {:#?}", lines.lines);
}

/// What is known of a session is held within limits, and what had to be forgotten is counted.
#[test]
fn more_conversations_than_are_followed_are_forgotten_and_counted() {
    let limits = SecureLimits { conversations: 8, known: 64, total: 1 << 20, each: tls::Limits::default() };
    let mut talk = Talk::with_limits(limits);
    let mut session = Session::load("aes128");
    *talk.keys_mut() = session.keylog();
    session.pieces.truncate(2);
    for stream in 0..100 {
        say(&mut talk, &session, stream, [0, 0], &mut Told::default());
        let (kept, followed) = talk.secure_kept();
        assert!(kept <= limits.total && followed <= limits.conversations, "{kept} bytes of {followed}");
    }
    let SecureTotals { conversations, known, opened, forgotten, .. } = talk.secure();
    assert_eq!((conversations, known, opened), (100, 100, 100));
    assert!((92..100).contains(&forgotten), "{forgotten}");
}

/// Records that never end, in many conversations at once.
#[test]
fn never_more_is_kept_than_the_limits_say() {
    let limits = SecureLimits { total: 1 << 20, ..SecureLimits::default() };
    let mut talk = Talk::with_limits(limits);
    let endless = |host: Host| Piece::Bytes(host, [&[22, 3, 3, 0x40, 0][..], &[1; 16_000]].concat());
    let session = Session { pieces: vec![endless(Client), endless(Server)], keys: Vec::new() };
    let mut most = 0;
    for stream in 0..500 {
        say(&mut talk, &session, stream, [0, 0], &mut Told::default());
        most = most.max(talk.secure_kept().0);
        assert!(talk.secure_kept().0 <= limits.total);
    }
    assert!(most > limits.total / 2, "{most}: the limit was reached");
    assert!(talk.secure().forgotten > 400, "{:?}", talk.secure());
    // What is said of other things all the while costs them nothing.
    talk.finish(&mut |_| {});
    assert_eq!(talk.secure_kept(), (0, 0));
}

/// The same from packets: which frame completes what.
#[test]
fn what_is_told_stands_with_the_frame_that_completes_it() {
    let session = Session::load("wss");
    let frames = |bytes: Vec<u8>, keys: &[u8]| -> Vec<(u64, Findings)> {
        let mut reader = Reader::from_bytes("memory", bytes).unwrap();
        let (mut tracker, mut fragments, mut talks) = (Tracker::new(), Fragments::new(), Talks::new());
        talks.keys_mut().add(keys).unwrap();
        let mut all = Vec::new();
        while reader.next().unwrap().is_some() {
            let frame = reader.current().unwrap();
            let packet = fragments.complete(Packet::new(frame));
            let segment = tracker.push(&packet);
            all.push((frame.number, talks.push(&packet, segment.as_ref())));
        }
        assert!(talks.finish().is_empty());
        assert_eq!((talks.secure().conversations, talks.secure().opened), (1, u64::from(!keys.is_empty())));
        all
    };
    let seeing = frames(capture::pcap(&session), &session.keys);
    let hello = &seeing[3].1.records;
    assert_eq!((hello.len(), hello[0].summary().as_str()), (1, "client_hello"));
    let messages: Vec<String> = seeing
        .iter()
        .flat_map(|(_, found)| &found.messages)
        .map(netlab::flow::talk::HttpMessage::summary)
        .collect();
    assert_eq!(messages, ["GET /chat", "101 Switching Protocols"]);
    // The answer and the first frame stand in one record.
    let both = seeing.iter().find(|(_, found)| found.messages.iter().any(|one| one.head.code().is_some()));
    assert_eq!(both.unwrap().1.frames.len(), 1);
    assert!(seeing.iter().all(|(_, found)| found.hidden.is_empty() && found.unread.is_empty()));
    let blind = frames(capture::pcap(&session), b"");
    assert!(blind.iter().all(|(_, found)| found.messages.is_empty() && found.frames.is_empty()));
    // Told once.
    let hidden: Vec<_> = blind.iter().flat_map(|(_, found)| &found.hidden).collect();
    assert_eq!(hidden.len(), 1, "{hidden:?}");
    assert_eq!((hidden[0].0.from, hidden[0].1), (Server, tls::Unread::NoKeys));
}

//! With the wrong keys, or a part of them, what can't be read says why; and nothing wrong comes out.

use netlab::event::Host::{Client, Server};
use netlab::flow::tls::{Conversation, Event, KeyLog, Label, Limits, Reading, Unread, Version};
use netlab::source::Secrets;

use crate::session::{Piece, Session, Told};

fn keep(session: &Session, wanted: impl Fn(&str) -> bool) -> KeyLog {
    let text = String::from_utf8(session.keys.clone()).unwrap();
    let lines: String = text.lines().filter(|line| wanted(line)).map(|line| format!("{line}\n")).collect();
    let mut keys = KeyLog::new();
    keys.add(lines.as_bytes()).unwrap();
    keys
}

fn with(session: &Session, keys: &KeyLog) -> Told {
    session.told_with(keys, Limits::default())
}

#[test]
fn without_keys_the_hellos_the_places_and_the_lengths_are_seen() {
    let session = Session::load("aes128");
    let (blind, seeing) = (with(&session, &KeyLog::new()), session.told());
    let places = |told: &Told| told.records.iter().map(|(record, _)| *record).collect::<Vec<_>>();
    assert_eq!(places(&blind), places(&seeing));
    assert_eq!(blind.client_hellos[0].server_name.as_deref(), Some("www.netlab.test"));
    assert_eq!(blind.client_hellos[0].alpn, ["http/1.1", "h2"]);
    assert_eq!(blind.agreed, seeing.agreed);
    let protected = blind.records.iter().filter(|(record, _)| record.content.0 == 23);
    assert!(protected.clone().count() > 4);
    assert!(protected.into_iter().all(|(_, reading)| *reading == Reading::Unread(Unread::NoKeys)));
    assert!(blind.said.iter().all(Vec::is_empty) && blind.encrypted_extensions.is_empty());
    assert!(blind.ends.iter().all(|end| end.closed.is_none()));
}

#[test]
fn keys_of_another_session_are_no_keys_of_this_one() {
    let told = with(&Session::load("aes128"), &Session::load("aes256").keylog());
    assert!(told.unread(Server).iter().all(|why| *why == Unread::NoKeys));
    assert!(told.said.iter().all(Vec::is_empty));
}

#[test]
fn secrets_that_do_not_fit_open_nothing_and_end_at_their_limit() {
    for name in ["aes128", "aes256", "chacha20"] {
        let session = Session::load(name);
        let text = String::from_utf8(session.keys.clone()).unwrap();
        let wrong: String = text
            .lines()
            .map(|line| {
                let (start, last) = line.split_at(line.len() - 1);
                if line.starts_with('#') {
                    "#\n".to_owned()
                } else {
                    format!("{start}{}\n", if last == "0" { "1" } else { "0" })
                }
            })
            .collect();
        let mut keys = KeyLog::new();
        keys.add(wrong.as_bytes()).unwrap();
        let told = with(&session, &keys);
        assert!(!told.unread(Server).is_empty());
        assert!(
            told.unread(Server).iter().all(|why| *why == Unread::DoesNotFit),
            "{:?}",
            told.unread(Server)
        );
        assert!(told.said.iter().all(Vec::is_empty));
        let few = session.told_with(&keys, Limits { tries: 100, ..Limits::default() });
        assert_eq!(few.unread(Server).last(), Some(&Unread::GivenUp));
    }
}

#[test]
fn with_the_last_secrets_alone_what_the_programs_said_is_read() {
    let session = Session::load("aes256");
    let keys = keep(&session, |line| line.contains("_TRAFFIC_SECRET_0"));
    let told = with(&session, &keys);
    assert_eq!(
        (told.text(Client), told.text(Server)),
        (session.told().text(Client), session.told().text(Server))
    );
    assert_eq!(told.unread(Client), [Unread::NoSecret(Label::ClientHandshake)]);
    assert!(told.unread(Server).iter().all(|why| *why == Unread::NoSecret(Label::ServerHandshake)));
    assert!(told.missing.is_empty(), "what was not read came before all that the program said");
}

#[test]
fn with_the_handshake_secrets_alone_the_handshake_is_read() {
    let session = Session::load("chacha20");
    let told = with(&session, &keep(&session, |line| line.contains("HANDSHAKE")));
    assert_eq!(told.encrypted_extensions[0].alpn.as_deref(), Some("h2"));
    assert!(told.names(Client).contains(&"finished".to_owned()));
    assert!(told.said.iter().all(Vec::is_empty));
    assert!(told.unread(Client).iter().all(|why| *why == Unread::NoSecret(Label::ClientTraffic)));
    assert!(!told.unread(Client).is_empty());
}

#[test]
fn with_one_sides_secrets_that_side_is_read() {
    let session = Session::load("aes128");
    let told = with(&session, &keep(&session, |line| line.starts_with("SERVER")));
    assert_eq!(told.text(Server), session.told().text(Server));
    assert_eq!(told.of(Client), b"");
}

#[test]
fn keys_that_come_late_open_what_follows() {
    let session = Session::load("lines");
    let (none, keys) = (KeyLog::new(), session.keylog());
    let late = session.pieces.len() / 2;
    let mut conversation = Conversation::default();
    let (mut at, mut said, mut missing, mut unread) = ([0, 0], [String::new(), String::new()], 0, 0);
    for (index, piece) in session.pieces.iter().enumerate() {
        let Piece::Bytes(from, bytes) = piece else { continue };
        let side = netlab::flow::stream::Side { stream: 0, from: *from };
        let chunk = netlab::flow::stream::Chunk {
            side,
            offset: at[*from as usize],
            bytes,
            frame: index as u64 + 1,
            buffer: netlab::dissect::Buffer::Frame,
            at: 0,
        };
        at[*from as usize] += bytes.len() as u64;
        let known = if index < late { &none } else { &keys };
        conversation.push(&netlab::flow::stream::Given::Bytes(chunk), known, &mut |event| match event {
            Event::Data(data) => {
                said[*from as usize].push_str(std::str::from_utf8(data.bytes).unwrap());
            }
            Event::Missing(_) => missing += 1,
            Event::Record(_, Reading::Unread(why)) => {
                assert_eq!((why, index < late), (Unread::NoKeys, true));
                unread += 1;
            }
            _ => {}
        });
    }
    assert!(unread > 20, "{unread}");
    assert_eq!(missing, 2, "each side's first bytes are told missing");
    assert!(said[0].ends_with("line 38\nline 39\n") && said[0].lines().count() >= 15, "{}", said[0]);
    assert!(said[1].ends_with("93 enil\n"), "{}", said[1]);
}

#[test]
fn a_pcapngs_secrets_are_a_keylog() {
    let session = Session::load("aes128");
    let secrets = Secrets { kind: Secrets::TLS_KEY_LOG, bytes: session.keys.clone() };
    let mut keys = KeyLog::new();
    keys.add(&secrets.bytes).unwrap();
    assert_eq!(with(&session, &keys).text(Client), "hello there\nand again\n");
}

#[test]
fn secrets_of_tls_1_2_decrypt_nothing_and_that_is_said() {
    let session = Session::load("tls12");
    let told = session.told();
    assert!(!told.unread(Client).is_empty());
    assert!(told.unread(Client).iter().all(|why| *why == Unread::Version(Version::TLS12)));
    assert_eq!(Unread::Version(Version::TLS12).to_string(), "TLS 1.2 is not decrypted yet");
}

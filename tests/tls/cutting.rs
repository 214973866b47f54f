//! What comes out does not depend on how the bytes were cut into segments.

use netlab::event::Host::{Client, Server};
use proptest::prelude::*;

use crate::session::{Piece, Session};

const ALL: [&str; 7] = ["aes128", "aes256", "chacha20", "retry", "updates", "tls12", "lines"];

#[test]
fn byte_by_byte_and_all_at_once_tell_the_same() {
    for name in ALL {
        let session = Session::load(name);
        let whole = session.told();
        assert!(whole.log.len() > 8, "{name}: {:#?}", whole.log);
        for size in [1, 2, 3, 4, 5, 6, 7, 100, 1000] {
            let cut = session.cut(size).told();
            assert_eq!(cut.log, whole.log, "{name}, cut every {size} bytes");
            assert_eq!(cut.said, whole.said);
        }
    }
}

#[test]
fn a_record_says_which_frames_carried_it() {
    let session = Session::load("aes128");
    let cut = session.cut(10);
    let told = cut.told();
    // Which frame carries a byte of each side.
    let mut frames = [Vec::new(), Vec::new()];
    for (piece, frame) in cut.pieces.iter().zip(1_u64..) {
        if let Piece::Bytes(host, bytes) = piece {
            frames[*host as usize].extend(bytes.iter().map(|_| frame));
        }
    }
    assert!(told.records.len() > 8);
    for (record, _) in &told.records {
        let frames = &frames[record.side.from as usize];
        assert_eq!(record.first_frame, frames[record.offset as usize], "{record:?}");
        assert_eq!(record.last_frame, frames[record.end() as usize - 1], "{record:?}");
    }
}

#[test]
fn several_records_in_a_segment_come_in_their_order() {
    let session = Session::load("lines");
    let whole: Vec<Piece> =
        [Client, Server].map(|host| Piece::Bytes(host, session.stream(host))).into_iter().collect();
    let told = Session { pieces: whole, keys: session.keys.clone() }.told();
    // All that the client said comes before the server's hello: the keys alone say which suite it is.
    let lines: String = (0..40).map(|number| format!("line {number}\n")).collect();
    assert_eq!(told.text(Client), lines);
    assert_eq!(told.text(Server).lines().count(), 40);
}

#[test]
fn what_is_no_tls_is_known_by_its_first_byte() {
    for text in [&b"GET / HTTP/1.1\r\n"[..], b"SSH-2.0-", b"\x16\x02\x01", b"\x80\x2e\x01\x03\x01", b"\0"] {
        let mut told = Session { pieces: vec![Piece::Bytes(Client, text.to_vec())], keys: Vec::new() }.told();
        assert_eq!(told.not_tls.len(), 1, "{text:?}");
        assert!(told.records.is_empty() && told.ends.is_empty());
        let half = &text[..1];
        told = Session { pieces: vec![Piece::Bytes(Client, half.to_vec())], keys: Vec::new() }.told();
        assert_eq!(told.not_tls.len(), usize::from(half[0] != 0x16), "{half:?}");
    }
}

#[test]
fn a_server_that_answers_something_else_is_told() {
    let hello = Session::load("aes128").pieces[0].clone();
    let answer = Piece::Bytes(Server, b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    let told = Session { pieces: vec![hello, answer], keys: Vec::new() }.told();
    assert_eq!(told.client_hellos.len(), 1);
    assert_eq!(told.not_tls.iter().map(|side| side.from).collect::<Vec<_>>(), [Server]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_sessions_tell_the_same_however_they_are_cut(
        name in 0..ALL.len(),
        damages in proptest::collection::vec((any::<u16>(), any::<u8>(), 0..4_u8), 0..6),
        size in 1..64_usize,
    ) {
        let session = Session::load(ALL[name]).damaged(&damages);
        let (whole, cut) = (session.told(), session.cut(size).told());
        prop_assert_eq!(whole.log, cut.log);
        prop_assert_eq!(whole.said, cut.said);
    }

    #[test]
    fn any_bytes_behind_a_hello_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600), size in 1..40_usize) {
        let mut session = Session::load("aes256");
        session.pieces.truncate(2);
        for host in [Client, Server] {
            session.pieces.push(Piece::Bytes(host, [&[0x17, 3, 3, 0, 40], &bytes[..]].concat()));
        }
        prop_assert_eq!(session.told().log, session.cut(size).told().log);
    }
}

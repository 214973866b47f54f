//! Where bytes are missing, what follows is found again, and what is not there is told.

use netlab::event::Host::{Client, Server};
use netlab::flow::tls::{Limits, Record, Unread};

use crate::session::{Piece, Session, Told};

/// The session with so many bytes of the server's stream missing.
fn without(session: &Session, from: u64, to: u64) -> Session {
    let (mut at, mut pieces) = (0, Vec::new());
    for piece in &session.pieces {
        let Piece::Bytes(Server, bytes) = piece else {
            pieces.push(piece.clone());
            continue;
        };
        let end = at + bytes.len() as u64;
        let inside = |place: u64| (place.clamp(at, end) - at) as usize;
        let (first, last) = (inside(from), inside(to));
        for part in [&bytes[..first], &bytes[last..]].into_iter().zip([true, false]) {
            if !part.1 && last > first {
                pieces.push(Piece::Hole(Server, last - first));
            }
            if !part.0.is_empty() {
                pieces.push(Piece::Bytes(Server, part.0.to_vec()));
            }
        }
        at = end;
    }
    Session { pieces, keys: session.keys.clone() }
}

fn records(told: &Told) -> Vec<Record> {
    told.records.iter().map(|(record, _)| *record).filter(|record| record.side.from == Server).collect()
}

#[test]
fn any_hole_in_the_answers_costs_only_what_it_touches() {
    let session = Session::load("lines");
    let whole = session.told();
    let text = whole.text(Server);
    let lines: Vec<&str> = text.lines().collect();
    let all = records(&whole);
    let said: Vec<Record> = whole.stood.iter().copied().filter(|record| record.side.from == Server).collect();
    assert_eq!(said.len(), 40);
    for (start, len) in [(3, 1), (3, 7), (3, 31), (10, 200), (20, 90), (5, 600), (0, 1000), (36, 40)] {
        for shift in [0, 1, 4, 5, 6, 20] {
            let from = said[start].offset + shift;
            let to = (from + len).min(all.last().unwrap().end());
            let told = without(&session, from, to).told();
            // A line that the hole touches is gone; each other one is there.
            let left: Vec<&str> = said
                .iter()
                .zip(&lines)
                .filter(|(record, _)| record.end() <= from || record.offset >= to)
                .map(|(_, line)| *line)
                .collect();
            assert_eq!(told.text(Server).lines().collect::<Vec<_>>(), left, "{len} bytes from {from}");
            let behind = said.iter().any(|record| record.offset >= to);
            assert_eq!(
                told.missing.len(),
                usize::from(behind),
                "{len} bytes from {from}: {:?}",
                told.missing
            );
            assert_eq!(told.text(Client), whole.text(Client));
        }
    }
}

#[test]
fn a_hole_inside_a_record_is_that_records_alone() {
    let session = Session::load("lines");
    let record = records(&session.told())[20];
    let told = without(&session, record.offset + 7, record.offset + 9).told();
    assert_eq!(told.unread(Server), [Unread::Holed]);
    assert!(told.gaps.is_empty());
    assert_eq!(told.missing.len(), 1);
    assert_eq!(told.missing[0].at_most as usize, record.len - 17);
    let told = without(&session, record.offset + 2, record.offset + 9).told();
    assert_eq!((told.unread(Server).len(), told.gaps.len()), (0, 1));
    assert_eq!((told.gaps[0].offset, told.gaps[0].len), (record.offset, record.end() - record.offset));
}

#[test]
fn a_lost_finished_is_no_obstacle() {
    for name in ["aes128", "aes256", "chacha20", "lines"] {
        let session = Session::load(name);
        let whole = session.told();
        let opened = whole.opened(Server);
        let flight =
            opened.iter().filter(|opened| opened.epoch == netlab::flow::tls::Epoch::Handshake).count();
        let all: Vec<Record> = records(&whole).into_iter().filter(|record| record.content.0 == 23).collect();
        let finished = all[flight - 1];
        let told = without(&session, finished.offset, finished.end()).told();
        assert_eq!(told.text(Server), whole.text(Server), "{name}");
    }
}

#[test]
fn a_lost_key_update_is_no_obstacle() {
    let session = Session::load("updates");
    let whole = session.told();
    let opened = whole.opened(Server);
    let change = opened
        .windows(2)
        .position(|pair| {
            matches!(
                (pair[0].epoch, pair[1].epoch),
                (netlab::flow::tls::Epoch::Application(0), netlab::flow::tls::Epoch::Application(1))
            )
        })
        .unwrap();
    let all: Vec<Record> = records(&whole).into_iter().filter(|record| record.content.0 == 23).collect();
    let told = without(&session, all[change].offset, all[change].end()).told();
    assert_eq!(told.text(Server), whole.text(Server));
}

#[test]
fn a_lost_server_hello_is_no_obstacle() {
    for name in ["aes128", "aes256", "chacha20"] {
        let session = Session::load(name);
        let whole = session.told();
        let hello = records(&whole)[0];
        for (from, to) in [(0, hello.end()), (0, 10), (hello.offset + 8, hello.end()), (0, hello.end() + 3)] {
            let told = without(&session, from, to).told();
            assert_eq!(told.text(Server), whole.text(Server), "{name}, {from}..{to}");
            assert_eq!(told.text(Client), whole.text(Client), "{name}, {from}..{to}");
            assert!(told.agreed.is_empty());
        }
    }
}

#[test]
fn a_hole_too_large_for_the_tries_is_told() {
    let session = Session::load("lines");
    let all = records(&session.told());
    // All but the hello and the last answers, and nothing was opened before, which would allow more.
    let (from, to) = (all[1].offset, all[40].offset);
    let cut = without(&session, from, to);
    let told = cut.told_with(&session.keylog(), Limits { tries: 300, ..Limits::default() });
    assert_eq!(told.unread(Server), vec![Unread::GivenUp; all.len() - 40]);
    assert!(!cut.told().of(Server).is_empty(), "the limit is what stands in the way");
    assert!(told.missing.is_empty(), "nothing was read behind it");
}

#[test]
fn a_capture_that_begins_in_the_middle_shows_records() {
    let mut session = Session::load("lines");
    session.pieces.drain(..6);
    let told = session.told();
    assert!(told.records.len() > 20 && told.not_tls.is_empty());
    assert!(told.unread(Client).iter().chain(&told.unread(Server)).all(|why| *why == Unread::NoClientHello));
    assert_eq!(told.unread(Client).len() + told.unread(Server).len(), told.records.len());
}

#[test]
fn a_hole_of_any_length_is_passed_at_once() {
    for (name, digits, fits) in
        [("aes128", 64, true), ("aes256", 96, true), ("aes256", 64, false), ("aes128", 96, false)]
    {
        let mut session = Session::load(name);
        let text = String::from_utf8(session.keys.clone()).unwrap();
        // Secrets of the length that belongs to the suite, and of one that does not.
        let resized = text.lines().map(|line| match line.rsplit_once(' ') {
            Some((start, secret)) if secret.len() >= 64 => {
                format!("{start} {}\n", &secret.repeat(2)[..digits])
            }
            _ => "#\n".to_owned(),
        });
        session.keys = resized.collect::<String>().into_bytes();
        session.pieces.insert(3, Piece::Hole(Server, 1 << 60));
        session.pieces.insert(5, Piece::Hole(Client, 1 << 60));
        let told = session.told();
        assert_eq!(told.client_hellos.len(), 1);
        assert_eq!(told.unread(Server).is_empty(), fits, "{name}, {digits} digits");
    }
}

//! What recorded sessions say, message by message: the same on every machine.

use netlab::event::Host::{Client, Server};
use netlab::flow::tls::{ContentType, Epoch, Group, Reading, Version};

use crate::session::{Piece, Session};

#[test]
fn every_suite_is_opened_and_every_record_is_numbered() {
    for (name, suite) in [
        ("aes128", "TLS_AES_128_GCM_SHA256"),
        ("aes256", "TLS_AES_256_GCM_SHA384"),
        ("chacha20", "TLS_CHACHA20_POLY1305_SHA256"),
    ] {
        let told = Session::load(name).told();
        assert_eq!(told.agreed[0].cipher_suite.name(), Some(suite));
        assert_eq!((told.agreed[0].version, told.agreed[0].resumed), (Version::TLS13, false));
        assert_eq!(told.text(Client), "hello there\nand again\n");
        assert_eq!(told.text(Server), "ereht olleh\nniaga dna\n");
        for host in [Client, Server] {
            let mut next = [0, 0];
            for opened in told.opened(host) {
                let epoch = usize::from(opened.epoch != Epoch::Handshake);
                assert_eq!(opened.sequence, next[epoch], "{name}: {opened:?}");
                assert_eq!(opened.cipher_suite.name(), Some(suite));
                next[epoch] += 1;
            }
            assert!(next[0] >= 1 && next[1] >= 3, "{name}: {next:?}");
        }
    }
}

#[test]
fn the_outside_of_a_record_says_less_than_its_inside() {
    let told = Session::load("aes128").told();
    let inside = |host| told.opened(host).iter().map(|opened| opened.content).collect::<Vec<_>>();
    assert!(inside(Client).contains(&ContentType::HANDSHAKE) && inside(Client).contains(&ContentType::ALERT));
    for (record, reading) in &told.records {
        if let Reading::Opened(opened) = reading {
            assert_eq!((record.content, record.version), (ContentType::APPLICATION_DATA, Version::TLS12));
            assert_eq!(record.len, opened.len + opened.padding + 17);
        }
    }
}

#[test]
fn the_place_of_what_was_said_is_that_of_its_record() {
    let session = Session::load("aes128");
    let told = session.told();
    assert_eq!(told.stood.len(), 4);
    for record in &told.stood {
        let bytes = session.stream(record.side.from);
        assert_eq!(bytes[record.offset as usize..][..3], [0x17, 3, 3]);
        assert!(record.first_frame > 2 && record.last_frame >= record.first_frame);
    }
}

#[test]
fn a_retry_is_told_between_two_hellos() {
    let told = Session::load("retry").told();
    assert_eq!(told.names(Client)[..2], ["-client_hello", "-client_hello"]);
    assert_eq!(told.names(Server)[..2], ["-server_hello", "-server_hello"]);
    assert!(told.server_hellos[0].is_retry() && !told.server_hellos[1].is_retry());
    assert_eq!(told.server_hellos[0].key_share, Some(Group(0x18)));
    assert_eq!(told.agreed.len(), 1, "a retry agrees on nothing");
    assert_eq!(told.text(Client), "hello there\nand again\n");
}

#[test]
fn renewed_keys_are_followed() {
    let told = Session::load("updates").told();
    assert_eq!(told.text(Client), "one\ntwo\nthree\n");
    assert_eq!(told.text(Server), "eno\nowt\neerht\n");
    assert_eq!(told.names(Client).iter().filter(|name| *name == "key_update").count(), 2);
    let epochs: Vec<Epoch> = told.opened(Client).iter().map(|opened| opened.epoch).collect();
    assert!(epochs.is_sorted_by_key(|epoch| match epoch {
        Epoch::Handshake => 0,
        Epoch::Application(renewed) => renewed + 1,
    }));
    assert_eq!(epochs.last(), Some(&Epoch::Application(2)));
}

#[test]
fn an_end_says_whether_it_was_announced() {
    let session = Session::load("aes128");
    let told = session.told();
    let closed = |told: &crate::session::Told| {
        told.ends.iter().find(|end| end.side.from == Client).map(|end| end.closed)
    };
    assert_eq!(closed(&told), Some(Some(true)));
    // The same without the client's last record, its alert: somebody may have cut the line.
    let last = session.told().records.iter().rfind(|(record, _)| record.side.from == Client).unwrap().0;
    let mut cut = session.clone();
    let mut left = last.offset as usize;
    for piece in &mut cut.pieces {
        if let Piece::Bytes(Client, bytes) = piece {
            bytes.truncate(left);
            left -= bytes.len();
        }
    }
    assert_eq!(closed(&cut.told()), Some(Some(false)));
    let end = cut.told().ends.iter().find(|end| end.side.from == Client).copied().unwrap();
    assert_eq!(end.unfinished, 0);
}

#[test]
fn who_says_the_clients_hello_is_the_client_whatever_tcp_says() {
    let mut session = Session::load("aes256");
    for piece in &mut session.pieces {
        match piece {
            Piece::Bytes(host, _) | Piece::Hole(host, _) | Piece::End(host) => *host = host.other(),
        }
    }
    let told = session.told();
    assert_eq!(told.text(Server), "hello there\nand again\n");
    assert_eq!(told.text(Client), "ereht olleh\nniaga dna\n");
}

//! How connections end, and what the programs at both ends are told.

use netlab::event::Host::{self, Client, Server};
use netlab::flow::websocket::{Closing, Rule};

use crate::wire::{Out, Wire, frame};

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

fn told(closing: &Closing, host: Host) -> Option<(u16, &str, Option<bool>)> {
    closing.of(host).onclose.as_ref().map(|told| (told.code, told.reason.as_str(), told.was_clean))
}

fn run(act: impl FnOnce(&mut Wire)) -> (Out, Closing) {
    let mut wire = Wire::new();
    wire.send(Client, TEXT, b"hi").send(Server, TEXT, b"hi");
    act(&mut wire);
    let out = wire.finish();
    let closing = out.closing.clone().unwrap();
    (out, closing)
}

#[test]
fn a_clean_close_gives_both_the_code_of_the_other() {
    let (out, closing) = run(|wire| {
        wire.send(Client, CLOSE, b"\x03\xe8bye").send(Server, CLOSE, b"\x03\xe8").fin(Server).fin(Client);
    });
    assert_eq!(out.rules(), Vec::<String>::new());
    assert_eq!((closing.first, closing.tcp_first), (Some(Client), Some(Server)));
    assert_eq!(told(&closing, Client), Some((1000, "", Some(true))));
    assert_eq!(told(&closing, Server), Some((1000, "bye", Some(true))));
}

#[test]
fn a_close_without_a_code_is_1005() {
    let (_, closing) = run(|wire| {
        wire.send(Server, CLOSE, b"").send(Client, CLOSE, b"").fin(Server).fin(Client);
    });
    assert_eq!(closing.first, Some(Server));
    assert_eq!(told(&closing, Client), Some((1005, "", Some(true))));
}

#[test]
fn no_close_is_1006_and_worth_a_note() {
    let (out, closing) = run(|wire| {
        wire.fin(Server).fin(Client);
    });
    assert_eq!(out.rules(), ["server ws.no_close"]);
    assert_eq!((out.verdicts[0].number, &out.verdicts[0].packets[..]), (None, &[3][..]));
    for host in [Client, Server] {
        assert_eq!(told(&closing, host), Some((1006, "", Some(false))));
    }
    for host in [Client, Server] {
        let (out, closing) = run(|wire| {
            wire.rst(host);
        });
        assert_eq!(out.rules(), [format!("{host} ws.no_close")], "who sent the RST");
        assert_eq!((closing.tcp_first, told(&closing, Client)), (Some(host), Some((1006, "", Some(false)))));
    }
}

#[test]
fn a_close_that_is_not_answered_is_known_to_one_side_only() {
    let (out, closing) = run(|wire| {
        wire.send(Client, CLOSE, b"\x03\xe9").fin(Client).fin(Server);
    });
    assert_eq!(out.rules(), ["client ws.close_unanswered"], "it did not wait for the answer");
    assert_eq!(out.verdicts[0].packets[..], [3, 4]);
    assert_eq!(told(&closing, Server), Some((1001, "", Some(false))));
    assert_eq!(told(&closing, Client), Some((1006, "", Some(false))));
}

#[test]
fn a_close_that_is_not_answered_is_noted_of_the_side_that_hung_up() {
    for (asks, hangs_up) in [(Client, Client), (Client, Server), (Server, Server), (Server, Client)] {
        let (out, _) = run(|wire| {
            wire.send(asks, CLOSE, b"\x03\xe8").fin(hangs_up).fin(hangs_up.other());
        });
        assert_eq!(out.rules(), [format!("{hangs_up} ws.close_unanswered")], "{asks} asked");
        assert_eq!(out.verdicts[0].packets[..], [3, 4]);
        let (out, _) = run(|wire| {
            wire.send(asks, CLOSE, b"\x03\xe8").rst(hangs_up);
        });
        assert_eq!(out.rules(), [format!("{hangs_up} ws.close_unanswered")], "{asks} asked, RST");
    }
}

#[test]
fn the_server_should_close_tcp_first() {
    let (out, _) = run(|wire| {
        wire.send(Client, CLOSE, b"\x03\xe8").send(Server, CLOSE, b"\x03\xe8").fin(Client).fin(Server);
    });
    assert_eq!(out.rules(), ["client ws.client_closed_tcp_first"]);
}

#[test]
fn while_it_is_open_nobody_is_told_anything() {
    let (out, closing) = run(|_| {});
    assert_eq!((told(&closing, Client), told(&closing, Server)), (None, None));
    assert_eq!(out.rules(), Vec::<String>::new());
    let (_, closing) = run(|wire| {
        wire.send(Client, CLOSE, b"\x03\xe8");
    });
    assert_eq!((closing.first, told(&closing, Server)), (Some(Client), None));
}

#[test]
fn who_fails_the_connection_reads_no_close_any_more() {
    // The server finds the unmasked frame, says 1002 and hangs up; the client's echo comes too late.
    let (_, closing) = run(|wire| {
        wire.bytes(Client, &frame(TEXT, b"x")).send(Server, CLOSE, b"\x03\xea");
        wire.send(Client, CLOSE, b"\x03\xea").fin(Server).fin(Client);
    });
    assert_eq!(closing.server.failed.map(|failed| failed.rule), Some(Rule::ClientMustMask));
    assert_eq!(told(&closing, Server), Some((1006, "", Some(false))));
    assert_eq!(told(&closing, Client), Some((1002, "", Some(true))));
    assert_eq!(closing.client.failed, None);
}

#[test]
fn who_goes_on_has_not_failed_it() {
    // The server answers, and closes as if nothing had been.
    let (_, closing) = run(|wire| {
        wire.bytes(Client, &frame(TEXT, b"x")).send(Server, TEXT, b"never mind");
        wire.send(Client, CLOSE, b"\x03\xe8").send(Server, CLOSE, b"\x03\xe8").fin(Server).fin(Client);
    });
    assert_eq!(closing.server.failed, None);
    assert_eq!(told(&closing, Server), Some((1000, "", Some(true))));
    // Who hangs up without a word has.
    let (_, closing) = run(|wire| {
        wire.bytes(Client, &frame(TEXT, b"x")).send(Client, CLOSE, b"\x03\xe8").fin(Server).fin(Client);
    });
    assert_eq!(told(&closing, Server), Some((1006, "", Some(false))));
    // A close frame that itself breaks a rule, answered by another code.
    let (_, closing) = run(|wire| {
        wire.send(Server, CLOSE, b"\x03\xed").send(Client, CLOSE, b"\x03\xea").fin(Server).fin(Client);
    });
    assert_eq!(told(&closing, Client), Some((1006, "", Some(false))));
}

#[test]
fn bytes_behind_a_reset_are_still_read() {
    let (out, closing) = run(|wire| {
        wire.rst(Server).send(Server, TEXT, b"forged?").fin(Client);
    });
    assert_eq!(out.texts(), ["hi", "hi", "forged?"]);
    assert!(closing.server.tcp.unwrap().reset);
}

#[test]
fn what_may_have_been_missed_is_held_against_nobody() {
    // The server's close frame is in the hole, or none was.
    let (out, closing) = run(|wire| {
        wire.hole(Server, 4).send(Client, CLOSE, b"\x03\xe8").fin(Server).fin(Client);
    });
    assert_eq!((out.rules(), closing.server.lost), (vec![], true));
    assert_eq!(told(&closing, Client), None);
    // What the server's program hears is there; whether the server answered is not.
    assert_eq!(told(&closing, Server), Some((1000, "", None)));
    let (out, closing) = run(|wire| {
        wire.hole(Server, 4).fin(Server).fin(Client);
    });
    assert_eq!(out.rules(), Vec::<String>::new());
    assert_eq!(told(&closing, Client), None);
    assert_eq!(told(&closing, Server), Some((1006, "", Some(false))), "the client has sent none");
}

#[test]
fn a_code_in_a_hole_is_not_none() {
    let close = |wire: &mut Wire, kept: usize| {
        let bytes = frame(CLOSE, b"\x03\xe8bye");
        wire.bytes(Server, &bytes[..kept]).hole(Server, (bytes.len() - kept) as u64);
        wire.send(Client, CLOSE, b"\x03\xe8").fin(Server).fin(Client);
    };
    let (out, closing) = run(|wire| close(wire, 3));
    assert_eq!((closing.client.onclose, out.lost.len()), (None, 0));
    let (out, closing) = run(|wire| close(wire, 5));
    let sent = closing.server.sent.clone().unwrap();
    assert_eq!((sent.readable, sent.code, &sent.reason[..]), (false, Some(1000), &b"b"[..]));
    assert_eq!((told(&closing, Client), out.rules()), (None, vec![]), "nor half of a reason all of it");
}

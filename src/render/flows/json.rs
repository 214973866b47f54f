//! A conversation as one JSON object on one line.

use std::io::Write;
use std::net::SocketAddr;

use crate::event::Host;
use crate::flow::talk::Messages;
use crate::flow::{Row, Sent, TcpRow};
use crate::frame::Time;
use crate::render::json::write_text;
use crate::render::ndjson::{write_number, write_time};

/// Adds a conversation's object and a line end to `out`; with `file` where several are read, with `matches`, how many of its
/// frames were asked for, where somebody asked for frames.
pub fn conversation(row: &Row, file: Option<&str>, matches: Option<u64>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"kind\":\"conversation\",");
    if let Some(file) = file {
        out.extend_from_slice(b"\"file\":");
        // Writing into memory does not fail.
        let _ = write_text(out, &file);
        out.push(b',');
    }
    out.extend_from_slice(b"\"protocol\":\"");
    out.extend_from_slice(row.protocol().as_bytes());
    out.extend_from_slice(b"\",\"stream\":");
    write_number(out, row.stream.into());
    address(out, b",\"client\":\"", row.client);
    address(out, b",\"server\":\"", row.server);
    time(out, b",\"start\":", row.start);
    time(out, b",\"duration\":", row.duration.map(|nanos| Time(nanos.into())));
    sides(out, b",\"packets\":", row, |sent| sent.packets);
    sides(out, b",\"bytes\":", row, |sent| sent.bytes);
    number(out, b",\"frames\":", row.packets());
    if let Some(tcp) = &row.tcp {
        of_tcp(tcp, out);
    }
    word(out, b",\"carries\":", row.carries.word());
    if let Some(messages) = &row.messages {
        number(out, b",\"messages\":{\"client\":", messages.from_client);
        number(out, b",\"server\":", messages.from_server);
        out.push(b'}');
        if let Some(whose) = unread(messages) {
            word(out, b",\"messages_unread\":", Some(whose));
        }
    }
    if let Some(matches) = matches {
        number(out, b",\"matches\":", matches);
    }
    out.extend_from_slice(b"}\n");
}

fn of_tcp(tcp: &TcpRow, out: &mut Vec<u8>) {
    time(out, b",\"handshake_rtt\":", tcp.handshake_rtt.map(|nanos| Time(nanos.into())));
    word(out, b",\"began\":", Some(tcp.began.word()));
    word(out, b",\"ended\":", Some(tcp.ended.word()));
    word(out, b",\"outcome\":", Some(tcp.outcome.word()));
    word(out, b",\"reset_by\":", tcp.reset_by.map(host));
    number(out, b",\"retransmissions\":", tcp.retransmissions.into());
    number(out, b",\"out_of_order\":", tcp.out_of_order.into());
    number(out, b",\"lost_segments\":", tcp.lost.into());
    out.extend_from_slice(if tcp.roles_guessed {
        b",\"roles_guessed\":true"
    } else {
        b",\"roles_guessed\":false"
    });
}

/// Whose messages could not be counted to the end.
pub(super) fn unread(messages: &Messages) -> Option<&'static str> {
    match (messages.client_unread, messages.server_unread) {
        (true, true) => Some("both"),
        (true, false) => Some("client"),
        (false, true) => Some("server"),
        (false, false) => None,
    }
}

pub(super) fn host(host: Host) -> &'static str {
    match host {
        Host::Client => "client",
        Host::Server => "server",
    }
}

fn address(out: &mut Vec<u8>, key: &[u8], address: SocketAddr) {
    out.extend_from_slice(key);
    let _ = write!(out, "{address}\"");
}

fn number(out: &mut Vec<u8>, key: &[u8], number: u64) {
    out.extend_from_slice(key);
    write_number(out, number);
}

fn time(out: &mut Vec<u8>, key: &[u8], time: Option<Time>) {
    out.extend_from_slice(key);
    match time {
        Some(time) => drop(write_time(out, time)),
        None => out.extend_from_slice(b"null"),
    }
}

/// One of our own words: nothing in it has to be escaped.
fn word(out: &mut Vec<u8>, key: &[u8], word: Option<&str>) {
    out.extend_from_slice(key);
    match word {
        Some(word) => {
            out.push(b'"');
            out.extend_from_slice(word.as_bytes());
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    }
}

fn sides(out: &mut Vec<u8>, key: &[u8], row: &Row, part: fn(Sent) -> u64) {
    out.extend_from_slice(key);
    number(out, b"{\"client\":", part(row.from_client));
    number(out, b",\"server\":", part(row.from_server));
    out.push(b'}');
}

//! Where HTTP ends: behind a 101, and behind a 2xx to CONNECT.

use super::*;

#[test]
fn behind_a_101_everything_is_handed_on_also_from_the_same_segment() {
    let coalesced = [SWITCH, "\u{1}\u{2}"].concat();
    let lines = told(&[
        say(C, UPGRADE),
        say(S, &coalesced),
        say(C, "abc"),
        say(S, "def"),
        Run::Hole(S, 3),
        Run::End(S, false),
    ]);
    let expected = [
        "request 0: GET /chat, wants Upgrade".to_owned(),
        "answer to 0: 101".to_owned(),
        "handshake Opened".to_owned(),
        format!("to websocket from Some({}) and {}", UPGRADE.len(), SWITCH.len()),
        format!("server raw at {}: \\x01\\x02", SWITCH.len()),
        format!("client raw at {}: abc", UPGRADE.len()),
        format!("server raw at {}: def", SWITCH.len() + 2),
        "server raw hole of 3".to_owned(),
        "server raw end".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_the_client_says_before_the_101_waits_for_it() {
    let eager = [UPGRADE, "early"].concat();
    let runs = [say(C, &eager), say(C, " bird"), Run::Hole(C, 2), Run::End(C, false), say(S, SWITCH)];
    let lines = told(&runs);
    let expected = [
        format!("to websocket from Some({}) and {}", UPGRADE.len(), SWITCH.len()),
        format!("client raw at {}: early", UPGRADE.len()),
        format!("client raw at {}:  bird", UPGRADE.len() + 5),
        "client raw hole of 2".to_owned(),
        "client raw end".to_owned(),
    ];
    assert_eq!(lines[3..], expected);
    // Only so much of it, and that is told.
    let limits = Limits { held: 7, ..Limits::default() };
    let expected = [
        format!("client raw at {}: early", UPGRADE.len()),
        format!("client raw at {}:  b", UPGRADE.len() + 5),
        format!("client held back at {}: 5, true", UPGRADE.len() + 7),
        "client raw hole of 5".to_owned(),
        "client raw end".to_owned(),
    ];
    assert_eq!(told_within(limits, &runs)[4..], expected);
    // No answer.
    let lines = told(&runs[..2]);
    assert_eq!(lines[1..], [format!("client held back at {}: 10, false", UPGRADE.len())]);
}

#[test]
fn after_a_refused_upgrade_http_goes_on() {
    let refused = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    let pipelined = [UPGRADE, UPGRADE, GET].concat();
    let lines = told(&[say(C, &pipelined), say(S, refused), say(S, refused), say(S, OK)]);
    let expected = [
        "request 0: GET /chat, wants Upgrade",
        "answer to 0: 404",
        "handshake Refused(NotFound)",
        "request 1: GET /chat, wants Upgrade",
        "answer to 1: 404",
        "handshake Refused(NotFound)",
        "request 2: GET /, wants Answer",
        "answer to 2: 200",
        "server said 2: hi",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_connect_makes_a_tunnel_in_which_http_and_an_upgrade_begin_again() {
    let connect = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
    let made = "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n";
    let lines =
        told(&[say(C, connect), say(S, made), say(C, UPGRADE), say(S, SWITCH), say(C, "x"), say(S, "y")]);
    let (client, server) = (connect.len() + UPGRADE.len(), made.len() + SWITCH.len());
    let expected = [
        "request 0: CONNECT a:80, wants Tunnel".to_owned(),
        "answer to 0: 200".to_owned(),
        format!("to tunnel from Some({}) and {}", connect.len(), made.len()),
        "in tunnel: request 1: GET /chat, wants Upgrade".to_owned(),
        "in tunnel: answer to 1: 101".to_owned(),
        "handshake Opened".to_owned(),
        format!("to websocket from Some({client}) and {server}"),
        format!("client raw at {client}: x"),
        format!("server raw at {server}: y"),
    ];
    assert_eq!(lines, expected);
    // TLS in it is handed on, with what was needed to know it.
    let lines = told(&[say(C, connect), say(C, "\u{16}\u{3}\u{1}"), say(S, made), say(S, "\u{16}\u{3}")]);
    let expected = [
        "client is not HTTP".to_owned(),
        format!("client raw at {}: \\x16", connect.len()),
        format!("client raw at {}: \\x03\\x01", connect.len() + 1),
        "server is not HTTP".to_owned(),
        format!("server raw at {}: \\x16", made.len()),
        format!("server raw at {}: \\x03", made.len() + 1),
    ];
    assert_eq!(lines[3..], expected);
    // Tunnels in tunnels, up to a limit.
    let deep = |count: usize| {
        let runs: Vec<_> = (0..count).flat_map(|_| [say(C, connect), say(S, made)]).collect();
        told(&runs).iter().filter(|line| line.starts_with("to tunnel")).count()
    };
    assert_eq!((deep(4), deep(5), deep(9)), (4, 5, 5));
    // Refused: HTTP goes on.
    let lines = told(&[
        say(C, connect),
        say(S, "HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n"),
        say(C, GET),
        say(S, OK),
    ]);
    assert_eq!(lines[1..4], ["answer to 0: 407", "request 1: GET /, wants Answer", "answer to 1: 200"]);
}

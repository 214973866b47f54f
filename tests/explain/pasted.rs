//! What is pasted from elsewhere: two that are compared, a console's message, a prefix.

use netlab::explain::parts;

use super::All;
use super::asked::key;
use super::util::netlab;

#[test]
fn of_two_that_are_compared_each_is_named() {
    let all = All::new();
    for (typed, expected) in [
        ("tcp vs udp", ["layer tcp", "layer udp"]),
        ("HTTP vs. HTTPS?", ["layer http", "layer tls"]),
        ("polling or WebSocket", ["word polling", "word websocket"]),
    ] {
        let found = parts(&all.terms, typed).unwrap_or_else(|| panic!("{typed}"));
        let keys: Vec<&str> = found.parts.iter().map(|part| part.term.map_or("", |term| term.key)).collect();
        assert_eq!(keys, expected, "{typed}");
    }
    // There is an entry for this one, and no term for those.
    for typed in ["websocket vs socket.io", "tcp vs nothing", "cats and dogs", " or ", "tcp vs "] {
        assert!(parts(&all.terms, typed).is_none(), "{typed}");
    }
}

#[test]
fn messages_of_programs_and_questions_find_what_they_are_about() {
    let all = All::new();
    for (typed, meant) in [
        ("Error: connect ECONNREFUSED 127.0.0.1:8080", "tcp.flags.reset"),
        ("net::ERR_CONNECTION_REFUSED", "tcp.flags.reset"),
        ("WebSocket connection to 'ws://localhost:3000/' failed: ", "close 1006"),
        ("Error during WebSocket handshake: Unexpected response code: 404", "rule ws.status"),
        ("Unexpected server response: 502", "rule ws.status"),
        ("getaddrinfo ENOTFOUND chat.example", "layer dns"),
        ("blocked by CORS policy", "word cors"),
        ("how does TCP work?", "layer tcp"),
        ("why do we need WebSockets", "word websocket"),
        ("WWW-Authenticate", "status 401"),
    ] {
        assert_eq!(key(&all, typed), Some(meant), "{typed}");
    }
    assert_eq!(key(&all, "ERROR OF NO NAME"), None);
}

#[test]
fn a_prefix_is_taken_apart_and_a_bad_one_told() {
    let all = All::new();
    for (typed, expected) in [
        (
            "10.7.0.0/24",
            &["word ip address", "word netmask", "word netmask", "word ip address", "word netmask"][..],
        ),
        ("fd00:7::/64", &["word ipv6 address", "word netmask", "word ipv6 address", "word netmask"]),
        ("/24", &["word netmask", "word netmask"]),
    ] {
        let found = parts(&all.terms, typed).unwrap_or_else(|| panic!("{typed}"));
        let keys: Vec<&str> = found.parts.iter().map(|part| part.term.map_or("", |term| term.key)).collect();
        assert_eq!(keys, expected, "{typed}");
    }
    let run = netlab(&["explain", "10.7.0.77/24", "--width=80", "--color=never"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for said in ["10.7.0.77", "a host in 10.7.0.0/24", "254 addresses for hosts", "10.7.0.255", "broadcast"] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    for (typed, why) in [
        ("10.0.0.0/33", "no prefix has /33: an IPv4 address has 32 bits"),
        ("fd00::/129", "an IPv6 address has 128 bits"),
        ("10.0.0.999/8", "10.0.0.999 is no IPv4 address"),
    ] {
        let run = netlab(&["explain", typed]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{typed}");
        assert!(run.stderr.contains(why), "{typed}: {}", run.stderr);
    }
}

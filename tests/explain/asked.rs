//! What students type, and what is found for it.

use netlab::explain::{By, Group, find, near, parts, readings};

use super::All;
use super::util::netlab;

/// The key that a text finds.
pub(super) fn key(all: &All, typed: &str) -> Option<&'static str> {
    find(&all.terms, typed).map(|found| found.best.key)
}

#[test]
fn what_first_readers_type_finds_what_they_mean() {
    let all = All::new();
    for (typed, meant) in [
        ("SYN", "tcp.flags.syn"),
        ("fin", "tcp.flags.fin"),
        ("hang up", "tcp.flags.fin"),
        ("psh flag", "tcp.flags.push"),
        ("1006", "close 1006"),
        ("close code 1001", "close 1001"),
        ("close", "opcode close"),
        ("ping", "word ping"),
        ("ping frame", "opcode ping"),
        ("continuation", "opcode continuation"),
        ("TIME_WAIT", "state TIME-WAIT"),
        ("time wait state", "state TIME-WAIT"),
        ("4", "layer.4"),
        ("layer 4", "layer.4"),
        ("transport", "layer.4"),
        ("session layer", "layer.5"),
        ("sec-websocket-accept", "http.sec_websocket_accept"),
        ("Origin", "word origin"),
        ("ws.client_must_mask", "rule ws.client_must_mask"),
        ("MSS", "tcp.options.mss_val"),
        ("window", "word window"),
        ("what is a port?", "word port"),
        ("tcp.window_size", "tcp.window_size"),
        ("Time to live, in hops", "ip.ttl"),
        ("io.on", "word io.on"),
        ("socket.emit()", "word socket.emit"),
        ("socket.io", "word socket.io"),
        ("WebSocket or Socket.IO", "word websocket or socket.io"),
        ("full duplex", "word full-duplex"),
        ("long polling", "word long-polling"),
        ("tcp/ip", "word tcp/ip"),
        ("SYN-ACK", "step tcp.syn_ack"),
        ("sni", "tls.handshake.extensions_server_name"),
        ("ARP", "layer arp"),
    ] {
        assert_eq!(key(&all, typed), Some(meant), "{typed}");
    }
    for term in all.terms.all() {
        assert_eq!(key(&all, term.key), Some(term.key), "by its own key");
    }
}

#[test]
fn a_number_or_an_address_without_an_entry_is_what_it_is_one_of() {
    let all = All::new();
    for (typed, meant) in [
        ("3000", "word port"),
        ("4000", "word port"),
        ("4999", "word port"),
        ("close code 3000", "close 3000-3999"),
        ("close 4999", "close 4000-4999"),
        ("1020", "word port"),
        ("999", "word port"),
        ("close code 65535", "close 5000-65535"),
        ("close 404", "close 0-999"),
        ("5173", "word port"),
        ("65535", "word port"),
        ("0", "opcode continuation"),
        ("8", "opcode close"),
        ("9", "opcode ping"),
        ("10", "opcode pong"),
        ("22", "word port"),
        ("port 3000", "word port"),
        ("418", "http.response.code"),
        ("http 302", "http.response.code"),
        ("10.7.0.1", "word ip address"),
        ("fe80::1", "word ipv6 address"),
        ("255.255.255.0", "word netmask"),
        ("127.0.0.2", "word loopback"),
        ("::1", "word loopback"),
        ("02:00:0a:07:00:01", "word mac address"),
    ] {
        let found = find(&all.terms, typed).unwrap_or_else(|| panic!("{typed}"));
        assert_eq!((found.best.key, found.by), (meant, By::Kind), "{typed}");
    }
    for typed in ["65536", "70000", "close 70000", "status 999", "10.7.0", "02:00:0a:07:00"] {
        assert_eq!(key(&all, typed), None, "{typed}");
    }
    let run = netlab(&["explain", "4000"]);
    assert_eq!(run.code, Some(0));
    for said in
        ["4000 can be:", "close code 4000", "port 4000", "For another: netlab explain close code 4000"]
    {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    let run = netlab(&["explain", "close", "code", "4000"]);
    assert!(run.stderr.contains("lies in the range of close codes 4000-4999"), "{}", run.stderr);
    assert_eq!(netlab(&["explain", "70000"]).code, Some(2));
}

#[test]
fn a_slip_of_the_fingers_is_offered_what_was_meant() {
    let all = All::new();
    for (typed, meant) in [
        ("handshaek", "word handshake"),
        ("websokcet", "word websocket"),
        ("tcp.flag.syn", "tcp.flags.syn"),
        ("sinack", "step tcp.syn_ack"),
    ] {
        assert_eq!(key(&all, typed), None, "{typed}");
        assert!(near(&all.terms, typed).iter().any(|term| term.key == meant), "{typed}");
    }
    let run = netlab(&["explain", "handshaek"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("near it: handshake (word)"), "{}", run.stderr);
    let run = netlab(&["explain", "zzzzzz\u{1b}[2J"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--all") && !run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn what_a_number_can_be_is_asked_for_by_its_whole_name() {
    let all = All::new();
    for number in (0..18).chain([22, 40, 58, 80, 99, 101, 404, 443, 1000, 1006, 1100, 3000, 8080, 65535]) {
        let typed = number.to_string();
        let readings = readings(&all.terms, &typed);
        let first = readings.first().unwrap_or_else(|| panic!("{number}"));
        assert_eq!(key(&all, &typed), Some(first.term.key), "{number}: the likeliest is told");
        for reading in &readings {
            assert_eq!(key(&all, &reading.ask), Some(reading.term.key), "{}", reading.ask);
        }
    }
    let asks = |typed: &str| -> Vec<String> {
        readings(&all.terms, typed).into_iter().map(|reading| reading.ask).collect()
    };
    assert_eq!(asks("8"), ["opcode 8", "port 8", "close code 8"]);
    assert_eq!(asks("6")[..3], ["layer 6", "IP protocol 6", "opcode 6"]);
    assert_eq!(asks("17")[..2], ["IP protocol 17", "port 17"]);
    assert_eq!(asks("22")[0], "port 22");
    assert_eq!(asks("40")[..2], ["alert 40", "port 40"]);
    assert_eq!(asks("1001"), ["close code 1001", "port 1001"]);
    assert_eq!(asks("404")[0], "status 404");
    assert_eq!(asks("443"), ["port 443", "close code 443"]);
    assert_eq!(asks("418")[0], "status 418");
    // Every handshake has it; the opcode of this number nobody may use.
    assert_eq!(asks("13"), ["version 13", "opcode 13", "port 13", "close code 13"]);
    let run = netlab(&["explain", "port", "443"]);
    assert!(run.stderr.contains("port 443 is HTTPS's by the list of ports"), "{}", run.stderr);
    assert!(
        asks("65536").is_empty() && asks("-1").is_empty() && asks("").is_empty() && asks("8 ").len() == 3
    );
}

#[test]
fn what_is_put_together_is_taken_apart() {
    let all = All::new();
    for (typed, expected) in [
        ("10.0.0.1:80", &["word ip address", "word port"][..]),
        ("[fd00:7::1]:8080", &["word ipv6 address", "word port"]),
        ("localhost:3000", &["word loopback", "word port"]),
        ("ws://host/path", &["word websocket", "layer dns", "word port", "http.request.uri"]),
        (
            "wss://a@b.c:1/p?q#f",
            &[
                "layer tls",
                "word url",
                "layer dns",
                "word port",
                "http.request.uri",
                "http.request.uri",
                "word url",
            ],
        ),
        ("https://[::1]", &["layer tls", "word loopback", "word port", "http.request.uri"]),
        ("ws://", &["word websocket"]),
        ("Seq=0 Ack=1", &["tcp.seq", "tcp.ack"]),
        ("seq 0", &["tcp.seq"]),
        ("ack 1", &["tcp.ack"]),
        ("seq 0, ack 1", &["tcp.seq", "tcp.ack"]),
        ("win 64,240", &["tcp.window_size"]),
        ("Upgrade: websocket", &["http.upgrade", "word websocket"]),
        ("Host: example.org", &["http.host", "layer dns"]),
        ("host: 10.7.0.2:8080", &["http.host", "word ip address", "word port"]),
        ("Sec-WebSocket-Version: 13", &["http.sec_websocket_version", ""]),
        ("GET /chat HTTP/1.1", &["http.request.method", "http.request.uri", "http.request.version"]),
        (
            "HTTP/1.1 101 Switching Protocols",
            &["http.response.version", "status 101", "http.response.phrase"],
        ),
        ("tcp.port == 80", &["tcp.port", "", ""]),
        ("!(http or dns)", &["", "layer http", "", "layer dns"]),
        ("[PSH, ACK]", &["tcp.flags.push", "tcp.flags.ack"]),
        ("+0.05 ms", &["word jitter"]),
        ("example.com", &["layer dns"]),
        ("10.7.0.1", &["word ip address"]),
        ("fe80::1", &["word ipv6 address"]),
        ("02:00:00:00:00:01", &["word mac address"]),
    ] {
        let found = parts(&all.terms, typed).unwrap_or_else(|| panic!("{typed}"));
        let keys: Vec<&str> = found.parts.iter().map(|part| part.term.map_or("", |term| term.key)).collect();
        assert_eq!(keys, expected, "{typed}");
        // All of it stands in a part, but for what was not written.
        let bare = |text: &str| text.chars().filter(|c| !"()[], ".contains(*c)).collect::<String>();
        let written = found.parts.iter().filter(|part| !part.text.starts_with('('));
        let written: String = written.map(|part| bare(&part.text)).collect();
        assert_eq!(written, bare(typed), "{typed}");
    }
    for typed in [
        "FIN",
        "socket.io",
        "io.on",
        "hello",
        "tcp.port",
        "a:b",
        "10.0.0.1:99999",
        "ftp://x",
        "1.2.3",
        ":80",
        "ws",
    ] {
        assert!(parts(&all.terms, typed).is_none(), "{typed}");
    }
    let shown = netlab(&["explain", "10.7.0.1:8080", "--width=80", "--color=never"]);
    assert!(shown.stdout.contains("IPv4 address: a private one (RFC 1918)"), "{}", shown.stdout);
    let hostile = netlab(&["explain", "ws://\u{1b}[31m.com/\u{1b}[2J", "--color=never"]);
    assert!(!hostile.stdout.contains('\u{1b}') && !hostile.stderr.contains('\u{1b}'), "{}", hostile.stdout);
}

#[test]
fn what_people_say_of_a_program_is_no_name_of_what_stands_on_the_wire() {
    for (typed, nearest) in [
        ("event loop", "backpressure"),
        ("express", "server"),
        ("node", "server"),
        ("browser", "client"),
        ("fetch", "HTTP"),
        ("REST", "HTTP"),
        ("ECONNRESET", "RST"),
        ("EPIPE", "RST"),
        ("ERR_CONNECTION_REFUSED", "RST"),
        ("socket hang up", "FIN"),
    ] {
        let run = netlab(&["explain", typed]);
        let notice = format!("\u{201c}{typed}\u{201d} is what people say; closest to it is {nearest}");
        assert!(run.code == Some(0) && run.stderr.contains(&notice), "{typed}: {}", run.stderr);
    }
}

#[test]
fn there_is_no_eighth_layer() {
    for typed in ["layer 8", "layer 0", "osi 8"] {
        let run = netlab(&["explain", typed]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{typed}");
        assert!(run.stderr.contains("OSI has seven, layer 1 to layer 7"), "{}", run.stderr);
    }
    assert_eq!(netlab(&["explain", "layer", "7"]).code, Some(0));
}

#[test]
fn a_word_names_the_field_that_it_borrows_and_a_number_has_its_unit() {
    let value = |typed: &str| {
        let shown = netlab(&["explain", typed, "--width=100", "--color=never"]).stdout;
        shown.lines().find_map(|line| Some(line.trim().strip_prefix("value")?.trim().to_owned()))
    };
    assert_eq!(value("MTU").as_deref(), Some("ip.len here: 60 bytes"));
    assert_eq!(value("ip.len").as_deref(), Some("60 bytes"));
    assert!(value("seq").unwrap().starts_with("tcp.seq here: "));
    assert!(
        value("RTT")
            .is_some_and(|value| value.starts_with("tcp.analysis.ack_rtt here: 0.") && value.ends_with(" s"))
    );
    let object = netlab(&["explain", "MTU", "--format=json"]).json().remove(0);
    assert_eq!((&object["borrowed"], &object["example"]["value"]), (&"ip.len".into(), &"60".into()));
    let all = All::new();
    for term in all.terms.all() {
        let entry = all.entry(term);
        let Some(value) = entry.value() else { continue };
        let named = entry.borrowed.is_some_and(|field| value.starts_with(&format!("{field} here: ")));
        assert_eq!(named, matches!(term.group, Group::Words | Group::Rules), "{}: {value}", term.key);
    }
}

#[test]
fn json_says_how_a_term_was_found() {
    for (typed, how) in [
        ("FIN", "exact"),
        ("tcp.flags.fin", "exact"),
        ("FIN-ACK", "alias"),
        ("who hung up", "near"),
        ("4000", "number"),
        ("10.7.0.1", "number"),
    ] {
        let object = netlab(&["explain", typed, "--format=json"]).json().remove(0);
        assert_eq!((&object["kind"], &object["found"]), (&"entry".into(), &how.into()), "{typed}");
        assert_eq!(object["numbers"].as_array().unwrap().is_empty(), typed != "4000");
        assert_eq!(object["parts"].as_array().unwrap().is_empty(), typed != "10.7.0.1");
    }
    let object = netlab(&["explain", "10.7.0.1:80", "--format=json"]).json().remove(0);
    assert_eq!((&object["kind"], &object["parts"][1]["term"]["key"]), (&"parts".into(), &"word port".into()));
    let run = netlab(&["explain", "handshaek", "--format=json"]);
    assert_eq!((run.code, &run.json()[0]["kind"]), (Some(2), &"unknown".into()));
    assert_eq!(run.json()[0]["near"][0]["key"], "word handshake");
}

#[test]
fn what_students_ask_is_answered() {
    let all = All::new();
    let asked = include_str!("asked.tsv");
    let mut wrong = Vec::new();
    for line in asked.lines() {
        let (typed, meant) = line.split_once('\t').unwrap();
        let several = parts(&all.terms, typed).is_some_and(|parts| !parts.is_one);
        let found = if several { Some("parts") } else { key(&all, typed) };
        wrong.extend((found != Some(meant)).then(|| format!("{typed}: {found:?}, not {meant}")));
    }
    assert_eq!(wrong, [""; 0]);
    assert!(asked.lines().count() > 250);
}

#[test]
fn an_ipv6_address_is_explained_with_the_header_of_ipv6() {
    let run = netlab(&["explain", "fe80::1", "--width=100"]);
    for said in ["link-local", "IPv6 header", "ipv6.src", "handshake-ipv6"] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("IPv4 header"), "{}", run.stdout);
    let run = netlab(&["explain", "10.7.0.1", "--width=100"]);
    assert!(run.stdout.contains("IPv4 header") && run.stdout.contains("NAT"), "{}", run.stdout);
}

#[test]
fn a_netmask_is_no_address_that_can_be_reached() {
    let run = netlab(&["explain", "255.255.255.0", "--width=100"]);
    assert!(run.stdout.contains("a netmask: /24") && !run.stdout.contains("public"), "{}", run.stdout);
}

#[test]
fn of_two_words_with_one_name_the_one_comes_first_whose_own_it_is_more() {
    let run = netlab(&["explain", "gateway"]);
    assert!(
        run.stdout.starts_with("router") && run.stdout.contains("gateway is also: proxy"),
        "{}",
        run.stdout
    );
    let run = netlab(&["explain", "half-open"]);
    assert!(run.stdout.contains("half-open is also: SYN-RECEIVED"), "{}", run.stdout);
}

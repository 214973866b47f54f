//! Whatever is typed as a filter ends in a filter or in a mistake with its place, and soon; asking one costs no allocation a packet.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use netlab::dissect::Packet;
use netlab::filter::{Filter, Frames, MAX_TEXT};
use netlab::flow::talk::Findings;
use netlab::flow::{Fragments, Tracker};
use netlab::source::{Bundled, Reader};
use proptest::prelude::*;

/// Counts what this thread allocates.
struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "an allocator can't be written without; it only passes on to the system's")]
// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends has no counter any more.
        let _counted = CALLS.try_with(|calls| calls.set(calls.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`; the pointer is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many packets of a bundled capture a filter matches, and how often it allocated while it was asked.
fn ask(filter: &Filter, capture: &str) -> (usize, usize) {
    let bundled = Bundled::find(capture).unwrap();
    let mut reader = Reader::from_bytes(&bundled.name, bundled.bytes().unwrap().to_vec()).unwrap();
    let (mut fragments, mut tracker) = (Fragments::new(), Tracker::new());
    let (mut matched, mut allocated) = (0, 0);
    while reader.next().unwrap().is_some() {
        let packet = fragments.complete(Packet::new(reader.current().unwrap()));
        let segment = tracker.push(&packet);
        let before = CALLS.get();
        let found = Findings::default();
        matched += usize::from(filter.matches(&packet, &tracker, segment.as_ref(), &found, reader.comment()));
        allocated += CALLS.get() - before;
    }
    (matched, allocated)
}

/// Reads a text; what is wrong with it must have a place in it.
fn read(text: &str) {
    match Filter::parse(text) {
        Ok(filter) => {
            ask(&filter, "handshake");
        }
        Err(error) => {
            let place = error.position.clone();
            assert!(text.get(place.clone()).is_some(), "{text:?}: {place:?} is no place in it: {error}");
            assert!(!error.what.is_empty() && error.what.len() < 400, "{error}");
            assert!(!error.to_string().contains(char::is_control), "{error}");
        }
    }
}

#[test]
fn asking_costs_no_allocation_a_packet() {
    for (text, matches) in [
        ("tcp", true),
        ("tcp.port == 8080 and not ip.addr == 10.7.0.0/16 or frame.len > 60", true),
        ("tcp.flags.syn == 1 && tcp.flags & 0x10", true),
        ("frame contains \"hello\" or frame[0:2] == 00:00", false),
        ("frame contains 08:00 and eth[12:2] == 08:00", true),
        ("tcp.port in {80, 8000..9000} and tcp.analysis.ack_rtt < 1", true),
        ("eth.src[0:3] != ff:ff:ff and len(tcp) >= tcp.hdr_len and tcp.len + 1 > tcp.len", true),
        ("all tcp.port > 1 and count(tcp.port) == 2 and tcp contains 00 and max(tcp.port, 1) > 1", true),
        ("frame.comment contains \"step\" or tcp.analysis.flags or -tcp.len < 0", true),
    ] {
        let (matched, allocated) = ask(&Filter::parse(text).unwrap(), "handshake");
        assert_eq!((matched > 0, allocated), (matches, 0), "{text}: {matched} packets");
    }
}

/// What the module's documentation names as costing more: were it not so, the count above would count nothing.
#[test]
fn text_that_is_made_and_slices_that_are_joined_cost_an_allocation() {
    for text in ["ip.host == \"10.7.0.1\"", "lower(frame.comment) == \"a\"", "eth[0:2,12:2] == 08:00"] {
        let (_, allocated) = ask(&Filter::parse(text).unwrap(), "handshake");
        assert!(allocated > 0, "{text}");
    }
}

/// A pattern's memory is made when it is asked for the first time.
#[test]
fn a_pattern_costs_an_allocation_only_at_first() {
    let filter = Filter::parse("frame matches \"^..(ab|\\\\x00).*b+\"").unwrap();
    let first = ask(&filter, "handshake");
    assert_eq!(ask(&filter, "handshake"), (first.0, 0), "at first {}", first.1);
}

#[test]
fn depth_and_length_have_an_end() {
    for piece in
        ["(", "!", "not ", "{", "-", "len(", "max(tcp.len,", "tcp.len+", "tcp[0][", "tcp and ", "(tcp) or !("]
    {
        for count in [10, 63, 64, 65, 1_000, 10_000, 100_000] {
            read(&piece.repeat(count));
            read(&format!("{}tcp", piece.repeat(count)));
            read(&format!("{}tcp{}", piece.repeat(count), ")".repeat(count)));
            read(&format!("tcp.len == {}1{}", piece.repeat(count), "}".repeat(count)));
        }
    }
    for text in [
        format!("{}tcp{}", "(".repeat(60), ")".repeat(60)),
        vec!["tcp"; 2_000].join(" and "),
        format!("{}tcp", "!".repeat(10_000)),
        format!("tcp.port in {{{}}}", vec!["80"; 5_000].join(",")),
        format!("tcp.len == {}1{}", "{".repeat(60), "}".repeat(60)),
        format!("tcp.payload[{}] == 00", vec!["0"; 2_000].join(",")),
    ] {
        assert!(Filter::parse(&text).is_ok(), "{} ...", &text[..60]);
        read(&text);
    }
    assert!(Filter::parse(&" ".repeat(MAX_TEXT)).is_ok());
    assert!(Filter::parse(&" ".repeat(MAX_TEXT + 1)).is_err());
    // A pattern that would be as large as memory is refused.
    read("tcp.payload matches \"(((a{1000}){1000}){1000}){1000}\"");
    assert!(Filter::parse("tcp.payload matches \"(a{1000}){1000}\"").is_err());
}

/// Pieces that filters are made of, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "tcp",
        "tcp.port",
        "ip.addr",
        "eth.src",
        "tcp.payload",
        "tcp.flags.syn",
        "tcp.analysis.ack_rtt",
        "frame.comment",
        "ip.host",
        "tcp.analysis.retransmission",
        "dns.qry.name",
        "foo",
        "AND",
        "==",
        "!=",
        "===",
        "!==",
        "<",
        ">=",
        "eq",
        "any_ne",
        "contains",
        "matches",
        "~",
        "in",
        "not",
        "!",
        "and",
        "or",
        "&&",
        "||",
        "any",
        "all",
        "(",
        ")",
        "{",
        "}",
        "[0:2]",
        "[-1]",
        "[1-2,3]",
        "[9:]",
        "#1",
        "#[1-2]",
        ",",
        "..",
        "+",
        "-",
        "*",
        "/",
        "%",
        "&",
        "80",
        "0x50",
        "-1",
        "99999999999999999999999999999999999999999",
        "170141183460469231731687303715884105727",
        "1.5",
        "10.0.0.0/8",
        "::1",
        "aa:bb",
        "\"GET\"",
        "\"[\"",
        "'G'",
        "r\"\\d\"",
        "true",
        "len(",
        "count(",
        "lower(",
        "string(",
        "max(",
        "abs(",
        "é",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.join(" "))
}

/// Filters that can be: a field of each kind, compared with what it can be compared with, joined and nested.
fn sound() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("tcp.port".to_owned()),
        Just("frame.len".to_owned()),
        Just("len(tcp.payload)".to_owned()),
        Just("tcp.len + 1".to_owned()),
        Just("{tcp.len * 3} % 7".to_owned()),
        Just("max(tcp.srcport, 5)".to_owned()),
        Just("tcp.flags & 18".to_owned()),
        Just("count(ip.addr)".to_owned()),
    ];
    let relation =
        || prop::sample::select(vec!["==", "!=", "===", "!==", "<", "<=", ">", ">=", "eq", "any_ne"]);
    let test = prop_oneof![
        (number, relation(), 0u16..).prop_map(|(left, relation, right)| format!("{left} {relation} {right}")),
        (relation(), any::<[u8; 4]>(), 0u8..=32).prop_map(|(relation, [a, b, c, d], bits)| {
            format!("ip.addr {relation} {a}.{b}.{c}.{d}/{bits}")
        }),
        (0u16.., 0u16..).prop_map(|(from, to)| format!("tcp.port in {{{from}..{to}, 80}}")),
        (any::<u8>(), -20i8..20, 1u8..9)
            .prop_map(|(byte, from, count)| { format!("tcp.payload[{from}:{count}] contains {byte:02x}") }),
        "[a-z.]{1,8}".prop_map(|pattern| format!("frame matches \"{pattern}\"")),
        prop::sample::select(vec![
            "tcp",
            "arp",
            "tcp.flags.syn",
            "tcp.analysis.flags",
            "ip#2",
            "any tcp.port > 5"
        ])
        .prop_map(str::to_owned),
    ];
    test.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" || "))),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_ends_in_a_filter_or_a_mistake(text in "\\PC*") {
        read(&text);
    }

    #[test]
    fn any_bytes_that_are_text_do(text in "[\\x00-\\x7f]{0,80}") {
        read(&text);
        drop(Frames::parse(&text));
    }

    #[test]
    fn any_order_of_its_pieces_does(text in pieces()) {
        read(&text);
    }

    #[test]
    fn what_is_sound_is_read_and_its_negation_matches_the_others(text in sound()) {
        let filter = Filter::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let negated = Filter::parse(&format!("not ({text})")).unwrap();
        let all = ask(&Filter::parse("").unwrap(), "handshake").0;
        prop_assert_eq!(ask(&filter, "handshake").0 + ask(&negated, "handshake").0, all);
    }
}

//! DNS: no bytes bring the reader down or keep it busy, every field knows its place, and what is cut shows what is there.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed: that is what is meant"
)]

#[path = "util/dns.rs"]
mod made;

use std::time::{Duration, Instant};

use made::{NAME, ORG, WWW, frame, message, messages, name, packet, question, record};
use netlab::dissect::{Buffer, Header, Kind, Packet, Value, all_fields, find_field};
use proptest::prelude::*;

#[test]
fn every_field_of_ours_is_seen_in_a_made_message() {
    let mut seen: Vec<&str> = Vec::new();
    for (from, to, message) in messages() {
        let bytes = packet(from, to, &message);
        Packet::new(frame(&bytes, bytes.len())).each_field(&mut |field| seen.push(field.name));
    }
    let ours = all_fields().into_iter().filter(|name| name.starts_with("dns."));
    let unseen: Vec<_> = ours.filter(|name| !seen.contains(name)).collect();
    // Of an address that is neither IPv4's nor IPv6's; a trust point, of which tshark reads the length as a letter.
    assert_eq!(unseen, ["dns.opt.client.addr", "dns.opt.chain.fqdn"]);
}

/// What a display filter relies on before there is a packet.
#[test]
fn every_value_is_of_its_rows_kind() {
    for (from, to, message) in messages() {
        let bytes = packet(from, to, &message);
        Packet::new(frame(&bytes, bytes.len())).each_field(&mut |field| {
            let row = find_field(field.name).unwrap();
            let alike = |kind| if kind == Kind::Hex { Kind::Number } else { kind };
            assert_eq!(alike(field.value.kind()), alike(row.kind()), "{}", field.name);
            let most = row.max().unwrap_or(u64::MAX);
            assert!(field.value.number().is_none_or(|number| number <= most), "{}", field.name);
        });
    }
}

/// The names of DNS fields of a message, and where they stand.
fn fields(message: &[u8], kept: usize) -> Vec<(&'static str, String, std::ops::Range<usize>)> {
    let bytes = packet(53, 4000, message);
    let kept = (28 + kept).min(bytes.len());
    let mut all = Vec::new();
    let packet = Packet::new(frame(&bytes[..kept], bytes.len()));
    packet.each_field(&mut |field| {
        if field.layer.is_some_and(|layer| matches!(packet.layers()[layer].header, Header::Dns(_))) {
            assert_eq!(field.span.buffer, Buffer::Frame);
            assert!(field.span.bytes.end <= kept, "{} at {:?} of {kept}", field.name, field.span);
            let value = match field.value {
                Value::Name(name) => name.to_string(),
                Value::Text(text) => text.to_string(),
                other => format!("{other:?}"),
            };
            all.push((field.name, value, field.span.bytes));
        }
    });
    all
}

#[test]
fn a_cut_message_has_the_fields_that_are_there_and_no_others() {
    for (_, _, message) in messages() {
        let whole = fields(&message, message.len());
        let mut before = 0;
        for kept in 1..message.len() {
            let cut = fields(&message, kept);
            assert!(cut.len() >= before || kept > 12, "{cut:?}");
            before = cut.len();
            // What needs the data to its end may be shorter; nothing may be invented. That a name is a service's shows in the
            // type after it.
            let is_whole = |(name, _, place): &&(&str, String, std::ops::Range<usize>)| {
                place.end < 28 + kept && *name != "dns.resp.name"
            };
            for field in cut.iter().filter(is_whole) {
                assert!(whole.contains(field), "{kept} of {}: {field:?}", message.len());
            }
            assert!(
                cut.iter().all(|(name, ..)| *name != "_ws.malformed"),
                "the capture cut it, not its sender"
            );
        }
        assert!(fields(&message, 12).len() >= 8);
    }
}

#[test]
fn a_name_is_marked_where_it_stands_with_its_pointer() {
    let answer = record(WWW, 5, 1, 300, &[&[5], b"other".as_slice(), ORG].concat());
    let message = message(0x8180, [1, 1, 0, 0], &[question(&name(NAME), 1, 1), answer]);
    let all = fields(&message, message.len());
    let find = |name: &str| all.iter().find(|(known, ..)| *known == name).cloned().unwrap();
    assert_eq!(find("dns.qry.name"), ("dns.qry.name", NAME.to_owned(), 40..57));
    assert_eq!(find("dns.resp.name"), ("dns.resp.name", NAME.to_owned(), 61..63));
    assert_eq!(find("dns.cname"), ("dns.cname", "other.example.org".to_owned(), 73..81));
}

#[test]
fn what_does_not_fit_its_format_is_told_and_what_stood_before_it_is_shown() {
    let ask = question(&name(NAME), 1, 1);
    let has = |body: &[Vec<u8>], counts: [u16; 4]| {
        let message = message(0x8180, counts, body);
        fields(&message, message.len()).into_iter().map(|(name, ..)| name).collect::<Vec<_>>()
    };
    let good = has(&[ask.clone(), record(WWW, 1, 1, 9, &[1, 2, 3, 4])], [1, 1, 0, 0]);
    assert!(!good.contains(&"_ws.malformed"));
    // Three bytes of address; the record after it is read all the same.
    let short = [ask.clone(), record(WWW, 1, 1, 9, &[1, 2, 3]), record(WWW, 28, 1, 9, &[1; 16])];
    let short = has(&short, [1, 2, 0, 0]);
    assert!(short.contains(&"_ws.malformed") && short.contains(&"dns.aaaa") && !short.contains(&"dns.a"));
    let missing = has(std::slice::from_ref(&ask), [1, 65535, 0, 0]);
    assert!(missing.contains(&"dns.qry.name") && missing.contains(&"_ws.malformed"));
    let long = has(&[ask, [WWW, &[0, 1, 0, 1, 0, 0, 0, 9, 0xff, 0xff, 1, 2, 3, 4]].concat()], [1, 1, 0, 0]);
    assert!(long.contains(&"dns.resp.len") && long.contains(&"_ws.malformed"));
}

/// A message as large as a datagram can be, all of it names that are chains of pointers.
fn chains() -> Vec<u8> {
    let mut body = name("a");
    let mut at = 12;
    while body.len() < 0x3f00 {
        body.extend((0xc000 | at as u16).to_be_bytes());
        at = 12 + body.len() - 2;
    }
    let mut message = message(0x8180, [0, 65535, 65535, 65535], &[]);
    // The chains hide in the data of a first record.
    message.extend(record(&[0], 10, 1, 0, &body));
    let last = (0xc000 | (message.len() - 2)) as u16;
    while message.len() < 65_000 {
        message.extend(record(&last.to_be_bytes(), 2, 1, 0, &last.to_be_bytes()));
    }
    message
}

#[test]
fn the_worst_message_costs_little() {
    for message in [chains(), [message(0x8180, [65535; 4], &[]), vec![0; 65_000]].concat()] {
        let start = Instant::now();
        let all = fields(&message, message.len());
        assert!(all.len() < 100_000, "{}", all.len());
        assert!(all.iter().map(|(_, value, _)| value.len()).sum::<usize>() < 4_000_000);
        // Without optimization, on a busy machine; it is some milliseconds otherwise.
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

/// A message with some of its bytes changed, and cut.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (prop::sample::select(messages()), changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |((_, _, mut message), changes, end, cut)| {
            for (place, byte) in changes {
                let place = place.index(message.len());
                message[place] = byte;
            }
            if cut {
                message.truncate(end.index(message.len()));
            }
            message
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_message_brings_the_reader_down(message in damaged(), kept in 0usize..400) {
        fields(&message, message.len());
        fields(&message, kept);
    }

    #[test]
    fn no_bytes_bring_the_reader_down(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0xc0), 0u8..20], 0..120),
        counts in prop::array::uniform4(0u16..5),
    ) {
        let message = message(0x8180, counts, &[bytes]);
        fields(&message, message.len());
        let packet_bytes = packet(53, 4000, &message);
        let packet = Packet::new(frame(&packet_bytes, packet_bytes.len()));
        let dns = packet.dns().unwrap();
        prop_assert!(dns.answers().count() <= usize::from(counts[1]));
        dns.question();
    }
}

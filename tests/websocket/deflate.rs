//! permessage-deflate: inflated with and without a kept window, and what is told when it can't be.

use flate2::{Compress, Compression, FlushCompress};
use netlab::event::Host::{Client, Server};
use netlab::flow::websocket::{Deflate, Limits, MessageEnd, Rule, Unreadable, Utf8Verdict};

use crate::wire::Wire;

const TEXT: u8 = 0xc1;
const BINARY: u8 = 0xc2;

/// Compresses messages as RFC 7692, section 7.2.1 says.
pub(crate) struct Packer {
    compress: Compress,
    takeover: bool,
}

impl Packer {
    pub(crate) fn new(takeover: bool) -> Packer {
        Packer { compress: Compress::new(Compression::best(), false), takeover }
    }

    pub(crate) fn message(&mut self, content: &[u8]) -> Vec<u8> {
        if !self.takeover {
            self.compress.reset();
        }
        let mut packed = Vec::with_capacity(content.len() + content.len() / 8 + 1024);
        self.compress.compress_vec(content, &mut packed, FlushCompress::Sync).unwrap();
        assert!(packed.len() < packed.capacity());
        assert_eq!(packed.split_off(packed.len() - 4), [0, 0, 0xff, 0xff]);
        packed
    }
}

fn no_takeover() -> Deflate {
    Deflate { server_no_context_takeover: true, client_no_context_takeover: true, ..Deflate::default() }
}

/// Some text that looks back: the same sentences in another order each time.
fn text(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut out = Vec::new();
    while out.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        out.extend_from_slice(format!("sentence {} of many; ", state >> 54).as_bytes());
    }
    out.truncate(length);
    out
}

#[test]
fn the_examples_of_the_standard_are_inflated() {
    // RFC 7692, section 7.2.3, one after the other with a kept window.
    let mut wire = Wire::with(Some(Deflate::default()), Limits::default());
    wire.bytes(Server, &[0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    wire.bytes(Server, &[0xc1, 0x05, 0xf2, 0x00, 0x11, 0x00, 0x00]);
    // In two fragments.
    wire.bytes(Client, &[0x41, 0x03, 0xf2, 0x48, 0xcd]).bytes(Client, &[0x80, 0x04, 0xc9, 0xc9, 0x07, 0x00]);
    // A block without compression.
    let stored = [0xc1, 0x0b, 0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    wire.bytes(Server, &stored);
    // A block that says it is the last.
    wire.bytes(Server, &[0xc1, 0x08, 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]);
    // Two blocks.
    let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    wire.bytes(Server, &[&[0xc1, 0x0d][..], &two].concat());
    // An empty message.
    wire.bytes(Server, &[0xc1, 0x01, 0x00]);
    let out = wire.finish();
    assert_eq!(out.texts(), ["Hello", "Hello", "Hello", "Hello", "Hello", "Hello", ""]);
    assert!(out.messages.iter().all(|message| message.utf8 == Utf8Verdict::Valid));
    assert_eq!(out.rules(), ["client ws.client_must_mask", "client ws.client_must_mask"]);
}

#[test]
fn both_sides_keep_their_windows_or_do_not() {
    for takeover in [true, false] {
        let deflate = if takeover { Deflate::default() } else { no_takeover() };
        for (piece, limits) in [
            (usize::MAX, Limits::default()),
            (1, Limits::default()),
            (1000, Limits::default()),
            // So little room that only the window is kept between messages.
            (usize::MAX, Limits { total: 400_000, ..Limits::default() }),
        ] {
            let mut wire = Wire::with(Some(deflate), limits).in_pieces_of(piece);
            let mut packers = [Packer::new(takeover), Packer::new(takeover)];
            let mut expected = Vec::new();
            let mut saved = 0i64;
            for number in 0..12u64 {
                let (from, packer) = if number % 3 == 0 { (Client, 0) } else { (Server, 1) };
                let length = [20, 3_000, 0, 50_000, 1, 70_000][number as usize % 6];
                let content = text(number % 4, length);
                let packed = packers[packer].message(&content);
                saved += content.len() as i64 - packed.len() as i64;
                wire.send(from, TEXT, &packed);
                // One that is not compressed between them leaves the window alone.
                wire.send(from, 0x81, b"plain");
                expected.extend([content, b"plain".to_vec()]);
            }
            let most = wire.most_held;
            let out = wire.finish();
            let contents: Vec<_> = out.messages.iter().map(|message| message.content.clone()).collect();
            assert_eq!(contents, expected);
            assert!(out.messages.iter().all(|message| message.len == Some(message.content.len() as u64)));
            assert!(out.verdicts.is_empty() && saved > 100_000);
            assert!(most <= limits.total, "{most}");
        }
    }
}

#[test]
fn a_window_that_was_promised_smaller_must_suffice() {
    let random: Vec<u8> = (0..600u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    // The second copy looks back 600 bytes.
    let content = [&random[..], &random].concat();
    for (bits, broken) in [(8, true), (9, true), (10, false), (15, false)] {
        for piece in [usize::MAX, 1, 7] {
            let deflate = Deflate { server_max_window_bits: Some(bits), ..Deflate::default() };
            let mut wire = Wire::with(Some(deflate), Limits::default()).in_pieces_of(piece);
            let mut packer = Packer::new(true);
            wire.send(Server, BINARY, &packer.message(&content));
            wire.send(Client, BINARY, &Packer::new(true).message(&content));
            let out = wire.send(Server, BINARY, &packer.message(b"next")).finish();
            let expected: &[&str] = if broken { &["server ws.deflate_window"] } else { &[] };
            assert_eq!(out.rules(), expected, "{bits} bits");
            if let Some(verdict) = out.verdicts.first() {
                assert_eq!((verdict.value, verdict.number), (Some(u64::from(bits)), Some(0)));
            }
            // It is read all the same.
            assert_eq!((&out.messages[0].content, &out.messages[2].content[..]), (&content, &b"next"[..]));
        }
    }
}

#[test]
fn who_says_that_nothing_is_kept_may_not_point_back() {
    let mut packer = Packer::new(true);
    let (one, two) = (packer.message(&text(1, 500)), packer.message(&text(1, 500)));
    let mut wire = Wire::with(Some(no_takeover()), Limits::default());
    wire.send(Server, TEXT, &one).send(Server, TEXT, &two).send(Server, TEXT, &one);
    let out = wire.finish();
    assert_eq!(out.rules(), ["server ws.deflate_data"]);
    assert_eq!(out.messages[1].unreadable, Some(Unreadable::Damaged));
    assert_eq!(out.messages[1].len, None);
    assert_eq!(out.messages[2].content, text(1, 500), "each message begins anew");
}

#[test]
fn damaged_data_takes_what_points_back_to_it_along() {
    for piece in [usize::MAX, 1, 5] {
        for takeover in [true, false] {
            let deflate = if takeover { Deflate::default() } else { no_takeover() };
            let mut packer = Packer::new(takeover);
            let messages: Vec<_> = (0..3).map(|_| packer.message(&text(7, 300))).collect();
            let mut wire = Wire::with(Some(deflate), Limits::default()).in_pieces_of(piece);
            // A block of the type that there is not.
            wire.send(Server, TEXT, &messages[0]).send(Server, TEXT, b"\x06").send(
                Server,
                TEXT,
                &messages[1],
            );
            let out = wire.send(Server, 0x81, b"plain").finish();
            assert_eq!(out.rules(), ["server ws.deflate_data"]);
            assert_eq!(out.verdicts[0].value, Some(0));
            assert_eq!(out.messages[1].unreadable, Some(Unreadable::Damaged));
            let next = (out.messages[2].unreadable, out.messages[2].utf8);
            if takeover {
                assert_eq!(next, (Some(Unreadable::ContextLost), Utf8Verdict::Unknown));
            } else {
                assert_eq!(next, (None, Utf8Verdict::Valid));
            }
            assert_eq!(out.messages[3].text(), "plain");
        }
    }
}

#[test]
fn a_message_must_end_where_a_block_ends() {
    let whole = Packer::new(true).message(&text(3, 400));
    let mut wire = Wire::with(Some(Deflate::default()), Limits::default());
    let out = wire.send(Server, BINARY, &whole[..whole.len() - 9]).send(Server, BINARY, &whole).finish();
    let rule = out.verdicts[0].rule;
    assert!(matches!(rule, Rule::DeflateUnfinished | Rule::DeflateData), "{rule:?}");
    assert_eq!(out.messages[1].unreadable, Some(Unreadable::ContextLost));
    // Nothing at all is no message either: an empty one has one byte.
    let mut wire = Wire::with(Some(Deflate::default()), Limits::default());
    assert_eq!(wire.send(Server, BINARY, b"").finish().rules(), ["server ws.deflate_unfinished"]);
}

#[test]
fn text_is_checked_when_it_is_inflated() {
    for piece in [usize::MAX, 1] {
        let mut wire = Wire::with(Some(no_takeover()), Limits::default()).in_pieces_of(piece);
        let mut packer = Packer::new(false);
        let (good, bad) = (packer.message("größe 🎈".as_bytes()), packer.message(b"gr\xf6\xdfe"));
        let (one, two) = good.split_at(good.len() / 2);
        wire.send(Server, 0x41, one).send(Server, 0x80, two);
        let out = wire.send(Server, TEXT, &bad).send(Server, BINARY, &bad).finish();
        assert_eq!(out.messages[0].utf8, Utf8Verdict::Valid);
        assert_eq!(out.messages[1].utf8, Utf8Verdict::Invalid { at: 2 });
        assert_eq!(out.messages[2].utf8, Utf8Verdict::NotText);
        assert_eq!(out.rules(), ["server ws.text_not_utf8"]);
    }
}

#[test]
fn a_hole_takes_the_window_along() {
    let mut packer = Packer::new(true);
    let (one, two) = (packer.message(&text(1, 500)), packer.message(&text(1, 500)));
    let mut wire = Wire::with(Some(Deflate::default()), Limits::default());
    let frame = wire.encode(Server, TEXT, &one);
    wire.bytes(Server, &frame[..20]).hole(Server, 1).bytes(Server, &frame[21..]);
    let out = wire.send(Server, TEXT, &two).finish();
    assert_eq!(out.messages[0].unreadable, Some(Unreadable::Hole));
    assert_eq!(out.messages[1].unreadable, Some(Unreadable::ContextLost));
    assert_eq!(out.rules(), Vec::<String>::new(), "nobody broke a rule");
    // So does a message that was begun and never ended.
    let mut wire = Wire::with(Some(Deflate::default()), Limits::default());
    let out = wire.send(Server, 0x41, &one).send(Server, TEXT, &two).finish();
    assert_eq!(out.messages[0].end, MessageEnd::Interrupted);
    assert_eq!(out.messages[1].unreadable, Some(Unreadable::ContextLost));
}

#[test]
fn what_is_inflated_and_what_is_not_are_not_mixed() {
    let packed = Packer::new(true).message(b"Hello");
    let mut wire = Wire::with(Some(Deflate::default()), Limits::default());
    // A reserved bit that means nothing, on the second fragment.
    wire.send(Server, 0x41, &packed[..5]).send(Server, 0x20, &packed[5..]).send(Server, 0x80, b"");
    let out = wire.finish();
    assert_eq!(out.messages[0].unreadable, Some(Unreadable::UnknownExtension));
    assert!("Hello".starts_with(out.messages[0].text()), "{:?}", out.messages[0].content);
    assert_eq!(out.rules(), ["server ws.reserved_bit"]);
}

//! Whatever is sent, memory is bounded and time is linear; lengths are the true ones all the same.

use std::time::Instant;

use netlab::event::Host::{Client, Server};
use netlab::flow::websocket::{Deflate, Limits, MessageEnd, Unreadable, Utf8Verdict};

use crate::deflate::Packer;
use crate::wire::{Wire, frame};

#[test]
fn lengths_are_true_where_contents_are_not_kept() {
    let limits = Limits { frame: 10, message: 20, ..Limits::default() };
    for piece in [usize::MAX, 1, 7, 5000] {
        let mut wire = Wire::with(None, limits).in_pieces_of(piece);
        let text = "日本語".repeat(5000);
        wire.send(Client, 0x81, text.as_bytes());
        // What is not kept is checked: the last byte of a long text is wrong.
        wire.send(Client, 0x81, &[text.as_bytes(), b"\xff"].concat());
        wire.send(Client, 0x01, b"0123456789abc").send(Client, 0x00, b"0123456789abc");
        wire.send(Client, 0x80, b"xyz").send(Client, 0x89, &[b'p'; 125]);
        let out = wire.finish();
        assert_eq!((out.frames[0].length, &out.frames[0].payload[..]), (45_000, &text.as_bytes()[..10]));
        let lengths: Vec<_> = out.messages.iter().map(|message| message.len).collect();
        assert_eq!(lengths, [Some(45_000), Some(45_001), Some(29)]);
        assert_eq!(out.messages[0].utf8, Utf8Verdict::Valid);
        assert_eq!(out.messages[1].utf8, Utf8Verdict::Invalid { at: 45_000 });
        assert_eq!(out.messages[2].content, b"0123456789abc0123456");
        assert_eq!(out.frames.last().unwrap().payload.len(), 125, "a control frame is small");
    }
}

#[test]
fn all_conversations_together_keep_no_more_than_allowed() {
    let limits = Limits { conversation: 5_000, total: 5_000, ..Limits::default() };
    let mut wire = Wire::with(Some(Deflate::default()), limits);
    for _ in 0..10 {
        wire.send(Server, 0x02, &[7; 3_000]).send(Client, 0x00, &[8; 3_000]);
    }
    wire.send(Server, 0x80, b"");
    let most = wire.most_held;
    let out = wire.finish();
    assert!((1..=5_000).contains(&most), "{most}");
    // The payload took 3,000 of it, and left that to the message.
    assert_eq!((out.messages[0].wire_len, out.messages[0].content.len()), (3_000, 2_000));
    // There is no room to inflate: that is told, and breaks no rule.
    let mut wire = Wire::with(Some(Deflate::default()), limits);
    let mut packer = Packer::new(true);
    let (one, two) = (packer.message(b"one"), packer.message(b"two"));
    let out = wire.send(Server, 0xc1, &one).send(Server, 0xc1, &two).finish();
    assert_eq!(out.messages[0].unreadable, Some(Unreadable::Limit));
    assert_eq!(out.messages[1].unreadable, Some(Unreadable::ContextLost));
    assert_eq!(out.rules(), Vec::<String>::new());
}

#[test]
fn a_zip_bomb_is_given_up() {
    let bomb = Packer::new(false).message(&vec![0; 64 << 20]);
    assert!(bomb.len() < 100_000);
    let limits = Limits { inflated_message: 1 << 20, ..Limits::default() };
    for piece in [usize::MAX, 1000] {
        for takeover in [true, false] {
            let deflate = Deflate { server_no_context_takeover: !takeover, ..Deflate::default() };
            let mut wire = Wire::with(Some(deflate), limits).in_pieces_of(piece);
            wire.send(Server, 0xc2, &bomb).send(Server, 0xc1, &Packer::new(false).message(b"next"));
            let most = wire.most_held;
            let out = wire.finish();
            assert_eq!((out.messages[0].unreadable, out.messages[0].len), (Some(Unreadable::Limit), None));
            assert_eq!(out.messages[0].content.len(), 1 << 20);
            assert_eq!(out.messages[0].wire_len, bomb.len() as u64);
            let next = if takeover { Some(Unreadable::ContextLost) } else { None };
            assert_eq!(out.messages[1].unreadable, next);
            assert_eq!(out.rules(), Vec::<String>::new());
            assert!(most < 2 << 20, "{most}");
        }
    }
}

#[test]
fn many_small_bombs_are_one_large_one() {
    let bomb = Packer::new(false).message(&vec![0; 1 << 20]);
    let limits = Limits { inflated_free: 4 << 20, inflated_ratio: 10, ..Limits::default() };
    let deflate = Deflate { server_no_context_takeover: true, ..Deflate::default() };
    let mut wire = Wire::with(Some(deflate), limits);
    for _ in 0..50 {
        wire.send(Server, 0xc2, &bomb);
    }
    let out = wire.finish();
    let inflated: usize = out.messages.iter().map(|message| message.content.len()).sum();
    assert!(inflated <= (4 << 20) + 50 * 10 * bomb.len(), "{inflated}");
    assert_eq!(out.messages[3].unreadable, None);
    assert_eq!(out.messages[49].unreadable, Some(Unreadable::Limit));
}

#[test]
fn a_length_of_almost_2_to_the_63_takes_no_room() {
    let mut wire = Wire::new();
    wire.bytes(Server, &[&[0x82, 127, 0x7f][..], &[0xff; 7], b"some bytes"].concat());
    let most = wire.most_held;
    let out = wire.hole(Server, u64::MAX / 4).bytes(Server, b"and more").finish();
    assert!(most < 100, "{most}");
    assert_eq!((out.unfinished[0].length, out.rules().len()), (u64::MAX >> 1, 0));
    assert_eq!((out.messages[0].end, out.messages[0].len), (MessageEnd::Cut, None));
}

#[test]
fn a_million_empty_frames_and_fragments_without_end() {
    let start = Instant::now();
    let mut wire = Wire::new();
    let empty = frame(0x82, b"").repeat(1_000_000);
    let fragments = [frame(0x01, b""), frame(0x00, b"x").repeat(1_000_000)].concat();
    wire.bytes(Server, &empty).bytes(Server, &fragments).bytes(Server, &frame(0x80, b""));
    let most = wire.most_held;
    let out = wire.finish();
    assert_eq!((out.frames.len(), out.messages.len()), (2_000_002, 1_000_001));
    let last = out.messages.last().unwrap();
    assert_eq!((last.frames, last.len, last.utf8), (1_000_002, Some(1_000_000), Utf8Verdict::Valid));
    assert!(most <= 1_000_001, "{most}");
    // Unoptimized, on a busy machine; what is not linear takes hours.
    assert!(start.elapsed().as_secs() < 300, "{:?}", start.elapsed());
}

#[test]
fn without_contents_headers_and_endings_are_the_same() {
    let mut wires = [Limits::default(), Limits::headers()].map(|limits| {
        let mut wire = Wire::with(Some(Deflate::default()), limits).in_pieces_of(10);
        wire.send(Client, 0x81, b"some text").send(Client, 0x02, &[1; 1000]).send(Client, 0x89, b"?");
        wire.send(Client, 0x80, b"more").send(Server, 0x8a, b"?");
        wire.send(Server, 0xc1, &Packer::new(true).message(b"hello"));
        wire.send(Server, 0x88, b"\x03\xe8bye").fin(Server).fin(Client);
        wire.finish()
    });
    let [whole, headers] = &mut wires;
    assert_eq!((headers.closing.take(), headers.rules()), (whole.closing.take(), whole.rules()));
    for (one, other) in headers.frames.iter().zip(&whole.frames) {
        assert_eq!((one.opcode, one.length, one.packets), (other.opcode, other.length, other.packets));
        let control = one.opcode & 8 != 0;
        assert_eq!(one.payload, if control { other.payload.clone() } else { Vec::new() });
    }
    for (one, other) in headers.messages.iter().zip(&whole.messages) {
        assert_eq!((one.kind, one.wire_len, one.frames), (other.kind, other.wire_len, other.frames));
        assert!(one.content.is_empty());
    }
    assert_eq!(headers.messages.last().unwrap().len, None, "what it inflates to is not known");
}

//! Arbitrary bytes of both sides into TLS, some of them with the keys of a recorded session: however they are cut, the same
//! comes out, and no more memory is held than the limits say.
//!
//! Input: the first byte says whose keys are known (each session of tests/tls/recorded, and none), the second how the second run
//! is cut and which limits hold. Then pieces: a byte whose lowest bit is the side and whose next two say what it is (0 and 1:
//! bytes, 2: a hole, 3: the end or a new beginning), two bytes of length, and the bytes themselves (of a hole there are none).

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use netlab::dissect::Buffer;
use netlab::event::Host;
use netlab::flow::stream::{Chunk, Ending, Given, Hole, HoleKind, Side};
use netlab::flow::tls::{Conversation, Event, KeyLog, Limits};
use netlab_fuzz::Bytes;

/// The keys of the recorded sessions.
static KEYS: LazyLock<Vec<KeyLog>> = LazyLock::new(|| {
    let recorded = [
        include_str!("../../tests/tls/recorded/aes128.txt"),
        include_str!("../../tests/tls/recorded/aes256.txt"),
        include_str!("../../tests/tls/recorded/chacha20.txt"),
        include_str!("../../tests/tls/recorded/retry.txt"),
        include_str!("../../tests/tls/recorded/updates.txt"),
        include_str!("../../tests/tls/recorded/tls12.txt"),
        include_str!("../../tests/tls/recorded/lines.txt"),
        "",
    ];
    let read = |text: &str| {
        let mut keys = KeyLog::new();
        let lines: Vec<&str> =
            text.lines().filter(|line| line.contains("SECRET") || line.starts_with("CLIENT_")).collect();
        keys.add(lines.join("\n").as_bytes()).expect("recorded keys are a keylog");
        keys
    };
    recorded.into_iter().map(read).collect()
});

/// What comes out of the input when no chunk is longer than `size`.
fn told(input: &[u8], keys: &KeyLog, limits: Limits, size: usize) -> Vec<String> {
    let (mut conversation, mut log, mut at) = (Conversation::new(limits), Vec::new(), [0_u64; 2]);
    let mut held = 0_u64;
    let mut head = Bytes(input);
    while !head.0.is_empty() {
        let (kind, length) = (head.u8(), usize::from(head.u16()));
        let from = if kind & 1 == 0 { Host::Client } else { Host::Server };
        let side = Side { stream: 0, from };
        let next = &mut at[from as usize];
        let mut sink = |event: Event<'_>| {
            if let Event::Data(data) = &event {
                held += data.bytes.len() as u64;
            }
            let given = event.given();
            assert!(given.is_some() || !matches!(event, Event::Data(_) | Event::Missing(_)));
            log.push(format!("{event:?}"));
        };
        match kind >> 1 & 3 {
            0 | 1 => {
                let (bytes, rest) = head.0.split_at(length.min(head.0.len()));
                head.0 = rest;
                for bytes in bytes.chunks(size) {
                    let chunk = Chunk { side, offset: *next, bytes, frame: 1, buffer: Buffer::Frame, at: 0 };
                    *next += bytes.len() as u64;
                    conversation.push(&Given::Bytes(chunk), keys, &mut sink);
                    let kept = conversation.kept();
                    assert!(kept <= limits.memory(), "{kept} bytes are held, {} allowed", limits.memory());
                }
            }
            2 => {
                let (offset, len, kind) = (*next, length as u64 + 1, HoleKind::NotCaptured);
                *next += len;
                let hole = Hole { side, offset, len, kind, after: None, before: None };
                conversation.push(&Given::Hole(hole), keys, &mut sink);
            }
            _ if length & 1 == 0 => {
                let ending = Ending { side, offset: *next, frame: 1, reset: length & 2 != 0 };
                conversation.push(&Given::End(ending), keys, &mut sink);
            }
            _ => {
                *next = 0;
                conversation.push(&Given::Anew(side), keys, &mut sink);
            }
        }
    }
    conversation.finish(0, keys, &mut |event| log.push(format!("{event:?}")));
    assert!(held <= input.len() as u64, "more bytes come out than went in");
    log
}

fuzz_target!(|input: &[u8]| {
    let mut head = Bytes(input);
    let (which, choice) = (head.u8(), head.u8());
    let Some(keys) = KEYS.get(usize::from(which) % KEYS.len()) else { return };
    let limits = match choice & 3 {
        0 => Limits { message: 40, tries: 500 },
        1 => Limits { message: 0, tries: 1 },
        _ => Limits::default(),
    };
    let size = 1 + usize::from(choice >> 2);
    assert_eq!(
        told(head.0, keys, limits, usize::MAX),
        told(head.0, keys, limits, size),
        "cut every {size} bytes"
    );
    // The same bytes as a keylog.
    let mut log = KeyLog::new();
    let read = log.add(input);
    assert!(read.is_ok() || log.is_empty());
    assert!(log.len() as u64 + log.bad_count() <= input.len() as u64 + 1);
});

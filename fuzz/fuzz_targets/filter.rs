//! Any text as a display filter: it is read or refused in a line that points into the text; what it finds and what its
//! opposite finds are all frames.
//!
//! Input: the text; bytes that are not UTF-8 are replaced.

#![no_main]

use std::borrow::Cow;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use netlab::filter::{Filter, Frames, MAX_DEPTH, MAX_TEXT};
use netlab::source::{Bundled, Reader};
use netlab_fuzz::Follow;

/// The frames of two bundled captures: IPv4 and IPv6, with comments.
fn files() -> &'static [Cow<'static, [u8]>] {
    static FILES: OnceLock<Vec<Cow<'static, [u8]>>> = OnceLock::new();
    FILES.get_or_init(|| {
        let bytes =
            |name: &str| Bundled::find(name).and_then(|found| found.bytes()).expect("a bundled capture");
        vec![bytes("handshake-lost-ack"), bytes("handshake-ipv6")]
    })
}

/// Which frames of the files a filter finds.
fn finds(filter: &Filter) -> Vec<bool> {
    let mut found = Vec::new();
    for file in files() {
        let mut reader = Reader::from_bytes("x", file.clone()).expect("a sound capture");
        let mut follow = Follow::default();
        while reader.next().expect("a sound capture").is_some() {
            let Some(frame) = reader.current() else { break };
            let comment = reader.comment();
            follow.frame(frame, |packet, tracker, segment, streams| {
                found.push(filter.matches(packet, tracker, segment, streams, comment));
            });
        }
    }
    found
}

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    // A message names what was typed, but not all of it.
    if let Err(error) = Frames::parse(&text) {
        assert!(error.to_string().len() <= 800, "a long story: {error}");
    }
    let filter = match Filter::parse(&text) {
        Ok(filter) => filter,
        Err(error) => {
            assert!(error.to_string().len() <= 800, "a long story: {error}");
            assert!(error.position.end <= text.len() && error.position.start <= error.position.end);
            assert!(text.is_char_boundary(error.position.start) && text.is_char_boundary(error.position.end));
            return;
        }
    };
    let found = finds(&filter);
    if text.trim().is_empty() || text.len() + 4 > MAX_TEXT || text.matches(['(', '!']).count() + 3 > MAX_DEPTH
    {
        return;
    }
    let opposite = Filter::parse(&format!("!({text})")).expect("what is a filter is one in brackets too");
    for (at, (one, other)) in found.iter().zip(finds(&opposite)).enumerate() {
        assert_ne!(*one, other, "frame {at} is found by both {text:?} and its opposite, or by none");
    }
});

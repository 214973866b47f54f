//! A table of conversations is the same whether each segment was explained on the way or only counted, and whether a frame was
//! read layer by layer or by its usual build.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::path::PathBuf;

use netlab::dissect::Packet;
use netlab::flow::{Counter, Digest, Fragments, Row, Rows, Share, Tracker};
use netlab::frame::Frame;
use netlab::source::Reader;
use proptest::prelude::*;

/// Both tables of a capture, as it goes in.
#[derive(Default)]
struct Both {
    fragments: Fragments,
    tracker: Tracker,
    counter: Counter,
    /// The same in two shares, and how many each was given.
    shares: [Counter; 2],
    given: [usize; 2],
    /// How many frames were of the usual build.
    plain: usize,
}

impl Both {
    fn take(&mut self, frame: Frame<'_>) {
        let plain = Digest::of_plain(&frame);
        let packet = Packet::new(frame);
        if plain.is_some() {
            assert_eq!(plain, Digest::of(&packet), "frame {}", frame.number);
            assert!(packet.fragment().is_none(), "frame {}", frame.number);
            self.plain += 1;
        }
        let packet = self.fragments.complete(packet);
        self.tracker.push(&packet);
        if let Some(digest) = Digest::of(&packet) {
            self.counter.count(&digest);
            let share = digest.share(2);
            self.shares[share].count_all(&[digest]);
            self.given[share] += 1;
        }
    }

    /// The rows, once they are known to be the same in all three ways.
    fn rows(self) -> Vec<Row> {
        let followed: Vec<Row> = self.tracker.all_rows().collect();
        assert!(self.counter.all_rows().eq(followed.iter().copied()));
        let own: Vec<Row> = self.tracker.rows().collect();
        assert!(self.counter.rows().eq(own.iter().copied()));
        // What only an ICMP error quotes has a number and no row; merged, the numbers of the others close up.
        let all = Rows::merged(self.shares.map(Share::from).into());
        assert_eq!((all.len(), all.packets()), (own.len(), own.iter().map(Row::packets).sum()));
        assert_eq!(all.tcp_count(), own.iter().filter(|row| row.tcp.is_some()).count());
        for (at, (merged, own)) in all.iter().zip(&own).enumerate() {
            assert_eq!(all.start(at), own.start);
            let mut own = *own;
            own.stream = merged.stream;
            assert_eq!(merged, own);
        }
        own
    }
}

/// The bundled captures, and the truth captures where they are.
fn captures() -> Vec<PathBuf> {
    let truth = std::env::var_os("NETLAB_TRUTH").map(|folder| PathBuf::from(folder).join("captures"));
    let bundled = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("captures");
    let folders = [Some(bundled), truth].into_iter().flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_none_or(|ending| ending != "toml"));
    files.sort();
    files
}

fn each_frame(path: &std::path::Path, mut take: impl FnMut(Frame<'_>)) {
    // Some are damaged on purpose: what comes before that counts.
    let Ok(mut reader) = Reader::open(path) else { return };
    while let Ok(Some(frame)) = reader.next() {
        take(frame);
    }
}

#[test]
fn counted_or_followed_a_capture_has_the_same_conversations() {
    let (mut rows, mut plain) = (0, 0);
    for path in captures() {
        let mut both = Both::default();
        each_frame(&path, |frame| both.take(frame));
        plain += both.plain;
        rows += both.rows().len();
    }
    assert!(rows >= 7 && plain >= 50, "{rows} conversations, {plain} frames");
}

#[test]
fn all_shares_are_used() {
    let mut both = Both::default();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("captures/handshake.pcapng");
    let mut number = 0;
    each_frame(&path, |frame| {
        // Ports count up: many conversations.
        for port in 0..200_u16 {
            let mut bytes = frame.bytes.to_vec();
            if bytes.len() > 40 {
                for at in [35, 37] {
                    bytes[at] ^= port as u8;
                }
            }
            number += 1;
            both.take(Frame { number, bytes: &bytes, ..frame });
        }
    });
    assert!(both.given.iter().all(|given| *given > 400), "{:?}", both.given);
    assert!(both.rows().len() >= 200);
}

fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for path in captures() {
        each_frame(&path, |frame| {
            if frames.len() < 4000 && Digest::of_plain(&frame).is_some() {
                frames.push(frame.bytes.to_vec());
            }
        });
    }
    frames
}

proptest! {
    #[test]
    fn a_changed_frame_is_read_the_same_in_both_ways(
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec((0_usize..80, any::<u8>()), 0..4),
        kept in 0_usize..200,
        more in prop_oneof![Just(0_u32), Just(1), Just(100), Just(u32::MAX)],
    ) {
        static FRAMES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
        let mut bytes = pick.get(FRAMES.get_or_init(frames)).clone();
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        let original_len = (bytes.len() as u32).saturating_add(more);
        bytes.truncate(kept.max(14));
        let link = netlab::frame::LinkType::Ethernet;
        let frame = Frame { number: 1, time: None, link, interface: None, bytes: &bytes, original_len };
        if let Some(plain) = Digest::of_plain(&frame) {
            prop_assert_eq!(Some(plain), Digest::of(&Packet::new(frame)));
        }
    }
}

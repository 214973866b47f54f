//! A table of conversations is the same whether each segment was explained on the way or only counted, and whether a frame was
//! read layer by layer or by its usual build.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "util/recorded.rs"]
mod recorded;

use std::path::PathBuf;

use netlab::dissect::Packet;
use netlab::flow::{Counter, Digest, Fragments, Row, Rows, Share, Tracker};
use netlab::frame::Frame;
use proptest::prelude::*;
use recorded::{captures, each_frame};

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
    /// All that was counted, to be counted once more in one go.
    digests: Vec<Digest>,
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
            self.digests.push(digest);
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
        let mut at_once = Counter::new();
        at_once.count_all(&self.digests);
        assert!(at_once.all_rows().eq(followed.iter().copied()));
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

/// One segment of a made-up conversation: which of three and who, flags, how far its numbers are from what would follow, window, length,
/// and the time since the last one.
type Step = ((u8, bool), u8, (i32, i32), u16, u8, i64);

/// Mostly what follows, and now and then everything else.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let flags = prop_oneof![12 => Just(0x10_u8), 3 => Just(0x18), 2 => Just(0x02), 2 => Just(0x12), 1 => Just(0x11),
        1 => Just(0x04), 1 => any::<u8>()];
    let off = || prop_oneof![12 => Just(0), 1 => -3..3, 1 => -3000..3000, 1 => any::<i32>()];
    let window = prop_oneof![6 => Just(500_u16), 1 => Just(0), 1 => any::<u16>()];
    let len = prop_oneof![3 => Just(0_u8), 1 => Just(1), 3 => any::<u8>()];
    let pause =
        prop_oneof![4 => 0_i64..2_000_000, 2 => 0_i64..100_000_000, 1 => -5_000_000_i64..9_000_000_000];
    prop::collection::vec(((0_u8..3, any::<bool>()), flags, (off(), off()), window, len, pause), 1..300)
}

/// The frames of such steps: IPv4 for the first two conversations, IPv6 for the third.
fn play(steps: &[Step], mut take: impl FnMut(Frame<'_>)) {
    // Numbers that soon start again, and some that start at 0, which stands for nothing sent.
    let mut next = [[1000_u32, u32::MAX - 400], [0, 0], [u32::MAX, 7]];
    let mut time = 1_700_000_000_000_000_000;
    for (number, ((which, back), flags, (seq_off, ack_off), window, len, pause)) in (1..).zip(steps) {
        let (me, other) = (usize::from(*back), usize::from(!*back));
        let ends = &mut next[usize::from(*which)];
        let seq = ends[me].wrapping_add_signed(*seq_off);
        let ack = ends[other].wrapping_add_signed(*ack_off);
        let (from, to) = if *back { (80_u16, 40_000_u16) } else { (40_000, 80) };
        let mut tcp = [from.to_be_bytes(), to.to_be_bytes()].concat();
        tcp.extend([seq.to_be_bytes(), ack.to_be_bytes()].concat());
        tcp.extend([0x50, *flags]);
        tcp.extend(window.to_be_bytes());
        tcp.extend([0; 4]);
        tcp.extend(std::iter::repeat_n(b'd', usize::from(*len)));
        let mut bytes = vec![0; 12];
        if *which == 2 {
            bytes.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, 6, 64]);
            bytes[18..20].copy_from_slice(&(tcp.len() as u16).to_be_bytes());
            bytes.extend([0; 15].into_iter().chain([1 + me as u8]).chain([0; 15]).chain([2 - me as u8]));
        } else {
            bytes.extend([8, 0, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0]);
            bytes[16..18].copy_from_slice(&(tcp.len() as u16 + 20).to_be_bytes());
            bytes.extend([10, 7, *which, 1 + me as u8, 10, 7, *which, 2 - me as u8]);
        }
        bytes.extend(tcp);
        let taken = u32::from(*len) + u32::from(flags & 3 != 0);
        if taken > 0 {
            ends[me] = seq.wrapping_add(taken);
        }
        time += i128::from(*pause);
        let (time, original_len) = (Some(netlab::frame::Time(time)), bytes.len() as u32);
        let link = netlab::frame::LinkType::Ethernet;
        take(Frame { number, time, link, interface: None, bytes: &bytes, original_len });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn made_up_conversations_are_the_same_counted_and_followed(steps in steps()) {
        let mut both = Both::default();
        play(&steps, |frame| both.take(frame));
        prop_assert_eq!(both.plain, steps.len());
        both.rows();
    }
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

//! The way up ends where the receiver holds or drops what came.

use netlab::event::Verdict;
use netlab::frame::{Frame, LinkType, Time};
use netlab::osi::{Finder, Held, Layer, Place, Stop, Walk, Wanted};
use netlab::story::Seen;
use netlab::words::Level;

use super::conversation::segment::Segment;
use super::said;

/// A frame between 10.0.0.1 and 10.0.0.2: from the first, at this number, with that `ack`.
fn segment(client: bool, (seq, ack): (u32, Option<u32>), syn: bool, data: &[u8]) -> Vec<u8> {
    let (one, other) = (([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80));
    let (from, to) = if client { (one, other) } else { (other, one) };
    let segment = Segment::new(from, to, seq).data(data);
    let segment = if syn { segment.syn() } else { segment };
    ack.map_or(segment, |ack| segment.ack(ack)).frame()
}

/// Handshake, 4 bytes, the same again, 4 that come after a gap of 4, an ACK of the first 4, those once more, and what was missing.
fn talk() -> Vec<Vec<u8>> {
    vec![
        segment(true, (0, None), true, b""),
        segment(false, (900, Some(1)), true, b""),
        segment(true, (1, Some(901)), false, b""),
        segment(true, (1, Some(901)), false, b"abcd"),
        segment(true, (1, Some(901)), false, b"abcd"),
        segment(true, (9, Some(901)), false, b"ijkl"),
        segment(false, (901, Some(5)), false, b""),
        segment(true, (1, Some(901)), false, b"abcd"),
        segment(true, (5, Some(901)), false, b"efgh"),
    ]
}

/// The walk of a frame; they come a second apart, or so many milliseconds.
fn walk(frames: &[Vec<u8>], wanted: u64) -> Walk {
    walk_apart(1_000, frames, None, wanted)
}

fn walk_apart(millis: i128, frames: &[Vec<u8>], dropped: Option<u64>, wanted: u64) -> Walk {
    let mut finder = Finder::new(Wanted::Frame(wanted));
    for (number, bytes) in (1..).zip(frames) {
        let time = Some(Time(i128::from(number) * millis * 1_000_000));
        let original_len = bytes.len() as u32;
        let frame = Frame { number, time, link: LinkType::Ethernet, interface: None, bytes, original_len };
        let verdict = (dropped == Some(number)).then_some(Verdict::Dropped);
        finder.push_seen(frame, &Seen { verdict, ..Seen::default() });
    }
    finder.finish().unwrap()
}

/// The words of the way up, from layer 7 down.
fn up(walk: &Walk) -> Vec<&'static str> {
    walk.floors.iter().flat_map(|floor| floor.up.iter().copied()).collect()
}

#[test]
fn bytes_go_up_only_where_nothing_holds_them() {
    let held: Vec<Option<Held>> = (4..=9).map(|frame| walk(&talk(), frame).held).collect();
    let expected = [None, Some(Held::Again), Some(Held::Waits), None, Some(Held::Old), None];
    assert_eq!(held, expected);
    assert_eq!(up(&walk(&talk(), 4)), ["osi.up.7.data", "osi.up.4.tcp", "osi.up.3", "osi.up.2", "osi.up.1"]);
    for (frame, words) in [(5, "osi.up.4.again"), (6, "osi.up.4.waits"), (8, "osi.up.4.old")] {
        assert_eq!(up(&walk(&talk(), frame)), [words, "osi.up.3", "osi.up.2", "osi.up.1"]);
    }
}

#[test]
fn what_is_damaged_goes_no_further() {
    for frame in [3, 4] {
        let mut frames = talk();
        let sum = 14 + 20 + 16;
        frames[frame - 1][sum] ^= 0x55;
        let damaged = walk(&frames, frame as u64);
        assert_eq!(damaged.held, Some(Held::BadSum));
        assert_eq!(up(&damaged), ["osi.up.4.bad", "osi.up.3", "osi.up.2", "osi.up.1"]);
        frames[frame - 1][14 + 10] ^= 0x55;
        let damaged = walk(&frames, frame as u64);
        assert_eq!(damaged.held, Some(Held::BadHeader));
        assert_eq!(up(&damaged), ["osi.up.3.bad", "osi.up.2", "osi.up.1"]);
        let network = damaged.floors.iter().find(|floor| floor.place == Place::At(Layer::Network)).unwrap();
        assert_eq!(network.down, ["osi.3.ip"]);
    }
}

#[test]
fn what_is_damaged_in_the_capture_alone_goes_up() {
    let sum = 14 + 20 + 16;
    let mut frames = talk();
    // Without the copies, the ACK in frame 7 (now 5) can only mean this one.
    frames.drain(4..6);
    frames[3][sum] ^= 0x55;
    let walked = walk(&frames, 4);
    assert_eq!((walked.held, walked.later), (None, Some((4, 5))));
    assert_eq!(up(&walked), ["osi.up.7.data", "osi.up.4.tcp", "osi.up.3", "osi.up.2", "osi.up.1"]);
    for mark in ["if_later", "if_bad"] {
        assert!(walked.values.iter().any(|(name, _)| *name == mark), "{mark}: {:?}", walked.values);
    }
    // It is so with all that the client says, before and after.
    for frame in [3, 7] {
        frames[frame - 1][sum] ^= 0x55;
        let walked = walk(&frames, frame as u64);
        assert_eq!((walked.held, walked.later), (None, Some((4, 5))), "{frame}");
    }
}

/// Handshake, 4 bytes, 4 more, and then the first 4 again within a round trip: Wireshark calls that out of order, no retransmission.
fn doubled() -> Vec<Vec<u8>> {
    let mut frames = talk();
    frames.truncate(4);
    frames.push(segment(true, (5, Some(901)), false, b"efgh"));
    frames.push(segment(true, (1, Some(901)), false, b"abcd"));
    frames
}

#[test]
fn a_copy_that_comes_at_once_is_a_copy() {
    let copy = walk_apart(1, &doubled(), None, 6);
    assert_eq!((copy.held, &copy.stop), (Some(Held::Again), &Some(Stop::Again(4))));
    assert_eq!(up(&copy), ["osi.up.4.again", "osi.up.3", "osi.up.2", "osi.up.1"]);
    let text = said(&copy, Level::Student);
    assert!(text.contains("these bytes were in frame 4 before"), "{text}");
    assert!(text.contains("It comes too soon for the client to know of a loss"), "{text}");
    assert!(said(&copy, Level::Engineer).contains("Wireshark calls this copy out of order"));
    // A retransmission came later, and nobody calls that out of order.
    let late = said(&walk(&talk(), 5), Level::Student);
    assert!(late.contains("these bytes were in frame 4 before") && !late.contains("too soon"), "{late}");
    // With one byte that is new it is no copy.
    let mut frames = doubled();
    frames[5] = segment(true, (1, Some(901)), false, b"abcdefghi");
    let longer = walk_apart(1, &frames, None, 6);
    assert_eq!((longer.held, longer.stop), (None, Some(Stop::Program)));
}

#[test]
fn a_copy_of_what_the_wire_dropped_is_taken_also_where_it_comes_at_once() {
    let copy = walk_apart(1, &doubled(), Some(4), 6);
    assert_eq!((copy.instead_of, copy.held), (Some(4), None));
    assert_eq!(
        up(&copy),
        ["osi.up.7.data", "osi.up.4.tcp", "osi.up.4.late", "osi.up.3", "osi.up.2", "osi.up.1"]
    );
    assert_eq!((walk_apart(1, &doubled(), Some(4), 4).lost, copy.freed), (true, 4));
}

#[test]
fn what_was_overtaken_lets_go_of_what_waited_for_it() {
    let late = "osi.up.4.late";
    // Frame 9 of the talk brings what was missing before frame 6; a second later that is no longer called out of order.
    let fills = walk(&talk(), 9);
    assert_eq!((fills.freed, up(&fills)[1..3].to_vec()), (4, vec!["osi.up.4.tcp", late]));
    let text = said(&fills, Level::Student);
    assert!(text.contains("4 bytes waited for these, and go to the program with them."), "{text}");
    assert!(!text.contains("It comes late"), "{text}");
    let mut frames = talk();
    frames.remove(6);
    frames.remove(6);
    let soon = walk_apart(1, &frames, None, 7);
    assert_eq!(soon.freed, 4);
    assert!(said(&soon, Level::Student).contains("It comes late: bytes with higher numbers came first."));
    assert!(said(&soon, Level::Friend).contains("Later words came before these."));
    for frame in 4..=6 {
        assert!(!up(&walk_apart(1, &frames, None, frame)).contains(&late), "{frame}");
    }
}

//! One real frame through the seven layers: every byte has its place, the sums are true, and whatever the frame is, the walk says
//! where it stops.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod command;
#[path = "../util/conversation.rs"]
mod conversation;
mod held;
mod long;
mod packets;
mod router;
mod shape;
mod sockets;
mod surplus;
mod told;
#[path = "../util/mod.rs"]
mod util;

use netlab::frame::{Frame, LinkType, Time};
use netlab::osi::{Bill, Finder, Layer, Place, Stop, UnitKind, Walk, Wanted};
use netlab::source::{Bundled, Reader};
use netlab::words::{Book, Level};
use proptest::prelude::*;
use util::netlab;

/// The walk of a frame of a bundled capture.
fn walk(name: &str, wanted: Wanted) -> Walk {
    let mut reader = Reader::from_bytes(name, Bundled::find(name).unwrap().bytes().unwrap()).unwrap();
    let mut finder = Finder::new(wanted);
    let mut taken = 0;
    while reader.next().unwrap().is_some() {
        for block in reader.secrets().iter().skip(taken) {
            finder.keys_mut().add(&block.bytes).unwrap();
        }
        taken = reader.secrets().len();
        if !finder.push(reader.current().unwrap()) {
            break;
        }
    }
    finder.finish().unwrap()
}

/// The walk of one frame alone.
fn alone(link: LinkType, bytes: &[u8], original_len: u32) -> Walk {
    let mut finder = Finder::new(Wanted::Frame(1));
    finder.push(Frame { number: 1, time: Some(Time(0)), link, interface: None, bytes, original_len });
    finder.finish().unwrap()
}

/// All that a walk says.
fn said(walk: &Walk, level: Level) -> String {
    let book = Book::built_in().unwrap();
    let view = netlab::render::WalkView {
        walk,
        book: &book,
        level,
        width: 2_000,
        bytes: false,
        plain: true,
        ascii: false,
    };
    view.lines().iter().map(|line| line.text() + "\n").collect()
}

/// Every byte that was kept stands in one part, the parts in their order, and their lengths make the frame.
fn adds_up(walk: &Walk) {
    let mut next = 0;
    for part in &walk.parts {
        if part.title == "not kept" {
            continue;
        }
        assert_eq!(part.span.bytes.start, next, "frame {}: {:?}", walk.frame, walk.parts);
        assert_eq!(part.len, part.span.bytes.len() as u64);
        next = part.span.bytes.end;
    }
    assert_eq!(next, walk.bytes.len(), "frame {}: {:?}", walk.frame, walk.parts);
    assert_eq!(walk.parts.iter().map(|part| part.len).sum::<u64>(), walk.len);
    let on_wire = walk.layered().map(|part| part.len).sum::<u64>();
    let added = walk.physical.map_or(0, |physical| physical.added());
    assert_eq!(walk.cost.this.total(), on_wire + added, "frame {}", walk.frame);
    for sealed in &walk.sealed {
        let inside: u64 = sealed.parts.iter().map(|part| part.len).sum();
        assert_eq!(inside, sealed.bytes.len() as u64);
    }
    for unit in &walk.units {
        assert!(unit.here.start < unit.here.end && unit.here.end <= unit.len, "{unit:?}");
        assert!(unit.frames.0 <= walk.frame && walk.frame <= unit.frames.1, "{unit:?} in {}", walk.frame);
    }
    let layers: Vec<u8> =
        walk.floors.iter().filter_map(|floor| floor.place.layer()).map(Layer::number).collect();
    assert_eq!(layers, [7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn the_tutorials_message_goes_down_byte_by_byte() {
    let walk = walk("websocket-tutorial", Wanted::Message);
    adds_up(&walk);
    assert_eq!(walk.frame, 10);
    let parts: Vec<(char, &str, u64)> =
        walk.parts.iter().map(|part| (part.place.sign(), part.title, part.len)).collect();
    let expected = [
        ('2', "Ethernet", 14),
        ('3', "IPv4", 20),
        ('4', "TCP", 32),
        ('5', "WebSocket header", 2),
        ('6', "masking key", 4),
        ('7', "message, masked", 15),
    ];
    assert_eq!(parts, expected);
    let lens = Layer::DOWN.map(|layer| walk.unit_len(layer).unwrap());
    assert_eq!(lens, [15, 19, 21, 53, 73, 87, 111]);
    assert_eq!(walk.units.len(), 1);
    assert_eq!(walk.units[0].text.as_deref(), Some("My name is John"));
    assert_eq!(walk.stop, None);
}

#[test]
fn what_it_costs_is_counted_from_the_capture() {
    let walk = walk("websocket-tutorial", Wanted::Message);
    // Frames 1 to 10, each with what layer 1 adds; the two of ARP are filled up from 42 to 60.
    let lens = [42, 42, 74, 74, 66, 218, 66, 195, 66, 87];
    let wire: u64 = lens.iter().map(|len: &u64| len.max(&60) + 24).sum();
    let first = walk.cost.first.unwrap();
    assert_eq!((first.frames, first.total()), (10, wire));
    let expected = Bill {
        frames: 10,
        physical: 10 * 24 + 2 * 18,
        link: 10 * 14,
        network: 2 * 28 + 8 * 20,
        transport: 2 * 40 + 6 * 32,
        opening: 152 + 129,
        tls: 0,
        protocol: 6,
        message: 15,
        inflated: None,
        neighbours: 2 * 28,
    };
    assert_eq!(first, expected);
    assert_eq!((walk.cost.this.total(), walk.cost.this.message), (111, 15));
}

#[test]
fn what_shares_a_frame_with_the_first_message_is_not_counted_as_tls() {
    // The 101 and the greeting come in one segment.
    let first = walk("websocket-coalesced", Wanted::Message).cost.first.unwrap();
    assert_eq!((first.opening, first.tls, first.protocol, first.message), (152 + 129, 0, 2, 8));
    let first = walk("websocket-wss", Wanted::Message).cost.first.unwrap();
    assert_eq!((first.tls, first.protocol, first.message), (22, 6, 15));
}

#[test]
fn every_frame_of_every_bundled_capture_adds_up() {
    let book = Book::built_in().unwrap();
    let mut stops = std::collections::HashSet::new();
    for bundled in Bundled::all() {
        // A chat of hundreds of frames says nothing that its beginning does not.
        for number in 1..=bundled.frames.min(20) {
            let walk = walk(&bundled.name, Wanted::Frame(number));
            adds_up(&walk);
            stops.extend(walk.stop.iter().map(Stop::key));
            // Reading is quick; drawing in every width takes its time.
            if number % 3 != 1 {
                continue;
            }
            let view = netlab::render::WalkView {
                walk: &walk,
                book: &book,
                level: Level::ALL[number as usize / 3 % 3],
                width: 40 + number as usize * 13 % 100,
                bytes: true,
                plain: number % 2 == 0,
                ascii: number % 5 == 0,
            };
            for line in view.lines() {
                assert!(line.width() <= view.width, "{} {number}: {}", bundled.name, line.text());
            }
            for layer in Layer::DOWN {
                for line in view.layer(layer) {
                    assert!(line.width() <= view.width, "{} {number}: {}", bundled.name, line.text());
                }
            }
        }
    }
    for key in ["osi.stop.arp", "osi.stop.tcp", "osi.stop.sealed"] {
        assert!(stops.contains(key), "{key} is in no bundled capture");
    }
}

#[test]
fn tls_is_seen_before_and_after_the_lock() {
    let walk = walk("websocket-wss", Wanted::Message);
    adds_up(&walk);
    let [sealed] = walk.sealed.as_slice() else { panic!("{:?}", walk.sealed) };
    let inside: Vec<(char, u64)> = sealed.parts.iter().map(|part| (part.place.sign(), part.len)).collect();
    assert_eq!(inside, [('5', 2), ('6', 4), ('7', 15)]);
    // A header of 5, the content type, a tag of 16.
    assert_eq!(sealed.record, 21 + 5 + 1 + 16);
    assert_eq!(walk.units[0].text.as_deref(), Some("My name is John"));
    assert!(!walk.bytes.windows(15).any(|bytes| bytes == b"My name is John"));
    assert_eq!((walk.cost.this.message, walk.cost.this.protocol, walk.cost.this.tls), (15, 6, 22));
    let shown = netlab(&["osi", "--capture", "websocket-wss"]).stdout;
    assert!(shown.contains("before   5 WebSocket header") && shown.contains("after    T TLS, protected"));

    let walk = self::walk("websocket-wss-without-keys", Wanted::Message);
    assert!(matches!(walk.stop, Some(Stop::Sealed(_))), "{:?}", walk.stop);
    assert!(walk.units.iter().all(|unit| unit.kind == UnitKind::Hidden && unit.text.is_none()));
}

#[test]
fn a_message_over_several_segments_says_which_part_is_here() {
    // In the capture of the lengths a frame of 70,000 bytes comes in many segments.
    let all = Bundled::find("websocket-lengths").unwrap().frames;
    let mut parts = Vec::new();
    for number in 1..=all {
        let walk = walk("websocket-lengths", Wanted::Frame(number));
        adds_up(&walk);
        let long = walk.units.iter().find(|unit| unit.kind == UnitKind::Message && !unit.is_whole());
        if let Some(unit) = long.filter(|_| walk.from == Some(netlab::event::Host::Client)) {
            parts.push((unit.frames, unit.here.clone(), unit.len));
        }
    }
    let (frames, _, len) = parts.first().unwrap().clone();
    let same: Vec<_> = parts.into_iter().filter(|(of, ..)| *of == frames).collect();
    assert!(same.len() > 1);
    let mut next = 0;
    for (_, here, _) in &same {
        assert_eq!(here.start, next);
        next = here.end;
    }
    assert_eq!(next, len);
}

#[test]
fn what_is_said_again_is_told_once() {
    let mut reader =
        Reader::from_bytes("x", Bundled::find("websocket-tutorial").unwrap().bytes().unwrap()).unwrap();
    let mut finder = Finder::new(Wanted::Frame(11));
    while reader.next().unwrap().is_some() {
        let frame = reader.current().unwrap();
        finder.push(frame);
        if frame.number == 10 {
            // The same frame once more, long before its ACK.
            let later = frame.time.map(|time| Time(time.0 + 300_000_000));
            finder.push(Frame { number: 11, time: later, ..frame });
            break;
        }
    }
    let walk = finder.finish().unwrap();
    adds_up(&walk);
    assert_eq!((walk.frame, walk.stop, walk.units.len()), (11, Some(Stop::Again(10)), 0));
}

#[test]
fn a_cut_frame_and_a_damaged_one_say_why_the_walk_stops() {
    let whole = walk("websocket-tutorial", Wanted::Frame(10)).bytes;
    for kept in 0..whole.len() {
        let walk = alone(LinkType::Ethernet, &whole[..kept], whole.len() as u32);
        adds_up(&walk);
        let stop = walk.stop.clone();
        match kept {
            0..=33 => assert!(matches!(stop, Some(Stop::NotKept(_))), "{kept}: {stop:?}"),
            34..=66 => assert!(
                matches!(stop, Some(Stop::NotKept("TCP" | "next" | "data of TCP"))),
                "{kept}: {stop:?}"
            ),
            _ => {}
        }
        // The same bytes as all that there were: then the frame is damaged.
        let short = alone(LinkType::Ethernet, &whole[..kept], kept as u32);
        adds_up(&short);
        if kept < 54 {
            assert!(short.stop.is_some(), "{kept}");
        }
    }
    let mut other = whole.clone();
    other[23] = 132;
    assert_eq!(alone(LinkType::Ethernet, &other, 87).stop, Some(Stop::Protocol(132)));
    other[12..14].copy_from_slice(&[0x88, 0xcc]);
    assert_eq!(alone(LinkType::Ethernet, &other, 87).stop, Some(Stop::EtherType(0x88cc)));
    assert_eq!(alone(LinkType::Other(147), &whole, 87).stop, Some(Stop::Link(147)));
}

#[test]
fn a_capture_without_ethernet_counts_no_layer_one() {
    let whole = walk("websocket-tutorial", Wanted::Frame(10)).bytes;
    let walk = alone(LinkType::RawIp, &whole[14..], 73);
    adds_up(&walk);
    assert_eq!(
        (walk.physical, walk.unit_len(Layer::Link), walk.unit_len(Layer::Network)),
        (None, None, Some(73))
    );
    let mut cooked = vec![0; 16];
    cooked[14] = 8;
    cooked.extend(&whole[14..]);
    let walk = alone(LinkType::Sll, &cooked, 89);
    adds_up(&walk);
    assert_eq!(walk.parts[0].place, Place::Capture);
    assert_eq!(walk.cost.this.total(), 73);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn whatever_the_bytes_each_has_one_place(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        start in 0_usize..5,
        link in prop_oneof![Just(1_u16), Just(101), Just(113), Just(276), Just(0), Just(108), Just(12345)],
        more in 0_u32..100,
    ) {
        // Often a sound beginning, so that it comes to the upper layers.
        let whole = walk("websocket-tutorial", Wanted::Frame(10)).bytes;
        let mut frame = whole[..[0, 14, 34, 54, 66][start]].to_vec();
        frame.extend(&bytes);
        let len = frame.len() as u32 + more;
        adds_up(&alone(LinkType::from_number(link), &frame, len));
    }
}

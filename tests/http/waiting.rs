//! Heads that wait for the end of their bodies: within a limit, and the oldest are given up.

use etherparse::PacketBuilder;
use netlab::dissect::Packet;
use netlab::flow::Tracker;
use netlab::flow::talk::Talks;
use netlab::frame::{Frame, LinkType};

/// What is told of so many conversations in each of which a client says a head, as long as this, and much later a body: by
/// which ports, and how many were given up.
fn told(conversations: u16, length: usize) -> (Vec<u16>, u64) {
    let (mut tracker, mut talks) = (Tracker::new(), Talks::new());
    let (mut number, mut ports) = (0, Vec::new());
    let mut head = b"POST / HTTP/1.1\r\nContent-Length: 4\r\nX: ".to_vec();
    head.resize(length - 4, b'x');
    head.extend(b"\r\n\r\n");
    for (seq, data) in [(1000, &head[..]), (1000 + length as u32, b"body")] {
        for port in 0..conversations {
            let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
            let mut bytes = Vec::new();
            builder.tcp(10_000 + port, 80, seq, 64240).ack(1).write(&mut bytes, data).unwrap();
            number += 1;
            let original_len = bytes.len() as u32;
            let link = LinkType::Ethernet;
            let frame = Frame { number, time: None, link, interface: None, bytes: &bytes, original_len };
            let packet = Packet::new(frame);
            let segment = tracker.push(&packet);
            let found = talks.push(&packet, segment.as_ref());
            ports.extend(found.messages.iter().map(|message| {
                assert_eq!((message.summary().as_str(), message.len), ("POST /", 4));
                port
            }));
        }
    }
    (ports, talks.heads_given_up())
}

#[test]
fn as_many_as_there_is_room_for_are_told_with_the_end_of_their_bodies() {
    assert_eq!(told(4096, 60), ((0..4096).collect(), 0));
    assert_eq!(told(250, 60_000), ((0..250).collect(), 0));
}

#[test]
fn of_more_than_that_those_that_have_waited_longest_are_given_up_and_counted() {
    // Too many, and too long ones.
    for (conversations, length, at_most) in [(5000, 60, 4096), (400, 60_000, (16 << 20) / 60_000)] {
        let (ports, given_up) = told(conversations, length);
        assert_eq!(ports.len() as u64 + given_up, u64::from(conversations));
        assert!(ports.len() <= at_most && ports.len() > at_most / 4 * 3, "{} of {at_most}", ports.len());
        assert_eq!(ports, (given_up as u16..conversations).collect::<Vec<_>>(), "the newest are told");
    }
}

/// In which frames an answer is told that promises 100 bytes and has 5: in so many segments, the FIN with the last one or behind it.
fn told_of_a_cut_one(segments: &[&[u8]], fin_apart: bool) -> Vec<u64> {
    let (mut tracker, mut talks) = (Tracker::new(), Talks::new());
    let (mut number, mut seq, mut told) = (0, 5000, Vec::new());
    let mut segments: Vec<&[u8]> = segments.to_vec();
    segments.extend(fin_apart.then_some(&b""[..]));
    for (index, data) in segments.iter().enumerate() {
        let builder = PacketBuilder::ethernet2([4; 6], [2; 6]).ipv4([10, 0, 0, 2], [10, 0, 0, 1], 64);
        let mut tcp = builder.tcp(80, 40000, seq, 64240).ack(1);
        if index + 1 == segments.len() {
            tcp = tcp.fin();
        }
        let mut bytes = Vec::new();
        tcp.write(&mut bytes, data).unwrap();
        (number, seq) = (number + 1, seq + data.len() as u32);
        let original_len = bytes.len() as u32;
        let link = LinkType::Ethernet;
        let frame = Frame { number, time: None, link, interface: None, bytes: &bytes, original_len };
        let packet = Packet::new(frame);
        let segment = tracker.push(&packet);
        let found = talks.push(&packet, segment.as_ref());
        told.extend(found.messages.iter().map(|_| number));
    }
    told
}

/// As tshark has it.
#[test]
fn an_answer_that_is_cut_off_is_told_only_where_it_is_all_in_the_last_segment() {
    let head = &b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"[..];
    let all = [head, b"short"].concat();
    assert_eq!(told_of_a_cut_one(&[&all], true), Vec::<u64>::new());
    assert_eq!(told_of_a_cut_one(&[head, b"short"], false), Vec::<u64>::new());
    assert_eq!(told_of_a_cut_one(&[&all], false), [1]);
    // One that lasts to the end is whole with it.
    let to_the_end = b"HTTP/1.1 200 OK\r\n\r\nshort";
    assert_eq!(told_of_a_cut_one(&[to_the_end], true), [2]);
}

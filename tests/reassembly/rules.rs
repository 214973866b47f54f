//! What becomes of early, late, repeated, missing and wrong bytes, rule by rule.

use netlab::event::Host::{Client, Server};
use netlab::flow::stream::{Arrival, Doubt, Given, Reassembler, WhyIgnored};

use crate::given::{CLIENT, Out, SERVER, ack, run, segment, syn};

#[test]
fn bytes_in_order_are_borrowed_from_their_frame_with_their_place() {
    let bytes = *b"hello";
    let mut reassembler = Reassembler::new();
    let mut seen = 0;
    reassembler.push(&segment(7, Client, 0, &bytes), &mut |given| {
        let Given::Bytes(chunk) = given else { panic!("{given:?}") };
        assert_eq!((chunk.side, chunk.offset, chunk.frame, chunk.bytes), (CLIENT, 0, 7, &bytes[..]));
        assert_eq!(chunk.bytes.as_ptr(), bytes.as_ptr(), "copied");
        assert_eq!(chunk.span().bytes, 54..59);
        seen += 1;
    });
    assert_eq!(seen, 1);
}

#[test]
fn what_came_early_waits_and_keeps_its_place() {
    let mut places = Vec::new();
    let mut reassembler = Reassembler::new();
    for arrival in [syn(1, Client), segment(2, Client, 5, b"world"), segment(3, Client, 0, b"hello")] {
        reassembler.push(&arrival, &mut |given| {
            if let Given::Bytes(chunk) = given {
                places.push((chunk.offset, chunk.frame, chunk.bytes.to_vec()));
            }
        });
    }
    assert_eq!(places, [(0, 3, b"hello".to_vec()), (5, 2, b"world".to_vec())]);
    assert_eq!(reassembler.waiting(), 0);
}

#[test]
fn what_the_receiver_has_taken_stays() {
    let out = run(&[syn(1, Client), segment(2, Client, 0, b"abcdef"), segment(3, Client, 2, b"cXXfgh")]);
    assert_eq!(out.said(CLIENT), b"abcdefgh");
    assert_eq!(out.told, ["frames 2 and 3 differ in 3..5: first kept"]);
}

#[test]
fn of_waiting_copies_the_one_that_begins_earlier_is_kept_then_the_longer_then_the_first() {
    let begin = [syn(1, Client), segment(2, Client, 2, b"cd")];
    let mut arrivals = begin.to_vec();
    arrivals.extend([segment(3, Client, 1, b"BCD"), segment(4, Client, 0, b"a")]);
    let out = run(&arrivals);
    assert_eq!(out.said(CLIENT), b"aBCD");
    assert_eq!(out.told, ["frames 2 and 3 differ in 2..4: second kept while waiting"]);

    let mut arrivals = begin.to_vec();
    arrivals.extend([
        segment(3, Client, 2, b"CDE"),
        segment(4, Client, 2, b"xy"),
        segment(5, Client, 0, b"ab"),
    ]);
    let out = run(&arrivals);
    assert_eq!(out.said(CLIENT), b"abCDE");
    let told = [
        "frames 2 and 3 differ in 2..4: second kept while waiting",
        "frames 3 and 4 differ in 2..4: first kept while waiting",
    ];
    assert_eq!(out.told, told);
}

#[test]
fn a_segment_in_order_is_read_before_what_waits() {
    let out = run(&[syn(1, Client), segment(2, Client, 1, b"xxx"), segment(3, Client, 0, b"abc")]);
    assert_eq!(out.said(CLIENT), b"abcx");
    assert_eq!(out.told, ["frames 2 and 3 differ in 1..3: second kept while waiting"]);
}

#[test]
fn a_hole_is_passed_once_the_other_side_has_confirmed_it() {
    let mut out = Out::default();
    let mut reassembler = Reassembler::new();
    let arrivals =
        [syn(1, Client), segment(2, Client, 0, b"abc"), segment(3, Client, 6, b"ghi"), ack(4, Server, 5)];
    for arrival in &arrivals {
        reassembler.push(arrival, &mut |given| out.take(given));
    }
    assert_eq!(out.said(CLIENT), b"abc", "byte 5 was not confirmed yet");
    reassembler.push(&ack(5, Server, 9), &mut |given| out.take(given));
    assert_eq!(out.said(CLIENT), b"abcghi");
    assert_eq!(out.told, ["3 missing between 2 and 3"]);
    let said = reassembler.said(CLIENT).unwrap();
    assert_eq!((said.bytes, said.missing, said.holes()), (6, 3, 3));
    reassembler.push(&segment(6, Client, 2, b"cdefg"), &mut |given| out.take(given));
    assert_eq!(out.told[1..], ["3 too late"]);
}

#[test]
fn an_ack_of_what_nobody_can_have_said_is_not_believed_alone() {
    let begin = [syn(1, Client), segment(2, Client, 0, b"abc"), ack(3, Server, 1_700_000_000)];
    assert!(run(&begin).told.is_empty());
    let mut arrivals = begin.to_vec();
    arrivals.push(ack(4, Server, 1_700_000_010));
    assert_eq!(run(&arrivals).told, ["1700000007 missing between 2 and 0"]);
}

#[test]
fn an_answer_captured_before_what_it_confirms_loses_nothing() {
    let out = run(&[syn(1, Client), ack(2, Server, 5), segment(3, Client, 0, b"hello"), ack(4, Server, 5)]);
    assert_eq!((out.said(CLIENT), out.told.len()), (&b"hello"[..], 0));
}

#[test]
fn at_the_end_of_the_capture_every_hole_is_passed() {
    let out = run(&[
        syn(1, Client),
        segment(2, Client, 3, b"def"),
        segment(3, Client, 8, b"ij"),
        ack(4, Server, 20),
    ]);
    assert_eq!(out.said(CLIENT), b"defij");
    let told = ["3 missing between 0 and 2", "2 missing between 2 and 3", "10 missing between 3 and 0"];
    assert_eq!(out.told, told);
}

#[test]
fn of_one_direction_that_was_not_captured_its_length_is_known() {
    let out = run(&[ack(1, Client, 0), ack(2, Client, 700), ack(3, Client, 1400)]);
    assert_eq!(out.told, ["1400 missing between 0 and 0"]);
}

#[test]
fn a_capture_that_starts_in_the_middle_has_no_hole_before_it() {
    // A keep-alive first: its number is one before the next byte's, and the answer says so.
    let out = run(&[
        segment(1, Client, 0, b""),
        ack(2, Server, 1),
        segment(3, Client, 1, b"hi"),
        ack(4, Server, 3),
    ]
    .map(|arrival| Arrival { zero: 9, ..arrival }));
    assert!(out.told.is_empty(), "{out:?}");
}

#[test]
fn what_lies_before_the_first_byte_belongs_nowhere() {
    let mut out = Vec::new();
    let mut reassembler = Reassembler::new();
    for arrival in [segment(1, Client, 0, b"later"), segment(2, Client, 0u32.wrapping_sub(3), b"old")] {
        reassembler.push(&arrival, &mut |given| match given {
            Given::Bytes(chunk) => out.push((chunk.bytes.len() as u64, None)),
            Given::Ignored(ignored) => out.push((ignored.len, Some(ignored.why))),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(out, [(5, None), (3, Some(WhyIgnored::BeforeStart))]);
}

#[test]
fn a_keep_alive_says_nothing_twice() {
    let keep_alive = Arrival { keep_alive: true, ..segment(3, Client, 4, b"\0") };
    let out =
        run(&[syn(1, Client), segment(2, Client, 0, b"hello"), keep_alive, segment(4, Client, 5, b"!")]);
    assert_eq!((out.said(CLIENT), out.told.len()), (&b"hello!"[..], 0));
}

#[test]
fn a_probe_counts_once_and_only_where_it_was_taken() {
    let probe = |frame| Arrival { doubt: Doubt::Unasked, ..segment(frame, Client, 2, b"c") };
    let begin = [syn(1, Client), segment(2, Client, 0, b"ab"), probe(3), probe(4)];
    // Not taken: what is sent later in its place counts.
    let mut arrivals = begin.to_vec();
    arrivals.extend([ack(5, Server, 2), segment(6, Client, 2, b"Cde")]);
    let out = run(&arrivals);
    assert_eq!(out.said(CLIENT), b"abCde");
    assert_eq!(out.told, ["frames 3 and 6 differ in 2..3: second kept while waiting"]);
    // Taken: the sender goes on behind it.
    let mut arrivals = begin.to_vec();
    arrivals.extend([ack(5, Server, 3), segment(6, Client, 3, b"de")]);
    let out = run(&arrivals);
    assert_eq!((out.said(CLIENT), out.told.len()), (&b"abcde"[..], 0));
}

#[test]
fn a_damaged_copy_gives_way_to_a_sound_one() {
    let damaged = Arrival { doubt: Doubt::Damaged, ..segment(3, Client, 0, b"hexlo") };
    let out = run(&[syn(1, Client), ack(2, Server, 0), damaged, segment(4, Client, 0, b"hello")]);
    assert_eq!(out.said(CLIENT), b"hello");
    // In a capture where no sum was finished, what was answered was taken.
    let out = run(&[syn(1, Client), ack(2, Server, 0), damaged, ack(4, Server, 5)]);
    assert_eq!(out.said(CLIENT), b"hexlo");
    let out = run(&[syn(1, Client), damaged]);
    assert_eq!(out.said(CLIENT), b"hexlo");
}

#[test]
fn where_a_damaged_segment_was_answered_nothing_of_that_side_waits() {
    let damaged = |arrival: Arrival<'static>| Arrival { doubt: Doubt::Damaged, ..arrival };
    let said_first = |begin: &[Arrival<'static>]| {
        let copies = [damaged(segment(7, Client, 0, b"abc")), segment(8, Client, 0, b"xyz")];
        let out = run(&[begin, &copies].concat());
        out.said(CLIENT).to_vec()
    };
    // The SYN was answered: so its sender's sums are filled in behind the capture.
    assert_eq!(said_first(&[damaged(syn(1, Client)), ack(2, Server, 0)]), b"abc");
    for sound in [
        vec![damaged(syn(1, Client)), syn(2, Client), ack(3, Server, 0)],
        vec![syn(1, Client), damaged(segment(2, Client, 0, b"")), ack(3, Server, 0)],
    ] {
        assert_eq!(said_first(&sound), b"xyz", "{sound:?}");
    }
    // The same where data were confirmed; then a FIN, an ACK and an RST count, which did not before.
    let open = [syn(1, Client), syn(2, Server), ack(3, Server, 0), ack(4, Client, 0)];
    let data = damaged(segment(6, Client, 0, b"abc"));
    let rst = damaged(Arrival { rst: true, ..segment(8, Client, 3, b"") });
    let fin = damaged(Arrival { fin: true, ..segment(8, Client, 3, b"") });
    let told = |more: &[Arrival<'static>]| run(&[&open[..], more].concat()).told;
    assert_eq!(told(&[rst, fin]), [""; 0]);
    assert_eq!(told(&[data, ack(7, Server, 3), rst]), ["reset at 0", "reset at 3"]);
    assert_eq!(told(&[data, ack(7, Server, 3), fin]), ["end at 3"]);
    let lost = [segment(9, Server, 5, b"late"), damaged(ack(10, Client, 9))];
    assert_eq!(told(&[&[data][..], &lost].concat()), ["5 missing between 0 and 9"]);
    assert_eq!(
        run(&[&open[..], &[data], &lost, &[segment(11, Server, 0, b"early")]].concat()).said(SERVER),
        b"earlylate"
    );
    let trusted =
        [&open[..], &[data, ack(7, Server, 3)], &lost, &[segment(11, Server, 0, b"early")]].concat();
    assert_eq!(run(&trusted).said(SERVER), b"late");
}

#[test]
fn data_in_a_syn_counts_where_it_was_taken() {
    let fast = Arrival { seq: 0, syn: true, doubt: Doubt::Unasked, ..segment(1, Client, 0, b"GET") };
    let taken = Arrival { syn: true, seq: 0, ..ack(2, Server, 3) };
    assert_eq!(run(&[fast, taken]).said(CLIENT), b"GET");
    let refused = Arrival { syn: true, seq: 0, ..ack(2, Server, 0) };
    assert_eq!(run(&[fast, refused, segment(3, Client, 0, b"GET /")]).said(CLIENT), b"GET /");
}

#[test]
fn a_stream_ends_with_its_fin_and_what_follows_is_ignored() {
    let fin = Arrival { fin: true, ..segment(3, Client, 3, b"def") };
    let out = run(&[
        syn(1, Client),
        segment(2, Client, 8, b"xyz"),
        fin,
        segment(4, Client, 0, b"abc"),
        segment(5, Client, 6, b"zz"),
        ack(6, Server, 7),
    ]);
    assert_eq!(out.said(CLIENT), b"abcdef");
    assert_eq!(out.told, ["end at 6", "3 after the end", "2 after the end"]);
}

#[test]
fn a_reset_ends_both_directions_once() {
    let rst = Arrival { rst: true, ..segment(3, Server, 0, b"") };
    let out = run(&[syn(1, Client), segment(2, Client, 0, b"abc"), rst, rst, segment(5, Client, 3, b"d")]);
    assert_eq!(out.said(CLIENT), b"abcd");
    assert_eq!(out.told, ["reset at 3", "reset at 0"]);
}

#[test]
fn what_a_snap_length_cut_is_a_hole_of_known_length() {
    let cut = |frame, offset, bytes| Arrival { len: 10, ..segment(frame, Client, offset, bytes) };
    let out =
        run(&[syn(1, Client), cut(2, 0, b"abcd"), segment(3, Client, 10, b"next"), cut(4, 20, b"wait")]);
    assert_eq!(out.said(CLIENT), b"abcdnextwait");
    let told = ["6 cut between 2 and 2", "6 missing between 3 and 4", "6 cut between 4 and 4"];
    assert_eq!(out.told, told);
    // A copy that has the bytes fills it while it waits.
    let out = run(&[
        syn(1, Client),
        cut(2, 2, b"cd"),
        segment(3, Client, 2, b"cdefghijkl"),
        segment(4, Client, 0, b"ab"),
    ]);
    assert_eq!((out.said(CLIENT), out.told.len()), (&b"abcdefghijkl"[..], 0));
}

#[test]
fn a_numbering_that_begins_anew_begins_a_new_stream() {
    let again = |arrival: Arrival<'static>| Arrival { zero: 77, ..arrival };
    let mut bytes = Vec::new();
    let mut reassembler = Reassembler::new();
    let arrivals = [
        syn(1, Server),
        segment(2, Server, 0, b"one"),
        again(syn(3, Server)),
        again(segment(4, Server, 0, b"two")),
    ];
    for arrival in arrivals {
        reassembler.push(&arrival, &mut |given| match given {
            Given::Bytes(chunk) => bytes.push((chunk.offset, chunk.bytes.to_vec())),
            Given::Anew(side) => bytes.push((99, format!("{side:?}").into_bytes())),
            other => panic!("{other:?}"),
        });
    }
    let anew = format!("{SERVER:?}").into_bytes();
    assert_eq!(bytes, [(0, b"one".to_vec()), (99, anew), (0, b"two".to_vec())]);
}

#[test]
fn offsets_go_on_beyond_the_largest_sequence_number() {
    let mut reassembler = Reassembler::new();
    let mut places = Vec::new();
    reassembler.push(&syn(1, Client), &mut |_| {});
    let mut number = 1;
    for step in 1..=8u64 {
        let offset = step << 30;
        number += 2;
        let arrivals =
            [segment(number, Client, offset as u32, b"x"), ack(number + 1, Server, (offset + 1) as u32)];
        for arrival in arrivals {
            reassembler.push(&arrival, &mut |given| {
                if let Given::Bytes(chunk) = given {
                    places.push(chunk.offset);
                }
            });
        }
    }
    assert_eq!(places, (1..=8u64).map(|step| step << 30).collect::<Vec<_>>());
}

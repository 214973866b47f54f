//! Each rule is broken once and found, by name, with its proof; what keeps the rules is left alone.

use netlab::event::Host::{Client, Server};
use netlab::flow::websocket::{
    Answer, CodeClass, Deflate, Limits, MessageEnd, Rule, Severity, Unreadable, Utf8Verdict, WhyLost,
};

use crate::wire::{Wire, frame, masked};

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
/// FIN is not set.
const MORE: u8 = 0x01;
const GOES_ON: u8 = 0x00;
const LAST: u8 = 0x80;

#[test]
fn a_chat_breaks_no_rule() {
    for piece in [usize::MAX, 1, 2, 3, 5] {
        let mut wire = Wire::new().in_pieces_of(piece);
        wire.send(Client, TEXT, b"My name is John").send(Server, TEXT, "größe 🎈".as_bytes());
        wire.send(Client, PING, b"?").send(Server, PONG, b"?").send(Server, BINARY, &[0xff; 70_000]);
        wire.send(Client, CLOSE, b"\x03\xe8bye").send(Server, CLOSE, b"\x03\xe8bye");
        let out = wire.fin(Server).fin(Client).finish();
        assert_eq!(out.rules(), Vec::<String>::new());
        assert_eq!(out.messages[0].text(), "My name is John");
        assert_eq!(out.messages[1].utf8, Utf8Verdict::Valid);
        assert_eq!((out.messages[2].content.len(), out.messages[2].utf8), (70_000, Utf8Verdict::NotText));
        let answer = Answer::To { number: 1, packet: 3, passed: 0 };
        assert_eq!(out.frames[3].answer, Some(answer));
    }
}

#[test]
fn the_examples_of_the_standard_are_read() {
    // RFC 6455, section 5.7.
    let mut wire = Wire::new();
    wire.bytes(Server, &[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    wire.bytes(Client, &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    wire.bytes(Server, &[0x01, 0x03, 0x48, 0x65, 0x6c]).bytes(Server, &[0x80, 0x02, 0x6c, 0x6f]);
    wire.bytes(Server, &[0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    wire.bytes(Client, &[0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3e, 0x7f, 0x9f, 0x4d, 0x52, 0x58]);
    let out = wire.finish();
    assert_eq!(out.texts(), ["Hello", "Hello", "Hello"]);
    assert_eq!(out.frames[5].payload, b"Hello");
    assert_eq!(out.frames[5].answer, Some(Answer::To { number: 3, packet: 5, passed: 0 }));
    assert_eq!(out.rules(), Vec::<String>::new());
}

/// What one frame breaks.
fn broken_by(from: netlab::event::Host, bytes: &[u8]) -> Vec<String> {
    let mut wire = Wire::new();
    // A frame before, so that proof and numbers are not all 0.
    wire.send(from, BINARY, b"before").bytes(from, bytes);
    let out = wire.finish();
    for verdict in &out.verdicts {
        assert_eq!((verdict.number, &verdict.packets[..]), (Some(1), &[2][..]), "{verdict:?}");
    }
    out.rules()
}

#[test]
fn what_a_header_says_is_held_against_the_rules() {
    let client = |first, payload: &[u8]| broken_by(Client, &masked(first, payload, [9, 8, 7, 6]));
    let server = |first, payload: &[u8]| broken_by(Server, &frame(first, payload));
    assert_eq!(broken_by(Client, &frame(TEXT, b"x")), ["client ws.client_must_mask"]);
    assert_eq!(broken_by(Client, &frame(PING, b"")), ["client ws.client_must_mask"]);
    assert_eq!(broken_by(Server, &masked(TEXT, b"x", [1, 2, 3, 4])), ["server ws.server_must_not_mask"]);
    for bit in [0x40, 0x20, 0x10, 0x70] {
        assert_eq!(client(TEXT | bit, b"x"), ["client ws.reserved_bit"]);
        assert_eq!(server(PING | bit, b"x"), ["server ws.reserved_bit"]);
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        assert_eq!(server(0x80 | opcode, b"x"), ["server ws.reserved_opcode"]);
    }
    for opcode in [CLOSE, PING] {
        let payload = [&b"\x03\xe8"[..], &[b'x'; 124]].concat();
        assert_eq!(server(opcode, &payload), ["server ws.control_too_long"]);
        assert_eq!(server(opcode, &payload[..125]), Vec::<String>::new());
        assert_eq!(client(opcode & 0x7f, b"\x03\xe8"), ["client ws.control_fragmented"]);
    }
    assert_eq!(masked(TEXT, b"x", [0; 4]).len(), 7);
    assert_eq!(broken_by(Client, &masked(TEXT, b"x", [0; 4])), ["client ws.masking_key_zero"]);
    assert_eq!(server(PONG, b"x"), ["server ws.pong_unasked"]);
    assert_eq!(server(LAST, b"x"), ["server ws.continuation_without_start"]);
    assert_eq!(server(GOES_ON, b"x"), ["server ws.continuation_without_start"]);
}

#[test]
fn a_length_is_written_in_its_shortest_form() {
    let long = |length: u64, form: u8| {
        let payload = vec![b'x'; length as usize];
        let said = length.to_be_bytes();
        let said = if form == 126 { &said[6..] } else { &said[..] };
        broken_by(Server, &[&[BINARY, form], said, &payload].concat())
    };
    for (length, form) in [(0, 126), (125, 126), (0, 127), (126, 127), (65535, 127)] {
        assert_eq!(long(length, form), ["server ws.length_not_minimal"], "{length}");
    }
    for (length, form) in [(126, 126), (65535, 126), (65536, 127)] {
        assert_eq!(long(length, form), Vec::<String>::new(), "{length}");
    }
}

#[test]
fn a_length_that_is_none_is_where_reading_ends() {
    for piece in [usize::MAX, 1] {
        let mut wire = Wire::new().in_pieces_of(piece);
        wire.send(Server, TEXT, b"before").send(Server, MORE, b"begun");
        wire.bytes(Server, &[&[0x80, 127, 0x80, 0, 0, 0, 0, 0, 0, 0][..], b"\x81\x01x"].concat());
        wire.send(Client, TEXT, b"the other side is read on");
        let out = wire.finish();
        assert_eq!(out.rules(), ["server ws.length_top_bit"]);
        assert_eq!((out.verdicts[0].value, out.verdicts[0].offset), (Some(1 << 63), 15));
        assert_eq!((out.lost[0].why, out.lost[0].offset), (WhyLost::Length, 15));
        assert_eq!(out.unfinished[0].length, 1 << 63);
        assert_eq!(out.messages[1].end, MessageEnd::Cut);
        assert_eq!(out.messages[2].text(), "the other side is read on");
    }
}

#[test]
fn fragments_are_put_together_with_control_frames_between() {
    for piece in [usize::MAX, 1, 4] {
        let mut wire = Wire::new().in_pieces_of(piece);
        // The balloon is cut between frames.
        wire.send(Client, MORE, b"a \xf0\x9f").send(Client, PING, b"still there?");
        wire.send(Server, PONG, b"still there?").send(Client, GOES_ON, b"").send(Client, GOES_ON, b"\x8e");
        let out = wire.send(Client, LAST, b"\x88 b").finish();
        assert_eq!(out.rules(), Vec::<String>::new());
        let message = &out.messages[0];
        assert_eq!((message.text(), message.frames, message.utf8), ("a 🎈 b", 4, Utf8Verdict::Valid));
        assert_eq!((message.wire_len, message.len), (8, Some(8)));
    }
}

#[test]
fn a_message_inside_of_another_ends_that_one() {
    let mut wire = Wire::new();
    wire.send(Client, MORE, b"one").send(Client, TEXT, b"two").send(Client, LAST, b"three");
    let out = wire.finish();
    assert_eq!(out.rules(), ["client ws.message_interrupted", "client ws.continuation_without_start"]);
    assert_eq!(out.verdicts[0].packets[..], [1, 2]);
    assert_eq!(out.texts(), ["one", "two"]);
    assert_eq!((out.messages[0].end, out.messages[0].len), (MessageEnd::Interrupted, None));
    assert_eq!(out.messages[1].end, MessageEnd::Final);
}

#[test]
fn text_that_is_no_utf8_is_found_where_it_is() {
    for piece in [usize::MAX, 1, 2, 3] {
        let bad = |frames: &[(u8, &[u8])]| {
            let mut wire = Wire::new().in_pieces_of(piece);
            for (first, payload) in frames {
                wire.send(Server, *first, payload);
            }
            let out = wire.finish();
            let at = out.verdicts.first().map(|verdict| {
                assert_eq!(verdict.rule, Rule::TextNotUtf8);
                verdict.value.unwrap()
            });
            assert!(out.verdicts.len() <= 1, "said once a message");
            let expected = at.map_or(Utf8Verdict::Valid, |at| Utf8Verdict::Invalid { at });
            assert_eq!(out.messages[0].utf8, expected);
            at
        };
        assert_eq!(bad(&[(TEXT, "größe".as_bytes())]), None);
        assert_eq!(bad(&[(TEXT, b"ok \xff\xfe")]), Some(3));
        assert_eq!(bad(&[(MORE, b"ok \xe6\x97"), (LAST, b"\xa5")]), None);
        assert_eq!(bad(&[(MORE, b"ok \xe6\x97"), (LAST, b"x")]), Some(3));
        assert_eq!(bad(&[(MORE, b"ok \xe6\x97"), (GOES_ON, b""), (LAST, b"")]), Some(3), "it is never whole");
        assert_eq!(bad(&[(TEXT, b"\xed\xa0\x80")]), Some(0), "half of a pair of UTF-16");
    }
    // Bytes may be anything.
    let mut wire = Wire::new();
    assert_eq!(wire.send(Server, BINARY, b"\xff\xfe").finish().rules(), Vec::<String>::new());
}

#[test]
fn the_payload_of_a_close_is_held_against_the_rules() {
    let close = |payload: &[u8]| {
        let mut wire = Wire::new();
        let out = wire.send(Server, CLOSE, payload).finish();
        let sent = out.closing.unwrap().server.sent.unwrap();
        (out.verdicts.first().map(|verdict| (verdict.rule, verdict.value)), sent.code)
    };
    assert_eq!(close(b""), (None, None));
    assert_eq!(close(b"\x03"), (Some((Rule::ClosePayloadOfOne, None)), None));
    assert_eq!(close(b"\x03\xe8\xc3\xa4"), (None, Some(1000)));
    assert_eq!(close(b"\x03\xe8ab\xc3"), (Some((Rule::CloseReasonNotUtf8, Some(2))), Some(1000)));
    for code in (0..=u16::MAX).step_by(7).chain(990..=3010).chain(3990..=5010) {
        let expected = !CodeClass::of(code).may_be_sent();
        let expected = expected.then_some((Rule::ForbiddenCloseCode, Some(u64::from(code))));
        assert_eq!(close(&code.to_be_bytes()), (expected, Some(code)));
    }
}

#[test]
fn after_its_close_a_side_has_said_all() {
    let mut wire = Wire::new();
    wire.send(Server, MORE, b"be").send(Server, CLOSE, b"\x03\xe8");
    wire.send(Server, LAST, b"gun").send(Server, PING, b"").send(Server, CLOSE, b"");
    wire.send(Client, TEXT, b"before it heard").send(Client, PONG, b"").send(Client, CLOSE, b"\x03\xe8");
    let out = wire.finish();
    let expected =
        ["server ws.data_after_close", "server ws.control_after_close", "server ws.control_after_close"];
    assert_eq!(out.rules(), expected);
    assert_eq!(out.verdicts[0].packets[..], [2, 3]);
    assert_eq!((out.verdicts[1].before, out.verdicts[2].before), (0, 1));
    assert_eq!(out.closing.unwrap().server.sent.unwrap().code, Some(1000), "the first one counts");
}

#[test]
fn pongs_find_their_pings() {
    let mut wire = Wire::new();
    wire.send(Client, PING, b"1").send(Client, PING, b"2").send(Server, PING, b"2").send(Server, PONG, b"2");
    wire.send(Client, PONG, b"1").send(Client, PONG, b"2").send(Server, PONG, b"1");
    let out = wire.finish();
    let answers: Vec<_> = out.frames.iter().filter_map(|frame| frame.answer).collect();
    let expected = [
        Answer::To { number: 1, packet: 2, passed: 1 },
        Answer::Unasked,
        Answer::To { number: 0, packet: 3, passed: 0 },
        Answer::Unasked,
    ];
    assert_eq!(answers, expected);
    assert_eq!(out.rules(), ["client ws.pong_unasked", "server ws.pong_unasked"]);
}

#[test]
fn a_key_that_comes_again_is_worth_a_note() {
    let mut wire = Wire::new();
    for key in [[1, 2, 3, 4], [1, 2, 3, 4], [5, 6, 7, 8], [1, 2, 3, 4]] {
        wire.bytes(Client, &masked(TEXT, b"x", key));
    }
    let out = wire.finish();
    assert_eq!(out.rules(), ["client ws.masking_key_repeated"]);
    assert_eq!((out.verdicts[0].number, out.verdicts[0].value), (Some(1), Some(0x0102_0304)));
    assert_eq!(out.verdicts[0].rule.severity(), Severity::Note);
}

#[test]
fn with_deflate_only_the_first_frame_of_a_message_has_its_bit() {
    let mut wire = Wire::with(Some(Deflate::default()), Limits::default());
    wire.send(Server, PING | 0x40, b"").send(Server, MORE, b"a").send(Server, LAST | 0x40, b"b");
    wire.send(Server, TEXT | 0x60, b"\x00").send(Server, TEXT | 0x40, &[0x02, 0x00]);
    let out = wire.finish();
    let misplaced = "server ws.compressed_bit_misplaced";
    assert_eq!(out.rules(), [misplaced, misplaced, "server ws.reserved_bit"]);
    assert_eq!(out.messages[0].text(), "ab");
    assert_eq!(out.messages[1].unreadable, Some(Unreadable::UnknownExtension));
    assert_eq!(out.messages[2].unreadable, Some(Unreadable::ContextLost));
}

#[test]
fn a_hole_inside_of_a_payload_is_passed() {
    let mut wire = Wire::new();
    let bytes = wire.encode(Client, TEXT, b"0123456789");
    // The header and 3 bytes; then 4 are missing.
    wire.bytes(Client, &bytes[..9]).hole(Client, 4).bytes(Client, &bytes[13..]);
    wire.send(Client, TEXT, b"next");
    let ping = wire.encode(Client, PING, b"abcd");
    wire.bytes(Client, &ping[..7]).hole(Client, 3).send(Server, PONG, b"abcd");
    let out = wire.finish();
    assert_eq!(out.frames[0].payload, b"012", "what is known from the beginning on");
    assert_eq!((out.frames[0].missing, out.frames[0].packets), (4, (1, 2, 2)));
    let message = &out.messages[0];
    assert_eq!((message.utf8, message.unreadable), (Utf8Verdict::Unknown, Some(Unreadable::Hole)));
    assert_eq!((message.len, &message.content[..]), (Some(10), &b"012"[..]));
    assert_eq!(out.messages[1].text(), "next");
    assert_eq!(out.frames.last().unwrap().answer, Some(Answer::Unknown));
    assert_eq!(out.rules(), Vec::<String>::new());
    assert_eq!(out.lost, []);
}

#[test]
fn a_hole_where_a_header_is_ends_the_reading() {
    let lost = |before: &[u8], hole: u64| {
        let mut wire = Wire::new();
        wire.send(Server, TEXT, b"1").bytes(Server, before).hole(Server, hole).send(Server, TEXT, b"2");
        let out = wire.send(Client, TEXT, b"3").finish();
        assert_eq!(out.texts().last(), Some(&"3"));
        (out.lost[0].why, out.lost[0].offset, out.texts().len())
    };
    assert_eq!(lost(b"", 1), (WhyLost::HoleBetweenFrames, 3, 2));
    assert_eq!(lost(b"\x81", 1), (WhyLost::HoleInHeader, 3, 2));
    assert_eq!(lost(b"\x81\x7e\x01", 1), (WhyLost::HoleInHeader, 3, 2));
    // The rest of a payload, and more.
    assert_eq!(lost(b"\x82\x05ab", 4), (WhyLost::HoleBetweenFrames, 10, 3), "its message is told as well");
}

#[test]
fn what_is_not_whole_at_the_end_is_told() {
    for piece in [usize::MAX, 1] {
        let mut wire = Wire::new().in_pieces_of(piece);
        wire.send(Client, MORE, b"begun").bytes(Client, b"\x80\x85\x01\x02\x03\x04ab");
        wire.bytes(Server, b"\x81");
        let out = wire.finish();
        let (frame, message) = (&out.unfinished[0], &out.messages[0]);
        assert_eq!((frame.length, frame.payload.len()), (5, 2));
        assert_eq!((message.end, message.text().get(..5)), (MessageEnd::Cut, Some("begun")));
        assert_eq!((out.lost[0].why, out.lost[0].from), (WhyLost::EndInHeader, Server));
    }
}

/// Others depend on these: a name that is once out stays.
#[test]
fn each_rule_has_the_name_the_section_and_the_close_code_that_it_always_had() {
    let expected = [
        "ws.client_must_mask, RFC 6455, 5.1, 1002",
        "ws.server_must_not_mask, RFC 6455, 5.1, 1002",
        "ws.reserved_bit, RFC 6455, 5.2, 1002",
        "ws.compressed_bit_misplaced, RFC 7692, 6, 1002",
        "ws.reserved_opcode, RFC 6455, 5.2, 1002",
        "ws.control_too_long, RFC 6455, 5.5, 1002",
        "ws.control_fragmented, RFC 6455, 5.4, 1002",
        "ws.length_not_minimal, RFC 6455, 5.2, 1002",
        "ws.length_top_bit, RFC 6455, 5.2, 1002",
        "ws.text_not_utf8, RFC 6455, 8.1, 1007",
        "ws.close_reason_not_utf8, RFC 6455, 5.5.1, 1007",
        "ws.close_payload_of_one, RFC 6455, 5.5.1, 1002",
        "ws.forbidden_close_code, RFC 6455, 7.4, 1002",
        "ws.data_before_answer, RFC 6455, 4.1, none",
        "ws.data_after_close, RFC 6455, 5.5.1, none",
        "ws.message_interrupted, RFC 6455, 5.4, 1002",
        "ws.continuation_without_start, RFC 6455, 5.4, 1002",
        "ws.deflate_data, RFC 7692, 7.2.2, 1007",
        "ws.deflate_unfinished, RFC 7692, 7.2.1, 1007",
        "ws.deflate_window, RFC 7692, 7.1.2, 1007",
        "note ws.control_after_close, RFC 6455, 5.5.1, none",
        "note ws.pong_unasked, RFC 6455, 5.5.3, none",
        "note ws.masking_key_zero, RFC 6455, 5.3, none",
        "note ws.masking_key_repeated, RFC 6455, 5.3, none",
        "note ws.no_close, RFC 6455, 7.1.5, none",
        "note ws.close_unanswered, RFC 6455, 5.5.1, none",
        "note ws.client_closed_tcp_first, RFC 6455, 7.1.1, none",
    ];
    let row = |rule: Rule| {
        let note = if rule.severity() == Severity::Note { "note " } else { "" };
        let code = rule.close_code().map_or("none".to_owned(), |code| code.to_string());
        format!("{note}{}, {}, {code}", rule.name(), rule.section())
    };
    assert_eq!(Rule::all().map(row).collect::<Vec<_>>(), expected);
}

#[test]
fn the_client_waits_for_the_answer() {
    let mut wire = Wire::new();
    wire.answered(2).send(Client, TEXT, b"early").send(Server, TEXT, b"hi").send(Client, TEXT, b"hi");
    let out = wire.finish();
    assert_eq!(out.rules(), ["client ws.data_before_answer"]);
    let verdict = &out.verdicts[0];
    assert_eq!((verdict.rule, verdict.number), (Rule::DataBeforeAnswer, Some(0)));
    assert_eq!(verdict.packets[..], [1, 2]);
    assert!(!verdict.rule.fails_connection());
    // It may say more of the frame that it began.
    let mut wire = Wire::new();
    let bytes = masked(TEXT, b"early", [1, 2, 3, 4]);
    wire.answered(2).bytes(Client, &bytes[..7]).send(Server, TEXT, b"hi").bytes(Client, &bytes[7..]);
    assert_eq!(wire.finish().rules(), ["client ws.data_before_answer"]);
}

#[test]
fn each_rule_is_broken_in_one_of_these_tests() {
    let tests = [include_str!("rules.rs"), include_str!("deflate.rs"), include_str!("endings.rs")].concat();
    for rule in Rule::all() {
        // Named by who did it, or by its variant: the list above has neither.
        let broken = [format!(" {}\"", rule.name()), format!("Rule::{rule:?}")];
        assert!(broken.iter().any(|name| tests.contains(name)), "{} is never broken", rule.name());
    }
}

//! Below a WebSocket TCP is told in short, as long as nothing about it is odd.

use netlab::event::Host;
use netlab::story::{Carrier, Shortener, Step, Subject, What};

use super::said::{ANSWER, HELLO, MASKED_HELLO, REQUEST, open, said};
use super::segments::*;

/// What people see of these segments.
pub(super) fn seen(subject: Subject, segments: &[Segment]) -> Vec<Step> {
    shortened(Shortener::new(subject), segments)
}

/// The same of a recording.
pub(super) fn seen_recorded(segments: &[Segment]) -> Vec<Step> {
    shortened(Shortener::of_recording(AS_SAID), segments)
}

fn shortened(mut short: Shortener, segments: &[Segment]) -> Vec<Step> {
    let mut steps: Vec<Step> = tell(segments).0.into_iter().flat_map(|step| short.take(step)).collect();
    steps.extend(short.finish());
    steps
}

/// The numbers behind those that `open` and `things` use up.
pub(super) fn numbers(things: &[(Host, &'static [u8])]) -> (u32, u32) {
    let len = |host| {
        things.iter().filter(|(from, _)| *from == host).map(|(_, data)| data.len() as u32).sum::<u32>()
    };
    let client = CLIENT_ISN + 1 + REQUEST.len() as u32 + len(Host::Client);
    (client, SERVER_ISN + 1 + ANSWER.len() as u32 + len(Host::Server))
}

pub(super) fn goodbye(own: u32, other: u32) -> [Segment; 3] {
    [server(other).ack(own).fin(), client(own).ack(other + 1).fin(), server(other + 1).ack(own + 1)]
}

const WEBSOCKET: Subject = Subject::WebSocket { heartbeats: false };
pub(super) const AS_SAID: Subject = Subject::AsSaid { heartbeats: false };

const CHAT: &[(Host, &[u8])] = &[(Host::Client, MASKED_HELLO), (Host::Server, HELLO)];
const CLOSED: &[(Host, &[u8])] = &[(Host::Client, b"\x88\x80\x37\xfa\x21\x3d"), (Host::Server, b"\x88\x00")];

#[test]
fn a_websocket_stands_on_one_line_of_tcp_at_each_end() {
    let (own, other) = numbers(CLOSED);
    let mut segments = open(CLOSED);
    segments.push(client(own).ack(other));
    segments.extend(goodbye(own, other));
    for subject in [WEBSOCKET, AS_SAID] {
        let steps = seen(subject, &segments);
        let expected =
            ["story.tcp_opens", "ws.asked", "ws.opened", "ws.close", "ws.close_answer", "story.tcp_closes"];
        assert_eq!(words(&steps), expected);
        // A line for several has the time of the last, and its number.
        assert_eq!(steps[0].frames, [3, 1, 2]);
        assert_eq!(steps[5].frames, [11, 9, 10]);
        assert!(steps.is_sorted_by_key(|step| (step.frames[0], step.time)));
        assert!(steps[5].code[0].starts_with("onclose fires"), "{:?}", steps[5].code);
        // The time is counted from the line above, whatever was between.
        let since: Vec<u64> =
            steps.iter().filter_map(|step| step.since).map(|since| since.as_secs()).collect();
        assert_eq!((steps[0].since, since), (None, vec![1, 1, 1, 1, 4]));
        assert!(steps[1..5].iter().all(|step| step.carrier == Carrier::Folded));
    }
    assert_eq!(words(&seen(Subject::Tcp, &segments)), words(&tell(&segments).0));
}

#[test]
fn what_is_no_websocket_is_told_in_full() {
    for thing in
        [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], b"POST / HTTP/1.1\r\n", b"\x16\x03\x01", b"GET", b"hello"]
    {
        let segments = said(&[(Host::Client, thing)]);
        assert_eq!(words(&seen(AS_SAID, &segments)), words(&tell(&segments).0));
    }
    let segments = said(&[(Host::Server, b"220 ready"), (Host::Client, REQUEST)]);
    assert_eq!(words(&seen(AS_SAID, &segments))[..5], words(&tell(&segments).0)[..5]);
}

#[test]
fn a_request_with_another_method_than_it_must_have_is_one_for_a_websocket_all_the_same() {
    let request = [b"POST", &REQUEST[3..]].concat();
    let refused = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n";
    let steps = seen(AS_SAID, &said(&[(Host::Client, request.leak()), (Host::Server, refused)]));
    assert_eq!(words(&steps), ["story.tcp_opens", "ws.asked_wrongly", "ws.refused"]);
}

#[test]
fn a_handshake_in_which_something_went_wrong_is_told_in_full() {
    let mut segments = open(CHAT);
    segments.insert(1, client(CLIENT_ISN).syn());
    for subject in [WEBSOCKET, AS_SAID] {
        let steps = seen(subject, &segments);
        let expected = ["tcp.syn", "tcp.syn_retransmission", "tcp.syn_ack", "tcp.ack_handshake", "ws.asked"];
        assert_eq!(words(&steps)[..5], expected);
    }
}

#[test]
fn what_is_said_again_or_lost_or_broken_off_is_told() {
    let (own, other) = numbers(CHAT);
    let again = || server(other - HELLO.len() as u32).ack(own).data(HELLO);
    let mut segments = open(CHAT);
    segments.extend([again(), client(own).ack(other), server(other).ack(own).rst()]);
    let steps = seen(AS_SAID, &segments);
    assert_eq!(words(&steps)[5..], ["tcp.retransmission", "tcp.rst"]);
    assert_eq!(steps[6].since.unwrap().as_secs(), 2, "the ACK between has no line");
    let mut segments = open(CHAT);
    segments.extend([server(other).ack(own).fin(), server(other).ack(own).fin()]);
    assert_eq!(words(&seen(AS_SAID, &segments))[5..], ["tcp.fin", "tcp.fin_retransmission"]);
    let mut segments = open(&[]);
    let (own, other) = numbers(&[]);
    segments.extend([
        client(own).ack(other).data(MASKED_HELLO).lost(),
        client(own).ack(other).data(MASKED_HELLO),
    ]);
    assert_eq!(words(&seen(AS_SAID, &segments))[3..], ["tcp.data", "tcp.retransmission", "ws.text"]);
}

#[test]
fn that_no_close_frame_came_is_said_with_the_goodbye() {
    let (own, other) = numbers(CHAT);
    let mut segments = open(CHAT);
    segments.extend(goodbye(own, other));
    let steps = seen(AS_SAID, &segments);
    assert_eq!(words(&steps)[5..], ["story.tcp_closes"]);
    assert_eq!(steps[5].verdicts[0].rule, "ws.no_close");
    assert!(steps[5].code[0].contains("code 1006"), "{:?}", steps[5].code);
}

#[test]
fn half_a_goodbye_is_told_in_full() {
    let (own, other) = numbers(CHAT);
    let mut segments = open(CHAT);
    segments.extend([server(other).ack(own).fin(), client(own).ack(other + 1)]);
    assert_eq!(words(&seen(AS_SAID, &segments))[5..], ["tcp.fin", "tcp.ack_fin"]);
}

#[test]
fn two_things_in_one_segment_show_that() {
    let segments = open(&[(Host::Server, b"\x81\x02Hi\x81\x02Ho")]);
    let steps = seen(AS_SAID, &segments);
    assert_eq!(words(&steps)[3..], ["ws.text", "ws.text"]);
    assert_eq!([steps[3].carrier, steps[4].carrier], [Carrier::Folded, Carrier::Shared]);
}

#[test]
fn however_a_message_is_cut_it_has_one_line() {
    let bytes: Vec<&'static [u8]> = REQUEST.chunks(1).collect();
    let mut things: Vec<(Host, &[u8])> = bytes.iter().map(|byte| (Host::Client, *byte)).collect();
    things.extend(ANSWER.chunks(7).map(|bytes| (Host::Server, bytes)));
    let steps = seen(AS_SAID, &said(&things));
    assert_eq!(words(&steps), ["story.tcp_opens", "ws.asked", "ws.opened"]);
}

#[test]
fn what_never_came_whole_is_told_at_the_end_with_its_frames() {
    let segments = open(&[(Host::Client, b"\x81\x85\x37"), (Host::Client, b"\xfa\x21\x3d")]);
    let steps = seen(AS_SAID, &segments);
    let last = steps.last().unwrap();
    assert_eq!(
        (last.words, last.what, last.frames.as_slice()),
        ("step story.unfinished", What::TcpData, &[7, 6][..])
    );
    assert_eq!(last.label, "6 bytes, a part");
}

#[test]
fn what_ends_with_the_connection_has_its_place_before_the_goodbye() {
    let refused = b"HTTP/1.1 403 Forbidden\r\n\r\n";
    let segments = said(&[(Host::Client, REQUEST), (Host::Server, refused)]);
    let (own, other) = (CLIENT_ISN + 1 + REQUEST.len() as u32, SERVER_ISN + 1 + refused.len() as u32);
    let segments: Vec<Segment> = segments.into_iter().chain(goodbye(own, other)).collect();
    let steps = seen(AS_SAID, &segments);
    assert_eq!(words(&steps), ["story.tcp_opens", "ws.asked", "ws.refused", "story.tcp_closes"]);
    assert_eq!((steps[2].frames[0], steps[2].carrier), (6, Carrier::Folded));
}

#[test]
fn a_websocket_may_come_later_on_the_connection() {
    let get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let segments = said(&[
        (Host::Client, get),
        (Host::Server, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (Host::Client, REQUEST),
        (Host::Server, ANSWER),
    ]);
    let steps = seen(AS_SAID, &segments);
    assert_eq!(words(&steps)[3..8], ["tcp.data", "http.request", "tcp.data", "http.answer", "tcp.data"]);
    assert_eq!(words(&steps)[8..], ["ws.asked", "ws.opened"]);
    assert_eq!([steps[8].carrier, steps[9].carrier], [Carrier::Told, Carrier::Folded]);
}

#[test]
fn a_websocket_behind_a_proxy_is_one_from_the_first_word_on() {
    let segments = said(&[
        (Host::Client, b"CONNECT chat.example:80 HTTP/1.1\r\nHost: chat.example:80\r\n\r\n"),
        (Host::Server, b"HTTP/1.1 200 OK\r\n\r\n"),
        (Host::Client, REQUEST),
        (Host::Server, ANSWER),
    ]);
    let steps = seen(AS_SAID, &segments);
    assert_eq!(words(&steps), ["story.tcp_opens", "http.connect", "http.tunnel", "ws.asked", "ws.opened"]);
    // What else there is behind a proxy is told in full.
    let other =
        [(Host::Client, &b"CONNECT x:443 HTTP/1.1\r\n\r\n"[..]), (Host::Server, b"HTTP/1.1 200 OK\r\n\r\n")];
    let mut things = Vec::from(other);
    things.push((Host::Client, b"\x16\x03\x01\x02"));
    assert_eq!(words(&seen(AS_SAID, &said(&things))), words(&tell(&said(&things)).0));
}

const PING: &[u8] = b"\x89\x02hi";

/// A pong to it; its masking key begins with `key`.
fn pong(key: u8) -> (Host, &'static [u8]) {
    (Host::Client, Vec::from([0x8a, 0x82, key, 2, 3, 4, b'h' ^ key, b'i' ^ 2]).leak())
}

fn beats(count: u8) -> Vec<(Host, &'static [u8])> {
    (1..=count).flat_map(|key| [(Host::Server, PING), pong(key)]).collect()
}

#[test]
fn quiet_heartbeats_but_the_first_have_one_line() {
    let mut things = beats(4);
    things.push((Host::Server, HELLO));
    things.extend([(Host::Server, PING), pong(9)]);
    let steps = seen(AS_SAID, &open(&things));
    let expected = ["ws.ping", "ws.pong", "story.heartbeats", "ws.text", "story.heartbeats"];
    assert_eq!(words(&steps)[3..], expected);
    assert_eq!(steps[5].label, "♥ 3 heartbeats, 2 s apart, pongs within 1 s");
    assert_eq!((steps[5].frames.as_slice(), steps[5].since.unwrap().as_secs()), (&[13, 8][..], 6));
    assert_eq!(
        (steps[7].label.as_str(), steps[7].frames.as_slice()),
        ("♥ 1 heartbeat, pong after 1 s", &[16, 15][..])
    );
    // All are told where they are asked for.
    let mut short = Shortener::new(Subject::AsSaid { heartbeats: true });
    let told = tell(&open(&beats(4))).0.into_iter().flat_map(|step| short.take(step));
    assert_eq!(told.filter(|step| step.what == What::WsPong).count(), 4);
}

#[test]
fn a_heartbeat_in_which_something_is_odd_is_told() {
    // A ping that nobody answers, a pong that fits none.
    let mut things = beats(2);
    things.extend([(Host::Server, &b"\x89\x01?"[..]), (Host::Server, PING), pong(7), pong(8)]);
    let steps = seen(AS_SAID, &open(&things));
    let expected = ["ws.ping", "ws.pong", "story.heartbeats", "ws.ping", "ws.ping", "ws.pong", "ws.pong"];
    assert_eq!(words(&steps)[3..], expected);
    assert!(steps[8].notes[0].contains("1 older ping"), "{:?}", steps[8].notes);
    assert_eq!(steps[9].verdicts[0].rule, "ws.pong_unasked");
    // At the end one still waits.
    let mut things = beats(2);
    things.push((Host::Server, PING));
    assert_eq!(words(&seen(AS_SAID, &open(&things)))[5..], ["story.heartbeats", "ws.ping"]);
}

#[test]
fn a_heartbeat_may_be_cut_into_any_segments() {
    let mut things = beats(1);
    for (from, bytes) in beats(3).into_iter().skip(2) {
        things.extend(bytes.chunks(1).map(|byte| (from, byte)));
    }
    let steps = seen(AS_SAID, &open(&things));
    assert_eq!(words(&steps)[3..], ["ws.ping", "ws.pong", "story.heartbeats"]);
    assert!(steps[5].label.starts_with("♥ 2 heartbeats"), "{}", steps[5].label);
}

#[test]
fn what_stands_behind_a_folded_pong_has_its_number() {
    let both: &'static [u8] = [pong(3).1, MASKED_HELLO].concat().leak();
    let mut things = beats(2);
    things.extend([(Host::Server, PING), (Host::Client, both)]);
    let steps = seen(AS_SAID, &open(&things));
    assert_eq!(words(&steps)[5..], ["story.heartbeats", "ws.text"]);
    assert_eq!(steps[6].carrier, Carrier::Folded);
}

/// Whatever becomes of a conversation on its way, nothing that deserves a look is left out.
#[test]
fn nothing_odd_is_ever_left_out() {
    let mut seed = 1_u64;
    let mut any = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut odd = 0;
    for _ in 0..120 {
        let things = [&beats(3)[..], CHAT, &beats(2), CLOSED].concat();
        let (own, other) = numbers(&things);
        let mut segments = open(&things);
        segments.push(client(own).ack(other));
        segments.extend(goodbye(own, other));
        for _ in 0..any(4) {
            let (at, to) = (any(segments.len()), any(segments.len()));
            match any(6) {
                0 => drop(segments.remove(at)),
                1 => segments.swap(at, to),
                2 => segments.insert(to, client(own).ack(other).rst()),
                3 | 4 => segments.insert(to, segments[at]),
                _ => {
                    let lost = segments.remove(at).lost();
                    segments.insert(at, lost);
                }
            }
        }
        let all = tell(&segments).0;
        let seen = seen(AS_SAID, &segments);
        let told =
            |step: &Step| seen.iter().any(|seen| seen.number == step.number && seen.words == step.words);
        for step in &all {
            let rare = matches!(
                step.what,
                What::TcpRetransmission
                    | What::TcpDuplicateAck
                    | What::TcpOutOfOrder
                    | What::TcpRst
                    | What::TcpKeepAlive
            );
            let remarks = !step.what.is_said() && !step.notes.is_empty();
            let said = step.what.is_said() && !matches!(step.what, What::WsPing | What::WsPong);
            let lost = step.verdict == Some(netlab::event::Verdict::Dropped);
            if rare || remarks || said || lost {
                odd += usize::from(!said);
                assert!(
                    told(step),
                    "{}: {:?} is not told: {:?}",
                    step.number,
                    words(std::slice::from_ref(step)),
                    words(&seen)
                );
            }
        }
        let sum = |steps: &[Step]| {
            steps
                .iter()
                .map(|step| (step.verdicts.len(), step.code.len()))
                .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        };
        let quiet = |steps: &[Step]| {
            steps.iter().filter(|step| matches!(step.what, What::WsPing | What::WsPong)).count()
        };
        let (before, after) = (sum(&all), sum(&seen));
        assert_eq!(before.0, after.0, "verdicts");
        // Of heartbeats that are folded the code is not repeated.
        assert!(before.1 - after.1 <= quiet(&all) - quiet(&seen), "code");
    }
    assert!(odd > 100, "{odd}");
}

#[test]
fn where_both_sides_ask_their_heartbeats_are_apart_for_each_of_them() {
    // A masking key that is zero, or used twice, would deserve a remark.
    let masked = |opcode, key: u8| -> &'static [u8] { Vec::from([opcode, 0x80, key, 2, 3, 4]).leak() };
    let mut things: Vec<(Host, &'static [u8])> = Vec::new();
    for key in 1..5 {
        things.extend([(Host::Client, masked(0x89, key)), (Host::Server, &b"\x8a\0"[..])]);
        things.extend([(Host::Server, &b"\x89\0"[..]), (Host::Client, masked(0x8a, 10 + key))]);
    }
    let steps = seen(AS_SAID, &open(&things));
    let beats = steps.last().unwrap();
    assert_eq!(beats.label, "♥ 7 heartbeats, 4 s apart per side, pongs within 1 s");
    assert!(beats.values.contains(&("apart", "each side's 4 s".to_owned())), "{:?}", beats.values);
}

#[test]
fn a_pong_that_may_answer_several_pings_is_not_said_to_answer_one() {
    let ping = (Host::Server, &b"\x89\0"[..]);
    let pong = (Host::Client, &b"\x8a\x80\0\0\0\0"[..]);
    let steps = seen(AS_SAID, &open(&[ping, ping, ping, pong, ping, pong]));
    let pongs: Vec<&Step> = steps.iter().filter(|step| step.what == What::WsPong).collect();
    let of = |step: &Step| step.values.iter().find(|(name, _)| *name == "of").map(|(_, frame)| frame.clone());
    assert_eq!((of(pongs[0]), of(pongs[1])), (None, Some("10".to_owned())));
    assert!(
        pongs[0].notes[0].starts_with("3 pings with these bytes wait for an answer, the oldest in frame 6, the newest in frame 8, 1.0 s before."),
        "{:?}",
        pongs[0].notes
    );
}

#[test]
fn a_goodbye_that_stands_behind_what_came_later_says_so() {
    let (own, other) = numbers(CHAT);
    let mut segments = open(CHAT);
    let fin = segments.len() as u64 + 1;
    segments.push(server(other).ack(own).fin());
    segments.push(client(own).ack(other + 1).data(MASKED_HELLO));
    segments.push(server(other + 1).rst());
    let steps = seen(AS_SAID, &segments);
    let place =
        steps.iter().position(|step| step.words == "tcp.fin" || step.words == "step tcp.fin").unwrap();
    assert_eq!((steps[place].frames[0], steps[place - 1].frames[0]), (fin, fin + 1));
    let note = format!("This came before frame {}, which stands above.", fin + 1);
    assert_eq!(steps[place].notes, [note]);
    let notes = steps.iter().flat_map(|step| &step.notes).filter(|note| note.contains("came before")).count();
    assert_eq!(notes, 1);
}

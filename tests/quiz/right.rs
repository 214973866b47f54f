//! The right answer of each kind of question is what the frame holds, read another way than the question was made.

use std::collections::BTreeSet;

use netlab::event::{Host, TcpState};
use netlab::quiz::{Question, Reply, words};
use netlab::story::{FieldValue, Step, What};

use super::stories::{captures, payload, questions};

fn number(step: &Step, name: &str) -> u64 {
    let field = step.fields.iter().find(|field| field.name == name);
    match field.map(|field| &field.value) {
        Some(FieldValue::Number(number)) => *number,
        other => panic!("{name}: {other:?}"),
    }
}

/// Of the first step of what a program says.
fn said(group: &[Step], whats: &[What]) -> Step {
    group.iter().find(|step| whats.contains(&step.what)).unwrap().clone()
}

/// What stands behind `name` in an answer. A frame may stand behind that.
fn line(segment: &Step, name: &str) -> String {
    let text = String::from_utf8_lossy(&payload(segment)).into_owned();
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned()
}

/// What the frame shows, as somebody would type it.
fn shown(kind: &str, group: &[Step]) -> String {
    let segment = &group[0];
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match kind {
        "tcp.first_flags" => segment.label.clone(),
        "tcp.first_number" | "tcp.call_again" => number(segment, "tcp.seq_raw").to_string(),
        "tcp.ack_of_syn" => number(segment, "tcp.ack_raw").to_string(),
        "tcp.half_open" => segment.states.unwrap().server.after.unwrap().name().to_owned(),
        "tcp.third_seq" | "tcp.next_seq" => number(segment, "tcp.seq").to_string(),
        "tcp.refused" => segment.label.clone(),
        "tcp.ack_of_data" | "tcp.ack_of_fin" => number(segment, "tcp.ack").to_string(),
        "tcp.first_fin" | "ws.first_fin" => {
            assert!(segment.label.contains("FIN"), "{}", segment.label);
            segment.from.to_string()
        }
        "tcp.last_state" => {
            let states = segment.states.unwrap();
            let change = *states.of(segment.from.other());
            assert_eq!(change.after, Some(TcpState::TimeWait));
            change.after.unwrap().name().to_owned()
        }
        "tls.bystander" => {
            // The extension server_name: kind 0, then three lengths that fit into one another, with the name's kind 0 between
            // (RFC 6066, 3).
            let hello = payload(segment);
            let name = hello.windows(9).enumerate().find_map(|(at, head)| {
                let [0, 0, a, b, c, d, 0, e, f] = *head else { return None };
                let [whole, list, name] =
                    [[a, b], [c, d], [e, f]].map(|len| usize::from(u16::from_be_bytes(len)));
                let fits = name > 0 && list == name + 3 && whole == list + 2;
                hello.get(at + 9..at + 9 + name).filter(|_| fits)
            });
            String::from_utf8(name.unwrap().to_vec()).unwrap()
        }
        "ws.status" => String::from_utf8(payload(segment)[9..12].to_vec()).unwrap(),
        "ws.accept" => line(segment, "Sec-WebSocket-Accept: ")[24..].to_owned(),
        "ws.refused" => {
            assert_ne!(&payload(segment)[9..12], b"101");
            "HTTP".to_owned()
        }
        "ws.page" => {
            let fires = |step: &&Step| step.code.iter().any(|code| code.starts_with("onerror, then onclose"));
            let step = group.iter().find(fires).unwrap();
            let (_, code) = step.code[0].split_once("code ").unwrap();
            code.split(',').next().unwrap().to_owned()
        }
        "ws.version" => line(segment, "Sec-WebSocket-Version: "),
        "ws.failed" => {
            assert_eq!(&payload(segment)[9..12], b"101");
            let due = said(group, &[What::WsFailed]).verdicts[0].must.words(Host::Client).unwrap();
            assert_eq!(due, "the client takes the connection for failed and closes it");
            "end".to_owned()
        }
        // The segment holds this one frame: what is not its payload is its header.
        "ws.header" => {
            let whats = [What::WsText, What::WsBinary, What::WsFragment];
            (payload(segment).len() as u64 - number(&said(group, &whats), "netlab.websocket.length"))
                .to_string()
        }
        // Behind two bytes and the key.
        "ws.mask" => hex(&payload(segment)[6..8]),
        "ws.server_mask" => (if payload(segment)[1] & 0x80 == 0 { "no" } else { "yes" }).to_owned(),
        "ws.length" => (payload(segment)[1] & 0x7f).to_string(),
        "ws.first_byte" => hex(&payload(segment)[..1]),
        "ws.part" => (payload(segment)[0] & 0x0f).to_string(),
        "ws.pong" => {
            let bytes = payload(segment);
            let masked = bytes[1] & 0x80 != 0;
            let (key, from) = if masked { (bytes[2..6].try_into().unwrap(), 6) } else { ([0; 4], 2) };
            let said = bytes[from..from + usize::from(bytes[1] & 0x7f)].iter().enumerate();
            hex(&said.map(|(at, byte)| byte ^ key[at % 4]).collect::<Vec<u8>>())
        }
        "ws.close_code" | "ws.close_answer" => {
            let bytes = payload(segment);
            let code = match bytes[1] & 0x80 {
                0 => [bytes[2], bytes[3]],
                _ => [bytes[6] ^ bytes[2], bytes[7] ^ bytes[3]],
            };
            u16::from_be_bytes(code).to_string()
        }
        other => panic!("nobody says how {other} is read from a frame"),
    }
}

fn all() -> Vec<(String, Question, Vec<Step>)> {
    let each = |(name, bytes): (String, Vec<u8>)| {
        questions(&bytes).into_iter().map(move |(question, group)| (name.clone(), question, group))
    };
    captures().into_iter().flat_map(each).collect()
}

#[test]
fn the_right_answer_is_what_the_frame_shows() {
    for (name, question, group) in all() {
        let seen = shown(question.kind, &group);
        assert_eq!(question.judge(&seen), Reply::Right, "{name}: {seen}: {question:#?}");
    }
}

#[test]
fn every_kind_is_asked_about_some_capture() {
    let asked: BTreeSet<String> = all().iter().map(|(_, question, _)| question.kind.to_owned()).collect();
    let keys = words();
    let kinds = keys.iter().filter_map(|key| key.strip_prefix("question ")).map(str::to_owned).collect();
    assert_eq!(asked, kinds);
}

/// Who is asked how many there are may type the number.
#[test]
fn a_count_is_taken_as_a_number_too() {
    let counted: Vec<_> = all().into_iter().filter(|(_, question, _)| question.kind == "ws.accept").collect();
    assert!(!counted.is_empty());
    for (name, question, _) in counted {
        let typed = ["1", "2", "0"].map(|typed| question.judge(typed) == Reply::Right);
        assert_eq!(typed, [true, false, false], "{name}: {question:#?}");
        assert!(["2", "0"].iter().all(|typed| matches!(question.judge(typed), Reply::Wrong(Some(_)))));
    }
}

/// Each kind was looked at with one eye: could somebody who reads all that was shown up to here know it?
#[test]
fn what_nobody_can_know_yet_is_a_guess() {
    let broken: Vec<String> = all()
        .into_iter()
        .filter(|(_, q, _)| q.kind == "ws.close_code" && !q.guess)
        .map(|(name, ..)| name)
        .collect();
    for name in ["unmasked-client", "reserved-opcode", "invalid-utf8"] {
        assert!(
            broken.contains(&format!("websocket-{name}")),
            "the rule that was broken names the code: {broken:?}"
        );
    }
    for (name, question, group) in all() {
        let guess = match question.kind {
            "tcp.first_fin" | "ws.first_fin" => true,
            "ws.close_code" => {
                let code = number(&said(&group, &[What::WsClose]), "websocket.payload.close.status_code");
                assert!(question.guess || [1002, 1007, 1009].contains(&code), "{name}: {code}");
                !broken.contains(&name)
            }
            _ => false,
        };
        assert_eq!(question.guess, guess, "{name}: {question:#?}");
    }
}

#[test]
fn one_choice_is_right_and_none_is_offered_twice() {
    for (name, question, _) in all() {
        let choices = &question.choices;
        assert!((2..=4).contains(&choices.len()), "{name}: {question:#?}");
        assert_eq!(choices.iter().filter(|choice| choice.slip.is_none()).count(), 1, "{name}: {question:#?}");
        for (index, choice) in choices.iter().enumerate() {
            let expected = if choice.slip.is_none() { Reply::Right } else { Reply::Wrong(Some(index)) };
            for typed in choice.names.iter().chain([&choice.text, &["a", "b", "c", "d"][index].to_owned()]) {
                assert_eq!(question.judge(typed), expected, "{name}: {typed}: {question:#?}");
            }
        }
    }
}

#[test]
fn the_wrong_choices_are_the_usual_mistakes() {
    let of = |kind: &str| {
        let found =
            all().into_iter().find(|(name, question, _)| (name.as_str(), question.kind) == ("chat", kind));
        let (_, question, _) = found.unwrap();
        question.choices.iter().map(|choice| (choice.text.clone(), choice.slip)).collect::<Vec<_>>()
    };
    // `My` is 4d 79, the key of that frame 37 fa.
    let mut mask = of("ws.mask");
    mask.sort();
    let expected =
        [("37 fa", Some("key")), ("4d 79", Some("plain")), ("7a 83", None), ("84 73", Some("added"))];
    assert_eq!(mask, expected.map(|(text, slip)| (text.to_owned(), slip)));
    let expected = [("2", Some("no_mask")), ("4", Some("key_only")), ("6", None), ("8", Some("long"))];
    assert_eq!(of("ws.header"), expected.map(|(text, slip)| (text.to_owned(), slip)));
    let expected = [("1000", None), ("1001", Some("away")), ("1005", Some("never")), ("1006", Some("never"))];
    assert_eq!(of("ws.close_code"), expected.map(|(text, slip)| (text.to_owned(), slip)));
    assert_eq!(super::conversation::REQUEST.len(), 184);
    let expected = [("1", Some("same")), ("184", Some("length")), ("185", None), ("186", Some("one_more"))];
    assert_eq!(of("tcp.ack_of_data"), expected.map(|(text, slip)| (text.to_owned(), slip)));
}

//! The stories that are asked about: bundled captures, and conversations made by hand.

use std::borrow::Cow;

use netlab::dissect::Packet;
use netlab::frame::Frame;
use netlab::quiz::{Focus, Question, Quiz};
use netlab::source::{Bundled, Reader};
use netlab::story::{Seen, Step, Tell, Teller, Told};

use super::conversation::{ANSWER, REQUEST, conversation, masked};

/// What a teller gives of a capture, frame by frame.
pub(super) fn told(bytes: &[u8]) -> Vec<Vec<Told>> {
    let mut reader = Reader::from_bytes("made", Cow::Owned(bytes.to_vec())).unwrap();
    let mut teller = Teller::new(Tell::default());
    let mut all = Vec::new();
    while let Some(frame) = reader.next().unwrap() {
        all.push(teller.frame(&frame, &Seen::default()));
    }
    all.push(teller.finish(None, 0, None).0);
    all
}

/// Every question about a capture, with the steps of its frame.
pub(super) fn questions(bytes: &[u8]) -> Vec<(Question, Vec<Step>)> {
    let mut quiz = Quiz::new(Focus::Both, true);
    let mut all = Vec::new();
    for told in told(bytes) {
        for (index, question) in quiz.ask_all(&told) {
            let behind = told[index..].iter().filter_map(|told| match told {
                Told::Step(step) if step.frames.first().copied() == question.frame => Some((**step).clone()),
                _ => None,
            });
            let behind = behind.collect();
            all.push((question, behind));
        }
    }
    all
}

/// Where a WebSocket frame is not one segment: the tests read a frame's bytes from its segment alone.
const CUT: [&str; 4] =
    ["websocket-byte-by-byte", "websocket-coalesced", "websocket-lengths", "websocket-too-big-1009"];

/// All that the tests look at: a name and the capture.
pub(super) fn captures() -> Vec<(String, Vec<u8>)> {
    let whole = Bundled::all().into_iter().filter(|bundled| !CUT.contains(&bundled.name.as_str()));
    let bundled = whole.map(|bundled| (bundled.name.clone(), bundled.bytes().unwrap().to_vec()));
    let made =
        [("chat", super::conversation::chat()), ("long", long()), ("parts", parts()), ("tls", secret())];
    bundled.chain(made.map(|(name, bytes)| (name.to_owned(), bytes))).collect()
}

/// A text and bytes whose lengths need the longer forms, both ways.
fn long() -> Vec<u8> {
    let text = [&[0x81, 0x7e, 0, 126][..], &[b'x'; 126]].concat();
    let mut bytes = vec![0x82, 0xfe, 0x01, 0x00, 1, 2, 3, 4];
    bytes.extend((0..256).map(|at| b'y' ^ [1, 2, 3, 4][at % 4]));
    conversation(&[(true, REQUEST), (false, ANSWER), (false, &text), (true, &bytes)])
}

/// A message in three parts, closed by the server for a reason of its own.
fn parts() -> Vec<u8> {
    let (first, middle, last) = (masked(0x01, b"one "), masked(0x00, b"two "), masked(0x80, b"three"));
    let close = masked(0x88, b"\x0f\xa0");
    conversation(&[
        (true, REQUEST),
        (false, ANSWER),
        (true, &first),
        (true, &middle),
        (true, &last),
        (false, b"\x88\x02\x0f\xa0"),
        (true, &close),
    ])
}

/// A session of OpenSSL, as tests/tls has it.
fn secret() -> Vec<u8> {
    let text = include_str!("../tls/recorded/aes128.txt");
    let said = text.lines().filter_map(|line| {
        let (who, bytes) = line.split_once(' ')?;
        let by_client = who == "client";
        (by_client || who == "server")
            .then(|| (by_client, data_encoding::HEXLOWER.decode(bytes.as_bytes()).unwrap()))
    });
    let said: Vec<(bool, Vec<u8>)> = said.collect();
    let pieces: Vec<(bool, &[u8])> =
        said.iter().map(|(by_client, bytes)| (*by_client, bytes.as_slice())).collect();
    conversation(&pieces)
}

/// The segment's payload, from the frame's bytes.
pub(super) fn payload(step: &Step) -> Vec<u8> {
    let frame = Frame {
        number: 1,
        time: None,
        link: step.link,
        interface: None,
        bytes: &step.bytes,
        original_len: step.original_len,
    };
    Packet::new(frame).tcp().unwrap().payload().to_vec()
}

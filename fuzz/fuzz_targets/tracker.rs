//! Frames in any order into the tracker and the teller: streams, states, analysis, fragments, stories; all of it shown.
//!
//! Input: the first byte's lowest bit says what follows. 1: frames with their bytes, of the link of the second byte
//! (`netlab_fuzz::frames`). 0: segments of up to four conversations, twelve bytes each, as `segments` below reads them, so that
//! the fuzzer need not know what a header looks like. The next two bits say how much is shown of them: drawing is slow.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use netlab::frame::{Frame, LinkType, Time};
use netlab::render::{Ladder, Page, story_step, write_json};
use netlab::story::{Seen, Tell, Teller, Told};
use netlab::words::{Book, Level};
use netlab_fuzz::{Bytes, Follow, Shown, assert_lines, assert_tame, frames, link};

fn book() -> &'static Book<'static> {
    static BOOK: OnceLock<Book<'static>> = OnceLock::new();
    BOOK.get_or_init(|| Book::built_in().expect("the built-in words are sound"))
}

fn draw(told: Vec<Told>) {
    for told in told {
        let Told::Step(step) = told else { continue };
        let (level, width) = match step.number % 3 {
            0 => (Level::Friend, 40),
            1 => (Level::Student, 80),
            _ => (Level::Engineer, 130),
        };
        let ladder = Ladder {
            book: book(),
            level,
            width,
            verbose: width == 130,
            bytes: width == 80,
            drawn: width == 80,
            plain: width == 40,
        };
        let mut lines = ladder.step(&step);
        if ladder.plain {
            // What is said is broken into lines by the page.
            let page = Page { width, plain: true, ascii: step.number % 2 == 0 };
            lines = lines.into_iter().flat_map(|line| page.rewritten(&line).unwrap_or(vec![line])).collect();
        }
        assert_lines(&lines, width);
        let mut json = Vec::new();
        let written = write_json(&mut json, &story_step(&step, book(), Level::Student));
        written.expect("writing into memory does not fail");
        assert_tame(std::str::from_utf8(&json).expect("JSON is UTF-8"));
    }
}

/// What follows the frames: the tracker; if it is asked for, all of them shown as packets, or two conversations told as
/// stories.
struct Everything {
    shown: Option<Shown>,
    follow: Follow,
    tellers: Vec<Teller>,
}

impl Everything {
    fn new(form: u8) -> Everything {
        let teller = |stream| Teller::new(Tell { stream, ..Tell::default() });
        Everything {
            shown: (form & 6 == 2).then(Shown::default),
            follow: Follow::default(),
            tellers: if form & 6 == 4 { vec![teller(0), teller(1)] } else { Vec::new() },
        }
    }

    fn frame(&mut self, frame: Frame<'_>) {
        if let Some(shown) = &mut self.shown {
            shown.frame(frame, None);
        }
        for teller in &mut self.tellers {
            draw(teller.frame(&frame, &Seen::default()));
        }
        self.follow.frame(frame, |_, tracker, segment, _| {
            let streams = tracker.conversations().count();
            assert!(streams as u64 <= frame.number, "a frame begins one conversation at most");
            assert!(segment.is_none_or(|segment| (segment.stream as usize) < streams));
        });
    }

    fn finish(mut self) {
        self.follow.finish();
        for mut teller in self.tellers {
            let (told, summary) = teller.finish(None, 0, None);
            draw(told);
            assert_tame(&format!("{:?}", summary.outcome));
        }
    }
}

/// Twelve bytes: who and which conversation, flags, sequence number and acknowledgement each as a step from what was last
/// sent and heard (two bytes, the smallest mean exactly that), window, length, pause.
fn segments(mut input: &[u8], mut each: impl FnMut(Frame<'_>)) {
    let mut next = [[1000u32, 0xffff_ff00]; 4];
    let (mut number, mut time) = (0, 1_700_000_000_000_000_000i128);
    while let Some((chunk, rest)) = input.split_first_chunk::<12>() {
        input = rest;
        let mut bytes = Bytes(chunk);
        let (who, flags) = (bytes.u8(), bytes.u8());
        let side = usize::from(who & 1);
        let Some(ends) = next.get_mut(usize::from(who >> 1 & 3)) else { return };
        let step = |raw: u16| (i32::from(raw as i16) / 16) as u32;
        let (own, other) = if side == 0 { (ends[0], ends[1]) } else { (ends[1], ends[0]) };
        let seq = own.wrapping_add(step(bytes.u16()));
        let ack = other.wrapping_add(step(bytes.u16()));
        let (window, length) = (bytes.u16(), usize::from(bytes.u16() & 0x7ff));
        let pause = i128::from(bytes.u16());
        let port = 40_000 + u16::from(who >> 1 & 3);
        let (from, to) = if side == 0 { (port, 80) } else { (80, port) };
        let mut frame = vec![
            0x45,
            0,
            0,
            0,
            0,
            0,
            0x40,
            0,
            64,
            6,
            0,
            0,
            10,
            7,
            0,
            1 + side as u8,
            10,
            7,
            0,
            2 - side as u8,
        ];
        frame.extend(from.to_be_bytes());
        frame.extend(to.to_be_bytes());
        frame.extend(seq.to_be_bytes());
        frame.extend(ack.to_be_bytes());
        // A SYN's options, where the highest bits of `who` ask for them.
        let options: &[u8] = match who >> 6 {
            1 => &[2, 4, 5, 0xb4, 1, 3, 3, 7],
            2 => &[1, 1, 5, 10, 0, 0, 3, 0xe8, 0, 0, 4, 0],
            3 => &[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2],
            _ => &[],
        };
        frame.extend([(5 + options.len() as u8 / 4) << 4, flags]);
        frame.extend(window.to_be_bytes());
        frame.extend([0, 0, 0, 0]);
        frame.extend(options);
        frame.extend(std::iter::repeat_n(b'd', length));
        let total = (frame.len() as u16).to_be_bytes();
        frame.splice(2..4, total);
        let advance = length as u32 + u32::from(flags & 2 != 0) + u32::from(flags & 1 != 0);
        let end = seq.wrapping_add(advance);
        if advance > 0 {
            ends[side] = end;
        }
        number += 1;
        time += pause * pause * 100;
        let original_len = frame.len() as u32;
        each(Frame {
            number,
            time: Some(Time(time)),
            link: LinkType::Ipv4,
            interface: None,
            bytes: &frame,
            original_len,
        });
    }
}

fuzz_target!(|input: &[u8]| {
    let mut head = Bytes(input);
    let (form, kind) = (head.u8(), head.u8());
    let mut everything = Everything::new(form);
    if form & 1 == 1 {
        frames(head.0, link(kind), |frame| everything.frame(frame));
    } else {
        segments(head.0, |frame| everything.frame(frame));
    }
    everything.finish();
});

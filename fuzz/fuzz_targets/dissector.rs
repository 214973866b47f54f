//! Any bytes as a frame of any link type: every field, the text and the JSON; nothing raw in them, every place in the frame.
//!
//! Input: the link (index into `LINKS`), two bytes of what a snap length has cut off, whether there is a comment, then the frame.

#![no_main]

use libfuzzer_sys::fuzz_target;
use netlab::frame::{Frame, Time};
use netlab_fuzz::{Bytes, Shown, link};

fuzz_target!(|input: &[u8]| {
    let mut head = Bytes(input);
    let (link, cut, about) = (link(head.u8()), head.u16(), head.u8());
    let bytes = head.0;
    let frame = Frame {
        number: 1 + u64::from(about >> 4),
        time: (about & 2 == 0).then_some(Time(1_700_000_000_123_456_789)),
        link,
        interface: (about & 4 != 0).then_some(7),
        bytes,
        original_len: bytes.len() as u32 + u32::from(cut),
    };
    // What a comment says is the file's; here it is the frame's own bytes.
    let comment = String::from_utf8_lossy(bytes);
    Shown::default().frame(frame, (about & 1 != 0).then_some(&comment));
});

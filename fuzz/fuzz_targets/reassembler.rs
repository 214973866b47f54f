//! Arbitrary segments into the reassembly: every byte once and in its order, no limit exceeded, nothing left at the end.
//!
//! Input: the first byte's lowest bit says what follows. 0: a script (`netlab::flow::stream::script`), put together within limits
//! that the second byte chooses, tight ones among them. 1: frames of the link of the second byte (`netlab_fuzz::frames`), by way of
//! the tracker.

#![no_main]

use libfuzzer_sys::fuzz_target;
use netlab::flow::stream::{Limits, check_script};
use netlab_fuzz::{Bytes, Follow, frames, link};

fn limits(choice: u8) -> Limits {
    let shift = choice & 3;
    if shift == 3 {
        return Limits::default();
    }
    Limits {
        waiting_per_conversation: 300 << (shift * 2),
        waiting: 700 << (shift * 2),
        history_per_direction: 64 << shift,
        history: 200 << shift,
        conversations: 1 + usize::from(choice >> 2 & 3),
    }
}

fuzz_target!(|input: &[u8]| {
    let mut head = Bytes(input);
    let (form, choice) = (head.u8(), head.u8());
    if form & 1 == 0 {
        let checked = check_script(head.0, limits(choice)).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert!(checked.bytes <= head.0.len() as u64, "more bytes come out than went in");
        return;
    }
    let mut follow = Follow::default();
    frames(head.0, link(choice), |frame| follow.frame(frame, |_, _, _, _| {}));
    follow.finish();
});

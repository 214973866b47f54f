//! Arbitrary bytes as both directions of a WebSocket: however packets are cut the events are the same, no limit is exceeded,
//! nothing is left at the end.
//!
//! Input: the first byte chooses the limits, tight ones among them; the rest is a script
//! (`netlab::flow::websocket::check_script`).

#![no_main]

use libfuzzer_sys::fuzz_target;
use netlab::flow::websocket::{Limits, check_script};

fn limits(choice: u8) -> Limits {
    let size = [0, 10, 200, 1 << 16][usize::from(choice & 3)];
    Limits {
        frame: size,
        message: size / 2 + usize::from(choice >> 2 & 3) * 50,
        // Room for two that inflate, for one, or for none.
        conversation: [400_000, 200_000, 400_000, 1_000][usize::from(choice >> 4 & 3)],
        total: 300_000,
        inflated_message: 1 << 18,
        inflated_free: 1 << 17,
        inflated_ratio: 20,
        contents: choice >> 6 != 3,
    }
}

fuzz_target!(|input: &[u8]| {
    let (choice, script) = input.split_first().map_or((0, input), |(first, rest)| (*first, rest));
    let checked = check_script(script, limits(choice)).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(checked.frames <= script.len() as u64, "more frames come out than bytes went in");
});

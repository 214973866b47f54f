//! Arbitrary bytes of both sides into HTTP: nothing panics, every message ends once and its body adds up, no limit is exceeded, and how
//! the bytes are cut into segments changes nothing.
//!
//! Input: the first byte chooses limits, tight ones among them; then a script (`netlab::flow::http::script`).

#![no_main]

use libfuzzer_sys::fuzz_target;
use netlab::flow::http::{Limits, check_script};

fn limits(choice: u8) -> Limits {
    let all = Limits { total: usize::MAX, conversations: usize::MAX, ..Limits::default() };
    // Tight ones for a message; with few conversations and little room for all of them, cutting may matter.
    let tight =
        Limits { head: 120, fields: 4, start_line: 40, chunk_line: 16, held: 30, pipelined: 2, ..all };
    match choice & 3 {
        0 => all,
        1 => Limits { shown: 0, frames: 1, tunnels: 1, ..tight },
        2 => Limits { total: 400, conversations: 2, places: 3, held_pieces: 2, ..tight },
        _ => Limits { total: 4000, conversations: 3, ..Limits::default() },
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, script)) = input.split_first() else { return };
    let checked = check_script(script, limits(*choice)).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(checked.raw <= script.len() as u64, "more bytes come out than went in");
});

//! Pictures of stories: Mermaid, SVG, a page. Mermaid's own parser and Chromium say what becomes of them.
//!
//! `.ci/peers` installs what npm has of that below `target/peers`.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod browser;
#[path = "../util/conversation.rs"]
mod conversation;
#[path = "../util/eyes.rs"]
mod eyes;
#[path = "../util/referee.rs"]
mod referee;
#[path = "../util/mod.rs"]
mod util;

mod colors;
mod docs;
mod drawn;
mod files;
mod layers;
mod paper;
mod terms;

use conversation::{ANSWER, REQUEST, conversation as said, masked};

/// What would be obeyed if it got somewhere as it is.
const EVIL: &str = "</script><script>window.ran=true;alert(1)</script><!--<img src=x onerror=alert(2)>]]>%%{init:{}}%%;#lt;end\u{2028}\u{202e}\u{0}$$x$$`\"'&amp;";

/// A WebSocket that says it in every place that has room for it.
fn evil() -> Vec<u8> {
    let text =
        String::from_utf8_lossy(REQUEST).replace("/chat", "/</script><script>window.ran=true</script>");
    let text = text.replace("example.org", "<img/src=x/onerror=alert(3)>;end#%%");
    let answer =
        String::from_utf8_lossy(ANSWER).replace("Switching Protocols", "<script>alert(4)</script>;#end");
    let close = [b"\x03\xe8", "</title><script>alert(5)</script>".as_bytes()].concat();
    let server = [&[0x81, EVIL.len() as u8][..], EVIL.as_bytes()].concat();
    assert!(EVIL.len() < 126 + 126);
    let server = if EVIL.len() < 126 {
        server
    } else {
        [&[0x81, 0x7e, 0, EVIL.len() as u8][..], EVIL.as_bytes()].concat()
    };
    said(&[
        (true, text.as_bytes()),
        (false, answer.as_bytes()),
        (true, &masked(0x81, b"wrap: end; #59; <br/> %% }")),
        (false, &server),
        (true, &masked(0x88, &close)),
    ])
}

//! A page on paper.

use std::io::Write;
use std::process::Command;

use crate::browser::{Browser, texts};
use crate::drawn::drawn_by;
use crate::referee::tool_is_here;

/// Letters and digits alone, since a printer breaks lines and joins letters as it likes.
fn plain(text: &str) -> String {
    let text = text.replace('ﬁ', "fi").replace('ﬂ', "fl").replace('ﬀ', "ff").replace('ﬃ', "ffi");
    text.chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}

#[test]
fn all_that_is_said_is_on_the_paper_and_can_be_read() {
    let Some(browser) = Browser::here() else { return };
    let pages: [&[&str]; 5] = [
        &["replay", "websocket-tutorial"],
        &["replay", "handshake-lost-synack", "--level", "engineer"],
        &["osi"],
        &["explain", "SYN"],
        &["explain", "--all", "states"],
    ];
    let found = browser.look("print", &drawn_by(&browser, &pages, "html"));
    for (page, found) in pages.iter().zip(&found) {
        assert_eq!(texts(found, "pale"), [""; 0], "{page:?}: pale on white");
        assert_eq!(texts(found, "wide"), [""; 0], "{page:?}: cut off at the right");
        assert_eq!(found["controls"], 0, "{page:?}: nobody clicks on paper");
        let said = texts(found, "texts");
        assert!(said.len() > 4, "{page:?}: {said:?}");
        if !tool_is_here("pdftotext", "-v", "poppler-utils") {
            drop(writeln!(std::io::stderr(), "NOT TESTED: no pdftotext (poppler-utils)"));
            continue;
        }
        let printed =
            Command::new("pdftotext").args(["-raw", found["pdf"].as_str().unwrap(), "-"]).output().unwrap();
        assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
        let paper = plain(&String::from_utf8(printed.stdout).unwrap());
        for text in said.iter().flat_map(|text| text.lines()) {
            // A page may end in the middle of a paragraph: its beginning is enough.
            let start: String = plain(text).chars().take(40).collect();
            assert!(paper.contains(&start), "{page:?}: not on the paper: {text}");
        }
    }
}

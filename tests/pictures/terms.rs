//! A term as a picture.

use std::fs;

use serde_json::{Value, json};

use crate::browser::{Browser, texts};
use crate::drawn::drawn_by;
use crate::util::netlab;

/// Terms of all kinds of which there is something to see.
const SEEN: [&[&str]; 14] = [
    &["explain", "SYN"],
    &["explain", "TIME-WAIT", "--level", "friend"],
    &["explain", "layer 4"],
    &["explain", "layer 1", "--level", "engineer"],
    &["explain", "opcode text"],
    &["explain", "close code 1000"],
    &["explain", "Sec-WebSocket-Accept"],
    &["explain", "tcp.options.sack_perm"],
    &["explain", "ipv6.src"],
    &["explain", "dns.flags.rcode"],
    &["explain", "arp.opcode"],
    &["explain", "tls.record.length"],
    &["explain", "ip.ttl"],
    &["explain", "acknowledgement"],
];

#[test]
fn mermaid_reads_a_term() {
    let Some(browser) = Browser::here() else { return };
    let words: [&[&str]; 2] = [&["explain", "Socket.IO"], &["explain", "tcp.len"]];
    let all = [SEEN.as_slice(), words.as_slice()].concat();
    let files = drawn_by(&browser, &all, "mmd");
    for (term, found) in all.iter().zip(browser.look("mermaid", &files)) {
        assert!(found["error"].is_null(), "{term:?}: {found}");
        assert_eq!((&found["scripts"], &found["images"]), (&json!(0), &json!(0)), "{term:?}");
    }
    let drawn = |index: usize| fs::read_to_string(&files[index]).unwrap();
    let syn = drawn(0);
    assert!(syn.starts_with("packet-beta\n") && syn.contains("  110: \"▶SYN=1\"\n"), "{syn}");
    assert!(drawn(1).contains("class TIME_WAIT meant"), "{}", drawn(1));
    assert!(drawn(2).contains("class L4 meant"), "{}", drawn(2));
    assert!(drawn(14).contains("see also"), "{}", drawn(14));
}

#[test]
fn a_terms_svg_is_sound_and_each_text_stays_in_its_box() {
    let Some(browser) = Browser::here() else { return };
    let found = browser.look("svg", &drawn_by(&browser, &SEEN, "svg"));
    for (term, found) in SEEN.iter().zip(&found) {
        assert!(found["error"].is_null(), "{term:?}: {found}");
        assert_eq!(texts(found, "wide"), [""; 0], "{term:?}");
        assert_eq!((&found["scripts"], &found["ran"]), (&json!(0), &json!(false)), "{term:?}");
    }
    let told = |index: usize| found[index]["told"].as_str().unwrap();
    assert!(
        told(0).contains("bits 110 to 110: SYN: the numbering starts here = 1 (set), which is meant."),
        "{}",
        told(0)
    );
    assert!(told(1).contains("FIN-WAIT-2 to TIME-WAIT: FIN comes: ACK goes out."), "{}", told(1));
    assert!(texts(&found[0], "texts").contains(&"54675".to_owned()), "a real value");
}

/// Nothing was fetched, nothing ran but its own script, axe-core has nothing to mend, each link leads somewhere.
fn sound(found: &Value, name: &str) {
    for key in ["violations", "requests", "messages", "links", "twice"] {
        assert_eq!(texts(found, key), [""; 0], "{name}: {key}");
    }
    assert_eq!(
        (&found["dialogs"], &found["ran"], &found["blocked"]),
        (&json!(0), &json!(false), &json!(true)),
        "{name}"
    );
    assert_eq!(found["foreign"], 2, "{name}: its own script, and the one that the test brought");
}

#[test]
fn a_terms_page_says_all_and_links_its_bits_both_ways() {
    let Some(browser) = Browser::here() else { return };
    let words: [&[&str]; 1] = [&["explain", "Socket.IO"]];
    let all = [SEEN.as_slice(), words.as_slice()].concat();
    let found = browser.look("entry", &drawn_by(&browser, &all, "html"));
    for (term, found) in all.iter().zip(&found) {
        sound(found, &term.join(" "));
        for level in ["friend", "student", "engineer"] {
            assert_eq!(found["hidden"][level], 0, "{term:?} for {level}");
        }
    }
    let syn = &found[0];
    assert_ne!(syn["words"]["friend"], syn["words"]["student"]);
    assert_ne!(syn["words"]["student"], syn["words"]["engineer"]);
    assert_eq!((&syn["linked"], &syn["back"], &syn["keys"]), (&json!(["1"]), &json!("2"), &json!(["2"])));
}

#[test]
fn the_glossary_has_every_term_once_and_its_links_lead_there() {
    let Some(browser) = Browser::here() else { return };
    let all: [&[&str]; 2] = [&["explain", "--all"], &["explain", "--all", "states"]];
    let files = drawn_by(&browser, &all, "html");
    let found = browser.look("entry", &files);
    for (args, found) in all.iter().zip(&found) {
        let listed = netlab(&[*args, &["--format", "json"]].concat()).stdout.lines().count();
        assert_eq!(found["terms"], listed, "{args:?}");
        assert_eq!(texts(found, "twice"), [""; 0], "{args:?}");
    }
    sound(&found[0], "all");
    let few = found[0]["found"].as_u64().unwrap();
    assert!((1..40).contains(&few), "{few} terms with both words");
    assert_eq!(found[0]["followed"], true);
    let size = fs::metadata(&files[0]).unwrap().len();
    assert!(size < 2_000_000, "{size} bytes");
}

#[test]
fn what_has_no_picture_says_what_has_one() {
    for (term, says) in [
        ("Socket.IO", "--format html makes a page"),
        ("tcp.len", "netlab replay handshake --frames 6 --format svg"),
    ] {
        let run = netlab(&["explain", term, "--format", "svg"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{term}");
        assert!(
            run.stderr.contains("no picture that would be true") && run.stderr.contains(says),
            "{}",
            run.stderr
        );
    }
    let run = netlab(&["explain", "--all", "--format", "svg"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("--format html"), "{}", run.stderr);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.svg");
    let run = netlab(&["explain", "Socket.IO", "-o", file.to_str().unwrap()]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(!file.exists(), "nothing is written");
    fs::write(&file, "mine").unwrap();
    let run = netlab(&["explain", "SYN", "-o", file.to_str().unwrap()]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("exists already; --force writes over it"), "{}", run.stderr);
    let run = netlab(&["explain", "no-such-term", "--format", "html"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
}

#[test]
fn every_term_has_a_page_and_its_other_pictures_or_says_why_not() {
    let listed = netlab(&["explain", "--all", "--format", "json"]).json();
    for (index, term) in listed.iter().enumerate() {
        let key = term["key"].as_str().unwrap();
        let always = ["flags", "states", "layers"].iter().any(|group| term["group"] == *group);
        if !always && index % 9 > 0 {
            continue;
        }
        assert_eq!(netlab(&["explain", key, "--format", "html"]).code, Some(0), "{key}");
        for format in ["svg", "mermaid"] {
            let run = netlab(&["explain", key, "--format", format]);
            let refused = run.code == Some(2) && run.stderr.contains("no picture that would be true");
            assert!(
                run.code == Some(0) || refused && !always,
                "{key}, {format}: {:?}: {}",
                run.code,
                run.stderr
            );
        }
    }
}

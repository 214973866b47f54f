//! What others make of a picture.

use std::fs;
use std::path::PathBuf;

use crate::browser::{Browser, texts};
use crate::conversation::{ANSWER, REQUEST, masked};
use crate::evil;
use crate::util::netlab;

/// Pictures of these captures in one format.
fn pictures(browser: &Browser, captures: &[&str], extension: &str) -> Vec<PathBuf> {
    let commands: Vec<[&str; 2]> = captures.iter().map(|name| ["replay", name]).collect();
    let commands: Vec<&[&str]> = commands.iter().map(|command| command.as_slice()).collect();
    drawn_by(browser, &commands, extension)
}

/// What these commands draw in one format.
pub(crate) fn drawn_by(browser: &Browser, commands: &[&[&str]], extension: &str) -> Vec<PathBuf> {
    let draw = |(index, command): (usize, &&[&str])| {
        let file = browser.file(&format!("{index}.{extension}"));
        let to = ["-o", file.to_str().unwrap(), "--force"];
        let run = netlab(&[*command, &to].concat());
        assert_eq!(run.code, Some(0), "{command:?}: {}", run.stderr);
        file
    };
    commands.iter().enumerate().map(draw).collect()
}

const CAPTURES: [&str; 8] = [
    "handshake",
    "handshake-lost-synack",
    "handshake-filtered",
    "handshake-ipv6",
    "websocket-tutorial",
    "websocket-bad-accept",
    "websocket-fragmented",
    "websocket-wss",
];

#[test]
fn mermaid_reads_what_was_meant() {
    let Some(browser) = Browser::here() else { return };
    let found = browser.look("mermaid", &pictures(&browser, &CAPTURES, "mmd"));
    assert_eq!(found.len(), CAPTURES.len());
    for (name, found) in CAPTURES.iter().zip(&found) {
        assert!(found["error"].is_null(), "{name}: {found}");
        assert_eq!(texts(found, "wide"), [""; 0], "{name}");
    }
    let messages = texts(&found[0], "messages");
    assert_eq!(messages[2..5], ["3 · SYN seq=0", "4 · SYN-ACK seq=0 ack=1", "5 · ACK seq=1 ack=1"]);
    assert_eq!(texts(&found[0], "actors").last().unwrap(), "client 10.7.0.1:54675");
    assert!(texts(&found[0], "notes").contains(&"SYN-SENT → ESTABLISHED".to_owned()));
    assert!(texts(&found[4], "messages").contains(&"10 · text “My name is John”".to_owned()));
}

#[test]
fn mermaid_takes_nothing_from_a_capture_for_its_own() {
    let Some(browser) = Browser::here() else { return };
    let capture = browser.file("evil.pcap");
    fs::write(&capture, evil()).unwrap();
    let file = pictures(&browser, &[capture.to_str().unwrap()], "mmd");
    let found = &browser.look("mermaid", &file)[0];
    assert!(found["error"].is_null(), "{found}");
    assert_eq!(
        (found["scripts"].as_u64(), found["images"].as_u64(), &found["ran"]),
        (Some(0), Some(0), &false.into())
    );
    let messages = texts(found, "messages");
    assert!(messages.contains(&"6 · text “wrap: end; #59; <br/> %% }”".to_owned()), "{messages:?}");
    assert!(
        messages.iter().any(|text| text.contains("GET /</script><script>window.ran=true")),
        "{messages:?}"
    );
}

#[test]
fn a_long_story_keeps_to_what_mermaid_takes_and_says_how_much_is_left_out() {
    let Some(browser) = Browser::here() else { return };
    let capture = browser.file("long.pcap");
    let said = vec![(true, &b"a row of letters"[..]); 3000];
    fs::write(&capture, crate::conversation::conversation(&said)).unwrap();
    for (extension, what) in [("mmd", "mermaid"), ("svg", "svg")] {
        let file = pictures(&browser, &[capture.to_str().unwrap()], extension);
        let found = &browser.look(what, &file)[0];
        assert!(found["error"].is_null(), "{found}");
        let text = fs::read_to_string(&file[0]).unwrap();
        assert!(text.contains(" steps more have no room"), "{extension}");
        assert!(what == "svg" || text.len() < 50_000, "{}", text.len());
    }
}

#[test]
fn an_svg_is_sound_and_no_text_leaves_its_place() {
    let Some(browser) = Browser::here() else { return };
    let capture = browser.file("evil.pcap");
    fs::write(&capture, evil()).unwrap();
    let mut captures = CAPTURES.to_vec();
    captures.push(capture.to_str().unwrap());
    let found = browser.look("svg", &pictures(&browser, &captures, "svg"));
    for (name, found) in captures.iter().zip(&found) {
        assert!(found["error"].is_null(), "{name}: {found}");
        assert_eq!(texts(found, "wide"), [""; 0], "{name}");
        assert_eq!((found["scripts"].as_u64(), &found["ran"]), (Some(0), &false.into()), "{name}");
    }
    assert!(texts(&found[0], "texts").contains(&"SYN-RECEIVED".to_owned()));
    let told = found[0]["told"].as_str().unwrap();
    assert!(
        told.contains("server to client: SYN-ACK seq=0 ack=1. The server agrees, and asks back."),
        "{told}"
    );
    let said = texts(found.last().unwrap(), "texts");
    assert!(said.contains(&"text “wrap: end; #59; <br/> %% }”".to_owned()), "{said:?}");
}

#[test]
fn a_page_keeps_its_promises() {
    let Some(browser) = Browser::here() else { return };
    let found = browser.look("html", &pictures(&browser, &CAPTURES, "html"));
    assert_eq!(found.len(), CAPTURES.len());
    for (name, found) in CAPTURES.iter().zip(&found) {
        assert_eq!(texts(found, "violations"), [""; 0], "{name}");
        quiet(found, name);
        let steps = found["steps"].as_u64().unwrap();
        assert_eq!(found["at"], serde_json::json!([1, 2, 3, 2, steps, steps, 1]), "{name}");
        assert_eq!((&found["visible"], &found["plays"]), (&"step".into(), &"true".into()), "{name}");
        assert_eq!(found["readable"], steps, "{name}: without a script");
        assert!(found["friend"].as_u64().unwrap() > 0, "{name}");
        let words = &found["words"];
        assert!(
            words["friend"] != words["student"] && words["student"] != words["engineer"],
            "{name}: {words}"
        );
    }
    let (byte, walked) = (found[0]["byte"].as_str().unwrap(), found[0]["walked"].as_str().unwrap());
    assert_eq!(byte, "byte 26: 00, ARP: Sender's MAC address = 02:00:00:00:00:01");
    assert!(walked.starts_with("byte 27: 01, ARP: Sender's MAC address"), "{walked}");
    assert_eq!(found[0]["marked"], 6);
    assert!(found[0]["explained"].as_str().unwrap().contains("arp.src.hw_mac"));
}

/// Nothing was fetched, nothing ran but the page's own script, nothing went wrong in it.
pub(crate) fn quiet(found: &serde_json::Value, name: &str) {
    assert_eq!(texts(found, "requests"), [""; 0], "{name}");
    assert_eq!(texts(found, "messages"), [""; 0], "{name}");
    assert_eq!((found["dialogs"].as_u64(), &found["ran"]), (Some(0), &false.into()), "{name}");
    assert_eq!(found["blocked"], true, "{name}");
    assert_eq!(found["foreign"], 2, "{name}: its own script, and the one that the test brought");
}

#[test]
fn a_page_obeys_nothing_that_a_capture_says() {
    let Some(browser) = Browser::here() else { return };
    let capture = browser.file("evil.pcap");
    fs::write(&capture, evil()).unwrap();
    let file = pictures(&browser, &[capture.to_str().unwrap()], "html");
    let page = fs::read_to_string(&file[0]).unwrap();
    for c in ['\u{0}', '\u{2028}', '\u{202e}', '\u{1b}'] {
        assert!(!page.contains(c), "{c:?}");
    }
    assert_eq!(page.matches("</script>").count(), 2, "the data's end and the script's");
    let found = &browser.look("html", &file)[0];
    quiet(found, "evil");
    assert_eq!(texts(found, "violations"), [""; 0]);
    assert!(found["title"].as_str().unwrap().ends_with("evil.pcap · netlab"), "{}", found["title"]);
    let text = found["text"].as_str().unwrap();
    for shown in [
        "GET /</script><script>window.ran=true</script>",
        "<img/src=x/onerror=alert(3)>",
        "text “wrap: end; #59; <br/> %% }”",
    ] {
        assert!(text.contains(shown), "{shown}");
    }
}

#[test]
fn a_page_of_100_steps_is_small_and_one_of_5000_opens_and_scrolls() {
    let Some(browser) = Browser::here() else { return };
    let row = masked(0x81, b"Is anybody there? This is a message of the usual length.");
    let answer: &[u8] = b"\x81\x1dYes, here I am; and it is me.";
    for (steps, name) in [(100, "hundred.pcap"), (5100, "many.pcap")] {
        let capture = browser.file(name);
        let mut said: Vec<(bool, &[u8])> = vec![(true, REQUEST), (false, ANSWER)];
        while said.len() < steps - 2 {
            said.extend([(true, row.as_slice()), (false, answer)]);
        }
        fs::write(&capture, crate::conversation::conversation(&said)).unwrap();
        let file = pictures(&browser, &[capture.to_str().unwrap()], "html");
        let size = fs::metadata(&file[0]).unwrap().len();
        if steps == 100 {
            assert!(size < 300_000, "{size} bytes");
            continue;
        }
        let found = &browser.look("used", &file)[0];
        assert_eq!(found["steps"], 5000);
        assert!(fs::read_to_string(&file[0]).unwrap().contains(" steps more have no room in this picture"));
        assert_eq!(found["at"], serde_json::json!([1, 2, 3, 2, 5000, 5000, 1]));
        eprintln!(
            "{size} bytes, opened in {} ms, a key in {} ms, scrolled by a twentieth in {} ms",
            found["opened"], found["slowest"], found["scrolled"]
        );
        assert!(
            found["opened"].as_u64().unwrap() < 20_000 && found["slowest"].as_u64().unwrap() < 5_000,
            "{found}"
        );
    }
}

#[test]
fn a_step_shows_its_frames_in_the_order_of_the_wire() {
    let Some(browser) = Browser::here() else { return };
    // ARP's question and answer are one step, and that step's own frame is the answer.
    let captures = ["websocket-tutorial", "websocket-fragmented", "websocket-wss"];
    let mut several = 0;
    for (name, found) in captures.iter().zip(browser.look("frames", &pictures(&browser, &captures, "html"))) {
        for step in found["shown"].as_array().unwrap() {
            let titles = step.as_array().unwrap().iter().map(|title| title.as_str().unwrap());
            let number = |title: &str| title.strip_prefix("Frame ")?.split(',').next()?.parse::<u64>().ok();
            let numbers: Vec<u64> = titles.filter_map(number).collect();
            assert!(numbers.is_sorted(), "{name}: {step}");
            several += usize::from(numbers.len() > 1);
        }
        assert_eq!(found["shown"][0][0], "Frame 1, 42 bytes", "{name}: {found}");
        assert_eq!(found["shown"][0][1], "Frame 2, 42 bytes", "{name}: {found}");
    }
    assert!(several > captures.len(), "{several}");
}

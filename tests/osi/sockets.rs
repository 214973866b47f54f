//! WebSocket's frames: what breaks a rule stops, a compressed message has two sizes, and TCP may cut anywhere.

use netlab::osi::{Layer, Place, Wanted};
use netlab::words::Level;

use crate::{said, walk};

/// All that is told of a frame of a bundled capture.
fn told(name: &str, frame: u64, level: Level) -> String {
    said(&walk(name, Wanted::Frame(frame)), level)
}

#[test]
fn what_breaks_a_rule_reaches_no_program() {
    for (name, frame, rule, to) in [
        ("websocket-unmasked-client", 10, "ws.client_must_mask", "server"),
        ("websocket-masked-server", 11, "ws.server_must_not_mask", "client"),
        ("websocket-invalid-utf8", 10, "ws.text_not_utf8", "server"),
        ("websocket-bad-accept", 8, "ws.accept", "client"),
    ] {
        let walk = walk(name, Wanted::Frame(frame));
        assert_eq!(walk.units[0].broken, Some(rule), "{name}");
        let top = walk.floors.iter().find(|floor| floor.place == Place::At(Layer::Application)).unwrap();
        assert_eq!(top.up, ["osi.up.7.refused", rule], "{name}");
        for level in Level::ALL {
            let text = said(&walk, level);
            assert!(!text.contains(&format!("{to}'s program has it")), "{name}: {text}");
            assert!(!text.contains("A server does not mask"), "{name}: {text}");
        }
        let text = said(&walk, Level::Student);
        assert!(text.contains(&format!("✗ Here it stops: what came breaks a rule, and a {to} ")), "{text}");
    }
    let unmasked = told("websocket-unmasked-client", 10, Level::Student);
    assert!(unmasked.contains("A client must mask them, and this one does not."), "{unmasked}");
    let fine = walk("websocket-tutorial", Wanted::Message);
    assert_eq!(fine.units[0].broken, None);
}

#[test]
fn a_compressed_message_has_the_size_that_its_program_gave_it() {
    let text = told("websocket-compressed", 12, Level::Student);
    for words in [
        "needs few bytes.”: 49 bytes. Nothing is added yet.",
        "First the message is compressed: 17 bytes on the wire in place of 49.",
        "undoes the mask. Then it is inflated: 17 bytes become 49 again.",
        "113 bytes on the wire carry a message of 49; 2.3 for each byte",
        "the message, compressed 17",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn the_first_message_is_a_whole_one() {
    for (name, frame, first) in [
        ("websocket-byte-by-byte", 20, None),
        ("websocket-fragmented", 10, None),
        ("websocket-fragmented", 17, Some((17, 22))),
        ("websocket-ping-pong", 10, None),
        ("websocket-compressed", 12, Some((10, 48))),
        ("websocket-tutorial", 10, Some((10, 15))),
    ] {
        let first_of = walk(name, Wanted::Frame(frame)).cost.first;
        assert_eq!(first_of.map(|bill| (bill.frames, bill.message)), first, "{name} {frame}");
    }
}

#[test]
fn a_piece_of_a_header_is_told_as_one() {
    let text = told("websocket-byte-by-byte", 16, Level::Student);
    for words in [
        "Only bytes of its header are in this frame: the message, of 2 bytes, comes behind them, up to frame 24.",
        "What is like this layer here: 6c, a piece of the masking key 13 6c 54 33.",
        "What is like this layer here: a piece of WebSocket's header, which has 6 bytes in all.",
        "The WebSocket library has a piece of the header, and waits for the rest of its 6 bytes.",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let text = told("websocket-byte-by-byte", 20, Level::Student);
    assert!(text.contains("With these bytes the WebSocket library has all 6 of the header: text"), "{text}");
}

#[test]
fn the_middle_of_a_message_counts_its_own_bytes_and_shows_no_key() {
    let walk = walk("websocket-lengths", Wanted::Frame(51));
    let text = said(&walk, Level::Student);
    assert!(text.contains("bytes 36,193 to 37,640 of 65,535."), "{text}");
    assert!(text.contains("its key does not stand in this frame. It came with the header"), "{text}");
    assert!(!text.contains("the masking key "), "{text}");
}

#[test]
fn several_units_have_their_layers_and_go_up() {
    let walk = walk("websocket-coalesced", Wanted::Frame(8));
    assert_eq!(walk.unit_len(Layer::Session), Some(139));
    assert_eq!(walk.unit_len(Layer::Presentation), None);
    let text = said(&walk, Level::Student);
    assert!(text.contains("reads one header after the other, and so tells the 2 units apart."), "{text}");
    assert!(text.contains("hands on what is meant for the program, one unit after the other."), "{text}");
}

#[test]
fn letters_are_shown_with_their_own_bytes() {
    let walk = walk("websocket-split-codepoint", Wanted::Frame(10));
    assert_eq!((walk.value("plain"), walk.value("masked")), (Some("gr"), Some("c8 ed")));
}

#[test]
fn a_letter_torn_between_two_pieces_is_told_in_both() {
    let first = told("websocket-split-codepoint", 10, Level::Student);
    assert!(first.contains("3 bytes. It reads “gr” and a piece of a letter (c3). FIN is 0"), "{first}");
    let last = told("websocket-split-codepoint", 12, Level::Student);
    assert!(last.contains("4 bytes. It reads a piece of a letter (bc) and “ße”. FIN is 1"), "{last}");
    let torn = told("websocket-split-codepoint", 10, Level::Engineer);
    assert!(torn.contains("A fragment may end inside of a code point"), "{torn}");
    // A piece that ends with a letter has torn none.
    let whole = told("websocket-fragmented", 10, Level::Engineer);
    assert!(whole.contains("A fragment (text)") && !whole.contains("code point"), "{whole}");
}

#[test]
fn what_opens_a_websocket_is_no_message() {
    for (name, frames) in [("websocket-tutorial", &[6, 8][..]), ("websocket-bad-accept", &[6, 8])] {
        for frame in frames {
            let text = told(name, *frame, Level::Student);
            assert!(!text.contains("The first message,"), "{name} {frame}: {text}");
        }
    }
    // Where the server declines, question and answer of HTTP are all that was said.
    let declined = walk("websocket-not-upgraded", Wanted::Frame(8));
    assert_eq!(declined.cost.first.map(|bill| (bill.frames, bill.message)), Some((6, 152)));
}

#[test]
fn neighbour_discovery_has_its_name_and_ipv6_its_own_router() {
    let asked = told("handshake-ipv6", 1, Level::Student);
    assert!(
        asked.contains("neighbour discovery, by ICMPv6: who has fd00:7::2, and which MAC address"),
        "{asked}"
    );
    let answered = told("handshake-ipv6", 2, Level::Student);
    assert!(answered.contains("fd00:7::2 is here, and this is its MAC address."), "{answered}");
    for text in [&asked, &answered] {
        assert!(!text.contains("whose packet it was") && !text.contains("TTL"), "{text}");
    }
    let syn = told("handshake-ipv6", 3, Level::Engineer);
    assert!(!syn.contains("corrects the IPv4 header checksum"), "{syn}");
    assert!(syn.contains("no header checksum is there to correct"), "{syn}");
}

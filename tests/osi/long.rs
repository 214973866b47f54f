//! A message that takes several segments: the walk begins where the message does.

use netlab::osi::{Layer, Place, Wanted};
use netlab::words::Level;

use crate::{adds_up, said, walk};

#[test]
fn of_a_long_message_the_frame_with_its_header_is_walked() {
    let walk = walk("websocket-too-big-1009", Wanted::Message);
    adds_up(&walk);
    let [unit] = walk.units.as_slice() else { panic!("{:?}", walk.units) };
    assert_eq!((walk.frame, unit.frames), (10, (10, 11)));
    assert!(walk.parts.iter().any(|part| part.title == "WebSocket header"), "{:?}", walk.parts);
    assert!(walk.floors.iter().any(|floor| floor.place == Place::At(Layer::Session)));
    let text = said(&walk, Level::Student);
    assert!(text.contains("The rest follows, up to frame 11."), "{text}");
    assert!(text.contains(": a part of text “"), "{text}");
    assert!(text.contains("1,538 bytes on the wire carry 1,440 of a message's 2,000 bytes"), "{text}");
    let friend = said(&walk, Level::Friend);
    assert!(friend.contains("part of the words") && friend.contains(": a part of “"), "{friend}");
    // What it took to get there counts all of the message, as far as its last segment.
    assert_eq!(walk.cost.first.map(|bill| bill.frames), Some(11));
    let end = crate::walk("websocket-too-big-1009", Wanted::Frame(11));
    assert!(said(&end, Level::Student).contains("It began in frame 10 and ends here."));
}

#[test]
fn a_header_that_comes_byte_by_byte_begins_with_its_first() {
    let walk = walk("websocket-byte-by-byte", Wanted::Message);
    assert_eq!((walk.frame, walk.units.len()), (10, 1));
    let text = said(&walk, Level::Student);
    assert!(text.contains("comes behind them, up to frame 24."), "{text}");
    assert!(!text.contains("The rest follows"), "{text}");
}

#[cfg(all(feature = "live", target_os = "linux"))]
#[test]
fn a_long_message_is_walked_live_from_its_header_on() {
    use crate::util::netlab;
    let long = "a".repeat(70_000);
    for hops in [&[][..], &["--hops", "1"]] {
        let args = [&["osi", "--live", "--message", &long, "--format", "json"], hops].concat();
        let run = netlab(&args);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let walk = &run.json()[0];
        let unit = &walk["units"][0];
        assert_eq!((&walk["frame"], &unit["len"]), (&unit["first_frame"], &(70_000 + 14).into()), "{unit}");
        let titles: Vec<&str> =
            walk["parts"].as_array().unwrap().iter().map(|part| part["title"].as_str().unwrap()).collect();
        assert!(titles.contains(&"WebSocket header") && titles.contains(&"masking key"), "{titles:?}");
    }
}

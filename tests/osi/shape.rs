//! A walk has room on every screen, whatever its manner.

use netlab::osi::Wanted;
use netlab::source::Bundled;
use unicode_width::UnicodeWidthStr;

use crate::conversation::{ANSWER, REQUEST, conversation, masked};
use crate::util::{netlab, netlab_with_input};
use crate::walk;

/// The frame of a capture that has most to tell: its first message, else its first.
fn telling(name: &str) -> String {
    let walk = walk(name, Wanted::Message);
    walk.frame.to_string()
}

#[test]
fn no_line_is_wider_than_the_screen_in_any_manner() {
    for bundled in Bundled::all() {
        // Those of broken rules are many, and their frames are those of the others.
        let of_rule = bundled.name.starts_with("websocket-rule-");
        let frame = telling(&bundled.name);
        for width in if of_rule { &[40][..] } else { &[40, 60, 80, 140] } {
            for manner in [&[][..], &["--bytes", "--level=engineer"], &["--plain"], &["4", "--ascii"]] {
                let width_arg = format!("--width={width}");
                let mut args =
                    vec!["osi", "--capture", &bundled.name, "--frame", &frame, &width_arg, "--color=never"];
                args.extend(manner);
                let run = netlab(&args);
                assert_eq!(run.code, Some(0), "{}", run.stderr);
                assert!(run.stdout.lines().count() > 10, "{args:?}: {}", run.stdout);
                for line in run.stdout.lines() {
                    assert!(line.width() <= *width, "{args:?}: {} columns: {line}", line.width());
                }
            }
        }
    }
}

#[test]
fn at_80_columns_the_name_of_a_layer_stands_beside_its_boxes() {
    for name in ["websocket-tutorial", "osi-router-client", "osi-router-ipv6-client", "handshake-ipv6"] {
        let run = netlab(&["osi", "--capture", name, "--width=80", "--color=never"]);
        for layer in ["2 data link", "1 physical"] {
            let apart = format!(" {layer} ");
            let row = run.stdout.lines().find(|line| line.starts_with(&apart));
            assert!(row.is_some_and(|row| row.contains('│')), "{name}, {layer}: {}", run.stdout);
        }
    }
}

#[test]
fn in_ascii_a_message_of_other_letters_stands_in_its_box() {
    // Each of these letters is printed as an escape, several times as wide.
    for (text, first, end) in
        [("é🎉", "\"\\u{e9}", "\"|"), ("日本語日本語日本語日本語", "\"\\u{65e5}", "...\"|")]
    {
        let message = masked(0x81, text.as_bytes());
        let file = conversation(&[(true, REQUEST), (false, ANSWER), (true, &message)]);
        for width in ["--width=80", "--width=60"] {
            let args = ["osi", "--capture", "-", "--ascii", "--color=never", width];
            let run = netlab_with_input(&args, &file);
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            let row = run.stdout.lines().find(|line| line.starts_with(" 7 application")).unwrap();
            assert!(
                width == "--width=60" || row.contains(first) && row.contains(end),
                "{width}: {}",
                run.stdout
            );
            // No row has lost its number to a line of its own.
            for sign in
                ["6 presentation", "5 session", "4 transport", "3 network", "2 data link", "1 physical"]
            {
                let mut rows = run.stdout.lines().filter(|line| line.starts_with(&format!(" {sign}")));
                let row = rows.find(|line| line.contains('|')).unwrap();
                assert!(row.ends_with(|sign: char| sign.is_ascii_digit()), "{width} {sign}: {}", run.stdout);
            }
            for line in run.stdout.lines() {
                assert!(line.is_ascii() && line.len() <= 80, "{width}: {line}");
            }
        }
    }
}

#[test]
fn a_message_is_not_cut_where_its_neighbours_could_say_less() {
    let run = netlab(&["osi", "--capture", "websocket-wss", "--frame", "12", "--width=80", "--color=never"]);
    assert!(run.stdout.contains("│GET /chat│"), "{}", run.stdout);
    let row = run.stdout.lines().find(|line| line.starts_with(" 1 physical")).unwrap();
    assert!(row.starts_with(" 1 physical ") && row.contains('│'), "{row}");
}

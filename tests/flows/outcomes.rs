//! How conversations went, told by their RSTs, FINs and silences.

use serde_json::Value;

use crate::cli::{of_port, told};
use crate::made::Made;
use crate::util::netlab_with_input;

#[test]
fn every_outcome_is_told() {
    let objects = told(&[]);
    let expected = [
        (1001, "SYN", "closed", "textbook", None),
        (1002, "SYN", "refused", "refused", Some("server")),
        (1003, "SYN", "unanswered", "unanswered", None),
        (1004, "SYN", "reset", "reset", Some("server")),
        (1005, "SYN", "open", "still open", None),
    ];
    for (port, began, ended, outcome, by) in expected {
        let object = of_port(&objects, port);
        let said = |key: &str| object[key].as_str();
        assert_eq!(
            (said("began"), said("ended"), said("outcome"), said("reset_by")),
            (Some(began), Some(ended), Some(outcome), by),
            "{port}"
        );
    }
    // In the middle of a conversation the higher port counts as the client's, whoever is seen first.
    let middle = of_port(&objects, 1006);
    assert_eq!(middle["roles_guessed"], true);
    assert_eq!(
        (middle["began"].as_str(), middle["outcome"].as_str()),
        (Some("mid-stream"), Some("mid-stream"))
    );
}

#[test]
fn an_rst_that_its_receiver_ignores_ends_nothing() {
    let mut made = Made::new();
    // Nobody offered to scale the windows: the client waits for 101 and has room for 64,000.
    for (port, seq) in [(1, 64_102), (2, 64_000), (3, 100), (4, 101)] {
        made.tcp(port, true, "S", (0, 0), b"").tcp(port, false, "SA", (100, 1), b"");
        made.tcp(port, true, "A", (1, 101), b"").tcp(port, false, "R", (seq, 0), b"");
    }
    // In the window, and not what is awaited: where somebody goes on, it ended nothing.
    made.tcp(7, true, "S", (0, 0), b"").tcp(7, false, "SA", (100, 1), b"").tcp(7, true, "A", (1, 101), b"");
    made.tcp(7, false, "R", (601, 0), b"").tcp(7, true, "A", (1, 101), b"");
    made.tcp(7, false, "A", (101, 1), b"still here");
    // Refused is only the answer to something older: the SYN comes again.
    made.tcp(8, true, "S", (0, 0), b"").tcp(8, false, "A", (700, 9000), b"");
    made.tcp(8, true, "R", (9000, 0), b"").tcp(8, true, "S", (0, 0), b"");
    made.tcp(8, false, "SA", (100, 1), b"").tcp(8, true, "A", (1, 101), b"");
    // The same where nobody has seen whether the windows are scaled, and an RST that does not confirm the SYN.
    made.tcp(5000, true, "A", (1, 101), b"x").tcp(5000, false, "R", (64_102, 0), b"");
    made.tcp(6, true, "S", (0, 0), b"").tcp(6, false, "R", (0, 0), b"");
    let objects = netlab_with_input(&["flows", "-", "--format=json"], &made.bytes()).json();
    let ended =
        |port| (of_port(&objects, port)["ended"].clone(), of_port(&objects, port)["reset_by"].clone());
    for port in [1, 3, 6, 7, 8] {
        assert_eq!(ended(port), ("open".into(), Value::Null), "{port}");
    }
    for port in [2, 4, 5000] {
        assert_eq!(ended(port), ("reset".into(), "server".into()), "{port}");
    }
}

#[test]
fn one_side_alone_is_no_silence() {
    let mut made = Made::new();
    made.tcp(1, true, "S", (0, 0), b"").tcp(1, true, "A", (1, 101), b"").tcp(
        1,
        true,
        "A",
        (1, 101),
        b"hello",
    );
    made.tcp(2, false, "SA", (100, 1), b"").tcp(2, false, "A", (101, 6), b"hello");
    made.tcp(3, true, "S", (0, 0), b"").tcp(3, true, "S", (0, 0), b"");
    made.tcp(4, false, "SA", (100, 1), b"").tcp(4, false, "SA", (100, 1), b"");
    let objects = netlab_with_input(&["flows", "-", "--format=json"], &made.bytes()).json();
    let outcome = |port| of_port(&objects, port)["outcome"].clone();
    assert_eq!(
        [1, 2, 3, 4].map(outcome),
        ["one-sided", "one-sided", "unanswered", "still open"].map(Value::from)
    );
}

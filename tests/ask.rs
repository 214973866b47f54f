//! `--quiz` as a person and a program see it: questions, hints, answers, the score.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]
#![cfg(target_os = "linux")]

#[path = "util/conversation.rs"]
mod conversation;
#[path = "util/terminal.rs"]
mod terminal;
mod util;

use std::io::Write;

use serde_json::Value;
use terminal::Terminal;
use unicode_width::UnicodeWidthStr;
use util::{netlab, netlab_with_input};

const REPLAY: [&str; 5] = ["replay", "handshake", "--quiz", "--width=80", "--color=never"];

#[test]
fn a_question_waits_and_its_answer_is_seen_then() {
    let mut terminal = Terminal::start(&REPLAY, 80);
    terminal.wait_for("Question 1");
    let shown = terminal.wait_for("q quit");
    assert!(!terminal.seen.contains("── SYN ─"), "nothing of the frame is shown before: {shown}");
    terminal.type_text("?\n");
    terminal.wait_for("A hint: ");
    terminal.type_text("what\n");
    terminal.wait_for("That is none of the answers");
    terminal.type_text("syn\n");
    terminal.wait_for("✓ Right: SYN.");
    terminal.wait_for("Now see it: frame 3, tcp.flags.");
    terminal.wait_for("── SYN ─");
    terminal.wait_for("Question 2");
    terminal.wait_for("your answer");
    terminal.type_text("0\n");
    let shown = terminal.wait_for("0 + 1 = 1.");
    assert!(shown.contains("Not so. The answer is 1 (raw 1859024026)."), "{shown}");
    assert!(shown.contains("0 (raw 1859024025) is the number of the SYN itself."), "{shown}");
    terminal.wait_for("Question 3");
    terminal.type_text("\n");
    let shown = terminal.wait_for("Now see it: frame 7");
    assert!(shown.contains("The answer is 15."), "{shown}");
    terminal.wait_for("Question 4");
    terminal.type_text("q\n");
    terminal.wait_for("Quiz: 1 of 3 right. Look again at: the ack that answers a SYN (frame 4);");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn what_follows_a_ctrl_c_has_its_own_line() {
    for args in [&REPLAY[..], &["replay", "handshake", "--step"], &["handshake", "--mode=lab", "--step"]] {
        let mut terminal = Terminal::start(args, 80);
        terminal.wait_for("q quit");
        terminal.type_text("\u{3}");
        let (status, shown) = terminal.end();
        assert!(shown.ends_with("^C\r\n"), "{args:?}: {shown:?}");
        assert_eq!(status.code(), Some(130), "{args:?}");
    }
}

#[test]
fn without_a_terminal_lines_come_from_standard_input() {
    let run = netlab_with_input(&REPLAY, "\n".repeat(9).as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("goodbye") && run.stdout.contains("Quiz: 0 of 4 right."), "{}", run.stdout);
    let run = netlab_with_input(&REPLAY, b"\n");
    assert_eq!(run.code, Some(0), "the end of input quits: {}", run.stderr);
    assert!(!run.stdout.contains("goodbye") && run.stdout.contains("Quiz: 0 of 1 right."), "{}", run.stdout);
}

/// Each question with its answer, and the index of the step that follows.
fn asked(objects: &[Value]) -> Vec<(&Value, &Value, &Value)> {
    let of =
        |kind: &'static str| objects.iter().enumerate().filter(move |(_, object)| object["kind"] == kind);
    of("question")
        .map(|(at, question)| {
            let rest = &objects[at..];
            let answer = rest.iter().find(|object| object["kind"] == "answer").unwrap();
            (question, answer, rest.iter().find(|object| object["kind"] == "step").unwrap())
        })
        .collect()
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    objects.iter().find(|object| object["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

#[test]
fn json_has_each_question_its_answer_and_the_score() {
    let run = netlab_with_input(&["replay", "handshake", "--quiz", "--format=json"], b"?\na\nb\nc\nd\n\n\n");
    let objects = run.json();
    let asked = asked(&objects);
    assert_eq!(asked.len(), 5, "{}", run.stdout);
    for (question, answer, step) in &asked {
        assert_eq!(question["question"], answer["question"]);
        assert_eq!((&question["frame"], &question["held"]), (&step["frames"][0], &false.into()));
        let choices = question["choices"].as_array().unwrap();
        assert!(choices.contains(&answer["right"]), "{question} {answer}");
        assert!(!answer["why"].as_str().unwrap().is_empty() && !answer["source"][0].is_null(), "{answer}");
        let given = answer["given"].as_str().map(|given| usize::from(given.as_bytes()[0] - b'a'));
        let right = choices.iter().position(|choice| *choice == answer["right"]);
        assert_eq!(answer["correct"], given == right, "{question} {answer}");
    }
    assert_eq!(of_kind(&objects, "hint")["question"], 1);
    let score = objects.last().unwrap();
    let (guesses, counted): (Vec<_>, Vec<_>) =
        asked.iter().partition(|(question, ..)| question["guess"] == true);
    assert!(guesses.iter().all(|(question, answer, _)| question["guess"] == answer["guess"]));
    assert_eq!(guesses.len(), 1, "who sends the first FIN: {}", run.stdout);
    let right = counted.iter().filter(|(_, answer, _)| answer["correct"] == true).count();
    assert_eq!(
        (&score["kind"], &score["asked"], &score["right"], &score["guesses"]),
        (&"score".into(), &4.into(), &right.into(), &1.into())
    );
    assert_eq!(score["again"].as_array().unwrap().len(), 4 - right);
}

#[test]
fn a_guess_is_called_one_and_counts_for_nothing() {
    for answer in ["a\n", "b\n", "c\n", "\n"] {
        let run = netlab_with_input(&REPLAY, answer.repeat(9).as_bytes());
        assert_eq!(run.stdout.matches("Take a guess: it does not count.").count(), 1, "{}", run.stdout);
        let (before, behind) = run.stdout.split_once("Take a guess").unwrap();
        assert!(before.contains("Who sends the first FIN?"), "{}", run.stdout);
        let said =
            if answer == "c\n" { "✓ You guessed it: the client." } else { "This time it is the client." };
        assert!(behind.contains(said), "{}", run.stdout);
        let (_, score) = behind.split_once("Quiz: ").unwrap();
        let score = score.replace('\n', " ");
        assert!(score.contains(" of 4 right.") || score.starts_with("All 4 right"), "{score}");
        assert!(score.contains("A guess is not counted.") && !score.contains("who ends"), "{score}");
    }
}

#[test]
fn a_websocket_is_asked_about_where_its_story_is_told() {
    let mut file = tempfile::Builder::new().suffix(".pcap").tempfile().unwrap();
    file.write_all(&conversation::chat()).unwrap();
    let path = file.path().to_str().unwrap();
    let run = netlab_with_input(&["replay", path, "--quiz", "--color=never"], "\n".repeat(9).as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("Quiz: 0 of 4 right."), "{}", run.stdout);
    assert!(run.stdout.contains("Who sends the first FIN of TCP"), "{}", run.stdout);
    // TCP is told in short until something is asked about it.
    let (before, behind) = run.stdout.split_once("Question 6").unwrap();
    assert!(before.contains("TCP opens") && !before.contains("── SYN ─"), "{before}");
    assert!(behind.contains("◀────────") && behind.contains("── FIN-ACK  next"), "{behind}");
    let run =
        netlab_with_input(&["replay", path, "--quiz", "--tcp", "--format=json"], "\n".repeat(9).as_bytes());
    let objects = run.json();
    let kinds: Vec<&str> =
        asked(&objects).iter().filter_map(|(question, ..)| question["about"].as_str()).collect();
    assert!(kinds.iter().any(|kind| kind.starts_with("tcp.")), "{kinds:?}");
}

#[test]
fn no_line_is_wider_than_the_screen() {
    let mut file = tempfile::Builder::new().suffix(".pcap").tempfile().unwrap();
    file.write_all(&conversation::chat()).unwrap();
    let path = file.path().to_str().unwrap();
    for width in [40, 60, 80, 140] {
        for level in ["friend", "student", "engineer"] {
            for answer in ["?\n\n", "a\n", "b\n", "x\nc\n", "d\nb\n"] {
                let args =
                    ["replay", path, "--quiz", &format!("--width={width}"), &format!("--level={level}")];
                let run = netlab_with_input(&args, answer.repeat(9).as_bytes());
                // The last lines name the file.
                let told = run.stdout.split("Next:").next().unwrap();
                for line in told.lines().skip(1) {
                    assert!(line.width() <= width, "{width}, {level}: {line}");
                }
            }
        }
    }
}

#[test]
fn what_can_not_be_asked_says_why() {
    let run = netlab_with_input(&["replay", "-", "--quiz"], b"");
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("standard input can't give both the capture and your answers"),
        "{}",
        run.stderr
    );
    assert_eq!(netlab(&["replay", "handshake", "--quiz", "--frames=4"]).code, Some(2));
}

#[test]
fn a_pace_puts_time_between_two_steps() {
    let start = std::time::Instant::now();
    let run = netlab(&["replay", "handshake-refused", "--pace=0.2"]);
    let took = start.elapsed();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout.replace('\r', ""), netlab(&["replay", "handshake-refused"]).stdout);
    // Four steps: three pauses.
    assert!(took >= std::time::Duration::from_millis(600), "{took:?}");
    for wrong in ["-1", "61", "x", "nan"] {
        let run = netlab(&["replay", "handshake-refused", &format!("--pace={wrong}")]);
        assert_eq!(run.code, Some(2), "{wrong}");
        assert!(run.stderr.contains("seconds"), "{wrong}: {}", run.stderr);
    }
}

#[cfg(feature = "live")]
mod live {
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;

    const LAB: [&str; 5] = ["handshake", "--mode=lab", "--quiz", "--width=80", "--color=never"];

    #[test]
    fn in_the_lab_the_frame_is_held_until_the_answer() {
        let mut terminal = Terminal::start(&LAB, 80);
        let shown = terminal.wait_for("q quit");
        assert!(shown.contains("is sent, and netlab holds it on the wire."), "{shown}");
        sleep(Duration::from_millis(1300));
        terminal.type_text("\n");
        let shown = terminal.wait_for(" on the wire\r\n");
        let held = shown.split(" goes on, after ").nth(1).and_then(|rest| rest.split(' ').next());
        let held: f64 = held.and_then(|seconds| seconds.parse().ok()).unwrap();
        assert!((1.3..20.0).contains(&held), "nobody answered for 1.3 s: {shown}");
        // The one who waited on the wire asked again, or was asked again, meanwhile.
        terminal.wait_for("had no answer, and sent");
        terminal.type_text("\n\n\n\nq\n");
        terminal.wait_for("Quiz: 0 of ");
        assert_eq!(terminal.end().0.code(), Some(0));
    }

    #[test]
    fn json_says_which_frames_were_held_for_a_question() {
        for command in ["handshake", "websocket"] {
            let args = [command, "--mode=lab", "--quiz", "--format=json"];
            let run = netlab_with_input(&args, "\n".repeat(9).as_bytes());
            let objects = run.json();
            let asked = asked(&objects);
            assert!(asked.len() >= 4, "{}", run.stdout);
            let released: Vec<&Value> = objects
                .iter()
                .filter(|object| object["kind"] == "released")
                .map(|object| &object["frame"])
                .collect();
            let frames: Vec<&Value> = asked.iter().map(|(question, ..)| &question["frame"]).collect();
            assert_eq!(released, frames);
            for (question, _, step) in &asked {
                assert_eq!((&question["held"], &question["frame"]), (&true.into(), &step["frames"][0]));
            }
            assert!(objects.iter().all(|object| object["wire"] != "held"), "{}", run.stdout);
            let summary = objects.iter().find(|object| object["kind"] == "summary").unwrap();
            assert_eq!(summary["outcome"], "closed");
        }
    }

    #[test]
    fn a_question_and_the_stepper_go_together() {
        let args = ["handshake", "--mode=lab", "--quiz", "--step", "--color=never"];
        let run = netlab_with_input(&args, "\n".repeat(40).as_bytes());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(run.stdout.matches("let through after").count(), 12, "{}", run.stdout);
        assert!(run.stdout.contains("Quiz: 0 of "), "{}", run.stdout);
    }

    #[test]
    fn a_lost_frame_is_lost_behind_its_question_too() {
        let args = ["handshake", "--mode=lab", "--quiz", "--scenario=lost-syn", "--format=json"];
        let run = netlab_with_input(&args, "\n".repeat(9).as_bytes());
        let objects = run.json();
        let dropped: Vec<&Value> = objects.iter().filter(|object| object["wire"] == "dropped").collect();
        assert_eq!(dropped.len(), 1, "{}", run.stdout);
        let asked = asked(&objects);
        assert!(asked.iter().any(|(question, ..)| question["about"] == "tcp.call_again"), "{}", run.stdout);
    }

    #[test]
    fn a_pace_holds_no_frame_on_the_wire() {
        let run = netlab(&["handshake", "--mode=lab", "--pace=0.15", "--format=json"]);
        let objects = run.json();
        let summary = objects.last().unwrap();
        assert_eq!((&summary["outcome"], &summary["held"]), (&"closed".into(), &"0.000000000".into()));
        let duration: f64 = summary["duration"].as_str().unwrap().parse().unwrap();
        let steps = objects.iter().filter(|object| object["kind"] == "step").count();
        assert!(steps >= 11 && duration < 0.15 * steps as f64, "{steps} steps, {duration} s on the wire");
    }
}

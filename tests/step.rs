//! The stepper in a real terminal: frames are really held, both kernels are really asked, and it ends cleanly however one
//! leaves it.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]
#![cfg(all(target_os = "linux", feature = "live"))]

#[path = "util/terminal.rs"]
mod terminal;
mod util;

use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use terminal::Terminal;
use util::{netlab, netlab_with_input};

const STEP: [&str; 5] = ["handshake", "--mode=lab", "--step", "--width=80", "--color=never"];

/// Up to the SYN-ACK, which then stands on the wire.
fn at_the_syn_ack(terminal: &mut Terminal) {
    terminal.wait_for("who has 10.7.0.2?");
    for next in ["is at 02:", "── SYN ──", "── SYN-ACK ──"] {
        let shown = if next == "── SYN-ACK ──" { "SYN-ACK ──" } else { next };
        terminal.wait_for("Enter: let it through");
        terminal.type_text("\n");
        terminal.wait_for(shown);
    }
}

#[test]
fn a_held_syn_ack_shows_both_kernels_and_absorbs_what_they_repeat() {
    let mut terminal = Terminal::start(&STEP, 80);
    at_the_syn_ack(&mut terminal);
    let shown = terminal.wait_for("Enter: let it through");
    assert!(shown.contains("client's kernel now: SYN-SENT"), "{shown}");
    assert!(shown.contains("server's kernel now: SYN-RECEIVED"), "{shown}");
    sleep(Duration::from_millis(1500));
    terminal.type_text("\n");
    let shown = terminal.wait_for("on the wire");
    // The client's clock runs since it called connect, a little before the SYN-ACK came to stand here.
    assert!(shown.contains("the client had no answer, and sent its own"), "{shown}");
    assert!(shown.contains("the server had no answer, and sent its own"), "{shown}");
    assert!(shown.contains("SYN-SENT* → ESTABLISHED"), "{shown}");
    let held = shown.split("let through after ").nth(1).and_then(|rest| rest.split(' ').next());
    let held: f64 = held.and_then(|seconds| seconds.parse().ok()).unwrap();
    assert!((1.5..20.0).contains(&held), "it was held for the 1.5 s that nobody typed: {shown}");
    let shown = terminal.wait_for("Enter: let it through");
    assert!(shown.contains("── ACK ──"), "the third segment comes next: {shown}");
    assert!(shown.contains("client's kernel now: ESTABLISHED"), "{shown}");
    terminal.type_text("q\n");
    let (status, _) = terminal.end();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn control_c_ends_with_130() {
    let mut terminal = Terminal::start(&STEP, 80);
    terminal.wait_for("Enter: let it through");
    terminal.type_text("\x03");
    assert_eq!(terminal.end().0.code(), Some(130));
}

#[test]
fn control_d_ends_with_0() {
    let mut terminal = Terminal::start(&STEP, 80);
    terminal.wait_for("Enter: let it through");
    terminal.type_text("\x04");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn a_terminal_that_is_closed_leaves_no_process() {
    let mut terminal = Terminal::start(&STEP, 80);
    terminal.wait_for("Enter: let it through");
    let children = format!("/proc/{0}/task/{0}/children", terminal.id());
    let lab: Vec<String> =
        std::fs::read_to_string(children).unwrap().split_whitespace().map(str::to_owned).collect();
    assert_eq!(lab.len(), 1, "one lab");
    terminal.close();
    for _ in 0..100 {
        if lab.iter().all(|id| !std::path::Path::new(&format!("/proc/{id}")).exists()) {
            return;
        }
        sleep(Duration::from_millis(20));
    }
    panic!("the lab {lab:?} still runs");
}

#[test]
fn keys_show_bytes_layers_help_and_the_step_before() {
    let mut terminal = Terminal::start(&STEP, 80);
    terminal.wait_for("q quit");
    for (key, shown) in [
        ("?", "this frame's layers"),
        ("x", "0000 [ff ff ff ff ff ff|"),
        ("l", "arp.opcode"),
        ("z", "No key z"),
    ] {
        terminal.type_text(&format!("{key}\n"));
        terminal.wait_for(shown);
    }
    terminal.type_text("\n");
    terminal.wait_for("is at 02:");
    terminal.wait_for("Enter: let it through");
    terminal.type_text("b\n");
    terminal.wait_for("who has 10.7.0.2?");
    terminal.type_text("q\n");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn without_a_terminal_lines_come_from_standard_input() {
    let run = netlab_with_input(&["handshake", "--mode=lab", "--step"], "\n".repeat(40).as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("goodbye"), "{}", run.stdout);
    let run = netlab_with_input(&["handshake", "--mode=lab", "--step"], b"\n\n");
    assert_eq!(run.code, Some(0), "the end of input quits: {}", run.stderr);
    assert!(!run.stdout.contains("goodbye"), "{}", run.stdout);
    assert!(run.stderr.contains("the input has ended: frame 3 stays"), "and says so: {}", run.stderr);
}

#[test]
fn while_an_address_is_asked_for_the_syn_waits_and_says_so() {
    let waits = "its SYN waits for this MAC address";
    let run = netlab_with_input(&["handshake", "--mode=lab", "--step", "--width=120"], b"");
    assert!(run.stdout.contains(waits), "{}", run.stdout);
    let run =
        netlab_with_input(&["handshake", "--mode=lab", "--step", "--width=120"], "\n".repeat(40).as_bytes());
    let (before, after) = run.stdout.split_once("── SYN ──").unwrap();
    assert!(before.contains(waits) && !after.contains(waits), "{}", run.stdout);
}

#[test]
fn json_says_when_a_frame_was_held_and_released() {
    let run = netlab_with_input(
        &["handshake", "--mode=lab", "--step", "--format=json"],
        "\n".repeat(40).as_bytes(),
    );
    let objects = run.json();
    let held = objects.iter().filter(|object| object["wire"] == "held").count();
    let released = objects.iter().filter(|object| object["kind"] == "released").count();
    assert!(held >= 11 && held == released, "{held} held, {released} released: {}", run.stdout);
}

#[test]
fn an_absorbed_copy_is_kept_in_the_file_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("step.pcapng");
    let path = file.to_str().unwrap();
    let mut args = STEP.to_vec();
    args.extend(["--save", path]);
    let mut terminal = Terminal::start(&args, 80);
    at_the_syn_ack(&mut terminal);
    // Should the first second have passed before, the next copy comes two seconds later.
    sleep(Duration::from_millis(2300));
    terminal.type_text("\n");
    terminal.wait_for("had no answer, and sent");
    terminal.type_text("q\n");
    assert_eq!(terminal.end().0.code(), Some(0));
    let listed = netlab(&["dissect", path]).stdout;
    assert!(listed.contains("absorbed"), "{listed}");
    let replayed = netlab(&["replay", path]).stdout;
    assert!(replayed.contains("had no answer, and sent"), "{replayed}");
}

#[test]
fn a_frame_that_the_wire_will_lose_stands_on_it_too() {
    let mut args = STEP.to_vec();
    args.push("--scenario=lost-syn");
    let mut terminal = Terminal::start(&args, 80);
    for _ in 0..2 {
        terminal.wait_for("Enter: let it through");
        terminal.type_text("\n");
    }
    let shown = terminal.wait_for("Enter: the wire loses it");
    assert!(shown.contains("── SYN ──") && !shown.contains("dropped"), "{shown}");
    terminal.type_text("\n");
    terminal.wait_for("The wire dropped this frame");
    terminal.wait_for("── SYN");
    terminal.wait_for("Enter: let it through");
    terminal.type_text("q\n");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn json_says_which_released_frames_were_lost() {
    let args = ["handshake", "--mode=lab", "--step", "--scenario=filtered", "--format=json"];
    let run = netlab_with_input(&args, "\n".repeat(40).as_bytes());
    let objects = run.json();
    let syns = objects.iter().filter(|object| object["what"] == "tcp.syn" || object["wire"] == "held");
    assert!(syns.clone().all(|object| object["wire"] == "held"), "{}", run.stdout);
    assert_eq!(objects.iter().filter(|object| object["lost"] == true).count(), 3, "{}", run.stdout);
    let summary = objects.last().unwrap();
    assert_eq!((&summary["outcome"], &summary["dropped"]), (&"no_answer".into(), &3.into()));
}

#[test]
fn a_quit_does_not_overtake_the_lines_before_it() {
    let run = netlab_with_input(&["handshake", "--mode=lab", "--step"], b"\n\nq\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout.matches("let through after").count(), 2, "{}", run.stdout);
    assert!(!run.stdout.contains("── SYN-ACK ──"), "{}", run.stdout);
}

/// How long a student thinks: two minutes where everything is checked, a few seconds elsewhere.
fn thought() -> Duration {
    Duration::from_secs(if std::env::var_os("NETLAB_CI").is_some() { 120 } else { 4 })
}

fn goes_on_after_a_thought(mut terminal: Terminal) {
    terminal.wait_for("Enter: let it through");
    sleep(thought());
    terminal.type_text(&"\n".repeat(20));
    terminal.wait_for("goodbye");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn thinking_while_the_arp_request_is_held_ends_no_story() {
    let mut terminal = Terminal::start(&STEP, 80);
    terminal.wait_for("who has 10.7.0.2?");
    goes_on_after_a_thought(terminal);
}

#[test]
fn thinking_while_the_syn_ack_is_held_ends_no_story() {
    let mut terminal = Terminal::start(&STEP, 80);
    at_the_syn_ack(&mut terminal);
    goes_on_after_a_thought(terminal);
}

#[test]
fn endless_input_is_left_in_its_pipe() {
    let mut child = util::command(&["handshake", "--mode=lab", "--step", "--format=json"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut taken = 0;
    while let Ok(count) = stdin.write(&[b'\n'; 4096]) {
        taken += count;
    }
    assert!(child.wait().unwrap().success());
    // What a pipe holds, and the lines that may wait.
    assert!(taken < 1 << 18, "it took {taken} bytes, and needed 20");
}

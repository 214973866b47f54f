//! Where a picture goes, and what is no picture.

use std::fs;

use crate::util::{command, netlab};

#[test]
fn a_file_is_named_and_its_end_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (name, begins) in [
        ("a.mmd", "%%{init: {\"fontFamily\": \"sans-serif\"}}%%\nsequenceDiagram\n"),
        ("a.svg", "<svg "),
        ("a.HTML", "<!doctype html>"),
    ] {
        let file = folder.path().join(name);
        let run = netlab(&["replay", "handshake", "-o", file.to_str().unwrap()]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(begins), "{name}: {}", &text[..40]);
        assert!(run.stderr.starts_with(&format!("netlab: wrote {}, ", file.display())), "{}", run.stderr);
        let piped = netlab(&["replay", "handshake", "--format", run_format(begins)]);
        assert_eq!(piped.stdout, text);
    }
}

fn run_format(begins: &str) -> &'static str {
    match begins {
        "<svg " => "svg",
        "<!doctype html>" => "html",
        _ => "mermaid",
    }
}

#[test]
fn a_file_that_exists_stays_unless_force_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.svg");
    fs::write(&file, "mine").unwrap();
    let path = file.to_str().unwrap();
    let run = netlab(&["replay", "handshake", "-o", path]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("exists already; --force writes over it"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(netlab(&["replay", "handshake", "-o", path, "--force"]).code, Some(0));
    assert!(fs::read_to_string(&file).unwrap().starts_with("<svg "));
}

#[test]
fn what_can_not_be_a_picture_says_what_to_type() {
    for (args, says) in [
        (&["replay", "handshake", "--format=svg", "--step"][..], "leave --step out"),
        (&["replay", "handshake", "--format=svg", "--quiz"], "leave --quiz out"),
        (&["websocket", "--format=html", "--interactive"], "leave --interactive out"),
        (&["handshake", "--format=html", "--listen=0"], "add --count 1"),
        (&["replay", "handshake", "-o", "/tmp/netlab-none.txt"], "--format html, svg or mermaid"),
        (&["replay", "handshake", "--format=json", "-o", "x.json"], "-o and --open are for pictures"),
        (&["replay", "handshake", "--format=mermaid", "--open"], "--open with --format html or svg"),
        (
            &["replay", "handshake", "--format=html", "-o", "x.svg"],
            "-o x.svg: the name says svg, and --format html; leave --format out, or name it .html",
        ),
        (&["replay", "handshake", "--format=svg", "-o", "."], "name a file in it: ./NAME.svg"),
        (&["replay", "handshake", "--format=mermaid", "-o", "."], "name a file in it: ./NAME.mmd"),
        (&["flows", "x.pcap", "--format=svg"], "handshake, websocket, replay, osi and explain"),
        (&["dissect", "x.pcap", "--format=html"], "handshake, websocket, replay, osi and explain"),
    ] {
        let run = netlab(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(says), "{args:?}: {}", run.stderr);
    }
    let run = netlab(&["replay", "handshake", "-o", "/nowhere/at/all.svg"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("there is no folder /nowhere/at"), "{}", run.stderr);
}

#[test]
fn without_a_desktop_open_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.html");
    let mut run = command(&["replay", "handshake", "--open", "-o", file.to_str().unwrap()]);
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"] {
        run.env_remove(name);
    }
    let output = run.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("open it yourself: ") && said.contains("a.html"), "{said}");
    assert!(file.is_file());
}

#[test]
fn open_hands_the_picture_to_the_desktop() {
    let folder = tempfile::tempdir().unwrap();
    let (file, told) = (folder.path().join("a.svg"), folder.path().join("told"));
    // A desktop that only notes what it is asked to open.
    let opener = folder.path().join("xdg-open");
    fs::write(&opener, format!("#!/bin/sh\nprintf %s \"$1\" > {}\n", told.display())).unwrap();
    fs::set_permissions(&opener, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let output = command(&["replay", "handshake", "--open", "-o", file.to_str().unwrap()])
        .env("PATH", path)
        .env("DISPLAY", ":9")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(told).unwrap(), file.to_str().unwrap());
}

#[test]
fn several_conversations_make_no_picture_until_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.pcap");
    let mut bytes = crate::conversation::chat();
    // The same again from another port, behind it.
    let mut again = bytes[24..].to_vec();
    let mut at = 0;
    while at < again.len() {
        let len = u32::from_le_bytes(again[at + 8..at + 12].try_into().unwrap()) as usize;
        let ports = at + 16 + 14 + 20;
        for port in [ports, ports + 2] {
            if again[port..port + 2] == 40000u16.to_be_bytes() {
                again[port..port + 2].copy_from_slice(&40001u16.to_be_bytes());
            }
        }
        at += 16 + len;
    }
    bytes.extend(again);
    fs::write(&file, bytes).unwrap();
    let path = file.to_str().unwrap();
    let run = netlab(&["replay", path, "--format=svg"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(
        run.stderr.contains("holds 2 conversations, and a picture shows one: --stream 0 to 1"),
        "{}",
        run.stderr
    );
    assert_eq!(netlab(&["replay", path, "--format=svg", "--stream=1"]).code, Some(0));
}

#[test]
fn a_damaged_capture_gives_what_it_holds_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (file, picture) = (folder.path().join("cut.pcap"), folder.path().join("cut.svg"));
    let bytes = crate::conversation::chat();
    fs::write(&file, &bytes[..bytes.len() - 5]).unwrap();
    let run = netlab(&["replay", file.to_str().unwrap(), "-o", picture.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(fs::read_to_string(picture).unwrap().contains("My name is John"));
}

#[test]
fn what_is_only_to_be_looked_at_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mut run = command(&["replay", "handshake", "--open"]);
    let output = run
        .env("TMPDIR", folder.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("BROWSER");
    assert_eq!(output.output().unwrap().status.code(), Some(1));
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(files[0].path()).unwrap().starts_with("<!doctype html>"));
}

#[test]
fn a_live_story_is_drawn_and_saved_beside() {
    let folder = tempfile::tempdir().unwrap();
    let (picture, saved) = (folder.path().join("a.html"), folder.path().join("a.pcapng"));
    let (out, save) = (picture.to_str().unwrap(), saved.to_str().unwrap());
    let run = netlab(&["handshake", "--mode=replay", "-o", out]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(fs::read_to_string(&picture).unwrap().contains("a recording (handshake), not live"));
    if cfg!(feature = "live") && netlab(&["doctor", "--format=json"]).json()[0]["works"] == true {
        let run = netlab(&["websocket", "--scenario=tutorial", "-o", out, "--save", save, "--force"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
        let page = fs::read_to_string(&picture).unwrap();
        assert!(page.contains("My name is John") && page.contains("live in the lab"), "{page}");
        assert!(fs::metadata(&saved).unwrap().len() > 1000);
    }
}

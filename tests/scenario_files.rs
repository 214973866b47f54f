//! Scenario files: what may stand in them, and how a mistake is told. Nothing is played here.
#![allow(clippy::unwrap_used, reason = "a test may stop here")]

use netlab::lab::scenario::{Action, Compress, HangUp, RawFrame, Scenario, Text, Upgrade};

/// A scenario whose client and server do these.
fn of(client: &str, server: &str) -> Result<Scenario, String> {
    let text =
        format!("title = \"x\"\nabout = \"y\"\n[client]\ndo = [{client}]\n[server]\ndo = [{server}]\n");
    Scenario::parse("mine", &text).map_err(|error| error.to_string())
}

fn client(action: &str) -> Action {
    of(action, "").unwrap().client.actions.remove(0)
}

#[test]
fn an_action_is_a_word_or_a_table() {
    assert_eq!(client("\"upgrade\""), Action::Upgrade(Upgrade::default()));
    assert_eq!(client("{ upgrade = {} }"), Action::Upgrade(Upgrade::default()));
    assert_eq!(client("\"ping\""), client("{ ping = \"\" }"));
    assert_eq!(client("\"hang-up\""), Action::HangUp(HangUp::default()));
    assert_eq!(client("\"await-closed\""), Action::AwaitClosed);
    assert_eq!(client("{ say = \"hi\" }"), Action::Say("hi".into()));
    let repeated = Text::Repeated { text: "x".to_owned(), repeat: 126 };
    assert_eq!(client("{ say = { text = \"x\", repeat = 126 } }"), Action::Say(repeated));
    let upgrade = Upgrade {
        path: "/chat".to_owned(),
        protocol: vec!["a".to_owned(), "b".to_owned()],
        compress: Some(Compress::NoContext),
        ..Upgrade::default()
    };
    let written = "{ upgrade = { path = \"/chat\", protocol = [\"a\", \"b\"], compress = \"no-context\" } }";
    assert_eq!(client(written), Action::Upgrade(upgrade));
}

#[test]
fn actions_stand_in_actions() {
    let inner = vec![Action::ByteByByte(vec![Action::Say("hi".into())]), Action::AwaitMessage];
    let written = "{ each-message = [{ byte-by-byte = [{ say = \"hi\" }] }, \"await-message\"] }";
    assert_eq!(client(written), Action::EachMessage(inner));
}

#[test]
fn what_is_left_out_of_a_frame_is_as_the_rules_want_it() {
    let frame = RawFrame { opcode: 9, fin: false, ..RawFrame::default() };
    assert_eq!(client("{ frame = { opcode = 9, fin = false } }"), Action::Frame(Box::new(frame)));
}

#[test]
fn a_mistake_names_its_line() {
    for (action, says) in [
        ("\"upgade\"", "upgade"),
        ("{ upgrade = { pth = \"/\" } }", "pth"),
        ("{ raw = \"8\" }", "no hexadecimal"),
        ("{ frame = { length-form = 8 } }", "7, 16 or 64"),
        ("{ say = { txt = \"x\" } }", "a text, or { text = "),
        ("{ together = [\"conect\"] }", "conect"),
        ("{ upgrade = { compress = \"a bit\" } }", "a bit"),
        ("7", "a word, or a table with one key"),
    ] {
        let error = of(action, "").unwrap_err();
        assert!(
            error.starts_with("scenario mine: line 4, column ") && error.contains(says),
            "{action}: {error}"
        );
    }
}

#[test]
fn what_cannot_be_played_is_refused() {
    for (client, server, says) in [
        ("\"accept-upgrade\"", "", "the client cannot accept-upgrade"),
        ("{ together = [\"listen\"] }", "", "the client cannot listen"),
        ("{ proxy = [] }", "", "the client cannot proxy"),
        ("", "\"upgrade\"", "the server cannot upgrade"),
        (
            "",
            "{ until-closed = [{ tunnel-to = \"x:1\" }, \"await-message\"] }",
            "the server cannot tunnel-to",
        ),
        ("{ until-closed = [{ say = \"for ever\" }] }", "", "needs an action that waits"),
        ("{ say = { text = \"xx\", repeat = 1000000 } }", "", "say would send more than 1048576 bytes"),
        ("{ each-message = [{ pause-ms = 60001 }] }", "", "more than a minute"),
    ] {
        let error = of(client, server).unwrap_err();
        assert!(error.contains(says), "{client} {server}: {error}");
    }
}

#[test]
fn every_built_in_one_is_the_same_after_its_way_to_the_labs_child() {
    for command in ["handshake", "websocket"] {
        let all = Scenario::all(command).unwrap();
        assert_eq!(all[0].name, Scenario::first(command));
        for scenario in all {
            let text = serde_json::to_string(&scenario).unwrap();
            assert_eq!(serde_json::from_str::<Scenario>(&text).unwrap(), scenario);
        }
    }
}

#[test]
fn titles_and_texts_are_sentences_for_the_list() {
    for scenario in Scenario::all("websocket").unwrap() {
        let Scenario { name, title, about, .. } = scenario;
        assert!(!title.ends_with(['.', '?', '!']), "{name}: {title}");
        assert!(about.ends_with('.') && about.len() < 260, "{name}: {about}");
    }
}

//! `netlab websocket`: a WebSocket from its first SYN to its last, live.

use netlab::lab::scenario::{Action, Scenario, Texts};
use netlab::story::Subject;

use super::common::ScenarioName;
use super::live_args::LiveArgs;
#[cfg(all(feature = "live", target_os = "linux"))]
use super::live_listen;
use super::own::{self, Wanted};
#[cfg(all(feature = "live", target_os = "linux"))]
use super::websocket_url;
use super::{Exit, Output, Usage};

/// What a client of ours says where nothing else was asked for.
const GREETING: &str = "Hello, server!";

/// See a WebSocket live: the HTTP Upgrade, then every frame
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Without a URL netlab makes two hosts on this computer and is itself the wire between them: no root, no second computer, no \
Internet.

Example: netlab websocket --scenario tutorial
         netlab websocket --send 'My name is John' --send 'Bye'
         netlab websocket ws://localhost:8080/chat --protocol chat
         netlab websocket --listen 8080")]
pub(crate) struct Args {
    /// A server to speak with, live, over a real interface: ws://HOST[:PORT]/PATH, or wss://
    #[arg(value_name = "URL")]
    pub(crate) target: Option<String>,

    /// What happens (--list shows them)
    #[arg(long, value_name = "NAME", conflicts_with = "target", hide_possible_values = true, value_parser = scenarios())]
    pub(crate) scenario: Option<String>,

    /// A message that the client sends, once or more [default: the scenario's; to a URL: none]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "listen")]
    pub(crate) send: Vec<String>,

    /// A subprotocol that the client asks for, once or more
    #[arg(long, value_name = "NAME", conflicts_with = "listen", value_parser = token)]
    pub(crate) protocol: Vec<String>,

    /// A header of the Upgrade request, once or more
    #[arg(long, value_name = "'NAME: VALUE'", conflicts_with = "listen", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,

    /// Type what the client sends, and see each frame as it crosses the wire; /help there lists the rest
    #[arg(long, conflicts_with_all = ["scenario", "send", "listen", "step", "quiz", "pace"])]
    pub(crate) interactive: bool,

    /// Tell TCP in full as well: handshake, ACKs, each segment, goodbye
    #[arg(long)]
    pub(crate) tcp: bool,

    /// Tell each ping and pong, not only the first of a quiet row
    #[arg(long)]
    pub(crate) heartbeats: bool,

    #[command(flatten)]
    pub(crate) live: LiveArgs,
}

/// The names of the built-in scenarios, which the shells complete.
fn scenarios() -> ScenarioName {
    ScenarioName { command: "websocket" }
}

/// A word as HTTP allows it (RFC 9110, section 5.6.2).
fn token(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if text.is_empty() || !text.chars().all(fits) {
        return Err("a name of letters, digits and - . _ , without spaces".to_owned());
    }
    Ok(text.to_owned())
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once(':').ok_or("a name, a colon, a value: 'Origin: https://example.org'")?;
    let value = value.trim();
    if value.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return Err("its value may have no control characters, and ASCII only".to_owned());
    }
    Ok((token(name)?, value.to_owned()))
}

pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let live = &args.live;
    live.prepare(args.interactive, out)?;
    if live.list {
        return own::list("websocket", out);
    }
    #[cfg(all(feature = "live", target_os = "linux"))]
    {
        if let Some(url) = &args.target {
            return websocket_url::run(args, url, out);
        }
        if let Some(port) = live.listen {
            return live_listen::run("websocket", live, port, args.subject(), out);
        }
    }
    #[cfg(not(all(feature = "live", target_os = "linux")))]
    if args.target.is_some() || live.listen.is_some() {
        anyhow::bail!("a live capture needs Linux, and a netlab built with the feature `live`");
    }
    let mut scenario = own::scenario("websocket", args.scenario.as_deref())?;
    if args.interactive {
        obey(&mut scenario);
    }
    ask_for(args, &mut scenario.client.actions)?;
    check_texts(args, &scenario)?;
    let messages = match args.send.as_slice() {
        [] => vec![scenario.message.as_deref().unwrap_or(GREETING).as_bytes().to_vec()],
        texts => texts.iter().map(|text| text.as_bytes().to_vec()).collect(),
    };
    let wanted = Wanted {
        command: "websocket",
        live,
        scenario,
        messages,
        not_recorded: not_recorded(args),
        subject: args.subject(),
        next: ("tutorial", "what a page with new WebSocket(url) does"),
    };
    own::run(&wanted, out)
}

/// The client does what is typed; the server sends every message back.
fn obey(scenario: &mut Scenario) {
    let kept = |actions: &mut Vec<Action>, last: fn(&Action) -> bool| {
        let end = actions.iter().position(last).map_or(0, |at| at + 1);
        actions.truncate(end);
    };
    let client = &mut scenario.client.actions;
    kept(client, |action| matches!(action, Action::Upgrade(_)));
    client.extend([Action::Obey, Action::Close]);
    let server = &mut scenario.server.actions;
    kept(server, |action| matches!(action, Action::AcceptUpgrade(_)));
    let answers = Action::UntilClosed(vec![Action::AwaitMessage, Action::Echo]);
    server.extend([answers, Action::Shutdown, Action::ReceiveToEnd, Action::Close]);
}

/// What is to be sent must have its place in what the client says.
fn check_texts(args: &Args, scenario: &Scenario) -> Result<(), Usage> {
    let name = &scenario.name;
    let what = match (scenario.client.texts(), args.send.len()) {
        (_, 0) | (Texts::First, 1) | (Texts::All, _) => return Ok(()),
        (Texts::First, _) => format!("the client of {name} says one message: give --send once"),
        (Texts::None, _) => format!("the client of {name} has its own words: leave --send out"),
    };
    Err(Usage(what))
}

/// Puts the protocols and headers into what the client asks.
fn ask_for(args: &Args, actions: &mut [Action]) -> Result<(), Usage> {
    if args.protocol.is_empty() && args.header.is_empty() {
        return Ok(());
    }
    for action in actions {
        if let Action::Upgrade(upgrade) = action {
            args.ask(upgrade);
            return Ok(());
        }
    }
    Err(Usage("this scenario's client asks in its own words; leave --protocol and --header out".to_owned()))
}

impl Args {
    /// What the story is about.
    pub(crate) fn subject(&self) -> Subject {
        if self.tcp {
            Subject::Tcp
        } else {
            Subject::WebSocket { heartbeats: self.heartbeats || self.interactive }
        }
    }

    /// Adds what was asked for on the command line.
    pub(crate) fn ask(&self, upgrade: &mut netlab::lab::scenario::Upgrade) {
        if !self.protocol.is_empty() {
            upgrade.protocol.clone_from(&self.protocol);
        }
        upgrade.headers.extend(self.header.iter().cloned());
    }
}

/// What a recording cannot have, in sentences.
fn not_recorded(args: &Args) -> Vec<String> {
    let mut not = Vec::new();
    match args.send.as_slice() {
        [] => {}
        [text] => not.push(format!("Your message {text:?} was not sent.")),
        _ => not.push("Your messages were not sent.".to_owned()),
    }
    if !args.protocol.is_empty() || !args.header.is_empty() {
        not.push("Your protocols and headers are not in it.".to_owned());
    }
    not
}

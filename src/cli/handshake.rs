//! `netlab handshake`: a real TCP handshake, live.

use netlab::story::Subject;

use super::common::ScenarioName;
use super::live_args::LiveArgs;
use super::own::{self, Wanted};
use super::{Exit, Output};
#[cfg(all(feature = "live", target_os = "linux"))]
use super::{live_listen, live_own};

/// What a client of ours says where nothing else was asked for.
const GREETING: &str = "Hello, server!";

/// See a real TCP handshake, live, frame by frame
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Without a target netlab makes two hosts on this computer and is itself the wire between them: no root, no second computer, no \
Internet.

Example: netlab handshake --step
         netlab handshake example.org:443
         netlab handshake --scenario lost-syn --save lost.pcapng")]
pub(crate) struct Args {
    /// A server to connect to, live, over a real interface
    #[arg(value_name = "HOST:PORT")]
    pub(crate) target: Option<String>,

    /// What happens on the wire (--list shows them)
    #[arg(long, value_name = "NAME", conflicts_with = "target", hide_possible_values = true, value_parser = scenarios())]
    pub(crate) scenario: Option<String>,

    /// What the client says [default: a short greeting; to a target: nothing]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "listen")]
    pub(crate) message: Option<String>,

    #[command(flatten)]
    pub(crate) live: LiveArgs,
}

/// The names of the built-in scenarios, which the shells complete.
fn scenarios() -> ScenarioName {
    ScenarioName { command: "handshake" }
}

pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let Args { live, message, .. } = args;
    live.prepare(false, out)?;
    if live.list {
        return own::list("handshake", out);
    }
    #[cfg(all(feature = "live", target_os = "linux"))]
    {
        if let Some(target) = &args.target {
            return live_own::target(live, target, message.as_deref(), out);
        }
        if let Some(port) = live.listen {
            return live_listen::run("handshake", live, port, Subject::Tcp, out);
        }
    }
    #[cfg(not(all(feature = "live", target_os = "linux")))]
    if args.target.is_some() || live.listen.is_some() {
        anyhow::bail!("a live capture needs Linux, and a netlab built with the feature `live`");
    }
    let said = message.as_deref().unwrap_or(GREETING);
    let wanted = Wanted {
        command: "handshake",
        live,
        scenario: own::scenario("handshake", args.scenario.as_deref())?,
        messages: vec![said.as_bytes().to_vec()],
        not_recorded: message.iter().map(|text| format!("Your message {text:?} was not sent.")).collect(),
        subject: Subject::Tcp,
        next: ("lost-syn", "the first call is lost"),
    };
    own::run(&wanted, out)
}

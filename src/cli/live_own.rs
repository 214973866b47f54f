//! The live ways to show a connection: the lab, our own two programs on loopback, a real target.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::Context;
use netlab::lab::scenario::{Program, Scenario};
use netlab::lab::{Lab, LabError, LabOptions};
use netlab::live::loopback::{self, LoopbackOptions};
use netlab::live::target::{self, TargetOptions};
use netlab::live::{Broken, Probe, Session, Trouble};
use netlab::render::{Hint, StoryHead};
use netlab::story::{Shortener, Subject, Tell, Teller};

use super::awaited::Awaited;
use super::interactive::Typing;
use super::live::{Incoming, Live, Wish, incoming};
use super::live_args::{LiveArgs, Mode};
use super::own::{Attempt, Wanted, hints};
use super::pace::Pace;
use super::present::Presenter;
use super::quoted::quoted;
use super::save::Saver;
use super::{Exit, Output, Usage};

/// Two hosts and a wire of our own.
pub(crate) fn lab(wanted: &Wanted<'_>, out: &mut Output) -> anyhow::Result<Attempt> {
    let Wanted { live: args, scenario, .. } = wanted;
    let options = LabOptions {
        exe: own_file()?,
        ipv6: args.ipv6,
        scenario: scenario.clone(),
        // What might be asked about waits, too.
        step: args.step || args.quiz,
        router: false,
        messages: wanted.messages.clone(),
    };
    let (sender, receiver) = incoming(args.hears_lines())?;
    let typing = scenario.client.obeys().then(|| Typing::new(sender.clone()));
    let lab = match Lab::start(options, move |event| drop(sender.send(Incoming::Live(event)))) {
        Ok(lab) => lab,
        Err(LabError::Broken(broken)) => return not_here("lab", broken),
        Err(error) => return Ok(Attempt::NotHere(format!("no lab, since {error}"))),
    };
    let banner = if out.is_for_a_friend() {
        "netlab · live in the lab: two hosts in this computer; netlab is the wire".to_owned()
    } else if scenario.name == Scenario::first(wanted.command) {
        "netlab · live in the lab: two hosts, this computer's own TCP; netlab is the wire".to_owned()
    } else {
        format!("netlab · live in the lab · {}", scenario.title)
    };
    let head = StoryHead { mode: "lab", ..StoryHead::default() };
    let stage = Stage { typing, ..Stage::of_our_own(wanted, head, banner, hints(wanted, Mode::Lab), out) };
    let wish = |wish| match wish {
        Wish::Release(number) => lab.release(number),
        Wish::Order(order) => lab.order(order),
    };
    let exit = stage.run(out, &receiver, &wish, |live| live.step = args.step)?;
    lab.stop();
    Ok(as_wanted(exit))
}

/// Our own server and client on the loopback interface.
pub(crate) fn loopback(wanted: &Wanted<'_>, why: &[String], out: &mut Output) -> anyhow::Result<Attempt> {
    let Wanted { live: args, scenario, .. } = wanted;
    let cannot = if args.step {
        Some("on loopback no frame can be held for --step")
    } else if !scenario.wire.is_empty() {
        Some("on loopback no frame can be lost")
    } else {
        None
    };
    if let Some(cannot) = cannot {
        return Ok(Attempt::NotHere(cannot.to_owned()));
    }
    let options = LoopbackOptions {
        ipv6: args.ipv6,
        client: scenario.client.clone(),
        server: scenario.server.clone(),
        messages: wanted.messages.clone(),
    };
    let (sender, receiver) = incoming(args.hears_lines())?;
    let typing = scenario.client.obeys().then(|| Typing::new(sender.clone()));
    let session = match loopback::start(options, move |event| drop(sender.send(Incoming::Live(event)))) {
        Ok(session) => session,
        Err(Trouble::Broken(broken)) => return not_here("loopback", broken),
        Err(error) => return Ok(Attempt::NotHere(format!("no loopback, since {error}"))),
    };
    let mut banner = "netlab · live on loopback: our own server and client, seen by a raw capture".to_owned();
    if !why.is_empty() {
        banner.push_str(&format!("; {}. netlab doctor says how to mend it.", why.join("; ")));
    }
    let why = if why.is_empty() { None } else { Some(why.join("; ")) };
    let head = StoryHead { mode: "loopback", why, ..StoryHead::default() };
    let stage =
        Stage { typing, ..Stage::of_our_own(wanted, head, banner, hints(wanted, Mode::Loopback), out) };
    let exit = stage.run(out, &receiver, &|wish| ordered(&session, wish), |_| {})?;
    session.stop();
    Ok(as_wanted(exit))
}

/// A refusal that the scenario asked for is no failure.
fn as_wanted(exit: Exit) -> Attempt {
    Attempt::Told(if exit == Exit::Failed { Exit::Fine } else { exit })
}

/// A live story that is about to be told, wherever it comes from.
struct Stage<'a> {
    args: &'a LiveArgs,
    command: &'static str,
    subject: Subject,
    head: StoryHead,
    banner: String,
    tell: Tell,
    typing: Option<Typing>,
    hints: Vec<Hint>,
}

impl<'a> Stage<'a> {
    /// For our own two programs, where nobody types.
    fn of_our_own(
        wanted: &Wanted<'a>,
        head: StoryHead,
        banner: String,
        hints: Vec<Hint>,
        out: &Output,
    ) -> Stage<'a> {
        Stage {
            args: wanted.live,
            command: wanted.command,
            subject: wanted.subject(),
            head,
            banner,
            tell: wanted.tell(out),
            typing: None,
            hints,
        }
    }
}

impl Stage<'_> {
    /// Tells it to its end; `more`: what else this source needs.
    fn run(
        self,
        out: &mut Output,
        receiver: &Receiver<Incoming>,
        wish: &dyn Fn(Wish),
        more: impl FnOnce(&mut Live<'_, '_>),
    ) -> anyhow::Result<Exit> {
        let Stage { args, subject, .. } = self;
        let level = out.level;
        let mut presenter = Presenter::new(out, args.bytes, self.head, self.banner)?;
        presenter.about(Shortener::new(subject));
        let mut live = Live::new(&mut presenter, Teller::new(self.tell));
        live.asker = args.asker(self.command, subject, level)?;
        live.pace = Pace::new(args.pace);
        live.typing = self.typing;
        live.hints = self.hints;
        live.saver = saver(args)?;
        more(&mut live);
        live.run(receiver, wish)
    }
}

/// Of a capture nothing is held; a client may obey.
fn ordered(session: &Session, wish: Wish) {
    if let Wish::Order(order) = wish {
        session.order(order);
    }
}

fn not_here(mode: &str, broken: Broken) -> anyhow::Result<Attempt> {
    Ok(Attempt::NotHere(why_not(mode, broken)?))
}

/// In plain words; `netlab doctor` has the details.
pub(super) fn why_not(mode: &str, broken: Broken) -> anyhow::Result<String> {
    let probe = Probe::of(broken, &own_file()?);
    Ok(format!("no {mode}, since {}", probe.brief))
}

/// A real server, greeted.
pub(crate) fn target(
    args: &LiveArgs,
    target: &str,
    message: Option<&str>,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let message = message.filter(|text| !text.is_empty());
    let call = Call {
        shown: target,
        address: target.to_owned(),
        client: target::greeter(message.is_some()),
        messages: message.iter().map(|text| text.as_bytes().to_vec()).collect(),
        again: format!("netlab handshake {target}"),
        command: "handshake",
        subject: Subject::Tcp,
        must_open: false,
        waits: Duration::ZERO,
    };
    call.run(args, out)
}

/// A connection of ours to a real server.
pub(crate) struct Call<'a> {
    /// What the user typed.
    pub(crate) shown: &'a str,
    /// `HOST:PORT`.
    pub(crate) address: String,
    /// What our client does there.
    pub(crate) client: Program,
    pub(crate) messages: Vec<Vec<u8>>,
    /// The command again, to which a flag may be added.
    pub(crate) again: String,
    pub(crate) command: &'static str,
    /// What its story is about.
    pub(crate) subject: Subject,
    /// Whether the work is done only if a WebSocket opens.
    pub(crate) must_open: bool,
    /// How much longer than `--timeout` it may take: it waits on purpose.
    pub(crate) waits: Duration,
}

impl Call<'_> {
    /// Makes it, and tells it.
    pub(crate) fn run(self, args: &LiveArgs, out: &mut Output) -> anyhow::Result<Exit> {
        let obeys = self.client.obeys();
        let tells_keys = self.client.tells_keys();
        let options = TargetOptions {
            target: self.address.clone(),
            ipv6: if args.ipv6 { Some(true) } else { args.ipv4.then_some(false) },
            interface: args.interface.clone(),
            timeout: Duration::from_secs_f64(args.timeout),
            waits: self.waits,
            client: self.client,
            messages: self.messages,
        };
        let (sender, receiver) = incoming(args.hears_lines())?;
        let typing = obeys.then(|| Typing::new(sender.clone()));
        let session = target::start(options, move |event| drop(sender.send(Incoming::Live(event))))
            .map_err(with_what_to_type)?;
        let head = StoryHead { mode: "interface", ..StoryHead::default() };
        let banner = format!("netlab · live: a connection to {}, seen by a raw capture", self.shown);
        let tell = Tell { all: out.verbose || out.json(), ..Tell::default() };
        let host = self.address.rsplit_once(':').map(|(host, _)| host.trim_matches(['[', ']']));
        let stage = Stage {
            args,
            command: self.command,
            subject: self.subject,
            head,
            banner,
            tell,
            typing,
            hints: after_capture(args, self.command, &self.again),
        };
        let exit = stage.run(out, &receiver, &|wish| ordered(&session, wish), |live| {
            live.must_open = self.must_open;
            live.awaited = Awaited::new(tells_keys);
            live.server_name = host.map(str::to_owned);
        })?;
        session.stop();
        Ok(exit)
    }
}

/// What goes well after frames of a real interface. `again`: the command that showed them.
pub(crate) fn after_capture(args: &LiveArgs, command: &str, again: &str) -> Vec<Hint> {
    let hint = |command: String, shows| Hint { command, shows };
    let mut hints = Vec::new();
    match &args.save {
        Some(file) => {
            let command = format!("netlab replay {} --step", quoted(file));
            hints.push(hint(command, "the same, one frame at a time"));
        }
        None if !args.bytes => {
            hints.push(hint(format!("{again} --bytes"), "the bytes behind the numbers"));
        }
        None => {}
    }
    hints.push(hint(format!("netlab {command} --list"), "what can happen on the wire"));
    hints
}

pub(crate) fn saver(args: &LiveArgs) -> anyhow::Result<Option<Saver>> {
    args.save.as_ref().map(|path| Saver::create(path, args.overwrite.force)).transpose()
}

/// The reason, and what mends it.
pub(crate) fn with_what_to_type(trouble: Trouble) -> anyhow::Error {
    match trouble {
        Trouble::Target { .. } => Usage(trouble.to_string()).into(),
        // What was typed is sound; the world has no such thing, like a file that is not there.
        Trouble::Name { .. } => {
            anyhow::anyhow!("{trouble}; look for a slip in it, or give an address, such as 192.0.2.1:80")
        }
        Trouble::Broken(broken) => {
            let Ok(exe) = own_file() else { return broken.into() };
            let probe = Probe::of(broken, &exe);
            match probe.mend {
                Some(mend) => anyhow::anyhow!("{broken}. {} Type: {}", probe.why, mend.command),
                None => anyhow::anyhow!("{broken}. {}", probe.why),
            }
        }
        // Its text holds the cause already.
        other => anyhow::anyhow!("{other}"),
    }
}

pub(super) fn own_file() -> anyhow::Result<std::path::PathBuf> {
    std::env::current_exe().context("netlab does not find its own file")
}

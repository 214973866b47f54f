//! Scenarios: who does what, and what the wire does to which frame. Data, not code; `docs/scenarios.md` is the format.

use std::fmt;
use std::time::Duration;

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Deserializer, Serialize};

use crate::event::Host;
pub use crate::peer::{
    AcceptUpgrade, Action, Compress, HangUp, Hex, LengthForm, Order, Program, RawFrame, StartTls, Text,
    Texts, Upgrade,
};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/lessons/scenarios");

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What `--scenario` calls it: the file's name without the command and `.toml`. Not written in the file.
    #[serde(default)]
    pub name: String,
    /// What happens, as a headline.
    pub title: String,
    /// What happens, in one to three sentences, for `--list`.
    pub about: String,
    /// What `{message}` stands for where the student says nothing else; a greeting if left out.
    #[serde(default)]
    pub message: Option<String>,
    /// The server's port in the lab.
    #[serde(default = "usual_port")]
    pub port: u16,
    /// The program on the client.
    pub client: Program,
    /// The program on the server.
    pub server: Program,
    /// What the wire does to frames that must not simply pass; the first rule that fits wins.
    #[serde(default)]
    pub wire: Vec<Rule>,
    /// Kernel settings of this scenario.
    #[serde(default)]
    pub kernel: Vec<Setting>,
}

fn usual_port() -> u16 {
    8080
}

/// What the wire does to some frames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// To which.
    #[serde(rename = "match")]
    pub which: Match,
    /// What.
    #[serde(rename = "do")]
    pub what: Do,
}

/// Which frames a rule is about; what is left out fits every frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// Who sent it.
    #[serde(default)]
    pub from: Option<Host>,
    /// What it is.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Which of those, counted from 1: one number or a list; all of them if left out.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub nth: Vec<u64>,
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "nth is a number from 1, or a list of such numbers")]
    enum Either {
        One(u64),
        Many(Vec<u64>),
    }
    let numbers = match Either::deserialize(deserializer)? {
        Either::One(number) => vec![number],
        Either::Many(numbers) => numbers,
    };
    if numbers.is_empty() || numbers.contains(&0) {
        return Err(serde::de::Error::custom("nth counts from 1"));
    }
    Ok(numbers)
}

/// What a frame is, to a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// ARP or neighbour discovery: who has this address?
    NeighbourRequest,
    /// ARP or neighbour discovery: I have it.
    NeighbourReply,
    /// SYN without ACK.
    Syn,
    /// SYN with ACK.
    SynAck,
    /// A segment that only acknowledges.
    Ack,
    /// A segment with data, and without SYN, FIN, RST.
    Data,
    /// A segment with FIN.
    Fin,
    /// A segment with RST.
    Rst,
    /// ICMP or ICMPv6 that is no neighbour discovery.
    Icmp,
    /// Anything else.
    Other,
}

impl Kind {
    /// ARP or neighbour discovery.
    pub(crate) fn is_neighbour(self) -> bool {
        matches!(self, Kind::NeighbourRequest | Kind::NeighbourReply)
    }
}

/// What the wire does to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Do {
    /// Let it through.
    Pass,
    /// Let it vanish.
    Drop,
    /// Let it through after so many milliseconds. (Where frames are held by hand, the hand decides.)
    DelayMs(u64),
}

/// A kernel setting of one host, or of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Whose kernel; both if left out.
    #[serde(default)]
    pub host: Option<Host>,
    /// Its dotted name, which starts with `net.`.
    pub set: String,
    /// Its value.
    pub to: String,
    /// What that does, as a sentence for `-v`.
    pub says: String,
}

/// A scenario that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("scenario {name}: {at}{cause}")]
pub struct ScenarioError {
    /// The file or name.
    pub name: String,
    /// Where in it.
    pub at: Place,
    /// What is wrong.
    pub cause: String,
}

/// A line and a column, both from 1; nothing where the file as a whole is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(pub Option<(usize, usize)>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((line, column)) => write!(f, "line {line}, column {column}: "),
            None => Ok(()),
        }
    }
}

impl Scenario {
    /// Reads one from TOML.
    ///
    /// # Errors
    /// With line and column, where the text is no TOML or no scenario.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, ScenarioError> {
        let mut scenario: Scenario = toml::from_str(text).map_err(|error| {
            let at = Place(error.span().map(|span| line_and_column(text, span.start)));
            ScenarioError { name: name.to_owned(), at, cause: error.message().replace('\n', " ") }
        })?;
        scenario.name = name.to_owned();
        scenario.check().map_err(|cause| ScenarioError { name: name.to_owned(), at: Place(None), cause })?;
        Ok(scenario)
    }

    /// The built-in ones of a command (`handshake`, `websocket`), the one that is played without a name first, then by name.
    ///
    /// # Errors
    /// If a file is damaged; a test reads them all.
    pub fn all(command: &str) -> Result<Vec<Scenario>, ScenarioError> {
        let mut all = Vec::new();
        for file in FILES.files() {
            let stem = file.path().file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let Some(name) = stem.strip_prefix(command).and_then(|rest| rest.strip_prefix('-')) else {
                continue;
            };
            all.push(Scenario::parse(name, file.contents_utf8().unwrap_or_default())?);
        }
        let first = Scenario::first(command);
        all.sort_by_key(|scenario| (scenario.name != first, scenario.name.clone()));
        Ok(all)
    }

    /// The name of the one that a command plays when none is named.
    pub fn first(command: &str) -> &'static str {
        if command == "websocket" { "chat" } else { "plain" }
    }

    /// The names of the built-in ones of a command, without reading them.
    pub fn names(command: &str) -> Vec<&'static str> {
        let stems = FILES.files().filter_map(|file| file.path().file_stem()?.to_str());
        stems.filter_map(|stem| stem.strip_prefix(command)?.strip_prefix('-')).collect()
    }

    /// The built-in one of this name.
    ///
    /// # Errors
    /// If a file is damaged, or none has this name; the error then lists those that there are.
    pub fn find(command: &str, name: &str) -> Result<Scenario, ScenarioError> {
        let all = Scenario::all(command)?;
        let names: Vec<String> = all.iter().map(|scenario| scenario.name.clone()).collect();
        all.into_iter().find(|scenario| scenario.name == name).ok_or_else(|| ScenarioError {
            name: name.to_owned(),
            at: Place(None),
            cause: format!("there is none of this name; there are: {}", names.join(", ")),
        })
    }

    /// What serde's types cannot say.
    fn check(&self) -> Result<(), String> {
        for (host, program) in [(Host::Client, &self.client), (Host::Server, &self.server)] {
            program.actions.iter().try_for_each(|action| action.check(host))?;
            let total: Duration = program.actions.iter().map(Action::pause).sum();
            if total > Duration::from_secs(60) {
                return Err(format!("the {host} would pause for more than a minute"));
            }
        }
        if self.wire.iter().any(|rule| matches!(rule.what, Do::DelayMs(millis) if millis > 60_000)) {
            return Err("the wire would delay a frame by more than a minute".to_owned());
        }
        if let Some(setting) = self.kernel.iter().find(|setting| !setting.is_network()) {
            return Err(format!("{:?} is no network setting; its name must start with net.", setting.set));
        }
        Ok(())
    }

    /// Whether the end depends on the kernel's clocks: a frame vanishes, or a setting bounds how long a host tries.
    pub fn depends_on_clocks(&self) -> bool {
        !self.wire.is_empty() || !self.kernel.is_empty()
    }
}

impl Setting {
    /// Dotted words only, below `net.`: nothing that leads out of `/proc/sys/net`.
    fn is_network(&self) -> bool {
        let word = |word: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        };
        self.set.starts_with("net.") && self.set.split('.').all(word)
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let text = "title = \"x\"\nabout = \"y\"\n[client]\ndo = [\"conect\"]\n[server]\ndo = []\n";
        let error = Scenario::parse("mine", text).unwrap_err().to_string();
        assert!(error.starts_with("scenario mine: line 4, column"), "{error}");
        assert!(error.contains("conect"), "{error}");
    }

    #[test]
    fn settings_stay_in_the_network() {
        for name in ["kernel.hostname", "net/../kernel", "net...kernel", "net.ipv4.", "/net.x"] {
            let setting = Setting { host: None, set: name.into(), to: "1".into(), says: String::new() };
            assert!(!setting.is_network(), "{name}");
        }
    }
}

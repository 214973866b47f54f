//! Every term that can be explained, and all that each is called.

use crate::dissect::{self, Kind};
use crate::flow;
use crate::flow::tls::{AlertDescription, ContentType, MessageType};
use crate::words::Book;

use super::notes::Notes;

/// What kind of term it is. The order is that of `explain --all`, and of what is meant first where two have the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The seven of OSI.
    Layers,
    /// The vocabulary.
    Words,
    /// What headers belong to.
    Protocols,
    /// TCP's control bits.
    Flags,
    /// TCP's options.
    Options,
    /// TCP's states.
    States,
    /// Kinds of WebSocket frames.
    Opcodes,
    /// Why a WebSocket ends.
    CloseCodes,
    /// How HTTP answers.
    StatusCodes,
    /// Lines of an HTTP header.
    Headers,
    /// What the referee knows.
    Rules,
    /// What a story tells.
    Steps,
    /// How a conversation went, by `netlab flows`.
    Outcomes,
    /// Numbers of TLS: records, messages, alerts.
    Tls,
    /// All that stands in packets, and what follows from it.
    Fields,
}

impl Group {
    /// All of them, in order.
    pub const ALL: [Group; 15] = [
        Group::Layers,
        Group::Words,
        Group::Protocols,
        Group::Flags,
        Group::Options,
        Group::States,
        Group::Opcodes,
        Group::CloseCodes,
        Group::StatusCodes,
        Group::Headers,
        Group::Rules,
        Group::Steps,
        Group::Outcomes,
        Group::Tls,
        Group::Fields,
    ];

    /// The name to be typed.
    pub fn name(self) -> &'static str {
        match self {
            Group::Layers => "layers",
            Group::Words => "words",
            Group::Protocols => "protocols",
            Group::Flags => "flags",
            Group::Options => "options",
            Group::States => "states",
            Group::Opcodes => "opcodes",
            Group::CloseCodes => "close-codes",
            Group::StatusCodes => "status-codes",
            Group::Headers => "headers",
            Group::Rules => "rules",
            Group::Steps => "steps",
            Group::Outcomes => "outcomes",
            Group::Tls => "tls",
            Group::Fields => "fields",
        }
    }

    /// What one of them is: `TCP flag`.
    pub fn one(self) -> &'static str {
        match self {
            Group::Layers => "layer",
            Group::Words => "word",
            Group::Protocols => "protocol",
            Group::Flags => "TCP flag",
            Group::Options => "TCP option",
            Group::States => "TCP state",
            Group::Opcodes => "WebSocket opcode",
            Group::CloseCodes => "WebSocket close code",
            Group::StatusCodes => "HTTP status code",
            Group::Headers => "HTTP header line",
            Group::Rules => "rule of WebSocket",
            Group::Steps => "step of a story",
            Group::Outcomes => "outcome in netlab flows",
            Group::Tls => "number of TLS",
            Group::Fields => "field",
        }
    }

    /// Of a key; `None` for words that are no term of their own: glosses, and what belongs to a layer.
    fn of(key: &str) -> Option<Group> {
        let (kind, rest) = key.split_once(' ').unwrap_or(("", key));
        // `http` as a field says no more than the protocol; what `netlab osi` says is about one frame.
        if !key.contains([' ', '.']) || key.starts_with("osi.") {
            return None;
        }
        Some(match kind {
            "word" => Group::Words,
            "layer" => Group::Protocols,
            "state" => Group::States,
            "opcode" => Group::Opcodes,
            "close" => Group::CloseCodes,
            "status" => Group::StatusCodes,
            "header" => Group::Headers,
            "option" => Group::Options,
            "rule" => Group::Rules,
            "step" => Group::Steps,
            "outcome" => Group::Outcomes,
            "tls" => Group::Tls,
            "" if rest.starts_with("layer.") => {
                return (rest.matches('.').count() == 1).then_some(Group::Layers);
            }
            "" if rest.starts_with("tcp.flags.") && kind_of(rest) == Some(Kind::Flag) => Group::Flags,
            "" if ["tcp.options.", "tcp.option"].iter().any(|start| rest.starts_with(start)) => {
                Group::Options
            }
            "" if label_of(rest).is_some_and(|label| http_line(rest, label)) => Group::Headers,
            "" => Group::Fields,
            _ => return None,
        })
    }
}

/// Whether a field is a line of an HTTP header: its label is the line's own name.
fn http_line(name: &str, label: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let rest = name.strip_prefix("http.").map(|rest| rest.strip_suffix("_header").unwrap_or(rest));
    rest == Some(&plain(label))
}

/// What kind of value a field has.
fn kind_of(name: &str) -> Option<Kind> {
    flow::kind_of(name).or_else(|| dissect::find_field(name).map(dissect::Field::kind))
}

/// A field's short English name.
fn label_of(name: &str) -> Option<&'static str> {
    flow::label_of(name).or_else(|| dissect::find_field(name).map(|field| field.label))
}

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term<'a> {
    /// The key of its words.
    pub key: &'a str,
    /// What kind of term it is.
    pub group: Group,
    /// What it is mostly called.
    pub name: String,
    /// All that it is called, `name` and `key` among it. The first ones are most its own.
    pub names: Vec<String>,
    /// What people say who do not know its name.
    pub said: Vec<&'a str>,
}

/// All of them.
#[derive(Debug)]
pub struct Terms<'a> {
    all: Vec<Term<'a>>,
}

impl<'a> Terms<'a> {
    /// Of all that there are words for.
    pub fn new(book: &Book<'a>, notes: &Notes<'a>) -> Terms<'a> {
        let fields = dissect::all_fields().into_iter().chain(flow::all_fields());
        let order: std::collections::HashMap<&str, usize> =
            fields.enumerate().map(|(place, name)| (name, place)).collect();
        let mut all: Vec<Term<'a>> = book.entries().filter_map(|entry| Term::new(entry.key, notes)).collect();
        // Fields in the order of their headers, numbers as numbers, all else by its name.
        all.sort_by_cached_key(|term| {
            let place = order.get(term.key).copied().unwrap_or(usize::MAX);
            (term.group, place, number_of(term.key).unwrap_or(u64::MAX), term.name.to_lowercase())
        });
        Terms { all }
    }

    /// In the order of their groups.
    pub fn all(&self) -> &[Term<'a>] {
        &self.all
    }

    /// The one of this key.
    pub fn of_key(&self, key: &str) -> Option<&Term<'a>> {
        self.all.iter().find(|term| term.key == key)
    }
}

impl<'a> Term<'a> {
    fn new(key: &'a str, notes: &Notes<'a>) -> Option<Term<'a>> {
        let group = Group::of(key)?;
        let rest = key.split_once(' ').map_or(key, |(_, rest)| rest);
        let note = notes.find(key);
        let label = if key == rest { label_of(key) } else { None };
        let own = note.and_then(|note| note.name);
        let name = match group {
            _ if own.is_some() => own.unwrap_or_default().to_owned(),
            Group::Fields | Group::Headers | Group::Options => label.unwrap_or(rest).to_owned(),
            Group::Tls => rest.split_once(' ').map_or(rest, |(_, name)| name).to_owned(),
            _ => rest.to_owned(),
        };
        let mut names = vec![name.clone(), key.to_owned(), rest.to_owned()];
        if let Some(note) = note {
            names.extend(note.also.iter().map(|also| (*also).to_owned()));
        }
        names.extend(label.map(str::to_owned));
        // What one may say with it: `state TIME-WAIT`, `close code 1006`.
        match group {
            Group::Layers => {
                let number = rest.trim_start_matches("layer.");
                let all = [
                    number.to_owned(),
                    format!("layer {number}"),
                    format!("l{number}"),
                    format!("osi {number}"),
                    format!("{name} layer"),
                ];
                names.extend(all);
            }
            Group::States => names.push(format!("{rest} state")),
            Group::Opcodes | Group::Flags => {
                names.extend([format!("{name} frame"), format!("{name} flag"), format!("flag {name}")]);
                names.extend(opcodes(key).iter().flat_map(|number| {
                    let hex = format!("{number:#x}");
                    [format!("opcode {number}"), format!("opcode {hex}"), hex]
                }));
            }
            Group::CloseCodes => names.extend([format!("close code {rest}"), format!("code {rest}")]),
            Group::StatusCodes => {
                let starts = ["http", "code", "status code", "http status", "error"];
                names.extend(starts.map(|start| format!("{start} {rest}")));
            }
            Group::Headers => names.extend([format!("{name} header"), format!("header {name}")]),
            Group::Rules => names.extend(rest.strip_prefix("ws.").map(str::to_owned)),
            Group::Options => names.push(format!("{name} option")),
            Group::Tls => {
                names.extend(rest.rsplit(' ').next().map(str::to_owned));
                if let (Some((kind, _)), Some(number)) = (rest.split_once(' '), number_of(key)) {
                    names.extend([format!("{kind} {number}"), format!("TLS {kind} {number}")]);
                }
            }
            Group::Fields => names.extend(rest.rsplit('.').next().map(str::to_owned)),
            _ => {}
        }
        let said = note.map(|note| note.said.clone()).unwrap_or_default();
        Some(Term { key, group, name, names, said })
    }

    /// The display filter that finds it; `None` where no frame can show it, or its step has one of its own.
    pub fn filter(&self, notes: &Notes<'a>) -> Option<String> {
        if let Some(find) = notes.find(self.key).and_then(|note| note.find) {
            return (find != "-").then(|| find.to_owned());
        }
        let rest = self.key.split_once(' ').map_or(self.key, |(_, rest)| rest);
        let number = number_of(self.key);
        match self.group {
            Group::Protocols => Some(rest.to_owned()),
            Group::Opcodes => number.map(|number| format!("websocket.opcode == {number}")),
            Group::CloseCodes => {
                let field = "websocket.payload.close.status_code";
                Some(match rest.split_once('-') {
                    Some((from, to)) => format!("{field} >= {from} and {field} <= {to}"),
                    None => format!("{field} == {rest}"),
                })
            }
            Group::StatusCodes => Some(format!("http.response.code == {rest}")),
            Group::Tls => Some(format!("{} == {}", tls_field(self.key)?, number?)),
            Group::Flags | Group::Options | Group::Headers | Group::Fields if rest == self.key => {
                let set = if kind_of(rest) == Some(Kind::Flag) { " == 1" } else { "" };
                Some(format!("{rest}{set}"))
            }
            _ => None,
        }
    }

    /// The field whose place and value say most of it; `None` where there is none.
    pub fn field(&self, notes: &Notes<'a>) -> Option<&'a str> {
        let noted = notes.find(self.key).and_then(|note| note.field);
        noted.or_else(|| match self.group {
            Group::Opcodes => Some("websocket.opcode"),
            Group::CloseCodes => Some("websocket.payload.close.status_code"),
            Group::StatusCodes => Some("http.response.code"),
            Group::Tls => tls_field(self.key),
            _ if self.key.contains(' ') || self.group == Group::Layers => None,
            _ => Some(self.key),
        })
    }

    /// The protocol whose header it is, where it is one.
    pub fn protocol(&self) -> Option<&'a str> {
        (self.group == Group::Protocols).then(|| self.key.strip_prefix("layer ")).flatten()
    }

    /// The number that its field has, where it stands for one.
    pub(super) fn number(&self) -> Option<u64> {
        let one = matches!(self.group, Group::Opcodes | Group::CloseCodes | Group::StatusCodes | Group::Tls);
        // `close 3000-3999` is many.
        (one && !self.key.contains('-')).then(|| number_of(self.key)).flatten()
    }

    /// Whether it is a range of close codes, as `close 4000-4999`, that holds `code`.
    pub(super) fn holds(&self, code: u16) -> bool {
        let range = self.key.strip_prefix("close ").and_then(|range| range.split_once('-'));
        let ends = range.and_then(|(from, to)| Some((from.parse::<u16>().ok()?, to.parse::<u16>().ok()?)));
        ends.is_some_and(|(from, to)| (from..=to).contains(&code))
    }

    /// Whether it is the kind of WebSocket frame that has this number.
    pub(super) fn is_opcode(&self, number: u64) -> bool {
        opcodes(self.key).contains(&number)
    }

    /// Whether a step of the story tells it, so that the step's filter finds it.
    pub fn has_step(&self) -> bool {
        matches!(self.group, Group::Steps | Group::States | Group::Rules)
    }

    /// Whether no frame can ever show it: a word of netlab's own, a code that is never on the wire.
    pub fn is_words_alone(&self, notes: &Notes<'a>) -> bool {
        notes.find(self.key).and_then(|note| note.find) == Some("-")
    }
}

/// The field that has the number of a record, a message or an alert of TLS.
fn tls_field(key: &str) -> Option<&'static str> {
    Some(match key.split(' ').nth(1)? {
        "record" => "tls.record.content_type",
        "message" => "tls.handshake.type",
        _ => "tls.alert_message.desc",
    })
}

/// The numbers of a kind of WebSocket frame; none for anything else.
fn opcodes(key: &str) -> Vec<u64> {
    match (key, number_of(key)) {
        ("opcode reserved", _) => (3..=7).chain(11..=15).collect(),
        (_, Some(number)) if key.starts_with("opcode ") => vec![number],
        _ => Vec::new(),
    }
}

/// The number that a key stands for, by which its group is put in order.
fn number_of(key: &str) -> Option<u64> {
    let (kind, rest) = key.split_once(' ').or_else(|| key.split_once('.'))?;
    match kind {
        "layer" | "close" | "status" => rest.split('-').next()?.parse().ok(),
        "opcode" => {
            let names = ["continuation", "text", "binary", "", "", "", "", "", "close", "ping", "pong"];
            names.iter().position(|name| *name == rest).map(|at| at as u64)
        }
        "tls" => {
            let (what, name) = rest.split_once(' ')?;
            match what {
                "record" => known(ContentType::KNOWN, name).map(|one| one.0),
                "message" => known(MessageType::KNOWN, name).map(|one| one.0),
                _ => known(AlertDescription::KNOWN, name).map(|one| one.0),
            }
            .map(u64::from)
        }
        _ => None,
    }
}

fn known<T: Copy + ToString>(all: &[T], name: &str) -> Option<T> {
    all.iter().copied().find(|one| one.to_string() == name)
}

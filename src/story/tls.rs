//! Steps of what is told of TLS: hellos, the rest of the handshake, records that are closed or opened, alerts.

use crate::flow::talk::{TlsBody, TlsMessage, TlsRecord};
use crate::flow::tls::{
    AlertDescription, ClientHello, ContentType, MessageType, Reading, ServerHello, Unread, Version, is_grease,
};

use super::message::shown;
use super::sealed::{Purpose, TlsSaid};
use super::step::Step;
use super::values::{bytes_of, grouped};
use super::what::What;

/// So many names or numbers are listed in a sentence.
const LISTED: usize = 4;

/// What was told once needs no words again.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// What the server has picked.
    version: Option<Version>,
    aside: bool,
    data: bool,
    sealed: Option<Unread>,
    alert: Option<String>,
}

/// What records are told as.
pub(super) fn kind(said: &TlsSaid) -> What {
    match said.purpose {
        Purpose::Hello => match hello(said) {
            Some(TlsBody::ClientHello(_)) => What::TlsClientHello,
            Some(TlsBody::ServerHello(hello)) if hello.is_retry() => What::TlsRetry,
            _ => What::TlsServerHello,
        },
        Purpose::Handshake => What::TlsHandshake,
        Purpose::Aside => What::TlsAside,
        Purpose::Alert => What::TlsAlert,
        Purpose::Data => What::TlsData,
        Purpose::Sealed => What::TlsSealed,
    }
}

fn hello(said: &TlsSaid) -> Option<&TlsBody> {
    let messages = said.records.iter().flat_map(|record| &record.messages);
    messages.map(|message| &message.body).find(|body| !matches!(body, TlsBody::Other))
}

/// Makes `step`, blank so far, the step of these records.
pub(super) fn describe(step: &mut Step, said: TlsSaid, drawn: &mut Drawn) {
    let (first, last) = (said.records.first(), said.records.last());
    if let Some(start) = first.map(|record| record.record.first_frame)
        && let Some(end) = last.map(|record| record.record.last_frame)
        && start < end
    {
        step.frames.push(start);
        step.notes.push(format!("It begins in frame {start}, in another segment."));
    }
    step.fields = said.records.iter().flat_map(TlsRecord::fields).filter_map(|field| shown(&field)).collect();
    let frame = step.frames.first().copied().unwrap_or_default();
    let at_frame = |what: &str| format!("frame.number == {frame} and {what}");
    step.filter = at_frame("tls.record.length");
    let mut value = |name: &'static str, value: String| step.values.push((name, value));
    value("records", records(said.count));
    value("len", grouped(said.len));
    value("lengths", lengths(&said));
    if said.inside > 0 {
        value("inside", grouped(said.inside));
    }
    match said.purpose {
        Purpose::Hello => match hello(&said) {
            Some(TlsBody::ClientHello(hello)) => client_hello(step, hello),
            Some(TlsBody::ServerHello(hello)) => {
                drawn.version = Some(hello.version());
                server_hello(step, hello);
            }
            _ => {}
        },
        Purpose::Handshake => {
            let list = messages(&said);
            step.label = format!("TLS: {list}");
            step.values.push(("list", list));
            step.full = has(&said, MessageType::CERTIFICATE);
            // What it is called says enough.
            step.carries = !step.full;
            when(step, has(&said, MessageType::CERTIFICATE), "if_certificate");
            when(step, has(&said, MessageType::FINISHED), "if_finished");
            let is_new = drawn.version == Some(Version::TLS13);
            when(step, is_new && has(&said, MessageType::CERTIFICATE_VERIFY), "if_signed");
            version(step, drawn.version);
            step.filter = at_frame("tls.handshake.type");
        }
        Purpose::Aside => {
            step.label = format!("TLS: {}", messages(&said));
            step.carries = std::mem::replace(&mut drawn.aside, true);
            when(step, has(&said, MessageType::NEW_SESSION_TICKET), "if_ticket");
            when(step, has(&said, MessageType::KEY_UPDATE), "if_update");
            let changes =
                said.records.iter().any(|record| record.record.content == ContentType::CHANGE_CIPHER_SPEC);
            let means = drawn.version.filter(|_| changes).map(|version| version == Version::TLS13);
            when(step, means == Some(true), "if_change");
            when(step, means == Some(false), "if_change12");
        }
        Purpose::Alert => {
            let alert = said.records.iter().find_map(|record| record.alert);
            let name = alert.map(|alert| alert.description.to_string()).unwrap_or_default();
            step.label = format!("TLS alert {name}");
            step.carries = drawn.alert.replace(name.clone()).as_ref() == Some(&name);
            step.values.push(("alert", name));
            let closes = alert.is_some_and(|alert| alert.description == AlertDescription::CLOSE_NOTIFY);
            step.values.push((if closes { "if_close" } else { "if_error" }, String::new()));
            step.filter = at_frame("tls.alert_message.desc");
        }
        Purpose::Data => {
            step.label = sizes(&said);
            step.full = !drawn.data;
            step.carries = std::mem::replace(&mut drawn.data, true);
        }
        Purpose::Sealed => {
            step.label = sizes(&said);
            version(step, drawn.version);
            if let Some(why) = said.why {
                step.values.push(("why", why.to_string()));
                // Another reason is worth a word again.
                let told = drawn.sealed.replace(why) == Some(why);
                (step.full, step.carries) = (!told, told);
            }
        }
    }
}

/// Marks which TLS it is, where its hello was seen.
fn version(step: &mut Step, version: Option<Version>) {
    when(step, version == Some(Version::TLS13), "if_tls13");
    when(step, version.is_some_and(|version| version != Version::TLS13), "if_tls12");
}

/// Whether a message of this kind is among these.
fn has(said: &TlsSaid, kind: MessageType) -> bool {
    said.records.iter().flat_map(|record| &record.messages).any(|message| message.kind == kind)
}

/// A sentence with this name is told where it is so.
fn when(step: &mut Step, holds: bool, name: &'static str) {
    step.values.extend(holds.then(|| (name, String::new())));
}

/// Says of what the keys have opened that it was hidden.
pub(super) fn inside(step: &mut Step) {
    if step.inside_tls {
        step.label.insert_str(0, "inside: ");
    }
}

fn records(count: u64) -> String {
    format!("{} {}", grouped(count), if count == 1 { "record" } else { "records" })
}

/// `38`, `38, 459, 95 and 69`, `38, 459, 95, 69 ...`.
fn lengths(said: &TlsSaid) -> String {
    let counted = said.records.iter().filter(|record| {
        said.purpose == Purpose::Aside || record.record.content != ContentType::CHANGE_CIPHER_SPEC
    });
    let all: Vec<String> = counted.take(LISTED).map(|record| grouped(record.record.len as u64)).collect();
    match all.as_slice() {
        _ if said.count > LISTED as u64 => format!("{} …", all.join(", ")),
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => all.concat(),
    }
}

/// `TLS record, 38 bytes`, `4 TLS records, 661 bytes`.
fn sizes(said: &TlsSaid) -> String {
    match said.count {
        1 => format!("TLS record, {}", bytes_of(said.len)),
        count => format!("{} TLS records, {}", grouped(count), bytes_of(said.len)),
    }
}

/// The names of the messages, each once.
fn messages(said: &TlsSaid) -> String {
    let mut names: Vec<String> = Vec::new();
    for record in &said.records {
        let name = |message: &TlsMessage| message.kind.to_string().replace('_', " ");
        let own: Vec<String> = match record.messages.as_slice() {
            [] if record.reading == Reading::Plain && said.purpose == Purpose::Aside => {
                vec![record.record.content.to_string().replace('_', " ")]
            }
            messages => messages.iter().map(name).collect(),
        };
        for name in own {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if names.is_empty() { "a part of a message".to_owned() } else { names.join(", ") }
}

fn client_hello(step: &mut Step, hello: &ClientHello) {
    let offered = |version: Version| !is_grease(version.0);
    let mut versions: Vec<String> = hello
        .versions
        .iter()
        .copied()
        .filter(|version| offered(*version))
        .map(|one| one.to_string())
        .collect();
    if versions.is_empty() {
        versions.push(hello.legacy_version.to_string());
    }
    let suites = hello.real_suites().count();
    let first = hello.real_suites().next().map(|suite| suite.to_string()).unwrap_or_default();
    let groups = |all: &[crate::flow::tls::Group]| {
        let real = all.iter().filter(|group| !is_grease(group.0));
        real.map(|group| group.to_string()).collect::<Vec<_>>().join(", ")
    };
    step.label = match &hello.server_name {
        Some(name) => format!("TLS ClientHello for {name}"),
        None => "TLS ClientHello".to_owned(),
    };
    step.filter =
        format!("{} and tls.handshake.type == 1", step.filter.replace(" and tls.record.length", ""));
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            step.drawing.push(format!("{name:<13} {value}"));
        }
    };
    row("protocols", hello.alpn.join(", "));
    row("versions", versions.join(", "));
    row("cipher suites", format!("{suites}, {first} first"));
    row("key parts for", groups(&hello.key_shares));
    let mut value = |name: &'static str, value: String| step.values.push((name, value));
    if let Some(name) = &hello.server_name {
        value("sni", name.clone());
    }
    if !hello.alpn.is_empty() {
        value("alpn", hello.alpn.join(", "));
    }
    value("versions", versions.join(", "));
    value(if hello.key_shares.is_empty() { "if_tls12" } else { "if_tls13" }, String::new());
    value("count", suites.to_string());
    step.full = true;
}

fn server_hello(step: &mut Step, hello: &ServerHello) {
    let version = hello.version();
    step.filter =
        format!("{} and tls.handshake.type == 2", step.filter.replace(" and tls.record.length", ""));
    step.label = match hello.is_retry() {
        true => "TLS HelloRetryRequest".to_owned(),
        false => format!("TLS ServerHello: {version}"),
    };
    let group = hello.key_share.map(|group| group.to_string());
    let mut value = |name: &'static str, value: String| step.values.push((name, value));
    value("version", version.to_string());
    value(if version == Version::TLS13 { "if_tls13" } else { "if_tls12" }, String::new());
    value("suite", hello.cipher_suite.to_string());
    if let Some(group) = group {
        value("group", group);
    }
    if let Some(alpn) = &hello.alpn {
        value("alpn", alpn.clone());
    }
    step.full = true;
}

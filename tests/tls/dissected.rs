//! `netlab dissect` and tshark say the same of the same frames: records, handshakes, and with keys what is inside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::session::Session;
use crate::util::netlab;

/// Frame by frame the values of each field, as text.
type Said = BTreeMap<u64, BTreeMap<String, Vec<String>>>;

/// What is said inside, beside all that begins with `tls.`.
const INSIDE: &[&str] = &[
    "http.request.method",
    "http.request.uri",
    "http.host",
    "http.response.code",
    "http.sec_websocket_accept",
    "websocket.fin",
    "websocket.opcode",
    "websocket.mask",
    "websocket.masking_key",
    "websocket.payload_length",
    "websocket.payload.close.status_code",
];

fn fields() -> Vec<&'static str> {
    let tls = netlab::flow::all_fields().into_iter().filter(|name| name.starts_with("tls."));
    tls.chain(INSIDE.iter().copied()).collect()
}

/// One form for a value, however it is written.
fn plain(field: &str, text: &str) -> String {
    match (field, text) {
        // It is there, and that is all.
        ("tls.change_cipher_spec", _) | (_, "true" | "True") => "1".to_owned(),
        (_, "false" | "False") => "0".to_owned(),
        ("websocket.masking_key", text) => text.trim_start_matches("0x").to_owned(),
        (_, text) => match text.strip_prefix("0x").map(|digits| u64::from_str_radix(digits, 16)) {
            Some(Ok(number)) => number.to_string(),
            _ => text.to_owned(),
        },
    }
}

fn ours(file: &Path, keys: Option<&Path>) -> Said {
    let mut args = vec!["dissect", file.to_str().unwrap(), "--format", "json", "--quiet"];
    if let Some(keys) = keys {
        args.extend(["--keylog", keys.to_str().unwrap()]);
    }
    let mut said = Said::new();
    for packet in netlab(&args).json() {
        let frames = packet["websocket"].as_array().cloned().unwrap_or_default();
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for object in std::iter::once(&packet).chain(&frames) {
            for field in fields() {
                let values = match &object[field] {
                    Value::Null => continue,
                    Value::Array(values) => values.clone(),
                    value => vec![value.clone()],
                };
                let text = values.iter().map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
                found.entry(field.to_owned()).or_default().extend(text.map(|text| plain(field, &text)));
            }
        }
        if !found.is_empty() {
            said.insert(packet["frame.number"].as_u64().unwrap(), found);
        }
    }
    said
}

fn theirs(file: &Path, keys: Option<&Path>) -> Said {
    let mut command = Command::new("tshark");
    command.args(["-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-r"]).arg(file);
    // TLS inside of QUIC is another thing.
    command.args(["-Y", "tcp and (tls or http or websocket)", "-T", "fields", "-E", "occurrence=a"]);
    command.args(["-E", "aggregator=\u{1}", "-E", "separator=\u{2}", "-e", "frame.number"]);
    if let Some(keys) = keys {
        command.args(["-o", &format!("tls.keylog_file:{}", keys.display())]);
    }
    for field in fields() {
        command.args(["-e", field]);
    }
    let output = command.output().unwrap();
    let mut said = Said::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut columns = line.split('\u{2}');
        let Ok(number) = columns.next().unwrap().parse() else { continue };
        let found = fields().into_iter().zip(columns).filter(|(_, column)| !column.is_empty());
        let found: BTreeMap<_, _> = found
            .map(|(field, column)| {
                (field.to_owned(), column.split('\u{1}').map(|value| plain(field, value)).collect())
            })
            .collect();
        if !found.is_empty() {
            said.insert(number, found);
        }
    }
    said
}

/// A folder with the session as a capture, and its keys.
fn saved(session: &Session) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (folder.path().join("session.pcap"), folder.path().join("keys.log"));
    std::fs::write(&file, crate::capture::pcap(session)).unwrap();
    std::fs::write(&keys, &session.keys).unwrap();
    (folder, file, keys)
}

#[test]
fn every_field_of_every_frame_is_as_tshark_has_it() {
    if !crate::referee::tshark_is_here() {
        return;
    }
    for name in ["aes128", "aes256", "chacha20", "retry", "updates", "lines", "tls12", "wss", "unmasked"] {
        let session = Session::load(name);
        for size in [usize::MAX, 1000, 100] {
            let cut = if size == usize::MAX { session.clone() } else { session.cut(size) };
            let (_folder, file, keys) = saved(&cut);
            let blind = (ours(&file, None), theirs(&file, None));
            assert_eq!(blind.0, blind.1, "{name} in pieces of {size}, without keys");
            assert!(blind.0.len() >= 4, "{name}: {}", blind.0.len());
            if name == "tls12" {
                continue; // tshark decrypts it, we do not
            }
            let seeing = (ours(&file, Some(&keys)), theirs(&file, Some(&keys)));
            assert_eq!(seeing.0, seeing.1, "{name} in pieces of {size}, with keys");
            assert_ne!(seeing.0, blind.0, "{name}: the keys open something");
        }
    }
}

#[test]
fn what_a_websocket_says_inside_is_read() {
    let (_folder, file, keys) = saved(&Session::load("wss"));
    let said = ours(&file, Some(&keys));
    let all = |field: &str| -> Vec<String> {
        said.values().filter_map(|found| found.get(field)).flatten().cloned().collect()
    };
    assert_eq!(all("http.request.uri"), ["/chat"]);
    assert_eq!(all("http.response.code"), ["101"]);
    assert_eq!(all("websocket.opcode"), ["1", "1", "2", "9", "1", "10", "8", "8"]);
    assert_eq!(all("tls.handshake.extensions_server_name"), ["chat.netlab.test"]);
}

#[test]
fn a_pcapng_opens_itself_and_tshark_agrees() {
    if !crate::referee::tshark_is_here() {
        return;
    }
    let session = Session::load("wss");
    let folder = tempfile::tempdir().unwrap();
    let (plain, own) = (folder.path().join("plain.pcap"), folder.path().join("own.pcapng"));
    std::fs::write(&plain, crate::capture::pcap(&session)).unwrap();
    let keys = folder.path().join("keys.log");
    std::fs::write(&keys, &session.keys).unwrap();
    let wanted = ours(&plain, Some(&keys));
    for before in [1, 4] {
        std::fs::write(&own, crate::capture::pcapng(&session, before)).unwrap();
        assert_eq!(ours(&own, None), wanted);
        assert_eq!(theirs(&own, None), wanted);
    }
    // Keys that come late open what comes behind them.
    std::fs::write(&own, crate::capture::pcapng(&session, 12)).unwrap();
    let late = ours(&own, None);
    let opened = |said: &Said| said.values().filter(|found| found.contains_key("websocket.opcode")).count();
    assert!(opened(&late) < opened(&wanted), "{late:?}");
}

/// The frames that a filter finds.
fn found(file: &Path, keys: &Path, filter: &str) -> [Vec<u64>; 2] {
    let args = ["dissect", file.to_str().unwrap(), "--keylog", keys.to_str().unwrap(), "--filter", filter];
    let run = netlab(&[&args[..], &["--format", "json", "--quiet"]].concat());
    assert_eq!(run.code, Some(0), "{filter}: {}", run.stderr);
    let ours = run.json().iter().map(|packet| packet["frame.number"].as_u64().unwrap()).collect();
    let mut command = Command::new("tshark");
    command.args(["-n", "-o", &format!("tls.keylog_file:{}", keys.display()), "-r"]).arg(file);
    let output = command.args(["-Y", filter, "-T", "fields", "-e", "frame.number"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    [ours, text.lines().map(|line| line.parse().unwrap()).collect()]
}

#[test]
fn filters_find_the_same_frames_as_tsharks() {
    if !crate::referee::tshark_is_here() {
        return;
    }
    let (_folder, file, keys) = saved(&Session::load("wss"));
    for filter in [
        "tls",
        "tls.handshake.type == 1",
        "tls.handshake.extensions_server_name contains \"netlab\"",
        "tls.handshake.ciphersuite == 0x1302",
        "tls.handshake.extensions_alpn_str == \"http/1.1\"",
        "tls.record.content_type == 23",
        "tls.record.opaque_type and tls.record.length > 100",
        "tls.alert_message.desc == 0",
        "tls.handshake.extensions.supported_version == 0x0304",
        "websocket.opcode == 9",
        "websocket and tls",
        "http.request.method == \"GET\"",
        "not tls",
    ] {
        let [ours, theirs] = found(&file, &keys, filter);
        assert_eq!(ours, theirs, "{filter}");
        assert!(!ours.is_empty(), "{filter}");
    }
}

/// Where tshark sees something else, and why ours stands: capture, field.
const KNOWN: &[(&str, &str)] = &[
    // It reads the part of a key in the draft's encrypted_server_name as well.
    ("ndpi-tls-esni-fuzzed.pcap", "tls.handshake.extensions_key_share_group"),
];

/// The captures that other projects test themselves with.
#[test]
fn the_records_of_the_truth_captures_are_those_of_tshark() {
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth"));
    let Ok(entries) = std::fs::read_dir(folder.join("captures")) else {
        println!("NOT RUN: no truth captures to compare with. Set NETLAB_TRUTH to their folder.");
        assert!(std::env::var_os("NETLAB_CI").is_none());
        return;
    };
    if !crate::referee::tshark_is_here() {
        return;
    }
    let (mut compared, mut captures) = (0, 0);
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // What is damaged is tshark's and ours to read differently.
        if name.starts_with("hostile-") {
            continue;
        }
        let only_tls = |mut said: Said| {
            said.values_mut().for_each(|found| {
                found.retain(|field, _| {
                    field.starts_with("tls.") && !KNOWN.contains(&(name.as_str(), field.as_str()))
                });
            });
            said.retain(|_, found| !found.is_empty());
            said
        };
        let (ours, theirs) = (only_tls(ours(&path, None)), only_tls(theirs(&path, None)));
        assert_eq!(ours, theirs, "{name}");
        captures += usize::from(!ours.is_empty());
        compared += ours.values().map(BTreeMap::len).sum::<usize>();
    }
    assert!(captures > 10 && compared > 3000, "{compared} values of {captures} captures");
}

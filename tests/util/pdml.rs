//! The WebSocket frames of a capture as tshark sees them, and as netlab does, in the same words.

#![allow(dead_code, reason = "each test file uses its part of this")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::util::netlab;

/// One WebSocket frame: Wireshark's names, values as text; bytes as hex.
pub(crate) type Row = BTreeMap<String, String>;

/// What is compared, of each frame that has it.
const COMPARED: [&str; 10] = [
    "websocket.fin",
    "websocket.rsv",
    "websocket.opcode",
    "websocket.mask",
    "websocket.masking_key",
    "websocket.payload_length",
    "websocket.payload_length_ext_16",
    "websocket.payload_length_ext_64",
    "websocket.payload.close.status_code",
    "websocket.payload.close.reason",
];

/// tshark's frames, each with the number of the frame of the capture that completes it.
pub(crate) fn tsharks(file: &Path) -> Vec<Row> {
    let run = Command::new("tshark")
        .args(["-n", "-Y", "websocket", "-T", "pdml", "-r"])
        .arg(file)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mut rows: Vec<Row> = Vec::new();
    let (mut number, mut inside) = (String::new(), false);
    for line in String::from_utf8(run.stdout).unwrap().lines().map(str::trim) {
        let name = attribute(line, "name").unwrap_or_default();
        if line.starts_with("<proto ") {
            inside = name == "websocket";
            if inside {
                rows.push(Row::from([("frame.number".to_owned(), number.clone())]));
            }
        } else if name == "num" {
            number = attribute(line, "show").unwrap_or_default();
        } else if inside && line.starts_with("<field ") {
            let row = rows.last_mut().unwrap();
            let shown = attribute(line, "show").unwrap_or_default();
            let value = match name.as_str() {
                "websocket.payload.text" => attribute(line, "value").unwrap_or_default(),
                "websocket.masking_key" => shown.replace(':', ""),
                "websocket.rsv" => i64::from_str_radix(&shown[2..], 16).unwrap().to_string(),
                name if COMPARED.contains(&name) => shown,
                _ => continue,
            };
            row.insert(name, value);
        }
    }
    rows
}

fn attribute(line: &str, name: &str) -> Option<String> {
    let start = line.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = line[start..].split('"').next()?;
    Some(value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// netlab's, in the same form.
pub(crate) fn netlabs(file: &Path) -> Vec<Row> {
    let run = netlab(&["dissect", file.to_str().unwrap(), "--format=json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut rows = Vec::new();
    for packet in run.json() {
        for frame in packet["websocket"].as_array().into_iter().flatten() {
            let mut row = Row::from([("frame.number".to_owned(), packet["frame.number"].to_string())]);
            for (name, value) in frame.as_object().unwrap() {
                let text = match value {
                    Value::Bool(set) => u8::from(*set).to_string(),
                    Value::String(text) if name == "websocket.payload.text" => hex(text),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                if COMPARED.contains(&name.as_str()) || name == "websocket.payload.text" {
                    row.insert(name.clone(), text);
                }
            }
            rows.push(row);
        }
    }
    rows
}

/// Without what tshark 4.0 does not do: it inflates no message that came in several frames, and shows nothing of one whose last
/// frame is empty.
pub(crate) fn comparable(rows: &[Row]) -> Vec<Row> {
    let mut open: BTreeMap<String, bool> = BTreeMap::new();
    let mut comparable = rows.to_vec();
    for row in &mut comparable {
        // Each side masks, or does not.
        let side = row["websocket.mask"].clone();
        match row["websocket.opcode"].as_str() {
            "0" if open.get(&side) == Some(&true) || row["websocket.payload_length"] == "0" => {
                drop(row.remove("websocket.payload.text"))
            }
            "1" | "2" => drop(open.insert(side, row["websocket.rsv"] == "4")),
            _ => {}
        }
    }
    comparable
}

/// The whole text messages that netlab found, in order.
pub(crate) fn texts(rows: &[Row]) -> Vec<String> {
    let found = rows.iter().filter_map(|row| row.get("websocket.payload.text"));
    found.map(|text| String::from_utf8(unhex(text)).unwrap()).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

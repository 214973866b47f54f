//! A walk as JSON: docs/json.md.

use serde_json::{Value, json};

use super::{LOST, Names, WalkView};
use crate::osi::hops::Hop;
use crate::osi::{Bill, Layer, Part, Physical, Place};
use crate::words::Level;

fn place(place: Place) -> Value {
    match place {
        Place::At(layer) => json!({ "layer": layer.number() }),
        Place::Like(layer) => json!({ "layer": 7, "like": layer.number() }),
        Place::Tls => json!({ "layer": null, "tls": true }),
        Place::Capture => json!({ "layer": null }),
    }
}

fn part(part: &Part, bytes: &[u8], names: Names) -> Value {
    let mut value = place(part.place);
    if let Some(object) = value.as_object_mut() {
        object.insert("title".to_owned(), names.part(part.title).into());
        object.insert("start".to_owned(), part.span.bytes.start.into());
        object.insert("len".to_owned(), part.len.into());
        object.insert("bytes".to_owned(), hex(part.bytes(bytes)).into());
    }
    value
}

/// With the message's own bytes, where layer 6 has masked them.
fn part_of(view: &WalkView<'_>, one: &Part, bytes: &[u8]) -> Value {
    let mut value = part(one, bytes, view.names());
    if let (Some(object), Some(own)) = (value.as_object_mut(), view.walk.unmasked(one)) {
        object.insert("unmasked".to_owned(), hex(&own).into());
    }
    value
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bill(bill: &Bill) -> Value {
    let mut value = json!({ "frames": bill.frames, "bytes": bill.total() });
    if let Some(object) = value.as_object_mut() {
        for (name, bytes) in bill.rows() {
            object.insert(name.to_owned(), bytes.into());
        }
    }
    value
}

/// The object of a packet's way over a router; what is compared is called as at this level.
pub fn hop(hop: &Hop, level: Level) -> Value {
    let names = Names::of(level);
    let rows: Vec<Value> = hop
        .rows
        .iter()
        .map(|row| {
            json!({
                "field": row.field, "title": names.compared(row), "before": row.before, "after": row.after,
                "changed": row.is_changed(),
            })
        })
        .collect();
    json!({
        "kind": "hop", "before": hop.frames.0, "after": hop.frames.1, "bytes_before": hex(&hop.bytes.0),
        "bytes_after": hex(&hop.bytes.1), "rows": rows,
    })
}

/// The object of a walk; `only`: of its layers this one alone.
pub fn walk(view: &WalkView<'_>, only: Option<Layer>) -> Value {
    let walk = view.walk;
    let layers = walk.floors.iter().filter(|floor| only.is_none_or(|only| floor.place == Place::At(only)));
    let layers: Vec<Value> = layers
        .map(|floor| {
            let (down, up) = (view.says(&floor.down), view.says(&floor.up));
            match floor.place.layer() {
                Some(layer) => json!({
                    "layer": layer.number(), "name": layer.name(), "unit": view.unit(layer),
                    "internet": view.internet(layer).name(), "len": walk.unit_len(layer), "down": down, "up": up,
                }),
                None => json!({
                    "layer": null, "name": "TLS", "unit": "record", "internet": null,
                    "len": walk.own_len(Place::Tls), "down": down, "up": up,
                }),
            }
        })
        .collect();
    let units: Vec<Value> = walk
        .units
        .iter()
        .map(|unit| {
            json!({
                "title": unit.title, "text": unit.text, "len": unit.len, "header": unit.header,
                "from_byte": unit.here.start, "to_byte": unit.here.end,
                "first_frame": unit.frames.0, "last_frame": unit.frames.1,
            })
        })
        .collect();
    let sealed: Vec<Value> = walk
        .sealed
        .iter()
        .map(|sealed| {
            let parts: Vec<Value> =
                sealed.parts.iter().map(|one| part_of(view, one, &sealed.bytes)).collect();
            json!({ "record": sealed.record, "bytes": hex(&sealed.bytes), "parts": parts })
        })
        .collect();
    let stop = walk.stop.as_ref().map(
        |stop| json!({ "layer": stop.layer().number(), "key": stop.key(), "text": view.says(&[stop.key()]) }),
    );
    let lost = walk.lost.then(|| view.says(&[LOST]));
    let physical = walk.physical.map(|physical| {
        json!({
            "preamble": Physical::PREAMBLE, "padding": physical.padding, "check": Physical::CHECK,
            "gap": Physical::GAP, "wire": walk.unit_len(Layer::Physical),
        })
    });
    let parts: Vec<Value> = walk.parts.iter().map(|one| part_of(view, one, &walk.bytes)).collect();
    json!({
        "kind": "walk", "frame": walk.frame, "len": walk.len, "kept": walk.bytes.len(),
        "from": walk.from.map(|host| host.name()), "parts": parts, "sealed": sealed, "units": units, "stop": stop, "lost": lost,
        "layers": layers, "physical": physical,
        "cost": { "this": bill(&walk.cost.this), "first": walk.cost.first.as_ref().map(bill) },
    })
}

//! A term as JSON (docs/json.md).

use serde_json::{Value, json};

use crate::explain::{Entry, Example, Header, Reference, Term};
use crate::words::Level;

/// An entry: all its levels, whatever was asked for. `others`: what else has the name that was typed.
pub fn entry_json(entry: &Entry<'_>, others: &[&Term<'_>]) -> Value {
    let levels = |of: &dyn Fn(Level) -> Option<String>| -> Value {
        Level::ALL.into_iter().map(|level| (level.name().to_owned(), json!(of(level)))).collect()
    };
    let aspects: Vec<&'static str> = entry.aspects(Level::Student).map(|(heading, _)| heading).collect();
    let about: Vec<Value> = aspects
        .into_iter()
        .map(|heading| {
            let text =
                |level| entry.aspects(level).find(|(other, _)| *other == heading).map(|(_, text)| text);
            json!({"about": heading, "texts": levels(&text)})
        })
        .collect();
    json!({
        "kind": "entry",
        "key": entry.key,
        "name": entry.name,
        "group": entry.group.name(),
        "title": entry.title(),
        "texts": levels(&|level| entry.text(level)),
        "more": about,
        "source": entry.sources(),
        "filter": entry.filter,
        "candidates": entry.candidates,
        "instead": entry.instead,
        "borrowed": entry.borrowed,
        "example": entry.example.as_ref().map(example),
        "header": entry.place().map(header),
        "see": entry.see.iter().map(reference).collect::<Vec<_>>(),
        "others": others.iter().map(|term| reference(&Reference::to(term))).collect::<Vec<_>>(),
    })
}

/// A term of the list.
pub fn term_json(term: &Term<'_>) -> Value {
    json!({"kind": "term", "key": term.key, "name": term.name, "group": term.group.name()})
}

pub(super) fn reference(reference: &Reference<'_>) -> Value {
    json!({"key": reference.key, "name": reference.name, "group": reference.group.name()})
}

fn example(example: &Example) -> Value {
    let lines: Vec<Value> =
        example.lines.iter().map(|(text, meant)| json!({"text": text, "meant": meant})).collect();
    json!({
        "capture": example.capture, "frame": example.frame, "what": example.what, "value": example.value,
        "lines": lines, "commands": super::commands(example),
    })
}

fn header(header: &Header) -> Value {
    let cells: Vec<Value> = header
        .cells
        .iter()
        .map(|cell| {
            json!({"name": cell.name, "label": cell.label, "bits": [cell.bits.start, cell.bits.end],
                   "value": cell.value, "meant": cell.meant})
        })
        .collect();
    json!({"title": header.title, "cells": cells, "cut": header.cut})
}

//! What the tower is built of: the frame's bytes as boxes, from the outermost to the message.

use super::{Names, WalkView};
use crate::osi::{Layer, Part, Physical, Place};
use crate::words::Level;

/// A box of the tower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) struct Crate {
    pub(in crate::render) place: Place,
    /// What it is called where it is new.
    pub(in crate::render) name: String,
    /// The same in everyday words.
    pub(in crate::render) everyday: String,
    pub(in crate::render) len: u64,
    /// It holds what the program said.
    pub(in crate::render) is_message: bool,
}

/// On which floor of the tower a box is put on: the higher, the earlier. TLS comes between 4 and 5.
pub(in crate::render) fn rank(place: Place) -> u8 {
    match place {
        Place::At(layer) | Place::Like(layer) if layer > Layer::Transport => layer.number() + 1,
        Place::At(layer) | Place::Like(layer) => layer.number(),
        Place::Tls => 5,
        Place::Capture => 0,
    }
}

/// The boxes of a frame, in the order of its bytes; the outermost are what layer 1 adds.
pub(in crate::render) fn boxes(view: &WalkView<'_>) -> Vec<Crate> {
    let (walk, said) = (view.walk, view.message());
    let in_everyday_words = WalkView { level: Level::Friend, ..*view }.message();
    let mut boxes: Vec<Crate> = Vec::new();
    let several = walk.units.len() > 1;
    let mut sealed = walk.sealed.iter();
    let put = |part: &Part, boxes: &mut Vec<Crate>| {
        // Of several units the tower shows one box; the list below it has them all.
        let place = if several && rank(part.place) > 5 { Place::At(Layer::Application) } else { part.place };
        let is_message = place == Place::At(Layer::Application);
        let name = match part.place {
            _ if is_message => said.clone(),
            Place::Like(Layer::Session) => {
                part.title.strip_prefix("WebSocket ").unwrap_or(part.title).to_owned()
            }
            Place::Like(_) => "key".to_owned(),
            Place::Tls => "TLS".to_owned(),
            _ => part.title.to_owned(),
        };
        let everyday = match is_message {
            true => in_everyday_words.clone(),
            false => Names::Everyday.part(part.title).to_owned(),
        };
        match boxes.last_mut().filter(|last| last.place == place) {
            Some(last) => {
                last.len += part.len;
                if !is_message && last.name.split('+').all(|known| known != name) {
                    last.name = format!("{}+{name}", last.name);
                }
                if !is_message && !last.everyday.contains(&everyday) {
                    last.everyday = format!("{} and {everyday}", last.everyday);
                }
            }
            None => boxes.push(Crate { place, name, everyday, len: part.len, is_message }),
        }
    };
    for part in walk.layered() {
        let inside = if part.title == "TLS, protected" { sealed.next() } else { None };
        let Some(inside) = inside else {
            put(part, &mut boxes);
            continue;
        };
        for part in &inside.parts {
            put(part, &mut boxes);
        }
        let tail = part.len.saturating_sub(inside.bytes.len() as u64);
        put(&Part { len: tail, ..part.clone() }, &mut boxes);
    }
    let Some(physical) = walk.physical else { return boxes };
    let wire = |name: String, len| {
        let everyday = name.clone();
        Crate { place: Place::At(Layer::Physical), name, everyday, len, is_message: false }
    };
    boxes.insert(0, wire("░8░".to_owned(), Physical::PREAMBLE));
    let mut tail = String::from("░");
    if physical.padding > 0 {
        tail.push_str(&format!("{}░", physical.padding));
    }
    tail.push_str("4░12░");
    boxes.push(wire(tail, physical.padding + Physical::CHECK + Physical::GAP));
    boxes
}

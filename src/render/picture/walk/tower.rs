//! The tower as rows and columns: a row a layer, a column a box; whatever draws it.

use crate::osi::{Layer, Physical, Place};
use crate::render::WalkView;
use crate::render::osi::{Crate, boxes, grouped, rank};

/// What a box is for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It comes later.
    Not,
    /// This layer has put it on.
    New,
    /// A layer above has.
    There,
}

/// A row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) place: Place,
    /// `7`, `T`.
    pub(super) sign: char,
    /// `transport`, `TLS`; for a friend `telephone`, `lock`.
    pub(super) name: &'static str,
    /// What its unit is called in this frame; nothing for a friend.
    pub(super) unit: &'static str,
    /// Bytes by now: `87`; on the wire `87 + 24`. Empty where the layer adds nothing.
    pub(super) size: String,
    /// Each box of the tower.
    pub(super) boxes: Vec<Seen>,
}

impl Row {
    /// Whether the layer adds nothing of its own to this frame.
    pub(super) fn is_bare(&self) -> bool {
        self.size.is_empty()
    }
}

/// The tower.
#[derive(Debug)]
pub(super) struct Tower {
    /// From the left: the order of the bytes.
    pub(super) boxes: Vec<Crate>,
    /// From the top: the way down.
    pub(super) rows: Vec<Row>,
}

impl Tower {
    pub(super) fn of(view: &WalkView<'_>) -> Tower {
        let walk = view.walk;
        let wire = Place::At(Layer::Physical);
        let mut all = boxes(view);
        all.retain(|one| one.place != wire);
        if let Some(Physical { padding }) = walk.physical {
            let own = |name: &str, len| Crate {
                place: wire,
                name: name.to_owned(),
                everyday: String::new(),
                len,
                is_message: false,
            };
            all.insert(0, own("preamble", Physical::PREAMBLE));
            if padding > 0 {
                all.push(own("padding", padding));
            }
            all.push(own("check", Physical::CHECK));
            all.push(own("gap", Physical::GAP));
        }
        let mut rows = Vec::new();
        for layer in Layer::DOWN {
            if layer == Layer::Transport && all.iter().any(|one| one.place == Place::Tls) {
                rows.push(row(view, Place::Tls, &all));
            }
            rows.push(row(view, Place::At(layer), &all));
        }
        Tower { boxes: all, rows }
    }
}

fn row(view: &WalkView<'_>, place: Place, all: &[Crate]) -> Row {
    let now = rank(place);
    let seen = |one: &Crate| match rank(one.place) {
        rank if rank > now => Seen::There,
        rank if rank == now => Seen::New,
        _ => Seen::Not,
    };
    let boxes: Vec<Seen> = all.iter().map(seen).collect();
    let sum: u64 = all.iter().filter(|one| rank(one.place) >= now).map(|one| one.len).sum();
    let (names, name) = (view.names(), view.names().place(place));
    // A friend's layers have everyday names, and their units none.
    let unit = names.pick("", place.layer().map_or("record", |layer| view.unit(layer)));
    let size = match view.walk.physical {
        _ if !boxes.contains(&Seen::New) => String::new(),
        Some(physical) if place == Place::At(Layer::Physical) => {
            format!("{} + {}", grouped(view.walk.len), grouped(physical.added()))
        }
        _ => grouped(sum),
    };
    Row { place, sign: place.sign(), name, unit, size, boxes }
}

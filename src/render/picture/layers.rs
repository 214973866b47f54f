//! One hue a layer, in every picture: the ground of a box, its edge, and its letters. `page.css` has the same ones.

use super::canvas::{Paint, paint};
use crate::osi::{Layer, Place};

/// A box is filled with the first, edged and named with the second.
pub(super) type Hue = (Paint, Paint);

pub(super) const LINK: Hue = (paint("k1", "#cfcfef", "#494b75"), paint("e1", "#58588c", "#b1b1e5"));
pub(super) const NETWORK: Hue = (paint("k2", "#e2d4a3", "#4f4210"), paint("e2", "#725800", "#cbb159"));
pub(super) const TRANSPORT: Hue = (paint("k3", "#f1ecf1", "#191a23"), paint("e3", "#583e58", "#b197b1"));
pub(super) const PROGRAM: Hue = (paint("k4", "#99cfbf", "#084b3b"), paint("e4", "#00583e", "#59b197"));
/// In no layer: TLS, and what a capture puts in front.
pub(super) const NONE: Hue = (paint("k0", "#ffffff", "#0f141a"), paint("e0", "#545d67", "#a3adb8"));

/// All of them.
pub(super) const HUES: [Hue; 5] = [LINK, NETWORK, TRANSPORT, PROGRAM, NONE];

/// Of a place among the layers.
pub(super) fn of_place(place: Place) -> Hue {
    match place {
        Place::At(Layer::Link) => LINK,
        Place::At(Layer::Network) => NETWORK,
        Place::At(Layer::Transport) => TRANSPORT,
        Place::At(Layer::Physical) | Place::Tls | Place::Capture => NONE,
        Place::At(_) | Place::Like(_) => PROGRAM,
    }
}

/// The class that a page has for it.
pub(super) fn class_of(place: Place) -> &'static str {
    of_place(place).0.class
}

//! A walk through the layers as a picture: the tower of one frame, down on one host and up on the other.
//!
//! What is drawn is the walk's own; what is said of it are the words of [`WalkView`], as on the screen.

mod bars;
mod data;
mod hop;
mod hop_page;
mod mermaid;
mod models;
mod page;
mod svg;
mod tower;

use std::borrow::Cow;
use std::io::{self, Write};

use super::Form;
use super::canvas::{CLIENT, PLAIN, Paint, SERVER};
use crate::event::Host;
use crate::osi::hops::Hop;
use crate::osi::{Layer, Walk};
use crate::render::WalkView;
use crate::render::osi::{Names, deflated, inside, own_title};
use crate::words::{Book, Level};

/// A walk that is to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct WalkPicture<'a> {
    /// What.
    pub walk: &'a Walk,
    /// The words.
    pub book: &'a Book<'a>,
    /// How deep they go, where a picture has one level.
    pub level: Level,
    /// Where the frame comes from: `frame 10 of websocket-tutorial`.
    pub origin: &'a str,
    /// This layer alone.
    pub layer: Option<Layer>,
    /// Its way over a router.
    pub hop: Option<&'a Hop>,
    /// A page holds all bytes of the frame, however many they are.
    pub whole: bool,
}

impl<'a> WalkPicture<'a> {
    /// Draws it.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn draw(&self, form: Form, out: &mut dyn Write) -> io::Result<()> {
        match (form, self.hop.filter(|_| self.layer.is_none())) {
            (Form::Mermaid, Some(hop)) => out.write_all(mermaid::hop(self, hop).as_bytes()),
            (Form::Mermaid, None) => out.write_all(mermaid::draw(self).as_bytes()),
            (Form::Svg, Some(hop)) => out.write_all(hop::draw(self, hop).as_bytes()),
            (Form::Svg, None) => out.write_all(svg::draw(self).as_bytes()),
            (Form::Html, Some(hop)) => hop_page::draw(self, hop, out),
            (Form::Html, None) => page::draw(self, out),
        }
    }

    fn view(&self, level: Level) -> WalkView<'a> {
        let WalkPicture { walk, book, .. } = *self;
        WalkView { walk, book, level, width: 10_000, bytes: false, plain: true, ascii: false }
    }

    /// What the picture is of.
    fn title(&self) -> String {
        match (self.layer, self.hop) {
            (Some(layer), _) => format!("Layer {}, {layer}: {}", layer.number(), self.origin),
            (None, Some(_)) => format!("One packet over a router: {}", self.origin),
            (None, None) => format!("One real frame through the layers: {}", self.origin),
        }
    }

    /// Who sends it, and who gets it.
    fn hosts(&self) -> [&'a str; 2] {
        let walk: &'a Walk = self.walk;
        [walk.value("from").unwrap_or("sender"), walk.value("to").unwrap_or("receiver")]
    }

    /// Their colours; where nobody knows who it is, none.
    fn paints(&self) -> [Paint; 2] {
        match self.walk.from {
            Some(Host::Client) => [CLIENT, SERVER],
            Some(Host::Server) => [SERVER, CLIENT],
            None => [PLAIN, PLAIN],
        }
    }

    /// The bytes that a layer adds, each with what they are; also of what TLS hides.
    fn own_bytes(&self, layer: Layer, level: Level) -> Vec<(String, Cow<'a, [u8]>)> {
        let (view, names) = (self.view(level), Names::of(level));
        let walk: &'a Walk = self.walk;
        let outside = walk.layered().map(|part| (part, walk.bytes.as_slice(), ""));
        let inside = walk.sealed.iter().flat_map(|sealed| {
            sealed.parts.iter().map(|part| (part, sealed.bytes.as_slice(), inside(names)))
        });
        outside
            .chain(inside)
            .filter(|(part, ..)| part.place.layer() == Some(layer))
            .map(|(part, bytes, place)| match walk.unmasked(part) {
                Some(own) if layer == Layer::Application => (own_title(part, place, names), Cow::Owned(own)),
                _ => {
                    let place = if walk.is_deflated(part) { deflated(names) } else { place };
                    (view.part_of(part.title, part.len, place), Cow::Borrowed(part.bytes(bytes)))
                }
            })
            .collect()
    }

    /// Their addresses.
    fn addresses(&self) -> [String; 2] {
        self.view(self.level).ends().map(|(from, to)| [from, to]).unwrap_or_default()
    }
}

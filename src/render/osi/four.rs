//! The four layers of TCP/IP beside the seven of OSI, and what does not fit.

use super::{WalkView, grouped, ink};
use crate::osi::{Layer, Place};
use crate::render::{Ink, Line, wrap};

impl WalkView<'_> {
    /// The table, and the account.
    pub(super) fn four(&self) -> Vec<Line> {
        let mut lines = self.heading("The seven layers of OSI, and the four that the Internet has");
        let mut head = Line::from("   ");
        head.push(Ink::Faint, "OSI");
        head.pad_to(19).push(Ink::Faint, "TCP/IP");
        if self.width >= 60 {
            head.pad_to(35).push(Ink::Faint, "in this frame");
        }
        lines.push(head);
        for layer in Layer::DOWN {
            let brace = match layer {
                _ if self.plain => layer.internet().name(),
                Layer::Application => "┐",
                Layer::Presentation => "├ application",
                Layer::Session => "┘",
                Layer::Transport => "─ transport",
                Layer::Network => "─ internet",
                Layer::Link if self.is_arp(Layer::Network) => "├ link",
                Layer::Link => "┬ link",
                Layer::Physical => "┘",
            };
            if layer == Layer::Transport && self.walk.parts.iter().any(|part| part.place == Place::Tls) {
                let mut line = Line::from(" ").with(ink(Place::Tls), "T TLS");
                line.pad_to(17).push(Ink::Faint, "in neither model");
                lines.push(self.with_parts(line, |place| place == Place::Tls));
            }
            let mut line = Line::from(" ").with(ink(Place::At(layer)), format!("{} {layer}", layer.number()));
            line.pad_to(17).push(Ink::Plain, brace);
            if layer == Layer::Network && self.is_arp(layer) {
                lines.extend(self.arp(line));
                continue;
            }
            let line = match layer {
                Layer::Physical if self.width >= 60 => {
                    line.pad_to(35).push(Ink::Faint, "in no capture");
                    line
                }
                _ => self.with_parts(line, |place| place.layer() == Some(layer)),
            };
            lines.push(line);
        }
        for key in self.account() {
            let room = self.width.saturating_sub(3).max(20);
            let says = self.says(&[key]);
            // Of what is not in the frame a friend hears nothing.
            if says.is_empty() {
                continue;
            }
            for (index, part) in wrap(&says, room).into_iter().enumerate() {
                let sign = if index == 0 && !self.plain { " · " } else { "   " };
                lines.push(Line::new().with(Ink::Faint, sign).with(Ink::Plain, part));
            }
        }
        lines
    }

    /// What does not fit: keys of the words.
    pub(in crate::render) fn account(&self) -> impl Iterator<Item = &'static str> + use<> {
        let arp = self.is_arp(Layer::Network).then_some("osi.four.arp");
        let keys =
            ["osi.four.built", "osi.four.thin", "osi.four.tls", "osi.four.websocket", "osi.four.socketio"];
        arp.into_iter().chain(keys)
    }

    /// Layer 3 of a frame that has no IP, and ARP below it: RFC 1122 has it in the link layer (2.3.2).
    fn arp(&self, mut network: Line) -> [Line; 2] {
        if self.width >= 60 {
            network.pad_to(35).push(Ink::Faint, "no IP");
        }
        let place = Place::At(Layer::Network);
        let mut line = Line::from("   ").with(ink(place), "ARP");
        line.pad_to(17).push(Ink::Plain, if self.plain { "link" } else { "┐" });
        [network, self.with_parts(line, |of| of == place)]
    }

    /// What this frame has there, with its size.
    fn with_parts(&self, mut line: Line, is: impl Fn(Place) -> bool) -> Line {
        if self.width < 60 {
            return line;
        }
        let parts = self.parts_of(is);
        let named: Vec<String> =
            parts.iter().map(|(title, _, len)| format!("{title} {}", grouped(*len))).collect();
        let (text, color) = match parts.first() {
            Some((_, place, _)) => (named.join(", "), ink(*place)),
            None => ("nothing".to_owned(), Ink::Faint),
        };
        line.pad_to(35);
        let room = self.width.saturating_sub(line.width());
        line.push(color, crate::render::line::cut(&text, room));
        line
    }

    /// The parts of some place, also of what TLS hides: each title once, with all its bytes.
    pub(in crate::render) fn parts_of(&self, is: impl Fn(Place) -> bool) -> Vec<(&'static str, Place, u64)> {
        let inside = self.walk.sealed.iter().flat_map(|sealed| &sealed.parts);
        let mut parts: Vec<(&str, Place, u64)> = Vec::new();
        for part in self.walk.layered().chain(inside).filter(|part| is(part.place)) {
            match parts.iter_mut().find(|(title, ..)| *title == part.title) {
                Some((_, _, len)) => *len += part.len,
                None => parts.push((part.title, part.place, part.len)),
            }
        }
        parts
    }
}

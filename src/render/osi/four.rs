//! The four layers of TCP/IP beside the seven of OSI, and what does not fit.

use super::{WalkView, grouped, ink};
use crate::osi::{Internet, Layer, Place};
use crate::render::{Ink, Line, wrap};

impl WalkView<'_> {
    /// The table, and the account.
    pub(super) fn four(&self) -> Vec<Line> {
        let names = self.names();
        let mut lines = self.heading(names.both_models());
        let [seven, four, here] = names.columns();
        let mut head = Line::from("   ");
        head.push(Ink::Faint, seven);
        head.pad_to(19).push(Ink::Faint, four);
        if self.width >= 60 {
            head.pad_to(35).push(Ink::Faint, here);
        }
        lines.push(head);
        for layer in Layer::DOWN {
            // Beside the middle one of those that it holds stands its name.
            let internet = names.internet(Some(layer.internet()));
            let brace = match layer {
                _ if self.plain => internet.to_owned(),
                Layer::Application => "┐".to_owned(),
                Layer::Presentation => format!("├ {internet}"),
                Layer::Transport | Layer::Network => format!("─ {internet}"),
                Layer::Link if self.is_arp(Layer::Network) => format!("├ {internet}"),
                Layer::Link => format!("┬ {internet}"),
                Layer::Session | Layer::Physical => "┘".to_owned(),
            };
            if layer == Layer::Transport && self.walk.parts.iter().any(|part| part.place == Place::Tls) {
                let mut line =
                    Line::from(" ").with(ink(Place::Tls), format!("T {}", names.place(Place::Tls)));
                line.pad_to(17).push(Ink::Faint, names.internet(None));
                lines.push(self.with_parts(line, |place| place == Place::Tls));
            }
            let place = Place::At(layer);
            let mut line =
                Line::from(" ").with(ink(place), format!("{} {}", layer.number(), names.place(place)));
            line.pad_to(17).push(Ink::Plain, brace);
            if layer == Layer::Network && self.is_arp(layer) {
                lines.extend(self.arp(line));
                continue;
            }
            let line = match layer {
                Layer::Physical if self.width >= 60 => {
                    line.pad_to(35).push(Ink::Faint, names.in_no_capture());
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
            network.pad_to(35).push(Ink::Faint, self.names().no_ip());
        }
        let place = Place::At(Layer::Network);
        let mut line = Line::from("   ").with(ink(place), self.names().pick("plug", "ARP"));
        let link = self.names().internet(Some(Internet::Link));
        line.pad_to(17).push(Ink::Plain, if self.plain { link } else { "┐" });
        [network, self.with_parts(line, |of| of == place)]
    }

    /// What this frame has there, with its size.
    fn with_parts(&self, mut line: Line, is: impl Fn(Place) -> bool) -> Line {
        if self.width < 60 {
            return line;
        }
        let (parts, names) = (self.parts_of(is), self.names());
        let named: Vec<String> =
            parts.iter().map(|(title, _, len)| format!("{} {}", names.part(title), grouped(*len))).collect();
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

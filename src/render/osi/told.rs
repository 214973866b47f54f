//! What is told of a frame in few words: who says what to whom, between which addresses, in which unit.

use super::{Names, WalkView};
use crate::osi::{Internet, Layer, UnitKind};
use crate::render::{Ink, Line, wrap};

impl WalkView<'_> {
    /// The addresses of both ends, as far as the frame has them.
    pub(in crate::render) fn ends(&self) -> Option<(String, String)> {
        let walk = self.walk;
        let end = |address: &str, port: &str| match (walk.value(address), walk.value(port)) {
            (Some(address), Some(port)) if address.contains(':') => Some(format!("[{address}]:{port}")),
            (Some(address), Some(port)) => Some(format!("{address}:{port}")),
            (Some(address), None) => Some(address.to_owned()),
            _ => None,
        };
        let macs = || Some((walk.value("src_mac")?.to_owned(), walk.value("dst_mac")?.to_owned()));
        end("src_ip", "src_port").zip(end("dst_ip", "dst_port")).or_else(macs)
    }

    /// Who says what to whom.
    pub(in crate::render) fn told(&self) -> String {
        let (walk, ends) = (self.walk, self.ends());
        let mut text = match (walk.from, &ends) {
            (Some(from), Some((one, other))) => format!("{from} {one} → {} {other}", from.other()),
            (None, Some((one, other))) => format!("{one} → {other}"),
            (_, None) => String::new(),
        };
        let said = self.said();
        if !said.is_empty() {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&said);
        }
        text
    }

    /// The same, in lines of the width.
    pub(super) fn who(&self) -> Vec<Line> {
        wrap(&self.printed(&self.told()), self.width)
            .into_iter()
            .map(|part| Line::new().with(Ink::Strong, part))
            .collect()
    }

    /// What is said, in few words.
    pub(in crate::render) fn said(&self) -> String {
        let quoted = |text: &str| format!("“{}”", crate::render::line::cut(text, 40));
        match self.walk.units.as_slice() {
            [] => {
                let says = self.walk.value("says").map(quoted).unwrap_or_default();
                if says.is_empty() || self.names().is_everyday() { says } else { format!("data {says}") }
            }
            [unit] => match (&unit.text, unit.is_whole()) {
                (Some(text), true) => {
                    format!("{} {}", self.kind_of(unit), quoted(text)).trim_start().to_owned()
                }
                (_, true) => self.kind_of(unit),
                // Its beginning is here.
                (Some(text), false) if unit.here.start == 0 && unit.here.end > unit.header => {
                    let kind = self.names().pick(String::new(), format!("{} ", self.kind_of(unit)));
                    format!("a part of {kind}{}", quoted(text))
                }
                (_, false) => format!("a {}", self.part_of_kind(unit)),
            },
            all if self.names().is_everyday() => format!("{} things at once", all.len()),
            all if self.walk.is_tls_alone() => format!("{} records of TLS", all.len()),
            all => format!("{} units of the programs' protocol", all.len()),
        }
    }

    /// What the unit of a layer is called in this frame.
    pub(in crate::render) fn unit(&self, layer: Layer) -> &'static str {
        let walk = self.walk;
        match layer {
            Layer::Network if self.is_arp(layer) => "ARP message",
            Layer::Transport if walk.value("if_datagram").is_some() => "datagram",
            Layer::Transport if walk.value("if_stream").is_some() => "segment",
            Layer::Transport if self.is_unread(layer) => "data",
            Layer::Application if walk.units.iter().any(|unit| unit.kind == UnitKind::Message) => "message",
            _ => layer.unit(),
        }
    }

    /// The one of the Internet's four layers that has a layer's work in this frame.
    pub(in crate::render) fn internet(&self, layer: Layer) -> Internet {
        // RFC 1122 has ARP in its link layer (2.3.2).
        if self.is_arp(layer) { Internet::Link } else { layer.internet() }
    }

    /// Whether what the frame has of this layer is ARP's.
    pub(in crate::render) fn is_arp(&self, layer: Layer) -> bool {
        layer == Layer::Network && self.walk.value("sender_ip").is_some()
    }

    /// Whether the frame has bytes of layer 4 that netlab can't read: what is said of TCP and UDP may not be so there.
    pub(in crate::render) fn is_unread(&self, layer: Layer) -> bool {
        let known = ["if_stream", "if_datagram"].iter().any(|mark| self.walk.value(mark).is_some());
        layer == Layer::Transport && !known && self.walk.unit_len(layer).is_some()
    }

    /// What a layer is for, its addresses and devices, and what if it fails: the frame's own, else what is said of the layer in
    /// general.
    pub(in crate::render) fn facts(&self, layer: Layer) -> Vec<(&'static str, String)> {
        // What is said of layer 3 in general is said of IP, and of layer 4 of TCP and UDP.
        let general = |part| if self.is_arp(layer) { None } else { self.first_of(layer, part) };
        if self.is_unread(layer) {
            return Vec::new();
        }
        // What layer 4 does about a loss is TCP's: UDP does nothing.
        let is_udp = layer == Layer::Transport && self.walk.value("if_datagram").is_some();
        // And of a router in general the words are IPv4's.
        let is_ip6 = layer == Layer::Network && self.walk.value("if_ip6").is_some();
        let fails = match () {
            () if is_udp => Some(self.says(&["osi.4.udp.fails"])),
            () if is_ip6 => Some(self.says(&["osi.3.ip6.fails"])),
            () => general(".fails"),
        };
        let device = if is_ip6 { Some(self.says(&["osi.3.ip6.device"])) } else { general(".device") };
        let facts = [
            ("job", general("")),
            ("address", self.addresses(layer).or_else(|| general(".address"))),
            ("device", device),
            ("if not", fails),
        ];
        facts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }

    /// The addresses that this frame has for a layer.
    pub(in crate::render) fn addresses(&self, layer: Layer) -> Option<String> {
        let (one, other) = match layer {
            Layer::Link => ("src_mac", "dst_mac"),
            Layer::Network if self.is_arp(layer) => ("sender_ip", "target_ip"),
            Layer::Network => ("src_ip", "dst_ip"),
            Layer::Transport => ("src_port", "dst_port"),
            _ => return None,
        };
        let what = match (self.names(), layer) {
            (Names::Trade, Layer::Transport) => "port ",
            (Names::Trade, _) => "",
            (Names::Everyday, Layer::Transport) => "telephone ",
            (Names::Everyday, Layer::Network) => "house ",
            (Names::Everyday, _) => "plug ",
        };
        let outer = self.walk.value("outer_src").zip(self.walk.value("outer_dst"));
        let around = match outer.filter(|_| layer == Layer::Network) {
            Some((from, to)) => format!("{what}{from} → {what}{to}; inside, "),
            None => String::new(),
        };
        Some(format!("{around}{what}{} → {what}{}", self.walk.value(one)?, self.walk.value(other)?))
    }
}

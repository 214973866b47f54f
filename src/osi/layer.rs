//! The seven layers of the OSI model (ISO/IEC 7498-1, clause 6), and the four of the Internet (RFC 1122, section 1.1.3).

use std::fmt;
use std::str::FromStr;

/// A layer of the OSI model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// 1: signals on a medium.
    Physical,
    /// 2: a frame to a neighbour.
    Link,
    /// 3: a packet from host to host.
    Network,
    /// 4: from program to program.
    Transport,
    /// 5: the order of a dialogue.
    Session,
    /// 6: how things are written as bytes.
    Presentation,
    /// 7: what the programs speak.
    Application,
}

/// A layer of the Internet's own model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Internet {
    /// Any network that a packet can cross; what OSI has in 1 is a part of it.
    Link,
    /// IP, ICMP.
    Internet,
    /// TCP, UDP.
    Transport,
    /// All that the programs do: OSI's 5 to 7.
    Application,
}

impl Internet {
    /// `transport` ...
    pub fn name(self) -> &'static str {
        match self {
            Internet::Link => "link",
            Internet::Internet => "internet",
            Internet::Transport => "transport",
            Internet::Application => "application",
        }
    }
}

impl Layer {
    /// From the message down to the wire.
    pub const DOWN: [Layer; 7] = [
        Layer::Application,
        Layer::Presentation,
        Layer::Session,
        Layer::Transport,
        Layer::Network,
        Layer::Link,
        Layer::Physical,
    ];

    /// 1 to 7.
    pub fn number(self) -> u8 {
        match self {
            Layer::Physical => 1,
            Layer::Link => 2,
            Layer::Network => 3,
            Layer::Transport => 4,
            Layer::Session => 5,
            Layer::Presentation => 6,
            Layer::Application => 7,
        }
    }

    /// `data link` ...
    pub fn name(self) -> &'static str {
        match self {
            Layer::Physical => "physical",
            Layer::Link => "data link",
            Layer::Network => "network",
            Layer::Transport => "transport",
            Layer::Session => "session",
            Layer::Presentation => "presentation",
            Layer::Application => "application",
        }
    }

    /// The name of its unit; layer 4 has two, TCP's and UDP's (RFC 9293, section 3.1; RFC 768).
    pub fn unit(self) -> &'static str {
        match self {
            Layer::Physical => "bits",
            Layer::Link => "frame",
            Layer::Network => "packet",
            Layer::Transport => "segment or datagram",
            Layer::Session | Layer::Presentation | Layer::Application => "data",
        }
    }

    /// The one of the Internet's four that has its work.
    pub fn internet(self) -> Internet {
        match self {
            Layer::Physical | Layer::Link => Internet::Link,
            Layer::Network => Internet::Internet,
            Layer::Transport => Internet::Transport,
            Layer::Session | Layer::Presentation | Layer::Application => Internet::Application,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What was typed names no layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a layer from 1 to 7, or its name: physical, link, network, transport, session, presentation, application"
)]
pub struct NoLayer;

impl FromStr for Layer {
    type Err = NoLayer;

    /// By its number, or by its name or the first letters of it; `data link` is `link` as well, and the Internet's `internet` is
    /// 3.
    fn from_str(text: &str) -> Result<Layer, NoLayer> {
        let text = text.trim().to_lowercase().replace(['-', '_'], " ");
        let text = text.strip_suffix(" layer").unwrap_or(&text);
        let text = text.strip_prefix("layer ").unwrap_or(text);
        let text = text.strip_prefix('l').filter(|rest| rest.len() == 1).unwrap_or(text);
        let named = |layer: &Layer| {
            let names = [layer.name(), layer.name().strip_prefix("data ").unwrap_or(layer.name())];
            text.len() >= 3 && names.iter().any(|name| name.starts_with(text))
        };
        let numbered = |layer: &Layer| text == layer.number().to_string();
        let found = Layer::DOWN.into_iter().find(|layer| numbered(layer) || named(layer));
        found.or((text == "internet").then_some(Layer::Network)).ok_or(NoLayer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_found_by_number_and_name() {
        for (text, layer) in [
            ("4", Layer::Transport),
            ("transport", Layer::Transport),
            ("Trans", Layer::Transport),
            ("L2", Layer::Link),
            ("data link", Layer::Link),
            ("data-link", Layer::Link),
            ("link layer", Layer::Link),
            ("layer 7", Layer::Application),
            ("app", Layer::Application),
            ("internet", Layer::Network),
            ("phys", Layer::Physical),
        ] {
            assert_eq!(text.parse(), Ok(layer), "{text}");
        }
        for text in ["", "0", "8", "44", "t", "tcp", "-4", "layer"] {
            assert_eq!(text.parse::<Layer>(), Err(NoLayer), "{text}");
        }
    }

    #[test]
    fn numbers_go_down_from_seven() {
        let numbers = Layer::DOWN.map(Layer::number);
        assert_eq!(numbers, [7, 6, 5, 4, 3, 2, 1]);
    }
}

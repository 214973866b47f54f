//! Which colour an ink gets: one hue a host, one hue a layer, told apart by every kind of colour vision, on light and on dark.

use colored::{Color, ColoredString, Colorize};
use netlab::render::Ink;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Palette {
    /// The sixteen that every terminal has; what they look like its user has chosen.
    Sixteen,
    /// 256, of which all but the first sixteen look the same everywhere.
    Many,
}

/// Parts of the `TERM` of those terminals that have 256 colours.
const MANY: [&str; 7] = ["256color", "direct", "kitty", "alacritty", "foot", "wezterm", "ghostty"];

impl Palette {
    /// Of a terminal that says so much of itself by `TERM`, and whether it sets `COLORTERM`.
    pub(crate) fn of(term: &str, colorterm: bool) -> Palette {
        if colorterm || MANY.iter().any(|name| term.contains(name)) {
            Palette::Many
        } else {
            Palette::Sixteen
        }
    }

    /// `text` with the codes that make a terminal show it in `ink`.
    pub(crate) fn paint(self, ink: Ink, text: &str) -> ColoredString {
        match ink {
            Ink::Plain => text.normal(),
            Ink::Faint => text.dimmed(),
            Ink::Strong => text.bold(),
            Ink::Mark => text.reversed(),
            Ink::Alarm => text.color(self.color(ALARM)).bold(),
            Ink::Client => text.color(self.color(CLIENT)),
            Ink::Server => text.color(self.color(SERVER)),
            Ink::Link => text.color(self.color(LINK)),
            Ink::Network => text.color(self.color(NETWORK)),
            Ink::Transport => text.color(self.color(TRANSPORT)),
            Ink::Application => text.color(self.color(APPLICATION)),
        }
    }

    fn color(self, (many, sixteen): Hue) -> Color {
        match self {
            Palette::Many => Color::AnsiColor(many),
            Palette::Sixteen => sixteen,
        }
    }
}

/// One of 256 colours, and the one of sixteen where there are no more.
type Hue = (u8, Color);

const CLIENT: Hue = (27, Color::Cyan);
const SERVER: Hue = (130, Color::Yellow);
const ALARM: Hue = (197, Color::Red);
// Layers that touch are the farthest apart. What ground a terminal has, nobody tells: these have a contrast of 3.2 or more on black and
// on white. 13 of the 256 have 4.5 on black and 4.0 on white, but of any four of them two are less than 13 apart; 3.4 is the most that four
// have which are 15 apart. So nothing hangs on a hue: the layer's number or name always stands beside it.
const LINK: Hue = (104, Color::BrightBlue);
const NETWORK: Hue = (136, Color::BrightGreen);
const TRANSPORT: Hue = (96, Color::Magenta);
const APPLICATION: Hue = (29, Color::Green);

#[cfg(test)]
#[path = "../../tests/util/eyes.rs"]
mod eyes;

#[cfg(test)]
mod tests {
    use super::eyes::{self, contrast};
    use super::*;

    const HOSTS: [Hue; 2] = [CLIENT, SERVER];
    const LAYERS: [Hue; 4] = [LINK, NETWORK, TRANSPORT, APPLICATION];

    /// Black, the dark grey of editors, white, and Solarized's light ground.
    const GROUNDS: [[u8; 3]; 4] = [[0; 3], [0x1e; 3], [0xff; 3], [0xfd, 0xf6, 0xe3]];

    /// What xterm's cube of six by six by six colours has at `index`.
    fn rgb(index: u8) -> [u8; 3] {
        let at = index.checked_sub(16).filter(|at| *at < 216).expect("a colour of the cube");
        [at / 36, at / 6 % 6, at % 6].map(|step| if step == 0 { 0 } else { 55 + 40 * step })
    }

    /// How far two colours are apart for the eye that tells them apart worst.
    fn apart(one: Hue, other: Hue) -> f64 {
        eyes::apart(rgb(one.0), rgb(other.0))
    }

    #[test]
    fn the_cube_is_xterms() {
        assert_eq!([16, 27, 130, 231].map(rgb), [[0, 0, 0], [0, 95, 255], [175, 95, 0], [255, 255, 255]]);
    }

    #[test]
    fn every_eye_tells_layers_and_hosts_apart() {
        for (index, one) in LAYERS.into_iter().enumerate() {
            for other in LAYERS.into_iter().skip(index + 1) {
                assert!(apart(one, other) >= 15.0, "{one:?} {other:?}: {}", apart(one, other));
            }
        }
        let [client, server] = HOSTS;
        assert!(apart(client, server) >= 50.0, "{}", apart(client, server));
        for host in HOSTS {
            // What is beside the hosts on a ladder; the lower layers never are.
            for beside in [TRANSPORT, APPLICATION] {
                assert!(apart(host, beside) >= 14.0, "{host:?} {beside:?}: {}", apart(host, beside));
            }
            assert!(apart(host, ALARM) >= 11.0, "{host:?}: {}", apart(host, ALARM));
        }
        for layer in LAYERS {
            assert!(apart(layer, ALARM) >= 9.0, "{layer:?}: {}", apart(layer, ALARM));
        }
    }

    #[test]
    fn every_hue_is_read_on_light_and_on_dark() {
        for (index, _) in HOSTS.into_iter().chain(LAYERS).chain([ALARM]) {
            for ground in GROUNDS {
                let found = contrast(rgb(index), ground);
                assert!(found >= 3.0, "{index} on {ground:?}: {found}");
            }
        }
    }

    #[test]
    fn a_terminal_gets_as_many_colours_as_it_has() {
        for term in ["xterm-256color", "tmux-256color", "xterm-kitty", "alacritty", "foot", "xterm-direct"] {
            assert_eq!(Palette::of(term, false), Palette::Many, "{term}");
        }
        for term in ["", "xterm", "linux", "vt220", "screen"] {
            assert_eq!(Palette::of(term, false), Palette::Sixteen, "{term}");
            assert_eq!(Palette::of(term, true), Palette::Many, "{term}");
        }
        assert_eq!(Palette::Many.color(SERVER), Color::AnsiColor(130));
        assert_eq!(Palette::Sixteen.color(SERVER), Color::Yellow);
    }
}

//! The colours of pictures, read from what is drawn: text on what lies behind it, and layers told apart by every eye.

use std::collections::BTreeMap;

use crate::eyes::{apart, contrast};
use crate::util::netlab;

type Color = [u8; 3];

/// `#0a5fa5`, `#fff`.
fn color(text: &str) -> Option<Color> {
    let digits: Vec<char> = text.trim().strip_prefix('#')?.chars().collect();
    let long: String = match digits.len() {
        3 => digits.iter().flat_map(|digit| [digit, digit]).collect(),
        _ => digits.iter().take(6).collect(),
    };
    let part = |at: usize| u8::from_str_radix(long.get(at..at + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// The colours of a page by their names, on light and on dark.
fn named(style: &str) -> [BTreeMap<String, Color>; 2] {
    let mut both = [BTreeMap::new(), BTreeMap::new()];
    for (index, block) in style.match_indices(":root{").map(|(at, _)| at).enumerate() {
        let rest = &style[block + 6..];
        let inside = rest.split('}').next().unwrap();
        // A block for dark stands inside of a question about that.
        let dark = style[..block].ends_with("(prefers-color-scheme:dark){");
        for (name, value) in inside.split(';').filter_map(|one| one.trim().split_once(':')) {
            if let (Some(name), Some(value)) = (name.trim().strip_prefix("--"), color(value)) {
                both[usize::from(dark)].insert(name.to_owned(), value);
            }
        }
        assert!(index < 20);
    }
    both
}

fn page() -> String {
    let page = netlab(&["osi", "--format", "html"]).stdout;
    page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap().to_owned()
}

/// The colours of an SVG by their classes, on light and on dark: the first are attributes, the others a style.
fn classes(svg: &str) -> [BTreeMap<String, Color>; 2] {
    let mut both = [BTreeMap::new(), BTreeMap::new()];
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(value.to_owned())
    };
    for tag in svg.split('<').filter(|tag| tag.contains("class=\"")) {
        let names = attribute(tag, "class").unwrap();
        for name in names.split(' ') {
            let (key, from) = match name.strip_prefix('l').filter(|rest| !rest.is_empty()) {
                Some(rest) => (rest, "stroke"),
                None => (name, "fill"),
            };
            if let Some(value) = attribute(tag, from).and_then(|value| color(&value)) {
                both[0].insert(key.to_owned(), value);
            }
        }
    }
    let style = svg.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    for rule in style.split('.').filter(|rule| rule.contains("{fill:")) {
        let (name, rest) = rule.split_once("{fill:").unwrap();
        both[1].insert(name.to_owned(), color(rest.split('}').next().unwrap()).unwrap());
    }
    both
}

#[test]
fn text_on_a_page_is_read_on_all_that_lies_behind_it() {
    for (theme, colors) in named(&page()).iter().enumerate() {
        let of = |name: &str| *colors.get(name).unwrap_or_else(|| panic!("{theme}: no --{name}: {colors:?}"));
        for ground in ["ground", "sheet"] {
            for ink in ["text", "faint", "c", "v", "alarm"] {
                let found = contrast(of(ink), of(ground));
                assert!(found >= 4.5, "{theme}: {ink} on {ground}: {found}");
            }
            // An edge needs 3. A layer's has what text needs: in an SVG its name is written in it.
            for (edge, least) in [("l1", 4.5), ("l2", 4.5), ("l3", 4.5), ("l4", 4.5), ("ring", 3.0)] {
                let found = contrast(of(edge), of(ground));
                assert!(found >= least, "{theme}: {edge} on {ground}: {found}");
            }
        }
        for ground in ["k1", "k2", "k3", "k4", "mark", "hatch"] {
            let found = contrast(of("text"), of(ground));
            assert!(found >= 4.5, "{theme}: text on {ground}: {found}");
        }
    }
}

#[test]
fn every_eye_tells_the_layers_of_a_page_apart() {
    for (theme, colors) in named(&page()).iter().enumerate() {
        for kind in ["k", "l"] {
            let all: Vec<Color> = (1..=4).map(|layer| colors[&format!("{kind}{layer}")]).collect();
            for (index, one) in all.iter().enumerate() {
                for other in &all[index + 1..] {
                    let found = apart(*one, *other);
                    assert!(found >= 9.0, "{theme}: {kind}: {one:?} {other:?}: {found}");
                }
            }
        }
        assert!(apart(colors["c"], colors["v"]) >= 25.0, "{theme}: {}", apart(colors["c"], colors["v"]));
    }
}

#[test]
fn an_svg_is_read_on_light_and_on_dark() {
    let drawn =
        [&["osi"][..], &["replay", "handshake-lost-syn"], &["explain", "SYN"], &["explain", "TIME-WAIT"]];
    for args in drawn {
        let svg = netlab(&[args, &["--format", "svg"]].concat()).stdout;
        for (theme, colors) in classes(&svg).iter().enumerate() {
            let Some(ground) = colors.get("g").copied() else { panic!("{args:?}: {colors:?}") };
            for (name, color) in colors {
                let least = match name.as_str() {
                    // What lies behind text.
                    "g" | "o" | "k0" | "k1" | "k2" | "k3" | "k4" => {
                        let found = contrast(colors["p"], *color);
                        assert!(found >= 4.5, "{args:?} {theme}: text on {name}: {found}");
                        continue;
                    }
                    // Rails and hatching only lead the eye.
                    "r" => continue,
                    _ => 4.5,
                };
                let found = contrast(*color, ground);
                assert!(found >= least, "{args:?} {theme}: {name}: {found}");
            }
        }
    }
}

#[test]
fn a_page_and_an_svg_have_the_same_hues() {
    let svg = classes(&netlab(&["osi", "--format", "svg"]).stdout);
    for (page, svg) in named(&page()).iter().zip(&svg) {
        for layer in 1..=4 {
            for (one, other) in
                [(format!("k{layer}"), format!("k{layer}")), (format!("l{layer}"), format!("e{layer}"))]
            {
                assert_eq!(page[&one], svg[&other], "{one}");
            }
        }
    }
}

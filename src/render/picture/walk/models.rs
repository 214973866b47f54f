//! The four layers of TCP/IP beside the seven, on the page of a walk.

use super::page::{each, leveled, named};
use crate::osi::{Internet, Layer, Place};
use crate::render::WalkView;
use crate::render::osi::{Names, grouped};
use crate::render::picture::layers::class_of;
use crate::render::picture::page::shell::put;

/// The four layers of TCP/IP beside the seven, and what does not fit.
pub(super) fn four(views: &[WalkView<'_>; 3], page: &mut String) {
    let [_, view, _] = views;
    put(page, format_args!("<h2>{}</h2>", named(Names::both_models)));
    page.push_str("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Seven layers and four\">\n<table class=\"four\">\n");
    let heads = [0, 1, 2].map(|index| named(|names| names.columns().get(index).copied().unwrap_or_default()));
    let heads = heads.map(|head| format!("<th scope=\"col\">{head}</th>")).concat();
    put(page, format_args!("<thead><tr>{heads}</tr></thead><tbody>"));
    for floor in &view.walk.floors {
        let place = floor.place;
        let name = named(|names| names.place(place));
        let name = match place.layer() {
            Some(layer) => format!("{} {name}", layer.number()),
            None => name,
        };
        let internet = named(|names| names.internet(place.layer().map(Layer::internet)));
        let own = each(views, |view| parts_of(view, place));
        let arp = place.layer().is_some_and(|layer| view.is_arp(layer));
        let text = match place {
            Place::At(Layer::Physical) => named(Names::in_no_capture),
            _ if arp => named(Names::no_ip),
            _ if own.is_empty() => "nothing".to_owned(),
            _ => own.clone(),
        };
        four_row(&name, &internet, &text, place, page);
        if arp {
            // RFC 1122 has it in the link layer (2.3.2).
            let name = named(|names| names.pick("plug", "ARP"));
            four_row(&name, &named(|names| names.internet(Some(Internet::Link))), &own, place, page);
        }
    }
    page.push_str("</tbody></table>\n</div>\n");
    for key in view.account() {
        leveled("account", views, &[key], page);
    }
}

/// What the frame has at a place, with the sizes.
fn parts_of(view: &WalkView<'_>, place: Place) -> String {
    let parts = view.parts_of(|part| match place.layer() {
        Some(layer) => part.layer() == Some(layer),
        None => part == place,
    });
    let named = parts.iter().map(|(title, _, len)| format!("{} {}", view.names().part(title), grouped(*len)));
    named.collect::<Vec<_>>().join(", ")
}

fn four_row(name: &str, internet: &str, text: &str, place: Place, page: &mut String) {
    let class = class_of(place);
    put(
        page,
        format_args!(
            "<tr><th scope=\"row\" class=\"{class}\">{name}</th><td>{internet}</td><td>{text}</td></tr>"
        ),
    );
}

//! A packet's way over a router as a page: both frames as steps, what changed between them, the bytes that differ marked.

use std::io::{self, Write};

use super::WalkPicture;
use super::data::Data;
use super::page::DRESS;
use crate::frame::Frame;
use crate::osi::hops::{Compared, Hop};
use crate::render::osi::{Names, place_of_row};
use crate::render::picture::layers::class_of;
use crate::render::picture::page::shell::{DETAIL, by_level, closing, opening, put, spans};
use crate::render::picture::xml;
use crate::words::Level;

/// Writes the page.
pub(super) fn draw(of: &WalkPicture<'_>, hop: &Hop, out: &mut dyn Write) -> io::Result<()> {
    let views = Level::ALL.map(|level| of.view(level));
    let mut data = Data::new(of.book, of.whole);
    let differ: Vec<usize> = hop
        .bytes
        .0
        .iter()
        .zip(&hop.bytes.1)
        .enumerate()
        .filter(|(_, (one, other))| one != other)
        .map(|(at, _)| at)
        .collect();
    let mut page = opening(&of.title(), &DRESS, of.level, ("steps", "To the steps"));
    page.push_str("<main>\n<section id=\"story\" aria-labelledby=\"steps-title\">\n");
    put(
        &mut page,
        format_args!(
            "<h2 id=\"steps-title\">{}</h2>",
            spans(views.each_ref().map(|view| view.told()).each_ref().map(String::as_str))
        ),
    );
    page.push_str("<ol id=\"steps\" class=\"walk\" tabindex=\"-1\">\n");
    let ((one, other), (before, after)) = (hop.frames, (&hop.bytes.0, &hop.bytes.1));
    let [from, to] = of.hosts();
    for (index, (number, bytes, title)) in
        [(one, before, format!("{from} to router")), (other, after, format!("router to {to}"))]
            .into_iter()
            .enumerate()
    {
        let frame = Frame {
            number,
            time: None,
            link: of.walk.link,
            interface: None,
            bytes,
            original_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        };
        data.frame(frame, &of.walk.parts);
        data.marked(index, &differ, bytes.len());
        put(
            &mut page,
            format_args!(
                "<li class=\"step floor k0\"><h3><button type=\"button\"><span class=\"w\"><b>{title}</b></span> <span class=\"z\">frame {number}</span></button></h3>"
            ),
        );
        for row in hop.rows.iter().filter(|row| row.is_changed()) {
            let value = if index == 0 { &row.before } else { &row.after };
            let title = titles(row);
            put(
                &mut page,
                format_args!("<p class=\"words\">{title}: <code>{}</code></p>", values_of(row, value)),
            );
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ol>\n");
    rows(hop, &mut page);
    let texts = views.map(|view| view.says(&[hop.key()]));
    for (levels, text) in by_level(texts.each_ref().map(String::as_str)) {
        put(&mut page, format_args!("<p class=\"account {levels}\">{}</p>", xml(text)));
    }
    page.push_str(DETAIL);
    out.write_all(page.as_bytes())?;
    closing(Some(&data.json()), &DRESS, out)
}

/// What is compared, at each level.
fn titles(row: &Compared) -> String {
    spans(Level::ALL.map(|level| Names::of(level).compared(row)))
}

/// A value of it, at each level.
fn values_of(row: &Compared, value: &str) -> String {
    spans(Level::ALL.map(|level| Names::of(level).value(row, value)).each_ref().map(String::as_str))
}

/// What changed, and what did not.
fn rows(hop: &Hop, page: &mut String) {
    let (one, other) = hop.frames;
    page.push_str("<h2>What changes on the way, and what stays</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Before the router and behind it\">\n<table class=\"four\">\n");
    put(
        page,
        format_args!(
            "<thead><tr><th scope=\"col\">what</th><th scope=\"col\">frame {one}</th><th scope=\"col\"><span class=\"only-heard\">compared</span></th>\
             <th scope=\"col\">frame {other}</th></tr></thead><tbody>"
        ),
    );
    for row in &hop.rows {
        let class = class_of(place_of_row(row));
        let (sign, after) = if row.is_changed() {
            ("<b class=\"alarm\">≠</b>", format!("<code>{}</code>", values_of(row, &row.after)))
        } else {
            ("=", "the same".to_owned())
        };
        put(
            page,
            format_args!(
                "<tr><th scope=\"row\" class=\"{class}\">{}</th><td><code>{}</code></td><td>{sign}</td><td>{after}</td></tr>",
                titles(row),
                values_of(row, &row.before)
            ),
        );
    }
    page.push_str("</tbody></table>\n</div>\n");
}

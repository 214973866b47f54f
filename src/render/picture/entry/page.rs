//! A term as a page: its words at three levels, what is to be seen of it, each cell of its header linked to its row.

use std::io::{self, Write};

use super::svg::{alone, paints};
use super::{EntryPicture, Seen, origin};
use crate::explain::{Cell, Entry, Header, Reference};
use crate::render::picture::canvas::style_of;
use crate::render::picture::page::shell::{Dress, by_level, closing, opening, put};
use crate::render::picture::xml;
use crate::words::Level;

/// How such pages look: the style that all have, their own, and the colours of what is drawn.
pub(super) fn style() -> String {
    let own = concat!(include_str!("../page/base.css"), include_str!("entry.css"));
    format!("{own}{}", style_of(&paints(), "screen and "))
}

const SCRIPT: &str = include_str!("entry.js");

/// Writes the page.
pub(super) fn draw(of: &EntryPicture<'_>, out: &mut dyn Write) -> io::Result<()> {
    let style = style();
    let dress = Dress { style: &style, script: SCRIPT };
    let mut page = opening(&of.title(), &dress, of.level, ("entry", "To the explanation"));
    page.push_str("<main id=\"entry\" tabindex=\"-1\">\n<article>\n");
    said(of.entry, &mut page);
    let seen = of.seen();
    if let Some(drawing) = alone(of) {
        let label = match seen {
            Some(Seen::Header(header)) => format!("{} header", header.title),
            Some(Seen::Lines(_)) => "HTTP header".to_owned(),
            Some(Seen::State(_)) => "The states of TCP".to_owned(),
            Some(Seen::Layer(_)) | None => "The layers".to_owned(),
        };
        let from = match (&seen, origin(of.entry)) {
            (Some(Seen::Header(_) | Seen::Lines(_)), Some(origin)) => format!(", {origin}"),
            _ => String::new(),
        };
        let heading = xml(&format!("{label}{from}"));
        put(
            &mut page,
            format_args!(
                "<h2>{heading}</h2>\n<div class=\"drawing\" tabindex=\"0\" role=\"group\" aria-label=\"{heading}\">"
            ),
        );
        page.push_str(&drawing);
        page.push_str("</div>\n");
    }
    if let Some(Seen::Header(header)) = seen {
        cells(header, &mut page);
    }
    facts(of.entry, None, &mut page);
    page.push_str("</article>\n</main>\n<p id=\"said\" class=\"only-heard\" role=\"status\"></p>\n");
    out.write_all(page.as_bytes())?;
    closing(None, &dress, out)
}

/// The words at each level, and what belongs to them.
pub(super) fn said(entry: &Entry<'_>, page: &mut String) {
    let near = |texts: [Option<String>; 3]| {
        // What there is helps more than nothing.
        let student = texts.get(1).cloned().flatten();
        texts.map(|text| text.or_else(|| student.clone()).unwrap_or_default())
    };
    let texts = near(Level::ALL.map(|level| entry.text(level)));
    for (levels, text) in by_level(texts.each_ref().map(String::as_str)) {
        put(page, format_args!("<p class=\"words {levels}\">{}</p>", xml(text)));
    }
    let headings: Vec<&str> = entry.aspects(Level::Student).map(|(heading, _)| heading).collect();
    if headings.is_empty() {
        return;
    }
    page.push_str("<dl>\n");
    for heading in headings {
        let of = |level| entry.aspects(level).find(|(other, _)| *other == heading).map(|(_, text)| text);
        let texts = near(Level::ALL.map(of));
        put(page, format_args!("<dt>{heading}</dt>"));
        for (levels, text) in by_level(texts.each_ref().map(String::as_str)) {
            put(page, format_args!("<dd class=\"{levels}\">{}</dd>", xml(text)));
        }
    }
    page.push_str("</dl>\n");
}

/// Each cell of a header as a row.
fn cells(header: &Header, page: &mut String) {
    page.push_str("<div class=\"drawing\" tabindex=\"0\" role=\"group\" aria-label=\"Its fields\">\n<table id=\"cells\">\n<thead><tr><th scope=\"col\">bits</th><th scope=\"col\">field</th><th scope=\"col\">value</th><th scope=\"col\">in Wireshark</th></tr></thead><tbody>\n");
    for (index, cell) in header.cells.iter().enumerate() {
        let Cell { name, label, bits, value, meant } = cell;
        let bits = if bits.len() == 1 {
            bits.start.to_string()
        } else {
            format!("{} to {}", bits.start, bits.end - 1)
        };
        let this = if *meant { " class=\"meant\"" } else { "" };
        let mark = if *meant { "<b>▸ </b>" } else { "" };
        put(
            page,
            format_args!(
                "<tr{this} data-cell=\"{index}\"><td>{bits}</td><th scope=\"row\">{mark}<button type=\"button\">{}</button></th><td>{}</td><td><code>{name}</code></td></tr>",
                xml(label),
                xml(value.as_deref().unwrap_or_default())
            ),
        );
    }
    page.push_str("</tbody></table>\n</div>\n");
}

/// Where another term is found in a page.
pub(super) type Link<'l> = &'l dyn Fn(&str) -> Option<String>;

/// Value, frame, commands, filter, source, and what it goes with. `link`: where another term is found in the page.
pub(super) fn facts(entry: &Entry<'_>, link: Option<Link<'_>>, page: &mut String) {
    page.push_str("<dl class=\"facts\">\n");
    let mut row = |name: &str, html: String| {
        if !html.is_empty() {
            put(page, format_args!("<div><dt>{name}</dt><dd>{html}</dd></div>"));
        }
    };
    if let Some(example) = &entry.example {
        if let Some(value) = entry.value() {
            row("value", xml(&value));
        }
        row("shown by", xml(&origin(entry).unwrap_or_default()));
        if link.is_none() {
            let commands = crate::render::explain::commands(example);
            row("look", commands.map(|command| format!("<code>{}</code>", xml(&command))).join("<br>"));
        }
    }
    match (&entry.filter, entry.instead) {
        (Some(filter), _) => row("Wireshark", format!("<code>{}</code>", xml(filter))),
        (None, Some(instead)) => row("Wireshark", xml(instead)),
        (None, None) => {}
    }
    row("source", xml(&entry.sources().join("; ")));
    let named = |reference: &Reference<'_>| {
        let name = xml(&format!("{} ({})", reference.name, reference.group.one()));
        match link.map(|link| link(reference.key)) {
            Some(Some(anchor)) => format!("<a href=\"#{}\">{name}</a>", xml(&anchor)),
            _ => name,
        }
    };
    row("see also", entry.see.iter().map(named).collect::<Vec<_>>().join("; "));
    page.push_str("</dl>\n");
}

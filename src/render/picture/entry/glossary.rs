//! All terms on one page: by group, each with an anchor, found by the browser's own search or by the box at the top.

use std::collections::HashMap;
use std::io::{self, Write};

use super::page::{Link, facts, said, style};
use super::title;
use crate::explain::{Entry, Group};
use crate::render::picture::page::shell::{Dress, closing, opening, put};
use crate::render::picture::xml;
use crate::words::Level;

const SCRIPT: &str = include_str!("glossary.js");

/// Many terms that are to be one page.
#[derive(Clone, Copy, Debug)]
pub struct Glossary<'a> {
    /// In the order of their groups.
    pub entries: &'a [Entry<'a>],
    /// How deep the words go at first.
    pub level: Level,
}

impl Glossary<'_> {
    /// Writes the page.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let style = style();
        let dress = Dress { style: &style, script: SCRIPT };
        let anchors = anchors(self.entries);
        let groups: Vec<&[Entry<'_>]> = self.entries.chunk_by(|one, next| one.group == next.group).collect();
        let name = match groups.as_slice() {
            [one] => format!("Glossary: {}", one.first().map_or("", |entry| entry.group.name())),
            _ => "Glossary: all that netlab can explain".to_owned(),
        };
        let mut page = opening(&name, &dress, self.level, ("entry", "To the terms"));
        page.push_str("<main id=\"entry\" tabindex=\"-1\">\n<nav aria-label=\"Groups\">\n<ul>");
        for group in &groups {
            let Some(first) = group.first() else { continue };
            let name = first.group.name();
            page.push_str(&format!("<li><a href=\"#group-{name}\">{name}</a> {}</li>", group.len()));
        }
        page.push_str("</ul>\n<p id=\"find\" hidden><label>Find <input type=\"search\" id=\"wanted\" autocomplete=\"off\"></label> <span id=\"found\" role=\"status\"></span></p>\n</nav>\n");
        out.write_all(page.as_bytes())?;
        let link = |key: &str| anchors.get(key).cloned();
        for group in groups {
            page.clear();
            let name = group.first().map_or("", |entry| entry.group.name());
            put(
                &mut page,
                format_args!(
                    "<section class=\"group\" aria-labelledby=\"group-{name}\">\n<h2 id=\"group-{name}\">{name}</h2>"
                ),
            );
            for entry in group {
                one(entry, anchors.get(entry.key).map_or("", String::as_str), &link, &mut page);
            }
            page.push_str("</section>\n");
            out.write_all(page.as_bytes())?;
        }
        out.write_all(b"</main>\n")?;
        closing(None, &dress, out)
    }
}

fn one(entry: &Entry<'_>, anchor: &str, link: Link<'_>, page: &mut String) {
    let anchor = xml(anchor);
    put(
        page,
        format_args!(
            "<article class=\"term\" id=\"{anchor}\">\n<h3><a href=\"#{anchor}\">{}</a></h3>",
            xml(&title(entry))
        ),
    );
    if !entry.key.contains(' ') && entry.group != Group::Layers && entry.name != entry.key {
        put(page, format_args!("<p class=\"key\"><code>{}</code></p>", xml(entry.key)));
    }
    said(entry, page);
    if let Some(header) = entry.place() {
        let meant: Vec<_> = header.cells.iter().filter(|cell| cell.meant).collect();
        if let (Some(first), Some(last)) = (meant.first(), meant.last()) {
            let (from, to) = (first.bits.start, last.bits.end - 1);
            let bits = if from == to { format!("bit {from}") } else { format!("bits {from} to {to}") };
            put(page, format_args!("<p class=\"place\">{bits} of the {} header</p>", header.title));
        }
    }
    facts(entry, Some(link), page);
    page.push_str("</article>\n");
}

/// A name for each term that a link can have, none twice.
fn anchors<'e>(entries: &'e [Entry<'_>]) -> HashMap<&'e str, String> {
    let mut used: HashMap<String, usize> = HashMap::new();
    let mut anchors = HashMap::new();
    for entry in entries {
        let plain: String = entry
            .key
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' })
            .collect();
        let count = used.entry(plain.clone()).or_default();
        *count += 1;
        let anchor = if *count == 1 { plain } else { format!("{plain}-{count}") };
        anchors.insert(entry.key, anchor);
    }
    anchors
}

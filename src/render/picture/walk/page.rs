//! The walk as a page: the tower as a table, each layer a step of the way down and of the way up, the bytes beside them.

use std::io::{self, Write};

use super::bars::shares;
use super::data::Data;
use super::tower::{Row, Seen, Tower};
use super::{WalkPicture, models};
use crate::osi::{Layer, Physical, Place};
use crate::render::WalkView;
use crate::render::osi::{Bar, Crate, LOST, Names, grouped};
use crate::render::picture::layers::class_of;
use crate::render::picture::page::shell::{DETAIL, Dress, SCRIPT, by_level, closing, opening, put, spans};
use crate::render::picture::xml;
use crate::words::{Level, fill_sentences};

pub(super) const DRESS: Dress<'_> = Dress { style: STYLE, script: SCRIPT };

const STYLE: &str =
    concat!(include_str!("../page/base.css"), include_str!("../page/page.css"), include_str!("walk.css"));

/// So many bytes of a layer stand in its step.
const SHOWN: usize = 32;

/// Which way a step goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Up,
}

/// Writes the page.
pub(super) fn draw(of: &WalkPicture<'_>, out: &mut dyn Write) -> io::Result<()> {
    let views = Level::ALL.map(|level| of.view(level));
    let [_, view, _] = &views;
    let tower = Tower::of(view);
    let mut data = Data::new(of.book, of.whole);
    data.walk(of.walk);
    let steps = steps(of, &tower);
    let mut page = opening(&of.title(), &DRESS, of.level, ("steps", "To the steps"));
    page.push_str("<main>\n<div class=\"side\" role=\"region\" aria-label=\"Tower and bytes\">\n<h2 class=\"only-heard\">The tower</h2>\n");
    table(&tower, &steps, &mut page);
    page.push_str("</div>\n<section id=\"story\" aria-labelledby=\"steps-title\">\n");
    put(&mut page, format_args!("<h2 id=\"steps-title\">{}</h2>", each(&views, |view| view.told())));
    if let Some(layer) = of.layer {
        about(of, layer, &mut page);
    }
    page.push_str("<ol id=\"steps\" class=\"walk\" tabindex=\"-1\">\n");
    for (number, (way, index)) in steps.iter().enumerate() {
        let Some(row) = tower.rows.get(*index) else { continue };
        data.at(of.walk, row.place);
        let before = number.checked_sub(1).and_then(|number| steps.get(number));
        if before.is_none_or(|(before, _)| before != way) {
            let [from, to] = of.hosts();
            let (name, host) = if *way == Way::Down { ("Down", from) } else { ("Up", to) };
            let text = each(&views, |view| view.on(name, host));
            put(&mut page, format_args!("<li class=\"way\">{text}</li>"));
        }
        floor(of, &views, row, (*way, *index), &mut page);
    }
    page.push_str("</ol>\n");
    if let Some(stop) = of.walk.stop.as_ref().filter(|stop| of.layer.is_none_or(|only| stop.layer() <= only))
    {
        leveled("stop", &views, &[stop.key()], &mut page);
    }
    if of.walk.lost {
        leveled("stop", &views, &[LOST], &mut page);
    }
    if of.layer.is_none() {
        models::four(&views, &mut page);
        cost(&views, &mut page);
    }
    page.push_str(DETAIL);
    out.write_all(page.as_bytes())?;
    closing(Some(&data.json()), &DRESS, out)
}

/// Each step: which way it goes, and which row of the tower it is at.
fn steps(of: &WalkPicture<'_>, tower: &Tower) -> Vec<(Way, usize)> {
    let rows = tower.rows.iter().enumerate();
    let wanted = rows.filter(|(_, row)| of.layer.is_none_or(|only| row.place == Place::At(only)));
    let wanted: Vec<(usize, &Row)> = wanted.collect();
    let goes_up =
        |row: &Row| of.walk.floors.iter().any(|floor| floor.place == row.place && !floor.up.is_empty());
    let down = wanted.iter().map(|(index, _)| (Way::Down, *index));
    let up = wanted.iter().rev().filter(|(_, row)| goes_up(row)).map(|(index, _)| (Way::Up, *index));
    down.chain(up).collect()
}

/// What a step is called by a link.
fn anchor(way: Way, row: &Row) -> String {
    let way = if way == Way::Down { "down" } else { "up" };
    format!("{way}-{}", row.sign)
}

/// The tower: a row a layer, a column a box.
fn table(tower: &Tower, steps: &[(Way, usize)], page: &mut String) {
    page.push_str("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"The tower of layers\">\n<table id=\"tower\">\n");
    page.push_str(
        "<caption>What each layer puts around what it is given. Hatched: what no recording holds. <span class=\"fr\">A byte is room for one plain letter.</span></caption>\n",
    );
    put(
        page,
        format_args!(
            "<thead><tr><th scope=\"col\">layer</th><th scope=\"colgroup\" colspan=\"{}\">its bytes, and those that it carries</th>\
             <th scope=\"col\">bytes</th></tr></thead><tbody>",
            tower.boxes.len().max(1)
        ),
    );
    for (index, row) in tower.rows.iter().enumerate() {
        let of: Vec<usize> =
            (0..steps.len()).filter(|at| steps.get(*at).is_some_and(|step| step.1 == index)).collect();
        let name = format!("{} {}", row.sign, named(|names| names.place(row.place)));
        let class = class_of(row.place);
        let head = match of.first().and_then(|first| steps.get(*first)) {
            Some((way, _)) => format!("<a href=\"#{}\">{name}</a>", anchor(*way, row)),
            None => name,
        };
        let numbers: Vec<String> = of.iter().map(ToString::to_string).collect();
        let numbers = if numbers.is_empty() { "-1".to_owned() } else { numbers.join(" ") };
        put(
            page,
            format_args!(
                "<tr data-steps=\"{numbers}\" data-row=\"{index}\"><th scope=\"row\" class=\"{class}\">{head}<small><span class=\"st en\"> {}</span></small></th>",
                row.unit
            ),
        );
        if row.is_bare() {
            let nothing = match row.place {
                Place::At(Layer::Physical) => named(Names::not_here),
                _ => "adds nothing".to_owned(),
            };
            put(
                page,
                format_args!(
                    "<td class=\"none\" colspan=\"{}\">{nothing}</td><td></td></tr>",
                    tower.boxes.len().max(1)
                ),
            );
            continue;
        }
        for (one, seen) in tower.boxes.iter().zip(&row.boxes) {
            cell(one, *seen, page);
        }
        put(page, format_args!("<td class=\"size\">{}</td></tr>", row.size));
    }
    page.push_str("</tbody></table>\n</div>\n");
}

fn cell(one: &Crate, seen: Seen, page: &mut String) {
    let wire = if one.place == Place::At(Layer::Physical) { " wire" } else { "" };
    let class = class_of(one.place);
    let text = match seen {
        Seen::Not => return page.push_str("<td></td>"),
        Seen::There => {
            return page.push_str(&format!("<td class=\"{class}{wire}\">{}</td>", one.place.sign()));
        }
        Seen::New if one.is_message => {
            let [friend, name] = [&one.everyday, &one.name].map(|name| crate::render::line::cut(name, 60));
            format!("<b>{}</b>", spans([&friend, &name, &name]))
        }
        Seen::New => {
            let plus = if wire.is_empty() { "+" } else { "" };
            format!("<b>{}</b> {plus}{}", spans(["", &one.name, &one.name]), grouped(one.len))
        }
    };
    let said = if one.is_message { " message" } else { "" };
    page.push_str(&format!("<td class=\"{class}{wire}{said} new\">{text}</td>"));
}

/// A step at a layer.
fn floor(
    of: &WalkPicture<'_>,
    views: &[WalkView<'_>; 3],
    row: &Row,
    (way, index): (Way, usize),
    page: &mut String,
) {
    let [_, view, _] = views;
    let Some(floor) = of.walk.floors.iter().find(|floor| floor.place == row.place) else { return };
    let layer = row.place.layer();
    let (class, id) = (class_of(row.place), anchor(way, row));
    let (word, keys) = if way == Way::Down { ("down", &floor.down) } else { ("up", &floor.up) };
    put(page, format_args!("<li class=\"step floor {class} {word}\" id=\"{id}\" data-row=\"{index}\">"));
    let size = match (row.is_bare(), way) {
        (true, _) if row.place == Place::At(Layer::Physical) => named(Names::not_here),
        (true, _) => "adds nothing".to_owned(),
        (false, Way::Down) => {
            let size = format!("{} bytes", row.size);
            each(views, |view| view.names().pick(size.clone(), format!("{}, {size}", row.unit)))
        }
        (false, Way::Up) => String::new(),
    };
    let name = each(views, |view| view.names().place_in_full(row.place));
    let internet = layer.map_or("in neither model", |layer| view.internet(layer).name());
    put(
        page,
        format_args!(
            "<h3><button type=\"button\"><span class=\"w\"><i>{word}, layer </i>{} <b>{name}</b></span> <span class=\"z\">{size}</span> \
             <span class=\"in st en\">TCP/IP: {internet}</span></button></h3>",
            row.sign
        ),
    );
    leveled("words", views, keys, page);
    if way == Way::Down {
        own_bytes(of, row, page);
        if let Some(layer) =
            layer.filter(|layer| of.layer.is_none() && (!row.is_bare() || *layer == Layer::Physical))
        {
            facts(views, layer, page);
        }
    }
    page.push_str("</li>\n");
}

/// What differs by level, inside of a line.
pub(super) fn each(views: &[WalkView<'_>; 3], text: impl Fn(&WalkView<'_>) -> String) -> String {
    spans(views.each_ref().map(text).each_ref().map(String::as_str))
}

/// A name of each level.
pub(super) fn named(name: impl Fn(Names) -> &'static str) -> String {
    spans(Level::ALL.map(|level| name(Names::of(level))))
}

/// The words of some keys, at each level.
pub(super) fn leveled(class: &str, views: &[WalkView<'_>; 3], keys: &[&str], page: &mut String) {
    let texts = views.each_ref().map(|view| view.says(keys));
    for (levels, text) in by_level(texts.each_ref().map(String::as_str)) {
        put(page, format_args!("<p class=\"{class} {levels}\">{}</p>", xml(text)));
    }
}

/// The first bytes that a layer adds, for who has no script, and for paper.
fn own_bytes(of: &WalkPicture<'_>, row: &Row, page: &mut String) {
    let all = |level| match row.place.layer() {
        Some(layer) => of.own_bytes(layer, level),
        None => of
            .walk
            .layered()
            .filter(|part| part.place == row.place)
            .map(|part| {
                let title = of.view(level).part_of(part.title, part.len, "");
                (title, part.bytes(&of.walk.bytes).into())
            })
            .collect(),
    };
    for (title, _) in all(Level::Friend) {
        put(page, format_args!("<p class=\"own fr\">adds {}</p>", xml(&title)));
    }
    for (title, bytes) in all(Level::Student) {
        let hex: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
        let more = if bytes.len() > SHOWN { " …" } else { "" };
        put(
            page,
            format_args!("<p class=\"own x\">{}: <code>{}{more}</code></p>", xml(&title), hex.join(" ")),
        );
    }
    if let (Some(physical), true) = (of.walk.physical, row.place == Place::At(Layer::Physical)) {
        let padding =
            if physical.padding > 0 { format!(", padding {}", physical.padding) } else { String::new() };
        let (preamble, check, gap) = (Physical::PREAMBLE, Physical::CHECK, Physical::GAP);
        put(
            page,
            format_args!(
                "<p class=\"own x\">bytes that no capture holds: preamble {preamble}{padding}, check sequence {check}, gap {gap}</p>"
            ),
        );
    }
}

/// What a layer is for, its addresses and devices, and what if it fails.
fn facts(views: &[WalkView<'_>; 3], layer: Layer, page: &mut String) {
    page.push_str("<dl class=\"about\">\n");
    let facts = views.each_ref().map(|view| view.facts(layer));
    for name in ["job", "address", "device", "if not"] {
        let texts = facts.each_ref().map(|facts| {
            facts.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text.as_str())
        });
        let texts = by_level(texts);
        if texts.is_empty() {
            continue;
        }
        put(page, format_args!("<div><dt>{name}</dt>"));
        for (levels, text) in texts {
            put(page, format_args!("<dd class=\"{levels}\">{}</dd>", xml(text)));
        }
        page.push_str("</div>\n");
    }
    page.push_str("</dl>\n");
}

/// All that is said of one layer in general.
fn about(of: &WalkPicture<'_>, layer: Layer, page: &mut String) {
    let key = format!("layer.{}", layer.number());
    page.push_str("<dl class=\"about whole\">\n");
    for (name, part) in [
        ("what it is", ""),
        ("unit", ".unit"),
        ("address", ".address"),
        ("device", ".device"),
        ("if not", ".fails"),
        ("misread", ".misread"),
    ] {
        let Some(entry) = of.book.find(&format!("{key}{part}")) else { continue };
        let texts = Level::ALL.map(|level| fill_sentences(entry.near(level), &[]).join(" "));
        let name = named(|names| names.of_entry(name));
        put(page, format_args!("<div><dt>{name}</dt>"));
        for (levels, text) in by_level(texts.each_ref().map(String::as_str)) {
            put(page, format_args!("<dd class=\"{levels}\">{}</dd>", xml(text)));
        }
        page.push_str("</div>\n");
    }
    page.push_str("</dl>\n");
    if let Some(entry) = of.book.find(&key) {
        put(page, format_args!("<p class=\"source\">Source: {}</p>", xml(&entry.sources.join("; "))));
    }
}

/// What it costs.
fn cost(views: &[WalkView<'_>; 3], page: &mut String) {
    page.push_str("<h2>What it costs</h2>\n");
    let bars = views.each_ref().map(WalkView::bars);
    let [friend, student, engineer] = &bars;
    for ((friend, student), engineer) in friend.iter().zip(student).zip(engineer) {
        bar([friend, student, engineer], page);
    }
    leveled("account", views, &["osi.cost"], page);
}

/// One bar, called as each level calls it.
fn bar(bars: [&Bar<'_>; 3], page: &mut String) {
    let [_, Bar { bill, .. }, _] = bars;
    put(page, format_args!("<p><b>{}</b></p>", spans(bars.map(|bar| bar.title.as_str()))));
    page.push_str(
        "<svg class=\"bar\" viewBox=\"0 0 1000 24\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
    );
    let mut x = 0;
    for ((name, _), width) in bill.rows().into_iter().zip(shares(bill, 1000)) {
        if width > 0 {
            page.push_str(&format!(
                "<rect class=\"{}\" x=\"{x}\" y=\"1\" width=\"{width}\" height=\"22\"/>",
                class(name)
            ));
            x += width;
        }
    }
    page.push_str("</svg>\n<ul class=\"legend\">");
    for (name, bytes) in bill.rows().into_iter().filter(|(_, bytes)| *bytes > 0) {
        let title = spans(bars.map(|bar| bar.kind(name).2));
        page.push_str(&format!("<li class=\"{}\">{title} {}</li>", class(name), grouped(bytes)));
    }
    page.push_str("</ul>\n");
}

fn class(kind: &str) -> &'static str {
    match kind {
        "physical" => "k0 wire",
        "link" => "k1",
        "network" => "k2",
        "transport" => "k3",
        "tls" => "k0",
        _ => "k4",
    }
}

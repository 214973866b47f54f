//! A story as one page of HTML: all its steps as a list that needs no script, and the bytes of each, which a script shows.
//!
//! The page fetches nothing and runs nothing but its own script: its Content-Security-Policy names that by its hash. All three levels are in
//! it; which one is shown is a matter of style.

pub(super) mod frames;
pub(super) mod shell;
mod steps;

use std::io::{self, Write};

use super::{Around, Item, Picture, left_out, not_asked, xml};
use crate::event::Host;
use crate::render::LEGEND;
use crate::story::Step;
use shell::{DETAIL, Dress, SCRIPT, STYLE, put};

pub(super) use frames::Frames;

const DRESS: Dress<'_> = Dress { style: STYLE, script: SCRIPT };

/// Writes the page.
pub(super) fn draw(picture: Picture, around: &Around<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Picture { items, left_out: left, frames, .. } = picture;
    let mut page = shell::opening(around.title(), &DRESS, around.level, ("steps", "To the steps"));
    page.push_str("<main>\n<section id=\"story\" aria-labelledby=\"steps-title\">\n<h2 id=\"steps-title\">Step by step</h2>\n");
    hosts(around, &mut page);
    page.push_str("<ol id=\"steps\" tabindex=\"-1\">\n");
    out.write_all(page.as_bytes())?;
    let mut remarks = Vec::new();
    for item in &items {
        page.clear();
        match item {
            Item::Step(step) => steps::step(step, around, &mut page),
            Item::Gap(count) => put(&mut page, format_args!("<li class=\"gap\">{}</li>", not_asked(*count))),
            Item::Remark(text) => {
                remarks.push(text.as_str());
                continue;
            }
        }
        out.write_all(page.as_bytes())?;
    }
    page.clear();
    if left > 0 {
        put(&mut page, format_args!("<li class=\"gap\">{}</li>", left_out(left)));
    }
    page.push_str("</ol>\n<div class=\"closing\">\n");
    if around.head.mode == "lab" {
        put(&mut page, format_args!("<p>{LEGEND}</p>"));
    }
    for text in remarks {
        put(&mut page, format_args!("<p>{}</p>", xml(text)));
    }
    closing(around, &mut page);
    page.push_str("</div>\n");
    page.push_str(DETAIL);
    out.write_all(page.as_bytes())?;
    let told: Vec<&Step> = items
        .iter()
        .filter_map(|item| if let Item::Step(step) = item { Some(&**step) } else { None })
        .collect();
    shell::closing(Some(&frames.data(told.into_iter(), around.book)), &DRESS, out)
}

/// What it came to, at each level.
fn closing(around: &Around<'_>, page: &mut String) {
    let whole = around
        .closing
        .each_ref()
        .map(|lines| lines.iter().map(|text| format!("<p>{}</p>\n", xml(text))).collect::<String>());
    for (levels, lines) in shell::by_level(whole.each_ref().map(String::as_str)) {
        put(page, format_args!("<div class=\"{levels}\">\n{lines}</div>"));
    }
}

fn hosts(around: &Around<'_>, page: &mut String) {
    page.push_str("<div class=\"hosts\">\n");
    for host in [Host::Client, Host::Server] {
        let class = steps::class_of(host);
        put(
            page,
            format_args!(
                "<p class=\"{class}\"><b>{host}</b> <span>{}</span></p>",
                xml(&around.address(host))
            ),
        );
    }
    page.push_str("</div>\n");
}

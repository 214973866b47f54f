//! A story as one page of HTML: all its steps as a list that needs no script, and the bytes of each, which a script shows.
//!
//! The page fetches nothing and runs nothing but its own script: its Content-Security-Policy names that by its hash. All three levels are in
//! it; which one is shown is a matter of style.

mod frames;
mod steps;

use std::fmt::Write as _;
use std::io::{self, Write};

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::{Around, Item, Picture, left_out, not_asked, xml};
use crate::event::Host;
use crate::render::{LEGEND, write_json};
use crate::story::Step;
use crate::words::Level;

pub(super) use frames::Frames;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page.
pub(super) fn draw(picture: Picture, around: &Around<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Picture { items, left_out: left, frames, .. } = picture;
    let title = xml(around.title());
    let mut page = String::from("<!doctype html>\n");
    put(&mut page, format_args!("<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"));
    put(
        &mut page,
        format_args!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; \
             base-uri 'none'; form-action 'none'\">",
            hash(STYLE),
            hash(SCRIPT)
        ),
    );
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
    put(
        &mut page,
        format_args!("<meta name=\"generator\" content=\"netlab {}\">", env!("CARGO_PKG_VERSION")),
    );
    put(&mut page, format_args!("<title>{title} · netlab</title>\n<style>{STYLE}</style>\n</head>\n<body>"));
    page.push_str("<a class=\"skip\" href=\"#steps\">To the steps</a>\n<header>\n");
    put(&mut page, format_args!("<h1>{title}</h1>"));
    levels(around.level, &mut page);
    page.push_str("</header>\n<main>\n<section id=\"story\" aria-labelledby=\"steps-title\">\n<h2 id=\"steps-title\">Step by step</h2>\n");
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
    for text in remarks.into_iter().chain(around.closing.iter().map(String::as_str)) {
        put(&mut page, format_args!("<p>{}</p>", xml(text)));
    }
    page.push_str(DETAIL);
    out.write_all(page.as_bytes())?;
    let told: Vec<&Step> = items
        .iter()
        .filter_map(|item| if let Item::Step(step) = item { Some(&**step) } else { None })
        .collect();
    let mut data = Vec::new();
    write_json(&mut data, &frames.data(told.into_iter(), around.book))?;
    out.write_all(b"<script type=\"application/json\" id=\"data\">")?;
    // In JSON these stand in texts alone: there it makes no difference, and here nothing can end the script or begin a comment.
    for piece in data.split_inclusive(|byte| matches!(byte, b'<' | b'>' | b'&')) {
        match piece.split_last() {
            Some((last @ (b'<' | b'>' | b'&'), before)) => {
                out.write_all(before)?;
                write!(out, "\\u{last:04x}")?;
            }
            _ => out.write_all(piece)?,
        }
    }
    write!(out, "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

/// What stands behind the steps.
const DETAIL: &str = r#"</div>
</section>
<section id="detail" aria-labelledby="detail-title" hidden>
<h2 id="detail-title">The bytes</h2>
<div id="top">
<div id="frames"></div>
<p id="byte" class="byte" role="status"></p>
</div>
<div id="fields"></div>
</section>
</main>
<nav id="player" aria-label="Steps" hidden>
<button type="button" id="first" aria-label="First step"><span aria-hidden="true">|◀</span></button>
<button type="button" id="back" aria-label="Step back"><span aria-hidden="true">◀</span></button>
<button type="button" id="play" aria-pressed="false">Play</button>
<button type="button" id="next" aria-label="Next step"><span aria-hidden="true">▶</span></button>
<button type="button" id="last" aria-label="Last step"><span aria-hidden="true">▶|</span></button>
<span id="where"></span>
<span class="keys">keys: <kbd>←</kbd> <kbd>→</kbd> <kbd>Home</kbd> <kbd>End</kbd>, <kbd>Space</kbd> plays</span>
</nav>
<p id="said" class="only-heard" role="status"></p>
<noscript><p class="noscript">The steps need no script. Their bytes, field by field, do: allow this page to run its own.</p></noscript>
"#;

/// Which of the three levels is shown: a style looks at these.
fn levels(chosen: Level, page: &mut String) {
    page.push_str("<fieldset class=\"levels\">\n<legend>Explained for</legend>\n");
    for (level, who) in Level::ALL.into_iter().zip(["a friend", "a student", "an engineer"]) {
        let (name, checked) = (level.name(), if level == chosen { " checked" } else { "" });
        put(
            page,
            format_args!(
                "<label><input type=\"radio\" name=\"level\" id=\"level-{name}\" value=\"{name}\"{checked}> {who}</label>"
            ),
        );
    }
    page.push_str("</fieldset>\n");
}

fn hosts(around: &Around<'_>, page: &mut String) {
    page.push_str("<div class=\"hosts\">\n");
    for host in [Host::Client, Host::Server] {
        let class = steps::class_of(host);
        put(
            page,
            format_args!("<p class=\"{class}\"><b>{host}</b> <span>{}</span></p>", xml(around.address(host))),
        );
    }
    page.push_str("</div>\n");
}

/// What a Content-Security-Policy calls a script or a style by.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text)))
}

fn put(page: &mut String, what: std::fmt::Arguments<'_>) {
    let written = writeln!(page, "{what}");
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}

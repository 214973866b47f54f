//! What every page has around what it shows: a head that lets nothing in, the three levels, the player of its steps, its data.

use std::fmt::Write as _;
use std::io::{self, Write};

use data_encoding::BASE64;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::render::picture::xml;
use crate::render::write_json;
use crate::words::Level;

/// What a page looks like, and what runs in it.
pub(in crate::render::picture) struct Dress<'d> {
    pub(in crate::render::picture) style: &'d str,
    pub(in crate::render::picture) script: &'d str,
}

/// How the pages look that show bytes, and what runs in them.
pub(in crate::render::picture) const STYLE: &str =
    concat!(include_str!("base.css"), include_str!("page.css"));
pub(in crate::render::picture) const SCRIPT: &str = include_str!("page.js");

/// Where a link that is only seen with a keyboard leads, and its name.
pub(in crate::render::picture) type Skip<'s> = (&'s str, &'s str);

/// The page up to its `main`: head, title, levels.
pub(in crate::render::picture) fn opening(
    title: &str,
    dress: &Dress<'_>,
    level: Level,
    (to, skip): Skip<'_>,
) -> String {
    let title = xml(title);
    let mut page = String::from("<!doctype html>\n");
    put(&mut page, format_args!("<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"));
    put(
        &mut page,
        format_args!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; \
             base-uri 'none'; form-action 'none'\">",
            hash(dress.style),
            hash(dress.script)
        ),
    );
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
    put(
        &mut page,
        format_args!("<meta name=\"generator\" content=\"netlab {}\">", env!("CARGO_PKG_VERSION")),
    );
    put(
        &mut page,
        format_args!("<title>{title} · netlab</title>\n<style>{}</style>\n</head>\n<body>", dress.style),
    );
    put(&mut page, format_args!("<a class=\"skip\" href=\"#{to}\">{skip}</a>\n<header>"));
    put(&mut page, format_args!("<h1>{title}</h1>"));
    levels(level, &mut page);
    page.push_str("</header>\n");
    page
}

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

/// What stands behind the steps: their bytes, and what goes from one to the next.
pub(in crate::render::picture) const DETAIL: &str = r#"</section>
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

/// The end of a page: what its script reads, and the script.
pub(in crate::render::picture) fn closing(
    data: Option<&Json>,
    dress: &Dress<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if let Some(data) = data {
        let mut text = Vec::new();
        write_json(&mut text, data)?;
        out.write_all(b"<script type=\"application/json\" id=\"data\">")?;
        // In JSON these stand in texts alone: there it makes no difference, and here nothing can end the script or begin a comment.
        for piece in text.split_inclusive(|byte| matches!(byte, b'<' | b'>' | b'&')) {
            match piece.split_last() {
                Some((last @ (b'<' | b'>' | b'&'), before)) => {
                    out.write_all(before)?;
                    write!(out, "\\u{last:04x}")?;
                }
                _ => out.write_all(piece)?,
            }
        }
        out.write_all(b"</script>\n")?;
    }
    write!(out, "<script>{}</script>\n</body>\n</html>\n", dress.script)
}

/// Something that differs by level: each text once, with the classes of all levels that have it.
pub(in crate::render::picture) fn by_level(texts: [&str; 3]) -> Vec<(String, &str)> {
    let mut all: Vec<(String, &str)> = Vec::new();
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        if all.iter().any(|(_, known)| *known == text) {
            continue;
        }
        let of = ["fr", "st", "en"].into_iter().zip(texts).filter(|(_, other)| *other == text);
        let of: Vec<&str> = of.map(|(name, _)| name).collect();
        all.push((if of.len() == 3 { String::new() } else { of.join(" ") }, text));
    }
    all
}

/// The same inside of a line: as it is where all levels say it so.
pub(in crate::render::picture) fn spans(texts: [&str; 3]) -> String {
    let mut html = String::new();
    for (levels, text) in by_level(texts) {
        if levels.is_empty() {
            html.push_str(&xml(text));
        } else {
            html.push_str(&format!("<span class=\"{levels}\">{}</span>", xml(text)));
        }
    }
    html
}

/// What a Content-Security-Policy calls a script or a style by.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text)))
}

/// Adds a line.
pub(in crate::render::picture) fn put(page: &mut String, what: std::fmt::Arguments<'_>) {
    let written = writeln!(page, "{what}");
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}

//! A page as somebody reads it who has chosen one of its three levels.

/// Elements without an end.
const VOID: &[&str] = &["meta", "br", "input", "rect", "path", "line", "hr", "col"];
/// Elements that begin a line of their own.
const BLOCKS: &[&str] = &[
    "p", "li", "h1", "h2", "h3", "div", "dt", "dd", "tr", "td", "th", "caption", "section", "legend", "pre",
    "ul", "ol", "table", "nav", "label", "button", "span.t",
];

/// What a page says at a level: `fr`, `st` or `en`; a line a block.
pub(crate) fn page_at(html: &str, level: &str) -> String {
    let mut text = String::new();
    // The elements that are open, and whether each is seen.
    let mut open: Vec<(&str, bool)> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if open.iter().all(|(_, seen)| *seen) {
            text.push_str(&unescaped(&rest[..at]));
        }
        let end = at + rest[at..].find('>').map_or(rest.len() - at, |end| end + 1);
        let tag = rest[at + 1..end].trim_end_matches('>');
        rest = &rest[end..];
        if let Some(name) = tag.strip_prefix('/') {
            while let Some((last, _)) = open.pop() {
                if last == name {
                    break;
                }
            }
            if BLOCKS.contains(&name) {
                text.push('\n');
            }
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with('!') || tag.ends_with('/') || VOID.contains(&name) {
            continue;
        }
        if ["script", "style"].contains(&name) {
            let end = rest.find(&format!("</{name}>")).unwrap_or(rest.len());
            rest = rest.get(end + name.len() + 3..).unwrap_or_default();
            continue;
        }
        if BLOCKS.contains(&name) {
            text.push('\n');
        }
        open.push((name, is_seen(tag, name, level)));
    }
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Whether an element is seen at a level: base.css says the same.
fn is_seen(tag: &str, name: &str, level: &str) -> bool {
    let class = tag.split("class=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let classes: Vec<&str> = class.split(' ').collect();
    let leveled = classes.iter().any(|class| ["fr", "st", "en"].contains(class));
    let hidden = classes.contains(&"x") && level == "fr" || tag.contains(" hidden") || name == "noscript";
    !hidden && (!leveled || classes.contains(&level))
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

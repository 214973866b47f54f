//! The steps as items of a list: what happened, who to whom, both ends' states, the words at three levels.

use super::put;
use crate::event::Host;
use crate::render::ladder::{change, code_of, facts_of, number_of, time_of};
use crate::render::picture::{Around, is_lost, is_mutual, labelled, xml};
use crate::render::{Ink, Ladder};
use crate::story::Step;
use crate::words::Level;

/// Columns of a line where words are few.
const LINE: usize = 72;

/// Paragraphs of a step with their ink.
type Texts = Vec<(Ink, String)>;

/// The class of what belongs to a host.
pub(super) fn class_of(host: Host) -> &'static str {
    match host {
        Host::Client => "c",
        Host::Server => "v",
    }
}

/// One step.
pub(super) fn step(step: &Step, around: &Around<'_>, page: &mut String) {
    // A page has room for all that is said of a step.
    let ladders = Level::ALL.map(|level| around.ladder(level, 80, true));
    let kind = match (step.frames.is_empty(), is_mutual(step), is_lost(step)) {
        (true, ..) => " silence",
        (_, true, _) => " both",
        (.., true) => " lost",
        _ => "",
    };
    let said = if step.what.is_said() { " said" } else { "" };
    put(page, format_args!("<li class=\"step {}{kind}{said}\">", class_of(step.from)));
    head(step, page);
    states(step, page);
    let [_, student, _] = &ladders;
    if step.full {
        put(page, format_args!("<p class=\"title\">{}</p>", xml(&student.title(step))));
    }
    // What was told in full before needs fewer words.
    let brief = step.again && !around.verbose;
    let words = |ladder: &Ladder<'_>| {
        if as_told(ladder, around).is_wordless(step) && !around.verbose {
            return Vec::new();
        }
        let brief = Ladder { verbose: !brief, ..*ladder };
        vec![(Ink::Plain, brief.choose(step.words, step, LINE, 2))]
    };
    leveled("words", ladders.each_ref().map(words), page);
    if step.full {
        facts(step, page);
    }
    drawing(step, student, page);
    for (host, code) in code_of(step) {
        put(page, format_args!("<p class=\"code x {}\"><code>{}</code></p>", class_of(host), xml(&code)));
    }
    leveled("remark", ladders.each_ref().map(|ladder| as_told(ladder, around).remarks_of(step)), page);
    let verdicts = |ladder: &Ladder<'_>| {
        step.verdicts.iter().flat_map(|verdict| as_told(ladder, around).verdict(verdict)).collect::<Texts>()
    };
    leveled("remark", ladders.each_ref().map(verdicts), page);
    if step.full && !step.filter.is_empty() {
        let source = student.entry(step).and_then(|entry| entry.sources.first().copied()).unwrap_or_default();
        put(
            page,
            format_args!(
                "<p class=\"find x\">find it: <code>{}</code> <span>{}</span></p>",
                xml(&step.filter),
                xml(source)
            ),
        );
    }
    page.push_str("</li>\n");
}

/// As a level tells what belongs to a step: with `verbose` a friend would get the names and codes of the trade.
fn as_told<'l>(ladder: &Ladder<'l>, around: &Around<'_>) -> Ladder<'l> {
    let verbose = ladder.verbose && (ladder.level != Level::Friend || around.verbose);
    Ladder { verbose, ..*ladder }
}

/// The arrow, which is a button: who to whom, what, and when.
fn head(step: &Step, page: &mut String) {
    let (from, to) = (step.from, step.from.other());
    let way = match (step.frames.is_empty(), is_mutual(step)) {
        (true, _) => String::new(),
        (_, true) => "both sides:".to_owned(),
        _ => format!("{from} to {to}:"),
    };
    let frame = number_of(step)
        .map(|number| format!("<span class=\"n\"><i>frame </i>{number}</span>"))
        .unwrap_or_default();
    let lost = if is_lost(step) { "<i>, lost on the way</i>" } else { "" };
    let label = |level| xml(&labelled(step, level));
    let (gist, whole) = (label(Level::Friend), label(Level::Student));
    let label = if gist == whole {
        format!("<b>{whole}</b>")
    } else {
        format!("<b class=\"fr\">{gist}</b><b class=\"st en\">{whole}</b>")
    };
    let time = xml(&time_of(step));
    put(
        page,
        format_args!(
            "<h3><button type=\"button\">{frame}<span class=\"w\"><i>{way} </i>{label}{lost}</span><span class=\"t\">{time}</span></button></h3>"
        ),
    );
}

fn states(step: &Step, page: &mut String) {
    let Some(states) =
        step.states.filter(|states| states.client.moves() || states.server.moves() || step.full)
    else {
        return;
    };
    page.push_str("<p class=\"states\">");
    for host in [Host::Client, Host::Server] {
        let (class, text) = (class_of(host), change(states.of(host)));
        let still = if states.of(host).moves() { "" } else { " still" };
        page.push_str(&format!("<span class=\"{class}{still}\"><i>{host}: </i>{}</span> ", xml(&text)));
    }
    page.push_str("</p>\n");
}

/// The numbers, the sums and the options.
fn facts(step: &Step, page: &mut String) {
    let facts = facts_of(step);
    if facts.is_empty() {
        return;
    }
    page.push_str("<ul class=\"facts x\">");
    for (_, text) in facts {
        page.push_str(&format!("<li>{}</li>", xml(&text)));
    }
    page.push_str("</ul>\n");
}

/// The bytes as they look, whole or what is new of them.
fn drawing(step: &Step, ladder: &Ladder<'_>, page: &mut String) {
    let news = if step.full { Some(step.drawing.as_slice()) } else { step.drawing.get(step.news.clone()) };
    let Some(lines) = news.filter(|lines| !lines.is_empty()) else { return };
    page.push_str("<pre class=\"x\">");
    for line in lines {
        let gloss = ladder.gloss_of(step, line).map(|gloss| format!(" <small>{}</small>", xml(gloss)));
        page.push_str(&format!("{}{}\n", xml(line), gloss.unwrap_or_default()));
    }
    page.push_str("</pre>\n");
}

/// Paragraphs that differ by level: each one once, with the classes of all levels that have it in its place.
fn leveled(class: &str, texts: [Texts; 3], page: &mut String) {
    let most = texts.iter().map(Vec::len).max().unwrap_or_default();
    for at in 0..most {
        let here = texts.each_ref().map(|texts| texts.get(at).filter(|(_, text)| !text.is_empty()));
        let mut done = Vec::new();
        for said in here.into_iter().flatten() {
            if done.contains(&said) {
                continue;
            }
            done.push(said);
            let of = ["fr", "st", "en"].into_iter().zip(here).filter(|(_, other)| *other == Some(said));
            let of: Vec<&str> = of.map(|(name, _)| name).collect();
            let levels = if of.len() == 3 { String::new() } else { format!(" {}", of.join(" ")) };
            let (ink, text) = said;
            let alarm = if *ink == Ink::Alarm { " alarm" } else { "" };
            put(page, format_args!("<p class=\"{class}{alarm}{levels}\">{}</p>", xml(text)));
        }
    }
}

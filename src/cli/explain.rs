//! `netlab explain`: what a term means.

use anyhow::Context;
use clap::builder::PossibleValuesParser;
use netlab::explain::{
    By, Entry, Found, Group, Notes, Term, Terms, bad_prefix, entries, entry, find, layer_beyond, near, parts,
    reading_of, readings,
};
use netlab::render::picture::{EntryPicture, Form, Glossary};
use netlab::render::{explain, fields};
use netlab::words::Book;

use super::common::Overwrite;
use super::picture::{PictureArgs, drawn};
use super::{Exit, Output, Usage};

/// Explain any term: a field, flag, state, code, layer, rule or word
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: netlab explain FIN
         netlab explain 'hang up'
         netlab explain tcp.window_size_value --level engineer
         netlab explain layer 4 -v
         netlab explain --all states
         netlab explain 10.7.0.0/24
         netlab explain SYN -o syn.svg
         netlab explain --all -o glossary.html")]
pub(crate) struct Args {
    /// The term: SYN, 1006, ping, TIME-WAIT, Sec-WebSocket-Accept, ip.ttl, Socket.IO ...
    #[arg(required_unless_present = "all")]
    term: Vec<String>,

    /// List all terms, or those of one group
    #[arg(
        long,
        value_name = "GROUP",
        num_args = 0..=1,
        default_missing_value = "",
        value_parser = groups(),
        hide_possible_values = true,
        conflicts_with = "term"
    )]
    all: Option<String>,

    #[command(flatten)]
    picture: PictureArgs,

    #[command(flatten)]
    overwrite: Overwrite,
}

fn groups() -> PossibleValuesParser {
    let everything = clap::builder::PossibleValue::new("").hide(true);
    let names = Group::ALL.into_iter().map(|group| clap::builder::PossibleValue::new(group.name()));
    PossibleValuesParser::new(std::iter::once(everything).chain(names).collect::<Vec<_>>())
}

pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    args.picture.prepare(args.overwrite.force, &[], out)?;
    let book = Book::built_in().context("the built-in words")?;
    let notes = Notes::built_in().context("the built-in names")?;
    let terms = Terms::new(&book, &notes);
    if let Some(group) = &args.all {
        match &out.to {
            None => list(group, &terms, out)?,
            Some(to) if to.form == Form::Html => glossary(group, &terms, (&book, &notes), out)?,
            Some(_) => {
                let what = "all terms together are a page: --format html; svg and mermaid draw one term";
                return Err(Usage(what.to_owned()).into());
            }
        }
        return Ok(Exit::Fine);
    }
    let typed = args.term.join(" ");
    let parts = parts(&terms, &typed);
    if let Some(several) = parts.as_ref().filter(|parts| !parts.is_one) {
        if out.json() {
            out.object(&explain::parts_json(&typed, several))?;
            return Ok(Exit::Fine);
        }
        if out.to.is_some() {
            let what = "what is put together of several has no picture; one of its parts may have";
            return Err(Usage(what.to_owned()).into());
        }
        lines(explain::parts(&typed, several, out.width), out)?;
        return Ok(Exit::Fine);
    }
    let Some(Found { best, others, by }) = find(&terms, &typed) else {
        if out.json() {
            let near: Vec<_> = near(&terms, &typed).into_iter().map(explain::term_json).collect();
            out.object(&serde_json::json!({"kind": "unknown", "typed": typed, "near": near}))?;
        }
        return Err(Usage(unknown(&terms, &typed)).into());
    };
    let shown = entry(best, &terms, &book, &notes, fields::value).context("its words are missing")?;
    let numbers = readings(&terms, &typed);
    if out.json() {
        let mut object = explain::entry_json(&shown, &others);
        object["found"] = by.name().into();
        object["parts"] = explain::part_list(parts.as_ref().map_or(&[], |parts| &parts.parts));
        object["numbers"] = explain::reading_list(&numbers);
        out.object(&object)?;
        return Ok(Exit::Fine);
    }
    if out.to.is_some() {
        let picture = EntryPicture { entry: &shown, level: out.level };
        let mut drawing = Ok(());
        drawn(out, |form, bytes| {
            drawing = picture.draw(form, bytes)?;
            Ok(drawing.is_ok())
        })?;
        drawing.map_err(|none| Usage(none.to_string()))?;
    } else {
        if let Some(one) = &parts {
            lines(explain::parts(&typed, one, out.width), out)?;
            out.plain("")?;
        }
        if numbers.len() > 1 {
            lines(explain::readings(typed.trim(), &numbers, out.width), out)?;
        }
        show(&shown, out)?;
    }
    match by {
        By::Name | By::Alias => {}
        // What it is stands above it.
        By::Kind if parts.is_some() || numbers.len() > 1 => {}
        By::Kind => match reading_of(&terms, &typed).filter(|reading| reading.ask.starts_with("port ")) {
            Some(port) => out.notice(&format!("{} is {}", port.ask, port.what)),
            None => out.notice(&kind(&typed, best)),
        },
        By::Said => {
            out.notice(&format!(
                "\u{201c}{typed}\u{201d} is what people say; closest to it is {}",
                shown.name
            ));
        }
    }
    if !others.is_empty() && numbers.len() < 2 && out.format.form().is_none() {
        for line in explain::others(&typed, &others, out.width) {
            out.line(&line)?;
        }
    }
    Ok(Exit::Fine)
}

/// All terms of these groups as a page.
fn glossary(
    group: &str,
    terms: &Terms<'_>,
    (book, notes): (&Book<'_>, &Notes<'_>),
    out: &mut Output,
) -> anyhow::Result<()> {
    let wanted = terms.all().iter().filter(|term| group.is_empty() || term.group.name() == group);
    let wanted: Vec<&Term<'_>> = wanted.collect();
    let entries = entries(&wanted, terms, book, notes, fields::value);
    let page = Glossary { entries: &entries, level: out.level };
    drawn(out, |_, bytes| page.draw(bytes).map(|()| true))
}

fn lines(lines: Vec<netlab::render::Line>, out: &mut Output) -> anyhow::Result<()> {
    for line in lines {
        out.line(&line)?;
    }
    Ok(())
}

fn show(shown: &Entry<'_>, out: &mut Output) -> anyhow::Result<()> {
    for line in explain::lines(shown, out.level, out.verbose, out.width, out.plain) {
        out.line(&line)?;
    }
    Ok(())
}

fn list(group: &str, terms: &Terms<'_>, out: &mut Output) -> anyhow::Result<()> {
    let wanted: Vec<Group> =
        Group::ALL.into_iter().filter(|known| group.is_empty() || known.name() == group).collect();
    if out.json() {
        for term in terms.all().iter().filter(|term| wanted.contains(&term.group)) {
            out.object(&explain::term_json(term))?;
        }
        return Ok(());
    }
    for line in explain::list(terms, &wanted, out.width) {
        out.line(&line)?;
    }
    Ok(())
}

/// What a number or an address is, that has no words of its own.
fn kind(typed: &str, best: &Term<'_>) -> String {
    match best.group {
        Group::CloseCodes => {
            format!("\u{201c}{typed}\u{201d} lies in the range of close codes {}", best.name)
        }
        _ => format!("\u{201c}{typed}\u{201d} has no entry of its own; it belongs to: {}", best.name),
    }
}

/// What is said of a term that nobody knows.
fn unknown(terms: &Terms<'_>, typed: &str) -> String {
    if let Some(number) = layer_beyond(typed) {
        return format!("no layer {number}: OSI has seven, layer 1 to layer 7");
    }
    if let Some(why) = bad_prefix(typed) {
        return why;
    }
    let names: Vec<String> =
        near(terms, typed).into_iter().map(|term| format!("{} ({})", term.name, term.group.one())).collect();
    let shown: String = typed.chars().take(60).collect();
    if names.is_empty() {
        format!("no term \u{201c}{shown}\u{201d}; netlab explain --all lists all that there are")
    } else {
        format!("no term \u{201c}{shown}\u{201d}; near it: {}", names.join(", "))
    }
}

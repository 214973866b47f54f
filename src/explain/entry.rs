//! All that is said of one term.

use std::collections::BTreeMap;

use crate::words::{self, Book, Level};

use super::example::{self, Example, Wanted, WriteValue};
use super::header::Header;
use super::notes::Notes;
use super::term::{Group, Term, Terms};

/// What belongs to each layer beside what it is: the end of its key, and how it is headed.
const ASPECTS: &[(&str, &str)] = &[
    ("unit", "Unit"),
    ("address", "Addresses"),
    ("device", "Device"),
    ("fails", "If it fails"),
    ("misread", "Often read"),
];

/// A term, explained: plain data, whatever shows it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The key of its words.
    pub key: &'a str,
    /// What it is called.
    pub name: String,
    /// What kind of term it is.
    pub group: Group,
    /// Its words.
    words: words::Entry<'a>,
    /// What belongs to it, each with its heading.
    aspects: Vec<(&'static str, words::Entry<'a>)>,
    /// The display filter that finds it in Wireshark.
    pub filter: Option<String>,
    /// The field whose value the frame shows, where it is not the term's own: `ip.len` for MTU.
    pub borrowed: Option<&'a str>,
    /// The filter finds frames as well that are none: what makes the difference no filter can ask for.
    pub candidates: bool,
    /// What is to be known of filters where none finds it.
    pub instead: Option<&'a str>,
    /// The frame that shows it.
    pub example: Option<Example>,
    /// Its place in a header, where no bundled capture shows it.
    pub header: Option<Header>,
    /// What it goes with.
    pub see: Vec<Reference<'a>>,
}

/// Another term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The key of its words.
    pub key: &'a str,
    /// What it is called.
    pub name: String,
    /// What kind of term it is.
    pub group: Group,
}

impl<'a> Reference<'a> {
    /// To a term.
    pub fn to(term: &Term<'a>) -> Reference<'a> {
        Reference { key: term.key, name: term.name.clone(), group: term.group }
    }
}

/// What there is to say of `term`; `None` where its words are missing. `write` writes the values of the frame that shows it.
pub fn entry<'a>(
    term: &Term<'a>,
    terms: &Terms<'a>,
    book: &Book<'a>,
    notes: &Notes<'a>,
    write: WriteValue,
) -> Option<Entry<'a>> {
    let shown = notes.frame(term.key);
    let example = shown.and_then(|(capture, frame)| {
        example::read(capture, &[(frame, wanted(term, notes))], write).into_iter().next().flatten()
    });
    of_example(term, example, terms, book, notes)
}

/// The entries of many terms, in their order: each capture is read once. Terms without words are left out.
pub fn entries<'a>(
    wanted_terms: &[&Term<'a>],
    terms: &Terms<'a>,
    book: &Book<'a>,
    notes: &Notes<'a>,
    write: WriteValue,
) -> Vec<Entry<'a>> {
    let mut captures: BTreeMap<&str, Vec<(usize, Asked<'_>)>> = BTreeMap::new();
    for (index, term) in wanted_terms.iter().enumerate() {
        if let Some((capture, frame)) = notes.frame(term.key) {
            captures.entry(capture).or_default().push((index, (frame, wanted(term, notes))));
        }
    }
    let mut examples: Vec<Option<Example>> = vec![None; wanted_terms.len()];
    for (capture, all) in captures {
        let (indices, all): (Vec<usize>, Vec<_>) = all.into_iter().unzip();
        for (index, example) in indices.into_iter().zip(example::read(capture, &all, write)) {
            if let Some(place) = examples.get_mut(index) {
                *place = example;
            }
        }
    }
    let all = wanted_terms.iter().zip(examples);
    all.filter_map(|(term, example)| of_example(term, example, terms, book, notes)).collect()
}

/// A frame, and what is asked of it.
type Asked<'w> = (u64, Wanted<'w>);

/// What is asked of the frame that shows a term.
fn wanted<'a>(term: &Term<'a>, notes: &Notes<'a>) -> Wanted<'a> {
    Wanted {
        key: term.key,
        field: term.field(notes),
        number: term.number(),
        line: term.key.strip_prefix("header "),
        protocol: term.protocol(),
    }
}

/// What a field's number counts, with a space before it; empty where it counts nothing, or the value is no number.
fn unit(field: &str, value: &str) -> &'static str {
    const UNITS: &[(&str, &[&str])] = &[
        (
            " s",
            &[
                "frame.time_delta",
                "frame.time_relative",
                "tcp.analysis.ack_rtt",
                "tcp.analysis.initial_rtt",
                "tcp.analysis.rto",
                "tcp.time_delta",
                "tcp.time_relative",
            ],
        ),
        (
            " bytes",
            &[
                "frame.cap_len",
                "frame.len",
                "ip.hdr_len",
                "ip.len",
                "ipv6.plen",
                "tcp.hdr_len",
                "tcp.len",
                "tcp.options.mss_val",
                "tcp.window_size",
                "udp.length",
            ],
        ),
    ];
    let counts = value.parse::<f64>().is_ok();
    let unit = UNITS.iter().find(|(_, fields)| counts && fields.contains(&field));
    match unit {
        Some((" bytes", _)) if value == "1" => " byte",
        Some((unit, _)) => unit,
        None => "",
    }
}

fn of_example<'a>(
    term: &Term<'a>,
    example: Option<Example>,
    terms: &Terms<'a>,
    book: &Book<'a>,
    notes: &Notes<'a>,
) -> Option<Entry<'a>> {
    let words = book.find(term.key)?.clone();
    let field = term.field(notes);
    let of_step = example.as_ref().map(|example| example.filter.clone()).filter(|filter| !filter.is_empty());
    let filter = match term.filter(notes) {
        None if !term.is_words_alone(notes) && term.has_step() => of_step,
        own => own,
    };
    let header = if example.is_none() { field.and_then(Header::of_table) } else { None };
    let aspects = ASPECTS.iter().filter(|_| term.group == Group::Layers);
    let aspects = aspects
        .filter_map(|(end, heading)| Some((*heading, book.find(&format!("{}.{end}", term.key))?.clone())));
    let see = notes.see(term.key).iter().filter_map(|key| terms.of_key(key)).map(Reference::to);
    let borrows = matches!(term.group, Group::Words | Group::Rules);
    Some(Entry {
        key: term.key,
        name: term.name.clone(),
        borrowed: field.filter(|_| borrows),
        group: term.group,
        aspects: aspects.collect(),
        words,
        instead: notes.instead(term.key).filter(|_| filter.is_none()),
        candidates: filter.is_some() && notes.finds_candidates(term.key),
        filter,
        example,
        header,
        see: see.collect(),
    })
}

impl<'a> Entry<'a> {
    /// What happened, in a few words; steps have one.
    pub fn title(&self) -> Option<String> {
        self.words.title.map(|title| self.filled(title))
    }

    /// The text at a level, with the numbers of the frame that shows it; `None` where there is none.
    pub fn text(&self, level: Level) -> Option<String> {
        self.words.at(level).map(|text| self.filled(text))
    }

    /// What belongs to it, at a level: a heading, and a text.
    pub fn aspects(&self, level: Level) -> impl Iterator<Item = (&'static str, String)> {
        self.aspects
            .iter()
            .filter_map(move |(heading, words)| Some((*heading, self.filled(words.at(level)?))))
    }

    /// Where the facts come from.
    pub fn sources(&self) -> &[&'a str] {
        &self.words.sources
    }

    /// What its frame shows of it, for people: a value with its unit. Where the field is not the term's own, it is named: no
    /// packet's length is the MTU. Untrusted.
    pub fn value(&self) -> Option<String> {
        let value = self.example.as_ref()?.value.as_ref()?;
        let unit = unit(self.borrowed.unwrap_or(self.key), value);
        Some(match self.borrowed {
            Some(field) => format!("{field} here: {value}{unit}"),
            None => format!("{value}{unit}"),
        })
    }

    /// Its place in a header, with the values of its frame where there is one.
    pub fn place(&self) -> Option<&Header> {
        self.example.as_ref().and_then(|example| example.header.as_ref()).or(self.header.as_ref())
    }

    fn filled(&self, text: &str) -> String {
        // Without a frame nobody knows who it was: one of the two it must be.
        const EITHER: &[(&str, &str)] = &[("from", "one side"), ("to", "the other side")];
        match &self.example {
            Some(example) if !example.values.is_empty() => words::fill(text, &example.values),
            _ => {
                let either: Vec<(&'static str, String)> =
                    EITHER.iter().map(|(name, who)| (*name, (*who).to_owned())).collect();
                words::fill(text, &either)
            }
        }
    }
}

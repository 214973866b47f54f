//! Which term is meant by what was typed.

use super::number;
use super::parts::of_address;
use super::term::{Group, Term, Terms};

/// Longer texts are no name of anything.
const LONGEST: usize = 100;
/// So many near names are offered.
const NEAR: usize = 5;
/// A name that is less like the one typed is none that was meant.
const LIKE: f64 = 0.72;

/// What was found.
#[derive(Clone, Debug)]
pub struct Found<'t, 'a> {
    /// What is most likely meant.
    pub best: &'t Term<'a>,
    /// What else has that name, the likeliest first.
    pub others: Vec<&'t Term<'a>>,
    /// How it was found.
    pub by: By,
}

/// How a term was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// It is its key, or what it is mostly called.
    Name,
    /// It is called so as well.
    Alias,
    /// What was typed is a number or an address, and the term is what it is one of: 4000 of `4000-4999`.
    Kind,
    /// It is what people say who do not know its name: `hang up`.
    Said,
}

impl By {
    /// As JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            By::Name => "exact",
            By::Alias => "alias",
            By::Kind => "number",
            By::Said => "near",
        }
    }
}

/// The terms that are called what was typed; `None` where none is. Case, spaces, hyphens and underscores do not matter, nor do a
/// question around it (`what is ...?`) and brackets behind it (`io.on()`).
pub fn find<'t, 'a>(terms: &'t Terms<'a>, typed: &str) -> Option<Found<'t, 'a>> {
    if typed.len() > LONGEST {
        return None;
    }
    if let Some(best) = of_address(terms, typed.trim()) {
        return Some(Found { best, others: Vec::new(), by: By::Kind });
    }
    let written = typed.trim().to_owned();
    let typed = bare(typed);
    let wanted = plain(&typed);
    if wanted.is_empty() {
        return None;
    }
    // With the points that stand in it first: `ip.src` is not `ipsrc`.
    let exact = |name: &String| name.to_lowercase() == typed;
    let mut hits: Vec<(usize, usize, &Term<'_>)> = Vec::new();
    for term in terms.all() {
        // The key itself; the name that it mostly has; then other names, the first ones first.
        // `outcome ?` is no `outcome`: its sign is all that tells them apart.
        let meant =
            |name: &String| plain(name) == wanted && (!name.ends_with(" ?") || written.ends_with('?'));
        let Some(place) = term.names.iter().position(meant) else { continue };
        let rank = match place {
            _ if term.key.to_lowercase() == typed => 0,
            _ => 1 + place.min(3) * 2 + usize::from(!term.names.iter().any(exact)),
        };
        // Of two words the one whose own it is more: a gateway is a router, and a proxy as well.
        let place = if term.group == Group::Words { place } else { 0 };
        hits.push((rank, place, term));
    }
    if hits.is_empty() {
        let mut kinds = number::kinds(terms, &typed).into_iter();
        if let Some(best) = kinds.next() {
            return Some(Found { best, others: kinds.collect(), by: By::Kind });
        }
    }
    let is_said = hits.is_empty();
    if is_said {
        let says = |term: &&Term<'_>| term.said.iter().any(|said| plain(said) == wanted);
        let place = |term: &Term<'_>| term.said.iter().position(|said| plain(said) == wanted);
        hits.extend(terms.all().iter().filter(says).map(|term| (place(term).unwrap_or(0), 0, term)));
    }
    if hits.is_empty()
        && let Some(error) = error_name(&written)
    {
        return find(terms, error);
    }
    // A name all in capitals is read off the screen: MASK is the bit. Of the same rank the group decides, by the order in which
    // they stand.
    let as_typed = |term: &Term<'_>| is_capitals(&written) && term.name == written;
    hits.sort_by_key(|(rank, place, term)| (!as_typed(term), *rank, term.group, *place));
    let mut hits: Vec<&Term<'_>> = hits.into_iter().map(|(_, _, term)| term).collect();
    // Some number has another name: 13 is the value of one header line. The likeliest of all that it can be is meant.
    let likeliest = number::readings(terms, &typed).into_iter().next().map(|reading| reading.term);
    if let Some(likeliest) = likeliest.filter(|term| hits.first().is_some_and(|first| first.key != term.key))
    {
        hits.retain(|term| term.key != likeliest.key);
        return Some(Found { best: likeliest, others: hits, by: By::Kind });
    }
    let mut hits = hits.into_iter();
    let best = hits.next()?;
    let is_its_own = [best.key, &best.name].into_iter().any(|name| plain(name) == wanted);
    let by = match is_said {
        true => By::Said,
        false if is_its_own => By::Name,
        false => By::Alias,
    };
    Some(Found { best, others: hits.collect(), by })
}

/// The terms that are most like what was typed, the nearest first; empty where nothing is.
pub fn near<'t, 'a>(terms: &'t Terms<'a>, typed: &str) -> Vec<&'t Term<'a>> {
    if typed.len() > LONGEST {
        return Vec::new();
    }
    let typed = bare(typed);
    let wanted = plain(&typed);
    if wanted.is_empty() {
        return Vec::new();
    }
    let words: Vec<String> = typed.split_whitespace().map(plain).filter(|word| word.len() > 2).collect();
    let mut scored: Vec<(f64, &Term<'_>)> = Vec::new();
    for term in terms.all() {
        let names = term.names.iter().map(String::as_str).chain(term.said.iter().copied());
        let score = names.map(|name| likeness(name, &wanted, &words)).fold(0.0, f64::max);
        if score > LIKE {
            scored.push((score, term));
        }
    }
    scored.sort_by(|left, right| right.0.total_cmp(&left.0));
    scored.into_iter().take(NEAR).map(|(_, term)| term).collect()
}

/// The number of a layer that OSI does not have: `layer 8`, `OSI 0`, `L9`; `None` for one of the seven, and for what is no layer.
pub fn layer_beyond(typed: &str) -> Option<u64> {
    let typed = bare(typed);
    let starts = ["osi layer", "layer", "osi", "l"];
    let rest = starts.iter().find_map(|start| typed.strip_prefix(start))?.trim_start();
    let digits = !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit());
    let number = rest.parse().ok().filter(|_| digits)?;
    (!(1..=7).contains(&number)).then_some(number)
}

/// From 0 to 1: letters exchanged or forgotten count most, and every word of the one in the other's.
fn likeness(name: &str, wanted: &str, words: &[String]) -> f64 {
    let name = plain(name);
    let (long, short) = (name.len().max(wanted.len()), name.len().min(wanted.len()));
    // So different a length can't come from a slip of the fingers.
    let edits = if long > short * 2 { 0.0 } else { strsim::normalized_damerau_levenshtein(&name, wanted) };
    let starts = if edits > 0.0 { strsim::jaro_winkler(&name, wanted) } else { 0.0 };
    let all = !words.is_empty() && words.iter().all(|word| name.contains(word.as_str()));
    let inside = if all { 0.73 + 0.2 * wanted.len() as f64 / long.max(1) as f64 } else { 0.0 };
    ((edits + starts) / 2.0).max(inside)
}

/// Whether a name is of capitals alone, as a bit's name in a drawn header.
fn is_capitals(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase())
}

/// What may stand before a name.
const QUESTIONS: &[&str] = &[
    "what is ",
    "what's ",
    "what does ",
    "what do ",
    "what are ",
    "who is ",
    "explain ",
    "how does ",
    "how do ",
    "why do we need ",
    "why do i need ",
];

/// How messages begin that programs write, and what they are found by.
const MESSAGES: &[(&str, &str)] = &[
    ("websocket connection to ", "websocket connection failed"),
    ("unexpected response code", "unexpected response code"),
    ("unexpected server response", "unexpected response code"),
    ("error during websocket handshake", "error during websocket handshake"),
];

/// The name of an error in a longer message: `Error: connect ECONNREFUSED 127.0.0.1:8080`.
fn error_name(typed: &str) -> Option<&str> {
    let words = typed.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    let mut words = words.filter(|word| word.len() < typed.trim().len());
    words.find(|word| {
        let name = word.strip_prefix("net::").unwrap_or(word);
        let is_name = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        is_name && name.starts_with('E') && name.len() >= 5 && name != "ERROR"
    })
}

/// Without what may stand around it, in small letters.
fn bare(typed: &str) -> String {
    let mut text = typed.trim().to_lowercase();
    // What a browser or Node writes on its console, with an address or a code behind it.
    for (start, name) in MESSAGES {
        if text.starts_with(start) {
            return (*name).to_owned();
        }
    }
    for start in QUESTIONS {
        if let Some(rest) = text.strip_prefix(start) {
            text = rest.trim_start().to_owned();
        }
    }
    for start in ["a ", "an ", "the "] {
        if let Some(rest) = text.strip_prefix(start).filter(|rest| !rest.is_empty()) {
            text = rest.to_owned();
        }
    }
    let mut text = text.trim_end_matches([' ', '?', '!']);
    for end in [" mean", " work", " works", " do", " for"] {
        text = text.strip_suffix(end).filter(|rest| !rest.is_empty()).unwrap_or(text);
    }
    text.strip_suffix("()").unwrap_or(text).trim_matches(['"', '\'', '`', '“', '”', ':']).to_owned()
}

/// Letters and digits alone, in small letters. Hex is a number however many zeros it begins with: `0x001` is `0x1`.
fn plain(text: &str) -> String {
    let short = |word: &str| match word.strip_prefix("0x") {
        Some(digits) => format!("0x{}", digits.trim_start_matches('0')),
        None => word.to_owned(),
    };
    let text: String = text.split_whitespace().map(short).collect();
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_name_does_not_matter() {
        for (typed, name) in [
            ("What is a port?", "port"),
            ("  TIME_WAIT ", "time_wait"),
            ("io.on()", "io.on"),
            ("\"hang up\"", "hang up"),
            ("what does FIN mean?", "fin"),
            ("how does TCP work?", "tcp"),
            ("why do we need WebSockets", "websockets"),
            ("work", "work"),
            ("WebSocket connection to 'ws://a/' failed: ", "websocket connection failed"),
            ("the", "the"),
        ] {
            assert_eq!(bare(typed), name);
        }
    }

    #[test]
    fn a_layer_beyond_the_seven_is_none_of_them() {
        for typed in ["layer 8", "layer 0", "OSI 9", "osi layer 8", "L8", "what is layer 8?"] {
            assert!(layer_beyond(typed).is_some(), "{typed}");
        }
        for typed in ["layer 7", "osi 1", "l4", "layer", "layer -1", "layer 8a", "osi", "8", "layer 3.5"] {
            assert_eq!(layer_beyond(typed), None, "{typed}");
        }
    }

    #[test]
    fn likeness_counts_slips_and_words() {
        let like = |name: &str, typed: &str| likeness(name, &plain(typed), &[plain(typed)]);
        assert!(like("handshake", "handshaek") > 0.9);
        assert!(like("three-way handshake", "handshake") > LIKE);
        assert!(like("window", "elephant") < LIKE);
    }
}

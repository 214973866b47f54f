//! Puts the numbers of a frame into a text.

/// `text` with every `{name}` replaced by its value. A sentence that names a value which is not there is left out whole,
/// so that a text never shows a gap. The marks of the files (backticks) are taken off.
pub fn fill(text: &str, values: &[(&'static str, String)]) -> String {
    fill_sentences(text, values).join(" ")
}

/// The same, sentence by sentence: as the text has them, whatever the values hold.
pub fn fill_sentences(text: &str, values: &[(&'static str, String)]) -> Vec<String> {
    sentences(text).into_iter().filter_map(|sentence| fill_sentence(sentence, values)).collect()
}

fn fill_sentence(sentence: &str, values: &[(&'static str, String)]) -> Option<String> {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, name, after)) = next_placeholder(rest) {
        out.push_str(&before.replace('`', ""));
        let (_, value) = values.iter().find(|(known, _)| *known == name)?;
        out.push_str(value);
        rest = after;
    }
    out.push_str(&rest.replace('`', ""));
    // Texts are wrapped in the files; here a line end is a space.
    let words: Vec<&str> = out.split_whitespace().collect();
    let singular = |index: usize| index > 0 && words.get(index - 1) == Some(&"1");
    let words: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(index, word)| {
            if word.starts_with("bytes") && singular(index) {
                word.replacen("bytes", "byte", 1)
            } else {
                (*word).to_owned()
            }
        })
        .collect();
    Some(words.join(" "))
}

/// The names in braces in `text`, in their order.
pub fn placeholders(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, name, after)) = next_placeholder(rest) {
        names.push(name);
        rest = after;
    }
    names
}

fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, inside) = text.split_once('{')?;
    let (name, after) = inside.split_once('}')?;
    Some((before, name, after))
}

/// The sentences of `text`. One ends at `.`, `?` or `!`, with the quotation marks or brackets that close there, before a
/// space; not after an abbreviation of one letter (`e.g.`) or inside backticks.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut in_code = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '`' {
            in_code = !in_code;
        }
        if in_code
            || !matches!(c, '.' | '?' | '!')
            || is_abbreviation(text.get(start..at).unwrap_or_default())
        {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some(&(next, closing)) = chars.peek() {
            if !matches!(closing, '"' | '”' | '’' | ')' | '\'') {
                break;
            }
            end = next + closing.len_utf8();
            chars.next();
        }
        if chars.peek().is_none_or(|(_, next)| next.is_whitespace()) {
            found.extend(text.get(start..end).map(str::trim));
            start = end;
        }
    }
    let rest = text.get(start..).unwrap_or_default().trim();
    if !rest.is_empty() {
        found.push(rest);
    }
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Whether what stands before a full stop is a single letter, as in `e.g.` or `i.e.`.
fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    matches!(word, "e.g" | "i.e" | "e" | "i" | "vs" | "cf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_before_a_space() {
        let text = "\"Can you hear me?\" I start at 3.5, e.g. here. `tcp.ack` is 1. Done";
        let expected = ["\"Can you hear me?\"", "I start at 3.5, e.g. here.", "`tcp.ack` is 1.", "Done"];
        assert_eq!(sentences(text), expected);
    }

    #[test]
    fn a_value_takes_the_place_of_its_name() {
        assert_eq!(fill("`ack {ack}`:\nheard.", &[("ack", "1".to_owned())]), "ack 1: heard.");
    }

    #[test]
    fn a_sentence_without_its_value_is_left_out() {
        assert_eq!(fill("One. MSS is {mss}. Two {ack}.", &[("ack", "1".to_owned())]), "One. Two 1.");
    }

    #[test]
    fn one_byte_is_no_bytes() {
        assert_eq!(fill("{len} bytes more, 11 bytes.", &[("len", "1".to_owned())]), "1 byte more, 11 bytes.");
    }

    #[test]
    fn placeholders_are_found() {
        assert_eq!(placeholders("{a} and {b_c}"), ["a", "b_c"]);
    }
}

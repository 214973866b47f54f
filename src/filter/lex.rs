//! A filter's text as tokens.

use std::ops::Range;

use super::error::quoted;
use super::slice::Part;
use super::{FilterError, MAX_TEXT};

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name, a number, an address, bytes: what it is shows where it stands.
    Word(&'t str),
    /// Between double quotes.
    Text(Vec<u8>),
    /// Between single quotes.
    Char(u8),
    /// What follows `[` up to `]`.
    Slice(Vec<Part>),
    /// What follows `#`.
    Layer(Vec<Part>),
    Open,
    Close,
    OpenBrace,
    CloseBrace,
    Comma,
    Range,
    And,
    Or,
    Not,
    Any,
    All,
    In,
    Contains,
    Matches,
    /// A relation, and whether it asks all values (`!=`, `===`) or one of them (`==`, `!==`, `<`).
    Compare(Relation, bool),
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    BitAnd,
}

/// A token and its place in the text, in bytes.
pub(super) type Placed<'t> = (Token<'t>, Range<usize>);

/// Signs, the longer ones first.
const SIGNS: &[(&str, Token<'static>)] = &[
    ("===", Token::Compare(Relation::Equal, true)),
    ("!==", Token::Compare(Relation::NotEqual, false)),
    ("==", Token::Compare(Relation::Equal, false)),
    ("!=", Token::Compare(Relation::NotEqual, true)),
    ("<=", Token::Compare(Relation::LessOrEqual, false)),
    (">=", Token::Compare(Relation::GreaterOrEqual, false)),
    ("&&", Token::And),
    ("||", Token::Or),
    ("..", Token::Range),
    ("<", Token::Compare(Relation::Less, false)),
    (">", Token::Compare(Relation::Greater, false)),
    ("!", Token::Not),
    ("~", Token::Matches),
    ("&", Token::BitAnd),
    ("(", Token::Open),
    (")", Token::Close),
    ("{", Token::OpenBrace),
    ("}", Token::CloseBrace),
    (",", Token::Comma),
    ("+", Token::Plus),
    ("-", Token::Minus),
    ("*", Token::Times),
    ("/", Token::Divide),
    ("%", Token::Modulo),
];

/// Words that are no names.
const WORDS: &[(&str, Token<'static>)] = &[
    ("and", Token::And),
    ("or", Token::Or),
    ("not", Token::Not),
    ("eq", Token::Compare(Relation::Equal, false)),
    ("any_eq", Token::Compare(Relation::Equal, false)),
    ("all_eq", Token::Compare(Relation::Equal, true)),
    ("ne", Token::Compare(Relation::NotEqual, true)),
    ("all_ne", Token::Compare(Relation::NotEqual, true)),
    ("any_ne", Token::Compare(Relation::NotEqual, false)),
    ("lt", Token::Compare(Relation::Less, false)),
    ("le", Token::Compare(Relation::LessOrEqual, false)),
    ("gt", Token::Compare(Relation::Greater, false)),
    ("ge", Token::Compare(Relation::GreaterOrEqual, false)),
    ("contains", Token::Contains),
    ("matches", Token::Matches),
    ("in", Token::In),
    ("any", Token::Any),
    ("all", Token::All),
    ("bitwise_and", Token::BitAnd),
];

/// Signs that other languages have, and what stands for them here.
const FOREIGN: &[(&str, &str)] = &[
    ("=", "to compare, write =="),
    ("|", "for or, write || or or"),
    ("^", "Wireshark 4.0 has no such operator; write (a and not b) or (not a and b)"),
    ("@", "Wireshark 4.0 has no such operator"),
    ("$", "a reference to a chosen frame needs Wireshark's window; write the value"),
    ("\u{201c}", "text stands between straight quotes: \""),
    ("\u{201d}", "text stands between straight quotes: \""),
    ("]", "the slice has no beginning; write field[0:4]"),
];

/// The tokens of a text, with their places.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed<'_>>, FilterError> {
    if text.len() > MAX_TEXT {
        let what = format!("the filter is {} bytes long; {MAX_TEXT} are the limit", text.len());
        return Err(FilterError::new(&(0..0), what));
    }
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Vec::new();
    while let Some(token) = lexer.token()? {
        found.push(token);
    }
    Ok(found)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn token(&mut self) -> Result<Option<Placed<'t>>, FilterError> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        let (rest, start) = (self.rest(), self.at);
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let token = match first {
            '"' => self.quoted(1, false)?,
            'r' if rest.starts_with("r\"") => self.quoted(2, true)?,
            '\'' => self.character()?,
            '[' => Token::Slice(self.slice()?),
            '#' => Token::Layer(self.layer()?),
            _ => match self.word() {
                Some(word) => word,
                None => self.sign()?,
            },
        };
        Ok(Some((token, start..self.at)))
    }

    fn error<T>(&self, at: Range<usize>, what: impl Into<String>) -> Result<T, FilterError> {
        Err(FilterError::new(&at, what))
    }

    fn sign(&mut self) -> Result<Token<'t>, FilterError> {
        let (rest, start) = (self.rest(), self.at);
        if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            self.at += sign.len();
            return Ok(token.clone());
        }
        let first = rest.chars().next().unwrap_or(' ');
        let place = start..start + first.len_utf8();
        match FOREIGN.iter().find(|(sign, _)| rest.starts_with(sign)) {
            Some((sign, instead)) => self.error(place, format!("{sign} means nothing here: {instead}")),
            None => self.error(place, format!("{first:?} means nothing here")),
        }
    }

    /// A word: a letter, digit, dot or colon and what belongs to it; `None` where none begins.
    fn word(&mut self) -> Option<Token<'t>> {
        let rest = self.rest();
        let belongs = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':');
        // Two dots are the sign of a range: `8000..8010`.
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let from_here = rest.get(at..).unwrap_or_default();
            let dash = c == '-' && end > 0;
            if !(belongs(c) || dash) || from_here.starts_with("..") {
                break;
            }
            end = at + c.len_utf8();
        }
        let word = rest.get(..end).filter(|word| !word.is_empty())?;
        let word = match rest.get(end..).and_then(|rest| rest.strip_prefix('/')) {
            // A subnet: `10.0.0.0/8`, `fe80::/10`.
            Some(bits) if is_address(word) && bits.starts_with(|c: char| c.is_ascii_digit()) => {
                let digits = bits.find(|c: char| !c.is_ascii_digit()).unwrap_or(bits.len());
                rest.get(..end + 1 + digits)?
            }
            _ => word,
        };
        self.at += word.len();
        let known = WORDS.iter().find(|(name, _)| *name == word);
        Some(known.map_or(Token::Word(word), |(_, token)| token.clone()))
    }

    /// Text between double quotes; in raw text a backslash is only a backslash.
    fn quoted(&mut self, opening: usize, raw: bool) -> Result<Token<'t>, FilterError> {
        let start = self.at;
        self.at += opening;
        let mut bytes = Vec::new();
        loop {
            let rest = self.rest();
            let mut chars = rest.chars();
            match (chars.next(), chars.next()) {
                (None, _) => return self.error(start..self.text.len(), "the text has no closing quote"),
                (Some('"'), _) => {
                    self.at += 1;
                    return Ok(Token::Text(bytes));
                }
                (Some('\\'), Some(next)) if raw => {
                    let taken = 1 + next.len_utf8();
                    bytes.extend(rest.bytes().take(taken));
                    self.at += taken;
                }
                (Some('\\'), _) if !raw => self.escaped(&mut bytes)?,
                (Some(c), _) => {
                    bytes.extend(rest.bytes().take(c.len_utf8()));
                    self.at += c.len_utf8();
                }
            }
        }
    }

    /// One character between single quotes.
    fn character(&mut self) -> Result<Token<'t>, FilterError> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        match self.rest().chars().next() {
            Some('\\') => self.escaped(&mut bytes)?,
            Some(c) if c != '\'' => {
                bytes.extend(self.rest().bytes().take(c.len_utf8()));
                self.at += c.len_utf8();
            }
            _ => {}
        }
        match (bytes.as_slice(), self.rest().starts_with('\'')) {
            ([byte], true) => {
                self.at += 1;
                Ok(Token::Char(*byte))
            }
            _ => self.error(
                start..self.at,
                "single quotes hold one character of one byte: 'G'; text stands between double quotes",
            ),
        }
    }

    /// A backslash and what it stands for.
    fn escaped(&mut self, bytes: &mut Vec<u8>) -> Result<(), FilterError> {
        let start = self.at;
        let rest = self.rest().strip_prefix('\\').unwrap_or_default();
        let Some(letter) = rest.chars().next() else {
            return self.error(start..start + 1, "a backslash at the end stands for nothing");
        };
        let plain = match letter {
            '\'' | '"' | '\\' => u8::try_from(letter).ok(),
            'a' => Some(0x07),
            'b' => Some(0x08),
            'f' => Some(0x0c),
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            'v' => Some(0x0b),
            _ => None,
        };
        if let Some(byte) = plain {
            bytes.push(byte);
            self.at += 2;
            return Ok(());
        }
        let (radix, skip, most) = match letter {
            'x' => (16, 1, 2),
            'u' => (16, 1, 4),
            'U' => (16, 1, 8),
            '0'..='7' => (8, 0, 3),
            _ => {
                let letter = rest.get(..letter.len_utf8()).unwrap_or_default();
                let what =
                    format!("\\{} stands for nothing; a backslash itself is written \\\\", quoted(letter));
                return self.error(start..start + 1 + letter.len(), what);
            }
        };
        let digits: String = rest.chars().skip(skip).take(most).take_while(|c| c.is_digit(radix)).collect();
        let end = start + 1 + skip + digits.len();
        let number = u32::from_str_radix(&digits, radix).ok();
        let written = match (letter, number) {
            ('u' | 'U', Some(number)) if digits.len() == most => char::from_u32(number).map(|c| {
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
            }),
            ('u' | 'U', _) => None,
            (_, Some(number)) => u8::try_from(number).ok().map(|byte| bytes.push(byte)),
            (_, None) => None,
        };
        if written.is_none() {
            return self
                .error(start..end, "this escape names no byte and no character; \\x47 and \\107 are G");
        }
        self.at = end;
        Ok(())
    }

    /// From `[` to `]`.
    fn slice(&mut self) -> Result<Vec<Part>, FilterError> {
        let start = self.at;
        let Some(length) = self.rest().find(']') else {
            return self.error(start..self.text.len(), "the slice has no closing ]");
        };
        let place = start..start + length + 1;
        let inner = self.text.get(start + 1..start + length).unwrap_or_default();
        self.at = place.end;
        inner.split(',').map(|part| Part::parse(part, &place)).collect()
    }

    /// From `#` on: `#2` or `#[1-3]`.
    fn layer(&mut self) -> Result<Vec<Part>, FilterError> {
        let start = self.at;
        self.at += 1;
        if self.rest().starts_with('[') {
            return self.slice();
        }
        let digits = self.rest().find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest().len());
        let number = self.rest().get(..digits).and_then(|digits| digits.parse::<u32>().ok());
        self.at += digits;
        match number {
            Some(number) if number > 0 => Ok(vec![Part::one(number.into())]),
            _ => self.error(start..self.at, "# is followed by the number of the header, from 1: ip.src#2"),
        }
    }
}

/// Whether a subnet's size may follow: an IPv4 address, or one of IPv6 (colons).
fn is_address(word: &str) -> bool {
    word.contains(':') || (word.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Token<'_>> {
        tokens(text).unwrap().into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn a_range_ends_a_word() {
        assert_eq!(
            words("{80,8000..8010}"),
            [
                Token::OpenBrace,
                Token::Word("80"),
                Token::Comma,
                Token::Word("8000"),
                Token::Range,
                Token::Word("8010"),
                Token::CloseBrace,
            ]
        );
    }

    #[test]
    fn a_subnet_is_one_word_and_a_division_three_tokens() {
        assert_eq!(words("10.0.0.0/8"), [Token::Word("10.0.0.0/8")]);
        assert_eq!(words("fe80::/10"), [Token::Word("fe80::/10")]);
        assert_eq!(words("tcp.len/2"), [Token::Word("tcp.len"), Token::Divide, Token::Word("2")]);
    }

    #[test]
    fn a_backslash_stands_for_a_byte() {
        assert_eq!(words(r#""\x47\105T\n\u00e9""#), [Token::Text(b"GET\n\xc3\xa9".to_vec())]);
        assert_eq!(words(r#"r"\d\"""#), [Token::Text(br#"\d\""#.to_vec())]);
        assert_eq!(words(r"'\x0a'"), [Token::Char(b'\n')]);
        for text in
            [r#""\E""#, r#""\x""#, r#""\ud800""#, r#""\777""#, "\"abc", "\"\\", "'ab'", "''", "'", "a = b"]
        {
            assert!(tokens(text).is_err(), "{text}");
        }
    }
}

//! A filter's tokens as a tree. Names and types are checked afterwards, in `check`.

use std::ops::Range;

use super::lex::{Placed, Token, tokens};
use super::tree::{Logic, Node, Rest, Sum, Test, What};
use super::{FilterError, MAX_DEPTH, names};

/// Reads a filter; `None` where there is nothing in it.
pub(super) fn parse(text: &str) -> Result<Option<Logic>, FilterError> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { tokens, at: 0, end: text.len(), depth: 0 };
    let logic = parser.or()?;
    match parser.here() {
        None => Ok(Some(logic)),
        Some(token) => Err(parser.capture_filter().unwrap_or_else(|| parser.unexpected(&leftover(token)))),
    }
}

/// What to say where the filter should have ended.
fn leftover(token: &Token<'_>) -> String {
    match token {
        Token::Close => "there is no ( that this ) closes".to_owned(),
        Token::Word(word) => match *word {
            "AND" | "OR" | "NOT" | "EQ" | "NE" | "LT" | "LE" | "GT" | "GE" | "IN" | "CONTAINS"
            | "MATCHES" => {
                format!("operators are written in small letters: {}", word.to_lowercase())
            }
            "xor" => "Wireshark 4.0 has no xor; write (a and not b) or (not a and b)".to_owned(),
            "is" => "to compare, write ==".to_owned(),
            _ => "an operator is missing before this: and, or, ==".to_owned(),
        },
        Token::Compare(..) => "a comparison has two sides; join two comparisons with and".to_owned(),
        _ => "this can't stand here".to_owned(),
    }
}

struct Parser<'t> {
    tokens: Vec<Placed<'t>>,
    at: usize,
    /// The text's length.
    end: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn here(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at + 1).map(|(token, _)| token)
    }

    /// The place of the token in hand, or the text's end.
    fn place(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, place)| place.clone())
    }

    /// Takes the token in hand if it is this one.
    fn take(&mut self, token: &Token<'_>) -> bool {
        let is = self.here() == Some(token);
        self.at += usize::from(is);
        is
    }

    fn unexpected(&self, what: &str) -> FilterError {
        FilterError::new(&self.place(), what)
    }

    /// `port 80`, `src host a`: another language, known by its words.
    fn capture_filter(&self) -> Option<FilterError> {
        let before = self.tokens.get(..=self.at)?;
        before.iter().find_map(|(token, place)| match token {
            Token::Word(word) => names::of_capture_filters(word, place),
            _ => None,
        })
    }

    fn deeper<T>(
        &mut self,
        inside: impl FnOnce(&mut Parser<'t>) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        if self.depth == MAX_DEPTH {
            return Err(self.unexpected(&format!("brackets are nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Result<Logic, FilterError> {
        let mut parts = vec![self.and()?];
        while self.take(&Token::Or) {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Logic::Or(parts) })
    }

    fn and(&mut self) -> Result<Logic, FilterError> {
        let mut parts = vec![self.not()?];
        while self.take(&Token::And) {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Logic::And(parts) })
    }

    fn not(&mut self) -> Result<Logic, FilterError> {
        let mut negated = false;
        while self.take(&Token::Not) {
            negated = !negated;
        }
        let logic = if self.take(&Token::Open) {
            let logic = self.deeper(Parser::or)?;
            if !self.take(&Token::Close) {
                let what = self.here().map_or("a ) is missing at the end".to_owned(), leftover);
                return Err(self.unexpected(&what));
            }
            logic
        } else {
            Logic::Test(self.test()?)
        };
        Ok(if negated { Logic::Not(Box::new(logic)) } else { logic })
    }

    fn test(&mut self) -> Result<Test, FilterError> {
        let start = self.place();
        let all = match self.here() {
            Some(Token::Any) => Some(false),
            Some(Token::All) => Some(true),
            _ => None,
        };
        self.at += usize::from(all.is_some());
        let left = self.value()?;
        let rest = match self.here().cloned() {
            Some(Token::Compare(relation, all)) => {
                self.at += 1;
                Rest::Compare { relation, all, right: self.value()? }
            }
            Some(Token::Contains) => {
                self.at += 1;
                Rest::Contains(self.value()?)
            }
            Some(Token::Matches) => {
                self.at += 1;
                Rest::Matches(self.value()?)
            }
            Some(Token::In) => {
                self.at += 1;
                Rest::In { not: false, set: self.set()? }
            }
            Some(Token::Not) if self.next() == Some(&Token::In) => {
                self.at += 2;
                Rest::In { not: true, set: self.set()? }
            }
            _ => Rest::Alone,
        };
        match (all, &rest) {
            (Some(_), Rest::Alone) => {
                Err(FilterError::new(&start, "any and all stand before a comparison: all tcp.port > 1024"))
            }
            _ => Ok(Test { all, left, rest }),
        }
    }

    fn set(&mut self) -> Result<Vec<(Node, Option<Node>)>, FilterError> {
        if !self.take(&Token::OpenBrace) {
            return Err(self.unexpected("in is followed by a set: in {80, 443, 8000..8010}"));
        }
        let mut set = Vec::new();
        loop {
            let first = self.value()?;
            let last = if self.take(&Token::Range) { Some(self.value()?) } else { None };
            set.push((first, last));
            if self.take(&Token::CloseBrace) {
                return Ok(set);
            }
            if !self.take(&Token::Comma) {
                return Err(self.unexpected("a set is written with commas and ends with }: {80, 443}"));
            }
        }
    }

    /// `&` binds less than `+` and `-`, these less than `*`, `/` and `%`.
    fn value(&mut self) -> Result<Node, FilterError> {
        self.sums(&[(Token::BitAnd, Sum::BitAnd)], |parser| {
            parser.sums(&[(Token::Plus, Sum::Plus), (Token::Minus, Sum::Minus)], |parser| {
                let tight =
                    [(Token::Times, Sum::Times), (Token::Divide, Sum::Divide), (Token::Modulo, Sum::Modulo)];
                parser.sums(&tight, Parser::signed)
            })
        })
    }

    fn sums(
        &mut self,
        signs: &[(Token<'_>, Sum)],
        operand: impl Fn(&mut Parser<'t>) -> Result<Node, FilterError>,
    ) -> Result<Node, FilterError> {
        let mut left = operand(self)?;
        while let Some((_, sum)) = signs.iter().find(|(sign, _)| self.here() == Some(sign)) {
            self.at += 1;
            let right = operand(self)?;
            let at = left.at.start..right.at.end;
            left = Node::new(What::Sum(*sum, Box::new(left), Box::new(right)), at)?;
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Node, FilterError> {
        let start = self.place().start;
        let mut minus = false;
        loop {
            if self.take(&Token::Minus) {
                minus = !minus;
            } else if !self.take(&Token::Plus) {
                break;
            }
        }
        let node = self.sliced()?;
        let at = start..node.at.end;
        if minus { Node::new(What::Minus(Box::new(node)), at) } else { Ok(node) }
    }

    /// A value and the slices of it that are asked for.
    fn sliced(&mut self) -> Result<Node, FilterError> {
        let mut node = self.single()?;
        while let Some(Token::Slice(parts)) = self.here().cloned() {
            let at = node.at.start..self.place().end;
            self.at += 1;
            node = Node::new(What::Slice(Box::new(node), parts), at)?;
        }
        Ok(node)
    }

    fn single(&mut self) -> Result<Node, FilterError> {
        let at = self.place();
        let token = self.here().cloned();
        self.at += 1;
        let what = match token {
            Some(Token::Word(word)) if self.here() == Some(&Token::Open) => {
                self.at += 1;
                let arguments = self.deeper(Parser::arguments)?;
                let end = self.tokens.get(self.at - 1).map_or(self.end, |(_, place)| place.end);
                return Node::new(What::Call(word.to_owned(), arguments), at.start..end);
            }
            Some(Token::Word(word)) => {
                let layers = match self.here().cloned() {
                    Some(Token::Layer(layers)) => {
                        self.at += 1;
                        layers
                    }
                    _ => Vec::new(),
                };
                What::Word { word: word.to_owned(), layers }
            }
            Some(Token::Text(bytes)) => What::Text(bytes),
            Some(Token::Char(byte)) => What::Char(byte),
            Some(Token::OpenBrace) => {
                let inner = self.deeper(Parser::value)?;
                if !self.take(&Token::CloseBrace) {
                    return Err(self.unexpected("a } is missing"));
                }
                return Ok(inner);
            }
            other => {
                self.at -= 1;
                return Err(self.unexpected(missing(other.as_ref())));
            }
        };
        Node::new(what, at)
    }

    fn arguments(&mut self) -> Result<Vec<Node>, FilterError> {
        let mut arguments = Vec::new();
        if self.take(&Token::Close) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.value()?);
            if self.take(&Token::Close) {
                return Ok(arguments);
            }
            if !self.take(&Token::Comma) {
                return Err(self.unexpected("a ) is missing after what the function takes"));
            }
        }
    }
}

/// What to say where a field or a value should stand.
fn missing(token: Option<&Token<'_>>) -> &'static str {
    match token {
        None => "the filter ends here; a field or a value is missing",
        Some(Token::Open) => "round brackets join tests; sums are grouped with { }",
        Some(Token::Close) => "a test is missing before this )",
        Some(Token::CloseBrace) => "a value is missing before this }",
        Some(Token::And | Token::Or) => "a test is missing before this",
        Some(Token::Not) => "not stands before a whole test: not tcp.port == 80",
        Some(Token::Compare(..) | Token::Contains | Token::Matches | Token::In) => {
            "a field is missing before this"
        }
        Some(Token::Slice(_)) => "a field is missing before this slice",
        Some(Token::Any | Token::All) => "any and all stand at the beginning of a test: all tcp.port > 1024",
        Some(_) => "a field or a value is missing here",
    }
}

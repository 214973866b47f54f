//! A checked filter, and what it says of a packet's values.

use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

use regex::bytes::Regex;

use super::found::Found;
use super::lex::Relation;
use super::names::Type;
use super::slice::Part;
use super::tree::Sum;
use super::value::Val;
use crate::dissect::{Extension, Header, Packet};

/// What a filter asks.
#[derive(Debug)]
pub(super) enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// Whether there is a value at all.
    There(Operand),
    /// Whether a value is not 0.
    NotZero(Operand),
    /// Whether one value, or each one of those that are there, is as asked.
    Ask {
        all: bool,
        left: Operand,
        question: Question,
    },
}

/// What is asked of a value.
#[derive(Debug)]
pub(super) enum Question {
    Compare(Relation, Operand),
    In(Vec<(Operand, Option<Operand>)>),
    Contains(Operand),
    Matches(Regex),
}

/// What gives values: none, one or several for a packet.
#[derive(Debug)]
pub(super) enum Operand {
    Value(Val<'static>),
    Field {
        number: usize,
        layers: Vec<Part>,
    },
    Protocol {
        name: &'static str,
        layers: Vec<Part>,
        /// With what it carries.
        whole: bool,
    },
    Slice(Box<Operand>, Vec<Part>),
    Sum(Sum, Box<Operand>, Box<Operand>),
    Minus(Box<Operand>),
    Call(Function, Vec<Operand>),
    /// As text; the type says how.
    Written(Box<Operand>, Type),
}

/// A function of the filter language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Len,
    Count,
    Lower,
    Upper,
    String,
    Max,
    Min,
    Abs,
}

impl Function {
    /// By its name.
    pub(super) fn find(name: &str) -> Option<Function> {
        Some(match name {
            "len" => Function::Len,
            "count" => Function::Count,
            "lower" => Function::Lower,
            "upper" => Function::Upper,
            "string" => Function::String,
            "max" => Function::Max,
            "min" => Function::Min,
            "abs" => Function::Abs,
            _ => return None,
        })
    }

    /// In a message.
    pub(super) fn takes(self) -> &'static str {
        match self {
            Function::Len => "bytes or text",
            Function::Count => "a field",
            Function::Lower | Function::Upper => "text",
            Function::String => "a number or an address",
            Function::Max | Function::Min | Function::Abs => "numbers or times",
        }
    }
}

/// Takes values, one by one.
type Sink<'s> = &'s mut dyn FnMut(&Val<'_>);

impl Expr {
    /// What it says of a packet.
    pub(super) fn holds(&self, found: &Found<'_, '_>) -> bool {
        match self {
            Expr::And(parts) => parts.iter().all(|part| part.holds(found)),
            Expr::Or(parts) => parts.iter().any(|part| part.holds(found)),
            Expr::Not(inner) => !inner.holds(found),
            Expr::There(operand) => {
                let mut there = false;
                operand.each_whole(found, &mut |_| there = true);
                there
            }
            Expr::NotZero(operand) => {
                let mut some = false;
                operand.each(found, &mut |value| some |= value.is_nonzero());
                some
            }
            Expr::Ask { all, left, question } => {
                let mut answers = Answers { all: *all, any: false, holds: *all };
                left.each(found, &mut |value| question.ask(value, found, &mut answers));
                answers.any && answers.holds
            }
        }
    }
}

/// What was answered so far.
struct Answers {
    /// Whether all must be yes.
    all: bool,
    /// Whether there was any.
    any: bool,
    holds: bool,
}

impl Answers {
    fn add(&mut self, yes: bool) {
        self.any = true;
        self.holds = if self.all { self.holds && yes } else { self.holds || yes };
    }
}

impl Question {
    fn ask(&self, value: &Val<'_>, found: &Found<'_, '_>, answers: &mut Answers) {
        match self {
            Question::Compare(relation, right) => {
                right.each(found, &mut |other| answers.add(holds(*relation, value.order(other))));
            }
            Question::In(set) => {
                let is_in = set.iter().any(|(first, last)| within(value, first, last.as_ref(), found));
                answers.add(is_in);
            }
            Question::Contains(right) => {
                right.each(found, &mut |other| answers.add(contains(value.bytes(), other.bytes())));
            }
            Question::Matches(pattern) => answers.add(pattern.is_match(value.bytes())),
        }
    }
}

fn holds(relation: Relation, order: Ordering) -> bool {
    match relation {
        Relation::Equal => order.is_eq(),
        Relation::NotEqual => order.is_ne(),
        Relation::Less => order.is_lt(),
        Relation::LessOrEqual => order.is_le(),
        Relation::Greater => order.is_gt(),
        Relation::GreaterOrEqual => order.is_ge(),
    }
}

/// Whether a value is one of `first`'s, or lies between one of these and one of `last`'s.
fn within(value: &Val<'_>, first: &Operand, last: Option<&Operand>, found: &Found<'_, '_>) -> bool {
    let mut is = false;
    first.each(found, &mut |low| match last {
        None => is |= value.order(low).is_eq(),
        Some(last) => last.each(found, &mut |high| {
            is |= value.order(low).is_ge() && value.order(high).is_le();
        }),
    });
    is
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    if needle.is_empty() {
        return !hay.is_empty();
    }
    hay.windows(needle.len()).any(|window| window == needle)
}

impl Operand {
    /// The same, but of a slice only what has all the bytes that it asks for.
    fn each_whole(&self, found: &Found<'_, '_>, sink: Sink<'_>) {
        match self {
            Operand::Slice(inner, parts) => inner.each(found, &mut |value| {
                if parts.iter().all(|part| part.of(value.bytes().len()).is_some()) {
                    sink(value);
                }
            }),
            _ => self.each(found, sink),
        }
    }

    /// Gives every value of it to `sink`.
    pub(super) fn each(&self, found: &Found<'_, '_>, sink: Sink<'_>) {
        match self {
            Operand::Value(value) => sink(value),
            Operand::Field { number, layers } => found.values(*number, layers).for_each(sink),
            Operand::Protocol { name, layers, whole } => protocol(name, layers, *whole, found, sink),
            Operand::Slice(inner, parts) => inner.each(found, &mut |value| slice(value.bytes(), parts, sink)),
            Operand::Sum(sum, left, right) => left.each(found, &mut |left| {
                right.each(found, &mut |right| {
                    if let Some(value) = left.sum(*sum, right) {
                        sink(&value);
                    }
                });
            }),
            Operand::Minus(inner) => inner.each(found, &mut |value| {
                if let Some(number) = value.number().and_then(i128::checked_neg) {
                    sink(&Val::Number(number));
                }
            }),
            Operand::Call(function, arguments) => call(*function, arguments, found, sink),
            Operand::Written(inner, kind) => inner.each(found, &mut |value| {
                if let Some(text) = written(value, *kind) {
                    sink(&Val::Text(text.into_bytes().into()));
                }
            }),
        }
    }
}

/// A protocol's headers, as bytes.
fn protocol(name: &str, layers: &[Part], whole: bool, found: &Found<'_, '_>, sink: Sink<'_>) {
    let packet = found.packet();
    if name == "frame" {
        if found.is_in(None, layers) {
            sink(&Val::Bytes(packet.frame().bytes.into()));
        }
        return;
    }
    for (index, layer) in packet.layers().iter().enumerate() {
        if layer.header.protocol() == name && found.is_in(Some(index), layers) && found.is_said(index) {
            let own = || layer.bytes().get(..own_len(packet, index));
            let bytes = if whole { None } else { own() };
            sink(&Val::Bytes(bytes.unwrap_or(layer.bytes()).into()));
        }
    }
}

/// How long a header is by itself. To that of IPv6 its extension headers belong, unless one says that this is a fragment, and
/// others are still missing.
fn own_len(packet: &Packet<'_>, index: usize) -> usize {
    let mut rest = packet.layers().iter().skip(index);
    let Some(first) = rest.next() else { return 0 };
    let own = first.own_bytes().len();
    if !matches!(first.header, Header::Ipv6(_)) {
        return own;
    }
    let mut more = 0;
    for layer in rest {
        match layer.header {
            Header::Extension(extension) if extension.is_fragment() && !packet.is_reassembled() => {
                return own;
            }
            Header::Extension(extension) if extension.kind() != Extension::Authentication => {
                more += layer.own_bytes().len();
            }
            _ => break,
        }
    }
    own + more
}

/// Parts of a value, joined. What is not there is left out: in Wireshark, `tcp.payload[0:3] != "GET"` finds a segment of two
/// bytes too.
fn slice(bytes: &[u8], parts: &[Part], sink: Sink<'_>) {
    let cut = |part: &Part| part.of(bytes.len()).and_then(|range| bytes.get(range)).unwrap_or_default();
    match parts {
        [part] => sink(&Val::Bytes(cut(part).into())),
        _ => {
            let joined: Vec<&[u8]> = parts.iter().map(cut).collect();
            sink(&Val::Bytes(joined.concat().into()));
        }
    }
}

fn call(function: Function, arguments: &[Operand], found: &Found<'_, '_>, sink: Sink<'_>) {
    let Some(first) = arguments.first() else { return };
    match function {
        Function::Len => {
            first.each(found, &mut |value| sink(&Val::Number(value.bytes().len() as i128)));
        }
        Function::Count => {
            let mut count = 0;
            first.each(found, &mut |_| count += 1);
            if count > 0 {
                sink(&Val::Number(count));
            }
        }
        Function::Lower => first.each(found, &mut |value| {
            sink(&Val::Text(value.bytes().to_ascii_lowercase().into()));
        }),
        Function::Upper => first.each(found, &mut |value| {
            sink(&Val::Text(value.bytes().to_ascii_uppercase().into()));
        }),
        Function::Abs => first.each(found, &mut |value| {
            if let Some(number) = value.number().and_then(i128::checked_abs) {
                sink(&Val::Number(number));
            }
        }),
        Function::Max | Function::Min => {
            let mut best: Option<i128> = None;
            for argument in arguments {
                argument.each(found, &mut |value| {
                    let number = value.number();
                    best = match (best, number) {
                        (Some(best), Some(number)) if function == Function::Max => Some(best.max(number)),
                        (Some(best), Some(number)) => Some(best.min(number)),
                        (best, number) => best.or(number),
                    };
                });
            }
            if let Some(best) = best {
                sink(&Val::Number(best));
            }
        }
        // The checker makes `Written` of it.
        Function::String => first.each(found, sink),
    }
}

/// A value as text; `None` for what has none.
fn written(value: &Val<'_>, kind: Type) -> Option<String> {
    let bytes = value.bytes();
    Some(match kind {
        Type::Number(_) => value.number()?.to_string(),
        Type::Ipv4 => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).to_string(),
        Type::Ipv6 => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string(),
        Type::Mac => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"),
        Type::Text => String::from_utf8_lossy(bytes).into_owned(),
        _ => return None,
    })
}

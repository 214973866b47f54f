//! Names and types: from the tree as it was typed to one that can be run.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use super::FilterError;
use super::error::quoted;
use super::eval::{Expr, Function, Operand, Question};
use super::found::Wanted;
use super::literal;
use super::names::{self, Name, Type};
use super::tree::{Logic, Node, Rest, Sum, Test, What};
use super::value::Val;

/// A compiled pattern takes no more memory than this, in bytes.
const PATTERN_SIZE: usize = 1 << 20;

type Checked<T> = Result<T, FilterError>;

/// The filter as it is run, and the fields that it asks for.
pub(super) fn check(tree: &Logic) -> Checked<(Expr, Wanted)> {
    let mut checker = Checker { wanted: Wanted::default() };
    let expr = checker.logic(tree)?;
    Ok((expr, checker.wanted))
}

fn wrong<T>(at: &Range<usize>, what: impl Into<String>) -> Checked<T> {
    Err(FilterError::new(at, what))
}

struct Checker {
    wanted: Wanted,
}

impl Checker {
    fn logic(&mut self, tree: &Logic) -> Checked<Expr> {
        Ok(match tree {
            Logic::And(parts) => {
                Expr::And(parts.iter().map(|part| self.logic(part)).collect::<Checked<_>>()?)
            }
            Logic::Or(parts) => Expr::Or(parts.iter().map(|part| self.logic(part)).collect::<Checked<_>>()?),
            Logic::Not(inner) => Expr::Not(Box::new(self.logic(inner)?)),
            Logic::Test(test) => self.test(test)?,
        })
    }

    fn test(&mut self, test: &Test) -> Checked<Expr> {
        let left = &test.left;
        if let Rest::Alone = test.rest {
            return self.alone(left);
        }
        if is_literal(left) {
            return Err(not_a_field(left));
        }
        let (mut operand, kind) = self.value(left, None)?;
        if kind == Type::Mark {
            return wrong(&left.at, "it has no value to be compared; it is there or not: write it alone");
        }
        let (question, default) = match &test.rest {
            Rest::Alone => return self.alone(left),
            Rest::Compare { relation, all, right } => {
                (Question::Compare(*relation, self.other(right, kind)?), *all)
            }
            Rest::In { not, set } => {
                let question = Question::In(self.set(set, kind)?);
                let all = test.all.unwrap_or(false);
                let expr = Expr::Ask { all, left: operand, question };
                return Ok(if *not { Expr::Not(Box::new(expr)) } else { expr });
            }
            Rest::Contains(right) => {
                searchable(left, kind, "contains")?;
                operand.take_whole();
                let sought = if kind == Type::Text { Type::Text } else { Type::Bytes };
                (Question::Contains(self.other(right, sought)?), false)
            }
            Rest::Matches(right) => {
                searchable(left, kind, "matches")?;
                operand.take_whole();
                (Question::Matches(pattern(right)?), false)
            }
        };
        Ok(Expr::Ask { all: test.all.unwrap_or(default), left: operand, question })
    }

    /// A field alone: whether it is there. A sum alone: whether it is not 0.
    fn alone(&mut self, node: &Node) -> Checked<Expr> {
        match &node.what {
            What::Word { .. } | What::Slice(..) => Ok(Expr::There(self.value(node, None)?.0)),
            What::Sum(..) | What::Minus(_) if !is_literal(node) => {
                Ok(Expr::NotZero(self.value(node, None)?.0))
            }
            What::Call(..) => {
                let (_, kind) = self.value(node, None)?;
                wrong(&node.at, format!("it gives {}; compare it with something", kind.words()))
            }
            _ => Err(not_a_field(node)),
        }
    }

    /// The right side of a comparison with a value of type `left`.
    fn other(&mut self, node: &Node, left: Type) -> Checked<Operand> {
        let (operand, right) = self.value(node, Some(left))?;
        if comparable(left, right) {
            return Ok(operand);
        }
        wrong(&node.at, format!("this is {}, and the left side {}", right.words(), left.words()))
    }

    fn set(&mut self, set: &[(Node, Option<Node>)], kind: Type) -> Checked<Vec<(Operand, Option<Operand>)>> {
        let mut checked = Vec::new();
        for (first, last) in set {
            let first = self.other(first, kind)?;
            let last = last.as_ref().map(|last| self.other(last, kind)).transpose()?;
            checked.push((first, last));
        }
        Ok(checked)
    }

    /// A value; one that was typed is read as one of `wanted`.
    fn value(&mut self, node: &Node, wanted: Option<Type>) -> Checked<(Operand, Type)> {
        let at = &node.at;
        match &node.what {
            What::Word { word, layers } => {
                match (names::find(word.strip_prefix('.').unwrap_or(word)), wanted) {
                    (Some(Name::Protocol(name)), _) => {
                        Ok((Operand::Protocol { name, layers: layers.clone(), whole: false }, Type::Protocol))
                    }
                    (Some(Name::Fields(names, kind)), _) => Ok((self.field(&names, layers), kind)),
                    (Some(Name::Written(names, kind)), _) => {
                        Ok((Operand::Written(Box::new(self.field(&names, layers)), kind), Type::Text))
                    }
                    (None, Some(_)) if !layers.is_empty() => Err(names::unknown(word, at)),
                    (None, Some(kind)) => Ok((Operand::Value(literal::read(word, kind, at)?), kind)),
                    (None, None) => Err(names::unknown(word, at)),
                }
            }
            What::Text(bytes) => match wanted {
                Some(Type::Text) => Ok((Operand::Value(Val::Text(bytes.clone().into())), Type::Text)),
                Some(kind @ (Type::Bytes | Type::Protocol)) => {
                    Ok((Operand::Value(Val::Bytes(bytes.clone().into())), kind))
                }
                Some(kind) => wrong(
                    at,
                    format!("text can't be compared with {}; write the value without quotes", kind.words()),
                ),
                None => Err(not_a_field(node)),
            },
            What::Char(byte) => match wanted {
                Some(Type::Text) => Ok((Operand::Value(Val::Text(vec![*byte].into())), Type::Text)),
                Some(kind @ (Type::Bytes | Type::Protocol)) => {
                    Ok((Operand::Value(Val::Bytes(vec![*byte].into())), kind))
                }
                Some(kind @ Type::Number(_)) => Ok((Operand::Value(Val::Number((*byte).into())), kind)),
                Some(kind) => wrong(at, format!("a character can't be compared with {}", kind.words())),
                None => Err(not_a_field(node)),
            },
            What::Slice(inner, parts) => {
                let (operand, kind) = self.value(inner, None)?;
                if !has_bytes(kind) {
                    return wrong(&inner.at, format!("this is {}; only bytes can be sliced", kind.words()));
                }
                Ok((Operand::Slice(Box::new(operand), parts.clone()), Type::Bytes))
            }
            What::Call(name, arguments) => self.call(name, arguments, at),
            What::Sum(sum, left, right) => self.sum(*sum, left, right, wanted, at),
            What::Minus(inner) => self.minus(inner, wanted, at),
        }
    }

    fn field(&mut self, names: &[&'static str], layers: &[super::slice::Part]) -> Operand {
        Operand::Field { number: self.wanted.number_of(names), layers: layers.to_vec() }
    }

    fn minus(&mut self, inner: &Node, wanted: Option<Type>, at: &Range<usize>) -> Checked<(Operand, Type)> {
        if is_literal(inner) && matches!(wanted, Some(Type::Number(Some(_)))) {
            return wrong(at, "this field is never negative");
        }
        let (operand, kind) = self.value(inner, wanted)?;
        match kind {
            Type::Number(_) => Ok((Operand::Minus(Box::new(operand)), Type::Number(None))),
            Type::Time => Ok((Operand::Minus(Box::new(operand)), Type::Time)),
            other => wrong(at, format!("{} has no negative", other.words())),
        }
    }

    fn sum(
        &mut self,
        sum: Sum,
        left: &Node,
        right: &Node,
        wanted: Option<Type>,
        at: &Range<usize>,
    ) -> Checked<(Operand, Type)> {
        // What was typed is read as what the other side is; numbers may be larger than a field of theirs.
        let loose = |kind: Type| if let Type::Number(_) = kind { Type::Number(None) } else { kind };
        let of = |kind: Type| loose(if has_bytes(kind) { Type::Bytes } else { kind });
        // Each side is looked at once: twice at every level would be without end.
        let (left_side, right_side, kind) = match (is_literal(left), is_literal(right), wanted) {
            (false, ..) => {
                let (left_side, kind) = self.value(left, None)?;
                (left_side, self.other(right, of(kind))?, of(kind))
            }
            (true, false, _) => {
                let (right_side, kind) = self.value(right, None)?;
                (self.other(left, of(kind))?, right_side, of(kind))
            }
            (true, true, Some(wanted)) => {
                let kind = of(wanted);
                (self.other(left, kind)?, self.other(right, kind)?, kind)
            }
            (true, true, None) => return Err(not_a_field(left)),
        };
        let fits = match kind {
            Type::Number(_) => true,
            Type::Time => matches!(sum, Sum::Plus | Sum::Minus),
            Type::Bytes => sum == Sum::BitAnd,
            _ => false,
        };
        if !fits {
            return wrong(at, format!("{} can't be reckoned with like this", kind.words()));
        }
        if let (Some(left), Some(right)) = (left_side.length(), right_side.length())
            && left != right
        {
            return wrong(at, format!("the left side has {left} bytes, the right side {right}"));
        }
        Ok((Operand::Sum(sum, Box::new(left_side), Box::new(right_side)), kind))
    }

    fn call(&mut self, name: &str, arguments: &[Node], at: &Range<usize>) -> Checked<(Operand, Type)> {
        let Some(function) = Function::find(name) else {
            let what = "there are len, count, lower, upper, string, max, min and abs";
            return wrong(at, format!("no function {}; {what}", quoted(name)));
        };
        let many = matches!(function, Function::Max | Function::Min);
        if arguments.is_empty() || (arguments.len() > 1 && !many) {
            let count = if many { "one value or more" } else { "one value" };
            return wrong(at, format!("{name}() takes {count}"));
        }
        let Some(place) = arguments.iter().position(|argument| !is_literal(argument)) else {
            return wrong(at, format!("{name}() takes a field"));
        };
        let (before, [first, after @ ..]) = arguments.split_at(place) else {
            return wrong(at, format!("{name}() takes a field"));
        };
        let (operand, kind) = self.value(first, None)?;
        let mut operands = vec![operand];
        for argument in before.iter().chain(after) {
            operands.push(self.other(argument, kind)?);
        }
        let result = match (function, kind) {
            (Function::Len, kind) if has_bytes(kind) => Type::Number(None),
            (Function::Count, _) if matches!(first.what, What::Word { .. }) => Type::Number(None),
            (Function::Lower | Function::Upper, Type::Text) => Type::Text,
            (Function::String, Type::Number(_) | Type::Mac | Type::Ipv4 | Type::Ipv6) => {
                let [operand] =
                    <[Operand; 1]>::try_from(operands).or_else(|_| wrong(at, "string() takes one value"))?;
                return Ok((Operand::Written(Box::new(operand), kind), Type::Text));
            }
            (Function::Max | Function::Min | Function::Abs, Type::Number(_)) => Type::Number(None),
            (Function::Max | Function::Min | Function::Abs, Type::Time) => Type::Time,
            _ => {
                let what = format!("{name}() takes {}; this is {}", function.takes(), kind.words());
                return wrong(&first.at, what);
            }
        };
        Ok((Operand::Call(function, operands), result))
    }
}

/// Whether it was typed as a value, and names nothing that a packet has.
fn is_literal(node: &Node) -> bool {
    match &node.what {
        What::Word { word, .. } => names::find(word.strip_prefix('.').unwrap_or(word)).is_none(),
        What::Text(_) | What::Char(_) => true,
        What::Slice(..) | What::Call(..) => false,
        What::Sum(_, left, right) => is_literal(left) && is_literal(right),
        What::Minus(inner) => is_literal(inner),
    }
}

/// A value stands where a field must stand.
fn not_a_field(node: &Node) -> FilterError {
    match &node.what {
        What::Word { word, .. } if !word.starts_with(|c: char| c.is_ascii_digit() || c == ':') => {
            names::unknown(word, &node.at)
        }
        _ => FilterError::new(&node.at, "a test begins with a field: tcp.port == 80"),
    }
}

/// Whether slices of its values can be taken.
fn has_bytes(kind: Type) -> bool {
    matches!(kind, Type::Mac | Type::Ipv4 | Type::Ipv6 | Type::Bytes | Type::Protocol | Type::Text)
}

/// Whether `contains` and `matches` can look into its values.
fn searchable(node: &Node, kind: Type, operator: &str) -> Checked<()> {
    match kind {
        Type::Text | Type::Bytes | Type::Protocol | Type::Mac => Ok(()),
        Type::Number(_) | Type::Ipv4 | Type::Ipv6 => {
            let what =
                format!("{operator} looks into bytes and text; this is {}: write string(...)", kind.words());
            wrong(&node.at, what)
        }
        _ => wrong(&node.at, format!("{operator} looks into bytes and text; this is {}", kind.words())),
    }
}

fn comparable(left: Type, right: Type) -> bool {
    let class = |kind: Type| match kind {
        Type::Number(_) | Type::Flag => 0,
        Type::Mac | Type::Bytes | Type::Protocol => 1,
        Type::Ipv4 => 2,
        Type::Ipv6 => 3,
        Type::Text => 4,
        Type::Time => 5,
        Type::Mark => 6,
    };
    // A slice of an address may be compared with a slice, an address with an address only.
    class(left) == class(right) || (right == Type::Bytes && has_bytes(left) && left != Type::Text)
}

/// The pattern after `matches`: in any case of letters, over bytes.
fn pattern(node: &Node) -> Checked<Regex> {
    let What::Text(bytes) = &node.what else {
        return wrong(&node.at, "matches is followed by a pattern between double quotes: matches \"^get \"");
    };
    let Ok(text) = str::from_utf8(bytes) else {
        return wrong(
            &node.at,
            "the pattern is no text; write bytes so that the pattern names them: r\"\\xff\"",
        );
    };
    let built = RegexBuilder::new(text)
        .unicode(false)
        .case_insensitive(true)
        .size_limit(PATTERN_SIZE)
        .dfa_size_limit(PATTERN_SIZE)
        .build();
    built.or_else(|error| match error {
        regex::Error::CompiledTooBig(_) => wrong(&node.at, "the pattern is too large"),
        other => {
            let text = other.to_string();
            let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            let reason = last.trim().trim_start_matches("error: ");
            wrong(&node.at, format!("no pattern that netlab knows: {reason}"))
        }
    })
}

impl Operand {
    /// How many bytes each of its values has; `None` where that differs.
    fn length(&self) -> Option<usize> {
        match self {
            Operand::Value(value @ Val::Bytes(_)) => Some(value.bytes().len()),
            Operand::Slice(_, parts) => parts.iter().map(|part| part.count()).sum(),
            _ => None,
        }
    }

    /// Looks into all that a header carries, not into the header alone.
    fn take_whole(&mut self) {
        if let Operand::Protocol { whole, .. } = self {
            *whole = true;
        }
    }
}

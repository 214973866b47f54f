//! A filter as a tree: tests, joined; values, one made of the other.

use std::ops::Range;

use super::lex::Relation;
use super::slice::Part;
use super::{FilterError, MAX_DEPTH};

/// What the whole filter says. Chains are flat and `not not` is folded: only brackets make the tree deeper.
#[derive(Debug)]
pub(super) enum Logic {
    And(Vec<Logic>),
    Or(Vec<Logic>),
    Not(Box<Logic>),
    Test(Test),
}

/// One test.
#[derive(Debug)]
pub(super) struct Test {
    /// `any` (false) or `all` (true) before it.
    pub(super) all: Option<bool>,
    pub(super) left: Node,
    pub(super) rest: Rest,
}

/// What is asked of the left side.
#[derive(Debug)]
pub(super) enum Rest {
    /// Nothing: whether it is there.
    Alone,
    Compare {
        relation: Relation,
        all: bool,
        right: Node,
    },
    In {
        not: bool,
        set: Vec<(Node, Option<Node>)>,
    },
    Contains(Node),
    Matches(Node),
}

/// A value or what makes one, and its place in the text.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) what: What,
    pub(super) at: Range<usize>,
    /// How many values it is made of, one inside the other: what follows the tree goes as deep.
    depth: usize,
}

impl Node {
    /// The value at this place.
    ///
    /// # Errors
    /// When too many are made one of the other.
    pub(super) fn new(what: What, at: Range<usize>) -> Result<Node, FilterError> {
        let below = match &what {
            What::Word { .. } | What::Text(_) | What::Char(_) => 0,
            What::Slice(inner, _) | What::Minus(inner) => inner.depth,
            What::Call(_, arguments) => arguments.iter().map(|node| node.depth).max().unwrap_or(0),
            What::Sum(_, left, right) => left.depth.max(right.depth),
        };
        if below == MAX_DEPTH {
            return Err(FilterError::new(
                &at,
                format!("more than {MAX_DEPTH} values, one made of the other"),
            ));
        }
        Ok(Node { what, at, depth: below + 1 })
    }
}

/// What a [`Node`] is.
#[derive(Debug)]
pub(super) enum What {
    /// A field, a protocol or an unquoted value, and to which of its headers it is restricted.
    Word {
        word: String,
        layers: Vec<Part>,
    },
    Text(Vec<u8>),
    Char(u8),
    Slice(Box<Node>, Vec<Part>),
    Call(String, Vec<Node>),
    Sum(Sum, Box<Node>, Box<Node>),
    Minus(Box<Node>),
}

/// What is done to two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    BitAnd,
}

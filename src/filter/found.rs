//! The values of one packet that a filter asks for, collected in one pass over its fields.

use super::names::COMMENT;
use super::slice::Part;
use super::value::Val;
use crate::dissect::{FieldValue, Packet};
use crate::flow::talk::Findings;
use crate::flow::{Segment, Tracker, Unsaid};

/// So many values need no allocation: more than most packets have of the fields that a filter names.
pub(super) const ROOM: usize = 24;

/// The fields that a filter asks for; each has a number, and several may share one (`tcp.port`).
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    names: Vec<(&'static str, usize)>,
    count: usize,
    comment: Option<usize>,
}

impl Wanted {
    /// Every field that is asked for.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().map(|(name, _)| *name)
    }

    /// The number under which the values of these fields are found.
    pub(super) fn number_of(&mut self, names: &[&'static str]) -> usize {
        let of = |number: usize| {
            self.names.iter().filter(move |(_, other)| *other == number).map(|(name, _)| *name)
        };
        if let Some(known) = (0..self.count).find(|number| of(*number).eq(names.iter().copied())) {
            return known;
        }
        let number = self.count;
        self.count += 1;
        self.names.extend(names.iter().map(|name| (*name, number)));
        if names == [COMMENT] {
            self.comment = Some(number);
        }
        number
    }
}

/// A value, which number it was asked for by, and in which header it stands.
struct One<'a> {
    number: usize,
    layer: Option<usize>,
    value: Val<'a>,
}

/// What a filter is asked about.
pub(super) struct Found<'f, 'a> {
    packet: &'f Packet<'a>,
    unsaid: Unsaid,
    first: [Option<One<'a>>; ROOM],
    count: usize,
    /// What found no room.
    more: Vec<One<'a>>,
}

impl<'f, 'a> Found<'f, 'a> {
    /// Takes what is wanted of a packet.
    pub(super) fn gather(
        wanted: &Wanted,
        packet: &'f Packet<'a>,
        tracker: &Tracker,
        segment: Option<&Segment>,
        streams: &'a Findings,
        comment: Option<&'a str>,
    ) -> Found<'f, 'a> {
        let unsaid = Unsaid::of(packet);
        let mut found = Found { packet, unsaid, first: [const { None }; ROOM], count: 0, more: Vec::new() };
        if wanted.count == 0 {
            return found;
        }
        let mut take = |field: FieldValue<'a>| {
            for (name, number) in &wanted.names {
                if *name == field.name && !unsaid.holds(&field) {
                    found.add(One { number: *number, layer: field.layer, value: Val::new(field.value) });
                }
            }
        };
        packet.each_field(&mut take);
        tracker.each_field(packet, segment, &mut take);
        streams.each_field(packet, &mut take);
        if let (Some(number), Some(comment)) = (wanted.comment, comment) {
            found.add(One { number, layer: None, value: Val::Text(comment.as_bytes().into()) });
        }
        found
    }

    fn add(&mut self, one: One<'a>) {
        match self.first.get_mut(self.count) {
            Some(place) => {
                *place = Some(one);
                self.count += 1;
            }
            None => self.more.push(one),
        }
    }

    pub(super) fn packet(&self) -> &'f Packet<'a> {
        self.packet
    }

    /// Whether Wireshark says that this header is there: of one that is cut early it does not.
    pub(super) fn is_said(&self, layer: usize) -> bool {
        !self.unsaid.holds_all_of(layer)
    }

    /// Every value of this number, only in the headers that `layers` takes; all if it is empty.
    pub(super) fn values(&self, number: usize, layers: &[Part]) -> impl Iterator<Item = &Val<'a>> {
        let first = self.first.iter().take(self.count).flatten();
        first
            .chain(&self.more)
            .filter(move |one| one.number == number && self.is_in(one.layer, layers))
            .map(|one| &one.value)
    }

    /// Whether a header is one of those asked for: they are counted from 1, each protocol for itself.
    pub(super) fn is_in(&self, layer: Option<usize>, layers: &[Part]) -> bool {
        if layers.is_empty() {
            return true;
        }
        let number = layer.map_or(1, |layer| {
            let until = self.packet.layers().get(..=layer).unwrap_or_default();
            let own = until.last().map(|last| last.header.protocol());
            until.iter().filter(|other| Some(other.header.protocol()) == own).count()
        });
        layers.iter().any(|part| part.holds(number))
    }
}

//! All conversations of a capture, each made a row of when it is asked for: a hundred thousand rows at once are memory that nobody
//! needs, and the time to fill it.

use super::counter::Counter;
use super::ear::{Ear, Listener};
use super::table::Row;
use super::tcp::Moment;
use crate::frame::Time;

/// Conversations: TCP's, then UDP's, each in the order of their numbers. Those that only an ICMP error has quoted have a number and
/// no row.
#[derive(Debug)]
pub struct Rows {
    kept: Kept,
    tcp: usize,
    packets: u64,
}

#[derive(Debug)]
enum Kept {
    Rows(Vec<Row>),
    Shares(Vec<Counts>, Vec<Place>),
}

/// What was counted of a share, and of its messages where these were.
#[derive(Debug)]
struct Counts {
    counter: Counter,
    ear: Option<Box<Ear>>,
}

impl Counts {
    #[inline(always)]
    fn tcp_row(&self, number: u32, stream: u32) -> Option<Row> {
        let mut row = self.counter.tcp_row(number, stream)?;
        if let Some(ear) = &self.ear {
            row.messages = ear.messages(number);
        }
        Some(row)
    }
}

/// Where a conversation is kept.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Its number among all of its protocol.
    stream: u32,
    /// Its number in its share.
    number: u32,
    start: Moment,
    share: u16,
    protocol: Protocol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Tcp,
    Udp,
}

/// How a conversation began, as far as it takes to put it in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beginning {
    /// The frame in which it was first heard of.
    heard: u64,
    start: Moment,
    packets: u64,
}

impl Beginning {
    pub(super) fn of(heard: u64, start: Moment, packets: u64) -> Beginning {
        Beginning { heard, start, packets }
    }
}

/// What a counter has counted of a share of a capture's conversations, ready to be put together with the other shares.
#[derive(Debug)]
pub struct Share {
    counts: Counts,
    tcp: Vec<Beginning>,
    udp: Vec<Beginning>,
}

impl From<Counter> for Share {
    fn from(counter: Counter) -> Share {
        let mut tcp = Vec::with_capacity(counter.conversation_count());
        tcp.extend(counter.tcp_beginnings());
        let udp = counter.udp_beginnings().collect();
        Share { counts: Counts { counter, ear: None }, tcp, udp }
    }
}

impl From<Listener> for Share {
    fn from(listener: Listener) -> Share {
        let Listener { counter, mut ear } = listener;
        ear.finish();
        let mut share = Share::from(counter);
        share.counts.ear = Some(Box::new(ear));
        share
    }
}

impl Rows {
    /// All shares' conversations, under the numbers that one counter for all would have given them.
    pub fn merged(shares: Vec<Share>) -> Rows {
        let mut places =
            Vec::with_capacity(shares.iter().map(|share| share.tcp.len() + share.udp.len()).sum());
        let tcp: Vec<&[Beginning]> = shares.iter().map(|share| share.tcp.as_slice()).collect();
        let udp: Vec<&[Beginning]> = shares.iter().map(|share| share.udp.as_slice()).collect();
        let of_tcp = in_order(&tcp, Protocol::Tcp, &mut places);
        let tcp = places.len();
        let packets = of_tcp + in_order(&udp, Protocol::Udp, &mut places);
        let counts = shares.into_iter().map(|share| share.counts).collect();
        Rows { kept: Kept::Shares(counts, places), tcp, packets }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.kept {
            Kept::Rows(rows) => rows.len(),
            Kept::Shares(_, places) => places.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are TCP's: the first ones.
    pub fn tcp_count(&self) -> usize {
        self.tcp
    }

    /// How many frames they have together.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// The one at a place, counted from 0.
    #[inline]
    pub fn get(&self, at: usize) -> Option<Row> {
        match &self.kept {
            Kept::Rows(rows) => rows.get(at).copied(),
            Kept::Shares(shares, places) => {
                let Place { stream, number, share, protocol, .. } = *places.get(at)?;
                let counts = shares.get(usize::from(share))?;
                match protocol {
                    Protocol::Tcp => counts.tcp_row(number, stream),
                    Protocol::Udp => counts.counter.udp_row(number, stream),
                }
            }
        }
    }

    /// When the one at a place began: what its row says of it, without the rest.
    pub fn start(&self, at: usize) -> Option<Time> {
        match &self.kept {
            Kept::Rows(rows) => rows.get(at)?.start,
            Kept::Shares(shares, places) => {
                let place = places.get(at)?;
                shares.get(usize::from(place.share))?.counter.time(place.start)
            }
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Row> {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

impl FromIterator<Row> for Rows {
    /// Of rows in that order.
    fn from_iter<I: IntoIterator<Item = Row>>(rows: I) -> Rows {
        let rows: Vec<Row> = rows.into_iter().collect();
        let tcp = rows.iter().filter(|row| row.tcp.is_some()).count();
        let packets = rows.iter().map(Row::packets).sum();
        Rows { kept: Kept::Rows(rows), tcp, packets }
    }
}

/// Adds what the shares have of one protocol, in the order in which it was first heard of; gives how many frames it has. No frame begins
/// two conversations.
fn in_order(shares: &[&[Beginning]], protocol: Protocol, places: &mut Vec<Place>) -> u64 {
    const NONE: u64 = u64::MAX;
    let heard = |share: &[Beginning], number: u32| share.get(number as usize).map_or(NONE, |next| next.heard);
    // Of each share the number of the next one, and the frame in which that was first heard of.
    let mut next: Vec<(u64, u32)> = shares.iter().map(|share| (heard(share, 0), 0)).collect();
    let mut packets = 0;
    for stream in 0.. {
        let (mut earliest, mut share) = (NONE, 0);
        for (at, (heard, _)) in next.iter().enumerate() {
            // Which one it is nobody can foresee, a processor neither: no jump.
            (earliest, share) = if *heard < earliest { (*heard, at) } else { (earliest, share) };
        }
        let (Some((when, number)), Some(of)) = (next.get_mut(share), shares.get(share)) else { break };
        let Some(first) = of.get(*number as usize).filter(|_| earliest != NONE) else { break };
        if first.packets > 0 {
            packets += first.packets;
            places.push(Place { stream, number: *number, start: first.start, share: share as u16, protocol });
        }
        *number += 1;
        *when = heard(of, *number);
    }
    packets
}

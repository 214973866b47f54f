//! Where copies differ or bytes are missing, what comes out is what a simple model says.

use netlab::event::Host::{Client, Server};
use netlab::flow::stream::Reassembler;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::given::{CLIENT, Out, ack, segment, syn};

/// Per byte: of all segments that came before the byte was taken, the one that begins first, of these the longest, of these the
/// oldest; a hole is passed when all up to the next byte that is there was confirmed.
#[derive(Default)]
struct Model {
    segments: Vec<(usize, usize, Vec<u8>)>,
    out: Vec<Option<u8>>,
    acked: usize,
}

impl Model {
    fn drain(&mut self, all: bool) {
        loop {
            let next = self.out.len();
            let holding = self.segments.iter().filter(|(start, end, _)| (*start..*end).contains(&next));
            // `min_by_key` gives the first of equals.
            if let Some((start, _, bytes)) = holding.min_by_key(|(start, end, _)| (*start, usize::MAX - end))
            {
                self.out.push(Some(bytes[next - start]));
                continue;
            }
            let behind = self.segments.iter().map(|(start, ..)| *start).filter(|start| *start > next).min();
            match behind {
                Some(start) if all || self.acked >= start => self.out.resize(start, None),
                _ => break,
            }
        }
    }

    fn finish(&mut self) {
        self.drain(true);
        if self.acked > self.out.len() + 1 {
            self.out.resize(self.acked, None);
        }
    }
}

#[derive(Clone, Debug)]
enum Event {
    Segment(usize, Vec<u8>),
    Ack(usize),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let segment = (0..60usize, vec(0..3u8, 1..16)).prop_map(|(at, bytes)| Event::Segment(at, bytes));
    let ack = (0..70usize).prop_map(Event::Ack);
    vec(prop_oneof![4 => segment, 1 => ack], 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn copies_that_differ_and_holes_come_out_as_in_the_model(events in events()) {
        let (mut model, mut reassembler, mut out) = (Model::default(), Reassembler::new(), Out::default());
        reassembler.push(&syn(1, Client), &mut |given| out.take(given));
        for (index, event) in events.iter().enumerate() {
            let number = index as u64 + 2;
            match event {
                Event::Segment(at, bytes) => {
                    model.segments.push((*at, at + bytes.len(), bytes.clone()));
                    let arrival = segment(number, Client, *at as u32, bytes);
                    reassembler.push(&arrival, &mut |given| out.take(given));
                }
                Event::Ack(to) => {
                    model.acked = model.acked.max(*to);
                    reassembler.push(&ack(number, Server, *to as u32), &mut |given| out.take(given));
                }
            }
            model.drain(false);
            let whole = out.whole.get(&CLIENT).map(Vec::as_slice).unwrap_or_default();
            prop_assert_eq!(whole, &model.out[..], "after {:?}", &events[..=index]);
        }
        model.finish();
        reassembler.finish(&mut |given| out.take(given));
        let whole = out.whole.get(&CLIENT).map(Vec::as_slice).unwrap_or_default();
        prop_assert_eq!(whole, &model.out[..]);
        prop_assert_eq!(reassembler.waiting(), 0);
    }
}

//! Segments in a few words, and the story that they make.

use etherparse::PacketBuilder;
use netlab::event::{TcpState, Verdict};
use netlab::frame::{Frame, LinkType, Time};
use netlab::story::{Refuses, Seen, Step, Summary, Tell, Teller, Told};

pub(super) const CLIENT: ([u8; 4], u16) = ([10, 0, 0, 1], 40000);
pub(super) const SERVER: ([u8; 4], u16) = ([10, 0, 0, 2], 80);
pub(super) const CLIENT_ISN: u32 = 1000;
pub(super) const SERVER_ISN: u32 = 5_000_000;

/// Flags, and who sends.
#[derive(Clone)]
pub(super) struct Segment {
    from_client: bool,
    seq: u32,
    ack: Option<u32>,
    syn: bool,
    fin: bool,
    rst: bool,
    /// ECE, and CWR.
    congestion: (bool, bool),
    data: &'static [u8],
    window: u16,
    verdict: Option<Verdict>,
    /// These bits of these bytes are turned over.
    spoilt: Option<(usize, u8)>,
}

/// Where in a frame the checksums of IPv4's header and of TCP stand.
pub(super) const IP_SUM: usize = 14 + 10;
pub(super) const TCP_SUM: usize = 14 + 20 + 16;

pub(super) fn client(seq: u32) -> Segment {
    Segment {
        from_client: true,
        seq,
        ack: None,
        syn: false,
        fin: false,
        rst: false,
        congestion: (false, false),
        data: b"",
        window: 64240,
        verdict: None,
        spoilt: None,
    }
}

pub(super) fn server(seq: u32) -> Segment {
    Segment { from_client: false, ..client(seq) }
}

impl Segment {
    pub(super) fn syn(self) -> Segment {
        Segment { syn: true, ..self }
    }
    pub(super) fn ack(self, ack: u32) -> Segment {
        Segment { ack: Some(ack), ..self }
    }
    pub(super) fn fin(self) -> Segment {
        Segment { fin: true, ..self }
    }
    pub(super) fn rst(self) -> Segment {
        Segment { rst: true, ..self }
    }
    pub(super) fn congestion(self, ece: bool, cwr: bool) -> Segment {
        Segment { congestion: (ece, cwr), ..self }
    }
    pub(super) fn data(self, data: &'static [u8]) -> Segment {
        Segment { data, ..self }
    }
    pub(super) fn window(self, window: u16) -> Segment {
        Segment { window, ..self }
    }
    /// The wire dropped it, and says so.
    pub(super) fn lost(self) -> Segment {
        Segment { verdict: Some(Verdict::Dropped), ..self }
    }
    /// The wire let it through, and says so.
    pub(super) fn passed(self) -> Segment {
        Segment { verdict: Some(Verdict::Passed), ..self }
    }
    /// Its byte there is another one.
    pub(super) fn spoilt(self, at: usize) -> Segment {
        Segment { spoilt: Some((at, 0x55)), ..self }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let (source, destination) = if self.from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        let mut tcp = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
            .ipv4(source.0, destination.0, 64)
            .tcp(source.1, destination.1, self.seq, self.window);
        if self.syn {
            tcp = tcp.syn();
        }
        if self.fin {
            tcp = tcp.fin();
        }
        if self.rst {
            tcp = tcp.rst();
        }
        if self.congestion.0 {
            tcp = tcp.ece();
        }
        if self.congestion.1 {
            tcp = tcp.cwr();
        }
        if let Some(ack) = self.ack {
            tcp = tcp.ack(ack);
        }
        let mut bytes = Vec::new();
        tcp.write(&mut bytes, self.data).unwrap();
        if let Some((at, bits)) = self.spoilt {
            bytes[at] ^= bits;
        }
        bytes
    }
}

/// Tells segments that are a second apart, as a file's.
pub(super) fn tell(segments: &[Segment]) -> (Vec<Step>, Summary) {
    tell_stream(segments, 0)
}

pub(super) fn tell_stream(segments: &[Segment], stream: u32) -> (Vec<Step>, Summary) {
    tell_knowing(stream, segments, Refuses::Longer(None))
}

/// The same, of a source that knows this of the server.
pub(super) fn tell_knowing(stream: u32, segments: &[Segment], refuses: Refuses) -> (Vec<Step>, Summary) {
    let mut teller = Teller::new(Tell { stream, refuses, ..Tell::default() });
    let mut told = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let bytes = segment.bytes();
        let frame = Frame {
            number: index as u64 + 1,
            time: Some(Time(index as i128 * 1_000_000_000)),
            link: LinkType::Ethernet,
            interface: None,
            bytes: &bytes,
            original_len: bytes.len() as u32,
        };
        let verdict = segment.verdict;
        told.extend(teller.frame(&frame, &Seen { verdict, ..Seen::default() }));
    }
    let (last, summary) = teller.finish(None, 0, None);
    told.extend(last);
    let steps: Vec<Step> = told
        .into_iter()
        .filter_map(|told| match told {
            Told::Step(step) => Some(*step),
            Told::Absorbed(_) => None,
        })
        .collect();
    let numbers: Vec<u32> = steps.iter().map(|step| step.number).collect();
    assert_eq!(numbers, (1..=steps.len() as u32).collect::<Vec<_>>(), "steps are numbered without gaps");
    (steps, summary)
}

pub(super) fn words(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.words.strip_prefix("step ").unwrap()).collect()
}

/// The client's and the server's state before and after a step.
pub(super) fn states(step: &Step) -> [Option<TcpState>; 4] {
    let states = step.states.unwrap();
    [states.client.before, states.client.after, states.server.before, states.server.after]
}

pub(super) fn handshake() -> [Segment; 3] {
    [
        client(CLIENT_ISN).syn(),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1),
    ]
}

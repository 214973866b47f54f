//! Conversations for a table: counted, not explained. By the same rules as the [`Tracker`](super::Tracker)'s, with a quarter of its memory.

use super::digest::{Digest, Kind, Member};
use super::register::Register;
use super::table::Row;
use super::tcp::Counted;
use super::{Epoch, Exchange};

/// For so many packets at once the conversations are looked up ahead.
const AHEAD: usize = 64;

/// Counts the conversations of a capture, or a share of them.
#[derive(Debug, Default)]
pub struct Counter {
    conversations: Register<Counted>,
    exchanges: Register<Exchange>,
    epoch: Epoch,
}

impl Counter {
    /// One that has seen nothing yet.
    pub fn new() -> Counter {
        Counter::default()
    }

    /// Takes the next packet.
    #[inline]
    pub fn count(&mut self, digest: &Digest) {
        let Digest(member) = digest;
        self.epoch.see(member);
        match member.kind {
            Kind::Tcp | Kind::QuotedTcp => {
                let stream = self.tcp_stream(member);
                if member.kind == Kind::Tcp
                    && let Some(conversation) = self.conversations.get_mut(stream)
                {
                    conversation.push(member);
                }
            }
            Kind::Udp | Kind::QuotedUdp => self.datagram(member),
        }
    }

    /// The same for many: while one is counted, what the next ones need is already on its way from memory.
    pub fn count_all(&mut self, digests: &[Digest]) {
        for group in digests.chunks(AHEAD) {
            let mut numbers = [0; AHEAD];
            for (Digest(member), number) in group.iter().zip(&mut numbers) {
                *number = self.conversations.guess(member).unwrap_or(0);
            }
            let touched =
                numbers.iter().take(group.len()).filter_map(|number| self.conversations.get(*number));
            std::hint::black_box(touched.fold(0, |sum, conversation| sum ^ conversation.touch()));
            for digest in group {
                self.count(digest);
            }
        }
    }

    #[inline]
    fn tcp_stream(&mut self, member: &Member) -> u32 {
        let over = |known: &Counted| known.is_over_with(&member.seen, member);
        self.conversations.find(member, over, |_, again| Counted::new(&member.seen, member, again)).0
    }

    fn datagram(&mut self, member: &Member) {
        let (stream, _) = self.exchanges.find(member, |_| false, |next, _| Exchange::new(next, member));
        if member.kind == Kind::Udp
            && let Some(exchange) = self.exchanges.get_mut(stream)
        {
            exchange.count(member);
        }
    }

    /// How many TCP conversations there are so far.
    pub fn conversation_count(&self) -> usize {
        self.conversations.len()
    }

    /// Every conversation, with those that only an ICMP error has quoted: TCP's first, then UDP's, each in the order of their
    /// numbers.
    pub fn all_rows(&self) -> impl Iterator<Item = Row> {
        self.tcp_rows().chain(self.udp_rows())
    }

    /// Those that had a frame of their own.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.all_rows().filter(|row| row.packets() > 0)
    }

    fn tcp_rows(&self) -> impl Iterator<Item = Row> {
        self.conversations.iter().zip(0..).map(|(counted, stream)| {
            Row::of_tcp(stream, &counted.head, (&counted.client, &counted.server), self.epoch)
        })
    }

    fn udp_rows(&self) -> impl Iterator<Item = Row> {
        self.exchanges.iter().map(|exchange| Row::of_udp(exchange.stream, exchange, self.epoch))
    }
}

/// The rows of a counter that has counted a share of a capture's conversations.
#[derive(Clone, Debug)]
pub struct Share {
    tcp: Vec<Row>,
    udp: Vec<Row>,
}

impl From<Counter> for Share {
    fn from(counter: Counter) -> Share {
        // Asked for at once: a list of many rows that grows would be moved again and again.
        let mut tcp = Vec::with_capacity(counter.conversations.len());
        tcp.extend(counter.tcp_rows());
        let mut udp = Vec::with_capacity(counter.exchanges.len());
        udp.extend(counter.udp_rows());
        Share { tcp, udp }
    }
}

/// All shares' rows, under the numbers that one counter for all would have given them.
pub fn merge(shares: Vec<Share>) -> Vec<Row> {
    let mut rows = Vec::with_capacity(shares.iter().map(|share| share.tcp.len() + share.udp.len()).sum());
    let (tcp, udp): (Vec<_>, Vec<_>) = shares.into_iter().map(|share| (share.tcp, share.udp)).unzip();
    in_order(tcp.into_iter().map(Vec::into_iter), &mut rows);
    in_order(udp.into_iter().map(Vec::into_iter), &mut rows);
    rows
}

/// What the shares have of one protocol, in the order in which it was first heard of. No frame begins two conversations.
fn in_order(shares: impl Iterator<Item = impl Iterator<Item = Row>>, rows: &mut Vec<Row>) {
    let mut shares: Vec<_> = shares.collect();
    let mut heads: Vec<Option<Row>> = shares.iter_mut().map(Iterator::next).collect();
    for stream in 0.. {
        let waiting =
            heads.iter().enumerate().filter_map(|(at, head)| Some((head.as_ref()?.first_heard, at)));
        let Some((_, at)) = waiting.min() else { return };
        let (Some(head), Some(share)) = (heads.get_mut(at), shares.get_mut(at)) else { return };
        let first = std::mem::replace(head, share.next());
        rows.extend(first.filter(|row| row.packets() > 0).map(|row| Row { stream, ..row }));
    }
}

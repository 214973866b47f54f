//! Writes a capture like a whole class's recording: many TCP conversations at once, their packets far apart in the file.
//!
//! Every one has its handshake with options, then an HTTP Upgrade and WebSocket frames (or a plain HTTP answer); some
//! segments are sent again, overtaken or lost; some SYNs are refused or never answered; a part is IPv6, and a part asks a
//! name server first. Checksums are right and times never go back. The same arguments give the same bytes. It writes to
//! standard output as it goes, so its memory does not grow with the file.
//!
//! ```text
//! cargo run --release --example generate -- --conversations 100000 --packets 2500000 > /tmp/class.pcap
//! ```

mod conversation;
mod frame;
mod payload;
mod random;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use conversation::Conversation;
use frame::{Format, Writer};
use random::Random;

const USAGE: &str =
    "usage: generate [--conversations N] [--packets N] [--open N] [--bytes N] [--seed N] [--pcapng]
  --conversations  TCP conversations (100000)
  --packets        at least so many packets, shared out among them (2500000)
  --open           how many are open at once (all of them)
  --bytes          go on with further conversations until the file has so many bytes
  --seed           another capture of the same kind (1)
  --pcapng         pcapng with nanoseconds instead of pcap with microseconds
The capture goes to standard output, what is in it to standard error.";

/// What was asked for.
struct Wanted {
    conversations: u64,
    packets: u64,
    open: u64,
    bytes: Option<u64>,
    seed: u64,
    format: Format,
}

impl Wanted {
    fn parse(mut args: impl Iterator<Item = String>) -> Option<Wanted> {
        let mut wanted = Wanted {
            conversations: 100_000,
            packets: 2_500_000,
            open: u64::MAX,
            bytes: None,
            seed: 1,
            format: Format::Pcap,
        };
        while let Some(arg) = args.next() {
            if arg == "--pcapng" {
                wanted.format = Format::Pcapng;
                continue;
            }
            let value = args.next()?.parse().ok()?;
            match arg.as_str() {
                "--conversations" => wanted.conversations = value,
                "--packets" => wanted.packets = value,
                "--open" => wanted.open = value,
                "--bytes" => wanted.bytes = Some(value),
                "--seed" => wanted.seed = value,
                _ => return None,
            }
        }
        (wanted.conversations > 0 && wanted.open > 0).then_some(wanted)
    }
}

/// Deals out the packets that were asked for, conversation by conversation.
struct Dealer {
    /// For conversations that are still to come; used up only where no size was asked for.
    conversations: u64,
    packets: u64,
    endless: bool,
    mean: u64,
    begun: u64,
    seed: u64,
}

impl Dealer {
    fn new(wanted: &Wanted) -> Dealer {
        Dealer {
            conversations: wanted.conversations,
            packets: wanted.packets,
            endless: wanted.bytes.is_some(),
            mean: wanted.packets.div_ceil(wanted.conversations),
            begun: 0,
            seed: wanted.seed,
        }
    }

    /// The next conversation, from `time` on; `None` when all have begun.
    fn next(&mut self, time: u64) -> Option<Conversation> {
        if !self.endless && self.begun == self.conversations {
            return None;
        }
        let mut random = Random::new(self.seed ^ self.begun.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let share = if self.endless {
            self.mean * u64::from(random.between(300, 1700)) / 1000
        } else {
            match self.conversations - self.begun {
                1 => self.packets,
                left => self.packets / left * u64::from(random.between(300, 1700)) / 1000,
            }
        };
        let conversation = Conversation::new(self.begun, time, share, random);
        self.packets = self.packets.saturating_sub(conversation.share());
        self.begun += 1;
        Some(conversation)
    }
}

fn write(wanted: &Wanted, out: impl Write) -> io::Result<String> {
    let mut dealer = Dealer::new(wanted);
    let mut writer = Writer::new(out, wanted.format)?;
    let mut open: Vec<Conversation> = Vec::new();
    // The next packet of each open conversation: its time, and the conversation's place in `open`.
    let mut turns = BinaryHeap::new();
    let mut random = Random::new(wanted.seed);
    let mut time = 0;
    while (open.len() as u64) < wanted.open.min(wanted.conversations) {
        let begin = u64::from(random.between(0, 4_000_000_000));
        let Some(conversation) = dealer.next(begin) else { break };
        turns.push(Reverse((conversation.turn(), open.len())));
        open.push(conversation);
    }
    let (mut udp, mut v6) = (0u64, 0u64);
    while let Some(Reverse((turn, place))) = turns.pop() {
        let Some(conversation) = open.get_mut(place) else { break };
        time = turn.max(time + 1);
        conversation.write_next(time, &mut writer)?;
        if conversation.is_over() {
            udp += u64::from(conversation.asked_a_name());
            v6 += u64::from(conversation.is_v6());
            let Some(next) = dealer.next(time + u64::from(random.between(0, 50_000_000))) else { continue };
            *conversation = next;
        }
        turns.push(Reverse((conversation.turn(), place)));
        if wanted.bytes.is_some_and(|bytes| writer.bytes >= bytes) {
            break;
        }
    }
    let Writer { packets, bytes, .. } = writer;
    writer.finish()?;
    Ok(format!(
        "{} conversations, {packets} packets, {bytes} bytes, {:.1} s; ended: {v6} of IPv6, {udp} with a name asked for",
        dealer.begun,
        time as f64 / 1e9
    ))
}

fn main() -> ExitCode {
    let mut stderr = io::stderr();
    let Some(wanted) = Wanted::parse(std::env::args().skip(1)) else {
        let _ = writeln!(stderr, "{USAGE}");
        return ExitCode::from(2);
    };
    match write(&wanted, BufWriter::with_capacity(1 << 20, io::stdout().lock())) {
        Ok(what) => {
            let _ = writeln!(stderr, "{what}");
            ExitCode::SUCCESS
        }
        // Who reads may have seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(stderr, "generate: {error}");
            ExitCode::FAILURE
        }
    }
}

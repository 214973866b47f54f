//! What was shown before: as much of it as questions need.

use crate::event::Host;
use crate::story::{Step, What};

use super::scene::{number, text, value};

/// The newest segment of one side that took numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// Relative.
    pub(super) seq: u64,
    /// Bytes.
    pub(super) len: u64,
    /// The number behind it.
    pub(super) next: u64,
}

/// What one side has shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// The raw number of its SYN.
    pub(super) syn: Option<u64>,
    pub(super) sent: Option<Sent>,
    /// The newest number that it confirmed.
    pub(super) acked: Option<u64>,
    /// The number behind its FIN.
    pub(super) fin: Option<u64>,
    /// The one version of WebSocket that it asked for.
    pub(super) version: Option<u64>,
    /// Of its newest ping: the payload in hex.
    pub(super) ping: Option<String>,
    /// The code of its close frame.
    pub(super) close_code: Option<u64>,
    /// It sent a close frame.
    pub(super) closes: bool,
    /// It broke a rule: the close code that this deserves.
    pub(super) deserves: Option<u64>,
}

/// What both sides have shown.
#[derive(Debug, Default)]
pub(super) struct Before {
    client: Side,
    server: Side,
    /// Made of the numbers that were drawn by lot in this run.
    seed: Option<u64>,
}

impl Before {
    /// What `host` has shown.
    pub(super) fn of(&self, host: Host) -> &Side {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }

    /// Makes the choice among several questions differ from run to run, and from step to step.
    pub(super) fn seed(&self, group: &[&Step]) -> u64 {
        let first = self.seed.or_else(|| group.first().and_then(|step| number(step, "tcp.seq_raw")));
        let step = group.first().map_or(0, |step| u64::from(step.number));
        // Neighbouring numbers give seeds that look nothing alike (the finaliser of SplitMix64).
        let mut z = first.unwrap_or_default().wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Takes the steps of one frame as shown.
    pub(super) fn take(&mut self, group: &[&Step]) {
        for step in group {
            self.seed = self.seed.or_else(|| number(step, "tcp.seq_raw"));
            let side = match step.from {
                Host::Client => &mut self.client,
                Host::Server => &mut self.server,
            };
            if step.what.is_said() {
                side.said(step)
            } else {
                side.segment(step)
            }
            for verdict in &step.verdicts {
                let side = match verdict.by {
                    Host::Client => &mut self.client,
                    Host::Server => &mut self.server,
                };
                side.deserves = verdict.close_code.map(u64::from).or(side.deserves);
            }
        }
    }
}

impl Side {
    fn segment(&mut self, step: &Step) {
        let (Some(seq), Some(next)) = (number(step, "tcp.seq"), number(step, "tcp.nxtseq")) else { return };
        let raw = number(step, "tcp.seq_raw");
        match step.what {
            What::TcpSyn | What::TcpSynAck => self.syn = raw,
            What::TcpFin => self.fin = Some(next),
            What::TcpRst => return,
            _ => {}
        }
        if let Some(ack) = number(step, "tcp.ack") {
            self.acked = Some(self.acked.map_or(ack, |acked| acked.max(ack)));
        }
        let newer = self.sent.is_none_or(|sent| next > sent.next);
        if next != seq && newer {
            let len = number(step, "tcp.len").unwrap_or_default();
            self.sent = Some(Sent { seq, len, next });
        }
    }

    fn said(&mut self, step: &Step) {
        match step.what {
            What::WsAsked => self.version = value(step, "versions").and_then(|version| version.parse().ok()),
            What::WsPing => self.ping = text(step, "websocket.payload").map(str::to_owned),
            What::WsClose | What::WsCloseAnswer => {
                self.closes = true;
                self.close_code = number(step, "websocket.payload.close.status_code");
            }
            _ => {}
        }
    }
}

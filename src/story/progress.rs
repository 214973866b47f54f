//! How far the conversation has come, as far as the choice of words needs it.

use crate::event::Host;
use crate::flow::Segment;

/// What was seen of one side.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// Its SYN, with or without ACK.
    syn: bool,
    /// Its SYN with ACK.
    syn_ack: bool,
    /// The relative number after its FIN.
    end: Option<u32>,
    /// The newest number that it confirmed.
    acked: Option<u32>,
}

/// What was seen of the conversation so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    client: Side,
    server: Side,
    /// The ACK that ends the handshake was seen.
    pub(super) opened: bool,
    /// The client's SYN has come to the server once more since the server last answered it.
    pub(super) asked_again: bool,
    /// The newest segment said something again.
    pub(super) repeated: bool,
    /// Any segment was seen.
    pub(super) begun: bool,
    /// An RST was seen.
    pub(super) reset: bool,
    /// Who sent it.
    pub(super) reset_by: Option<Host>,
    /// An ICMP error was seen.
    pub(super) unreachable: bool,
}

impl Progress {
    fn side(&self, host: Host) -> &Side {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }

    /// Whether `host` has sent a SYN.
    pub(super) fn syn_seen(&self, host: Host) -> bool {
        self.side(host).syn
    }

    /// Whether `host` has sent a SYN of this kind, with or without ACK, before.
    pub(super) fn said_syn(&self, host: Host, ack: bool) -> bool {
        let side = self.side(host);
        if ack { side.syn_ack } else { side.syn }
    }

    /// Whether `host` has sent a FIN.
    pub(super) fn fin_seen(&self, host: Host) -> bool {
        self.side(host).end.is_some()
    }

    /// The newest number that `host` confirmed before the segment at hand.
    pub(super) fn acked(&self, host: Host) -> Option<u32> {
        self.side(host).acked
    }

    /// Whether `ack` confirms the other side's FIN, as none before did.
    pub(super) fn confirms_fin(&self, segment: &Segment) -> bool {
        let end = self.side(segment.from.other()).end;
        match (end, segment.ack) {
            (Some(end), Some(ack)) => {
                !before(ack, end) && self.side(segment.from).acked.is_none_or(|earlier| before(earlier, end))
            }
            _ => false,
        }
    }

    /// Whether both have sent a FIN and both are confirmed.
    pub(super) fn closed(&self) -> bool {
        [Host::Client, Host::Server].into_iter().all(|host| {
            let end = self.side(host).end;
            let acked = self.side(host.other()).acked;
            matches!((end, acked), (Some(end), Some(acked)) if !before(acked, end))
        })
    }

    /// Takes the segment in. One that never arrives has been said and not been heard: it confirms nothing, opens nothing and
    /// breaks nothing off.
    pub(super) fn take(&mut self, segment: &Segment, syn: bool, fin: bool, rst: bool, arrives: bool) {
        self.begun = true;
        self.reset |= rst && arrives;
        if rst && arrives {
            self.reset_by.get_or_insert(segment.from);
        }
        let ends_handshake = self.client.syn && self.server.syn && !syn && segment.ack.is_some() && !rst;
        self.opened |= ends_handshake && arrives && segment.from == Host::Client;
        match segment.from {
            Host::Client => self.asked_again |= syn && self.client.syn && arrives,
            Host::Server => self.asked_again &= !syn,
        }
        self.repeated = segment.analysis.is_repeat() || syn && self.side(segment.from).syn;
        let side = match segment.from {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        };
        side.syn |= syn;
        side.syn_ack |= syn && segment.ack.is_some();
        if fin {
            side.end = Some(segment.next_seq);
        }
        if let Some(ack) = segment.ack
            && !rst
            && arrives
            && side.acked.is_none_or(|earlier| before(earlier, ack))
        {
            side.acked = Some(ack);
        }
    }
}

/// Whether one sequence number comes before another, in the circle of 2^32 (RFC 9293, section 3.4).
pub(super) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

//! How far the conversation has come, as far as the choice of words needs it.

use crate::dissect::TcpSlice;
use crate::event::Host;
use crate::flow::Segment;

use super::signals::Ecn;

/// No capture is taken to have lost more bytes than this right behind a SYN.
const LOST_AT_MOST: u32 = 1 << 20;

/// What was seen of one side.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// Its SYN, with or without ACK.
    syn: bool,
    /// Its SYN with ACK.
    syn_ack: bool,
    /// The relative number after its FIN.
    end: Option<u32>,
    /// The first frame with its FIN.
    fin_in: Option<u64>,
    /// How often in a row it has asked for the same byte again.
    asks: u32,
    /// The newest window that it told, in bytes.
    window: Option<u32>,
    /// And it told that in its SYN.
    window_of_syn: bool,
    /// It has sent anything at all.
    spoke: bool,
    /// It called: its SYN came without ACK.
    called: bool,
    /// How many bytes its SYN carried.
    early: u32,
    /// The number after the last one that it has sent.
    next: Option<u32>,
    /// The newest number that it confirmed, and the sum that this rests on.
    acked: Option<u32>,
    sum: Option<(u32, u32, &'static str)>,
    /// So many segments came to it again and are not answered yet.
    owes: u32,
    /// Its newest window was 0: it has no room.
    shut: bool,
}

/// What was seen of the conversation so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    client: Side,
    server: Side,
    /// The ACK that ends the handshake was seen.
    pub(super) opened: bool,
    /// The client has said the ACK that ends the handshake, whether it arrived or not.
    pub(super) handshake_acked: bool,
    /// The client's SYN has come to the server once more since the server last answered it.
    pub(super) asked_again: bool,
    /// The SYN-ACK left out the bytes that came with the SYN, and they were not sent again yet.
    pub(super) left_out: bool,
    /// The number that a SYN-ACK confirmed although nothing like it was ever sent.
    pub(super) wrong: Option<u32>,
    /// It was a SYN-ACK, no ACK from an older connection.
    pub(super) wrong_syn: bool,
    /// Each side sent its FIN before it heard the other's.
    pub(super) fins_crossed: bool,
    /// Any segment was seen.
    pub(super) begun: bool,
    /// An RST was seen.
    pub(super) reset: bool,
    /// Who sent it.
    pub(super) reset_by: Option<Host>,
    /// Who has sent one that nobody need have taken, and nobody has gone on since.
    pub(super) challenges: Option<Host>,
    /// What was agreed on marks for queues that grow long.
    pub(super) ecn: Ecn,
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

    fn side_mut(&mut self, host: Host) -> &mut Side {
        match host {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }

    /// The client is the end that was taken for the server so far.
    pub(super) fn swap(&mut self) {
        std::mem::swap(&mut self.client, &mut self.server);
        self.reset_by = self.reset_by.map(Host::other);
        self.ecn = Ecn::default();
    }

    /// Whether `host` has sent anything at all.
    pub(super) fn has_spoken(&self, host: Host) -> bool {
        self.side(host).spoke
    }

    /// Whether no frame of the other side was seen although `host` confirms something to it, or goes on behind its own SYN-ACK.
    pub(super) fn speaks_alone(&self, host: Host) -> bool {
        let side = self.side(host);
        let goes_on = side.next.is_some_and(|next| next > 1) && side.end != Some(1);
        let answers = if side.called { side.acked.is_some() } else { !side.syn || goes_on };
        side.spoke && !self.side(host.other()).spoke && answers && side.acked.is_some()
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

    /// Whether both have called: neither SYN answers the other.
    pub(super) fn both_called(&self) -> bool {
        self.client.called && self.server.called
    }

    /// How many bytes the client's SYN carried.
    pub(super) fn early(&self) -> u32 {
        self.client.early
    }

    /// The number after the last one that `host` has sent.
    pub(super) fn next(&self, host: Host) -> Option<u32> {
        self.side(host).next
    }

    /// Whether `host` has said that it has no room (window 0), and nothing else since.
    pub(super) fn is_shut(&self, host: Host) -> bool {
        self.side(host).shut
    }

    /// How often in a row `host` has asked for the same byte again.
    pub(super) fn asks(&self, host: Host) -> u32 {
        self.side(host).asks
    }

    /// Whether a segment leaves its sender less room than its last one did.
    pub(super) fn leaves_less(&self, segment: &Segment) -> bool {
        self.side(segment.from).window.is_some_and(|window| segment.window < window)
    }

    /// Whether a segment is its sender's first after a SYN, whose window is not scaled: that the scale's steps do not hold the same
    /// number says nothing of the room.
    pub(super) fn rounds_window(&self, segment: &Segment, tcp: &TcpSlice<'_>) -> bool {
        let scaled = tcp.window().is_some_and(|value| segment.window != u32::from(value));
        scaled && self.side(segment.from).syn && self.side(segment.from).window_of_syn
    }

    /// The first frame with the FIN of `host`.
    pub(super) fn fin_in(&self, host: Host) -> Option<u64> {
        self.side(host).fin_in
    }

    /// Whether the last number that a segment takes, or a later one, was sent before.
    pub(super) fn has_sent(&self, segment: &Segment) -> bool {
        self.side(segment.from).next.is_some_and(|next| !before(next, segment.next_seq))
    }

    /// Whether the other side has confirmed all of a segment already.
    pub(super) fn is_confirmed(&self, segment: &Segment) -> bool {
        self.side(segment.from.other()).acked.is_some_and(|acked| !before(acked, segment.next_seq))
    }

    /// Whether something came to `host` again that it has not answered yet.
    pub(super) fn owes(&self, host: Host) -> bool {
        self.side(host).owes > 0
    }

    /// Whether anything that `host` does not confirm with `ack` has been sent to it.
    pub(super) fn waits_beyond(&self, host: Host, ack: u32) -> bool {
        self.side(host.other()).next.is_some_and(|next| before(ack, next))
    }

    /// Whether a SYN-ACK, or an ACK without SYN that comes to who waits for one, confirms what was never sent: in SYN-SENT only numbers
    /// behind the SYN's own and up to the last one sent fit (RFC 9293, section 3.10.7.3).
    pub(super) fn answers_wrongly(&self, segment: &Segment, syn: bool) -> bool {
        let (own, other) = (self.side(segment.from), self.side(segment.from.other()));
        let waits = other.called && other.acked.is_none() && own.acked.is_none() && !own.called;
        // Without SYN it may confirm what the capture has lost.
        let lost = if syn { 0 } else { LOST_AT_MOST };
        match (other.next, segment.ack) {
            (Some(next), Some(ack)) if waits => ack.wrapping_sub(1) >= next.saturating_add(lost),
            (Some(next), Some(ack)) => syn && (ack == 0 || before(next, ack)),
            _ => false,
        }
    }

    /// Whether `host` has to answer an RST that it did not take, and has not yet.
    pub(super) fn is_challenged(&self, host: Host) -> bool {
        self.challenges == Some(host.other())
    }

    /// Whether a SYN-ACK leaves out the bytes that came with the SYN.
    pub(super) fn leaves_out(&self, segment: &Segment, syn: bool) -> bool {
        syn && segment.ack == Some(1) && self.side(segment.from.other()).early > 0
    }

    /// Whether `host` confirms something although it has never sent a SYN that was seen, nor was confirmed itself.
    pub(super) fn has_no_syn(&self, host: Host) -> bool {
        let side = self.side(host);
        !side.syn && side.next.is_none() && self.side(host.other()).acked.is_none()
    }

    /// Whether the other side's FIN was sent and this segment's sender had not heard it.
    pub(super) fn misses_fin(&self, segment: &Segment) -> bool {
        let end = self.side(segment.from.other()).end;
        matches!((end, segment.ack), (Some(end), Some(ack)) if before(ack, end))
    }

    /// Whether a segment has bytes behind its sender's FIN: they belong to no stream (RFC 9293, section 3.10.7.4, seventh).
    pub(super) fn is_behind_fin(&self, segment: &Segment) -> bool {
        let end = self.side(segment.from).end;
        segment.len > 0 && end.is_some_and(|end| !before(segment.seq, end))
    }

    /// From which number `ack` leads on, and why: `ack 1 = 0 + 1`. What was said before rests on the same sum as then.
    pub(super) fn ack_sum(&self, from: Host, ack: u32, again: bool) -> Option<(u32, &'static str)> {
        let peer = from.other();
        match self.side(from).acked {
            Some(earlier) if before(earlier, ack) => {
                let why = match (self.fin_seen(peer), ack.wrapping_sub(earlier)) {
                    (true, 1) => "the FIN takes one number",
                    (true, _) => "all bytes up to there arrived, and the FIN",
                    (false, _) => "all bytes up to there arrived",
                };
                Some((earlier, why))
            }
            Some(_) => {
                let (start, _, why) = self.side(from).sum.filter(|(_, said, _)| again && *said == ack)?;
                Some((start, why))
            }
            None if ack > 0 && self.syn_seen(peer) => {
                let why = match (ack, peer) {
                    (1, Host::Client) => "the client's SYN takes one number",
                    (1, Host::Server) => "the server's SYN takes one number, too",
                    _ => "the SYN takes one number, the bytes the rest",
                };
                Some((0, why))
            }
            None => None,
        }
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
    pub(super) fn take(&mut self, segment: &Segment, tcp: &TcpSlice<'_>, arrives: bool) {
        let (syn, fin, rst) = (tcp.syn(), tcp.fin(), tcp.rst());
        if arrives {
            self.ecn.take(tcp, segment.from);
        }
        if syn && segment.ack.is_some() && segment.analysis.reused_ports {
            // It counts anew: what it said before belonged to something else.
            *self.side_mut(segment.from) = Side::default();
        }
        let wrong = !rst && self.answers_wrongly(segment, syn);
        let refuses = rst && self.wrong == Some(segment.seq);
        if rst && arrives && !refuses && !segment.ignored {
            self.reset = true;
            self.reset_by.get_or_insert(segment.from);
        }
        match (rst, arrives && segment.challenged) {
            (true, true) => self.challenges = self.challenges.or(Some(segment.from)),
            (true, false) => {}
            (false, _) => self.challenges = None,
        }
        if wrong && !syn {
            (self.wrong, self.wrong_syn) = (segment.ack, false);
        }
        if syn && segment.ack.is_some() {
            (self.wrong, self.wrong_syn) = (segment.ack.filter(|_| wrong), true);
            self.left_out = self.leaves_out(segment, syn) && arrives;
        } else if segment.len > 0 && segment.from == Host::Client {
            self.left_out = false;
        }
        self.fins_crossed |= fin && self.misses_fin(segment);
        match segment.from {
            Host::Client => self.asked_again |= syn && self.client.syn && arrives,
            Host::Server => self.asked_again &= !syn,
        }
        let again = segment.analysis.is_repeat() || syn && self.side(segment.from).syn;
        let sum = segment
            .ack
            .and_then(|ack| self.ack_sum(segment.from, ack, false).map(|(start, why)| (start, ack, why)));
        self.begun = true;
        let answers = segment.from == Host::Client && !syn && !rst && segment.ack.is_some();
        self.handshake_acked |= answers && self.server.syn;
        let side = self.side_mut(segment.from);
        side.spoke = true;
        if !rst && arrives {
            side.shut = !syn && segment.window == 0;
            (side.window, side.window_of_syn) = (Some(segment.window), syn);
            side.asks = segment.analysis.duplicate_ack.unwrap_or(if segment.len > 0 { side.asks } else { 0 });
        }
        side.syn |= syn;
        side.syn_ack |= syn && segment.ack.is_some();
        side.called |= syn && segment.ack.is_none();
        // An RST takes no number, and an answer to something older none of these.
        if !rst && (syn || !wrong) && side.next.is_none_or(|next| before(next, segment.next_seq)) {
            side.next = Some(segment.next_seq);
        }
        if syn && segment.ack.is_none() {
            side.early = segment.len;
        }
        if fin {
            side.end = Some(segment.next_seq);
            side.fin_in.get_or_insert(segment.frame);
        }
        if let Some(ack) = segment.ack
            && !rst
            && arrives
            && !wrong
        {
            let new = side.acked.is_none_or(|earlier| before(earlier, ack));
            if new {
                (side.acked, side.sum) = (Some(ack), sum);
            }
            // More that is confirmed answers all copies; only of SYN-ACKs each one is answered.
            side.owes = match (syn, new && ack > 1) {
                (true, _) => side.owes,
                (false, true) => 0,
                (false, false) => side.owes.saturating_sub(1),
            };
        }
        let other = self.side_mut(segment.from.other());
        other.owes += u32::from(again && arrives);
        // Each has said a SYN, and each has heard that its own arrived; of one that was not captured, the answer tells.
        let heard = |side: &Side| side.acked.is_some_and(|acked| acked > 0);
        self.opened |= self.server.syn && heard(&self.client) && heard(&self.server);
    }
}

/// Whether one sequence number comes before another, in the circle of 2^32 (RFC 9293, section 3.4).
pub(super) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

//! Joins what is inferred of the endpoints' states with what their kernels said.
//!
//! A reading is of one moment, a frame's story of another: the sender may have gone on since it sent. So a reading that is
//! *ahead* of the inferred state says nothing about this frame and is left aside; one that is *behind* it shows that the
//! inference was wrong, and wins.

use crate::event::{Host, Sockets, TcpState};

use super::step::{Change, States};

/// Puts `sockets`, read while a frame from `from` stood on the wire, into `states`. `arrives`: whether the frame reaches the
/// other host.
pub(super) fn join(states: &mut States, sockets: &Sockets, from: Host, arrives: bool) {
    let to = from.other();
    let receiver = states.of_mut(to);
    match weigh(receiver.before, sockets.of(to).state) {
        Weight::Same => receiver.kernel_before = true,
        Weight::Ahead => {}
        Weight::Wins => {
            let moved = receiver.moves();
            receiver.before = Some(sockets.of(to).state);
            receiver.kernel_before = true;
            if !moved || sockets.of(to).state == TcpState::Closed {
                receiver.after = receiver.before;
            }
        }
    }
    if !arrives {
        receiver.after = receiver.before;
        receiver.kernel_after = receiver.kernel_before;
    }
    let sender = states.of_mut(from);
    let reading = sockets.of(from).state;
    match weigh(sender.after, reading) {
        Weight::Same => note(sender),
        Weight::Ahead => {}
        Weight::Wins => {
            if !sender.moves() {
                sender.before = Some(reading);
            }
            sender.after = Some(reading);
            note(sender);
        }
    }
}

/// The reading tells the state after sending; and that before it, where sending changes nothing.
fn note(sender: &mut Change) {
    sender.kernel_after = true;
    sender.kernel_before = sender.before == sender.after;
}

/// What a reading says about an inferred state.
enum Weight {
    Same,
    /// The endpoint has gone on since.
    Ahead,
    /// The inference was wrong.
    Wins,
}

fn weigh(inferred: Option<TcpState>, read: TcpState) -> Weight {
    let Some(inferred) = inferred else { return Weight::Wins };
    if inferred == read {
        return Weight::Same;
    }
    let place = rank(inferred);
    // No socket: there never was one, or there is none any more.
    let reading = if read == TcpState::Closed && place > 1 { 7 } else { rank(read) };
    if reading > place { Weight::Ahead } else { Weight::Wins }
}

/// How far a connection has come in its life.
fn rank(state: TcpState) -> u8 {
    match state {
        TcpState::Closed | TcpState::Listen => 0,
        TcpState::SynSent => 1,
        TcpState::SynReceived => 2,
        TcpState::Established => 3,
        TcpState::FinWait1 | TcpState::CloseWait => 4,
        TcpState::FinWait2 | TcpState::Closing | TcpState::LastAck => 5,
        TcpState::TimeWait => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Socket;

    fn socket(state: TcpState) -> Socket {
        Socket { state, timer: None, rto: None, unacked: None, cwnd: None }
    }

    fn change(before: TcpState, after: TcpState) -> Change {
        Change { before: Some(before), after: Some(after), ..Change::default() }
    }

    fn joined(
        client: Change,
        server: Change,
        read: (TcpState, TcpState),
        from: Host,
        arrives: bool,
    ) -> States {
        let mut states = States { client, server };
        join(&mut states, &Sockets { client: socket(read.0), server: socket(read.1) }, from, arrives);
        states
    }

    #[test]
    fn a_held_syn_ack_shows_both_kernels() {
        use TcpState::{Established, SynReceived, SynSent};
        let states = joined(
            change(SynSent, Established),
            change(SynReceived, SynReceived),
            (SynSent, SynReceived),
            Host::Server,
            true,
        );
        assert!(states.client.kernel_before && !states.client.kernel_after);
        assert!(states.server.kernel_before && states.server.kernel_after);
        assert_eq!(states.client.after, Some(Established));
    }

    #[test]
    fn nobody_listening_is_seen_in_the_kernel() {
        use TcpState::{Closed, Listen, SynReceived, SynSent};
        let states = joined(
            change(Closed, SynSent),
            change(Listen, SynReceived),
            (SynSent, Closed),
            Host::Client,
            true,
        );
        assert_eq!((states.server.before, states.server.after), (Some(Closed), Some(Closed)));
        assert!(states.server.kernel_before);
    }

    #[test]
    fn a_frame_that_vanishes_moves_nobody() {
        use TcpState::{Established, SynReceived, SynSent};
        let states = joined(
            change(SynSent, Established),
            change(SynReceived, SynReceived),
            (SynSent, SynReceived),
            Host::Server,
            false,
        );
        assert_eq!(states.client.after, Some(SynSent));
    }

    #[test]
    fn a_reading_ahead_of_the_frame_is_left_aside() {
        use TcpState::{CloseWait, FinWait1, FinWait2, LastAck};
        let states = joined(
            change(FinWait1, FinWait2),
            change(CloseWait, CloseWait),
            (FinWait1, LastAck),
            Host::Server,
            true,
        );
        assert_eq!(states.server.after, Some(CloseWait));
        assert!(!states.server.kernel_after);
    }
}

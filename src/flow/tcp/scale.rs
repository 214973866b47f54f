//! By how much windows are scaled, as far as the SYNs that were captured tell (RFC 7323, section 2.2), and as Wireshark takes it.

use super::seen::Seen;

/// How often an end's windows are to be doubled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scale {
    /// No SYN has said it yet.
    #[default]
    Unknown,
    /// Not at all: one of the two SYNs had no such option.
    Not,
    /// So often, if the other end has the option too: its SYN may not have been captured.
    By(u8),
}

impl Scale {
    /// Takes what a SYN or a SYN-ACK offers; `other` is the other end's.
    pub(super) fn offered(&mut self, seen: &Seen, other: &mut Scale) {
        if let Some(shift) = seen.scale_offered() {
            *self = Scale::By(shift);
        }
        // What is missing may only be missing in the capture.
        if !seen.is_cut() {
            self.agree(seen.has_ack(), other);
        }
    }

    fn agree(&mut self, answers: bool, other: &mut Scale) {
        match *self {
            Scale::Unknown => (*self, *other) = (Scale::Not, Scale::Not),
            _ if answers && *other == Scale::Not => *self = Scale::Not,
            _ => {}
        }
    }

    /// Whether a SYN that was kept whole says how.
    pub(super) fn is_known(self) -> bool {
        self != Scale::Unknown
    }

    /// A window in bytes; more than 14 doublings nobody takes (RFC 7323, section 2.3).
    pub(super) fn of(self, window: u16) -> u32 {
        match self {
            Scale::By(shift) => u32::from(window) << shift.min(14),
            _ => window.into(),
        }
    }

    /// The same at most: where no SYN says it, the window may be any multiple.
    pub(super) fn at_most(self, window: u16) -> u32 {
        match self {
            Scale::Unknown => Scale::By(14).of(window),
            known => known.of(window),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(mut client: Scale, mut server: Scale) -> (Scale, Scale) {
        client.agree(false, &mut server);
        server.agree(true, &mut client);
        (client, server)
    }

    #[test]
    fn both_must_offer_it() {
        use Scale::{By, Not, Unknown};
        assert_eq!(after(By(7), By(2)), (By(7), By(2)));
        assert_eq!(after(By(7), Unknown), (Not, Not));
        assert_eq!(after(Unknown, Unknown), (Not, Not));
        // A SYN-ACK must not offer what the SYN did not.
        let (mut client, mut server) = (Not, By(2));
        server.agree(true, &mut client);
        assert_eq!((client, server), (Not, Not));
    }

    #[test]
    fn a_window_is_doubled_at_most_fourteen_times() {
        assert_eq!((Scale::By(3).of(5), Scale::By(255).of(1), Scale::Unknown.of(9)), (40, 16384, 9));
    }
}

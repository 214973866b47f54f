//! Which key and which number opens the next record of one direction (RFC 8446, sections 5.3 and 7).
//!
//! Without a hole before it there is one of each, and one try. After a hole the numbers that may have been passed are tried,
//! and the keys that may have come meanwhile; a record that opens proves which they are. How much is tried in vain has a limit.

use super::crypto::{Keys, Suite, TAG, next_secret};
use super::keylog::{Label, Secret, Session};
use super::names::{CipherSuite, ContentType};
use super::record::{HEADER, LEAST_PROTECTED};
use crate::event::Host;

/// Which keys protect a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epoch {
    /// Those of the handshake.
    Handshake,
    /// Those of what comes after it: so many times renewed (KeyUpdate).
    Application(u32),
}

/// What is known of a record that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// By which keys.
    pub epoch: Epoch,
    /// Its number among the records with these keys, from 0. It stands nowhere: both sides count.
    pub sequence: u64,
    /// What it carries inside; 0 where it has nothing but padding.
    pub content: ContentType,
    /// How many bytes of that.
    pub len: usize,
    /// How many zeros follow, so that nobody sees the true length (RFC 8446, section 5.4).
    pub padding: usize,
    /// The suite that it is protected by.
    pub cipher_suite: CipherSuite,
}

/// Why a protected record is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// The client's hello was not seen, by which its keys would be found.
    #[error("the capture does not have the beginning of this conversation")]
    NoClientHello,
    /// No keys of this session are known.
    #[error("no keys of this session are known")]
    NoKeys,
    /// Keys of this session are known, but not these.
    #[error("the keys of this session lack {}", .0.name())]
    NoSecret(Label),
    /// A version that is not decrypted.
    #[error("{0} is not decrypted yet")]
    Version(super::names::Version),
    /// A suite that is not decrypted.
    #[error("{0} is not decrypted yet")]
    Suite(CipherSuite),
    /// The client said it before the server had answered (0-RTT): not decrypted.
    #[error("what a client says before it is answered (0-RTT) is not decrypted")]
    EarlyData,
    /// The keys do not open it: those of another session, or its bytes are not what was sent.
    #[error("the keys do not open it")]
    DoesNotFit,
    /// Too much before it is missing: its number is not known.
    #[error("so much before it is missing that its number is not known")]
    Lost,
    /// So many tries were in vain that no more are made in this direction.
    #[error("too many tries were in vain")]
    GivenUp,
    /// Bytes of it are missing.
    #[error("bytes of it are missing")]
    Holed,
}

/// The keys of an epoch, of every suite that they may be for.
#[derive(Debug)]
struct Set {
    secret: Secret,
    keys: Vec<(Suite, Keys)>,
}

impl Set {
    fn new(secret: &Secret, suite: Option<Suite>) -> Set {
        let all = Suite::of_secret(secret).iter().copied();
        let keys = all.filter(|one| suite.is_none_or(|suite| suite == *one));
        let keys = keys.filter_map(|suite| Some((suite, Keys::new(suite, secret)?)));
        Set { secret: secret.clone(), keys: keys.collect() }
    }

    fn next(&self) -> Option<Set> {
        let (suite, _) = self.keys.first()?;
        Some(Set::new(&next_secret(*suite, &self.secret)?, Some(*suite)))
    }
}

/// One direction.
#[derive(Debug)]
pub(super) struct Opener {
    /// Whose secrets open it.
    role: Host,
    epoch: Epoch,
    current: Option<Set>,
    /// The keys that come after these.
    ahead: Option<Set>,
    /// The number of the record after the last one that was opened.
    sequence: u64,
    /// How many records have passed since, at least.
    least: u64,
    /// How many may have been among what was missing.
    gap: u64,
    /// How many bytes may yet be tried in vain.
    tries: usize,
    opened: bool,
}

impl Opener {
    pub(super) fn new(tries: usize) -> Opener {
        let (current, ahead) = (None, None);
        let epoch = Epoch::Handshake;
        Opener {
            role: Host::Client,
            epoch,
            current,
            ahead,
            sequence: 0,
            least: 0,
            gap: 0,
            tries,
            opened: false,
        }
    }

    /// Whether any record was opened.
    pub(super) fn has_opened(&self) -> bool {
        self.opened
    }

    pub(super) fn kept(&self) -> usize {
        let set = |set: &Option<Set>| {
            set.as_ref().map_or(0, |set| set.keys.capacity() * size_of::<(Suite, Keys)>())
        };
        set(&self.current) + set(&self.ahead)
    }

    /// So many bytes passed in which no records could be found.
    pub(super) fn pass(&mut self, bytes: u64) {
        self.gap = self.gap.saturating_add(bytes / LEAST_PROTECTED);
    }

    /// A record passed that was not tried. `sure`: it has the same keys as those before it.
    pub(super) fn skip(&mut self, sure: bool) {
        if sure {
            self.least += 1;
        } else {
            self.gap = self.gap.saturating_add(1);
        }
    }

    /// Opens a record: its bytes with the header, of which all but the tag and what `Opened` tells is made readable. The
    /// second value: whether records before it, with the same keys, were not opened.
    pub(super) fn open(
        &mut self,
        record: &mut [u8],
        session: &Session,
        suite: Option<CipherSuite>,
        role: Host,
        early: bool,
    ) -> Result<(Opened, bool), Unread> {
        self.role = role;
        let suite = match suite {
            Some(number) => Some(Suite::of(number).ok_or(Unread::Suite(number))?),
            None => None,
        };
        if self.tries == 0 {
            return Err(Unread::GivenUp);
        }
        if record.len() < HEADER + TAG + 1 {
            return Err(self.fail(Unread::DoesNotFit));
        }
        self.load(session, suite);
        let (gap, least) = (self.gap, self.least);
        if let Some(found) =
            try_all(self.current.as_mut(), self.sequence + least, gap, record, &mut self.tries)
        {
            return Ok(self.read(found, found.1 > self.sequence, record));
        }
        // The keys may have changed unseen: a Finished or a KeyUpdate was among what is missing.
        if self.epoch == Epoch::Handshake || gap + least > 0 {
            let most = gap.saturating_add(least.min(4));
            if let Some(found) = try_all(self.ahead.as_mut(), 0, most, record, &mut self.tries) {
                let renewed = self.epoch != Epoch::Handshake;
                self.change();
                return Ok(self.read(found, renewed || found.1 > 0, record));
            }
        }
        if early && !self.opened && role == Host::Client {
            return Err(Unread::EarlyData);
        }
        if self.current.is_none() && self.ahead.is_none() {
            self.skip(false);
            return Err(Unread::NoSecret(self.label(self.epoch)));
        }
        if self.tries == 0 {
            return Err(Unread::GivenUp);
        }
        let lacks = self.current.is_none().then(|| self.label(self.epoch));
        let why = if gap > 0 { Unread::Lost } else { lacks.map_or(Unread::DoesNotFit, Unread::NoSecret) };
        Err(self.fail(why))
    }

    fn fail(&mut self, why: Unread) -> Unread {
        self.least += 1;
        why
    }

    /// The sender's last message with these keys was seen: the next record has others.
    pub(super) fn change(&mut self) {
        self.epoch = match self.epoch {
            Epoch::Handshake => Epoch::Application(0),
            Epoch::Application(renewed) => Epoch::Application(renewed.saturating_add(1)),
        };
        self.current = match self.epoch {
            Epoch::Application(1..) => self.ahead.take().or_else(|| self.current.as_ref()?.next()),
            _ => self.ahead.take(),
        };
        (self.sequence, self.least, self.gap) = (0, 0, 0);
    }

    fn label(&self, epoch: Epoch) -> Label {
        match (epoch, self.role) {
            (Epoch::Handshake, Host::Client) => Label::ClientHandshake,
            (Epoch::Handshake, Host::Server) => Label::ServerHandshake,
            (Epoch::Application(_), Host::Client) => Label::ClientTraffic,
            (Epoch::Application(_), Host::Server) => Label::ServerTraffic,
        }
    }

    /// Makes the keys that are not there yet.
    fn load(&mut self, session: &Session, suite: Option<Suite>) {
        let of = |label| session.secret(label).map(|secret| Set::new(secret, suite));
        if self.current.is_none() && matches!(self.epoch, Epoch::Handshake | Epoch::Application(0)) {
            self.current = of(self.label(self.epoch));
        }
        if self.ahead.is_none() {
            self.ahead = match self.epoch {
                Epoch::Handshake => of(self.label(Epoch::Application(0))),
                Epoch::Application(_) if self.gap + self.least > 0 => {
                    self.current.as_ref().and_then(Set::next)
                }
                Epoch::Application(_) => None,
            };
        }
    }

    fn read(&mut self, (suite, sequence): (Suite, u64), missed: bool, record: &[u8]) -> (Opened, bool) {
        self.opened = true;
        self.sequence = sequence + 1;
        (self.least, self.gap) = (0, 0);
        // What was opened pays for more tries: a hundred holes may be in a long conversation.
        self.tries = self.tries.saturating_add(record.len().saturating_mul(8));
        let inner = record.get(HEADER..record.len().saturating_sub(TAG)).unwrap_or_default();
        let len = inner.iter().rposition(|byte| *byte != 0);
        let content = ContentType(len.and_then(|len| inner.get(len)).copied().unwrap_or(0));
        let padding = inner.len() - len.map_or(0, |len| len + 1);
        let len = len.unwrap_or(0);
        let opened =
            Opened { epoch: self.epoch, sequence, content, len, padding, cipher_suite: suite.number() };
        (opened, missed)
    }
}

/// Tries `first` and so many numbers behind it, with every suite that the keys may be for; the suite that fits stays alone.
fn try_all(
    set: Option<&mut Set>,
    first: u64,
    more: u64,
    record: &mut [u8],
    tries: &mut usize,
) -> Option<(Suite, u64)> {
    // Without keys nothing would end the search.
    let set = set.filter(|set| !set.keys.is_empty())?;
    for sequence in first..=first.saturating_add(more) {
        for index in 0..set.keys.len() {
            let (suite, keys) = set.keys.get(index)?;
            if keys.open(sequence, record) {
                let suite = *suite;
                set.keys.retain(|(one, _)| *one == suite);
                return Some((suite, sequence));
            }
            *tries = tries.saturating_sub(record.len() + 64);
            if *tries == 0 {
                return None;
            }
        }
    }
    None
}

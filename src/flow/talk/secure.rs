//! The conversations that speak TLS, each direction by its first bytes, and what all of them may keep together.

use hashbrown::HashMap;

use crate::event::Host;
use crate::flow::stream::{Given, Hole, Side};
use crate::flow::tls::{self, Conversation, Event, KeyLog, Version, may_begin};

/// What TLS in all conversations together may keep. What goes beyond is forgotten, and that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecureLimits {
    /// Conversations of TLS that are followed at a time. Beyond it the eighth of them that has been silent longest is forgotten.
    pub conversations: usize,
    /// Conversations of any kind of which it is remembered what they speak.
    pub known: usize,
    /// Bytes of all conversations together: records and messages that are not complete, keys. Beyond it those that have been silent
    /// longest are forgotten, until an eighth of it is free.
    pub total: usize,
    /// What each of them may keep and try.
    pub each: tls::Limits,
}

impl Default for SecureLimits {
    /// 16,384 conversations of TLS, about 1 KiB each; 131,072 in all; 64 MiB.
    fn default() -> SecureLimits {
        SecureLimits { conversations: 1 << 14, known: 1 << 17, total: 64 << 20, each: tls::Limits::default() }
    }
}

/// What was seen of TLS in all conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecureTotals {
    /// Conversations in which TLS was spoken.
    pub conversations: u64,
    /// How many of them the keylog knows.
    pub known: u64,
    /// How many of these are of a version that is not decrypted.
    pub older: u64,
    /// How many were opened: at least one record.
    pub opened: u64,
    /// How many were forgotten, because a limit was reached.
    pub forgotten: u64,
}

/// What a direction speaks.
#[derive(Clone, Copy, Debug, Default)]
enum Speaks {
    /// Nobody knows yet: it has said nothing, or the first bytes are not there.
    #[default]
    Unknown,
    Headless(Hole),
    Tls,
    Other,
}

/// What is known of one conversation.
#[derive(Debug, Default)]
struct Entry {
    client: Speaks,
    server: Speaks,
    /// Where either side speaks TLS.
    secret: Option<Box<Secret>>,
    /// How many pieces had come before its last.
    last: u64,
}

/// One that speaks TLS.
#[derive(Debug)]
struct Secret {
    conversation: Conversation,
    /// What both sides agreed upon.
    version: Option<Version>,
    /// By it a keylog knows the session.
    random: Option<[u8; 32]>,
    /// A keylog knows it.
    known: bool,
    /// A record was opened.
    opened: bool,
}

impl Entry {
    fn of(&mut self, from: Host) -> &mut Speaks {
        match from {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }

    /// What a direction speaks, whose next bytes these are.
    fn listen(&mut self, from: Host, bytes: &[u8]) -> Speaks {
        let other = matches!(self.of(from.other()), Speaks::Tls);
        let speaks = self.of(from);
        let tls = match speaks {
            Speaks::Tls | Speaks::Other => return *speaks,
            // What the other side says tells what this one does, of which the beginning is not there.
            Speaks::Headless(_) => other || may_begin(bytes),
            Speaks::Unknown => may_begin(bytes),
        };
        std::mem::replace(speaks, if tls { Speaks::Tls } else { Speaks::Other })
    }

    /// What a direction speaks, of which these bytes are missing.
    fn miss(&mut self, from: Host, hole: &Hole) -> Speaks {
        let speaks = self.of(from);
        if let Speaks::Unknown = speaks {
            *speaks = Speaks::Headless(*hole);
        }
        *speaks
    }
}

/// Reads TLS in all conversations that speak it.
#[derive(Debug, Default)]
pub(super) struct Secure {
    limits: SecureLimits,
    entries: HashMap<u32, Entry>,
    /// How many of them speak TLS.
    speaking: usize,
    kept: usize,
    order: u64,
    totals: SecureTotals,
}

/// Where events go to: with the stream, and the version that both sides agreed upon so far.
pub(super) type Sink<'s> = &'s mut dyn FnMut(u32, Option<Version>, Event<'_>);

impl Secure {
    pub(super) fn with_limits(limits: SecureLimits) -> Secure {
        Secure { limits, ..Secure::default() }
    }

    pub(super) fn totals(&self) -> SecureTotals {
        self.totals
    }

    /// How many bytes are kept: at most [`SecureLimits::total`] beside what every conversation needs.
    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    /// How many conversations are followed, at most [`SecureLimits::conversations`].
    pub(super) fn speaking(&self) -> usize {
        self.speaking
    }

    /// Whether TLS is spoken in a conversation.
    pub(super) fn is_spoken(&self, stream: u32) -> bool {
        self.entries.get(&stream).is_some_and(|entry| entry.secret.is_some())
    }

    /// Takes what was handed on next; whether it is TLS's own, so that nobody else is to read it.
    pub(super) fn push(&mut self, given: &Given<'_>, keys: &KeyLog, sink: Sink<'_>) -> bool {
        self.order += 1;
        let side = match given {
            Given::Bytes(chunk) => chunk.side,
            Given::Hole(hole) => hole.side,
            Given::End(ending) => ending.side,
            Given::Anew(side) => {
                self.anew(*side, keys, sink);
                return false;
            }
            Given::Forgotten(stream) => {
                self.forget(*stream, keys, sink);
                return false;
            }
            Given::Overlap(_) | Given::Uncompared(_) | Given::GivenUp(_) | Given::Ignored(_) => return false,
        };
        let (stream, from) = (side.stream, side.from);
        if !self.entries.contains_key(&stream) {
            if let Given::End(_) = given {
                return false;
            }
            self.make_room();
        }
        let entry = self.entries.entry(stream).or_default();
        entry.last = self.order;
        let before = match given {
            Given::Bytes(chunk) => entry.listen(from, chunk.bytes),
            Given::Hole(hole) => entry.miss(from, hole),
            _ => *entry.of(from),
        };
        if !matches!(entry.of(from), Speaks::Tls) {
            return false;
        }
        if entry.secret.is_none() {
            self.speaking += 1;
            self.totals.conversations += 1;
        }
        if let Speaks::Headless(hole) = before {
            self.tell(stream, &Given::Hole(hole), keys, sink);
        }
        self.tell(stream, given, keys, sink);
        if self.speaking > self.limits.conversations.max(1) {
            self.give_up(self.limits.conversations - self.limits.conversations / 8, usize::MAX);
        }
        if self.kept > self.limits.total {
            self.give_up(usize::MAX, self.limits.total - self.limits.total / 8);
        }
        true
    }

    /// No more comes: tells what is not complete, and forgets all.
    pub(super) fn finish(&mut self, keys: &KeyLog, sink: Sink<'_>) {
        let mut streams: Vec<u32> = self.entries.keys().copied().collect();
        streams.sort_unstable();
        for stream in streams {
            self.forget(stream, keys, sink);
        }
    }

    fn tell(&mut self, stream: u32, given: &Given<'_>, keys: &KeyLog, sink: Sink<'_>) {
        let each = self.limits.each;
        let Some(entry) = self.entries.get_mut(&stream) else { return };
        let secret = entry.secret.get_or_insert_with(|| Box::new(Secret::new(each)));
        let before = secret.conversation.kept();
        secret.with(keys, &mut self.totals, stream, sink, |conversation, sink| {
            conversation.push(given, keys, sink);
        });
        self.kept = (self.kept + secret.conversation.kept()).saturating_sub(before);
    }

    /// A direction's numbering begins anew.
    fn anew(&mut self, side: Side, keys: &KeyLog, sink: Sink<'_>) {
        let Some(entry) = self.entries.get_mut(&side.stream) else { return };
        let was = std::mem::take(entry.of(side.from));
        if matches!(was, Speaks::Tls) {
            self.tell(side.stream, &Given::Anew(side), keys, sink);
        }
    }

    /// What waits of a conversation is told; then nothing more is known of it.
    fn forget(&mut self, stream: u32, keys: &KeyLog, sink: Sink<'_>) {
        let Some(entry) = self.entries.remove(&stream) else { return };
        let Some(mut secret) = entry.secret else { return };
        self.speaking -= 1;
        self.kept = self.kept.saturating_sub(secret.conversation.kept());
        secret.with(keys, &mut self.totals, stream, sink, |conversation, sink| {
            conversation.finish(stream, keys, sink);
        });
    }

    /// Room for another conversation, of whatever kind.
    fn make_room(&mut self) {
        if self.entries.len() < self.limits.known.max(1) {
            return;
        }
        let mut all: Vec<(u64, u32)> =
            self.entries.iter().map(|(stream, entry)| (entry.last, *stream)).collect();
        all.sort_unstable();
        for (_, stream) in all.iter().take((all.len() / 8).max(1)) {
            self.drop_one(*stream);
        }
    }

    /// Those that have been silent longest go, until no more than so many are left, and so many bytes.
    fn give_up(&mut self, conversations: usize, bytes: usize) {
        let secret = self.entries.iter().filter(|(_, entry)| entry.secret.is_some());
        let mut all: Vec<(u64, u32)> = secret.map(|(stream, entry)| (entry.last, *stream)).collect();
        all.sort_unstable();
        for (_, stream) in all {
            if self.speaking <= conversations && self.kept <= bytes {
                break;
            }
            self.drop_one(stream);
        }
    }

    /// What waits in it is not told: it would be told with the frame of another conversation.
    fn drop_one(&mut self, stream: u32) {
        let Some(secret) = self.entries.remove(&stream).and_then(|entry| entry.secret) else { return };
        self.speaking -= 1;
        self.kept = self.kept.saturating_sub(secret.conversation.kept());
        self.totals.forgotten += 1;
    }
}

impl Secret {
    fn new(limits: tls::Limits) -> Secret {
        let conversation = Conversation::new(limits);
        Secret { conversation, version: None, random: None, known: false, opened: false }
    }

    /// Lets the conversation work, and notes what matters of that.
    fn with(
        &mut self,
        keys: &KeyLog,
        totals: &mut SecureTotals,
        stream: u32,
        sink: Sink<'_>,
        work: impl FnOnce(&mut Conversation, &mut dyn FnMut(Event<'_>)),
    ) {
        let Secret { conversation, version, random, known, opened } = self;
        work(conversation, &mut |event| {
            match &event {
                Event::Agreed(agreed) => *version = Some(agreed.version),
                Event::Message(message) => match message.body {
                    tls::Body::ClientHello(hello) => *random = Some(hello.random),
                    tls::Body::ServerHello(hello) => *version = Some(hello.version()),
                    _ => {}
                },
                Event::Record(_, tls::Reading::Opened(_)) if !*opened => {
                    *opened = true;
                    totals.opened += 1;
                }
                _ => {}
            }
            sink(stream, *version, event);
        });
        // Not before both have agreed: which version it is belongs to it.
        if !*known && version.is_some() && random.is_some_and(|random| keys.session(&random).is_some()) {
            *known = true;
            totals.known += 1;
            totals.older += u64::from(version.is_some_and(|version| version != Version::TLS13));
        }
    }
}

//! Reads the records of one direction: what is in the open, and what the keys open.

use super::conversation::Hellos;
use super::cutter::{Cut, Gap};
use super::event::{Alert, Body, Data, Event, Message, Missing, NotTls, Reading};
use super::hello::{ClientHello, EncryptedExtensions, ServerHello};
use super::keylog::{KeyLog, Label};
use super::limits::Limits;
use super::messages::{Messages, Whole};
use super::names::{AlertDescription, AlertLevel, ContentType, MessageType, Version};
use super::opener::{Epoch, Opened, Opener, Unread};
use super::record::{HEADER, Record};
use crate::event::Host;
use crate::flow::stream::Side;

/// What a protected record holds beside what was said: the content type inside and the tag.
const AROUND: usize = 17;

/// What goes along with every record.
pub(super) struct Desk<'d> {
    pub(super) hellos: &'d mut Hellos,
    pub(super) keys: &'d KeyLog,
    pub(super) sink: &'d mut dyn FnMut(Event<'_>),
}

/// One direction.
#[derive(Debug)]
pub(super) struct Reader {
    limits: Limits,
    /// In the open.
    plain: Messages,
    /// Protected.
    inner: Messages,
    opener: Opener,
    /// A ChangeCipherSpec came: in TLS 1.2 all that follows is protected.
    changed: bool,
    /// A message of the handshake came in the open.
    greeted: bool,
    /// How many bytes the program said.
    said: u64,
    /// How many more it may have said in what was not read since.
    unread: u64,
    closed: bool,
    ended: bool,
}

impl Reader {
    pub(super) fn new(limits: Limits) -> Reader {
        Reader {
            limits,
            plain: Messages::default(),
            inner: Messages::default(),
            opener: Opener::new(limits.tries),
            changed: false,
            greeted: false,
            said: 0,
            unread: 0,
            closed: false,
            ended: false,
        }
    }

    pub(super) fn kept(&self) -> usize {
        self.plain.kept() + self.inner.kept() + self.opener.kept()
    }

    pub(super) fn said(&self) -> u64 {
        self.said
    }

    /// Whether the end was told before; it is from now on.
    pub(super) fn end(&mut self) -> bool {
        std::mem::replace(&mut self.ended, true)
    }

    /// Whether `close_notify` was said; `None` where it can't be known.
    pub(super) fn closed(&self) -> Option<bool> {
        (self.closed || self.opener.has_opened() && self.unread == 0).then_some(self.closed)
    }

    pub(super) fn take(&mut self, side: Side, cut: Cut<'_>, desk: &mut Desk<'_>) {
        match cut {
            Cut::Record(record, bytes) => self.record(record, bytes, desk),
            Cut::Holed(record) => {
                (desk.sink)(Event::Record(record, Reading::Unread(Unread::Holed)));
                if record.content == ContentType::APPLICATION_DATA {
                    self.opener.skip(true);
                    self.miss(record.len.saturating_sub(AROUND) as u64);
                    self.inner.lose();
                } else {
                    self.plain.lose();
                }
            }
            Cut::Gap(gap) => {
                (desk.sink)(Event::Gap(gap));
                self.pass(gap);
            }
            Cut::NotTls(offset) => (desk.sink)(Event::NotTls(NotTls { side, offset })),
        }
    }

    /// The program may have said so many bytes that were not read.
    fn miss(&mut self, at_most: u64) {
        self.unread = self.unread.saturating_add(at_most);
    }

    fn pass(&mut self, gap: Gap) {
        self.opener.pass(gap.len);
        self.miss(gap.len);
        self.plain.lose();
        self.inner.lose();
    }

    fn record(&mut self, record: Record, bytes: &[u8], desk: &mut Desk<'_>) {
        let body = bytes.get(HEADER..).unwrap_or_default();
        match record.content {
            ContentType::APPLICATION_DATA => return self.protected(record, bytes, desk),
            ContentType::HANDSHAKE => {
                let hello = matches!(body.first(), Some(1 | 2));
                if !self.greeted && !hello && desk.hellos.version.is_none() {
                    // The conversation began before the capture: these may be protected.
                    self.plain.lose();
                }
                let after_change = self.hides(desk.hellos) && !(hello && desk.hellos.version.is_none());
                if after_change || !self.plain.takes(body) {
                    return tell_unread(record, hidden(desk.hellos), desk);
                }
                self.greeted = true;
            }
            ContentType::CHANGE_CIPHER_SPEC => {}
            _ if self.hides(desk.hellos) => return tell_unread(record, hidden(desk.hellos), desk),
            ContentType::ALERT if body.len() != 2 => {
                return tell_unread(record, hidden(desk.hellos), desk);
            }
            _ => {}
        }
        (desk.sink)(Event::Record(record, Reading::Plain));
        match record.content {
            ContentType::HANDSHAKE => self.messages(record, body, None, desk),
            ContentType::ALERT => self.alert(record, body, None, desk),
            ContentType::CHANGE_CIPHER_SPEC => self.changed = true,
            _ => {}
        }
    }

    /// Whether records other than the program's are protected, as in TLS 1.2 behind a ChangeCipherSpec.
    fn hides(&self, hellos: &Hellos) -> bool {
        self.changed && hellos.version != Some(Version::TLS13)
    }

    fn alert(&mut self, record: Record, body: &[u8], epoch: Option<Epoch>, desk: &mut Desk<'_>) {
        let [level, description] = *body else { return };
        let (level, description) = (AlertLevel(level), AlertDescription(description));
        self.closed |= description == AlertDescription::CLOSE_NOTIFY;
        (desk.sink)(Event::Alert(Alert {
            side: record.side,
            level,
            description,
            epoch,
            offset: self.said(),
            frame: record.last_frame,
        }));
    }

    /// A record that the program's bytes may be in.
    fn protected(&mut self, record: Record, bytes: &[u8], desk: &mut Desk<'_>) {
        let mut copy = bytes.to_vec();
        match self.open(&mut copy, record.side.from, desk) {
            Ok((opened, missed)) => {
                (desk.sink)(Event::Record(record, Reading::Opened(opened)));
                let inner = copy.get(HEADER..HEADER + opened.len).unwrap_or_default();
                self.opened(record, opened, missed, inner, desk);
            }
            Err(why) => {
                self.miss(record.len.saturating_sub(AROUND) as u64);
                self.inner.lose();
                tell_unread(record, why, desk);
            }
        }
    }

    fn open(&mut self, record: &mut [u8], from: Host, desk: &mut Desk<'_>) -> Result<(Opened, bool), Unread> {
        let Hellos { asks, random, early, version, suite } = *desk.hellos;
        if let Some(other) = version.filter(|version| *version != Version::TLS13) {
            return Err(Unread::Version(other));
        }
        let lacks = if random.is_some() { Unread::NoKeys } else { Unread::NoClientHello };
        let Some(session) = random.and_then(|random| desk.keys.session(&random)) else {
            // Keys may come later: which of them and which number will then be tried.
            self.opener.skip(false);
            return Err(lacks);
        };
        if version.is_none() && !session.is_tls13() && session.secret(Label::ClientRandom).is_some() {
            return Err(Unread::Version(Version::TLS12));
        }
        let role = if asks == Some(from) { Host::Client } else { Host::Server };
        self.opener.open(record, session, suite, role, early)
    }

    fn opened(&mut self, record: Record, opened: Opened, missed: bool, inner: &[u8], desk: &mut Desk<'_>) {
        let unread = std::mem::take(&mut self.unread);
        let application = matches!(opened.epoch, Epoch::Application(_));
        if missed && application && unread > 0 {
            let (side, before) = (record.side, record.first_frame);
            (desk.sink)(Event::Missing(Missing { side, offset: self.said, at_most: unread, before }));
            self.said = self.said.saturating_add(unread);
        }
        if missed {
            self.inner.lose();
        } else if opened.sequence == 0 {
            self.inner.restart();
        }
        match opened.content {
            ContentType::HANDSHAKE => self.messages(record, inner, Some(opened.epoch), desk),
            ContentType::ALERT => self.alert(record, inner, Some(opened.epoch), desk),
            ContentType::APPLICATION_DATA if application && !inner.is_empty() => {
                (desk.sink)(Event::Data(Data { record, offset: self.said, bytes: inner }));
                self.said = self.said.saturating_add(inner.len() as u64);
            }
            _ => {}
        }
    }

    /// What a record of the handshake holds.
    fn messages(&mut self, record: Record, bytes: &[u8], epoch: Option<Epoch>, desk: &mut Desk<'_>) {
        let mut change = false;
        let messages = if epoch.is_some() { &mut self.inner } else { &mut self.plain };
        messages.push(bytes, &record, self.limits.message, &mut |whole| {
            change |= match epoch {
                Some(Epoch::Handshake) => whole.kind == MessageType::FINISHED,
                Some(Epoch::Application(_)) => whole.kind == MessageType::KEY_UPDATE,
                None => false,
            };
            message(&whole, &record, epoch, desk);
        });
        if change {
            // Such a message is the last one in its record (RFC 8446, section 5.1).
            self.opener.change();
            self.inner.restart();
        }
    }
}

/// Tells a message, and learns what the other records need.
fn message(whole: &Whole<'_>, record: &Record, epoch: Option<Epoch>, desk: &mut Desk<'_>) {
    let Whole { kind, len, offset, first_frame, .. } = *whole;
    let mut tell = |body: Body<'_>| {
        let (side, last_frame) = (record.side, record.last_frame);
        (desk.sink)(Event::Message(Message {
            side,
            kind,
            len,
            epoch,
            offset,
            first_frame,
            last_frame,
            body,
        }));
    };
    match (kind, whole.body) {
        (_, None) => tell(Body::TooLong),
        (MessageType::CLIENT_HELLO, Some(body)) if epoch.is_none() => {
            let hello = ClientHello::parse(body);
            tell(Body::ClientHello(&hello));
            desk.hellos.client(&hello, record.side.from);
        }
        (MessageType::SERVER_HELLO, Some(body)) if epoch.is_none() => {
            let hello = ServerHello::parse(body);
            tell(Body::ServerHello(&hello));
            if let Some(agreed) = desk.hellos.server(&hello, record.side.stream) {
                (desk.sink)(Event::Agreed(agreed));
            }
        }
        (MessageType::ENCRYPTED_EXTENSIONS, Some(body)) => {
            tell(Body::EncryptedExtensions(&EncryptedExtensions::parse(body)));
        }
        (MessageType::KEY_UPDATE, Some([requested])) => tell(Body::KeyUpdate { requested: *requested == 1 }),
        (_, Some(body)) => tell(Body::Other(body)),
    }
}

/// Why a record that is not the program's is not read: TLS 1.2 has protected it, or nobody knows.
fn hidden(hellos: &Hellos) -> Unread {
    match (hellos.version, hellos.random) {
        (Some(version), _) => Unread::Version(version),
        (None, Some(_)) => Unread::NoKeys,
        (None, None) => Unread::NoClientHello,
    }
}

fn tell_unread(record: Record, why: Unread, desk: &mut Desk<'_>) {
    (desk.sink)(Event::Record(record, Reading::Unread(why)));
}

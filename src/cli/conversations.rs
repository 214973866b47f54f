//! The conversations of a capture, found and listed: which one is to be told?

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;

use netlab::dissect::Packet;
use netlab::flow::tls::KeyLog;
use netlab::flow::{Began, Counter, Digest, Fragments, TcpRow};
use netlab::render::{Ink, Line, flows, wrap};
use netlab::source::Reader;

use super::Output;
use super::common::grouped;
use super::input::{Input, note_unread};
use super::quoted::quoted;
use super::select::{Choice, Follower};
use super::shares::Shares;
use super::survey::counted;

/// So many are listed for people.
const LISTED: usize = 20;

/// One conversation.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) client: SocketAddr,
    pub(crate) server: SocketAddr,
    frames: u64,
    began: Began,
    pub(crate) roles_guessed: bool,
    /// How many of its frames were asked for; an ICMP error that quotes it counts as well.
    pub(crate) meant: u64,
}

/// The conversations of a capture.
#[derive(Debug)]
pub(crate) struct Conversations {
    /// In the order of their numbers.
    pub(crate) rows: Vec<Row>,
    /// Those that have a frame of their own, as `netlab flows` tells them; empty where only one was looked for.
    whole: Vec<netlab::flow::Row>,
    /// How many frames were read.
    pub(crate) read: u64,
    /// How many of these were asked for, whatever is in them.
    pub(crate) meant: u64,
    /// The first frame of a link type that netlab does not read, and that type.
    pub(crate) unread: Option<(u64, u16)>,
    /// Where reading stopped, if the capture is damaged.
    pub(crate) damage: Option<anyhow::Error>,
}

impl Conversations {
    /// All of them; or, without a choice, as far as it takes to know the one that is wanted, and whether it has company. `watch`
    /// is told now and then how many frames were read. `keys`: for a choice that asks for what is in TLS.
    pub(crate) fn find(
        input: &Input,
        wanted: Option<u32>,
        choice: Option<&Choice>,
        keys: &KeyLog,
        watch: &mut dyn FnMut(&Reader, u64),
    ) -> anyhow::Result<Conversations> {
        if let (Some(wanted), None) = (wanted, choice)
            && let Some(found) = Conversations::up_to(input, wanted, watch)?
        {
            return Ok(found);
        }
        let mut reader = input.open()?;
        let mut asked = choice.map(|choice| (choice, Follower::with_keys(choice.filter(), keys.clone())));
        let (mut counted, mut fragments) = (Counter::new(), Fragments::new());
        let mut of_stream: Vec<u64> = Vec::new();
        let (mut read, mut meant, mut unread) = (0, 0, None);
        let damage = loop {
            // What is said later may yet show who the client is.
            let is_known = |wanted: u32| {
                counted.conversation_count() > wanted.max(1) as usize && !counted.are_roles_guessed(wanted)
            };
            if wanted.is_some_and(is_known) {
                break None;
            }
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error.into()),
            }
            watch(&reader, read + 1);
            if let Some((_, follower)) = &mut asked {
                follower.learn(&reader);
            }
            let Some(frame) = reader.current() else { break None };
            read = frame.number;
            note_unread(&frame, &mut unread);
            let Some((choice, follower)) = &mut asked else {
                if let Some(digest) = Digest::of(&fragments.complete(Packet::new(frame))) {
                    counted.count(&digest);
                }
                continue;
            };
            if !follower.take(frame, reader.comment(), choice) {
                continue;
            }
            meant += 1;
            if let Some(stream) = follower.tracker.streams().tcp {
                let index = stream as usize;
                of_stream.resize(of_stream.len().max(index + 1), 0);
                if let Some(count) = of_stream.get_mut(index) {
                    *count += 1;
                }
            }
        };
        let all: Vec<_> = match &asked {
            None => counted.all_rows().collect(),
            Some((_, follower)) => follower.tracker.all_rows().collect(),
        };
        let counts = of_stream.into_iter().chain(std::iter::repeat(0));
        let tcp = all.iter().filter_map(|row| Some((row, row.tcp?)));
        let rows = tcp.zip(counts).map(|((row, tcp), meant)| Row {
            client: row.client,
            server: row.server,
            frames: row.packets(),
            began: tcp.began,
            roles_guessed: tcp.roles_guessed,
            meant,
        });
        let rows = rows.collect();
        let whole = all.into_iter().filter(|row| row.tcp.is_some() && row.packets() > 0).collect();
        Ok(Conversations { rows, whole, read, meant, unread, damage })
    }

    /// As many as it takes to know the one that is wanted and whether it has company, counted on all processors. `None` for a
    /// small capture, where one of them is only quoted by an ICMP error, and where it must be read on to know who the client is: that
    /// takes a closer look.
    fn up_to(
        input: &Input,
        wanted: u32,
        watch: &mut dyn FnMut(&Reader, u64),
    ) -> anyhow::Result<Option<Conversations>> {
        let mut reader = input.open()?;
        let shares = Shares::<Counter>::new();
        let known = shares.known();
        let enough = |reader: &Reader, frames| {
            watch(reader, frames);
            let enough = known.load(Ordering::Relaxed) > wanted.max(1) as usize;
            if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let survey = counted(shares, &mut reader, &mut { enough });
        let (read, unread, damage) = (survey.frames, survey.unread, survey.damage.map(anyhow::Error::from));
        let tcp = survey.rows.iter().map_while(|row| Some((row, row.tcp?)));
        let rows: Vec<Row> = tcp
            .map(|(row, TcpRow { began, roles_guessed, .. })| Row {
                client: row.client,
                server: row.server,
                frames: row.packets(),
                began,
                roles_guessed,
                meant: 0,
            })
            .collect();
        // Only then is a conversation's place here its number.
        let complete = rows.len() == known.load(Ordering::Relaxed);
        let guessed = rows.get(wanted as usize).is_some_and(|row| row.roles_guessed);
        let complete = complete && !(guessed && survey.interrupted);
        Ok(complete.then_some(Conversations { rows, whole: Vec::new(), read, meant: 0, unread, damage }))
    }

    /// The numbers of those with a frame that was asked for.
    pub(crate) fn with_meant(&self) -> Vec<u32> {
        (0..).zip(&self.rows).filter(|(_, row)| row.meant > 0).map(|(stream, _)| stream).collect()
    }

    /// How many conversations between the same ends come before this one.
    pub(crate) fn earlier(&self, of: &Row) -> Option<u32> {
        let same = |row: &&Row| {
            (row.client, row.server) == (of.client, of.server)
                || (row.client, row.server) == (of.server, of.client)
        };
        let before = self.rows.iter().take_while(|row| !std::ptr::eq(*row, of));
        u32::try_from(before.filter(same).count()).ok()
    }

    /// Lists them, or those with a frame that was asked for: all as JSON, the first ones for people.
    pub(crate) fn list(&self, file: &Path, choice: Option<&Choice>, out: &mut Output) -> anyhow::Result<()> {
        let chosen = choice.is_some();
        let rows = || self.rows.iter().enumerate().filter(|(_, row)| !chosen || row.meant > 0);
        if out.json() {
            let mut object = Vec::new();
            for row in &self.whole {
                let meant = self.rows.get(row.stream as usize).map_or(0, |row| row.meant);
                if !chosen || meant > 0 {
                    object.clear();
                    flows::conversation(row, None, chosen.then_some(meant), &mut object);
                    out.raw(&object)?;
                }
            }
            return Ok(());
        }
        let (shown, some) = (file.display(), rows().count());
        let all = grouped(self.rows.len() as u64);
        let head = if chosen {
            let some = grouped(some as u64);
            format!(
                "{some} of the {all} conversations in {shown} have a frame that was asked for. Choose one:"
            )
        } else {
            format!("{shown} holds {all} conversations. Choose one:")
        };
        for part in wrap(&head, out.width) {
            out.plain(&part)?;
        }
        out.plain("")?;
        let width = rows().take(LISTED).map(|(_, row)| row.client.to_string().len()).max().unwrap_or(0);
        for (stream, row) in rows().take(LISTED) {
            list_row(stream, row, chosen, width, out)?;
        }
        if some > LISTED {
            let more = grouped((some - LISTED) as u64);
            let file = quoted(file);
            let command = match choice {
                None => format!("netlab flows {file}"),
                Some(choice) if choice.by_number() => {
                    format!("netlab replay {file} --format json with the same choice")
                }
                Some(_) => format!("netlab flows {file} with the same filter"),
            };
            for part in wrap(&format!("… and {more} more; {command} lists all"), out.width - 2) {
                out.line(&Line::from("  ").with(Ink::Faint, part))?;
            }
        }
        Ok(())
    }
}

fn list_row(stream: usize, row: &Row, chosen: bool, width: usize, out: &mut Output) -> anyhow::Result<()> {
    let began = match row.began {
        Began::SynSeen => "from its SYN on",
        Began::SynAckSeen => "from its SYN-ACK on",
        Began::MidStream => "begins in the middle",
    };
    let frames = if row.frames == 1 { "frame" } else { "frames" };
    let about = if chosen {
        format!("{} asked for, {} {frames}", grouped(row.meant), grouped(row.frames))
    } else {
        format!("{} {frames}, {began}", grouped(row.frames))
    };
    let (client, server) = (row.client.to_string(), row.server.to_string());
    let line = Line::from(format!("  --stream {stream:<4} "))
        .with(Ink::Client, format!("{client:<width$}"))
        .with(Ink::Faint, if row.roles_guessed { " ? " } else { " → " })
        .with(Ink::Server, server.clone())
        .with(Ink::Faint, format!("  {about}"));
    if line.width() <= out.width {
        out.line(&line)?;
        return Ok(());
    }
    let to = if row.roles_guessed { "?" } else { "→" };
    out.line(&Line::from(format!("  --stream {stream}")))?;
    for (ink, text) in [(Ink::Client, client), (Ink::Server, format!("{to} {server}")), (Ink::Faint, about)] {
        for part in wrap(&text, out.width - 4) {
            out.line(&Line::from("    ").with(ink, part))?;
        }
    }
    Ok(())
}

/// Both ends of a capture's first conversation.
pub(crate) fn ends_of(input: &Input) -> anyhow::Result<Option<(SocketAddr, SocketAddr)>> {
    let found = Conversations::find(input, Some(0), None, &KeyLog::new(), &mut |_, _| {})?;
    Ok(found.rows.first().map(|row| (row.client, row.server)))
}

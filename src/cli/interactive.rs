//! `--interactive`: what somebody types, as orders to the client.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{Sender, SyncSender, sync_channel};
use std::thread;

use netlab::lab::scenario::Order;

use super::incoming::Incoming;
use super::lines::{MOST_BYTES, read_line};

/// A control frame holds so much (RFC 6455, section 5.5).
const CONTROL: usize = 125;
/// A message goes out in so many frames at most.
const MOST_PARTS: usize = 100;

const COMMANDS: [&str; 6] = ["fragment", "binary", "ping", "close", "help", "quit"];

const HELP: [&str; 8] = [
    "  any text                  is sent as a message; //text is one that begins with /",
    "  /fragment 3               the next message goes out in 3 frames",
    "  /fragment 3 some text     this one does",
    "  /binary 00ff              a binary message: these bytes, in hexadecimal",
    "  /ping [text]              a ping; the pong must bring the same text back",
    "  /close [code] [reason]    goodbye; without a code, an empty close frame",
    "  /quit                     goodbye with 1000, as at the end of input (Ctrl-D)",
    "  /help                     this list",
];

/// What comes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The client is to do this.
    Order(Order),
    /// These lines are for whoever typed it.
    Told(Vec<String>),
}

/// Reads lines, one when the last one is done, and understands them.
pub(crate) struct Typing {
    more: SyncSender<()>,
    /// In so many frames goes the next message.
    parts: Option<usize>,
    greeted: bool,
}

impl Typing {
    /// Lines come as [`Incoming::Line`], each when it was asked for.
    pub(crate) fn new(lines: Sender<Incoming>) -> Typing {
        let (more, wanted) = sync_channel(1);
        thread::spawn(move || {
            while wanted.recv().is_ok() {
                let Ok(Some(line)) = read_line(&mut io::stdin().lock()) else { break };
                if lines.send(Incoming::Line(line.into())).is_err() {
                    return;
                }
            }
            // Nobody may be there to hear it; then it does not matter either.
            drop(lines.send(Incoming::NoMoreLines));
        });
        Typing { more, parts: None, greeted: false }
    }

    /// Lets the next line come. The first time: what to say to somebody at a terminal.
    pub(crate) fn next(&mut self) -> Option<&'static str> {
        // The reader has gone at the end of input.
        self.more.send(()).ok();
        let first = !std::mem::replace(&mut self.greeted, true);
        (first && io::stdin().is_terminal()).then_some(
            "Type a message and press Enter: the client sends it. /help lists what else; Ctrl-D says goodbye.",
        )
    }

    /// The end of input.
    pub(crate) fn goodbye() -> Order {
        Order::Close { code: Some(1000), reason: String::new() }
    }

    /// Understands a line.
    pub(crate) fn line(&mut self, line: &str) -> Typed {
        match self.understand(line) {
            Ok(Some(order)) => Typed::Order(order),
            Ok(None) => Typed::Told(Vec::new()),
            Err(told) => Typed::Told(told),
        }
    }

    /// An order, nothing to be done, or lines that help.
    fn understand(&mut self, line: &str) -> Result<Option<Order>, Vec<String>> {
        if line.len() > MOST_BYTES {
            return Err(told("A line of more than 65,536 bytes is not sent."));
        }
        let Some(command) = line.strip_prefix('/').filter(|rest| !rest.starts_with('/')) else {
            let text = line.strip_prefix('/').unwrap_or(line);
            return if text.is_empty() { Ok(None) } else { self.message(text).map(Some) };
        };
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        match name {
            "ping" if rest.len() > CONTROL => Err(told("A ping holds 125 bytes at most.")),
            "ping" => Ok(Some(Order::Ping(rest.as_bytes().to_vec()))),
            "binary" => binary(rest).map(Some),
            "close" => close(rest.trim()).map(Some),
            "fragment" => self.fragment(rest.trim_start()),
            "quit" if rest.is_empty() => Ok(Some(Typing::goodbye())),
            "help" | "?" => Err(HELP.map(str::to_owned).to_vec()),
            other => Err(told(&unknown(other))),
        }
    }

    fn message(&mut self, text: &str) -> Result<Order, Vec<String>> {
        match self.parts.take() {
            Some(count) => parts(text, count),
            None => Ok(Order::Text(text.to_owned())),
        }
    }

    fn fragment(&mut self, rest: &str) -> Result<Option<Order>, Vec<String>> {
        let (count, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let Some(count) = count.parse().ok().filter(|count| (2..=MOST_PARTS).contains(count)) else {
            return Err(told("In how many frames, from 2 to 100? Such as: /fragment 3"));
        };
        if text.is_empty() {
            self.parts = Some(count);
            return Err(vec![format!("The next message goes out in {count} frames.")]);
        }
        parts(text, count).map(Some)
    }
}

fn told(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

/// The text in so many parts, as equal as can be.
fn parts(text: &str, count: usize) -> Result<Order, Vec<String>> {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < count {
        let have = if letters.len() == 1 {
            "1 character".to_owned()
        } else {
            format!("{} characters", letters.len())
        };
        return Err(vec![format!("That text has {have}: too few for {count} frames.")]);
    }
    let cut = |index: usize| index * letters.len() / count;
    let part = |index| letters.get(cut(index)..cut(index + 1)).unwrap_or_default().iter().collect();
    Ok(Order::Parts((0..count).map(part).collect()))
}

fn binary(digits: &str) -> Result<Order, Vec<String>> {
    let digits: String = digits.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
    match bytes {
        Ok(bytes) if !bytes.is_empty() => Ok(Order::Binary(bytes)),
        _ => Err(told("Which bytes, in hexadecimal, two digits each? Such as: /binary 00ff")),
    }
}

/// Which codes may cross the wire: RFC 6455, section 7.4, and IANA's registry.
fn close(rest: &str) -> Result<Order, Vec<String>> {
    if rest.is_empty() {
        return Ok(Order::Close { code: None, reason: String::new() });
    }
    let (code, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let reason = reason.trim_start();
    let code = match code.parse::<u16>() {
        Ok(code @ (1005 | 1006 | 1015)) => {
            let told = match code {
                1005 => "a close frame came without a code",
                1006 => "no close frame came",
                _ => "TLS failed",
            };
            return Err(vec![format!(
                "{code} never crosses the wire: a program is told it where {told}. Such as: /close 1000 bye"
            )]);
        }
        Ok(code @ (1000..=1003 | 1007..=1014 | 3000..=4999)) => code,
        _ => {
            return Err(told(
                "A code is 1000 to 1003, 1007 to 1014 or 3000 to 4999. Such as: /close 1000 bye",
            ));
        }
    };
    if reason.len() > CONTROL - 2 {
        return Err(told("A reason has 123 bytes at most: a close frame holds 125 with the code."));
    }
    Ok(Order::Close { code: Some(code), reason: reason.to_owned() })
}

fn unknown(name: &str) -> String {
    let scored = COMMANDS.map(|known| (strsim::jaro_winkler(name, known), known));
    let near = scored.into_iter().filter(|(score, _)| *score > 0.7).max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, near)) => {
            format!("There is no /{name}; did you mean /{near}? /help lists all, //{name} is sent as a text.")
        }
        None => format!("There is no /{name}. /help lists what there is, //{name} is sent as a text."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typing() -> Typing {
        Typing { more: sync_channel(1).0, parts: None, greeted: false }
    }

    fn order(line: &str) -> Order {
        match typing().line(line) {
            Typed::Order(order) => order,
            Typed::Told(told) => panic!("{line}: {told:?}"),
        }
    }

    fn help(line: &str) -> String {
        match typing().line(line) {
            Typed::Told(told) => told.join("\n"),
            Typed::Order(order) => panic!("{line}: {order:?}"),
        }
    }

    #[test]
    fn lines_are_orders() {
        let close = |code, reason: &str| Order::Close { code, reason: reason.to_owned() };
        for (line, expected) in [
            ("hello", Order::Text("hello".to_owned())),
            (" q ", Order::Text(" q ".to_owned())),
            ("//help", Order::Text("/help".to_owned())),
            ("/ping", Order::Ping(Vec::new())),
            ("/ping still  there?", Order::Ping(b"still  there?".to_vec())),
            ("/binary 00 fF", Order::Binary(vec![0, 255])),
            ("/close", close(None, "")),
            ("/close 1000", close(Some(1000), "")),
            ("/close 4000 see you", close(Some(4000), "see you")),
            ("/quit", close(Some(1000), "")),
            ("/fragment 3 Hallöchen", Order::Parts(["Hal", "löc", "hen"].map(str::to_owned).to_vec())),
            ("/fragment 3 abcd", Order::Parts(["a", "b", "cd"].map(str::to_owned).to_vec())),
        ] {
            assert_eq!(order(line), expected, "{line}");
        }
    }

    #[test]
    fn a_fragment_waits_for_the_next_message_and_for_that_alone() {
        let mut typing = typing();
        assert!(matches!(typing.line("/fragment 2"), Typed::Told(_)));
        assert_eq!(typing.line("/ping"), Typed::Order(Order::Ping(Vec::new())));
        let parts = Order::Parts(vec!["o".to_owned(), "ne".to_owned()]);
        assert_eq!(typing.line("one"), Typed::Order(parts));
        assert_eq!(typing.line("two"), Typed::Order(Order::Text("two".to_owned())));
    }

    #[test]
    fn a_wrong_command_gets_one_line_that_helps() {
        for (line, says) in [
            ("/pin", "did you mean /ping?"),
            ("/x", "/help lists what there is"),
            ("/fragment", "/fragment 3"),
            ("/fragment 1", "from 2 to 100"),
            ("/fragment 5 Hi", "2 characters: too few for 5 frames"),
            ("/binary", "/binary 00ff"),
            ("/binary 0", "two digits each"),
            ("/fragment 3 a", "has 1 character: too few"),
            ("/close 1005", "where a close frame came without a code."),
            ("/close 1006", "never crosses the wire: a program is told it where no close frame came."),
            ("/close 1015", "where TLS failed."),
            ("/close 999", "1000 to 1003"),
            ("/close bye", "/close 1000 bye"),
            (&format!("/close 1000 {}", "x".repeat(124)), "123 bytes at most"),
            (&format!("/ping {}", "x".repeat(126)), "125 bytes at most"),
            (&"x".repeat(MOST_BYTES + 1), "is not sent"),
        ] {
            let told = help(line);
            assert!(told.contains(says) && !told.contains('\n'), "{line}: {told}");
        }
        assert_eq!(help(""), "", "an empty line is nothing");
        assert!(COMMANDS.iter().all(|command| help("/help").contains(&format!("/{command}"))));
    }
}

//! The actions that a program does on an open WebSocket.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tungstenite::{Bytes, Message, Utf8Bytes};

use super::actor::{Actor, Failed, not_now};
use super::talk::{Heard, Talk};
use super::{Action, RawFrame, Text};
use crate::event::Host;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Message,
    Ping,
    Pong,
    Nothing,
}

impl Actor {
    /// Does an action that is about WebSocket.
    pub(super) async fn websocket(&mut self, action: &Action) -> Result<(), Failed> {
        match action {
            Action::Upgrade(upgrade) => return self.upgrade(upgrade).await,
            Action::AcceptUpgrade(accept) => return self.accept_upgrade(accept).await,
            Action::AwaitMessage => return self.wait_for(Wanted::Message).await,
            Action::AwaitMessages(count) => {
                for _ in 0..*count {
                    self.wait_for(Wanted::Message).await?;
                }
            }
            Action::AwaitAtMostMs(millis) => {
                let until = Instant::now() + Duration::from_millis(*millis);
                return self.wait_until(Wanted::Message, Some(until)).await;
            }
            Action::AwaitPing => return self.wait_for(Wanted::Ping).await,
            Action::AwaitPong => return self.wait_for(Wanted::Pong).await,
            Action::AwaitClosed => return self.wait_for(Wanted::Nothing).await,
            Action::EachMessage(actions) => {
                for message in self.messages.clone() {
                    self.message = message;
                    Box::pin(self.act_all(actions)).await?;
                }
            }
            Action::UntilClosed(actions) => {
                while !self.talk()?.is_over() {
                    Box::pin(self.act_all(actions)).await?;
                }
            }
            Action::Obey => return self.obey().await,
            Action::Frame(frame) => {
                let bytes = self.raw_frame(frame);
                return self.put(&bytes).await;
            }
            Action::Fragments(_) if self.talk()?.is_over() => {}
            Action::Fragments(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    let part = self.fill(part);
                    let last = index + 1 == parts.len();
                    self.say(|talk| talk.say_part(part, index == 0, last)).await?;
                }
            }
            other => return self.say_simply(other).await,
        }
        Ok(())
    }

    /// What is one frame. On a WebSocket that is over nothing more is said.
    async fn say_simply(&mut self, action: &Action) -> Result<(), Failed> {
        if self.talk()?.is_over() {
            return Ok(());
        }
        let message = match action {
            Action::Say(text) => Message::text(self.in_words(text)),
            Action::SayBinary(hex) => Message::binary(hex.bytes().to_vec()),
            Action::Ping(text) => Message::Ping(Bytes::from(self.repeated(text))),
            Action::Pong(text) => Message::Pong(Bytes::from(self.repeated(text))),
            Action::Echo => match self.talk()?.echo() {
                Some(message) => message,
                None => return Ok(()),
            },
            Action::HangUp(goodbye) => {
                return self.say(|talk| talk.hang_up(goodbye.code, &goodbye.reason)).await;
            }
            _ => return Ok(()),
        };
        self.say(|talk| talk.say(message)).await
    }

    pub(super) async fn say(
        &mut self,
        what: impl FnOnce(&mut Talk) -> Result<(), tungstenite::Error>,
    ) -> Result<(), Failed> {
        what(self.talk()?).map_err(|error| Failed::because("websocket", error.to_string()))?;
        self.put_said().await
    }

    /// Lets go out what tungstenite has to say.
    pub(super) async fn put_said(&mut self) -> Result<(), Failed> {
        let said = self.talk()?.take();
        self.put(&said).await
    }

    /// Waits for something, or for the end.
    pub(super) async fn wait_for(&mut self, wanted: Wanted) -> Result<(), Failed> {
        self.wait_until(wanted, None).await
    }

    /// Waits for something, for the end, or until then.
    pub(super) async fn wait_until(&mut self, wanted: Wanted, until: Option<Instant>) -> Result<(), Failed> {
        loop {
            let talk = self.talk()?;
            let heard = match wanted {
                Wanted::Message => &mut talk.messages,
                Wanted::Ping => &mut talk.pings,
                Wanted::Pong => &mut talk.pongs,
                Wanted::Nothing => &mut 0,
            };
            if *heard > 0 {
                *heard -= 1;
                return Ok(());
            }
            if talk.is_over() {
                return Ok(());
            }
            if self.hear().await? {
                continue;
            }
            match until {
                Some(until) => match timeout_at(until, self.receive()).await {
                    Ok(received) => received?,
                    Err(_) => return Ok(()),
                },
                None => self.receive().await?,
            };
            let came = std::mem::take(&mut self.unread);
            self.talk()?.put(&came);
        }
    }

    /// Takes in the next thing that has come, and answers what must be answered; whether there was one.
    pub(super) async fn hear(&mut self) -> Result<bool, Failed> {
        match self.talk()?.hear() {
            Heard::Event(event) => self.tell(event),
            Heard::Broken(failed) => {
                self.tell(failed);
                // In one segment with the FIN: nobody waits for what the peer makes of it, and its answer can't come between.
                self.cork()?;
                self.put_said().await?;
                self.shut_down().await?;
                return Ok(true);
            }
            Heard::Quiet => {}
            Heard::Nothing => return Ok(false),
        }
        self.put_said().await?;
        Ok(true)
    }

    pub(super) fn talk(&mut self) -> Result<&mut Talk, Failed> {
        self.talk.as_mut().ok_or_else(|| not_now("websocket"))
    }

    fn raw_frame(&self, frame: &RawFrame) -> Vec<u8> {
        let mut payload = self.repeated(&frame.payload);
        payload.extend_from_slice(frame.payload_hex.bytes());
        let masked = frame.mask.unwrap_or(self.host == Host::Client);
        frame.encode(&payload, masked.then(masking_key))
    }

    fn repeated(&self, text: &Text) -> Vec<u8> {
        let (text, times) = text.parts();
        self.fill(text).repeat(times)
    }

    fn in_words(&self, text: &Text) -> Utf8Bytes {
        String::from_utf8_lossy(&self.repeated(text)).into_owned().into()
    }
}

/// Four bytes that nobody can guess: std draws them for its tables.
fn masking_key() -> [u8; 4] {
    let drawn = RandomState::new().build_hasher().finish();
    (drawn as u32).to_be_bytes()
}

//! The client that does what somebody types, and hears meanwhile what the server says.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout};
use tungstenite::{Bytes, Message};

use super::Program;
use super::actor::{Actor, Failed};
use super::order::Order;
use super::websocket::Wanted;
use crate::event::ProgramEvent;

/// An answer is waited for so long before the next order.
const ANSWER: Duration = Duration::from_millis(300);
/// The other side's goodbye is waited for so long.
const GOODBYE: Duration = Duration::from_secs(10);

/// Where orders are put.
pub(crate) type Orders = UnboundedSender<Order>;

/// A way for orders to a program, if it is one that obeys.
pub(crate) fn orders(program: &Program) -> (Option<Orders>, Option<UnboundedReceiver<Order>>) {
    if !program.obeys() {
        return (None, None);
    }
    let (sender, receiver) = unbounded_channel();
    (Some(sender), Some(receiver))
}

impl Actor {
    /// Does what is ordered, one after the other, until a goodbye or the end. Nobody who could order: goodbye at once.
    pub(super) async fn obey(&mut self) -> Result<(), Failed> {
        let goodbye = || Order::Close { code: Some(1000), reason: String::new() };
        let Some(mut orders) = self.orders.take() else { return self.carry_out(goodbye()).await };
        self.tell(ProgramEvent::AwaitsOrder);
        loop {
            while self.hear().await? {}
            if self.talk()?.is_over() {
                return Ok(());
            }
            let ordered = tokio::select! {
                order = orders.recv() => Some(order.unwrap_or_else(goodbye)),
                received = self.receive() => {
                    received?;
                    None
                }
            };
            let Some(order) = ordered else {
                let came = std::mem::take(&mut self.unread);
                self.talk()?.put(&came);
                continue;
            };
            let last = matches!(order, Order::Close { .. });
            self.carry_out(order).await?;
            if last {
                return Ok(());
            }
            self.tell(ProgramEvent::AwaitsOrder);
        }
    }

    /// Does it, and waits a moment for the answer, so that what comes next does not overtake it.
    async fn carry_out(&mut self, order: Order) -> Result<(), Failed> {
        let talk = self.talk()?;
        (talk.messages, talk.pongs) = (0, 0);
        let mut wanted = Wanted::Message;
        match order {
            Order::Text(text) => self.say(|talk| talk.say(Message::text(text))).await?,
            Order::Binary(bytes) => self.say(|talk| talk.say(Message::binary(bytes))).await?,
            Order::Ping(bytes) => {
                wanted = Wanted::Pong;
                self.say(|talk| talk.say(Message::Ping(Bytes::from(bytes)))).await?;
            }
            Order::Parts(parts) => {
                let count = parts.len();
                for (index, part) in parts.into_iter().enumerate() {
                    let last = index + 1 == count;
                    self.say(|talk| talk.say_part(part.into_bytes(), index == 0, last)).await?;
                }
            }
            Order::Close { code, reason } => {
                self.say(|talk| talk.hang_up(code, &reason)).await?;
                // A server that does not say goodbye is left after a while.
                return timeout(GOODBYE, self.wait_for(Wanted::Nothing)).await.unwrap_or(Ok(()));
            }
        }
        self.wait_until(wanted, Some(Instant::now() + ANSWER)).await
    }
}

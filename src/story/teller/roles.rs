//! Who is the client, where the capture does not show it from the start.

use super::Teller;
use crate::flow::{Conversation, Segment};

impl Teller {
    /// Whether nothing has shown so far which of them is the client.
    pub fn are_roles_guessed(&self) -> bool {
        !self.tell.roles_known
            && self.tracker.conversation(self.counted()).is_some_and(Conversation::are_roles_guessed)
    }

    /// The client is the end that was taken for the server so far.
    pub(super) fn swap(&mut self) {
        self.progress.swap();
        self.tally.swap();
    }

    /// That it is a guess who the client is, where the story begins; and where it shows that it was a wrong one.
    pub(super) fn role_note(&self, segment: &Segment) -> Option<String> {
        let (client, server) = self.ends()?;
        if segment.swapped {
            return Some(format!(
                "This shows that the client is {client}: up to here the two had each other's names."
            ));
        }
        if self.progress.begun || !self.are_roles_guessed() {
            return None;
        }
        let why = match client.port() == server.port() {
            true => "it is seen first",
            false => "its port is the higher one",
        };
        Some(format!("Who called whom is not in the capture. {client} is taken for the client: {why}."))
    }
}

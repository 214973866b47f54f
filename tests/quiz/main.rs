//! Questions: their right answer is what the wire then shows, their words are all there, a run asks few of them.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "../util/conversation.rs"]
mod conversation;
mod right;
mod run;
mod stories;
mod truth;
mod words;

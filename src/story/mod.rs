//! Tells what happened: takes frames in order, gives [`Step`]s in order, each with its states, its arithmetic, the frames
//! that prove it and the key of its words.
//!
//! A [`Teller`] follows one conversation, with the neighbour frames that led to it. It allocates for the frames of that
//! conversation only. A live source hands in what else is known of a frame ([`Seen`]): what both kernels said, what the wire
//! did. Without that, states are inferred, and a SYN or SYN-ACK waits for the next frame, which shows whether it arrived.

mod copies;
mod drawing;
mod drawn;
mod heard;
mod hears;
mod icmp;
mod message;
mod neighbour;
mod once;
mod program;
mod progress;
mod sealed;
mod segment;
mod settle;
mod short;
mod signals;
mod speech;
mod spoken;
mod states;
mod step;
mod streams;
mod summary;
mod sums;
mod tally;
mod tcp;
mod teller;
mod timeline;
mod tls;
mod told;
mod undecided;
mod values;
mod what;

pub use short::{Folded, Shortener, Subject};
pub use step::{Carrier, Change, FieldValue, Shown, States, Step, Sum};
pub use streams::{stream_notes, stream_summary};
pub use summary::{Outcome, Summary};
pub(crate) use sums::{SUM_CAME_LATER, Sums};
pub use teller::Teller;
pub use told::{Absorbed, Refuses, Seen, Tell, Told};
pub use values::PLACEHOLDERS;
pub(crate) use values::{close_code, grouped, mac, pick, text_of};
pub use what::What;

/// The key of the words for a frame that the wire lost: they stand beside its step's own.
pub const LOST: &str = "step story.lost";

/// The key of the words of every kind of step. A test holds the words to it.
pub const WORDS: &[&str] = &[
    "step arp.request",
    "step arp.check",
    "step arp.reply",
    "step arp.announcement",
    "step nd.solicitation",
    "step nd.advertisement",
    "step tcp.syn",
    "step tcp.syn_retransmission",
    "step tcp.syn_crossed",
    "step tcp.syn_data",
    "step tcp.syn_ack",
    "step tcp.syn_ack_simultaneous",
    "step tcp.syn_ack_without_data",
    "step tcp.syn_ack_wrong",
    "step tcp.syn_ack_retransmission",
    "step tcp.syn_ack_repeat",
    "step tcp.syn_simultaneous",
    "step tcp.ack_handshake",
    "step tcp.ack_handshake_data",
    "step tcp.ack_without_syn",
    "step tcp.ack_wrong",
    "step tcp.ack_challenge",
    "step tcp.ack",
    "step tcp.ack_repeat",
    "step tcp.ack_duplicate",
    "step tcp.data",
    "step tcp.retransmission",
    "step tcp.fast_retransmission",
    "step tcp.needless",
    "step tcp.not_seen_before",
    "step tcp.conflict",
    "step tcp.syn_data_again",
    "step tcp.out_of_order",
    "step tcp.copy",
    "step tcp.captured_twice",
    "step tcp.keep_alive",
    "step tcp.zero_window_probe",
    "step tcp.window_update",
    "step tcp.window_less",
    "step tcp.zero_window",
    "step tcp.fin",
    "step tcp.fin_ack_reply",
    "step tcp.fin_other",
    "step tcp.fin_crossed",
    "step tcp.fin_retransmission",
    "step tcp.fin_needless",
    "step tcp.ack_fin",
    "step tcp.ack_last",
    "step tcp.ack_closing",
    "step tcp.rst_refused",
    "step tcp.rst_wrong_answer",
    "step tcp.rst",
    "step tcp.rst_ignored",
    "step tcp.rst_challenged",
    "step tcp.rst_again",
    "step tcp.mid_stream",
    "step tcp.reused",
    "step icmp.unreachable",
    "step tls.client_hello",
    "step tls.server_hello",
    "step tls.retry",
    "step tls.handshake",
    "step tls.aside",
    "step tls.data",
    "step tls.sealed",
    "step tls.alert",
    "step http.request",
    "step http.answer",
    "step http.connect",
    "step http.tunnel",
    "step http.none",
    "step ws.asked",
    "step ws.asked_wrongly",
    "step ws.opened",
    "step ws.failed",
    "step ws.refused",
    "step ws.text",
    "step ws.binary",
    "step ws.fragment",
    "step ws.fragment_last",
    "step ws.ping",
    "step ws.pong",
    "step ws.close",
    "step ws.close_answer",
    "step ws.unknown",
    "step ws.unreadable",
    "step story.more",
    LOST,
    sums::BAD_SUM,
    sums::BAD_HEADER,
    sums::BAD_AGAIN,
    SUM_CAME_LATER,
    "step story.no_answer",
    "step story.neighbour",
    "step story.tcp_opens",
    "step story.tcp_closes",
    "step story.unfinished",
    "step story.no_answer_here",
    "step story.unread",
    "step story.heartbeats",
];

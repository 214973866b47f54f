//! HTTP/1.1 on the streams: what [`flow::stream`](super::stream) hands on comes in; heads, bodies and what ends HTTP go out.
//!
//! [`Http`] is given each [`Given`](super::stream::Given) of the reassembly and tells [`Event`]s: a request's or an answer's
//! [`Head`] with each line's place in the stream and the frames that carried it; the [`Content`] of a body, borrowed, and what
//! the body was in all once it is [`Finished`]; which request an answer belongs to. Bodies are not kept.
//!
//! **How long a body is** follows RFC 9112, section 6.3, to the letter; where a head contradicts itself, that is told
//! ([`LengthOddity`], [`LengthFault`]).
//!
//! **Where HTTP ends.** Behind a 101 both directions are handed on as they are ([`Event::Raw`]), also what stands in the same
//! segment. What a client says behind a request for another protocol waits for the answer, within a limit: only then it is
//! known what it is. Behind a 2xx to CONNECT a tunnel begins, in which HTTP may begin again; what is not HTTP there is handed
//! on as well. A request for WebSocket is judged with its answer: [`Upgrade`].
//!
//! **What is not HTTP** is known by its first bytes, and costs nothing from there on. Where one direction speaks HTTP and the other does
//! not, or a hole swallowed a head, the next start line is looked for, line by line; then an answer's request is no longer
//! [`sure`](Answer::sure). A hole in a body whose length is known is passed exactly.
//!
//! **What it costs.** See [`Limits`]; besides, about 1 KiB for each conversation that speaks HTTP. How the bytes are cut into
//! segments changes nothing of what is told but the frames. Nothing panics, whatever the bytes.

mod accept;
mod body;
mod chunked;
mod conversation;
mod demand;
mod event;
mod extension;
mod fields;
mod framing;
mod half;
mod head;
mod held;
mod limits;
mod places;
mod script;
mod start;
mod streams;
mod upgrade;

pub use accept::{Accept, GUID, key_len};
pub use demand::{Check, Demand, Fault};
pub use event::{
    Answer, Content, Event, Finished, HeldBack, Lost, Message, Outcome, Request, Resumed, Switched, To,
    Wants, Why,
};
pub use extension::{Deflate, DeflateFault, DeflateParameter, Extension, Parameter};
pub use fields::{FieldLine, Fields, Part};
pub use framing::{Framing, LengthFault, LengthOddity};
pub use head::{Head, HeadFault, Oddity, StartLine};
pub use limits::Limits;
pub use places::{Frames, Place, Places};
pub use script::{Checked, Cut, Outline, Run, check_script, play, script};
pub use streams::Http;
pub use upgrade::{Refusal, Upgrade, Verdict};

//! Every kind of question: a row each.

use super::question::Question;
use super::scene::{Draft, Scene};
use super::{tcp, tls, websocket};

/// Which part of a run it is about. Each has room for a few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// TCP's handshake.
    Opening,
    /// Bytes on TCP.
    Talk,
    /// WebSocket's opening handshake, or that of TLS.
    Upgrade,
    /// Its frames.
    Frames,
    /// Its close frames.
    Close,
    /// TCP's end.
    Goodbye,
}

/// A kind of question.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its name in JSON and in the keys of its words.
    pub(super) name: &'static str,
    pub(super) phase: Phase,
    /// Wireshark's name of the field that shows the answer; empty where no single one does.
    pub(super) field: &'static str,
    /// The mistakes that its wrong choices stand for.
    pub(super) slips: &'static [&'static str],
    /// It goes before the others that fit the same step.
    pub(super) rare: bool,
    /// It is about bytes or code, which a friend does not see.
    pub(super) deep: bool,
    /// It is asked in one of so many runs, for there is much to ask at that place.
    one_in: u64,
    make: fn(&Scene<'_>) -> Option<Draft>,
}

impl Kind {
    /// Whether this run is one of those that ask it.
    pub(super) fn has_its_turn(&self, seed: u64) -> bool {
        (seed >> 32).is_multiple_of(self.one_in)
    }

    /// The question, if the steps lend themselves to it.
    pub(super) fn question(&self, scene: &Scene<'_>, seed: u64) -> Option<Question> {
        let Draft { mut choices, values, guess } = (self.make)(scene)?;
        if choices.len() < 2 {
            return None;
        }
        if choices.iter().all(|choice| choice.number.is_some()) {
            choices.sort_by_key(|choice| choice.number);
        } else {
            let by = usize::try_from((seed >> 16) % choices.len() as u64).unwrap_or_default();
            choices.rotate_left(by);
        }
        let frame = scene.group.first().and_then(|step| step.frames.first()).copied();
        Some(Question { number: 1, kind: self.name, frame, field: self.field, choices, values, guess })
    }
}

const COMMON: Kind = Kind {
    name: "",
    phase: Phase::Talk,
    field: "",
    slips: &[],
    rare: false,
    deep: false,
    one_in: 1,
    make: |_| None,
};

/// All of them.
pub(super) static KINDS: &[Kind] = &[
    Kind {
        name: "tcp.first_flags",
        phase: Phase::Opening,
        field: "tcp.flags",
        slips: &["with_ack", "ack_only"],
        one_in: 4,
        make: tcp::first_flags,
        ..COMMON
    },
    Kind {
        name: "tcp.first_number",
        phase: Phase::Opening,
        field: "tcp.seq_raw",
        slips: &["zero", "one"],
        one_in: 3,
        make: tcp::first_number,
        ..COMMON
    },
    Kind {
        name: "tcp.ack_of_syn",
        phase: Phase::Opening,
        field: "tcp.ack_raw",
        slips: &["same", "none"],
        make: tcp::ack_of_syn,
        ..COMMON
    },
    Kind {
        name: "tcp.half_open",
        phase: Phase::Opening,
        slips: &["established", "listen"],
        make: tcp::half_open,
        ..COMMON
    },
    Kind {
        name: "tcp.third_seq",
        phase: Phase::Opening,
        field: "tcp.seq",
        slips: &["zero", "counts_segments"],
        make: tcp::third_seq,
        ..COMMON
    },
    Kind {
        name: "tcp.refused",
        phase: Phase::Opening,
        field: "tcp.flags.reset",
        slips: &["silence", "syn_ack", "fin"],
        rare: true,
        make: tcp::refused,
        ..COMMON
    },
    Kind {
        name: "tcp.call_again",
        phase: Phase::Opening,
        field: "tcp.seq_raw",
        slips: &["one_more", "new"],
        rare: true,
        make: tcp::call_again,
        ..COMMON
    },
    Kind {
        name: "tcp.ack_of_data",
        field: "tcp.ack",
        slips: &["length", "same", "one_more"],
        make: tcp::ack_of_data,
        ..COMMON
    },
    Kind {
        name: "tcp.next_seq",
        field: "tcp.seq",
        slips: &["segments", "length", "same"],
        make: tcp::next_seq,
        ..COMMON
    },
    Kind {
        name: "tcp.first_fin",
        phase: Phase::Goodbye,
        field: "tcp.flags.fin",
        slips: &["other", "nobody"],
        make: tcp::first_fin,
        ..COMMON
    },
    Kind {
        name: "tcp.ack_of_fin",
        phase: Phase::Goodbye,
        field: "tcp.ack",
        slips: &["takes_none", "one_more"],
        one_in: 2,
        make: tcp::ack_of_fin,
        ..COMMON
    },
    Kind {
        name: "tcp.last_state",
        phase: Phase::Goodbye,
        slips: &["closed", "established"],
        make: tcp::last_state,
        ..COMMON
    },
    Kind {
        name: "tls.bystander",
        phase: Phase::Upgrade,
        field: "tls.handshake.extensions_server_name",
        slips: &["nothing", "page", "cookies"],
        rare: true,
        make: tls::bystander,
        ..COMMON
    },
    Kind {
        name: "ws.status",
        phase: Phase::Upgrade,
        field: "http.response.code",
        slips: &["ok", "moved", "required"],
        make: websocket::status,
        ..COMMON
    },
    Kind {
        name: "ws.accept",
        phase: Phase::Upgrade,
        field: "http.sec_websocket_accept",
        slips: &["as_the_key", "hex"],
        deep: true,
        make: websocket::accept,
        ..COMMON
    },
    Kind {
        name: "ws.refused",
        phase: Phase::Upgrade,
        field: "http.response.code",
        slips: &["opened", "reset", "later"],
        rare: true,
        make: websocket::refused,
        ..COMMON
    },
    Kind {
        name: "ws.page",
        phase: Phase::Upgrade,
        slips: &["status", "opened", "silence"],
        rare: true,
        deep: true,
        make: websocket::page,
        ..COMMON
    },
    Kind {
        name: "ws.version",
        phase: Phase::Upgrade,
        field: "http.sec_websocket_version",
        slips: &["asked", "one_more"],
        rare: true,
        make: websocket::version,
        ..COMMON
    },
    Kind {
        name: "ws.failed",
        phase: Phase::Upgrade,
        slips: &["talks", "close_frame", "again"],
        rare: true,
        make: websocket::failed,
        ..COMMON
    },
    Kind {
        name: "ws.header",
        phase: Phase::Frames,
        slips: &["no_mask", "mask", "key_only", "short", "long"],
        deep: true,
        make: websocket::header,
        ..COMMON
    },
    Kind {
        name: "ws.mask",
        phase: Phase::Frames,
        field: "websocket.masking_key",
        slips: &["plain", "key", "added", "shifted"],
        deep: true,
        make: websocket::mask,
        ..COMMON
    },
    Kind {
        name: "ws.server_mask",
        phase: Phase::Frames,
        field: "websocket.mask",
        slips: &["own_key", "same_key"],
        one_in: 2,
        deep: true,
        make: websocket::server_mask,
        ..COMMON
    },
    Kind {
        name: "ws.length",
        phase: Phase::Frames,
        field: "websocket.payload_length",
        slips: &["itself", "largest", "other_form"],
        rare: true,
        deep: true,
        make: websocket::length,
        ..COMMON
    },
    Kind {
        name: "ws.first_byte",
        phase: Phase::Frames,
        slips: &["no_fin", "other_kind", "part"],
        one_in: 3,
        deep: true,
        make: websocket::first_byte,
        ..COMMON
    },
    Kind {
        name: "ws.part",
        phase: Phase::Frames,
        field: "websocket.opcode",
        slips: &["text", "binary"],
        rare: true,
        make: websocket::part,
        ..COMMON
    },
    Kind {
        name: "ws.pong",
        phase: Phase::Frames,
        field: "websocket.payload",
        slips: &["nothing", "word", "time"],
        rare: true,
        make: websocket::pong,
        ..COMMON
    },
    Kind {
        name: "ws.close_code",
        phase: Phase::Close,
        field: "websocket.payload.close.status_code",
        slips: &["never", "normal", "away"],
        one_in: 2,
        make: websocket::close_code,
        ..COMMON
    },
    Kind {
        name: "ws.close_answer",
        phase: Phase::Close,
        field: "websocket.opcode",
        slips: &["fin", "abnormal", "pong"],
        make: websocket::close_answer,
        ..COMMON
    },
    Kind {
        name: "ws.first_fin",
        phase: Phase::Goodbye,
        field: "tcp.flags.fin",
        slips: &["other", "nobody"],
        rare: true,
        make: websocket::first_fin,
        ..COMMON
    },
];

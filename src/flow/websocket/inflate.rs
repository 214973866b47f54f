//! permessage-deflate taken apart (RFC 7692, section 7.2.2), piece by piece.
//!
//! A message is a row of deflate blocks less the four bytes `00 00 ff ff` of the empty one at its end, which are put back
//! here. With context takeover a message may point back into those before it, so the last bytes of what was inflated are
//! kept, no more than the window that was agreed on. A block may say that it is the last of its row; another row may follow
//! it in the same message (section 7.2.3.4).

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::limits::{Account, Shared};

/// The furthest that deflate looks back.
const WINDOW: usize = 1 << 15;
/// A window, and as much room for what comes next.
const ROOM: usize = 2 * WINDOW;
/// What an [`Engine`] takes, the larger of its forms.
const COST: usize = ROOM + 2 * size_of::<DecompressorOxide>() + (1 << 14) + 256;
/// What every sender leaves out at the end of a message.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// Why a message can't be inflated any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The data is not valid.
    Data,
    /// It ends inside of a block.
    Unfinished,
    /// Who takes the bytes wants no more of them.
    Stopped,
    /// There is no room.
    NoRoom,
    /// What it points back to is not known.
    ContextLost,
}

/// Inflates the messages of one direction.
#[derive(Debug)]
pub(super) struct Inflater {
    takeover: bool,
    bits: u8,
    engine: Option<Box<Engine>>,
    /// Of the messages so far, where there is no engine to keep it.
    history: Vec<u8>,
    /// Something before could not be inflated, and what follows may point back to it.
    lost: bool,
}

impl Inflater {
    /// `takeover`: the window is kept from one message to the next. `bits`: its size, 8 to 15.
    pub(super) fn new((takeover, bits): (bool, u8)) -> Inflater {
        Inflater { takeover, bits, engine: None, history: Vec::new(), lost: false }
    }

    /// The bits of the window.
    pub(super) fn bits(&self) -> u8 {
        self.bits
    }

    /// A message begins.
    pub(super) fn begin(&mut self, account: &mut Account, shared: &mut Shared) -> Result<(), Fault> {
        if self.lost {
            return Err(Fault::ContextLost);
        }
        if self.engine.is_none() {
            if !account.take_all(COST, shared) {
                self.lose(account, shared);
                return Err(Fault::NoRoom);
            }
            self.engine = Some(Box::new(Engine::new(&self.history, self.bits)));
            self.forget_history(account, shared);
        }
        if let Some(engine) = &mut self.engine {
            engine.begin(self.takeover);
        }
        Ok(())
    }

    /// The next bytes of the message. `sink` gets what they inflate to, and says how much of it it took:
    /// when that is not all, it wants no more.
    pub(super) fn feed(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> usize) -> Result<(), Fault> {
        self.engine.as_mut().map_or(Err(Fault::NoRoom), |engine| engine.feed(bytes, sink))
    }

    /// The message has ended.
    pub(super) fn end(
        &mut self,
        sink: &mut dyn FnMut(&[u8]) -> usize,
        account: &mut Account,
        shared: &mut Shared,
    ) -> Result<(), Fault> {
        self.feed(&TAIL, sink)?;
        let Some(engine) = &self.engine else { return Err(Fault::NoRoom) };
        if !engine.boundary {
            return Err(Fault::Unfinished);
        }
        // Where memory is short, only what the next message may point back to is kept.
        if shared.held() > shared.limits().total / 4 {
            let history = engine.history(if self.takeover { 1 << self.bits } else { 0 }).to_vec();
            self.drop_engine(account, shared);
            if account.take_all(history.len(), shared) {
                self.history = history;
            } else {
                self.lost = self.takeover;
            }
        }
        Ok(())
    }

    /// Whether the message has looked back further than agreed on.
    pub(super) fn beyond_window(&self) -> bool {
        self.engine.as_ref().is_some_and(|engine| engine.beyond_window())
    }

    /// The message can't be inflated to its end.
    pub(super) fn lose(&mut self, account: &mut Account, shared: &mut Shared) {
        self.lost = self.takeover;
        self.release(account, shared);
    }

    /// Gives back all that is kept.
    pub(super) fn release(&mut self, account: &mut Account, shared: &mut Shared) {
        self.drop_engine(account, shared);
        self.forget_history(account, shared);
    }

    fn drop_engine(&mut self, account: &mut Account, shared: &mut Shared) {
        if self.engine.take().is_some() {
            account.give_back(COST, shared);
        }
    }

    fn forget_history(&mut self, account: &mut Account, shared: &mut Shared) {
        account.give_back(self.history.len(), shared);
        self.history = Vec::new();
    }
}

/// What inflating needs.
struct Engine {
    decoder: DecompressorOxide,
    /// What was inflated: up to `at`, of which at least the last window is what came before.
    out: Vec<u8>,
    at: usize,
    /// The last byte that was read was the last of a block.
    boundary: bool,
    /// How many bytes of this message have come out.
    made: u64,
    narrow: Option<Narrow>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("at", &self.at).field("made", &self.made).finish_non_exhaustive()
    }
}

impl Engine {
    fn new(history: &[u8], bits: u8) -> Engine {
        let mut out = vec![0; ROOM];
        let at = history.len().min(WINDOW);
        if let (Some(to), Some(from)) = (out.get_mut(..at), history.get(history.len() - at..)) {
            to.copy_from_slice(from);
        }
        let narrow = (bits < 15).then(|| Narrow::new(bits));
        Engine { decoder: DecompressorOxide::new(), out, at, boundary: true, made: 0, narrow }
    }

    fn begin(&mut self, takeover: bool) {
        self.decoder.init();
        self.boundary = true;
        self.made = 0;
        if !takeover {
            self.at = 0;
        }
        if let Some(narrow) = &mut self.narrow {
            narrow.begin();
        }
    }

    fn history(&self, window: usize) -> &[u8] {
        self.out.get(self.at - self.at.min(window)..self.at).unwrap_or_default()
    }

    fn beyond_window(&self) -> bool {
        // Where it stopped because the data is wrong, the one that looks back all the way stops at the same byte.
        self.narrow.as_ref().is_some_and(|narrow| narrow.failed && narrow.made < self.made)
    }

    fn feed(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> usize) -> Result<(), Fault> {
        if let Some(narrow) = &mut self.narrow {
            narrow.feed(bytes);
        }
        const FLAGS: u32 = TINFL_FLAG_HAS_MORE_INPUT
            | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
            | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;
        let mut left = bytes;
        loop {
            let (status, used, made) = decompress(&mut self.decoder, left, &mut self.out, self.at, FLAGS);
            left = left.get(used..).unwrap_or_default();
            self.boundary &= used == 0;
            let taken =
                if made == 0 { 0 } else { sink(self.out.get(self.at..self.at + made).unwrap_or_default()) };
            self.made += taken as u64;
            self.at += made;
            if self.at >= ROOM {
                self.out.copy_within(ROOM - WINDOW.., 0);
                self.at = WINDOW;
            }
            if taken < made {
                return Err(Fault::Stopped);
            }
            match status {
                TINFLStatus::HasMoreOutput => {}
                TINFLStatus::NeedsMoreInput => return Ok(()),
                TINFLStatus::BlockBoundary => self.boundary = true,
                TINFLStatus::Done => {
                    // The last block of a row; the next byte begins another one.
                    self.decoder.init();
                    self.boundary = true;
                }
                _ => return Err(Fault::Data),
            }
            if left.is_empty() && self.boundary {
                return Ok(());
            }
        }
    }
}

/// Inflates into a window of the size agreed on, to see whether it suffices; what comes out is not looked at.
struct Narrow {
    decoder: DecompressorOxide,
    window: Vec<u8>,
    at: usize,
    made: u64,
    failed: bool,
}

impl Narrow {
    fn new(bits: u8) -> Narrow {
        let window = vec![0; 1 << bits.clamp(8, 14)];
        Narrow { decoder: DecompressorOxide::new(), window, at: 0, made: 0, failed: false }
    }

    fn begin(&mut self) {
        self.decoder.init();
        (self.made, self.failed) = (0, false);
    }

    fn feed(&mut self, bytes: &[u8]) {
        let mut left = bytes;
        while !self.failed {
            let (status, used, made) =
                decompress(&mut self.decoder, left, &mut self.window, self.at, TINFL_FLAG_HAS_MORE_INPUT);
            left = left.get(used..).unwrap_or_default();
            self.made += made as u64;
            self.at = (self.at + made) % self.window.len();
            match status {
                TINFLStatus::HasMoreOutput => {}
                TINFLStatus::NeedsMoreInput => return,
                TINFLStatus::Done if left.is_empty() => return self.decoder.init(),
                TINFLStatus::Done => self.decoder.init(),
                _ => self.failed = true,
            }
        }
    }
}

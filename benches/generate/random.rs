//! Numbers that look random and are the same at every run (SplitMix64).

/// A source of such numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn word(&mut self) -> u32 {
        (self.next() >> 32) as u32
    }

    /// From `least` up to `most`.
    pub(crate) fn between(&mut self, least: u32, most: u32) -> u32 {
        let choices = u64::from(most - least) + 1;
        least + ((u64::from(self.word()) * choices) >> 32) as u32
    }

    /// So many times out of a thousand.
    pub(crate) fn chance(&mut self, of_a_thousand: u32) -> bool {
        self.between(1, 1000) <= of_a_thousand
    }

    /// A time in nanoseconds around `mean`: mostly shorter, now and then much longer.
    pub(crate) fn around(&mut self, mean: u64) -> u64 {
        let part = f64::from(self.between(1, 1_000_000)) / 1e6;
        (mean as f64 * -part.ln()) as u64 + 1_000
    }
}

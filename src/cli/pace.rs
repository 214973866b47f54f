//! `--pace`: so long between two steps, for reading. What is told waits; the wire does not.

use std::time::{Duration, Instant};

/// How fast steps appear.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    between: Option<Duration>,
    last: Option<Instant>,
}

impl Pace {
    /// `seconds` between two steps; `None`: at once.
    pub(crate) fn new(seconds: Option<f64>) -> Pace {
        Pace { between: seconds.map(Duration::from_secs_f64), last: None }
    }

    /// A step was shown.
    pub(crate) fn shown(&mut self) {
        self.last = Some(Instant::now());
    }

    /// Whether the next may be shown.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn is_due(&self) -> bool {
        self.left().is_none()
    }

    /// How long until then; `None`: no longer.
    pub(crate) fn left(&self) -> Option<Duration> {
        let left = self.between?.saturating_sub(self.last?.elapsed());
        Some(left).filter(|left| !left.is_zero())
    }
}

/// A pace as typed.
///
/// # Errors
/// What to type instead.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=60.0).contains(&number) => Ok(number),
        _ => Err("a number of seconds up to 60, such as 2 or 0.5".to_owned()),
    }
}

//! The plane's two clocks: one that never jumps for intervals, and the server's wall clock.

const STEP_MS: f64 = 500.0;
const SLEW_MS: f64 = 1.0;

/// What to add to monotonic ms to get wall ms since 1970.
///
/// A wall clock that is disciplined gently is followed a millisecond at a time; one that is set anew is followed
/// at once, for every part of the house writes that time.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    offset_ms: f64,
}

impl Axis {
    #[must_use]
    pub fn new(monotonic_ms: f64, wall_ms: f64) -> Self {
        Self { offset_ms: wall_ms - monotonic_ms }
    }

    #[must_use]
    pub fn wall_ms(&self, monotonic_ms: f64) -> f64 {
        monotonic_ms + self.offset_ms
    }

    /// Comes nearer to the machine's wall clock; called once a second.
    pub fn follow(&mut self, monotonic_ms: f64, wall_ms: f64) {
        let error = wall_ms - monotonic_ms - self.offset_ms;
        self.offset_ms += if error.abs() > STEP_MS { error } else { error.clamp(-SLEW_MS, SLEW_MS) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_corrections_are_followed_slowly_and_steps_at_once() {
        let mut axis = Axis::new(0.0, 1_000_000.0);
        axis.follow(1_000.0, 1_001_003.0);
        assert!((axis.wall_ms(1_000.0) - 1_001_001.0).abs() < 1e-6);
        axis.follow(2_000.0, -3_600_000.0);
        assert!((axis.wall_ms(2_000.0) + 3_600_000.0).abs() < 1e-6);
    }
}

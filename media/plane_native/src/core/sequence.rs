//! Counters that wrap: 16-bit sequence numbers, 32-bit timestamps (RFC 1982, RFC 3550 A.1).

/// The signed distance from `older` to `newer` modulo 2^16.
#[must_use]
pub fn difference16(newer: u16, older: u16) -> i64 {
    i64::from(newer.wrapping_sub(older) as i16)
}

/// The signed distance from `older` to `newer` modulo 2^32.
#[must_use]
pub fn difference32(newer: u32, older: u32) -> i64 {
    i64::from(newer.wrapping_sub(older) as i32)
}

/// Gives wrapped counters their place on an endless axis: each value lands nearest to the highest so far.
///
/// The axis begins one period above zero, so that what comes late before the first value stays positive.
#[derive(Debug, Clone, Copy)]
pub struct Unwrapper {
    period: i64,
    highest: Option<i64>,
}

impl Unwrapper {
    /// For counters of so many bits, at most 32.
    #[must_use]
    pub fn new(bits: u32) -> Self {
        Self { period: 1 << bits, highest: None }
    }

    /// The extended value; the highest follows it upwards.
    pub fn unwrap(&mut self, value: u32) -> i64 {
        let extended = self.peek(value);
        if self.highest.is_none_or(|highest| extended > highest) {
            self.highest = Some(extended);
        }
        extended
    }

    /// The extended value, without learning from it.
    #[must_use]
    pub fn peek(&self, value: u32) -> i64 {
        let value = i64::from(value);
        let half = self.period / 2;
        match self.highest {
            None => value + self.period,
            Some(highest) => highest + (value - highest + half).rem_euclid(self.period) - half,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_signed() {
        assert_eq!(difference16(2, 65_534), 4);
        assert_eq!(difference16(65_534, 2), -4);
        assert_eq!(difference32(1, u32::MAX), 2);
        assert_eq!(difference32(u32::MAX, 1), -2);
    }

    #[test]
    fn values_land_nearest_to_the_highest() {
        let mut axis = Unwrapper::new(16);
        assert_eq!(axis.unwrap(65_535), 131_071);
        assert_eq!(axis.unwrap(0), 131_072);
        assert_eq!(axis.unwrap(65_534), 131_070);
        assert_eq!(axis.peek(40_000), 131_072 - 65_536 + 40_000);
        assert_eq!(axis.unwrap(30_000), 131_072 + 30_000);
    }
}

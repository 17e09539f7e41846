//! Which indices were seen: a window of 1024 below the highest (RFC 3711 3.3.2), and roll-over by guess (3.3.1).

use super::Refused;

pub const WINDOW: u64 = 1024;
const WORDS: usize = (WINDOW / 64) as usize;

/// A sliding window over the indices of one SSRC.
#[derive(Debug, Clone, Default)]
pub struct ReplayWindow {
    highest: Option<u64>,
    seen: [u64; WORDS],
}

impl ReplayWindow {
    /// The highest index that was authentic.
    #[must_use]
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// The 48-bit index that a sequence number most likely stands for (RFC 3711 A).
    #[must_use]
    pub fn guess(&self, sequence: u16) -> u64 {
        let Some(highest) = self.highest else { return u64::from(sequence) };
        let (roll_over, last) = (highest >> 16, highest as u16);
        let roll_over = if last < 0x8000 {
            let is_before = i32::from(sequence) - i32::from(last) > 0x8000;
            if is_before { roll_over.saturating_sub(1) } else { roll_over }
        } else if i32::from(last) - 0x8000 > i32::from(sequence) {
            roll_over + 1
        } else {
            roll_over
        };
        (roll_over & 0xFFFF_FFFF) << 16 | u64::from(sequence)
    }

    /// Whether an index may still come; nothing is noted, for it may be forged.
    pub fn check(&self, index: u64) -> Result<(), Refused> {
        let Some(highest) = self.highest else { return Ok(()) };
        if index > highest {
            return Ok(());
        }
        if highest - index >= WINDOW || self.seen[word(index)] >> (index % 64) & 1 == 1 {
            return Err(Refused::Replayed);
        }
        Ok(())
    }

    /// Notes an index whose packet was authentic.
    pub fn note(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {}
            Some(highest) if index - highest < WINDOW => {
                (highest + 1..=index).for_each(|passed| self.seen[word(passed)] &= !(1 << (passed % 64)));
                self.highest = Some(index);
            }
            _ => {
                self.seen = [0; WORDS];
                self.highest = Some(index);
            }
        }
        self.seen[word(index)] |= 1 << (index % 64);
    }
}

fn word(index: u64) -> usize {
    (index % WINDOW / 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_passes_once_and_old_ones_never() {
        let mut window = ReplayWindow::default();
        for index in [5, 4, 700, 1028, 6] {
            assert_eq!(window.check(index), Ok(()), "{index}");
            window.note(index);
            assert_eq!(window.check(index), Err(Refused::Replayed), "{index}");
        }
        assert_eq!(window.check(3), Err(Refused::Replayed));
        assert_eq!(window.check(7), Ok(()));
        window.note(1 << 20);
        assert_eq!(window.check(1028), Err(Refused::Replayed));
        assert_eq!(window.check((1 << 20) - 1), Ok(()));
    }

    #[test]
    fn roll_over_is_guessed_nearest() {
        let mut window = ReplayWindow::default();
        assert_eq!(window.guess(65_535), 65_535);
        window.note(65_535);
        assert_eq!(window.guess(0), 65_536);
        assert_eq!(window.guess(65_000), 65_000);
        window.note(65_537);
        assert_eq!(window.guess(65_534), 65_534);
        assert_eq!(window.guess(2), 65_538);
        let fresh = ReplayWindow { highest: Some(3), ..ReplayWindow::default() };
        assert_eq!(fresh.guess(65_535), 65_535);
    }
}

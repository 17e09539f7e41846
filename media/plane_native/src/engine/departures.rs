//! Which packet of which slot left under a transport-wide number, for the last few hundred of a peer's.

use super::SlotKey;

/// More than a line of 8 Mbit/s carries in a second: feedback that comes later repairs no picture.
const KEPT: usize = 1_024;

#[derive(Debug, Clone, Copy)]
struct Departure {
    number: u16,
    slot: SlotKey,
    sequence: u16,
}

/// See the module. Takes no room until the first packet.
#[derive(Debug, Default)]
pub struct Departures {
    kept: Vec<Option<Departure>>,
}

impl Departures {
    /// This sequence number of a slot, or its repetition, left under this transport-wide number.
    pub fn note(&mut self, number: u16, slot: SlotKey, sequence: u16) {
        if self.kept.is_empty() {
            self.kept = vec![None; KEPT];
        }
        self.kept[usize::from(number) % KEPT] = Some(Departure { number, slot, sequence });
    }

    /// What left under a number, if that is not too long ago.
    #[must_use]
    pub fn find(&self, number: u16) -> Option<(SlotKey, u16)> {
        let found = (*self.kept.get(usize::from(number) % KEPT)?)?;
        (found.number == number).then_some((found.slot, found.sequence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_departures_are_found_and_older_ones_are_not() {
        let mut departures = Departures::default();
        assert_eq!(departures.find(5), None);
        departures.note(5, SlotKey::default(), 700);
        assert_eq!(departures.find(5), Some((SlotKey::default(), 700)));

        departures.note(5 + KEPT as u16, SlotKey::default(), 701);
        assert_eq!(departures.find(5), None);
        assert_eq!(departures.find(5 + KEPT as u16), Some((SlotKey::default(), 701)));
    }
}

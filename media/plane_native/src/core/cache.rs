//! The last packets of one layer, by extended sequence number: a ring of fixed size.

/// Holds at most `capacity` (a power of two) values; a newer one of the same place wins.
pub struct PacketCache<T> {
    mask: i64,
    places: Vec<Option<(i64, T)>>,
}

impl<T> PacketCache<T> {
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.next_power_of_two();
        Self { mask: capacity as i64 - 1, places: (0..capacity).map(|_| None).collect() }
    }

    fn place(&self, sequence: i64) -> usize {
        (sequence & self.mask) as usize
    }

    /// False if the value is there already or a newer one has its place.
    #[must_use]
    pub fn has_place_for(&self, sequence: i64) -> bool {
        self.places[self.place(sequence)].as_ref().is_none_or(|(known, _)| *known < sequence)
    }

    /// Keeps the value if there is place for it; gives whether there was.
    pub fn put(&mut self, sequence: i64, value: T) -> bool {
        let has_place = self.has_place_for(sequence);
        if has_place {
            let place = self.place(sequence);
            self.places[place] = Some((sequence, value));
        }
        has_place
    }

    #[must_use]
    pub fn get(&self, sequence: i64) -> Option<&T> {
        let (known, value) = self.places[self.place(sequence)].as_ref()?;
        (*known == sequence).then_some(value)
    }

    pub fn clear(&mut self) {
        self.places.iter_mut().for_each(|place| *place = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_values_push_out_older_ones_and_not_the_other_way() {
        let mut cache = PacketCache::new(4);
        assert!((10..14).all(|sequence| cache.put(sequence, sequence)));
        assert!(!cache.put(12, 99));
        assert!(cache.put(15, 15));
        assert!(!cache.put(11, 11));
        let held: Vec<_> = (8..17).filter_map(|sequence| cache.get(sequence).copied()).collect();
        assert_eq!(held, [10, 12, 13, 15]);
        cache.clear();
        assert_eq!(cache.get(15), None);
    }
}

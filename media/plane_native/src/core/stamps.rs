//! Which transport-wide number a packet was sent with: one that is sent again under its index is sent as it was.
//!
//! Under AES-GCM an index may never be used for two contents, and the number is part of what is authenticated.

const PLACES: usize = 1_024;

/// The numbers of the last packets of one flow by their index (roll-over counter and sequence number).
#[derive(Debug, Default)]
pub struct Stamps {
    /// (low bits of the index, number); index 0 is never sent.
    places: Vec<(u32, u16)>,
}

impl Stamps {
    /// The number to send this index with: the one that it had, or else `fresh`; `None` if it is too old to tell.
    pub fn stamp(&mut self, index: u64, fresh: u16) -> Option<u16> {
        if self.places.is_empty() {
            self.places = vec![(0, 0); PLACES]; // made with the first packet: most slots carry none
        }
        let place = &mut self.places[index as usize % PLACES];
        let index = index as u32;
        if place.0 == index {
            return Some(place.1);
        }
        if place.0 > index {
            return None;
        }
        *place = (index, fresh);
        Some(fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_keeps_its_number_as_long_as_it_is_known() {
        let mut stamps = Stamps::default();
        assert_eq!(stamps.stamp(5, 100), Some(100));
        assert_eq!(stamps.stamp(6, 101), Some(101));
        assert_eq!(stamps.stamp(5, 102), Some(100));
        assert_eq!(stamps.stamp(5 + PLACES as u64, 103), Some(103));
        assert_eq!(stamps.stamp(5, 104), None);
    }
}

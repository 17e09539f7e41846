//! Big-endian numbers in byte slices; nothing here panics on short input.

/// The byte at this place.
#[must_use]
pub fn be8(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

/// The 16-bit number at this place.
#[must_use]
pub fn be16(data: &[u8], at: usize) -> Option<u16> {
    let bytes = data.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

/// The 24-bit number at this place.
#[must_use]
pub fn be24(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..at.checked_add(3)?)?;
    Some(u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]))
}

/// The 32-bit number at this place.
#[must_use]
pub fn be32(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// The 64-bit number at this place.
#[must_use]
pub fn be64(data: &[u8], at: usize) -> Option<u64> {
    let bytes = data.get(at..at.checked_add(8)?)?;
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

/// Reads single bits, most significant first; `None` behind the end.
pub struct BitReader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    /// The next `count` bits (at most 32) as a number.
    pub fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0_u32;
        for _ in 0..count {
            let byte = *self.data.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// The next bit.
    pub fn flag(&mut self) -> Option<bool> {
        Some(self.take(1)? == 1)
    }

    /// A number below `bound` in the non-symmetric code of the AV1 RTP format (appendix A.2 there).
    pub fn non_symmetric(&mut self, bound: u32) -> Option<u32> {
        let width = u32::BITS - bound.leading_zeros();
        if width == 0 {
            return Some(0);
        }
        let short = (1_u32 << width) - bound;
        let value = self.take(width - 1)?;
        if value < short {
            return Some(value);
        }
        Some((value << 1 | self.take(1)?) - short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_network_order_and_never_behind_the_end() {
        let data = [1, 2, 3, 4, 5, 6, 7, 8];

        assert_eq!(be16(&data, 0), Some(0x0102));
        assert_eq!(be24(&data, 1), Some(0x02_0304));
        assert_eq!(be32(&data, 4), Some(0x0506_0708));
        assert_eq!(be64(&data, 0), Some(0x0102_0304_0506_0708));
        assert_eq!(be64(&data, 1), None);
        assert_eq!(be16(&data, usize::MAX), None);
        assert_eq!(be8(&data, 8), None);
    }

    #[test]
    fn bits_come_most_significant_first() {
        let mut bits = BitReader::new(&[0b1010_0000, 0xFF]);

        assert_eq!(bits.take(3), Some(0b101));
        assert_eq!(bits.flag(), Some(false));
        assert_eq!(bits.take(8), Some(0b0000_1111));
        assert_eq!(bits.take(5), None);
    }

    #[test]
    fn non_symmetric_numbers_use_fewer_bits_for_the_small() {
        // Bound 5: 0, 1, 2 take two bits, 3 and 4 three.
        let mut bits = BitReader::new(&[0b00_01_10_11, 0b0111_0000]);

        let values: Vec<_> = (0..5).map(|_| bits.non_symmetric(5)).collect();

        assert_eq!(values, [Some(0), Some(1), Some(2), Some(3), Some(4)]);
    }
}

//! Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).

use super::Malformed;
use super::bytes::{be16, be24};

/// One packet reports at most this many; more could not fit the deltas of one datagram and be of use.
pub const MAX_STATUSES: u16 = 4096;
/// The unit of `Arrived::delta`.
pub const DELTA_US: i64 = 250;
/// The unit of the reference time.
pub const REFERENCE_US: i64 = 64_000;
const RUN_LIMIT: usize = 0x1FFF;
const CUT_OFF: Malformed = Malformed("transport feedback cut off");

/// Which packets of a transport arrived, from `base` on, and when: the first `reference * 64 ms` plus its delta,
/// each later one so many quarter milliseconds after the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportFeedback {
    pub sender: u32,
    pub media: u32,
    pub base: u16,
    /// Signed 24 bits, in 64 ms.
    pub reference: i32,
    pub number: u8,
    /// Deltas in 250 µs; `None`: not arrived.
    pub packets: Vec<Option<i16>>,
}

impl TransportFeedback {
    /// What follows the two SSRCs of a feedback packet.
    pub fn parse(sender: u32, media: u32, body: &[u8]) -> Result<Self, Malformed> {
        let base = be16(body, 0).ok_or(CUT_OFF)?;
        let count = be16(body, 2).ok_or(CUT_OFF)?;
        let reference = be24(body, 4).ok_or(CUT_OFF)?;
        let number = *body.get(7).ok_or(CUT_OFF)?;
        if count > MAX_STATUSES {
            return Err(Malformed("transport feedback too long"));
        }
        let (symbols, mut rest) = parse_symbols(&body[8..], usize::from(count))?;
        let mut packets = Vec::with_capacity(symbols.len());
        for symbol in symbols {
            let (delta, size) = match symbol {
                0 => (None, 0),
                1 => (rest.first().map(|&byte| i16::from(byte)), 1),
                2 => (be16(rest, 0).map(|word| word as i16), 2),
                _ => return Err(Malformed("transport feedback with a reserved status")),
            };
            rest = rest.get(size..).ok_or(CUT_OFF)?;
            packets.push(delta);
        }
        Ok(Self { sender, media, base, reference: (reference << 8) as i32 >> 8, number, packets })
    }

    /// Makes feedback of arrivals in µs on any axis; sequence numbers must rise from `first` on without repeats.
    ///
    /// Gives it together with how many arrivals it holds: a delta that does not fit 16 bits ends it early.
    #[must_use]
    pub fn of(sender: u32, media: u32, number: u8, arrivals: &[(u16, i64)]) -> Option<(Self, usize)> {
        Self::since(arrivals.first()?.0, sender, media, number, arrivals)
    }

    /// The same, from `base` on, which may lie before the first that arrived.
    #[must_use]
    pub fn since(
        base: u16,
        sender: u32,
        media: u32,
        number: u8,
        arrivals: &[(u16, i64)],
    ) -> Option<(Self, usize)> {
        let &(_, first_us) = arrivals.first()?;
        let reference = first_us.div_euclid(REFERENCE_US);
        let mut made = Self {
            sender,
            media,
            base,
            reference: (reference << 8) as i32 >> 8,
            number,
            packets: Vec::new(),
        };
        let mut told_us = reference * REFERENCE_US;
        let mut held = 0;
        for &(sequence, at_us) in arrivals {
            let place = usize::from(sequence.wrapping_sub(base));
            let Ok(delta) = i16::try_from((at_us - told_us).div_euclid(DELTA_US)) else { break };
            if place < made.packets.len() || place >= usize::from(MAX_STATUSES) {
                break;
            }
            made.packets.resize(place, None);
            made.packets.push(Some(delta));
            told_us += i64::from(delta) * DELTA_US;
            held += 1;
        }
        Some((made, held))
    }

    /// (sequence, arrival in µs after the reference's zero) of each packet that arrived.
    pub fn arrivals(&self) -> impl Iterator<Item = (u16, i64)> + '_ {
        let mut at_us = i64::from(self.reference) * REFERENCE_US;
        self.packets.iter().enumerate().filter_map(move |(index, delta)| {
            at_us += i64::from((*delta)?) * DELTA_US;
            Some((self.base.wrapping_add(index as u16), at_us))
        })
    }

    /// Appends what follows the two SSRCs; the caller pads the packet.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.base.to_be_bytes());
        out.extend_from_slice(&(self.packets.len() as u16).to_be_bytes());
        out.extend_from_slice(&self.reference.to_be_bytes()[1..]);
        out.push(self.number);
        let symbols: Vec<u8> = self.packets.iter().map(|delta| symbol_of(*delta)).collect();
        write_symbols(out, &symbols);
        for delta in self.packets.iter().flatten() {
            match u8::try_from(*delta) {
                Ok(small) => out.push(small),
                Err(_) => out.extend_from_slice(&delta.to_be_bytes()),
            }
        }
    }
}

fn symbol_of(delta: Option<i16>) -> u8 {
    match delta {
        None => 0,
        Some(0..=255) => 1,
        Some(_) => 2,
    }
}

/// The statuses that the chunks tell, and what follows the chunks.
fn parse_symbols(mut rest: &[u8], count: usize) -> Result<(Vec<u8>, &[u8]), Malformed> {
    let mut symbols = Vec::with_capacity(count);
    while symbols.len() < count {
        let chunk = be16(rest, 0).ok_or(CUT_OFF)?;
        rest = &rest[2..];
        let left = count - symbols.len();
        if chunk & 0x8000 == 0 {
            let run = usize::from(chunk & 0x1FFF).min(left);
            if run == 0 {
                return Err(Malformed("transport feedback with an empty run"));
            }
            symbols.resize(symbols.len() + run, (chunk >> 13 & 3) as u8);
        } else if chunk & 0x4000 == 0 {
            symbols.extend((0..14.min(left)).map(|bit| (chunk >> (13 - bit) & 1) as u8));
        } else {
            symbols.extend((0..7.min(left)).map(|pair| (chunk >> (12 - 2 * pair) & 3) as u8));
        }
    }
    Ok((symbols, rest))
}

fn write_symbols(out: &mut Vec<u8>, mut symbols: &[u8]) {
    while let Some(&first) = symbols.first() {
        let run = symbols.iter().take(RUN_LIMIT).take_while(|&&symbol| symbol == first).count();
        let (chunk, taken) = if run >= 7 || run == symbols.len() {
            (u16::from(first) << 13 | run as u16, run)
        } else {
            let taken = symbols.len().min(7);
            let bits = |(place, &symbol): (usize, &u8)| u16::from(symbol) << (12 - 2 * place);
            (0xC000 | symbols[..taken].iter().enumerate().map(bits).sum::<u16>(), taken)
        };
        out.extend_from_slice(&chunk.to_be_bytes());
        symbols = &symbols[taken..];
    }
}

#[cfg(test)]
mod tests {
    use super::super::rtcp::{Rtcp, parse_compound};
    use super::super::rtcp_write::write_compound;
    use super::*;

    #[test]
    fn arrivals_come_back_to_a_quarter_of_a_millisecond() {
        let arrivals: Vec<(u16, i64)> =
            [(65_534, 1_000_000), (65_535, 1_000_300), (3, 1_200_000), (4, 1_199_000), (40, 1_260_000)]
                .into();

        let (made, held) = TransportFeedback::of(1, 2, 7, &arrivals).unwrap();
        let data = write_compound(&[Rtcp::TransportFeedback(made)]);
        let read = parse_compound(&data).unwrap();

        assert_eq!(held, arrivals.len());
        let [Rtcp::TransportFeedback(read)] = &read[..] else { panic!("{read:?}") };
        assert_eq!((read.number, read.packets.len()), (7, 43));
        let told: Vec<_> = read.arrivals().collect();
        for ((sequence, at_us), (told_sequence, told_us)) in arrivals.iter().zip(told) {
            assert_eq!(*sequence, told_sequence);
            assert!((at_us - told_us).abs() <= 2 * DELTA_US, "{at_us} {told_us}");
        }
    }

    #[test]
    fn a_delta_that_does_not_fit_ends_the_feedback() {
        let (made, held) = TransportFeedback::of(1, 2, 0, &[(1, 0), (2, 9_000_000)]).unwrap();

        assert_eq!((held, made.packets.len()), (1, 1));
        assert!(TransportFeedback::of(1, 2, 0, &[]).is_none());
    }

    #[test]
    fn all_three_kinds_of_chunk_are_read() {
        let body = [
            0, 9, 0, 24, 0xFF, 0xFF, 0xFF, 1, // base 9, 24 statuses, reference -1
            0x00, 0x03, // run of three not received
            0xA0, 0x00, // one bit each: the first of fourteen
            0xC9, 0x00, // two bits each: 0, 2, 1 (and four not received)
            5, 0xFF, 0xFE, 6,
        ];

        let read = TransportFeedback::parse(1, 2, &body).unwrap();

        assert_eq!(read.reference, -1);
        let arrived: Vec<_> =
            read.packets.iter().enumerate().filter_map(|(at, delta)| delta.map(|each| (at, each))).collect();
        assert_eq!(arrived, [(3, 5), (18, -2), (19, 6)]);
        assert!(TransportFeedback::parse(1, 2, &body[..17]).is_err());
    }

    #[test]
    fn endless_and_empty_runs_are_malformed() {
        assert!(TransportFeedback::parse(1, 2, &[0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0x1F, 0xFF]).is_err());
        assert!(TransportFeedback::parse(1, 2, &[0, 0, 0, 1, 0, 0, 0, 0, 0x00, 0x00]).is_err());
        assert!(TransportFeedback::parse(1, 2, &[0, 0, 0, 1, 0, 0, 0, 0, 0x60, 0x01, 0]).is_err());
    }
}

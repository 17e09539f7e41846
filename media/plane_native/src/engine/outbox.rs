//! What is to be sent: protected datagrams in one stretch of memory, handed to the kernel a batch at a time.

use std::net::SocketAddr;

/// Datagrams are handed over once this much waits, so that they stay in the processor's cache.
pub const FULL_BYTES: usize = 512 * 1024;
const MAX_SEGMENTS: usize = 64;
const MAX_SEGMENTED_BYTES: usize = 60_000;

/// One datagram in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub to: SocketAddr,
    pub start: u32,
    pub end: u32,
}

impl Item {
    #[must_use]
    pub fn size(&self) -> usize {
        (self.end - self.start) as usize
    }
}

/// Datagrams in the order in which they were made.
#[derive(Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    items: Vec<Item>,
}

impl Outbox {
    /// The end of the memory, where the next datagram is written, and the place at which it begins.
    pub fn begin(&mut self) -> (usize, &mut Vec<u8>) {
        (self.bytes.len(), &mut self.bytes)
    }

    /// The datagram from `start` on is whole.
    pub fn commit(&mut self, start: usize, to: SocketAddr) {
        self.items.push(Item { to, start: start as u32, end: self.bytes.len() as u32 });
    }

    /// What was written from `start` on is not sent.
    pub fn abort(&mut self, start: usize) {
        self.bytes.truncate(start);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= FULL_BYTES
    }

    /// Brings the datagrams of one destination together, each destination's in their order.
    pub fn sort(&mut self) -> &[Item] {
        self.items.sort_by_key(|item| (item.to.is_ipv6(), item.to.port(), item.to.ip()));
        &self.items
    }

    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    #[must_use]
    pub fn data(&self, item: &Item) -> &[u8] {
        self.bytes.get(item.start as usize..item.end as usize).unwrap_or_default()
    }

    /// Everything was handed over.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.items.clear();
    }
}

/// How many of the first datagrams may go as segments of one: one destination, one size, the last perhaps shorter.
#[must_use]
pub fn segments(items: &[Item]) -> usize {
    let Some(first) = items.first() else { return 0 };
    let (mut count, mut bytes) = (1, first.size());
    for item in &items[1..] {
        let fits = count < MAX_SEGMENTS && bytes + item.size() <= MAX_SEGMENTED_BYTES;
        if !fits || item.to != first.to || item.size() > first.size() {
            break;
        }
        count += 1;
        bytes += item.size();
        if item.size() < first.size() {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(datagrams: &[(u16, usize)]) -> Outbox {
        let mut outbox = Outbox::default();
        for (port, size) in datagrams {
            let (start, out) = outbox.begin();
            out.resize(start + size, *port as u8);
            outbox.commit(start, SocketAddr::from(([127, 0, 0, 1], *port)));
        }
        outbox
    }

    #[test]
    fn the_datagrams_of_a_destination_come_together_in_their_order() {
        let mut outbox = outbox(&[(2, 5), (1, 9), (2, 5), (1, 8), (2, 3), (2, 5)]);

        let sizes: Vec<_> = outbox.sort().iter().map(|item| (item.to.port(), item.size())).collect();

        assert_eq!(sizes, [(1, 9), (1, 8), (2, 5), (2, 5), (2, 3), (2, 5)]);
        assert_eq!(segments(outbox.items()), 2);
        assert_eq!(segments(&outbox.items()[2..]), 3);
        assert_eq!(segments(&outbox.items()[5..]), 1);
        assert!(outbox.data(&outbox.items()[0]).iter().all(|byte| *byte == 1));
        outbox.clear();
        assert!(outbox.is_empty());
        assert_eq!(segments(outbox.items()), 0);
    }

    #[test]
    fn segments_are_bounded_in_number_and_bytes() {
        assert_eq!(segments(outbox(&[(1, 10); 100]).items()), 64);
        assert_eq!(segments(outbox(&[(1, 1_200); 100]).items()), 50);
        assert_eq!(segments(outbox(&[(1, 10), (1, 11)]).items()), 1);
    }

    #[test]
    fn what_is_given_up_is_not_sent() {
        let mut outbox = outbox(&[(1, 10)]);
        let (start, out) = outbox.begin();
        out.extend([1, 2, 3]);
        outbox.abort(start);
        assert_eq!(outbox.items().len(), 1);
        assert_eq!(outbox.begin().0, 10);
    }
}

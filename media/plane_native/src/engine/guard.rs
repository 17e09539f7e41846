//! Whose a datagram is: STUN by ufrag or transaction, all else by checked address.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use super::PeerKey;
use super::counters::Counter;
use crate::wire::stun::{BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, StunMessage, Transaction};

pub const MAX_TRANSACTIONS: usize = 4_096;
pub const TRANSACTION_MS: f64 = 40_000.0;
pub const MAX_ADDRESSES_A_PEER: usize = 8;
pub const MAX_UFRAGS_A_PEER: usize = 2;

/// Whose STUN a message is: requests by our ufrag in USERNAME, responses by our transactions.
#[derive(Default)]
pub struct StunTable {
    /// With the peer, and how many ufrags were there before it.
    ufrags: HashMap<Box<[u8]>, (PeerKey, u64)>,
    added: u64,
    transactions: HashMap<Transaction, (PeerKey, f64)>,
    in_order: VecDeque<(Transaction, f64)>,
}

impl StunTable {
    /// This ufrag is the peer's, beside the one that it had before (an ICE restart has two).
    pub fn add(&mut self, ufrag: &[u8], peer: PeerKey) {
        self.added += 1;
        self.ufrags.insert(ufrag.into(), (peer, self.added));
        let mut own: Vec<u64> =
            self.ufrags.values().filter(|each| each.0 == peer).map(|each| each.1).collect();
        own.sort_unstable();
        if let Some(&newer) = own.len().checked_sub(MAX_UFRAGS_A_PEER).and_then(|at| own.get(at)) {
            self.ufrags.retain(|_, (owner, added)| *owner != peer || *added >= newer);
        }
    }

    pub fn remove(&mut self, peer: PeerKey) {
        self.ufrags.retain(|_, (owner, _)| *owner != peer);
        self.transactions.retain(|_, (owner, _)| *owner != peer);
    }

    /// Remembers the transaction of a request that goes out, for its response to be let in.
    pub fn sent(&mut self, data: &[u8], peer: PeerKey, now_ms: f64) {
        if data.first() != Some(&0) || data.get(1) != Some(&(BINDING_REQUEST as u8)) {
            return;
        }
        let Some(transaction) = data.get(8..20).and_then(|id| Transaction::try_from(id).ok()) else { return };
        self.transactions.insert(transaction, (peer, now_ms));
        self.in_order.push_back((transaction, now_ms));
        while let Some(&(oldest, at_ms)) = self.in_order.front() {
            if self.in_order.len() <= MAX_TRANSACTIONS && now_ms - at_ms < TRANSACTION_MS {
                break;
            }
            self.in_order.pop_front();
            // A repeated request has a younger entry behind this one.
            if self.transactions.get(&oldest).is_some_and(|known| known.1 <= at_ms) {
                self.transactions.remove(&oldest);
            }
        }
    }

    /// The peer that this message is for, or why it is dropped.
    pub fn owner(&self, message: &StunMessage<'_>, now_ms: f64) -> Result<PeerKey, Counter> {
        match message.kind {
            BINDING_REQUEST => {
                let ufrag = message.local_ufrag().ok_or(Counter::StunMalformed)?;
                self.ufrags.get(ufrag).map(|each| each.0).ok_or(Counter::StunUnknownUfrag)
            }
            BINDING_SUCCESS | BINDING_ERROR => {
                let known = self.transactions.get(&message.transaction);
                let known = known.filter(|known| now_ms - known.1 < TRANSACTION_MS);
                known.map(|known| known.0).ok_or(Counter::StunUnknownTransaction)
            }
            _ => Err(Counter::StunUnknownTransaction),
        }
    }
}

/// Which checked address is whose; a few addresses a peer, the least recently checked going first.
#[derive(Default)]
pub struct AddressTable {
    owners: HashMap<SocketAddr, PeerKey>,
    addresses: HashMap<PeerKey, VecDeque<SocketAddr>>,
}

impl AddressTable {
    #[must_use]
    pub fn owner(&self, address: &SocketAddr) -> Option<PeerKey> {
        self.owners.get(address).copied()
    }

    /// The address is this peer's from now on; `keep` is not pushed out.
    pub fn bind(&mut self, peer: PeerKey, address: SocketAddr, keep: Option<SocketAddr>) {
        if let Some(before) = self.owners.insert(address, peer)
            && let Some(known) = self.addresses.get_mut(&before)
        {
            known.retain(|each| *each != address);
        }
        let own = self.addresses.entry(peer).or_default();
        own.push_back(address);
        while own.len() > MAX_ADDRESSES_A_PEER {
            let oldest = own.iter().position(|each| Some(*each) != keep);
            if let Some(oldest) = oldest.and_then(|place| own.remove(place)) {
                self.owners.remove(&oldest);
            }
        }
    }

    pub fn remove(&mut self, peer: PeerKey) {
        for address in self.addresses.remove(&peer).into_iter().flatten() {
            self.owners.remove(&address);
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.owners.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use slotmap::SlotMap;

    use super::*;

    fn keys() -> (PeerKey, PeerKey) {
        let mut keys: SlotMap<PeerKey, ()> = SlotMap::with_key();
        (keys.insert(()), keys.insert(()))
    }

    fn message(kind: u16, transaction: Transaction, username: &[u8]) -> Vec<u8> {
        let mut data = kind.to_be_bytes().to_vec();
        let padded = username.len().next_multiple_of(4);
        data.extend(((padded + 4) as u16).to_be_bytes());
        data.extend(0x2112_A442_u32.to_be_bytes());
        data.extend(transaction);
        data.extend([0, 6]);
        data.extend((username.len() as u16).to_be_bytes());
        data.extend(username);
        data.resize(24 + padded, 0);
        data
    }

    #[test]
    fn requests_belong_to_the_owner_of_the_ufrag() {
        let (anna, _) = keys();
        let mut table = StunTable::default();
        table.add(b"ufrag-anna", anna);
        let owner = |table: &StunTable, username: &[u8]| {
            table.owner(&StunMessage::parse(&message(1, [0; 12], username)).unwrap(), 0.0)
        };

        assert_eq!(owner(&table, b"ufrag-anna:far"), Ok(anna));
        assert_eq!(owner(&table, b"someone:far"), Err(Counter::StunUnknownUfrag));
        assert_eq!(owner(&table, b"ufrag-anna"), Err(Counter::StunMalformed));
        table.remove(anna);
        assert_eq!(owner(&table, b"ufrag-anna:far"), Err(Counter::StunUnknownUfrag));
    }

    #[test]
    fn peer_keeps_the_last_two_of_its_ufrags() {
        let (anna, ben) = keys();
        let mut table = StunTable::default();
        ["first", "second", "first", "third"].into_iter().for_each(|ufrag| table.add(ufrag.as_bytes(), anna));
        table.add(b"other", ben);
        let knows = |name: &str| table.ufrags.contains_key(name.as_bytes());

        assert_eq!(["first", "second", "third", "other"].map(knows), [true, false, true, true]);
    }

    #[test]
    fn responses_belong_to_whom_we_asked_and_only_for_a_while() {
        let (anna, _) = keys();
        let mut table = StunTable::default();
        table.sent(&message(1, [b'a'; 12], b"x:y"), anna, 0.0);
        let owner = |kind, id, now_ms| {
            table.owner(&StunMessage::parse(&message(kind, [id; 12], b"")).unwrap(), now_ms)
        };

        assert_eq!(owner(0x0101, b'a', 39_000.0), Ok(anna));
        assert_eq!(owner(0x0111, b'a', 100.0), Ok(anna));
        assert_eq!(owner(0x0101, b'a', 41_000.0), Err(Counter::StunUnknownTransaction));
        assert_eq!(owner(0x0101, b'b', 0.0), Err(Counter::StunUnknownTransaction));
        assert_eq!(owner(0x0011, b'a', 0.0), Err(Counter::StunUnknownTransaction));
    }

    #[test]
    fn transactions_and_addresses_are_bounded() {
        let (anna, ben) = keys();
        let (mut table, mut addresses) = (StunTable::default(), AddressTable::default());
        for index in 0..10_000_u64 {
            let mut id = [0; 12];
            id[4..].copy_from_slice(&index.to_be_bytes());
            table.sent(&message(1, id, b"x:y"), anna, 0.0);
        }
        let at = |port| SocketAddr::from(([192, 0, 2, 1], port));
        for port in 0..1_000 {
            addresses.bind(anna, at(port), Some(at(0)));
        }

        assert_eq!((table.transactions.len(), table.in_order.len()), (MAX_TRANSACTIONS, MAX_TRANSACTIONS));
        assert_eq!(addresses.len(), MAX_ADDRESSES_A_PEER);
        assert_eq!((addresses.owner(&at(0)), addresses.owner(&at(999))), (Some(anna), Some(anna)));
        assert_eq!(addresses.owner(&at(990)), None);
        addresses.bind(ben, at(999), None);
        addresses.remove(anna);
        assert_eq!(addresses.owner(&at(999)), Some(ben));
    }
}

"""Sums that never fall."""

from media.ledger import Ledger, Sums
from media.plane import LayerStats, PeerStats, SlotStats, TrackStats
from platform_api.kernel.ids import PeerId, PublicationId

SCOPE, HAND = PublicationId("room-1/p#1/expert.scope"), PublicationId("room-1/p#1/expert.hand")


def sending(packets: int, *, peer: str = "a", lost: int = 0) -> PeerStats:
    layer = LayerStats(
        rid="", ssrc=1, packets=packets, octets=packets * 100, lost=lost, bitrate_bps=0, keyframes=0
    )
    track = TrackStats(publication=SCOPE, layers=(layer,), nacks_sent=1, plis_sent=1)
    return PeerStats(PeerId(peer), (track,), ())


def getting(publication: PublicationId | None, packets: int, repaired: int = 0) -> PeerStats:
    slot = SlotStats(
        mid="0",
        publication=publication,
        packets=packets,
        octets=packets * 100,
        retransmitted=repaired,
        fraction_lost=0.0,
        rtt_ms=None,
        layer="",
        bitrate_bps=0,
    )
    return PeerStats(PeerId("b"), (), (slot,))


def test_what_came_is_counted_once_and_stays_when_its_sender_leaves() -> None:
    ledger = Ledger()

    for packets in (10, 10, 25):
        ledger.read("room-1", sending(packets, lost=2))
    ledger.forget_peer(PeerId("a"))
    risen = ledger.read("room-1", sending(5))

    assert risen == Sums(packets_in=5, octets_in=500, asked=2)
    assert ledger.sums["room-1", "scope"] == Sums(packets_in=30, octets_in=3000, lost_in=2, asked=4)


def test_a_slot_counts_for_what_it_carries_and_at_last_carried() -> None:
    ledger = Ledger()

    ledger.read("room-1", getting(SCOPE, 10))
    ledger.read("room-1", getting(None, 12))
    ledger.read("room-1", getting(HAND, 20, repaired=3))

    assert ledger.sums["room-1", "scope"].packets_out == 12
    assert ledger.sums["room-1", "hand"] == Sums(packets_out=8, octets_out=800, repaired_out=3)


def test_a_counter_that_began_anew_counts_from_there() -> None:
    ledger = Ledger()

    ledger.read("room-1", sending(10))
    ledger.read("room-1", sending(4))

    assert ledger.sums["room-1", "scope"].packets_in == 14


def test_rooms_that_are_no_more_are_forgotten() -> None:
    ledger = Ledger()
    ledger.read("room-1", sending(10))
    ledger.read("room-2", sending(10, peer="c"))

    ledger.forget_rooms(frozenset({"room-2"}))

    assert set(ledger.sums) == {("room-2", "scope")}

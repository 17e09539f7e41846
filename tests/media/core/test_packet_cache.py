"""The bounded history of a layer."""

import pytest

from media.core.packet_cache import PacketCache


def test_newer_packets_push_older_ones_out() -> None:
    cache: PacketCache[str] = PacketCache(4)
    for sequence in range(10, 16):
        assert cache.put(sequence, f"packet {sequence}")

    assert [cache.get(sequence) for sequence in (11, 12, 15, 16)] == [None, "packet 12", "packet 15", None]
    assert cache.capacity == 4


def test_what_is_there_or_too_old_is_not_taken() -> None:
    cache: PacketCache[str] = PacketCache(4)
    cache.put(9, "nine")

    assert not cache.put(9, "again")
    assert not cache.put(5, "older")
    assert cache.get(9) == "nine"


def test_clearing_forgets_everything() -> None:
    cache: PacketCache[str] = PacketCache(2)
    cache.put(1, "one")

    cache.clear()

    assert cache.get(1) is None
    assert cache.put(1, "one")


@pytest.mark.parametrize("capacity", [0, 3, -4])
def test_the_capacity_is_a_power_of_two(capacity: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        PacketCache(capacity)

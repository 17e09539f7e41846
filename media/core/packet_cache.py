"""The last packets of one layer, by extended sequence number: a ring of fixed size."""

from typing import Generic, TypeVar

T = TypeVar("T")


class PacketCache(Generic[T]):
    """Holds at most `capacity` (a power of two) packets; a newer one of the same place wins."""

    __slots__ = ("_keys", "_mask", "_values")

    def __init__(self, capacity: int) -> None:
        if capacity < 1 or capacity & (capacity - 1):
            raise ValueError("the capacity is a power of two")
        self._mask = capacity - 1
        self._keys: list[int] = [-1] * capacity
        self._values: list[T | None] = [None] * capacity

    @property
    def capacity(self) -> int:
        return self._mask + 1

    def put(self, sequence: int, packet: T) -> bool:
        """Keeps the packet; false if it is there already or a newer one has its place."""
        place = sequence & self._mask
        if self._keys[place] >= sequence:
            return False
        self._keys[place] = sequence
        self._values[place] = packet
        return True

    def get(self, sequence: int) -> T | None:
        place = sequence & self._mask
        return self._values[place] if self._keys[place] == sequence else None

    def clear(self) -> None:
        capacity = self._mask + 1
        self._keys = [-1] * capacity
        self._values = [None] * capacity

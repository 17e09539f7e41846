"""Which transport-wide number a packet left with, where it may leave again bit by bit."""

from array import array
from typing import Final

REMEMBERED: Final = 512
_MASK: Final = REMEMBERED - 1


class Stamps:
    """For slots without RTX: a packet sent again under one index must be the same to the bit (RFC 3711)."""

    __slots__ = ("_numbers", "_sequences")

    def __init__(self) -> None:
        self._sequences = array("q", (-1,)) * REMEMBERED
        self._numbers = array("q", (0,)) * REMEMBERED

    def keep(self, sequence: int, number: int) -> None:
        """The packet of this extended out-sequence left with this number."""
        self._sequences[sequence & _MASK] = sequence
        self._numbers[sequence & _MASK] = number

    def get(self, sequence: int) -> int | None:
        if self._sequences[sequence & _MASK] != sequence:
            return None
        return self._numbers[sequence & _MASK]

"""Arithmetic of counters that wrap: 16-bit sequence numbers, 32-bit timestamps (RFC 1982, RFC 3550 A.1)."""


def difference16(newer: int, older: int) -> int:
    """The signed distance from `older` to `newer` modulo 2^16, -32768..32767."""
    return ((newer - older + 0x8000) & 0xFFFF) - 0x8000


def difference32(newer: int, older: int) -> int:
    """The signed distance from `older` to `newer` modulo 2^32."""
    return ((newer - older + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class Unwrapper:
    """Gives wrapped counters their place on an endless axis: each value lands nearest to the highest so far.

    The axis begins one period above zero, so that what comes late before the first value stays positive.
    """

    __slots__ = ("_half", "_mask", "highest")

    def __init__(self, bits: int) -> None:
        self._mask = (1 << bits) - 1
        self._half = 1 << (bits - 1)
        self.highest: int | None = None

    def unwrap(self, value: int) -> int:
        """The extended value; the highest follows it upwards."""
        extended = self.peek(value)
        if self.highest is None or extended > self.highest:
            self.highest = extended
        return extended

    def peek(self, value: int) -> int:
        """The extended value, without learning from it."""
        highest = self.highest
        if highest is None:
            return value + self._mask + 1
        return highest + ((value - highest + self._half) & self._mask) - self._half

"""Reading bits, most significant first, as the headers of video codecs are written."""


class BitsEnded(ValueError):
    """The header is shorter than it claims."""


class Bits:
    """A cursor over bytes."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def read(self, count: int) -> int:
        """The next `count` bits as an unsigned number; raises BitsEnded."""
        if count > self._left:
            raise BitsEnded
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.read(1) == 1

    def _leading_zeros(self) -> int:
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise BitsEnded
        return zeros

    def ue(self) -> int:
        """Exp-Golomb, also AV1's uvlc (H.264 9.1, AV1 4.10.3)."""
        zeros = self._leading_zeros()
        return (1 << zeros) - 1 + self.read(zeros)

    def se(self) -> int:
        """Signed Exp-Golomb (H.264 9.1.1)."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)

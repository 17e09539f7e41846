"""A viewer's feedback, made cheaply: a hundred of them report from one process."""

import os
import struct
import time
from itertools import pairwise

import pylibsrtp

from tests.bench.plane.server import NUMBER_ID

KEY_BYTES = 28
LOST_EACH = 50
SSRC = 0x77
MEDIA_SSRC = 0x5000
EXTENSION_START = 16
_HEAD = struct.Struct(">BBHII")
_BODY = struct.Struct(">HHIH")
_RECEIVER_REPORT = bytes.fromhex("80c90001") + SSRC.to_bytes(4, "big")


class Reports:
    """What came since the last report, told as transport-wide feedback, with a NACK for each fiftieth packet."""

    def __init__(self) -> None:
        self.key = os.urandom(KEY_BYTES)
        self._session = pylibsrtp.Session(
            pylibsrtp.Policy(
                key=self.key,
                ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND,
                srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
            )
        )
        self._base: int | None = None
        self._ticks: list[int] = []
        self._lost: list[int] = []
        self._number = 0

    def came(self, data: bytes | bytearray) -> None:
        """Extensions are in the clear, and ours are few: mid, capture time, number."""
        at = EXTENSION_START
        while data[at] >> 4 != NUMBER_ID:
            at += 2 + (data[at] & 0x0F)
        number = int.from_bytes(data[at + 1 : at + 3], "big")
        if self._base is None:
            self._base = number
        self._ticks.append(int(time.monotonic() * 4000))
        sequence = int.from_bytes(data[2:4], "big")
        if sequence % LOST_EACH == 0 and data[1] & 0x7F == 96:
            self._lost.append(sequence)

    def due(self) -> bytes | None:
        """A compound of what is to be told; None where nothing came."""
        if self._base is None or not self._ticks:
            return None
        count = len(self._ticks)
        reference, rest = divmod(self._ticks[0], 256)
        deltas = bytes((rest, *(min(255, after - before) for before, after in pairwise(self._ticks))))
        head = reference << 8 & 0xFFFFFF00 | self._number
        body = _BODY.pack(self._base, count, head, 0x2000 | count) + deltas
        compound = _RECEIVER_REPORT + _packet(15, body)
        if self._lost:
            compound += _packet(1, b"".join(struct.pack(">HH", lost, 0) for lost in self._lost))
        self._base, self._number = self._base + count & 0xFFFF, self._number + 1 & 0xFF
        self._ticks.clear()
        self._lost.clear()
        return self._session.protect_rtcp(compound)


def _packet(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return _HEAD.pack(0x80 | kind, 205, 2 + len(body) // 4, SSRC, MEDIA_SSRC) + body

"""Tapped packets as binary frames of the control channel.

A frame carries packets of one publication, oldest first. Big-endian:

    u8 version | u8 length, room | u8 length, publication | u32 dropped | u16 count | packets
    packet: f64 arrival_ms | u8 length, rid | u16 size, RTP packet

`dropped` counts the packets of this publication that the node threw away since the last frame because
the listener was slow: there is a hole of that many packets just before this frame's first.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from media.plane import TapPacket

TAP_VERSION: Final = 1
MAX_FRAME_BYTES: Final = 256 * 1024
MAX_PACKETS_PER_FRAME: Final = 128
_HEAD = struct.Struct("!IH")
_ARRIVAL = struct.Struct("!d")
_SIZE = struct.Struct("!H")


class TapFrameInvalid(ValueError):
    """The bytes are no tap frame of this version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapBatch:
    """Packets of one publication in their order of arrival, after a hole of `dropped` packets."""

    room: str
    publication: str
    dropped: int
    packets: tuple[TapPacket, ...]


def encode_batch(batch: TapBatch) -> bytes:
    """The batch as one binary frame."""
    parts = [bytes([TAP_VERSION]), _text(batch.room), _text(batch.publication)]
    parts.append(_HEAD.pack(min(batch.dropped, 0xFFFFFFFF), len(batch.packets)))
    for packet in batch.packets:
        parts += (
            _ARRIVAL.pack(packet.arrival_ms),
            _text(packet.rid),
            _SIZE.pack(len(packet.data)),
            packet.data,
        )
    return b"".join(parts)


def decode_batch(frame: bytes) -> TapBatch:
    """The batch in a frame; raises TapFrameInvalid."""
    try:
        return _Reader(frame).batch()
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise TapFrameInvalid("truncated tap frame") from error


def _text(value: str) -> bytes:
    encoded = value.encode()
    return bytes([len(encoded)]) + encoded


class _Reader:
    def __init__(self, frame: bytes) -> None:
        self._frame = frame
        self._at = 0

    def batch(self) -> TapBatch:
        if self._frame[0] != TAP_VERSION:
            raise TapFrameInvalid("foreign tap version")
        self._at = 1
        room, publication = self._text(), self._text()
        dropped, count = _HEAD.unpack_from(self._frame, self._at)
        self._at += _HEAD.size
        packets = tuple(self._packets(count))
        if self._at != len(self._frame):
            raise TapFrameInvalid("tap frame of another length")
        return TapBatch(room=room, publication=publication, dropped=dropped, packets=packets)

    def _packets(self, count: int) -> Iterator[TapPacket]:
        for _ in range(count):
            (arrival_ms,) = _ARRIVAL.unpack_from(self._frame, self._at)
            self._at += _ARRIVAL.size
            rid = self._text()
            (size,) = _SIZE.unpack_from(self._frame, self._at)
            self._at += _SIZE.size
            yield TapPacket(rid, arrival_ms, self._take(size))

    def _text(self) -> str:
        size = self._frame[self._at]
        self._at += 1
        return self._take(size).decode()

    def _take(self, size: int) -> bytes:
        taken = self._frame[self._at : self._at + size]
        if len(taken) != size:
            raise TapFrameInvalid("truncated tap frame")
        self._at += size
        return taken

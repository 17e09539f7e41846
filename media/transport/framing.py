"""Datagrams in a stream: each with its length before it (RFC 4571), and what the first of them must be."""

from struct import Struct
from typing import Final

MAX_FRAME_BYTES: Final = 1500
MIN_FRAME_BYTES: Final = 8
"""The shortest that any of STUN, DTLS, RTP and RTCP can be: shorter ones are nobody's."""

_LENGTH: Final = Struct(">H")
_STUN: Final = Struct(">HHI")
_ATTRIBUTE: Final = Struct(">HH")
_STUN_HEADER_BYTES: Final = 20
_COOKIE: Final = 0x2112A442
_BINDING_REQUEST, _BINDING_SUCCESS = 0x0001, 0x0101
_USERNAME, _INTEGRITY, _FINGERPRINT = 0x0006, 0x0008, 0x8028
_OF_A_CHECK: Final = frozenset({_USERNAME, _INTEGRITY, _FINGERPRINT})


class BadFrame(ValueError):
    """A length that no datagram of ours has; the stream cannot be read on."""


class Deframer:
    """Takes a stream apart; keeps at most one unfinished frame."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes | memoryview) -> list[bytes]:
        """The frames that are complete now; raises BadFrame, after which nothing more may be fed."""
        stream = b"".join((self._rest, data)) if self._rest else bytes(data)
        frames: list[bytes] = []
        at = 0
        while at + _LENGTH.size <= len(stream):
            (length,) = _LENGTH.unpack_from(stream, at)
            if not MIN_FRAME_BYTES <= length <= MAX_FRAME_BYTES:
                raise BadFrame
            end = at + _LENGTH.size + length
            if end > len(stream):
                break
            frames.append(stream[at + _LENGTH.size : end])
            at = end
        self._rest = stream[at:]
        return frames


def framed(datagram: bytes) -> bytes:
    """The datagram as it goes into a stream."""
    return _LENGTH.pack(len(datagram)) + datagram


def is_check(datagram: bytes) -> bool:
    """A Binding request with all that an ICE check has (RFC 8445 7.1.1); this proves no integrity."""
    if not _is_stun(datagram, _BINDING_REQUEST):
        return False
    missing, at = set(_OF_A_CHECK), _STUN_HEADER_BYTES
    while at + _ATTRIBUTE.size <= len(datagram):
        kind, length = _ATTRIBUTE.unpack_from(datagram, at)
        missing.discard(kind)
        at += _ATTRIBUTE.size + length + -length % 4
    return at == len(datagram) and not missing


def is_success(datagram: bytes) -> bool:
    """A Binding success: sent only to who has proved the password of the answer."""
    return _is_stun(datagram, _BINDING_SUCCESS)


def _is_stun(datagram: bytes, message: int) -> bool:
    if len(datagram) < _STUN_HEADER_BYTES:
        return False
    return _STUN.unpack_from(datagram) == (message, len(datagram) - _STUN_HEADER_BYTES, _COOKIE)

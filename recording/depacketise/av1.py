"""AV1 over RTP (AOM, RTP Payload Format For AV1 1.0) and its configuration (AV1-ISOBMFF 1.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recording.depacketise.bits import Bits, BitsEnded
from recording.depacketise.frames import CodecConfig, Joined

SEQUENCE_HEADER: Final = 1
TEMPORAL_DELIMITER: Final = 2
FRAME_HEADER: Final = 3
FRAME: Final = 6
_LEFT_OUT: Final = frozenset({TEMPORAL_DELIMITER, 8, 15})


class Malformed(ValueError):
    """The payloads do not make OBUs."""


def read_leb128(data: bytes, at: int) -> tuple[int, int]:
    """The number and where it ends (AV1 4.10.5); raises Malformed."""
    value = 0
    for index in range(8):
        if at >= len(data):
            raise Malformed
        octet = data[at]
        at += 1
        value |= (octet & 0x7F) << (7 * index)
        if not octet & 0x80:
            return value, at
    raise Malformed


def leb128(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _elements(payload: bytes) -> list[bytes]:
    """The OBU elements behind an aggregation header (4.4)."""
    count = payload[0] >> 4 & 3
    elements: list[bytes] = []
    at = 1
    while at < len(payload):
        if count and len(elements) == count - 1:
            size = len(payload) - at
        else:
            size, at = read_leb128(payload, at)
        if size > len(payload) - at:
            raise Malformed
        elements.append(payload[at : at + size])
        at += size
    return elements


def obus(payloads: Sequence[bytes]) -> list[bytes]:
    """The OBUs of a temporal unit, fragments joined; raises Malformed."""
    units: list[bytes] = []
    open_fragment = False
    for payload in payloads:
        elements = _elements(payload)
        if not elements or bool(payload[0] & 0x80) != open_fragment:
            raise Malformed
        if open_fragment:
            units[-1] += elements.pop(0)
        units += elements
        open_fragment = bool(payload[0] & 0x40)
    if open_fragment:
        raise Malformed
    return [unit for unit in units if unit]


def _body(unit: bytes) -> tuple[bytes, bytes]:
    """The header octets without the size flag, and the payload."""
    at = 2 if unit[0] & 4 else 1
    header = bytes([unit[0] & ~2]) + unit[1:at]
    if unit[0] & 2:
        size, at = read_leb128(unit, at)
        return header, unit[at : at + size]
    return header, unit[at:]


@dataclass(frozen=True, slots=True)
class SequenceFacts:
    profile: int
    level: int
    tier: int
    high_depth: bool
    twelve: bool
    mono: bool
    sub_x: int
    sub_y: int
    position: int
    width: int
    height: int


def read_sequence_header(data: bytes) -> SequenceFacts:
    """What a container needs of a sequence header (AV1 5.5.1); raises BitsEnded."""
    bits = Bits(data)
    profile = bits.read(3)
    bits.flag()
    reduced = bits.flag()
    level, tier = (bits.read(5), 0) if reduced else _operating_point(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    width, height = bits.read(width_bits) + 1, bits.read(height_bits) + 1
    if not reduced and bits.flag():
        bits.read(7)
    bits.read(3)
    if not reduced:
        _skip_tools(bits)
    bits.read(3)
    high_depth = bits.flag()
    twelve = profile == 2 and high_depth and bits.flag()
    mono, sub_x, sub_y, position = _colour(bits, profile, twelve)
    return SequenceFacts(
        profile, level, tier, high_depth, twelve, mono, sub_x, sub_y, position, width, height
    )


def _operating_point(bits: Bits) -> tuple[int, int]:
    """Level and tier of the first operating point; the cursor is behind the last."""
    decoder_model, delay_bits = False, 0
    if bits.flag():
        bits.read(64)
        if bits.flag():
            bits.ue()
        decoder_model = bits.flag()
        if decoder_model:
            delay_bits = bits.read(5) + 1
            bits.read(42)
    display_delay = bits.flag()
    levels: list[tuple[int, int]] = []
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        level = bits.read(5)
        levels.append((level, bits.read(1) if level > 7 else 0))
        if decoder_model and bits.flag():
            bits.read(2 * delay_bits + 1)
        if display_delay and bits.flag():
            bits.read(4)
    return levels[0]


def _skip_tools(bits: Bits) -> None:
    bits.read(4)
    order_hint = bits.flag()
    if order_hint:
        bits.read(2)
    screen_content = 2 if bits.flag() else bits.read(1)
    if screen_content and not bits.flag():
        bits.read(1)
    if order_hint:
        bits.read(3)


def _colour(bits: Bits, profile: int, twelve: bool) -> tuple[bool, int, int, int]:
    """Whether grey, subsampling across and down, sample position (AV1 5.5.2)."""
    mono = profile != 1 and bits.flag()
    primaries, transfer, matrix = (bits.read(8), bits.read(8), bits.read(8)) if bits.flag() else (2, 2, 2)
    if mono:
        return True, 1, 1, 0
    if (primaries, transfer, matrix) == (1, 13, 0):
        return False, 0, 0, 0
    bits.flag()
    if profile == 0:
        sub_x, sub_y = 1, 1
    elif profile == 1:
        sub_x, sub_y = 0, 0
    else:
        sub_x = bits.read(1) if twelve else 1
        sub_y = bits.read(1) if twelve and sub_x else 0
    return False, sub_x, sub_y, bits.read(2) if sub_x and sub_y else 0


class Av1:
    """Joins temporal units into samples whose OBUs carry their sizes."""

    one_packet = False

    def join(self, payloads: Sequence[bytes]) -> Joined | None:
        try:
            units = [_body(unit) for unit in obus(payloads)]
            return self._sample([unit for unit in units if unit[0][0] >> 3 & 15 not in _LEFT_OUT])
        except (Malformed, BitsEnded):
            return None

    def _sample(self, units: Sequence[tuple[bytes, bytes]]) -> Joined | None:
        sized = [bytes([head[0] | 2]) + head[1:] + leb128(len(body)) + body for head, body in units]
        kinds = [head[0] >> 3 & 15 for head, _ in units]
        first = next(
            (body for kind, (_, body) in zip(kinds, units, strict=True) if kind in (FRAME, FRAME_HEADER)),
            None,
        )
        if first is None or not first:
            return None
        data = b"".join(sized)
        if SEQUENCE_HEADER not in kinds or first[0] & 0xE0:
            return Joined(data, keyframe=False)
        at = kinds.index(SEQUENCE_HEADER)
        return Joined(data, keyframe=True, config=_config(units[at][1], sized[at]))


def _config(header: bytes, sized: bytes) -> CodecConfig:
    facts = read_sequence_header(header)
    flags = facts.tier << 7 | facts.high_depth << 6 | facts.twelve << 5 | facts.mono << 4
    flags |= facts.sub_x << 3 | facts.sub_y << 2 | facts.position
    depth = 12 if facts.twelve else 10 if facts.high_depth else 8
    return CodecConfig(
        codec="AV1",
        codec_string=f"av01.{facts.profile}.{facts.level:02d}{'MH'[facts.tier]}.{depth:02d}",
        kind="video",
        width=facts.width,
        height=facts.height,
        entry=b"av01",
        box=b"av1C",
        record=bytes([0x81, facts.profile << 5 | facts.level, flags, 0]) + sized,
    )

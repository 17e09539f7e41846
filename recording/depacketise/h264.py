"""H.264 over RTP (RFC 6184) and its decoder configuration (ISO/IEC 14496-15 5.3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recording.depacketise.bits import Bits, BitsEnded
from recording.depacketise.frames import CodecConfig, Joined

IDR: Final = 5
SPS: Final = 7
PPS: Final = 8
DELIMITER: Final = 9
STAP_A: Final = 24
FU_A: Final = 28
# Profiles whose SPS tells the chroma format (H.264 7.3.2.1.1) and whose record repeats it.
_HIGH: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_HIGH_RECORD: Final = frozenset({100, 110, 122, 144, 244})


class Malformed(ValueError):
    """The payloads do not make NAL units."""


def nal_units(payloads: Sequence[bytes]) -> list[bytes]:
    """The NAL units of one access unit; raises Malformed."""
    units: list[bytes] = []
    fragments: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == FU_A:
            _fragment(payload, fragments, units)
        elif fragments:
            raise Malformed
        elif kind == STAP_A:
            units += _aggregated(payload)
        elif 1 <= kind <= 23:
            units.append(payload)
        else:
            raise Malformed
    if fragments or not units:
        raise Malformed
    return units


def _fragment(payload: bytes, fragments: list[bytes], units: list[bytes]) -> None:
    if len(payload) < 2 or bool(payload[1] & 0x80) == bool(fragments):
        raise Malformed
    if payload[1] & 0x80:
        fragments.append(bytes([payload[0] & 0xE0 | payload[1] & 0x1F]))
    fragments.append(payload[2:])
    if payload[1] & 0x40:
        units.append(b"".join(fragments))
        fragments.clear()


def _aggregated(payload: bytes) -> list[bytes]:
    units = []
    at = 1
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        unit = payload[at + 2 : at + 2 + size]
        if not size or len(unit) < size:
            raise Malformed
        units.append(unit)
        at += 2 + size
    return units


@dataclass(frozen=True, slots=True)
class SpsFacts:
    chroma_format: int
    depth_luma: int
    depth_chroma: int
    width: int
    height: int


def read_sps(sps: bytes) -> SpsFacts:
    """What a container needs of a sequence parameter set (H.264 7.3.2.1.1); raises BitsEnded."""
    bits = Bits(sps[1:].replace(b"\0\0\3", b"\0\0"))
    profile = bits.read(8)
    bits.read(16)
    bits.ue()
    chroma, luma_depth, chroma_depth, separate = 1, 8, 8, False
    if profile in _HIGH:
        chroma = bits.ue()
        separate = chroma == 3 and bits.flag()
        luma_depth, chroma_depth = bits.ue() + 8, bits.ue() + 8
        bits.flag()
        if bits.flag():
            _skip_scaling(bits, 8 if chroma != 3 else 12)
    bits.ue()
    _skip_order_count(bits)
    bits.ue()
    bits.flag()
    across, down = bits.ue() + 1, bits.ue() + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.flag()
    bits.flag()
    left, right, top, bottom = (bits.ue() for _ in range(4)) if bits.flag() else (0, 0, 0, 0)
    field_factor = 1 if frames_only else 2
    chroma_type = 0 if separate else chroma
    crop_x = 2 if chroma_type in (1, 2) else 1
    crop_y = (2 if chroma_type == 1 else 1) * field_factor
    return SpsFacts(
        chroma,
        luma_depth,
        chroma_depth,
        across * 16 - (left + right) * crop_x,
        down * 16 * field_factor - (top + bottom) * crop_y,
    )


def _skip_scaling(bits: Bits, lists: int) -> None:
    for index in range(lists):
        if not bits.flag():
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + bits.se()) % 256
            last = following or last


def _skip_order_count(bits: Bits) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.flag()
        bits.se()
        bits.se()
        for _ in range(bits.ue()):
            bits.se()


class H264:
    """Joins access units into length-prefixed samples; parameter sets go into the configuration."""

    one_packet = False

    def __init__(self) -> None:
        self._sps: dict[bytes, None] = {}
        self._pps: dict[bytes, None] = {}

    def join(self, payloads: Sequence[bytes]) -> Joined | None:
        try:
            units = nal_units(payloads)
            self._learn(units)
            return self._sample(units)
        except (Malformed, BitsEnded):
            return None

    def _learn(self, units: Sequence[bytes]) -> None:
        sps = [unit for unit in units if unit[0] & 0x1F == SPS]
        pps = [unit for unit in units if unit[0] & 0x1F == PPS]
        if sps:
            self._sps = dict.fromkeys(sps)
            self._pps = dict.fromkeys(pps) or self._pps
        else:
            self._pps.update(dict.fromkeys(pps))

    def _sample(self, units: Sequence[bytes]) -> Joined | None:
        kept = [unit for unit in units if unit[0] & 0x1F not in (SPS, PPS, DELIMITER)]
        data = b"".join(len(unit).to_bytes(4, "big") + unit for unit in kept)
        slices = [unit for unit in kept if 1 <= unit[0] & 0x1F <= IDR]
        if not slices or len(slices[0]) < 2 or not slices[0][1] & 0x80:
            return None
        if slices[0][0] & 0x1F != IDR:
            return Joined(data, keyframe=False)
        if not self._sps or not self._pps:
            return None
        return Joined(data, keyframe=True, config=_config(list(self._sps), list(self._pps)))


def _config(sps: list[bytes], pps: list[bytes]) -> CodecConfig:
    facts = read_sps(sps[0])
    profile, compatible, level = sps[0][1:4]
    record = bytes([1, profile, compatible, level, 0xFF, 0xE0 | len(sps)])
    record += b"".join(len(unit).to_bytes(2, "big") + unit for unit in sps)
    record += bytes([len(pps)]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in pps)
    if profile in _HIGH_RECORD:
        depths = (0xF8 | facts.depth_luma - 8, 0xF8 | facts.depth_chroma - 8)
        record += bytes([0xFC | facts.chroma_format, *depths, 0])
    return CodecConfig(
        codec="H264",
        codec_string=f"avc1.{profile:02X}{compatible:02X}{level:02X}",
        kind="video",
        width=facts.width,
        height=facts.height,
        entry=b"avc1",
        box=b"avcC",
        record=record,
    )

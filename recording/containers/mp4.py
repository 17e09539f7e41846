"""Fragmented MP4 of one track, written box by box (ISO/IEC 14496-12, clause numbers beside the boxes).

An own writer, because the time of every sample and the bytes of every fragment are ours to decide: the
decode time of a fragment is set on the recording's axis, and a fragment is whole when its last byte
is on the disk (decision 0006).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recording.depacketise.frames import CodecConfig

VIDEO_TIMESCALE: Final = 90_000
AUDIO_TIMESCALE: Final = 48_000
TRACK_ID: Final = 1
SYNC_SAMPLE: Final = 0x02000000
OTHER_SAMPLE: Final = 0x01010000
_MATRIX: Final = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_SAMPLE: Final = struct.Struct(">III")


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame on the track's own clock; `duration` in the same units."""

    time: int
    duration: int
    keyframe: bool
    data: bytes


def timescale_of(config: CodecConfig) -> int:
    """Units of a second in which the track counts."""
    return AUDIO_TIMESCALE if config.kind == "audio" else VIDEO_TIMESCALE


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def init_segment(config: CodecConfig) -> bytes:
    """`ftyp` and a `moov` without samples (4.3, 8.2.1, 8.8.1)."""
    scale = timescale_of(config)
    mvhd = full_box(
        b"mvhd",
        0,
        0,
        struct.pack(">IIIIIH10x", 0, 0, scale, 0, 0x10000, 0x100),
        _MATRIX,
        bytes(24),
        b"\0\0\0\2",
    )
    trex = full_box(b"trex", 0, 0, struct.pack(">IIIII", TRACK_ID, 1, 0, 0, 0))
    moov = box(b"moov", mvhd, _trak(config, scale), box(b"mvex", trex))
    return box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6cmfcmp41") + moov


def _trak(config: CodecConfig, scale: int) -> bytes:
    audio = config.kind == "audio"
    tkhd = full_box(
        b"tkhd",
        0,
        3,
        struct.pack(">IIIII8xhhHH", 0, 0, TRACK_ID, 0, 0, 0, 0, 0x100 if audio else 0, 0),
        _MATRIX,
        struct.pack(">II", config.width << 16, config.height << 16),
    )
    mdhd = full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, scale, 0, 0x55C4, 0))
    handler = b"soun" if audio else b"vide"
    hdlr = full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, handler), b"Scopecast\0")
    head = full_box(b"smhd", 0, 0, bytes(4)) if audio else full_box(b"vmhd", 0, 1, bytes(8))
    dref = full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))
    stbl = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), _sample_entry(config)),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    return box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, box(b"minf", head, box(b"dinf", dref), stbl)))


def _sample_entry(config: CodecConfig) -> bytes:
    """VisualSampleEntry (12.1.3) or AudioSampleEntry (12.2.3) with the codec's configuration box."""
    prefix = struct.pack(">6xH", 1)
    if config.kind == "audio":
        fields = struct.pack(">8xHHHHI", 2, 16, 0, 0, AUDIO_TIMESCALE << 16)
    else:
        fields = struct.pack(
            ">16xHHIIIH32sHh", config.width, config.height, 0x480000, 0x480000, 0, 1, b"", 0x18, -1
        )
    record = (
        full_box(config.box, 1, 0, config.record[4:])
        if config.box == b"vpcC"
        else box(config.box, config.record)
    )
    return box(config.entry, prefix, fields, record)


def fragment(sequence: int, samples: Sequence[Sample]) -> bytes:
    """One `moof` and its `mdat` (8.8.4 to 8.8.8); the samples' times follow each other without a hole."""
    rows = b"".join(
        _SAMPLE.pack(each.duration, len(each.data), SYNC_SAMPLE if each.keyframe else OTHER_SAMPLE)
        for each in samples
    )
    mfhd = full_box(b"mfhd", 0, 0, struct.pack(">I", sequence))
    tfhd = full_box(b"tfhd", 0, 0x020000, struct.pack(">I", TRACK_ID))
    tfdt = full_box(b"tfdt", 1, 0, struct.pack(">Q", samples[0].time))
    size = 8 + len(mfhd) + 8 + len(tfhd) + len(tfdt) + 20 + len(rows)
    trun = full_box(b"trun", 0, 0x000701, struct.pack(">II", len(samples), size + 8), rows)
    moof = box(b"moof", mfhd, box(b"traf", tfhd, tfdt, trun))
    return moof + box(b"mdat", *(each.data for each in samples))


def last_duration_offset(samples: int) -> int:
    """Where in a fragment the last sample's duration stands: it may be corrected once it is known."""
    return 8 + 16 + 8 + 16 + 20 + 20 + (samples - 1) * _SAMPLE.size

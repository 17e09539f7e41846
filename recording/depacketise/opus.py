"""Opus over RTP: one packet is one frame (RFC 7587), its length told by its first octet (RFC 6716 3.1)."""

import struct
from collections.abc import Sequence
from typing import Final

from recording.depacketise.frames import CodecConfig, Joined

RATE: Final = 48_000
# A stereo 20 ms CELT packet without a coded band: silence (RFC 6716 3.1, configuration 31).
SILENCE: Final = b"\xfc\xff\xfe"
SILENCE_SAMPLES: Final = 960
_SILK: Final = (480, 960, 1920, 2880)
_HYBRID: Final = (480, 960)
_CELT: Final = (120, 240, 480, 960)


def samples_of(packet: bytes) -> int:
    """How many samples at 48 kHz a packet lasts; 0 if it is malformed."""
    if not packet:
        return 0
    configuration = packet[0] >> 3
    if configuration < 12:
        frame = _SILK[configuration & 3]
    elif configuration < 16:
        frame = _HYBRID[configuration & 1]
    else:
        frame = _CELT[configuration & 3]
    code = packet[0] & 3
    count = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[code]
    samples = frame * count
    return samples if samples <= 5760 else 0


CONFIG: Final = CodecConfig(
    codec="opus",
    codec_string="opus",
    kind="audio",
    entry=b"Opus",
    box=b"dOps",
    # OpusSpecificBox: version 0, two channels, no pre-skip, 48 kHz, no gain, mapping family 0.
    record=struct.pack(">BBHIhB", 0, 2, 0, RATE, 0, 0),
)


class Opus:
    """Every packet stands for itself, so every frame counts as a keyframe."""

    one_packet = True

    def join(self, payloads: Sequence[bytes]) -> Joined | None:
        if len(payloads) != 1 or not samples_of(payloads[0]):
            return None
        return Joined(payloads[0], keyframe=True, config=CONFIG)

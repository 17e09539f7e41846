"""A strip at the lower edge of a picture that machines can read: frame counter and capture clock.

66 equal cells across: white, black, then 64 bits, most significant first: 24 of frame counter, 32 of
wall time in ms modulo 2^32, 8 of checksum (sum of the seven bytes before, modulo 256). White is 1. The
cells survive scaling down to a quarter, because each is read at its centre.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

CELLS: Final = 66
BITS: Final = 64
COUNTER_MASK: Final = (1 << 24) - 1
CLOCK_MASK: Final = (1 << 32) - 1
HEIGHT_PART: Final = 1 / 36
WHITE: Final = 235
BLACK: Final = 16
GREY: Final = 128

Luma = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a strip says: `counter` modulo 2^24, `clock_ms` modulo 2^32."""

    counter: int
    clock_ms: int


def strip_height(picture_height: int) -> int:
    """Rows that the strip takes at the bottom, even so that chroma stays aligned."""
    return max(8, round(picture_height * HEIGHT_PART / 2) * 2)


def _bits(stamp: Stamp) -> npt.NDArray[np.uint8]:
    body = (stamp.counter & COUNTER_MASK).to_bytes(3, "big") + (stamp.clock_ms & CLOCK_MASK).to_bytes(
        4, "big"
    )
    word = body + bytes([sum(body) & 0xFF])
    return np.concatenate(([1, 0], np.unpackbits(np.frombuffer(word, np.uint8)))).astype(np.uint8)


def write_stamp(luma: Luma, stamp: Stamp) -> None:
    """Draws the strip into a luma plane (height, width) in place."""
    height, width = luma.shape
    edges = np.arange(width) * CELLS // width
    luma[height - strip_height(height) :, :] = np.where(_bits(stamp)[edges] == 1, WHITE, BLACK)


def stamp_frame(frame: Luma, height: int, stamp: Stamp) -> None:
    """Draws the strip into a planar YUV 4:2:0 frame (1.5 height, width) in place, without colour."""
    write_stamp(frame[:height], stamp)
    width = frame.shape[1]
    rows = strip_height(height) // 2
    for plane in frame[height:].reshape(2, height // 2, width // 2):
        plane[height // 2 - rows :, :] = GREY


def read_stamp(luma: Luma) -> Stamp | None:
    """What the strip of a luma plane says; None if there is none or it is damaged."""
    height, width = luma.shape
    row = height - strip_height(height) // 2
    centres = ((np.arange(CELLS) + 0.5) * width / CELLS).astype(int)
    values = luma[max(0, row - 1) : row + 1, :][:, centres].mean(axis=0)
    if values[0] - values[1] < 64:
        return None
    bits = (values > (values[0] + values[1]) / 2).astype(np.uint8)[2:]
    word = np.packbits(bits).tobytes()
    if sum(word[:7]) & 0xFF != word[7]:
        return None
    return Stamp(int.from_bytes(word[:3], "big"), int.from_bytes(word[3:7], "big"))

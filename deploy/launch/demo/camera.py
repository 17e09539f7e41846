"""The demonstration's camera: frames at their times, as a real one gives them.

A camera that is kept waiting loses frames and goes on at its own rhythm; it never gives two pictures of one
moment. So each frame goes out with its time (NUT, the container of FFmpeg that is made for pipes): what comes
late is late, not slow motion, and the distance of two frames is always a whole number of periods.
"""

from fractions import Fraction
from typing import Final

import av
import numpy as np

from deploy.launch.demo.pictures import FPS, Yuv

_UNCOMPRESSED: Final = "rawvideo"


class Rhythm:
    """Which periods of 1/FPS s have a frame; times in seconds of any one clock that goes on."""

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._next = 0

    def wait_s(self, now_s: float) -> float:
        """How long until the next frame is due; 0 if it is."""
        return max(0.0, self._start_s + self._next / FPS - now_s)

    def take(self, now_s: float) -> int:
        """The period of the frame that is taken now; periods that passed without one are lost."""
        period = max(self._next, int((now_s - self._start_s) * FPS))
        self._next = period + 1
        return period


class _Chunks:
    """What a muxer writes, until it is taken; a pipe cannot go back, so there is no `seek`."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        written, self._written = self._written, []
        return b"".join(written)


class TimedFrames:
    """Planar YUV 4:2:0 frames (1.5 height, width) of uint8 as bytes of a NUT stream."""

    def __init__(self, *, width: int, height: int) -> None:
        self._chunks = _Chunks()
        self._container = av.open(self._chunks, "w", format="nut")
        stream = self._container.add_stream(_UNCOMPRESSED, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        self._stream = stream

    def pack(self, picture: Yuv, period: int) -> bytes:
        """The bytes to send for the frame of this period."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="yuv420p")
        frame.pts, frame.time_base = period, Fraction(1, FPS)
        self._container.mux(self._stream.encode(frame))
        return self._chunks.take()

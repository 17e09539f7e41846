"""Encoded pictures and sound made with PyAV, and cut into RTP packets as a browser would."""

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np

from deploy.launch.demo.strip import Stamp, write_stamp

MTU = 1200
VIDEO_CLOCK = 90_000
ENCODERS = {
    "H264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "bf": "0"}),
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}),
    "VP9": (
        "libvpx-vp9",
        {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"},
    ),
    "AV1": ("libsvtav1", {"preset": "12", "svtav1-params": "pred-struct=1:lookahead=0:rtc=1:rc=2"}),
}


@dataclass(frozen=True)
class Frame:
    """An encoded frame: which counter its picture shows, when it was captured (ms from the first)."""

    counter: int
    capture_ms: float
    data: bytes
    keyframe: bool


def picture(counter: int, width: int, height: int) -> av.VideoFrame:
    """A moving picture with its counter in the strip."""
    rows = np.arange(height)[:, None] + 3 * counter
    luma = ((np.arange(width)[None, :] + rows) % 160 + 40).astype(np.uint8)
    write_stamp(luma, Stamp(counter, counter * 33))
    chroma = np.full((height // 2, width), 128, np.uint8)
    return av.VideoFrame.from_ndarray(np.concatenate([luma, chroma]), format="yuv420p")


@contextmanager
def own_priority() -> Iterator[None]:
    """Gives the thread back how it was scheduled: SVT-AV1 makes root's real-time, and its children with it."""
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def encode_video(
    codec: str,
    count: int,
    *,
    width: int = 320,
    height: int = 240,
    fps: int = 30,
    gop: int = 30,
    bit_rate: int = 600_000,
    first: int = 0,
    captures_ms: Sequence[float] | None = None,
) -> list[Frame]:
    """`count` frames; uneven capture times come from `captures_ms`."""
    name, options = ENCODERS[codec]
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base = Fraction(1, fps)
    context.framerate = Fraction(fps, 1)
    context.gop_size = gop
    context.bit_rate = bit_rate
    context.thread_count = 1
    context.options = dict(options)
    packets = []
    with own_priority():
        for index in range(count):
            frame = picture(first + index, width, height)
            frame.pts = index
            packets += list(context.encode(frame))
        packets += list(context.encode(None))
    captures = captures_ms or [1000 * index / fps for index in range(count)]
    return [
        Frame(first + (packet.pts or 0), captures[packet.pts or 0], bytes(packet), packet.is_keyframe)
        for packet in packets
    ]


def encode_voice(seconds: float) -> list[Frame]:
    """A 440 Hz tone as 20 ms Opus frames."""
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate = 48_000
    context.layout = "stereo"
    context.format = "s16"
    context.bit_rate = 64_000
    count = int(seconds * 50)
    frames = []
    for index in range(count):
        at = np.arange(960) + index * 960
        tone = (np.sin(at * 2 * np.pi * 440 / 48_000) * 9000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(tone, 2)[None, :], format="s16", layout="stereo")
        frame.sample_rate = 48_000
        frame.pts = index * 960
        frames += [bytes(packet) for packet in context.encode(frame)]
    return [Frame(index, index * 20.0, data, True) for index, data in enumerate(frames[:count])]


def payloads_of(codec: str, frame: Frame) -> list[bytes]:
    """The RTP payloads of one frame."""
    return list(_PACKETISE[codec](frame))


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def _vp8(frame: Frame) -> Iterator[bytes]:
    for index, piece in enumerate(_pieces(frame.data, MTU)):
        start = 0x10 if index == 0 else 0
        yield bytes([0x80 | start, 0x80]) + (0x8000 | frame.counter & 0x7FFF).to_bytes(2, "big") + piece


def _vp9(frame: Frame) -> Iterator[bytes]:
    pieces = list(_pieces(frame.data, MTU))
    for index, piece in enumerate(pieces):
        flags = 0x80 | (0 if frame.keyframe else 0x40)
        flags |= 0x08 if index == 0 else 0
        flags |= 0x04 if index == len(pieces) - 1 else 0
        yield bytes([flags]) + (0x8000 | frame.counter & 0x7FFF).to_bytes(2, "big") + piece


def _nals(data: bytes) -> list[bytes]:
    return [part.rstrip(b"\0") for part in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if part]


def _h264(frame: Frame) -> Iterator[bytes]:
    units = _nals(frame.data)
    sets = [unit for unit in units if unit[0] & 31 in (7, 8)]
    if sets:
        yield b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in sets)
    for unit in units:
        if unit[0] & 31 in (7, 8):
            continue
        if len(unit) <= MTU:
            yield unit
            continue
        pieces = list(_pieces(unit[1:], MTU))
        for index, piece in enumerate(pieces):
            flags = (0x80 if index == 0 else 0) | (0x40 if index == len(pieces) - 1 else 0)
            yield bytes([unit[0] & 0xE0 | 28, flags | unit[0] & 31]) + piece


def _leb(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        octet = data[at]
        at += 1
        value |= (octet & 0x7F) << shift
        shift += 7
        if not octet & 0x80:
            return value, at


def _obus(data: bytes) -> list[bytes]:
    units, at = [], 0
    while at < len(data):
        head = 2 if data[at] & 4 else 1
        size, body = _leb(data, at + head)
        if data[at] >> 3 & 15 != 2:
            units.append(bytes([data[at] & ~2]) + data[at + 1 : at + head] + data[body : body + size])
        at = body + size
    return units


def _av1(frame: Frame) -> Iterator[bytes]:
    first = True
    for unit in _obus(frame.data):
        pieces = list(_pieces(unit, MTU))
        for index, piece in enumerate(pieces):
            head = 0x10 | (0x80 if index else 0) | (0x40 if index < len(pieces) - 1 else 0)
            yield bytes([head | (0x08 if first and frame.keyframe else 0)]) + piece
            first = False


def _opus(frame: Frame) -> Iterator[bytes]:
    yield frame.data


_PACKETISE = {"VP8": _vp8, "VP9": _vp9, "H264": _h264, "AV1": _av1, "opus": _opus}


@dataclass
class Sender:
    """One flow: numbers its packets and stamps them with RTP time."""

    codec: str
    ssrc: int = 0x1234
    sequence: int = 65_500
    base: int = 0xFFFF0000
    payload_type: int = 96

    @property
    def clock_rate(self) -> int:
        return 48_000 if self.codec == "opus" else VIDEO_CLOCK

    def timestamp(self, capture_ms: float) -> int:
        return (self.base + round(capture_ms * self.clock_rate / 1000)) & 0xFFFFFFFF

    def packets(self, frame: Frame) -> list[bytes]:
        payloads = payloads_of(self.codec, frame)
        out = []
        for index, payload in enumerate(payloads):
            marker = 0x80 if index == len(payloads) - 1 and self.codec != "opus" else 0
            head = struct.pack(
                "!BBHII",
                0x80,
                marker | self.payload_type,
                self.sequence,
                self.timestamp(frame.capture_ms),
                self.ssrc,
            )
            self.sequence = (self.sequence + 1) & 0xFFFF
            out.append(head + payload)
        return out

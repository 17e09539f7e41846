"""Sounds, videos and documents made for tests, each by the library that real ones come from."""

import io
import struct
import zipfile
from typing import cast

import av
import numpy as np
import pypdfium2
from PIL import Image

RATE = 48_000


def sound(container: str = "webm", codec: str = "libopus", seconds: float = 2.0) -> bytes:
    """A tone that grows louder from silence."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as opened:
        stream = cast("av.AudioStream", opened.add_stream(codec, rate=RATE))
        stream.layout = "mono"
        formats = stream.codec_context.codec.audio_formats or []
        times = np.arange(int(seconds * RATE)) / RATE
        tone = (np.sin(2 * np.pi * 440 * times) * np.linspace(0, 0.5, len(times))).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(tone[None, :], format="flt", layout="mono")
        frame.rate = RATE
        queue = av.AudioFifo()
        for each in av.AudioResampler(format=formats[0].name, layout="mono", rate=RATE).resample(frame):
            queue.write(each)
        size = stream.codec_context.frame_size or 1_024
        while piece := queue.read(size, partial=True):
            opened.mux(stream.encode(piece))
            if piece.samples < size:
                break
        opened.mux(stream.encode(None))
    return out.getvalue()


def video(
    container: str = "mp4", codec: str = "libx264", frames: int = 30, size: tuple[int, int] = (320, 240)
) -> bytes:
    """A picture that grows brighter, fifteen frames a second."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as opened:
        stream = cast("av.VideoStream", opened.add_stream(codec, rate=15))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            picture = np.full((size[1], size[0], 3), 60 + number * 4, dtype=np.uint8)
            opened.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        opened.mux(stream.encode(None))
    return out.getvalue()


def with_cover(mp3: bytes) -> bytes:
    """An MP3 with a picture on its cover (ID3v2.3, APIC)."""
    picture = io.BytesIO()
    Image.new("RGB", (600, 600), (9, 9, 9)).save(picture, "JPEG")
    content = b"\0image/jpeg\0\x03\0" + picture.getvalue()
    frame = b"APIC" + struct.pack(">I", len(content)) + b"\0\0" + content
    size = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + frame + mp3[mp3.index(b"\xff\xfb") :]


def paper() -> bytes:
    """A PDF of one page."""
    document, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    document.new_page(595, 842)
    document.save(out)
    return out.getvalue()


def office(
    part: str = "word/document.xml",
    more: dict[str, bytes] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """What makes a ZIP file an office document, and whatever else is asked for."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in {"[Content_Types].xml": b"<Types/>", part: b"<w/>", **(more or {})}.items():
            archive.writestr(name, data)
    return out.getvalue()

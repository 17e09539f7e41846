"""The program that looks into one sound, video, PDF or office file: a child that computes, asks and answers.

Called with what is wanted (`probe`, `still`, `wave`, `page`, `thumb`, `office`), the container and the size.
It never has the file: it asks its parent for pieces (`R offset length` on standard output, the bytes on
standard input) and answers `A length` and the bytes. Shut in like `image_child.py`, whose limits it takes.
Imports nothing of ours.
"""

import importlib.util
import io
import json
import pkgutil
import sys
import zipfile
from pathlib import Path

EXIT_DAMAGED = 3
EXIT_TOO_MANY_PIXELS = 4
EXIT_NOT_SHUT_IN = 5
EXIT_NOT_TAKEN = 6
CPU_S = {"probe": 10, "still": 20, "wave": 120, "page": 10, "thumb": 10, "office": 10}
MAX_PIXELS = 24_000_000
PREVIEW_SIDE = 640
PEAKS = 400
VIDEO_CODECS = {"h264", "hevc", "vp8", "vp9", "av1", "mjpeg", "mpeg4", "prores"}
AUDIO_CODECS = {
    "opus",
    "vorbis",
    "aac",
    "mp3",
    "mp3float",
    "flac",
    "alac",
    "pcm_s16le",
    "pcm_s24le",
    "pcm_f32le",
    "pcm_u8",
}
MAX_MEMBERS = 5_000
MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 200
RATIO_FREE_BYTES = 1024 * 1024
OFFICE_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
FORBIDDEN_PARTS = ("vbaproject", "activex", "oleobject")


class NotTaken(Exception):
    """The file is whole, but not one of those that are taken here."""


class TooManyPixels(Exception):
    """The picture is larger than may be decoded."""


class Asked(io.RawIOBase):
    """The file, as far as the parent gives it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._size - self._place)
        if wanted <= 0:
            return 0
        sys.stdout.buffer.write(f"R {self._place} {wanted}\n".encode())
        sys.stdout.buffer.flush()
        data = sys.stdin.buffer.read(wanted)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


def probe(container: str, source: io.RawIOBase) -> bytes:
    """Codecs, size and length of a sound or a video; a picture on its cover is none."""
    import av
    from av.stream import Disposition

    with av.open(io.BufferedReader(source, 262_144), "r", format=container) as opened:
        videos, sounds = opened.streams.video, opened.streams.audio
        pictures = [each for each in videos if not each.disposition & Disposition.attached_pic]
        if not pictures and not sounds:
            raise NotTaken
        if any(each.codec_context.name not in AUDIO_CODECS for each in sounds):
            raise NotTaken
        width = height = 0
        for each in pictures:
            if each.codec_context.name.removeprefix("lib").replace("dav1d", "av1") not in VIDEO_CODECS:
                raise NotTaken
            width, height = max(width, each.width), max(height, each.height)
        if width * height > MAX_PIXELS:
            raise TooManyPixels
        duration_ms = max(0, (opened.duration or 0) // 1_000)
        return json.dumps(
            {"video": bool(pictures), "width": width, "height": height, "duration_ms": duration_ms}
        ).encode()


def still(container: str, source: io.RawIOBase) -> bytes:
    """A JPEG of a frame some way into a video, where it is no longer black."""
    import av
    import PIL.Image

    with av.open(io.BufferedReader(source, 262_144), "r", format=container) as opened:
        stream = opened.streams.video[0]
        stream.codec_context.thread_count = 1
        if opened.duration:
            opened.seek(min(opened.duration // 10, 10_000_000))
        frame = next(opened.decode(stream))
        if frame.width * frame.height > MAX_PIXELS:
            raise TooManyPixels
        scale = min(1.0, PREVIEW_SIDE / max(frame.width, frame.height))
        small = frame.reformat(
            width=max(2, int(frame.width * scale)),
            height=max(2, int(frame.height * scale)),
            format="rgb24",
            threads=1,  # no thread may be started any more
        )
        return shrunk(PIL.Image.fromarray(small.to_ndarray()))


def wave(container: str, source: io.RawIOBase) -> bytes:
    """The loudest of each of 400 equal pieces of a sound, 0 to 255, and how long it is."""
    import av
    import numpy as np

    peaks, count, span = np.zeros(0, dtype=np.float32), 0, 160
    resampler = av.AudioResampler(format="flt", layout="mono", rate=8_000)
    found: list[float] = []
    held = peaks
    with av.open(io.BufferedReader(source, 262_144), "r", format=container) as opened:
        for frame in opened.decode(opened.streams.audio[0]):
            for made in resampler.resample(frame):
                samples = np.abs(made.to_ndarray().reshape(-1))
                count += len(samples)
                held = np.concatenate((held, samples))
                while len(held) >= span:
                    found.append(float(held[:span].max()))
                    held = held[span:]
                if len(found) >= 2 * PEAKS:
                    found = [max(pair) for pair in zip(found[::2], found[1::2], strict=True)]
                    span *= 2
    if len(held):
        found.append(float(held.max()))
    loudest = max(found, default=0.0) or 1.0
    levels = [round(255 * value / loudest) for value in found]
    return json.dumps({"peaks": levels, "duration_ms": count // 8}).encode()


def page(_: str, source: io.RawIOBase) -> bytes:
    """A JPEG of the first page of a PDF. The renderer wants all of it: it is small enough by its type."""
    import pypdfium2

    document = pypdfium2.PdfDocument(io.BufferedReader(source, 262_144).read())
    first = document[0]
    width, height = first.get_size()
    scale = min(2.0, PREVIEW_SIDE * 1.5 / max(width, height, 1.0))
    return shrunk(first.render(scale=scale, may_draw_forms=False).to_pil())


def thumb(container: str, source: io.RawIOBase) -> bytes:
    """A small JPEG of a picture that was made anew by us."""
    import PIL.Image

    PIL.Image.MAX_IMAGE_PIXELS = None
    with PIL.Image.open(io.BufferedReader(source, 262_144), formats=[container]) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise TooManyPixels
        picture.draft("RGB", (2 * PREVIEW_SIDE, 2 * PREVIEW_SIDE))
        return shrunk(picture)


def office(_: str, source: io.RawIOBase) -> bytes:
    """Which office document a ZIP file is, by its directory; nothing of it is unpacked or parsed."""
    with zipfile.ZipFile(io.BufferedReader(source, 65_536)) as archive:
        members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(each.file_size for each in members) > MAX_UNPACKED:
        raise NotTaken
    names = set()
    for each in members:
        packed = max(each.compress_size, 1)
        if each.file_size > RATIO_FREE_BYTES and each.file_size / packed > MAX_RATIO:
            raise NotTaken
        if each.flag_bits & 0x1 or each.filename.startswith("/") or ".." in each.filename.split("/"):
            raise NotTaken
        names.add(each.filename)
    if any(word in name.lower() for name in names for word in FORBIDDEN_PARTS):
        raise NotTaken
    for kind, part in OFFICE_PARTS.items():
        if part in names and "[Content_Types].xml" in names:
            return json.dumps({"kind": kind}).encode()
    raise NotTaken


def shrunk(picture: object) -> bytes:
    """A JPEG of at most 640 pixels a side."""
    from PIL import Image

    if not isinstance(picture, Image.Image):
        raise TypeError("no picture")
    small = picture.convert("RGB")
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    made = io.BytesIO()
    small.save(made, "JPEG", quality=80)
    return made.getvalue()


LOOKS = {"probe": probe, "still": still, "wave": wave, "page": page, "thumb": thumb, "office": office}


def load(what: str) -> None:
    """Everything that is imported later, while files can still be opened."""
    import PIL.Image
    import PIL.JpegImagePlugin
    import PIL.WebPImagePlugin

    PIL.Image.preinit()
    if what in ("probe", "still", "wave"):
        import av
        import numpy

        for module in pkgutil.walk_packages(av.__path__, "av."):
            if not module.name.startswith(("av.__main__", "av.datasets")):
                importlib.import_module(module.name)
        av.logging.set_level(None)
        numpy.zeros(1)
    if what == "office":
        b"a".decode("cp437")
    if what == "page":
        import pypdfium2

        pypdfium2.PdfDocument.new().close()


def main() -> int:
    """Gives the exit code."""
    what, container, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    beside = importlib.util.spec_from_file_location("image_child", Path(__file__).with_name("image_child.py"))
    if beside is None or beside.loader is None:
        return EXIT_NOT_SHUT_IN
    limits = importlib.util.module_from_spec(beside)
    beside.loader.exec_module(limits)
    limits.limit_self(CPU_S[what])
    load(what)
    if not limits.shut_in():
        return EXIT_NOT_SHUT_IN
    try:
        answer = LOOKS[what](container, Asked(size))
    except NotTaken:
        return EXIT_NOT_TAKEN
    except TooManyPixels:
        return EXIT_TOO_MANY_PIXELS
    except Exception:  # noqa: BLE001 - whatever a hostile file does to the parser, it is damaged
        return EXIT_DAMAGED
    sys.stdout.buffer.write(f"A {len(answer)}\n".encode() + answer)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

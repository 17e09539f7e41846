"""Reading back what `mp4` wrote: which fragments of a segment are whole, and when they begin and end."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """The whole fragments of a segment: bytes they take, their times, samples; times in the track's units."""

    octets: int
    start: int
    end: int
    samples: int
    fragments: int


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of the body of each whole box; stops at the first that is torn."""
    at = start
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > end:
            return
        yield kind, at + 8, at + size
        at += size


def scan(data: bytes) -> Found | None:
    """What of the segment is whole; None if not even its first fragment is."""
    found: Found | None = None
    moof: tuple[int, int] | None = None
    for kind, start, end in boxes(data, 0, len(data)):
        if kind == b"moof":
            moof = (start, end)
        elif kind == b"mdat" and moof is not None:
            run = _run(data, *moof)
            if run is None:
                break
            begin, duration, samples = run
            first = found.start if found else begin
            total = samples + (found.samples if found else 0)
            found = Found(end, first, begin + duration, total, 1 + (found.fragments if found else 0))
            moof = None
        else:
            break
    return found


def _run(data: bytes, start: int, end: int) -> tuple[int, int, int] | None:
    """Decode time, duration and samples of a movie fragment."""
    read = _durations(data, start, end)
    return None if read is None else (read[0], sum(read[1]), len(read[1]))


def _durations(data: bytes, start: int, end: int) -> tuple[int, tuple[int, ...]] | None:
    """Decode time of a movie fragment, and how long each of its samples lasts."""
    for kind, at, stop in boxes(data, start, end):
        if kind != b"traf":
            continue
        inner = {name: (begin, finish) for name, begin, finish in boxes(data, at, stop)}
        if b"tfdt" not in inner or b"trun" not in inner:
            return None
        (begin,) = struct.unpack_from(">Q", data, inner[b"tfdt"][0] + 4)
        rows, finish = inner[b"trun"]
        (count,) = struct.unpack_from(">I", data, rows + 4)
        if not count or rows + 12 + 12 * count != finish:
            return None
        durations = struct.unpack_from(">" + "I8x" * count, data, rows + 12)
        return begin, durations
    return None


class Readable(Protocol):
    """A segment that may be read from any place."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop`."""
        ...


def sample_times(segment: Readable) -> list[int]:
    """When each sample of a segment's whole fragments begins; reads none of their bodies."""
    times: list[int] = []
    size, at, run = segment.size, 0, None
    while at + 8 <= size:
        length, kind = struct.unpack(">I4s", segment.read(at, at + 8))
        if length < 8 or at + length > size:
            break
        if kind == b"moof":
            run = _durations(body := segment.read(at + 8, at + length), 0, len(body))
        elif kind == b"mdat" and run is not None:
            times += list(accumulate(run[1], initial=run[0]))[:-1]
            run = None
        at += length
    return times


@dataclass(frozen=True, slots=True)
class ReadSample:
    """A sample where it lies: its time, duration and bytes."""

    time: int
    duration: int
    keyframe: bool
    data: bytes


def samples(data: bytes) -> Iterator[ReadSample]:
    """The samples of the whole fragments of a segment."""
    moof: tuple[int, int] | None = None
    for kind, start, end in boxes(data, 0, len(data)):
        if kind == b"moof":
            moof = (start, end)
        elif kind == b"mdat" and moof is not None:
            yield from _read(data, moof, start)
            moof = None


def _read(data: bytes, moof: tuple[int, int], body: int) -> Iterator[ReadSample]:
    traf = next((at, stop) for kind, at, stop in boxes(data, *moof) if kind == b"traf")
    inner = {kind: begin for kind, begin, _ in boxes(data, *traf)}
    (time,) = struct.unpack_from(">Q", data, inner[b"tfdt"] + 4)
    rows = inner[b"trun"]
    (count,) = struct.unpack_from(">I", data, rows + 4)
    for index in range(count):
        duration, size, flags = struct.unpack_from(">III", data, rows + 12 + 12 * index)
        yield ReadSample(time, duration, not flags & 0x10000, data[body : body + size])
        time += duration
        body += size

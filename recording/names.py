"""The names of a recording's files, all made here: `t02p001-init.mp4`, `t02p001-00003.m4s`, `t02p001.m3u8`.

A part that was transcoded keeps its id; its new files carry an `x` behind it.
"""

import re
from typing import Final

_SEGMENT: Final = re.compile(r"(t\d{2,}p\d{3,}x?)-\d{5,}\.m4s")
_MEDIA: Final = re.compile(r"t\d{2,}p\d{3,}x?-(?:\d{5,}\.m4s|init\.mp4)")
_PART: Final = re.compile(r"t(\d{2,})p(\d{3,})")


def part_id(track: int, part: int) -> str:
    return f"t{track:02d}p{part:03d}"


def part_numbers(identifier: str) -> tuple[int, int]:
    """Track and part number of a part's id; raises ValueError."""
    match = _PART.fullmatch(identifier)
    if match is None:
        raise ValueError(identifier)
    return int(match[1]), int(match[2])


def segment_name(stem: str, number: int) -> str:
    return f"{stem}-{number:05d}.m4s"


def init_name(stem: str) -> str:
    return f"{stem}-init.mp4"


def init_of(segment: str) -> str:
    """The init segment that a segment belongs to; raises ValueError for a foreign name."""
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise ValueError(segment)
    return init_name(match[1])


def frames_name(segment: str) -> str:
    """The name under which the times of a segment's frames are told."""
    return f"{segment.removesuffix('.m4s')}.frames.json"


def playlist_name(identifier: str) -> str:
    return f"{identifier}.m3u8"


def is_media_name(name: str) -> bool:
    """Whether the name is of the kind that a recorder gives to media files."""
    return _MEDIA.fullmatch(name) is not None

"""What is answered to who asks for a range of some bytes, or whether they changed (RFC 9110, 13 and 14)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ONE_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)
"""Of several ranges, and of what is no range, nothing is heard: the whole file is the answer."""
ANY_TAG: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged:
    """Status and headers of the answer, and which bytes follow; none for 304 and 416."""

    status: int
    headers: Mapping[str, str]
    places: range | None = None


def range_of(header: str | None, size: int) -> range | None:
    """The places asked for; None for the whole file, an empty range for what lies beyond its end."""
    found = ONE_RANGE.fullmatch(header or "")
    first, last = found.groups() if found else ("", "")
    if first and (not last or int(first) <= int(last)):
        return range(int(first), min(int(last) + 1 if last else size, size))
    if last and not first:
        return range(max(0, size - int(last)), size)
    return None


def ranged(asked: Mapping[str, str], *, tag: str, size: int) -> Ranged:
    """The answer to these request headers about so many bytes; other bytes have another tag."""
    tag = f'"{tag}"'
    headers = {"ETag": tag, "Accept-Ranges": "bytes"}
    if _names(asked.get("If-None-Match", ""), tag):
        return Ranged(status=304, headers=headers)
    span = range_of(asked.get("Range"), size) if asked.get("If-Range", tag) == tag else None
    if span is None:
        return Ranged(status=200, headers={**headers, "Content-Length": str(size)}, places=range(size))
    if not span:
        return Ranged(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    told = {"Content-Range": f"bytes {span.start}-{span.stop - 1}/{size}", "Content-Length": str(len(span))}
    return Ranged(status=206, headers={**headers, **told}, places=span)


def _names(header: str, tag: str) -> bool:
    """Whether If-None-Match names this tag; strong or weak is all the same there."""
    named = {each.strip().removeprefix("W/") for each in header.split(",")}
    return tag in named or ANY_TAG in named

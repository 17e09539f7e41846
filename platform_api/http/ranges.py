"""A file as an answer: whole, a range of it, or the word that it is unchanged (RFC 9110, 13 and 14)."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

from aiohttp import web

from platform_api.http.call import FileAnswer

ONE_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)
"""Of several ranges, and of what is no range, nothing is heard: the whole file is the answer."""
ANY_TAG: Final = "*"


def range_of(header: str | None, size: int) -> range | None:
    """The places asked for; None for the whole file, an empty range for what lies beyond its end."""
    found = ONE_RANGE.fullmatch(header or "")
    first, last = found.groups() if found else ("", "")
    if first and (not last or int(first) <= int(last)):
        return range(int(first), min(int(last) + 1 if last else size, size))
    if last and not first:
        return range(max(0, size - int(last)), size)
    return None


async def answer_file(asked: Mapping[str, str], given: FileAnswer) -> web.Response:
    """The answer to these request headers.

    Its first piece is read before anything is sent, so that an unreadable file is refused and not begun.
    """
    tag, size = f'"{given.tag}"', given.source.size
    headers = {**given.headers, "ETag": tag, "Accept-Ranges": "bytes"}
    if _names(asked.get("If-None-Match", ""), tag):
        return web.Response(status=304, headers=headers)
    span = range_of(asked.get("Range"), size) if asked.get("If-Range", tag) == tag else None
    if span is not None and not span:
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
    places = range(size) if span is None else span
    headers |= {"Content-Type": given.content_type, "Content-Length": str(len(places))}
    pieces = given.source.pieces(places.start, places.stop)
    body = _with_first(await anext(pieces, b""), pieces)
    return web.Response(status=200 if span is None else 206, headers=headers, body=body)


def _names(header: str, tag: str) -> bool:
    """Whether If-None-Match names this tag; strong or weak is all the same there."""
    named = {each.strip().removeprefix("W/") for each in header.split(",")}
    return tag in named or ANY_TAG in named


async def _with_first(first: bytes, following: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in following:
        yield piece

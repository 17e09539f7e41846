"""A file as an answer: whole, a range of it, or the word that it is unchanged."""

from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from platform_api.http.call import FileAnswer
from platform_api.kernel.byte_ranges import ranged


async def answer_file(asked: Mapping[str, str], given: FileAnswer) -> web.Response:
    """The answer to these request headers.

    Its first piece is read before anything is sent, so that an unreadable file is refused and not begun.
    """
    told = ranged(asked, tag=given.tag, size=given.source.size)
    headers = {**given.headers, **told.headers}
    if told.places is None:
        return web.Response(status=told.status, headers=headers)
    headers["Content-Type"] = given.content_type
    pieces = given.source.pieces(told.places.start, told.places.stop)
    body = _with_first(await anext(pieces, b""), pieces)
    return web.Response(status=told.status, headers=headers, body=body)


async def _with_first(first: bytes, following: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in following:
        yield piece

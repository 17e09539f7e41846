"""Reading what a peer sends: never more than the cap, never decompressed, never a client's path."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import BodyPartReader, ClientError, web

from platform_api.kernel.errors import AppError

CHUNK_BYTES = 65_536
SILENCE_S = 30.0
"""A sender of whom nothing is heard for so long is gone (OP-01)."""


class BodyTooLarge(AppError):
    """The body is larger than its route takes."""

    code = "request.too_large"
    status_hint = 413


class BodyUnsupported(AppError):
    """The content type or encoding is not one that the route takes."""

    code = "request.unsupported"
    status_hint = 415


class BodyNotJson(AppError):
    """The body is not JSON in UTF-8."""

    code = "request.not_json"


class BodyCut(AppError):
    """The sender went away, or fell silent, in the middle of the body."""

    code = "request.cut"
    status_hint = 408


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What was uploaded; name and type are the client's words and prove nothing."""

    name: str
    claimed_type: str
    data: bytes


class RawBody:
    """A body that the handler reads itself, under the route's cap."""

    def __init__(self, request: web.Request, max_bytes: int) -> None:
        self._request = request
        self._max_bytes = max_bytes

    @property
    def content_type(self) -> str:
        """The type the client claims, without parameters."""
        return self._request.content_type

    async def read(self) -> bytes:
        """All bytes; raises BodyTooLarge as soon as the cap is passed."""
        return await read_capped(self._request, self._max_bytes)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes as they come, none of them kept; raises BodyTooLarge, BodyCut."""
        count = 0
        while True:
            try:
                async with asyncio.timeout(SILENCE_S):
                    piece = await self._request.content.readany()
            except (OSError, ClientError) as error:
                raise BodyCut from error
            if not piece:
                return
            count += len(piece)
            if count > self._max_bytes:
                raise BodyTooLarge(params={"limit_mb": self._max_bytes // 1_000_000})
            yield piece

    def abandon(self) -> None:
        """Cuts the connection: who reads the body gets BodyCut, and the sender knows at once."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def upload(self, name: str = "upload") -> Upload:
        """The first file of a multipart body, or the whole body as one file."""
        if not self.content_type.startswith("multipart/"):
            return Upload(name=name, claimed_type=self.content_type, data=await self.read())
        try:
            reader = await self._request.multipart()
            async for part in reader:
                if isinstance(part, BodyPartReader) and part.filename:
                    data = await self._read_part(part)
                    claimed = part.headers.get("Content-Type", "application/octet-stream")
                    return Upload(name=part.filename[:255], claimed_type=claimed, data=data)
        except (ValueError, AssertionError) as error:
            raise AppError("request.invalid") from error
        raise AppError("request.invalid")

    async def _read_part(self, part: BodyPartReader) -> bytes:
        data = bytearray()
        while chunk := await part.read_chunk(CHUNK_BYTES):
            data += chunk
            if len(data) > self._max_bytes:
                raise BodyTooLarge(params={"limit_mb": self._max_bytes // 1_000_000})
        return bytes(data)


def refuse_encoded(request: web.Request) -> None:
    """Raises BodyUnsupported for a compressed body (OP-02)."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BodyUnsupported


def refuse_large(request: web.Request, max_bytes: int) -> None:
    """Raises BodyTooLarge by the declared length, before a byte is read."""
    if request.content_length is not None and request.content_length > max_bytes:
        raise BodyTooLarge(params={"limit_mb": max_bytes // 1_000_000})


async def read_capped(request: web.Request, max_bytes: int) -> bytes:
    """The body; raises BodyTooLarge when it turns out larger than declared or allowed."""
    data = bytearray()
    async for chunk in request.content.iter_chunked(CHUNK_BYTES):
        data += chunk
        if len(data) > max_bytes:
            raise BodyTooLarge(params={"limit_mb": max_bytes // 1_000_000})
    return bytes(data)

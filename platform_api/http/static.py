"""The built web client: its files as they lie there now, hashed ones for ever, and the page for the rest."""

import asyncio
import mimetypes
import os
import re
from pathlib import Path

from aiohttp import web

from platform_api.kernel.errors import NotFound

RESERVED = (
    "api",
    "socket.io",
    "whip",
    "whep",
    "live",
    "replay",
    "dicomweb",
    "fhir",
    "healthz",
    "readyz",
    "metrics",
)
"""First path segments that never mean a page."""
HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
FOREVER = "public, max-age=31536000, immutable"
TYPES = {
    ".webmanifest": "application/manifest+json",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
}


NAME = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_@.-]{0,127}")
"""One segment of a file's address, whole: nothing that a path gives a meaning to, nothing hidden."""
DEEPEST = 4
NOT_SERVED = (".br", ".gz", ".map")


class WebClient:
    """Serves `dist`, also one that is built anew, or for the first time, while we run.

    A name from outside becomes a path only if each of its segments is a plain name, and the file is served
    only if it lies in `dist` once links are followed (UP-02).
    """

    def __init__(self, dist: Path) -> None:
        self._dist = dist

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A file of the client, or its page for an address that the client itself knows."""
        path = request.path
        if path.split("/", 2)[1] in RESERVED:
            raise NotFound
        found = await asyncio.to_thread(self._find, path)
        if found is None and "." not in path.rpartition("/")[2]:
            found = await asyncio.to_thread(self._find, "/index.html")
        if found is None:
            raise NotFound
        return web.FileResponse(found, headers=_headers(found))

    def _find(self, address: str) -> Path | None:
        names = address.removeprefix("/").split("/")
        if len(names) > DEEPEST or names[-1].endswith(NOT_SERVED) or not all(map(NAME.fullmatch, names)):
            return None
        path, root = self._dist.joinpath(*names), os.path.realpath(self._dist)
        if not path.is_file() or not os.path.realpath(path).startswith(root + os.sep):
            return None
        return path

    def add_to(self, app: web.Application) -> None:
        """Adds the route that all others go before."""
        app.router.add_get("/{path:.*}", self.serve)


def _headers(path: Path) -> dict[str, str]:
    guessed = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = guessed.startswith("text/") or guessed.endswith(("json", "javascript"))
    hashed = path.parent.name == "assets" and HASHED.search(path.name)
    return {
        "Content-Type": f"{guessed}; charset=utf-8" if text else guessed,
        "Cache-Control": FOREVER if hashed else "no-cache",
    }

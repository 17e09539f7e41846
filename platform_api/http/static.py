"""The built web client: known files alone, hashed ones for ever, and the page for the rest."""

import mimetypes
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


class WebClient:
    """Serves `dist`; a name from outside is only ever looked up, never made into a path (UP-02)."""

    def __init__(self, dist: Path) -> None:
        self._files = {
            "/" + path.relative_to(dist).as_posix(): path
            for path in sorted(dist.rglob("*"))
            if path.is_file() and path.suffix not in (".br", ".gz", ".map")
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A file of the client, or its page for an address that the client itself knows."""
        path = request.path
        if path.split("/", 2)[1] in RESERVED:
            raise NotFound
        found = self._files.get(path)
        if found is None:
            found = self._files.get("/index.html")
            if found is None or "." in path.rpartition("/")[2]:
                raise NotFound
        return web.FileResponse(found, headers=_headers(found))

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

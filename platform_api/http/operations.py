"""Routes of running: alive, ready, figures, the API's document and its page."""

import asyncio
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from platform_api.http.caller import SETTINGS, describe_caller
from platform_api.http.health import Readiness
from platform_api.http.middleware import FIGURES
from platform_api.kernel.errors import NotFound

DOCS_FILES = {"docs.css": "text/css", "docs.js": "text/javascript"}


class ApiDocument:
    """The API's document as JSON, written when it is first asked for.

    Several hundred models take most of a second: neither the start nor the event loop waits for that.
    """

    def __init__(self, describe: Callable[[], dict[str, Any]]) -> None:
        self._describe = describe
        self._writing = asyncio.Lock()
        self._text: str | None = None

    async def text(self) -> str:
        async with self._writing:
            if self._text is None:
                self._text = await asyncio.to_thread(self._write)
        return self._text

    def _write(self) -> str:
        return json.dumps(self._describe(), ensure_ascii=False)


def add_operations(app: web.Application, *, readiness: Readiness, document: ApiDocument) -> None:
    """Adds `/healthz`, `/readyz`, `/metrics`, `/api/openapi.json` and `/api/docs`; all are public."""

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def ready(_: web.Request) -> web.Response:
        parts = await readiness.look()
        whole = all(parts.values())
        body = {
            "status": "ok" if whole else "degraded",
            "parts": {k: "ok" if v else "away" for k, v in parts.items()},
        }
        return web.json_response(body, status=200 if whole else 503, headers={"Cache-Control": "no-store"})

    async def figures(request: web.Request) -> web.Response:
        if not request.config_dict[SETTINGS].may_read_metrics(describe_caller(request).address):
            raise NotFound
        known = request.config_dict[FIGURES]
        for refresh in known.refresh:
            await refresh()
        data = generate_latest(known.registry)
        return web.Response(body=data, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def openapi(_: web.Request) -> web.Response:
        return web.Response(text=await document.text(), content_type="application/json")

    async def docs(request: web.Request) -> web.Response:
        name = request.match_info.get("file", "")
        if name and name not in DOCS_FILES:
            raise NotFound
        source = resources.files("platform_api.http") / "docs_page" / (name or "index.html")
        return web.Response(
            text=source.read_text(encoding="utf-8"), content_type=DOCS_FILES.get(name, "text/html")
        )

    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", figures)
    app.router.add_get("/api/openapi.json", openapi)
    app.router.add_get("/api/docs", docs)
    app.router.add_get("/api/docs/{file}", docs)

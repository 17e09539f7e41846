"""People who ask the API themselves, beside those at screens: what happens while nobody looks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientResponse, ClientSession, TCPConnector
from playwright.async_api import Page

from tests.support.logins import begun_login
from tests.support.product import Product

PLAN = {
    "hospital": "演示省肿瘤医院",
    "planned_minutes": 60,
    "form": "esd",
    "body_part": "stomach",
    "consent_reference": "TY-2026-0413",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody signed in, or nobody."""

    http: ClientSession
    url: str
    headers: dict[str, str]

    async def ask(self, method: str, path: str, body: object = None) -> ClientResponse:
        """The answer, its body read; `path` is below /api/v1 unless it says otherwise."""
        url = self.url + (path if path.startswith(("/api", "/replay")) else f"/api/v1{path}")
        async with self.http.request(
            method, url, json={} if body is None and method == "POST" else body, headers=self.headers
        ) as answer:
            await answer.read()
            return answer

    async def told(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of an answer that must be a good one."""
        answer = await self.ask(method, path, body)
        assert answer.ok, await answer.text()
        return await answer.json() if answer.status != 204 else None

    async def refusal(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Status and code of an answer that must be a refusal."""
        answer = await self.ask(method, path, body)
        assert not answer.ok, path
        assert answer.content_type == "application/problem+json", await answer.text()
        return answer.status, (await answer.json())["code"]


async def open_session(expert: Caller, title: str, visibility: str) -> dict[str, Any]:
    """A new session whose room is open."""
    starts = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    plan = {**PLAN, "title": title, "visibility": visibility, "starts_at": starts}
    planned = await expert.told("POST", "/sessions", plan)
    session: dict[str, Any] = await expert.told("POST", f"/sessions/{planned['id']}/open")
    return session


@asynccontextmanager
async def calling_as(page: Page, product: Product) -> AsyncIterator[Caller]:
    """The person who is signed in on this page, asking the API beside it; the page is loaded anew."""
    async with page.expect_request(lambda asked: "authorization" in asked.headers) as asked:
        await page.goto(f"{product.url}/app/teaching")
    token = (await asked.value).headers["authorization"]
    async with ClientSession(connector=TCPConnector(ssl=False)) as http:
        yield Caller(http=http, url=f"http://localhost:{product.port}", headers={"Authorization": token})


@asynccontextmanager
async def calling(product: Product, role: str | None, *, url: str = "") -> AsyncIterator[Caller]:
    """With a login of the demonstration's person of this role, if one is named."""
    async with ClientSession(connector=TCPConnector(ssl=False)) as http:
        caller = Caller(http=http, url=url or f"http://localhost:{product.port}", headers={})
        if role is not None:
            tokens = await begun_login(product, role)
            caller.headers["Authorization"] = f"Bearer {tokens.access}"
        yield caller

"""Who has no right sees a sentence and no data: strangers, colleagues who were not invited, bearers of bad grants."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlparse

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect
from socketio.exceptions import ConnectionError as RefusedAtTheDoor

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import DATABASE
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.config import Settings
from platform_api.kernel.ids import RoomId, SessionId
from platform_api.kernel.keys import load_keys
from platform_api.kernel.rooms import Role
from platform_api.kernel.tokens import SigningKey, grant_for, sign_grant
from tests.support.browser import person
from tests.support.caller import Caller, calling, open_session
from tests.support.live import Caller as Line
from tests.support.people import new_page, sign_in
from tests.support.product import Product

pytestmark = pytest.mark.e2e

TOLD_TO_ALL = {"/api/v1/auth/ways"}  # which ways of signing in there are
SECRET_TITLE = "仅限受邀者的疑难病例"
GONE = {"zh-CN": "内容不存在，或您已不能查看", "en": "Not found, or no longer visible to you"}
REFUSED = {"zh-CN": "您没有查看权限", "en": "You do not have access"}
NOT_FOUND = {"zh-CN": "没有找到，或者您无权查看。", "en": "Not found, or not yours to see."}
OVER = {"zh-CN": "这个场次已经结束。", "en": "This session has ended."}


@pytest.fixture(scope="module")
def login() -> dict[str, str]:
    """The headers of the expert's one login."""
    return {}


@pytest.fixture
async def expert(product: Product, login: dict[str, str]) -> AsyncIterator[Caller]:
    async with calling(product, None if login else "expert") as caller:
        caller.headers.update(login)
        login.update(caller.headers)
        yield caller


async def test_a_stranger_sees_the_sign_in_page_and_no_data(browser: Browser, product: Product) -> None:
    demo = product.ready["demo"]
    title = "胃角早癌"
    page = await new_page(await person(browser, base_url=product.url))
    got: list[str] = []
    page.on("response", lambda answer: got.append(urlparse(answer.url).path) if answer.ok else None)
    paths = [demo["path"], f"/app/teaching/{demo['session']}", f"/app/replay/{demo['recording']}"]
    for path in [*paths, "/app/admin/users", "/app/admin/audit", "/app/me"]:
        await page.goto(product.url + path)
        await page.wait_for_url(re.compile(r"/sign-in\?next="))
        await expect(page.locator("input[name=password]")).to_be_visible()
        await expect(page.get_by_text(title)).to_have_count(0)
    assert {path for path in got if path.startswith("/api/v1/")} <= TOLD_TO_ALL

    kept = product.data_dir / "recordings" / demo["recording"]
    files = ["manifest.json", "events.json", *[path.name for path in sorted(kept.glob("*.mp4"))[:1]]]
    asked = [f"/replay/{demo['recording']}/{name}" for name in files]
    async with calling(product, None) as nobody:
        refused = {path: await nobody.refusal("GET", path) for path in asked}
    assert len(files) == 3
    assert refused == dict.fromkeys(refused, (401, "auth.required"))


async def test_a_colleague_who_was_not_invited_is_refused_in_both_languages(
    browser: Browser, product: Product, expert: Caller
) -> None:
    secret = await open_session(expert, SECRET_TITLE, "invited")
    over = await open_session(expert, "已经结束的场次", "organisation")
    await expert.told("POST", f"/sessions/{over['id']}/end")
    recording = secret["recording"]["id"]
    doctor = await new_page(await person(browser, base_url=product.url))
    await sign_in(doctor, product, "doctor")
    shown = {
        f"/app/teaching/{secret['id']}": GONE,
        f"/app/rooms/{secret['room']}?session={secret['id']}": NOT_FOUND,
        f"/app/replay/{recording}": NOT_FOUND,
        "/app/admin/users": REFUSED,
        "/app/admin/audit": REFUSED,
        f"/app/rooms/{over['room']}?session={over['id']}": OVER,
    }
    for language in ("zh-CN", "en"):
        await doctor.evaluate("(chosen) => localStorage.setItem('scopecast.locale', chosen)", language)
        for path, sentences in shown.items():
            await doctor.goto(product.url + path)
            await expect(doctor.get_by_text(sentences[language]).first, path).to_be_visible()
            await expect(doctor.get_by_text(SECRET_TITLE)).to_have_count(0)

    async with calling(product, "doctor2") as colleague:
        for method, path in [
            ("GET", f"/sessions/{secret['id']}"),
            ("GET", f"/sessions/{secret['id']}/comments"),
            ("POST", f"/sessions/{secret['id']}/grant"),
            ("POST", f"/recordings/{recording}/play"),
        ]:
            assert await colleague.refusal(method, path) == (404, "not_found"), path
        assert await colleague.refusal("GET", "/users") == (403, "refused")
        assert await colleague.refusal("POST", f"/sessions/{over['id']}/grant") == (409, "session.ended")
        listed = await colleague.told("GET", "/sessions?state=live")
    assert SECRET_TITLE not in {item["title"] for item in listed["items"]}
    await expert.told("POST", f"/sessions/{secret['id']}/end")


async def test_a_bad_grant_is_refused_by_its_code(product: Product, expert: Caller) -> None:
    over = await open_session(expert, "凭证已失效的场次", "organisation")
    late = (await expert.told("POST", f"/sessions/{over['id']}/grant"))["grant"]
    await expert.told("POST", f"/sessions/{over['id']}/end")
    demo = product.ready["demo"]
    good = (await expert.told("POST", f"/sessions/{demo['session']}/grant"))["grant"]
    me = (await expert.told("GET", "/auth/me"))["user"]
    keys = load_keys(product.data_dir, Settings.read(None))

    def grant(key: SigningKey, *, room: str = demo["room"], lives_s: float = 60) -> str:
        made = grant_for(
            Role.HOST,
            room=RoomId(room),
            subject=me["id"],
            name=me["name"],
            expires_at=SystemClock().now() + timedelta(seconds=lives_s),
        )
        return sign_grant(replace(made, session=SessionId(demo["session"])), key=key, clock=SystemClock())

    own = next(iter(expert.headers.values())).removeprefix("Bearer ")
    bad = {
        "nothing": ("", "grant.invalid"),
        "words": ("a.b.c", "grant.invalid"),
        "changed": (good[:-8] + ("A" * 8), "grant.invalid"),
        "of another house": (grant(SigningKey.generate("k1")), "grant.invalid"),
        "a login": (own, "grant.invalid"),
        "expired": (grant(keys.signing, lives_s=-5), "grant.expired"),
        "for a room that is not its session's": (grant(keys.signing, room=over["room"]), "not_found"),
        "of a session that has ended": (late, "session.ended"),
    }
    assert {what: await code_at_the_door(product, token) for what, (token, _) in bad.items()} == {
        what: code for what, (_, code) in bad.items()
    }
    line = await Line(f"http://127.0.0.1:{product.port}", good).connect()
    await line.join()
    await line.close()


async def code_at_the_door(product: Product, token: str) -> str:
    """The code with which the line, or the room behind it, refuses this grant."""
    line = Line(f"http://127.0.0.1:{product.port}", token)
    told: list[dict[str, Any]] = []
    line.client.on("connect_error", told.append, namespace="/room")
    try:
        await line.connect()
        return await line.refused("room.join")
    except RefusedAtTheDoor:
        refusal = told[0].get("data", told[0])
        return str(refusal["code"])
    finally:
        await line.close()


async def test_a_shared_link_lets_in_until_it_is_over_or_withdrawn(
    browser: Browser, product: Product, expert: Caller
) -> None:
    session = product.ready["demo"]["session"]
    link = await expert.told("POST", f"/sessions/{session}/share", {"hours": 1})
    visitor = await new_page(await person(browser, base_url=product.url))
    await visitor.goto(link["url"])
    await give_pin(visitor, "000000" if link["pin"] != "000000" else "000001")
    await expect(visitor.get_by_text("分享密码不对。")).to_be_visible()
    await give_pin(visitor, link["pin"])
    await expect(visitor.get_by_test_id("check")).to_be_visible()

    await expire(product, link["id"])
    await visitor.goto(link["url"])
    await expect(visitor.get_by_text("分享链接已过期。")).to_be_visible()
    await expect(visitor.locator("input[name=pin]")).to_have_count(0)

    await expert.told("DELETE", f"/sessions/{session}/shares/{link['id']}")

    await visitor.goto(link["url"])
    await expect(visitor.get_by_text("分享链接已被收回。")).to_be_visible()
    await expect(visitor.locator("input[name=pin]")).to_have_count(0)
    await visitor.goto(f"{product.url}/app/teaching/{session}")
    await visitor.wait_for_url(re.compile(r"/sign-in"))


async def expire(product: Product, share: str) -> None:
    """The hours of the link are over."""
    server = EmbeddedPostgres(product.data_dir / "postgres")
    connection = await asyncpg.connect(server.dsn(database=DATABASE))
    try:
        done = await connection.execute(
            "UPDATE session_shares SET expires_at = now() - interval '1 minute' WHERE id = $1", share
        )
    finally:
        await connection.close()
    assert done == "UPDATE 1"


async def give_pin(visitor: Page, pin: str) -> None:
    await visitor.locator("input[name=pin]").fill(pin)
    await visitor.locator("button[type=submit]").click()

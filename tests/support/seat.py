"""One's seat in the demonstration's room: who has one, whether one is back, what one was told."""

import json
import re
from collections import Counter

from playwright.async_api import Page, expect

from tests.support.product import Product
from tests.support.room import journal
from tests.support.watch import PATIENCE_MS, Said

RECOVERY_MS = 60_000


def seats(product: Product) -> set[str]:
    """Everybody who ever had a seat, as the journal has it."""
    events = journal(product, product.ready["demo"]["recording"])
    return {e["data"]["participant"]["id"] for e in events if e["name"] == "participant.upserted"}


async def until_live(page: Page, *, timeout_ms: float = RECOVERY_MS) -> None:
    """The line and the media of the room are both up."""
    room = page.locator("[data-testid=room][data-line=live][data-media=up]")
    await room.wait_for(timeout=timeout_ms)


async def say(page: Page, words: str) -> None:
    """Comments in the room; back when it is kept."""
    line = page.get_by_label("说点什么").first
    await line.fill(words)
    async with page.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/comments")
    ) as answered:
        await line.press("Enter")
    assert (await answered.value).ok


async def until_said_once(page: Page, product: Product, words: list[str]) -> None:
    """Each of these comments is on the page and in the journal, once and in order; the journal has no gap."""
    panel = page.get_by_test_id("room-panel")
    for each in words:
        await expect(panel.get_by_text(each, exact=True)).to_have_count(1, timeout=PATIENCE_MS)
    shown = await panel.inner_text()
    assert sorted(words, key=shown.index) == words
    events = journal(product, product.ready["demo"]["recording"])
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    bodies = Counter(event["data"]["body"] for event in events if event["name"] == "comment.posted")
    assert {each: bodies[each] for each in words} == dict.fromkeys(words, 1)


def joins(said: Said) -> list[int | None]:
    """For each time that the page asked for a seat: what it had heard last; None if it had none."""
    asked = [frame for frame in said.frames if '["room.join"' in frame]
    requests = [json.loads(re.sub(r"^[^\[]*", "", frame))[1] for frame in asked]
    return [None if one.get("resume") is None else int(one["resume"]["last_seq"]) for one in requests]

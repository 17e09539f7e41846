"""The inbox over HTTP: who finds what, and when it is done."""

import asyncio
from datetime import timedelta
from typing import Any

from platform_api.db import Actor
from platform_api.inbox import Inbox, Item, Nature, Receiver, to_holders, to_user
from platform_api.inbox.service import WAIT_S
from platform_api.kernel.events import InboxChanged
from platform_api.kernel.ids import UserId, new_id
from tests.support.platform import START, Person
from tests.support.sessions import Stage, listen, ok, refusal

CHANGE = "UPDATE inbox_items SET link = '/app/x' WHERE id = $1"
RULES = (
    "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname IN ('inbox_items', 'inbox_reads')"
)
SUBJECT = ("question", "0192f000-0000-7000-8000-000000000001")


def item(receiver: Receiver, **changes: Any) -> Item:
    fields: dict[str, Any] = {
        "kind": "qa.answered",
        "subject_type": SUBJECT[0],
        "subject": SUBJECT[1],
        "receiver": receiver,
        "title": "qa.inbox.answered",
        "params": {"title": "胃角病变"},
        "link": f"/app/qa/{SUBJECT[1]}",
    }
    return Item(**{**fields, **changes})


async def put(stage: Stage, by: Person, wanted: Item) -> None:
    """As a domain does, in a transaction of whoever acts."""
    actor = Actor(subject=by.user.id, organisation=by.user.organisation)
    async with stage.town.platform.database.transaction(actor) as transaction:
        await stage.town.platform.services.get(Inbox).put(transaction, wanted)


async def settle(stage: Stage, by: Person, kind: str = "qa.answered", user: UserId | None = None) -> None:
    actor = Actor(subject=by.user.id, organisation=by.user.organisation)
    async with stage.town.platform.database.transaction(actor) as transaction:
        await stage.town.platform.services.get(Inbox).done(
            transaction, kind, SUBJECT, by=by.user.id, user=user
        )


async def read(person: Person, query: str = "") -> list[dict[str, Any]]:
    page = await ok(await person.get(f"/inbox{query}"))
    items: list[dict[str, Any]] = page["items"]
    return items


async def badge(person: Person, query: str = "") -> tuple[int, int]:
    figures = await ok(await person.get(f"/inbox/badge{query}"))
    return figures["open"], figures["unread"]


async def test_an_item_from_another_hospital_waits_for_its_receiver_alone(stage: Stage) -> None:
    await put(stage, stage.foreigner, item(to_user(stage.colleague.user.id), due=START + timedelta(days=1)))

    (found,) = await read(stage.colleague)

    assert (found["kind"], found["subject"], found["link"]) == (
        "qa.answered",
        SUBJECT[1],
        f"/app/qa/{SUBJECT[1]}",
    )
    assert (found["title"], found["read"], found["done_at"]) == ("“胃角病变”有了新回答", False, None)
    assert found["due"] == "2026-11-23T08:00:00Z"
    for other in (stage.expert, stage.office, stage.foreigner):
        assert await read(other) == []
        assert await refusal(await other.send("PUT", f"/inbox/{found['id']}/read")) == (404, "not_found")
        assert await refusal(await other.send("DELETE", f"/inbox/{found['id']}/read")) == (404, "not_found")
    anonymous = await stage.town.client.get("/api/v1/inbox")
    assert anonymous.status == 401


async def test_the_title_is_told_in_the_language_of_the_asker(stage: Stage) -> None:
    await put(stage, stage.expert, item(to_user(stage.colleague.user.id)))

    answer = await stage.town.client.get(
        "/api/v1/inbox", headers={**stage.colleague.headers, "Accept-Language": "en"}
    )

    assert (await answer.json())["items"][0]["title"] == "“胃角病变” has a new answer"


async def test_holders_of_a_right_find_what_waits_at_their_organisation(stage: Stage) -> None:
    ours = stage.office.user.organisation
    await put(stage, stage.foreigner, item(to_holders("sessions.moderate", ours)))

    assert len(await read(stage.office)) == 1
    assert await read(stage.colleague) == []
    assert await read(stage.foreign_office) == []
    (found,) = await read(stage.office)
    path = f"/inbox/{found['id']}/read"
    assert await refusal(await stage.colleague.send("PUT", path)) == (404, "not_found")
    await ok(await stage.office.send("PUT", path), 204)
    assert await badge(stage.office) == (1, 0)


async def test_one_open_item_a_kind_subject_and_receiver(stage: Stage) -> None:
    me = to_user(stage.colleague.user.id)
    await put(stage, stage.expert, item(me))
    (first,) = await read(stage.colleague)
    await ok(await stage.colleague.send("PUT", f"/inbox/{first['id']}/read"), 204)
    await put(stage, stage.expert, item(me, kind="comments.mentioned", title="comments.inbox.mentioned"))
    stage.town.clock.advance(60)

    await put(stage, stage.foreigner, item(me, params={"title": "新题目"}))

    renewed, other = await read(stage.colleague)
    assert (renewed["id"], renewed["read"], renewed["title"]) == (first["id"], False, "“新题目”有了新回答")
    assert other["kind"] == "comments.mentioned"
    assert await badge(stage.colleague) == (2, 2)


async def test_what_is_settled_waits_no_longer_and_is_found_among_the_done(stage: Stage) -> None:
    one, other = stage.colleague.user.id, stage.office.user.id
    await put(stage, stage.expert, item(to_user(one)))
    await put(stage, stage.expert, item(to_user(other)))

    await settle(stage, stage.foreigner, user=one)
    between = (await badge(stage.colleague), await badge(stage.office))
    await settle(stage, stage.foreigner, kind="comments.mentioned")
    unchanged = await badge(stage.office)
    await settle(stage, stage.foreigner)

    assert between == ((0, 0), (1, 1))
    assert unchanged == (1, 1)
    assert await badge(stage.office) == (0, 0)
    assert await read(stage.colleague) == []
    (done,) = await read(stage.colleague, "?state=done")
    assert done["done_at"] is not None
    await put(stage, stage.expert, item(to_user(one)))
    assert len(await read(stage.colleague)) == 1


async def test_a_notice_is_done_once_it_is_read(stage: Stage) -> None:
    await put(stage, stage.expert, item(to_user(stage.colleague.user.id), nature=Nature.NOTICE))
    (found,) = await read(stage.colleague)

    await ok(await stage.colleague.send("PUT", f"/inbox/{found['id']}/read"), 204)
    assert await badge(stage.colleague) == (0, 0)
    await ok(await stage.colleague.send("DELETE", f"/inbox/{found['id']}/read"), 204)

    assert await badge(stage.colleague) == (1, 1)
    await ok(await stage.colleague.post("/inbox/read"), 204)
    assert await read(stage.colleague) == []


async def test_pages_follow_each_other_without_a_gap(stage: Stage) -> None:
    for number in range(5):
        stage.town.clock.advance(1)
        receiver = (
            to_user(stage.office.user.id)
            if number % 2
            else to_holders("sessions.moderate", stage.office.user.organisation)
        )
        await put(stage, stage.expert, item(receiver, subject=str(number)))

    shown, cursor = list[str](), ""
    for _ in range(3):
        page = await ok(await stage.office.get(f"/inbox?limit=2{cursor}"))
        shown += [each["subject"] for each in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert shown == ["4", "3", "2", "1", "0"]
    assert page["next_cursor"] is None
    assert await refusal(await stage.office.get("/inbox?cursor=abc")) == (400, "paging.cursor_invalid")


async def test_a_badge_answers_when_its_figures_change(stage: Stage) -> None:
    heard = listen(stage.town, InboxChanged)
    waiting = asyncio.create_task(badge(stage.colleague, "?open=0&unread=0"))
    service = stage.town.platform.services.get(Inbox)
    while len(service._waiters) == 0:
        await asyncio.sleep(0)

    async with asyncio.timeout(WAIT_S / 2):
        await put(stage, stage.expert, item(to_user(stage.colleague.user.id)))
        figures = await waiting

    assert figures == (1, 1)
    assert [(event.user, event.permission) for event in heard.of(InboxChanged)] == [
        (stage.colleague.user.id, None)
    ]
    assert await badge(stage.colleague, "?open=0&unread=0") == (1, 1)


async def test_a_put_that_is_undone_waits_for_nobody(stage: Stage) -> None:
    heard = listen(stage.town, InboxChanged)

    class Undone(Exception):
        pass

    try:
        async with stage.town.platform.database.transaction() as transaction:
            await stage.town.platform.services.get(Inbox).put(
                transaction, item(to_user(stage.colleague.user.id))
            )
            raise Undone
    except Undone:
        pass

    assert heard.events == []
    assert await badge(stage.colleague) == (0, 0)


async def test_AU_05_a_badge_keeps_no_login_alive(stage: Stage) -> None:
    stage.town.clock.advance(8 * 60)
    assert await badge(stage.colleague) == (0, 0)
    stage.town.clock.advance(8 * 60 - 45)

    answer = await stage.colleague.get("/inbox/badge")

    assert answer.status == 401


async def test_AZ_01_the_database_itself_shows_an_item_to_its_receiver_alone(stage: Stage) -> None:
    await put(stage, stage.expert, item(to_user(stage.colleague.user.id)))
    (found,) = await read(stage.colleague)
    await ok(await stage.colleague.send("PUT", f"/inbox/{found['id']}/read"), 204)
    database = stage.town.platform.database

    seen = {}
    for name, person in (("own", stage.colleague), ("foreign", stage.foreigner), ("beside", stage.expert)):
        actor = Actor(subject=person.user.id, organisation=person.user.organisation)
        async with database.transaction(actor) as transaction:
            seen[name] = [
                await transaction.fetchval("SELECT count(*) FROM inbox_items"),
                await transaction.fetchval("SELECT count(*) FROM inbox_reads"),
                await transaction.execute(CHANGE, found["id"]),
            ]
    async with database.transaction() as transaction:
        nobody = await transaction.fetchval("SELECT count(*) FROM inbox_items")
        forced = await transaction.fetch(RULES)

    assert seen == {"own": [1, 1, 1], "foreign": [0, 0, 0], "beside": [0, 0, 0]}
    assert nobody == 0
    assert [tuple(row) for row in forced] == [(True, True)] * 2


async def test_AZ_01_a_put_leaves_the_transaction_to_its_actor(stage: Stage) -> None:
    actor = Actor(subject=stage.expert.user.id, organisation=stage.expert.user.organisation)

    async with stage.town.platform.database.transaction(actor) as transaction:
        await stage.town.platform.services.get(Inbox).put(transaction, item(to_user(stage.colleague.user.id)))
        after = await transaction.fetchval("SELECT scopecast_actor()")
        seen = await transaction.fetchval("SELECT count(*) FROM inbox_items")

    assert (after, seen) == (stage.expert.user.id, 0)


async def test_a_missing_item_is_not_found(stage: Stage) -> None:
    assert await refusal(await stage.colleague.send("PUT", f"/inbox/{new_id()}/read")) == (404, "not_found")

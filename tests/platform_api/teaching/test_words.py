"""Sessions are found by characters, words and pinyin, under row-level rules, and through an index."""

import asyncpg

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.teaching.words import SessionWords
from tests.support.platform import Person
from tests.support.sessions import PLAN, Stage, ok

ASKED = ("胃角", "凹陷", "ＥＳＤ", "esd", "sz", "zhongliu", "胃角 省肿瘤")
"""Title, summary, full width, small letters, initials and pinyin of the hospital, two words."""


async def found(person: Person, text: str) -> list[str]:
    page = await ok(await person.get("/sessions", params={"q": text}))
    return [item["title"] for item in page["items"]]


async def test_AZ_02_a_session_is_found_by_those_who_may_see_it(stage: Stage) -> None:
    session = await stage.plan()

    for text in (*ASKED, stage.expert.user.name):
        assert await found(stage.colleague, text) == [session["title"]], text
        assert await found(stage.foreigner, text) == [], text
    assert await found(stage.colleague, "胃角 结肠") == await found(stage.colleague, "！？") == []


async def test_words_follow_the_plan_and_are_made_for_sessions_from_before(
    stage: Stage, cluster: EmbeddedPostgres, database_name: str
) -> None:
    session = await stage.plan()
    await ok(await stage.expert.send("PATCH", f"/sessions/{session['id']}", {**PLAN, "title": "结肠息肉"}))
    assert await found(stage.colleague, "胃角早癌") == []
    assert await found(stage.colleague, "息肉") == ["结肠息肉"]
    owner = await asyncpg.connect(cluster.dsn(database=database_name))
    await owner.execute("UPDATE sessions SET search_tokens = '{}', search_words = ''")
    assert await found(stage.colleague, "息肉") == []

    await SessionWords(stage.town.platform.database).start()

    assert await found(stage.colleague, "息肉") == ["结肠息肉"]
    await owner.execute("SET enable_seqscan = off")
    plan = await owner.fetch("EXPLAIN SELECT id FROM sessions WHERE search_tokens @> '{息肉}'")
    assert any("sessions_search_idx" in row[0] for row in plan)
    await owner.close()

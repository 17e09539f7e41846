"""No list of questions reads the whole table, as the application's role under the row rules."""

from collections.abc import Mapping

import asyncpg

from platform_api.db import Actor
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.kernel.ids import SessionId, UserId, new_id
from platform_api.qa import store
from platform_api.qa.model import Filter, QuestionSort, QuestionTopic
from tests.support.questions import ask, find
from tests.support.sessions import Stage

ROWS = 20_000
FILL = """
    INSERT INTO questions (
        id, organisation_id, kind, asker_id, asker_name, title, body, case_summary, topic, scene, visibility,
        state, asked_at, asked_s, active_at, search_tokens, search_text
    )
    SELECT gen_random_uuid(), $1, 'question', $2, 'x', 'x', '', '',
        (ARRAY['diagnosis', 'technique'])[1 + n % 2],
        'pc', 'organisation', 'open', now(), n, now(), ARRAY['w' || n % 1000], 'w'
    FROM generate_series(1, $3) n
"""
LISTS: Mapping[str, Filter] = {
    "newest": Filter(),
    "hottest": Filter(sort=QuestionSort.HEAT),
    "most answered": Filter(sort=QuestionSort.ANSWERS),
    "after a page": Filter(sort=QuestionSort.HEAT, after=(10**9, new_id())),
    "topic": Filter(topic=QuestionTopic.DIAGNOSIS),
    "person": Filter(person=UserId(new_id())),
    "session": Filter(session=SessionId(new_id())),
    "followed": Filter(followed=True),
    "invited": Filter(invited=True),
    "words": Filter(text="血管形态"),
}


async def test_E20_no_listed_query_of_questions_scans_the_table(
    stage: Stage, cluster: EmbeddedPostgres, database_name: str
) -> None:
    user = stage.colleague.user
    for title in ("微血管形态怎样判断", "套扎后多久复查"):
        await ask(stage.colleague, title=title)
    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    await superuser.execute(FILL, user.organisation, user.id, ROWS)
    await superuser.execute("ANALYZE questions")
    await superuser.close()

    plans = {}
    actor = Actor(subject=user.id, organisation=user.organisation)
    async with stage.town.platform.database.transaction(actor) as transaction:
        for name, wanted in LISTS.items():
            sql, values = store.page_statement(
                wanted,
                organisation=user.organisation,
                user=user.id,
                moderates=False,
                at=stage.town.clock.now(),
            )
            rows = await transaction.fetch(f"EXPLAIN {sql}", *values)
            plans[name] = "\n".join(row[0] for row in rows)

    assert {name: plan for name, plan in plans.items() if "Seq Scan on questions q" in plan} == {}
    assert [item["title"] for item in await find(stage.expert, "?text=血管形态")] == ["微血管形态怎样判断"]
    assert await find(stage.foreigner, "?text=血管形态") == []

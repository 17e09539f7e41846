"""The summary of a discussion from its draft to the lock and back, over HTTP."""

from typing import Any

import pytest

from platform_api.db import Actor
from platform_api.identity.model import UserRole
from platform_api.kernel.ids import new_id
from tests.support.platform import Person
from tests.support.questions import ask, inbox
from tests.support.sessions import Stage, at_once, ok, refusal

PERIOD = {"opens_at": "2026-11-22T07:00:00Z", "closes_at": "2026-11-24T09:00:00Z"}
TEXTS = {
    "overview": "三家医院 12 人参加",
    "consensus": "以微血管形态为准",
    "open_points": "胃底病变样本不足",
    "advice": "可疑处先做靛胭脂染色",
}


async def discussion(stage: Stage) -> str:
    made = await ask(stage.expert, period=PERIOD, visibility="everyone", title="早癌边界怎样判断")
    return str(made["id"])


async def written(person: Person, question: str, **changes: str) -> Any:
    return await person.send("PUT", f"/questions/{question}/summary", {**TEXTS, **changes})


async def act(person: Person, question: str, name: str, body: Any = None) -> Any:
    return await person.post(f"/reviews/qa.summary/{question}/{name}", body)


async def shown(person: Person, question: str) -> Any:
    return (await ok(await person.get(f"/questions/{question}")))["summary"]


async def trail(stage: Stage) -> list[str]:
    async with stage.town.platform.database.transaction(Actor(subject="system:test")) as transaction:
        rows = await transaction.fetch(
            "SELECT tag FROM audit_entries WHERE tag LIKE 'review.%' ORDER BY number"
        )
    return [row["tag"] for row in rows]


async def test_a_summary_is_written_returned_approved_published_and_unlocked(stage: Stage) -> None:
    question = await discussion(stage)
    second = await stage.town.signed_in("second", UserRole.OFFICE)

    draft = await ok(await written(stage.expert, question))
    assert (draft["summary"]["consensus"], draft["summary"]["published_at"]) == (TEXTS["consensus"], None)
    assert await shown(stage.colleague, question) is None
    assert (await stage.colleague.get(f"/reviews/qa.summary/{question}")).status == 404

    sent = await ok(await act(stage.expert, question, "submit", {"note": "请审核"}))
    assert (sent["state"], sent["version"], sent["may"]["take_back"]) == ("submitted", 1, True)
    assert [level["level"] for level in sent["levels"]] == ["own"]
    assert ("review.waiting", f"/app/qa/{question}") in await inbox(stage.office)
    assert await refusal(await written(stage.expert, question)) == (409, "review.frozen")

    remarks = {"version": 1, "remarks": {"consensus": "写明适用部位"}, "note": "再改一稿"}
    returned = await ok(await act(stage.office, question, "return", remarks))
    assert (returned["state"], returned["remarks"]) == ("returned", remarks["remarks"])
    assert ("review.returned", f"/app/qa/{question}") in await inbox(stage.expert)
    assert ("review.waiting", f"/app/qa/{question}") not in await inbox(stage.office)

    await ok(await written(stage.expert, question, consensus="胃部病变以微血管形态为准"))
    again = await ok(await act(stage.expert, question, "submit", {}))
    assert again["history"][-1]["differences"] == [
        {"field": "consensus", "before": TEXTS["consensus"], "after": "胃部病变以微血管形态为准"}
    ]
    old = await act(stage.office, question, "approve", {"version": 1})
    assert await refusal(old) == (409, "review.other_version")
    locked = await ok(await act(stage.office, question, "approve", {"version": 2}))
    assert (locked["state"], locked["may"]["decide"]) == ("locked", False)
    for reader in (stage.colleague, stage.foreigner):
        assert (await shown(reader, question))["consensus"] == "胃部病变以微血管形态为准"
    assert await refusal(await written(stage.expert, question)) == (409, "review.frozen")

    await ok(await act(stage.office, question, "ask-unlock", {"reason": "共识第二条有误"}))
    assert await refusal(await act(stage.office, question, "unlock")) == (403, "refused")
    assert await refusal(await act(stage.expert, question, "unlock")) == (403, "refused")
    assert (await shown(stage.foreigner, question)) is not None
    opened = await ok(await act(second, question, "unlock"))
    assert opened["state"] == "unlocked"
    assert await shown(stage.foreigner, question) is None
    await ok(await written(stage.expert, question))
    assert await trail(stage) == [
        "review.submitted",
        "review.returned",
        "review.submitted",
        "review.locked",
        "review.unlock_asked",
        "review.unlocked",
    ]


async def test_AZ_05_nobody_reviews_the_own_summary_and_one_of_many_wins(stage: Stage) -> None:
    """The office writes it, hosts it and could review it: another one must."""
    made = await ask(stage.office, period=PERIOD)
    second = await stage.town.signed_in("second", UserRole.OFFICE)
    question = str(made["id"])
    await ok(await written(stage.office, question))
    await ok(await act(stage.office, question, "submit", {}))

    assert await refusal(await act(stage.office, question, "approve", {"version": 1})) == (403, "refused")
    assert (
        await at_once(*(act(second, question, "approve", {"version": 1}) for _ in range(6)))
        == [200] + [409] * 5
    )
    refused = await act(second, question, "return", {"version": 1})
    assert await refusal(refused) == (409, "review.no_remarks")


async def test_a_submission_is_taken_back_and_an_unlocking_refused(stage: Stage) -> None:
    question = await discussion(stage)
    missing = await act(stage.expert, question, "submit", {})
    assert await refusal(missing) == (404, "not_found")
    await ok(await written(stage.expert, question))
    await ok(await act(stage.expert, question, "submit", {}))
    assert (await ok(await act(stage.expert, question, "take-back")))["state"] == "draft"
    await ok(await written(stage.expert, question, advice=""))
    await ok(await act(stage.expert, question, "submit", {}))
    wrong = await act(stage.office, question, "return", {"version": 2, "remarks": {"weight": "?"}})
    assert await refusal(wrong) == (409, "review.field_unknown")
    await ok(await act(stage.office, question, "approve", {"version": 2}))
    await ok(await act(stage.expert, question, "ask-unlock", {"reason": "补充病例"}))
    kept = await ok(await act(stage.office, question, "refuse-unlock", {"reason": "另开讨论"}))
    assert (kept["state"], kept["history"][-1]["note"]) == ("locked", "另开讨论")
    assert ("review.unlock_refused", f"/app/qa/{question}") in await inbox(stage.expert)


async def test_a_summary_names_no_patient_and_is_written_by_the_host(stage: Stage) -> None:
    question = await discussion(stage)

    named = await written(stage.expert, question, overview="患者 13812345678")
    assert await refusal(named) == (422, "qa.identity_in_text")
    assert await refusal(await written(stage.colleague, question)) == (403, "refused")
    plain = await ask(stage.expert)
    assert await refusal(await written(stage.expert, plain["id"])) == (403, "refused")


async def test_AZ_02_a_stranger_finds_no_review_and_no_draft(stage: Stage) -> None:
    question = await discussion(stage)
    await ok(await written(stage.expert, question))
    await ok(await act(stage.expert, question, "submit", {}))
    bodies = {
        "submit": {},
        "take-back": None,
        "approve": {"version": 1},
        "return": {"version": 1, "note": "x"},
        "ask-unlock": {"reason": "x"},
        "refuse-unlock": {"reason": "x"},
        "unlock": None,
    }
    for person in (stage.foreigner, stage.foreign_office):
        for where in (question, new_id()):
            assert (await person.get(f"/reviews/qa.summary/{where}")).status == 404
            for name, body in bodies.items():
                assert await refusal(await act(person, where, name, body)) == (404, "not_found")

    counted = {}
    for name, who in (("own", stage.office), ("foreign", stage.foreigner)):
        actor = Actor(subject=who.user.id, organisation=who.user.organisation)
        async with stage.town.platform.database.transaction(actor) as transaction:
            counted[name] = [
                await transaction.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - constants
                for table in ("reviews", "review_acts", "discussion_summaries")
            ]
    assert counted == {"own": [1, 1, 1], "foreign": [0, 0, 0]}


@pytest.fixture
async def county(stage: Stage) -> dict[str, Person]:
    """A county hospital below a county office and a province office."""
    town = stage.town
    await town.organisation("省卫健委")
    await town.organisation("甲县卫健局", parent="省卫健委")
    await town.organisation("甲县医院", parent="甲县卫健局")
    async with town.platform.database.transaction(Actor(subject="system:test")) as transaction:
        for name, kind, code in (
            ("省卫健委", "office", "510000"),
            ("甲县卫健局", "office", "510124"),
            ("甲县医院", "hospital", "510124"),
        ):
            await transaction.execute(
                "UPDATE organisations SET kind = $2, region_code = $3 WHERE name = $1", name, kind, code
            )
    return {
        "host": await town.signed_in("host", UserRole.EXPERT, organisation="甲县医院"),
        "hospital": await town.signed_in("hospital", UserRole.OFFICE, organisation="甲县医院"),
        "county": await town.signed_in("county", UserRole.OFFICE, organisation="甲县卫健局"),
        "province": await town.signed_in("province", UserRole.OFFICE, organisation="省卫健委"),
        "root": await town.signed_in("root", UserRole.ADMINISTRATOR, organisation="省卫健委"),
    }


async def test_levels_are_data_and_each_level_approves_in_turn(
    stage: Stage, county: dict[str, Person]
) -> None:
    """Hospital, county, province: set by an administrator; a city that is not there does not look."""
    names = ("hospital", "county", "city", "province")
    levels = {"levels": [{"level": name, "permission": "qa.review"} for name in names]}
    path = "/review-levels/qa.summary"
    assert await refusal(await county["host"].send("PUT", path, levels)) == (403, "refused")
    below = await stage.town.signed_in("low-root", UserRole.ADMINISTRATOR, organisation="甲县医院")
    assert await refusal(await below.send("PUT", path, levels)) == (403, "refused")
    await ok(await county["root"].send("PUT", path, levels), 204)
    told = await ok(await county["root"].get("/review-levels"))
    assert (len(told["items"][0]["levels"]), told["may_set"]) == (4, True)
    assert (await ok(await below.get("/review-levels")))["may_set"] is False
    made = await ask(county["host"], period=PERIOD)
    question = str(made["id"])
    await ok(await written(county["host"], question))
    planned = await ok(await county["host"].get(f"/reviews/qa.summary/{question}"))
    await ok(await act(county["host"], question, "submit", {}))

    early = await act(county["hospital"], question, "approve", {"version": 1})
    twice = await act(county["hospital"], question, "approve", {"version": 1})
    await ok(await act(county["county"], question, "approve", {"version": 1}))
    last = await ok(await act(county["province"], question, "approve", {"version": 1}))

    first = await ok(early)
    assert first["state"] == "submitted"
    assert [level["approved"] for level in planned["levels"]] == [False] * 3
    assert [level["approved"] for level in first["levels"]] == [True, False, False]
    approval = first["levels"][0]
    assert (approval["approved_by"], approval["approved_at"]) == (
        county["hospital"].user.name,
        first["history"][-1]["at"],
    )
    assert await refusal(twice) == (403, "refused")
    assert last["state"] == "locked"
    assert [level["organisation_name"] for level in last["levels"]] == ["甲县医院", "甲县卫健局", "省卫健委"]
    assert [each["level"] for each in last["history"]] == [None, "hospital", "county", "province"]

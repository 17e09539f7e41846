"""Links, guests and screens: the ways to a question for those who are not signed in."""

from datetime import UTC, datetime
from typing import Any

from platform_api.db import Actor
from platform_api.kernel.ids import new_id
from platform_api.qa.rules import heat
from platform_api.sharing.rules import MAX_PIN_FAILURES
from tests.support.platform import Person
from tests.support.questions import answer, ask, find, inbox
from tests.support.sessions import Stage, ok, refusal

PERIOD = {"opens_at": "2026-11-22T07:00:00Z", "closes_at": "2026-11-24T09:00:00Z"}


async def link_to(person: Person, question: str) -> tuple[str, str, str]:
    """A new link: its id, its token, its second secret."""
    made = await ok(await person.post(f"/questions/{question}/shares", {}), 201)
    return made["id"], made["url"].rpartition("/")[2], made["pin"]


async def as_guest(stage: Stage, entrance: dict[str, Any], method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {entrance['access_token']}"}
    return await stage.town.client.request(method, f"/api/v1{path}", json=body, headers=headers)


async def test_PR_04_a_link_lets_in_a_user_until_it_is_withdrawn(stage: Stage) -> None:
    clock = stage.town.clock  # lists know the database's time
    clock.advance((datetime.now(UTC) - clock.now()).total_seconds())
    for person in (stage.colleague, stage.expert, stage.foreigner):
        await person.sign_in()
    question = (await ask(stage.colleague))["id"]
    share, token, _ = await link_to(stage.expert, question)

    facts = await ok(await stage.town.client.get(f"/api/v1/question-links/{token}"))
    await ok(await stage.foreigner.post(f"/question-links/{token}/open", {}))
    seen = (await stage.foreigner.get(f"/questions/{question}")).status
    listed = await find(stage.foreigner)
    await answer(stage.foreigner, question)
    await ok(await stage.colleague.send("DELETE", f"/questions/{question}/shares/{share}"), 204)

    assert len(token) >= 32
    assert (facts["kind"], seen, listed) == ("question", 200, [question])
    assert (await stage.foreigner.get(f"/questions/{question}")).status == 404
    closed = await stage.foreigner.post(f"/question-links/{token}/open", {})
    assert await refusal(closed) == (410, "share.revoked")
    again = await stage.colleague.send("DELETE", f"/questions/{question}/shares/{share}")
    assert await refusal(again) == (404, "not_found")


async def test_PR_04_a_link_ends_after_a_day_and_after_five_wrong_secrets(stage: Stage) -> None:
    question = (await ask(stage.colleague))["id"]
    _, token, pin = await link_to(stage.colleague, question)
    _, other, _ = await link_to(stage.colleague, question)
    wrong = f"{(int(pin) + 1) % 10**6:06d}"
    open_it = f"/api/v1/question-links/{token}/open"

    for _ in range(MAX_PIN_FAILURES):
        assert (await stage.town.client.post(open_it, json={"pin": wrong})).status == 403
    locked = await stage.town.client.post(open_it, json={"pin": pin})
    stage.town.clock.advance(24 * 3600)
    late = await stage.town.client.get(f"/api/v1/question-links/{other}")

    assert await refusal(locked) == (410, "share.locked")
    assert await refusal(late) == (410, "share.expired")
    unknown = await stage.town.client.get(f"/api/v1/question-links/{'x' * 32}")
    assert await refusal(unknown) == (404, "share.unknown")
    assert late.headers["Cache-Control"] == "no-store"
    assert late.headers["Referrer-Policy"] == "no-referrer"


async def test_a_visitor_by_the_second_secret_reads_one_question_and_no_other(stage: Stage) -> None:
    question, other = (await ask(stage.colleague))["id"], (await ask(stage.colleague))["id"]
    share, token, pin = await link_to(stage.colleague, question)
    entrance = await ok(
        await stage.town.client.post(f"/api/v1/question-links/{token}/open", json={"pin": pin})
    )

    read = await as_guest(stage, entrance, "GET", f"/questions/{question}")
    foreign = await as_guest(stage, entrance, "GET", f"/questions/{other}")
    listed = await as_guest(stage, entrance, "POST", "/tables/questions/rows")
    liked = await as_guest(stage, entrance, "POST", f"/questions/{question}/like")
    shares = (await ok(await stage.colleague.get(f"/questions/{question}/shares")))["items"]
    await ok(await stage.colleague.send("DELETE", f"/questions/{question}/shares/{share}"), 204)

    assert (read.status, foreign.status, listed.status, liked.status) == (200, 404, 403, 403)
    assert [(each["id"], each["revoked"]) for each in shares] == [(share, False)]
    assert (await ok(await stage.expert.get(f"/questions/{question}/shares")))["items"] == []
    assert (await as_guest(stage, entrance, "GET", f"/questions/{question}")).status == 401


async def test_a_guest_takes_part_in_a_discussion_in_its_period(stage: Stage) -> None:
    question = await ask(stage.expert, title="早癌识别", period=PERIOD)
    path = f"/questions/{question['id']}"
    made = await ok(await stage.expert.post(f"{path}/guests", {"name": "李教授", "hospital": "外院"}), 201)
    code = made["url"].rpartition("/")[2]
    facts = await ok(await stage.town.client.get(f"/api/v1/discussion-invitations/{code}"))
    redeem = f"/api/v1/discussion-invitations/{code}/redeem"
    entrance = await ok(await stage.town.client.post(redeem, json={"one_time_code": made["one_time_code"]}))

    said = await as_guest(stage, entrance, "POST", f"{path}/answers", {"body": "看微血管"})
    again = await stage.town.client.post(redeem, json={"one_time_code": made["one_time_code"]})

    assert (question["kind"], facts["title"]) == ("discussion", "早癌识别")
    assert (await ok(said, 201))["author_name"] == "李教授"
    assert again.status in (409, 410)
    assert [kind for kind, _ in await inbox(stage.expert)] == ["qa.answered"]
    assert [item["state"] for item in (await ok(await stage.expert.get(f"{path}/invited")))["items"]] == [
        "redeemed"
    ]
    assert await find(stage.colleague, kind="discussion") == [question["id"]]
    assert await refusal(await stage.colleague.post(f"{path}/guests", {"name": "x"})) == (403, "refused")
    await ok(await stage.expert.send("DELETE", f"{path}/guests/{made['id']}"), 204)
    assert (await as_guest(stage, entrance, "GET", path)).status == 401


async def test_a_discussion_is_ended_by_its_host(stage: Stage) -> None:
    question = (await ask(stage.expert, period=PERIOD))["id"]
    path = f"/questions/{question}"

    assert await refusal(await stage.colleague.post(f"{path}/conclude")) == (403, "refused")
    await ok(await stage.expert.post(f"{path}/conclude"), 204)

    seen = await ok(await stage.colleague.get(path))
    assert (seen["state"], seen["summary"], seen["may"]["answer"]) == ("closed", None, False)
    assert await refusal(await stage.colleague.post(f"{path}/answers", {"body": "x"})) == (403, "refused")
    assert await refusal(await stage.expert.post(f"{path}/reopen")) == (403, "refused")
    wrong = {"title": "x", "period": {"opens_at": PERIOD["closes_at"], "closes_at": PERIOD["opens_at"]}}
    assert await refusal(await stage.expert.post("/questions", wrong)) == (422, "qa.period_wrong")


async def test_a_screen_signed_in_by_a_phone_asks_and_looks_and_does_nothing_else(stage: Stage) -> None:
    client = stage.town.client
    made = await ok(await client.post("/api/v1/kiosks"), 201)
    screen = {"X-Scopecast-Kiosk": made["token"]}
    waiting = await client.get("/api/v1/kiosk", headers=screen)
    spoken = f"{made['code'][:4]}-{made['code'][4:]}".lower()
    await ok(await stage.colleague.post("/kiosks/confirm", {"code": spoken, "room": "内镜一室"}), 204)

    asked = await client.post("/api/v1/kiosk/questions", json={"title": "这里要取活检吗"}, headers=screen)
    question = await ok(asked, 201)
    await answer(stage.expert, question["id"], "取两块")
    shown = await ok(await client.get("/api/v1/kiosk/questions", headers=screen))
    one = f"/api/v1/kiosk/questions/{question['id']}"
    answers = await ok(await client.get(f"{one}/answers", headers=screen))

    assert await refusal(waiting) == (409, "qa.kiosk_waiting")
    assert (question["scene"], question["asker_name"]) == ("endoscopy_room", "内镜一室（colleague医生）")
    assert [item["id"] for item in shown["items"]] == [question["id"]]
    assert answers["items"][0]["body"] == "取两块"
    assert [kind for kind, _ in await inbox(stage.colleague)] == ["qa.answered"]
    bearer = {"Authorization": f"Bearer {made['token']}"}
    for path in ("/tables/questions", "/inbox", "/sessions", f"/questions/{question['id']}"):
        assert (await client.get(f"/api/v1{path}", headers=bearer)).status == 401
        assert (await client.get(f"/api/v1{path}", headers=screen)).status == 401
    twice = await stage.office.post("/kiosks/confirm", {"code": made["code"], "room": "x"})
    assert await refusal(twice) == (404, "qa.kiosk_code")


async def test_a_screen_is_signed_out_by_its_person_by_itself_and_by_the_end_of_a_shift(stage: Stage) -> None:
    client, screens = stage.town.client, []
    for number in range(3):
        made = await ok(await client.post("/api/v1/kiosks"), 201)
        body = {"code": made["code"], "room": f"{number}室"}
        await ok(await stage.colleague.post("/kiosks/confirm", body), 204)
        screens.append({"X-Scopecast-Kiosk": made["token"]})
    mine = (await ok(await stage.colleague.get("/kiosks")))["items"]

    other = await stage.expert.send("DELETE", f"/kiosks/{mine[0]['id']}")
    await ok(await stage.colleague.send("DELETE", f"/kiosks/{mine[0]['id']}"), 204)
    await ok(await client.delete("/api/v1/kiosk", headers=screens[1]), 204)
    ended = [(await client.get("/api/v1/kiosk", headers=screen)).status for screen in screens]
    stage.town.clock.advance(12 * 3600)

    assert [each["room"] for each in mine] == ["2室", "1室", "0室"]
    assert await refusal(other) == (404, "not_found")
    assert ended == [200, 401, 401]
    assert await refusal(await client.get("/api/v1/kiosk", headers=screens[0])) == (401, "qa.kiosk_over")
    assert (await client.get("/api/v1/kiosk")).status == 401


async def test_a_code_is_good_for_five_minutes(stage: Stage) -> None:
    made = await ok(await stage.town.client.post("/api/v1/kiosks"), 201)
    stage.town.clock.advance(5 * 60)

    late = await stage.colleague.post("/kiosks/confirm", {"code": made["code"], "room": "x"})

    assert await refusal(late) == (404, "qa.kiosk_code")


async def test_AZ_01_nobody_writes_into_a_question_of_another_hospital(stage: Stage) -> None:
    question = (await ask(stage.colleague, visibility="everyone"))["id"]
    foreigner = stage.foreigner.user

    async with stage.town.platform.database.transaction(
        Actor(subject=foreigner.id, organisation=foreigner.organisation)
    ) as transaction:
        changed = await transaction.execute("UPDATE questions SET title = 'x' WHERE id = $1", question)
        nothing = await transaction.fetch("SELECT question_followers($1, 10)", new_id())

    assert (changed, nothing) == (0, [])


async def test_the_stored_heat_is_the_documented_one(stage: Stage) -> None:

    question = (await ask(stage.colleague))["id"]
    await ok(await stage.expert.post(f"/questions/{question}/like"))
    await ok(await stage.office.post(f"/questions/{question}/follow"))
    await answer(stage.expert, question)

    actor = Actor(subject="system:test")
    async with stage.town.platform.database.transaction(actor) as transaction:
        row = await transaction.fetchrow("SELECT * FROM questions WHERE id = $1", question)

    assert row is not None
    assert (row["likes"], row["answers"], row["follows"]) == (1, 1, 2)
    assert abs(row["heat"] - heat(likes=1, answers=1, follows=2, asked_s=row["asked_s"])) <= 1

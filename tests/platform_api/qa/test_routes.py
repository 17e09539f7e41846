"""Questions over HTTP: asking, finding, answering, leading."""

import itertools
from datetime import timedelta

import pytest

from platform_api.kernel.clock import ManualClock
from platform_api.kernel.ids import new_id
from tests.support.platform import Person
from tests.support.questions import ASKED, answer, ask, file_of, find, inbox
from tests.support.sessions import Stage, ok, refusal

PERIOD = {"opens_at": "2026-11-22T09:00:00Z", "closes_at": "2026-11-24T09:00:00Z"}


async def test_a_question_is_asked_answered_and_its_asker_told(stage: Stage) -> None:
    question = await ask(stage.colleague)

    answered = await answer(stage.expert, question["id"], "边界清楚，可以 ESD")
    reply = await answer(stage.colleague, question["id"], "谢谢", parent=answered["id"])
    seen = await ok(await stage.office.get(f"/questions/{question['id']}"))
    threads = await ok(await stage.office.get(f"/questions/{question['id']}/answers"))

    assert (question["state"], seen["state"], seen["answers"]) == ("open", "answered", 1)
    assert [each["id"] for each in threads["items"]] == [answered["id"]]
    assert [each["id"] for each in threads["items"][0]["replies"]] == [reply["id"]]
    assert await inbox(stage.colleague) == [
        ("qa.answered", f"/app/qa/{question['id']}?comment={answered['id']}")
    ]
    assert await inbox(stage.expert) == [("qa.answered", f"/app/qa/{question['id']}?comment={reply['id']}")]


async def test_followers_are_told_by_a_clock_that_runs_and_of_new_answers_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = (await ask(stage.colleague))["id"]
    now = ManualClock.now
    ticks = itertools.count(1)
    monkeypatch.setattr(ManualClock, "now", lambda clock: now(clock) + timedelta(milliseconds=next(ticks)))

    answered = await answer(stage.expert, question)
    told = await inbox(stage.colleague)
    await ok(await stage.colleague.post("/inbox/read"), 204)
    await ok(await stage.expert.post(f"/comments/{answered['id']}/withdraw"), 204)

    assert told == [("qa.answered", f"/app/qa/{question}?comment={answered['id']}")]
    assert await inbox(stage.colleague) == []
    assert (await ok(await stage.expert.get(f"/questions/{question}")))["followed"]


async def test_the_best_answer_is_chosen_by_the_asker_or_a_moderator(stage: Stage) -> None:
    question = (await ask(stage.colleague))["id"]
    path = f"/questions/{question}/best"
    good = await answer(stage.expert, question)
    below = await answer(stage.colleague, question, "追问", parent=good["id"])

    for person, comment, expected in (
        (stage.expert, good["id"], (403, "refused")),
        (stage.foreigner, good["id"], (404, "not_found")),
        (stage.colleague, below["id"], (409, "qa.not_an_answer")),
        (stage.colleague, new_id(), (404, "not_found")),
    ):
        assert await refusal(await person.send("PUT", path, {"comment": comment})) == expected
    await ok(await stage.colleague.send("PUT", path, {"comment": good["id"]}), 204)

    assert (await ok(await stage.office.get(f"/questions/{question}")))["best"] == good["id"]
    assert ("qa.best", f"/app/qa/{question}?comment={good['id']}") in await inbox(stage.expert)
    await ok(await stage.office.send("PUT", path, {"comment": None}), 204)
    assert (await ok(await stage.office.get(f"/questions/{question}")))["best"] is None


async def test_AZ_02_a_stranger_of_another_hospital_finds_nothing(stage: Stage) -> None:
    question = (await ask(stage.colleague))["id"]
    comment = (await answer(stage.expert, question))["id"]
    path = f"/questions/{question}"

    for person in (stage.foreigner, stage.foreign_office):
        for sent in (
            await person.get(path),
            await person.get(f"{path}/answers"),
            await person.post(f"{path}/answers", {"body": "x"}),
            await person.post(f"{path}/like"),
            await person.post(f"{path}/follow"),
            await person.post(f"{path}/forward", {"user": stage.expert.user.id}),
            await person.post(f"{path}/shares", {}),
            await person.get(f"{path}/shares"),
            await person.post(f"{path}/close"),
            await person.post(f"{path}/experts", {"experts": [person.user.id]}),
            await person.post(f"{path}/guests", {"name": "x"}),
            await person.get(f"/comments/{comment}"),
            await person.get(f"/comments/{comment}/replies"),
        ):
            assert await refusal(sent) == (404, "not_found")
        assert await find(person) == []
    for verb in (path, f"{path}/answers"):
        assert (await stage.town.client.get(f"/api/v1{verb}")).status == 401


async def test_each_visibility_reaches_whom_it_names(stage: Stage) -> None:
    asked = {
        visibility: (await ask(stage.colleague, visibility=visibility))["id"]
        for visibility in ("organisation", "scope", "everyone")
    }

    seen = {
        name: [
            visibility
            for visibility, question in asked.items()
            if (await person.get(f"/questions/{question}")).status == 200
        ]
        for name, person in (("own", stage.expert), ("foreign", stage.foreigner))
    }

    assert seen["own"] == ["organisation", "scope", "everyone"]
    assert seen["foreign"] == ["everyone"]
    assert await find(stage.foreigner) == [asked["everyone"]]
    assert await refusal(await stage.colleague.post("/questions", {**ASKED, "visibility": "session"})) == (
        409,
        "qa.wider_than_session",
    )


async def test_the_network_is_what_stands_below_the_next_organisation_above(
    town_of_three: dict[str, Person],
) -> None:
    question = (await ask(town_of_three["one"], visibility="scope"))["id"]

    statuses = {
        name: (await person.get(f"/questions/{question}")).status for name, person in town_of_three.items()
    }

    assert statuses == {"one": 200, "two": 200, "above": 200, "apart": 404}
    assert await find(town_of_three["two"]) == [question]
    assert await find(town_of_three["apart"]) == []


async def test_an_invited_expert_sees_answers_and_is_no_longer_asked(stage: Stage) -> None:
    question = (await ask(stage.colleague, experts=[stage.foreigner.user.id]))["id"]

    invited = await inbox(stage.foreigner)
    mine = await find(stage.foreigner, invited="true")
    await answer(stage.foreigner, question)

    assert invited == [("qa.invited", f"/app/qa/{question}")]
    assert mine == [question]
    assert await inbox(stage.foreigner) == []
    path = f"/questions/{question}/experts"
    refused = await stage.expert.post(path, {"experts": [stage.office.user.id]})
    assert await refusal(refused) == (403, "refused")
    await ok(await stage.colleague.send("DELETE", f"{path}/{stage.foreigner.user.id}"), 204)
    assert (await stage.foreigner.get(f"/questions/{question}")).status == 404
    gone = await stage.colleague.send("DELETE", f"{path}/{stage.foreigner.user.id}")
    assert await refusal(gone) == (404, "not_found")


async def test_a_question_closes_and_opens_again(stage: Stage) -> None:
    question = (await ask(stage.colleague))["id"]
    path = f"/questions/{question}"

    assert await refusal(await stage.expert.post(f"{path}/close")) == (403, "refused")
    await ok(await stage.colleague.post(f"{path}/close"), 204)
    assert await refusal(await stage.expert.post(f"{path}/answers", {"body": "x"})) == (403, "refused")
    assert await refusal(await stage.colleague.post(f"{path}/close")) == (403, "refused")
    await ok(await stage.office.post(f"{path}/reopen"), 204)

    await answer(stage.expert, question)
    assert (await ok(await stage.colleague.get(path)))["state"] == "answered"


async def test_likes_and_follows_count_each_person_once(stage: Stage) -> None:
    question = (await ask(stage.colleague, visibility="everyone"))["id"]
    path = f"/questions/{question}"

    for person in (stage.expert, stage.expert, stage.foreigner):
        await ok(await person.post(f"{path}/like"))
    followed = await ok(await stage.foreigner.post(f"{path}/follow"))
    await answer(stage.expert, question)
    taken_back = await ok(await stage.expert.send("DELETE", f"{path}/like"))

    assert (followed["follows"], followed["followed"]) == (1, True)
    assert (taken_back["likes"], taken_back["liked"]) == (1, False)
    assert [kind for kind, _ in await inbox(stage.foreigner)] == ["qa.answered"]
    await ok(await stage.foreigner.send("DELETE", f"{path}/follow"))
    await ok(await stage.foreigner.post("/inbox/read"), 204)
    await answer(stage.expert, question, "再答")
    assert await inbox(stage.foreigner) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"text": "胃角"}, ["first"]),
        ({"text": "息肉 结肠"}, ["second"]),
        ({"text": "colleague"}, ["second", "first"]),
        ({"text": "ESD"}, ["first"]),
        ({"text": "没有的词"}, []),
        ({"topic": "technique"}, ["second"]),
        ({"body_part": "colon"}, ["second"]),
        ({"scene": "phone"}, ["second"]),
        ({"state": "answered"}, ["first"]),
        ({"state": "open"}, ["second"]),
        ({"files": "1"}, ["second"]),
        ({"sort": "answers"}, ["first", "second"]),
        ({"sort": "heat"}, ["first", "second"]),
        ({"kind": "discussion"}, []),
    ],
)
async def test_questions_are_found_by_words_and_filters(
    stage: Stage, query: dict[str, str], expected: list[str]
) -> None:
    first = (await ask(stage.colleague))["id"]
    stage.town.clock.advance(10)
    second = (
        await ask(
            stage.colleague,
            title="结肠息肉怎么切",
            body="",
            topic="technique",
            body_part="colon",
            scene="phone",
            files=[await file_of(stage.colleague)],
        )
    )["id"]
    await answer(stage.expert, first)
    names = {first: "first", second: "second"}

    assert [names[each] for each in await find(stage.office, **query)] == expected


async def test_a_person_finds_what_they_asked_and_what_they_follow(stage: Stage) -> None:
    mine, other = (await ask(stage.colleague))["id"], (await ask(stage.expert))["id"]
    await ok(await stage.office.post(f"/questions/{other}/follow"))

    by_person = await find(stage.office, asker_id=stage.colleague.user.id)
    followed = await find(stage.office, followed="true")
    others = await find(stage.office, followed="false")

    assert (by_person, followed, others) == ([mine], [other], [mine])


@pytest.mark.parametrize("sort", ["asked_at", "heat", "answers"])
async def test_pages_follow_each_other_in_every_order(stage: Stage, sort: str) -> None:
    asked = []
    for _ in range(5):
        stage.town.clock.advance(3)
        asked.append((await ask(stage.colleague))["id"])

    shown = list[str]()
    question = {"limit": 2, "sort": {"column": sort, "descending": True}, "cursor": None}
    for _ in range(3):
        page = await ok(await stage.office.post("/tables/questions/rows", question))
        shown += [row["key"] for row in page["rows"]]
        question["cursor"] = page["next_cursor"]

    assert shown == asked[::-1]
    assert page["next_cursor"] is None


async def test_a_text_that_names_a_patient_is_refused_with_its_field(stage: Stage) -> None:
    answered = await stage.colleague.post(
        "/questions", {**ASKED, "case_summary": "身份证 11010519491231002X"}
    )

    problem = await answered.json()
    assert (answered.status, problem["code"]) == (422, "qa.identity_in_text")
    assert [field["path"] for field in problem["fields"]] == ["case_summary"]
    question = await ask(stage.colleague)
    changed = await stage.colleague.send(
        "PATCH", f"/questions/{question['id']}", {"title": "电话 13812345678"}
    )
    assert changed.status == 422


async def test_a_moment_of_a_session_comes_with_its_recording_and_still(stage: Stage) -> None:
    session = await stage.opened()
    still = await file_of(stage.colleague)
    moment = {"session": session["id"], "source": "scope", "media_time_ms": 754_000, "still": still}

    question = await ask(stage.colleague, visibility="session", scene="live", moment=moment)

    assert question["moment"] == {
        "session": session["id"],
        "recording": session["recording"]["id"],
        "source": "scope",
        "media_time_ms": 754_000,
        "captured_at": None,
    }
    assert (question["still"]["id"], [each["id"] for each in question["attachments"]]) == (still, [still])
    assert await find(stage.office, session_id=session["id"]) == [question["id"]]
    assert (await stage.foreigner.get(f"/questions/{question['id']}")).status == 404
    assert (await stage.foreigner.get(f"/files/{still}")).status == 404
    foreign = {**ASKED, "moment": {"session": session["id"]}}
    assert await refusal(await stage.foreigner.post("/questions", foreign)) == (404, "not_found")
    wide = {**ASKED, "moment": {"session": session["id"]}, "visibility": "everyone"}
    assert await refusal(await stage.colleague.post("/questions", wide)) == (409, "qa.wider_than_session")


async def test_what_lies_beside_a_question_is_read_by_those_who_see_it(stage: Stage) -> None:
    file, answers_file = await file_of(stage.colleague), await file_of(stage.expert)
    question = (await ask(stage.colleague, visibility="everyone", files=[file]))["id"]
    await answer(stage.expert, question, "", files=[answers_file])

    for each in (file, answers_file):
        assert (await stage.foreigner.get(f"/files/{each}")).status == 200
    stolen = {**ASKED, "files": [file]}
    assert await refusal(await stage.foreigner.post("/questions", stolen)) == (404, "not_found")


async def test_a_player_reads_what_lies_beside_a_question_while_its_owner_is_signed_in(stage: Stage) -> None:
    file = await file_of(stage.colleague)
    await ask(stage.colleague, visibility="everyone", files=[file])
    url = (await ok(await stage.foreigner.post(f"/files/{file}/link")))["url"]

    followed = await stage.town.client.get(url)
    await stage.foreigner.post("/auth/logout")

    assert followed.status == 200
    assert await refusal(await stage.town.client.get(url)) == (401, "auth.session_ended")


async def test_forwarding_reaches_those_who_may_see_it_and_refuses_others(stage: Stage) -> None:
    question = (await ask(stage.colleague))["id"]
    path = f"/questions/{question}/forward"

    await ok(await stage.expert.post(path, {"user": stage.office.user.id}), 204)
    blind = await stage.expert.post(path, {"user": stage.foreigner.user.id})
    ours = {"organisation": stage.expert.user.organisation, "group": "moderators"}
    await ok(await stage.expert.post(path, ours), 204)
    theirs = await stage.expert.post(path, {"organisation": stage.foreigner.user.organisation})

    assert await refusal(blind) == (409, "qa.cannot_see")
    assert await refusal(theirs) == (409, "qa.cannot_see")
    assert [kind for kind, _ in await inbox(stage.office)] == ["qa.forwarded"] * 2
    assert await inbox(stage.foreigner) == []
    assert await inbox(stage.colleague) == []


async def test_a_question_of_a_session_is_forwarded_as_far_as_its_session_is_seen(stage: Stage) -> None:
    shut, wide = await stage.opened(visibility="invited"), await stage.opened(visibility="organisation")
    paths = []
    for session in (shut, wide):
        asked = await ask(stage.expert, visibility="session", scene="live", moment={"session": session["id"]})
        paths.append(f"/questions/{asked['id']}/forward")
    person = {"user": stage.colleague.user.id}
    group = {"organisation": stage.expert.user.organisation}

    refused = [await stage.expert.post(paths[0], to) for to in (person, group)]
    for to in (person, group):
        await ok(await stage.expert.post(paths[1], to), 204)

    assert [await refusal(each) for each in refused] == [(409, "qa.cannot_see")] * 2
    assert {title for _, title in await inbox(stage.colleague)} == {
        paths[1].replace("/questions", "/app/qa").removesuffix("/forward")
    }


async def test_a_moderator_hides_a_question_and_shows_it_again(stage: Stage) -> None:
    question = (await ask(stage.colleague))["id"]
    path = f"/questions/{question}"

    assert await refusal(await stage.colleague.post(f"{path}/hide", {"reason": "rude"})) == (403, "refused")
    await ok(await stage.office.post(f"{path}/hide", {"reason": "identity"}), 204)
    assert (await stage.colleague.get(path)).status == 404
    assert await find(stage.office) == [question]
    assert await find(stage.expert) == []
    await ok(await stage.office.post(f"{path}/restore"), 204)

    assert (await stage.colleague.get(path)).status == 200


async def test_one_who_holds_no_right_asks_and_reads_nothing(stage: Stage, administrator: Person) -> None:
    question = (await ask(stage.colleague, visibility="everyone"))["id"]

    assert await refusal(await administrator.post("/questions", ASKED)) == (403, "refused")
    assert await refusal(await administrator.get("/tables/questions")) == (404, "not_found")
    assert await refusal(await administrator.get(f"/questions/{question}")) == (404, "not_found")
    assert await refusal(await stage.colleague.post("/questions", {**ASKED, "period": PERIOD})) == (
        403,
        "refused",
    )

"""Planning sessions and finding them, over HTTP."""

from platform_api.http import Asker as SignedIn
from platform_api.kernel.events import LikesCounted
from platform_api.teaching.access import Door
from platform_api.teaching.model import ProgrammeQuery, ProgrammeView
from platform_api.teaching.rules import may_see
from platform_api.teaching.service import Teaching
from tests.support.sessions import PLAN, Stage, listen, ok, picture, refusal


async def titles(stage: Stage, person: str, query: str = "") -> list[str]:
    answer = await ok(await getattr(stage, person).get(f"/sessions{query}"))
    return [item["title"] for item in answer["items"]]


async def test_a_plan_is_kept_as_it_was_given(stage: Stage) -> None:
    session = await stage.plan()

    again = await ok(await stage.expert.get(f"/sessions/{session['id']}"))

    assert again == session
    assert {name: again[name] for name in PLAN} == PLAN
    assert (again["state"], again["room"], again["recording"]) == ("planned", None, None)
    assert again["may"] == {
        "edit": True,
        "open": True,
        "end": False,
        "join": False,
        "replay": False,
        "moderate": True,
    }


WRONG_FIELDS: tuple[tuple[dict[str, object], str], ...] = (
    ({"title": ""}, "title"),
    ({"title": "长" * 121}, "title"),
    ({"starts_at": "2026-11-22T10:00:00"}, "starts_at"),
    ({"starts_at": "tomorrow"}, "starts_at"),
    ({"planned_minutes": 0}, "planned_minutes"),
    ({"planned_minutes": "60"}, "planned_minutes"),
    ({"form": "surgery"}, "form"),
    ({"body_part": None}, "body_part"),
    ({"visibility": "world"}, "visibility"),
    ({"case_summary": "字" * 4001}, "case_summary"),
    ({"state": "open"}, "state"),
    ({"organisation_id": "01a20437-883a-7893-b1b0-c7be1dc66b1c"}, "organisation_id"),
    ({"expert_id": "01a20437-883a-7893-b1b0-c7be1dc66b1c"}, "expert_id"),
)


async def test_AZ_04_a_wrong_or_unlisted_field_is_refused_and_named(stage: Stage) -> None:
    for change, path in WRONG_FIELDS:
        problem = await ok(await stage.expert.post("/sessions", {**PLAN, **change}), 422)

        assert problem["code"] == "request.invalid"
        assert [field["path"] for field in problem["fields"]] == [path], change
    assert await titles(stage, "expert") == []


async def test_a_patients_identity_is_refused_and_the_field_named(stage: Stage) -> None:
    planned = await stage.plan()

    for field, text in (
        ("case_summary", "身份证 11010519491231002X"),
        ("title", "电话 13812345678"),
        ("hospital", "0571-87654321"),
    ):
        for answer in (
            await stage.expert.post("/sessions", {**PLAN, field: text}),
            await stage.expert.send("PATCH", f"/sessions/{planned['id']}", {field: text}),
        ):
            problem = await ok(answer, 422)
            assert problem["code"] == "session.identity_in_text"
            assert [item["path"] for item in problem["fields"]] == [field]
            assert text not in str(problem)


async def test_a_start_that_is_over_is_refused(stage: Stage) -> None:
    answer = await stage.expert.post("/sessions", {**PLAN, "starts_at": "2026-11-22T05:00:00Z"})

    assert await refusal(answer) == (422, "session.starts_in_past")


async def test_only_those_who_plan_may_plan(stage: Stage) -> None:
    assert await refusal(await stage.colleague.post("/sessions", PLAN)) == (403, "refused")
    assert (await stage.town.client.post("/api/v1/sessions", json=PLAN)).status == 401
    await ok(await stage.office.post("/sessions", PLAN), 201)


async def test_a_plan_may_be_changed_in_part_until_it_is_open(stage: Stage) -> None:
    session = await stage.plan()
    path = f"/sessions/{session['id']}"

    changed = await ok(await stage.expert.send("PATCH", path, {"title": "新题目", "consent_reference": None}))
    by_office = await ok(await stage.office.send("PATCH", path, {"planned_minutes": 90}))

    assert (changed["title"], changed["hospital"]) == ("新题目", PLAN["hospital"])
    assert changed["consent_reference"] is None
    assert (by_office["title"], by_office["planned_minutes"]) == ("新题目", 90)
    await ok(await stage.expert.send("PATCH", path, {"consent_reference": "C-1"}))
    await ok(await stage.expert.post(f"{path}/open"))
    answer = await stage.expert.send("PATCH", path, {"title": "太晚"})
    assert await refusal(answer) == (409, "session.wrong_state")


async def test_who_may_only_see_is_refused_and_who_may_not_see_finds_nothing(stage: Stage) -> None:
    session = await stage.plan()
    path = f"/sessions/{session['id']}"

    seen = await ok(await stage.colleague.get(path))

    assert seen["consent_reference"] is None
    assert not any(seen["may"].values())
    assert await refusal(await stage.colleague.post(f"{path}/open")) == (403, "refused")
    for stranger in (stage.foreigner, stage.foreign_office):
        assert await refusal(await stranger.get(path)) == (404, "not_found")
        assert await refusal(await stranger.post(f"{path}/open")) == (404, "not_found")
        assert await refusal(await stranger.send("PATCH", path, {"title": "x"})) == (404, "not_found")


async def test_lists_hold_each_session_in_its_state(stage: Stage) -> None:
    await stage.plan(title="将来")
    await stage.opened(title="正在")
    await stage.ended(title="回放")
    cancelled = await stage.plan(title="取消")
    await ok(await stage.expert.post(f"/sessions/{cancelled['id']}/cancel"))

    assert await titles(stage, "colleague", "?state=upcoming") == ["将来"]
    assert await titles(stage, "colleague", "?state=live") == ["正在"]
    assert await titles(stage, "colleague", "?state=replay") == ["回放"]
    assert await titles(stage, "colleague", "?state=mine") == []
    assert set(await titles(stage, "expert", "?state=mine")) == {"将来", "正在", "回放", "取消"}
    assert await titles(stage, "foreigner") == []


async def test_search_finds_title_expert_hospital_and_case_literally(stage: Stage) -> None:
    await stage.plan()

    for q in ("早癌", "esd", "肿瘤医院", "expert", "凹陷"):
        assert len((await ok(await stage.colleague.get("/sessions", params={"q": q})))["items"]) == 1, q
    for q in ("食管", "100%", "_", "\\", "'; DROP TABLE sessions; --"):
        assert (await ok(await stage.colleague.get("/sessions", params={"q": q})))["items"] == [], q


async def test_filters_narrow_a_list(stage: Stage) -> None:
    await stage.plan(title="甲", form="esd", body_part="stomach")
    await stage.plan(title="乙", form="emr", body_part="colon")

    assert await titles(stage, "expert", "?form=emr") == ["乙"]
    assert await titles(stage, "expert", "?body_part=stomach") == ["甲"]
    assert await titles(stage, "expert", "?form=emr&body_part=stomach") == []


async def pages(stage: Stage, view: str) -> list[str]:
    """The titles of all pages of two, following the cursors."""
    shown, cursor = list[str](), ""
    for _ in range(5):
        page = await ok(await stage.expert.get(f"/sessions?state={view}&limit=2{cursor}"))
        shown += [item["title"] for item in page["items"]]
        if page["next_cursor"] is None:
            return shown
        cursor = f"&cursor={page['next_cursor']}"
    raise AssertionError("the pages have no end")


async def test_pages_show_each_session_once_in_order(stage: Stage) -> None:
    for number in range(5):
        await stage.plan(title=f"第{number}场", starts_at=f"2026-11-23T1{number // 2}:00:00Z")

    for view in ("upcoming", "mine", "all"):
        shown = await pages(stage, view)

        assert sorted(shown) == [f"第{number}场" for number in range(5)]
        starts = [int(title[1]) // 2 for title in shown]
        assert starts == sorted(starts, reverse=view != "upcoming")


async def test_a_cursor_that_is_not_ours_is_refused(stage: Stage) -> None:
    for cursor in ("AAAA", "W10", "WyJ4IiwgMV0"):
        answer = await stage.expert.get(f"/sessions?cursor={cursor}")

        assert await refusal(answer) == (400, "paging.cursor_invalid")


async def test_the_list_shows_exactly_what_the_rules_let_see(stage: Stage) -> None:
    """The list filters in SQL, single reads by `rules.may_see`: both must say the same."""
    for visibility in ("organisation", "everyone_signed_in", "invited"):
        await stage.plan(title=visibility, visibility=visibility)
    services = stage.town.platform.services
    query = ProgrammeQuery(view=ProgrammeView.ALL, limit=50)

    everything = {}
    for person in (stage.expert, stage.colleague, stage.office, stage.foreigner, stage.foreign_office):
        signed_in = SignedIn(
            subject=person.user.id,
            name=person.user.name,
            login="",
            organisation=person.user.organisation,
            permissions=frozenset({"sessions.view"})
            | (frozenset({"sessions.moderate"}) if "office" in person.user.username else frozenset()),
        )
        asker = services.get(Door).asker(signed_in)
        shown = [item.session for item in await services.get(Teaching).programme(asker, query)]
        assert all(may_see(session, asker) for session in shown)
        everything[person.user.username] = {session.plan.title for session in shown}

    assert everything == {
        "expert": {"organisation", "everyone_signed_in", "invited"},
        "office": {"organisation", "everyone_signed_in", "invited"},
        "colleague": {"organisation", "everyone_signed_in"},
        "foreigner": {"everyone_signed_in"},
        "far-office": {"everyone_signed_in"},
    }


async def test_likes_count_each_person_once_and_the_room_hears(stage: Stage) -> None:
    session = await stage.opened()
    heard = listen(stage.town, LikesCounted)
    path = f"/sessions/{session['id']}/like"

    counts = [
        (await ok(await person.send(method, path)))["likes"]
        for person, method in (
            (stage.colleague, "POST"),
            (stage.colleague, "POST"),
            (stage.expert, "POST"),
            (stage.colleague, "DELETE"),
        )
    ]

    assert counts == [1, 1, 2, 1]
    assert [(event.room, event.comment, event.count) for event in heard.of(LikesCounted)] == [
        (session["room"], None, count) for count in counts
    ]
    assert (await ok(await stage.expert.get(f"/sessions/{session['id']}")))["liked"] is True
    assert (await ok(await stage.colleague.get(f"/sessions/{session['id']}")))["liked"] is False
    assert await refusal(await stage.foreigner.post(path)) == (404, "not_found")


async def test_a_foreigner_may_like_what_everyone_may_see(stage: Stage) -> None:
    session = await stage.plan(visibility="everyone_signed_in")

    assert await ok(await stage.foreigner.post(f"/sessions/{session['id']}/like")) == {
        "likes": 1,
        "liked": True,
    }


async def test_materials_are_the_experts_own_files_and_seen_by_who_sees_the_session(stage: Stage) -> None:
    session = await stage.plan(visibility="invited")
    path = f"/sessions/{session['id']}/materials"
    headers = {**stage.expert.headers, "Content-Type": "image/png"}
    sent = await stage.town.client.post("/api/v1/files?name=CT.png", data=picture(), headers=headers)
    file = await ok(sent, 201)
    foreign_file = await ok(
        await stage.town.client.post(
            "/api/v1/files", data=picture(), headers={**stage.foreigner.headers, "Content-Type": "image/png"}
        ),
        201,
    )

    await ok(await stage.expert.post(path, {"file": file["id"]}), 204)
    refused = await stage.expert.post(path, {"file": foreign_file["id"]})

    assert await refusal(refused) == (404, "not_found")
    assert (await ok(await stage.office.get(path)))["items"] == [file]
    assert (await stage.office.get(f"/files/{file['id']}")).status == 200
    for outsider in (stage.colleague, stage.foreigner):
        assert await refusal(await outsider.get(path)) == (404, "not_found")
        assert await refusal(await outsider.get(f"/files/{file['id']}")) == (404, "not_found")
    await ok(await stage.expert.send("DELETE", f"{path}/{file['id']}"), 204)
    assert await refusal(await stage.expert.send("DELETE", f"{path}/{file['id']}")) == (404, "not_found")
    assert (await ok(await stage.expert.get(path)))["items"] == []

"""Comments, sessions and replays forwarded: into the inboxes of those who may see them, and no others."""

from typing import Any

from platform_api.identity.model import Duty
from platform_api.kernel.events import RecordingChanged
from platform_api.kernel.ids import RecordingId, RoomId, new_id
from tests.support.platform import Person
from tests.support.questions import answer, ask, inbox
from tests.support.sessions import Stage, ok, refusal


async def comment_on(person: Person, session: str, body: str = "请看这里") -> str:
    """A comment of this person."""
    sent = await ok(await person.post(f"/sessions/{session}/comments", {"body": body}), 201)
    return str(sent["id"])


async def replayed(stage: Stage, **changes: object) -> dict[str, Any]:
    """A session that is over and whose replay can be watched."""
    session = await stage.ended(**changes)
    await stage.town.bus.publish(
        RecordingChanged(
            at=stage.town.clock.now(),
            recording=RecordingId(session["recording"]["id"]),
            room=RoomId(session["room"]),
            state="complete",
            duration_ms=48_000,
        )
    )
    return session


async def titles(person: Person) -> list[str]:
    """What the inbox says."""
    return [item["title"] for item in (await ok(await person.get("/inbox")))["items"]]


async def test_a_session_its_replay_and_a_comment_reach_a_colleague(stage: Stage) -> None:
    session = await replayed(stage)
    comment = await comment_on(stage.expert, session["id"])
    recording = session["recording"]["id"]
    to = {"user": stage.colleague.user.id}

    for path in (f"/sessions/{session['id']}", f"/recordings/{recording}", f"/comments/{comment}"):
        await ok(await stage.expert.post(f"{path}/forward", to), 204)

    assert await inbox(stage.colleague) == [
        ("comments.forwarded", f"/app/teaching/{session['id']}?comment={comment}"),
        ("recording.forwarded", f"/app/replay/{recording}"),
        ("session.forwarded", f"/app/teaching/{session['id']}"),
    ]
    assert await titles(stage.colleague) == [
        "expert医生 转发给您“胃角早癌 ESD”下的一条评论",
        "expert医生 转发给您一段回放：胃角早癌 ESD",
        "expert医生 转发给您一个场次：胃角早癌 ESD",
    ]


async def test_forwarding_gives_no_right(stage: Stage) -> None:
    session = await replayed(stage)
    comment = await comment_on(stage.expert, session["id"])
    blind = {"user": stage.foreigner.user.id}
    far = {"organisation": stage.foreigner.user.organisation}

    for path, code in (
        (f"/sessions/{session['id']}", "session.cannot_see"),
        (f"/recordings/{session['recording']['id']}", "recording.cannot_see"),
        (f"/comments/{comment}", "comments.cannot_see"),
    ):
        for to in (blind, far):
            assert await refusal(await stage.expert.post(f"{path}/forward", to)) == (409, code)
        assert await refusal(await stage.foreigner.post(f"{path}/forward", blind)) == (404, "not_found")

    assert await inbox(stage.foreigner) == []
    assert await inbox(stage.foreign_office) == []


async def test_who_lost_the_right_since_keeps_the_notice_and_opens_nothing(stage: Stage) -> None:
    session = await stage.plan(visibility="everyone_signed_in")
    await ok(
        await stage.expert.post(f"/sessions/{session['id']}/forward", {"user": stage.foreigner.user.id}), 204
    )

    await ok(await stage.expert.send("PATCH", f"/sessions/{session['id']}", {"visibility": "organisation"}))

    assert [kind for kind, _ in await inbox(stage.foreigner)] == ["session.forwarded"]
    opened = await stage.foreigner.get(f"/sessions/{session['id']}")
    assert await refusal(opened) == (404, "not_found")


async def test_a_group_is_told_as_far_as_the_visibility_reaches(stage: Stage) -> None:
    shut = (await stage.plan(visibility="invited"))["id"]
    wide = (await stage.plan(visibility="everyone_signed_in"))["id"]
    ours = {"organisation": stage.expert.user.organisation}
    theirs = {"organisation": stage.foreigner.user.organisation}

    refused = await stage.expert.post(f"/sessions/{shut}/forward", ours)
    await ok(await stage.expert.post(f"/sessions/{shut}/forward", {**ours, "group": "moderators"}), 204)
    await ok(await stage.expert.post(f"/sessions/{wide}/forward", {**theirs, "group": "experts"}), 204)
    nowhere = await stage.expert.post(f"/sessions/{wide}/forward", {"organisation": new_id()})

    assert await refusal(nowhere) == (409, "session.cannot_see")
    assert await refusal(refused) == (409, "session.cannot_see")
    assert await inbox(stage.office) == [("session.forwarded", f"/app/teaching/{shut}")]
    assert await inbox(stage.foreigner) == [("session.forwarded", f"/app/teaching/{wide}")]
    assert await inbox(stage.colleague) == []


async def test_an_answer_reaches_those_who_see_its_question(stage: Stage) -> None:
    question = (await ask(stage.colleague))["id"]
    comment = (await answer(stage.expert, question))["id"]
    path = f"/comments/{comment}/forward"

    await ok(await stage.colleague.post(path, {"user": stage.office.user.id}), 204)
    blind = await stage.colleague.post(path, {"user": stage.foreigner.user.id})

    assert await refusal(blind) == (409, "comments.cannot_see")
    assert await inbox(stage.office) == [("comments.forwarded", f"/app/qa/{question}?comment={comment}")]


async def test_what_has_lost_its_words_or_cannot_be_watched_yet_is_not_forwarded(stage: Stage) -> None:
    session = await stage.ended()
    comment = await comment_on(stage.expert, session["id"])
    to = {"user": stage.colleague.user.id}

    early = await stage.expert.post(f"/recordings/{session['recording']['id']}/forward", to)
    await ok(await stage.expert.post(f"/comments/{comment}/withdraw"), 204)
    gone = await stage.expert.post(f"/comments/{comment}/forward", to)
    none = await stage.expert.post(f"/comments/{new_id()}/forward", to)

    assert await refusal(early) == (409, "recording.not_ready")
    assert await refusal(gone) == (409, "comment.hidden")
    assert await refusal(none) == (404, "not_found")
    assert await refusal(await stage.expert.post(f"/sessions/{session['id']}/forward", {})) == (
        409,
        "conflict",
    )
    assert await inbox(stage.colleague) == []


async def test_AD_01_forwarding_is_in_the_trail(stage: Stage) -> None:
    session = await stage.plan()
    await ok(
        await stage.expert.post(f"/sessions/{session['id']}/forward", {"user": stage.colleague.user.id}), 204
    )

    auditor = await stage.town.signed_in("auditor", duty=Duty.AUDIT)
    entries = (await ok(await auditor.get("/audit?tag=session.forwarded")))["items"]

    assert [(entry["target"], entry["details"]["to"]) for entry in entries] == [(session["id"], "user")]

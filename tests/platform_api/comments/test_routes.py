"""Comments over HTTP."""

from typing import Any

from platform_api.kernel.events import CommentHidden, CommentPosted, LikesCounted
from platform_api.kernel.ids import new_id
from tests.support.platform import Person
from tests.support.sessions import Stage, listen, ok, refusal


async def say(person: Person, session: str, body: str, **more: object) -> dict[str, Any]:
    answer = await person.post(f"/sessions/{session}/comments", {"body": body, **more})
    comment: dict[str, Any] = await ok(answer, 201)
    return comment


async def read(person: Person, session: str, query: str = "") -> dict[str, Any]:
    page: dict[str, Any] = await ok(await person.get(f"/sessions/{session}/comments{query}"))
    return page


async def test_threads_of_any_depth_are_read_in_order(stage: Stage) -> None:
    session = (await stage.opened())["id"]
    first = await say(stage.colleague, session, "边界怎么判断？", media_time_ms=1_114_000)
    second = await say(stage.office, session, "用什么刀？")
    reply = await say(stage.expert, session, "看微血管", parent=first["id"])
    deep = await say(stage.colleague, session, "谢谢", parent=reply["id"])
    late = await say(stage.office, session, "同问", parent=first["id"])

    newest = await read(stage.colleague, session)
    oldest = await read(stage.colleague, session, "?order=oldest")

    assert [item["id"] for item in newest["items"]] == [second["id"], first["id"]]
    assert [item["id"] for item in oldest["items"]] == [first["id"], second["id"]]
    thread = oldest["items"][0]
    assert [(item["id"], item["parent"], item["depth"]) for item in thread["replies"]] == [
        (reply["id"], first["id"], 1),
        (deep["id"], reply["id"], 2),
        (late["id"], first["id"], 1),
    ]
    assert (thread["reply_count"], thread["media_time_ms"], newest["total"]) == (3, 1_114_000, 5)
    assert (await ok(await stage.colleague.get(f"/sessions/{session}")))["comments"] == 5


async def test_pages_of_threads_follow_each_other(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    said = [(await say(stage.colleague, session, f"第{number}条"))["id"] for number in range(5)]

    shown, after = list[str](), ""
    for _ in range(3):
        page = await read(stage.colleague, session, f"?limit=2{after}")
        shown += [item["id"] for item in page["items"]]
        after = f"&after={page['next_cursor']}"

    assert shown == said[::-1]
    assert page["next_cursor"] is None


async def test_the_room_hears_of_each_change_after_it_is_kept(stage: Stage) -> None:
    session = await stage.opened()
    heard = listen(stage.town, CommentPosted, LikesCounted, CommentHidden)

    comment = await say(stage.colleague, session["id"], "  边界？  ", media_time_ms=5)
    reply = await say(stage.expert, session["id"], "这里", parent=comment["id"])
    await ok(await stage.expert.post(f"/comments/{comment['id']}/like"))
    await ok(await stage.expert.post(f"/comments/{reply['id']}/hide"), 204)

    posted, answered = heard.of(CommentPosted)
    assert (posted.room, posted.session) == (session["room"], session["id"])
    assert (posted.body, posted.author_name, posted.media_time_ms) == ("边界？", "colleague医生", 5)
    assert posted.author_subject == stage.colleague.user.id
    assert (posted.parent, answered.parent) == (None, comment["id"])
    assert [(event.comment, event.count) for event in heard.of(LikesCounted)] == [(comment["id"], 1)]
    assert [event.comment for event in heard.of(CommentHidden)] == [reply["id"]]


async def test_a_comment_before_the_room_is_open_is_kept_and_told_to_nobody(stage: Stage) -> None:
    session = await stage.plan()
    heard = listen(stage.town, CommentPosted)

    await say(stage.colleague, session["id"], "期待")

    assert heard.events == []
    assert (await read(stage.colleague, session["id"]))["total"] == 1


async def test_likes_count_each_person_once(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    path = f"/comments/{(await say(stage.colleague, session, '好'))['id']}/like"

    for person, method, expected in (
        (stage.expert, "POST", 1),
        (stage.expert, "POST", 1),
        (stage.colleague, "POST", 2),
        (stage.expert, "DELETE", 1),
        (stage.expert, "DELETE", 1),
    ):
        assert (await ok(await person.send(method, path)))["likes"] == expected
    assert [item["liked"] for item in (await read(stage.colleague, session))["items"]] == [True]
    assert [item["liked"] for item in (await read(stage.expert, session))["items"]] == [False]


async def test_a_hidden_comment_keeps_its_place_and_loses_its_words(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    rude = await say(stage.colleague, session, "不妥的话")
    reply = await say(stage.office, session, "请注意", parent=rude["id"])

    assert await refusal(await stage.colleague.post(f"/comments/{reply['id']}/hide")) == (403, "refused")
    await ok(await stage.expert.post(f"/comments/{rude['id']}/hide"), 204)
    await ok(await stage.expert.post(f"/comments/{rude['id']}/hide"), 204)

    (seen,) = (await read(stage.colleague, session))["items"]
    assert (seen["hidden"], seen["body"], seen["may_hide"]) == (True, "", False)
    assert [item["id"] for item in seen["replies"]] == [reply["id"]]
    (moderated,) = (await read(stage.expert, session))["items"]
    assert moderated["body"] == "不妥的话"
    answer = await stage.colleague.post(
        f"/sessions/{session}/comments", {"body": "再说", "parent": rude["id"]}
    )
    assert await refusal(answer) == (409, "comment.hidden")
    own = await say(stage.colleague, session, "收回")
    await ok(await stage.colleague.post(f"/comments/{own['id']}/hide"), 204)


async def test_a_wrong_comment_is_refused_with_a_sentence(stage: Stage) -> None:
    session, other = await stage.plan(), await stage.plan()
    elsewhere = await say(stage.colleague, other["id"], "别处")
    path = f"/sessions/{session['id']}/comments"

    for body, expected in (
        ({"body": " \n "}, (422, "request.invalid")),
        ({"body": "\u200e\u0001"}, (422, "comment.empty")),
        ({"body": "字" * 1001}, (422, "comment.too_long")),
        ({"body": "x", "media_time_ms": -1}, (422, "request.invalid")),
        ({"body": "x", "parent": new_id()}, (404, "comment.parent_unknown")),
        ({"body": "x", "parent": elsewhere["id"]}, (404, "comment.parent_unknown")),
        ({"body": "x", "author_name": "别人"}, (422, "request.invalid")),
        ({}, (422, "request.invalid")),
    ):
        assert await refusal(await stage.colleague.post(path, body)) == expected, body
    assert (await read(stage.colleague, session["id"]))["total"] == 0


async def test_AZ_02_a_foreigner_neither_reads_nor_changes(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    comment = (await say(stage.colleague, session, "只给本院"))["id"]

    for answer in (
        await stage.foreigner.get(f"/sessions/{session}/comments"),
        await stage.foreigner.post(f"/sessions/{session}/comments", {"body": "x"}),
        await stage.foreigner.post(f"/comments/{comment}/like"),
        await stage.foreigner.send("DELETE", f"/comments/{comment}/like"),
        await stage.foreign_office.post(f"/comments/{comment}/hide"),
    ):
        assert await refusal(answer) == (404, "not_found")
    (seen,) = (await read(stage.colleague, session))["items"]
    assert (seen["likes"], seen["hidden"]) == (0, False)


async def test_a_foreigner_comments_on_what_everyone_may_see(stage: Stage) -> None:
    session = (await stage.opened(visibility="everyone_signed_in"))["id"]
    comment = await say(stage.foreigner, session, "外院问好")

    await ok(await stage.colleague.post(f"/comments/{comment['id']}/like"))

    assert (await read(stage.expert, session))["items"][0]["likes"] == 1


async def test_too_many_comments_are_refused_for_a_while(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    for number in range(20):
        await say(stage.colleague, session, f"第{number}条")

    answer = await stage.colleague.post(f"/sessions/{session}/comments", {"body": "还有"})

    assert await refusal(answer) == (429, "rate.exceeded")
    assert int(answer.headers["Retry-After"]) >= 1
    await say(stage.office, session, "别人还可以")

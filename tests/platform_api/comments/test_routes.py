"""Comments over HTTP."""

from typing import Any

from platform_api.comments.model import MAX_DEPTH
from platform_api.identity.model import UserRole
from platform_api.kernel.events import CommentHidden, CommentPosted, LikesCounted
from platform_api.kernel.ids import new_id
from tests.support.jobs import TESTER
from tests.support.platform import Person
from tests.support.sessions import Stage, listen, ok, picture, refusal


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
    await ok(await stage.expert.post(f"/comments/{reply['id']}/withdraw"), 204)

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

    assert await refusal(await stage.colleague.post(f"/comments/{reply['id']}/hide", {"reason": "rude"})) == (
        403,
        "refused",
    )
    await ok(await stage.expert.post(f"/comments/{rude['id']}/hide", {"reason": "rude"}), 204)
    await ok(await stage.expert.post(f"/comments/{rude['id']}/hide", {"reason": "rude"}), 204)

    (seen,) = (await read(stage.colleague, session))["items"]
    assert (seen["hidden"], seen["body"], seen["may_hide"]) == (True, "", False)
    assert [item["id"] for item in seen["replies"]] == [reply["id"]]
    (moderated,) = (await read(stage.expert, session))["items"]
    assert moderated["body"] == "不妥的话"
    answer = await stage.colleague.post(
        f"/sessions/{session}/comments", {"body": "再说", "parent": rude["id"]}
    )
    assert await refusal(answer) == (409, "comment.hidden")


async def test_an_author_takes_a_comment_back_for_good(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    own = await say(stage.colleague, session, "写错了")

    assert await refusal(await stage.office.post(f"/comments/{own['id']}/withdraw")) == (403, "refused")
    await ok(await stage.colleague.post(f"/comments/{own['id']}/withdraw"), 204)
    await ok(await stage.colleague.post(f"/comments/{own['id']}/withdraw"), 204)
    await ok(await stage.expert.post(f"/comments/{own['id']}/restore"), 204)

    (seen,) = (await read(stage.expert, session))["items"]
    assert (seen["withdrawn"], seen["hidden"], seen["body"]) == (True, True, "")


async def test_what_was_hidden_is_shown_again_and_both_stand_in_the_trail(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    said = (await say(stage.colleague, session, "先隐藏"))["id"]

    await ok(await stage.expert.post(f"/comments/{said}/hide", {"reason": "identity"}), 204)
    (hidden,) = (await read(stage.expert, session))["items"]
    assert await refusal(await stage.colleague.post(f"/comments/{said}/restore")) == (403, "refused")
    await ok(await stage.expert.post(f"/comments/{said}/restore"), 204)

    assert (hidden["hidden_reason"], hidden["may_restore"], hidden["may_hide"]) == ("identity", True, False)
    (seen,) = (await read(stage.colleague, session))["items"]
    assert (seen["hidden"], seen["body"]) == (False, "先隐藏")
    async with stage.town.platform.database.transaction(TESTER) as transaction:
        rows = await transaction.fetch(
            "SELECT tag, details->>'reason' AS reason FROM audit_entries WHERE target = $1 ORDER BY number",
            said,
        )
    assert [tuple(row) for row in rows if row["tag"].startswith("comment.")] == [
        ("comment.hidden", "identity"),
        ("comment.restored", None),
    ]


async def test_a_thread_deeper_than_the_order_still_says_whom_it_answers(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    parent = await say(stage.colleague, session, "第一层")
    root = parent
    for number in range(MAX_DEPTH + 3):
        stage.town.clock.advance(4)
        answer = await say(stage.expert, session, f"第{number + 2}层", parent=parent["id"])
        assert answer["parent"] == parent["id"]
        parent = answer

    shown, cursor = list[str](), ""
    for _ in range(4):
        page = await ok(await stage.colleague.get(f"/comments/{root['id']}/replies?limit=10{cursor}"))
        shown += [each["body"] for each in page["items"]]
        cursor = f"&after={page['next_cursor']}"
    assert len(shown) == MAX_DEPTH + 3
    assert page["next_cursor"] is None
    assert max(each["depth"] for each in page["items"]) == MAX_DEPTH - 1


async def test_threads_are_read_by_their_likes(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    said = [(await say(stage.colleague, session, word))["id"] for word in ("甲", "乙", "丙")]
    for person in (stage.expert, stage.office):
        await ok(await person.post(f"/comments/{said[1]}/like"))
    await ok(await stage.office.post(f"/comments/{said[0]}/like"))

    shown, after = list[str](), ""
    for _ in range(3):
        page = await read(stage.colleague, session, f"?order=liked&limit=1{after}")
        shown += [item["id"] for item in page["items"]]
        after = f"&after={page['next_cursor']}"

    assert shown == [said[1], said[0], said[2]]


async def test_who_is_named_is_told_if_they_may_see_it(stage: Stage) -> None:
    session = (await stage.plan())["id"]
    named = [stage.office.user.id, stage.foreigner.user.id, stage.colleague.user.id, new_id()]

    comment = await say(stage.colleague, session, "请看", mentions=named)

    assert sorted(each["user"] for each in comment["mentions"]) == sorted(named[:3])
    (told,) = (await ok(await stage.office.get("/inbox")))["items"]
    assert (told["kind"], told["link"]) == (
        "comments.mentioned",
        f"/app/teaching/{session}?comment={comment['id']}",
    )
    assert (await ok(await stage.foreigner.get("/inbox")))["items"] == []
    assert (await ok(await stage.colleague.get("/inbox")))["items"] == []


async def test_pictures_lie_beside_a_comment_for_those_who_see_it(stage: Stage) -> None:
    session = (await stage.plan(visibility="everyone_signed_in"))["id"]
    sent = await stage.town.client.post("/api/v1/files", data=picture(), headers=stage.colleague.headers)
    file = await ok(sent, 201)

    comment = await say(stage.colleague, session, "", files=[file["id"]])

    assert [each["id"] for each in comment["files"]] == [file["id"]]
    (seen,) = (await read(stage.foreigner, session))["items"]
    assert seen["files"][0]["content_type"] == "image/png"
    assert (await stage.foreigner.get(f"/files/{file['id']}")).status == 200
    stolen = {"body": "x", "files": [file["id"]]}
    assert await refusal(await stage.office.post(f"/sessions/{session}/comments", stolen)) == (
        404,
        "not_found",
    )


async def test_colleagues_are_found_in_the_own_network_alone(stage: Stage) -> None:
    found = (await ok(await stage.colleague.get("/people?text=off")))["items"]

    assert [each["name"] for each in found] == ["office医生"]
    assert (await ok(await stage.colleague.get("/people?text=yisheng")))["items"] != []
    assert (await ok(await stage.colleague.get("/people?text=%25")))["items"] == []
    assert (await stage.town.client.get("/api/v1/people?text=a")).status == 401


async def test_AZ_02_people_are_found_below_the_own_organisation_alone(stage: Stage) -> None:
    await stage.town.organisation("省集团")
    await stage.town.organisation("县医院", "省集团")
    top = await stage.town.signed_in("top", UserRole.ADMINISTRATOR, organisation="省集团")
    county = await stage.town.signed_in("county", UserRole.ADMINISTRATOR, organisation="县医院")

    async def found(person: Person, text: str) -> list[str]:
        answer = await ok(await person.get(f"/people?text={text}&below=true"))
        return sorted(each["id"] for each in answer["items"])

    assert await found(top, "yisheng") == sorted([top.user.id, county.user.id])
    assert await found(county, "yisheng") == [county.user.id]
    assert (await found(county, "top"), await found(county, "%25")) == ([], [])
    assert await ok(await county.get("/people?text=top")) != {"items": []}


async def test_a_wrong_comment_is_refused_with_a_sentence(stage: Stage) -> None:
    session, other = await stage.plan(), await stage.plan()
    elsewhere = await say(stage.colleague, other["id"], "别处")
    path = f"/sessions/{session['id']}/comments"

    for body, expected in (
        ({"body": " \n "}, (422, "comment.empty")),
        ({"body": "\u200e\u0001"}, (422, "comment.empty")),
        ({"body": "字" * 1001}, (422, "comment.too_long")),
        ({"body": "x", "media_time_ms": -1}, (422, "request.invalid")),
        ({"body": "x", "parent": new_id()}, (404, "comment.parent_unknown")),
        ({"body": "x", "parent": elsewhere["id"]}, (404, "comment.parent_unknown")),
        ({"body": "x", "author_name": "别人"}, (422, "request.invalid")),
        ({}, (422, "comment.empty")),
        ({"body": "x", "files": [new_id()]}, (404, "not_found")),
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
        await stage.foreign_office.post(f"/comments/{comment}/hide", {"reason": "rude"}),
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

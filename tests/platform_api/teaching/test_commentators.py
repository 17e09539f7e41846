"""Outside experts over HTTP: invited, let in, put out."""

from typing import Any

from platform_api.kernel.rooms import Role
from platform_api.kernel.tokens import verify_grant
from tests.support.sessions import Stage, at_once, ok, refusal

PERSON = {"name": "张涛", "title": "主任医师", "hospital": "华西医院"}


async def invited(stage: Stage, session: str) -> dict[str, Any]:
    made = await ok(await stage.expert.post(f"/sessions/{session}/commentators", PERSON), 201)
    invitation: dict[str, Any] = made["invitation"]
    return {**invitation, "code": invitation["url"].rpartition("/i/")[2]}


async def let_in(stage: Stage, invitation: dict[str, Any]) -> dict[str, str]:
    """The headers of the guest."""
    answer = await stage.town.client.post(
        f"/api/v1/invitations/{invitation['code']}/redeem",
        json={"one_time_code": invitation["one_time_code"], "name": "张涛"},
    )
    return {"Authorization": f"Bearer {(await ok(answer))['access_token']}"}


async def test_a_commentator_comes_in_for_that_session_alone(stage: Stage) -> None:
    session = await stage.opened(visibility="invited")
    other = await stage.opened(visibility="everyone_signed_in")
    client = stage.town.client

    guest = await let_in(stage, await invited(stage, session["id"]))

    seen = await ok(await client.get(f"/api/v1/sessions/{session['id']}", headers=guest))
    assert seen["may"] == {
        "edit": False,
        "open": False,
        "end": False,
        "join": True,
        "replay": False,
        "moderate": False,
    }
    seat = await ok(await client.post(f"/api/v1/sessions/{session['id']}/grant", json={}, headers=guest))
    grant = verify_grant(seat["grant"], keys=stage.town.keys.signing.verifying(), clock=stage.town.clock)
    assert (grant.role, grant.name) == (Role.COMMENTATOR, "张涛")
    await stage.town.platform.admission.may_enter(grant)
    hidden = await client.get(f"/api/v1/sessions/{other['id']}", headers=guest)
    assert await refusal(hidden) == (404, "not_found")
    listed = await ok(await client.get("/api/v1/sessions", headers=guest))
    assert [item["id"] for item in listed["items"]] == [session["id"]]
    for method, path in (
        ("POST", "/sessions"),
        ("POST", f"/sessions/{session['id']}/end"),
        ("GET", f"/sessions/{session['id']}/commentators"),
        ("POST", f"/sessions/{session['id']}/share"),
        ("GET", "/jobs"),
        ("POST", "/files"),
    ):
        answer = await client.request(method, f"/api/v1{path}", json={}, headers=guest)
        assert answer.status == 403, path


async def test_a_guest_who_reloads_the_page_is_still_in(stage: Stage) -> None:
    session = await stage.opened(visibility="invited")
    invitation, client = await invited(stage, session["id"]), stage.town.client
    redeemed = await client.post(
        f"/api/v1/invitations/{invitation['code']}/redeem",
        json={"one_time_code": invitation["one_time_code"], "name": "张涛"},
    )

    answer = redeemed
    for _ in range(2):
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-scopecast-guest=")
        kept = {"Cookie": cookie.partition(";")[0]}
        stage.town.clock.advance(60)
        foreign = await client.post("/api/v1/auth/refresh", json={"guest": True}, headers=kept)
        assert await refusal(foreign) == (403, "auth.csrf")
        answer = await client.post(
            "/api/v1/auth/refresh", json={"guest": True}, headers={**kept, "X-Scopecast": "1"}
        )
        again = await ok(answer)
        assert again["guest"]["session"] == session["id"]
        guest = {"Authorization": f"Bearer {again['access_token']}"}
        await ok(await client.post(f"/api/v1/sessions/{session['id']}/grant", json={}, headers=guest))


async def test_a_guest_comments_in_the_own_session(stage: Stage) -> None:
    session = await stage.opened(visibility="invited")
    guest = await let_in(stage, await invited(stage, session["id"]))
    path = f"/api/v1/sessions/{session['id']}/comments"

    posted = await ok(await stage.town.client.post(path, json={"body": "边界在口侧"}, headers=guest), 201)

    read = await ok(await stage.expert.get(f"/sessions/{session['id']}/comments"))
    assert [(item["id"], item["author_name"]) for item in read["items"]] == [(posted["id"], "张涛")]
    other = await stage.opened()
    answer = await stage.town.client.post(
        f"/api/v1/sessions/{other['id']}/comments", json={"body": "x"}, headers=guest
    )
    assert await refusal(answer) == (404, "not_found")


async def test_the_list_shows_how_far_each_invitation_is(stage: Stage) -> None:
    session = await stage.opened()
    path = f"/sessions/{session['id']}/commentators"
    made = [await invited(stage, session["id"]) for _ in range(3)]
    await let_in(stage, made[1])
    await ok(await stage.expert.send("DELETE", f"{path}/{made[2]['id']}"), 204)

    async def states() -> list[str]:
        items = (await ok(await stage.expert.get(path)))["items"]
        assert all(set(item) == {"id", "name", "title", "hospital", "state", "expires_at"} for item in items)
        return [item["state"] for item in items]

    assert await states() == ["invited", "redeemed", "revoked"]
    stage.town.clock.advance(3 * 24 * 3600)
    await stage.expert.sign_in()
    assert await states() == ["expired", "redeemed", "revoked"]


async def test_a_withdrawn_invitation_puts_its_guest_out(stage: Stage) -> None:
    session = await stage.opened()
    invitation = await invited(stage, session["id"])
    guest = await let_in(stage, invitation)
    path = f"/sessions/{session['id']}/commentators/{invitation['id']}"

    assert await refusal(await stage.colleague.send("DELETE", path)) == (403, "refused")
    assert await refusal(await stage.foreigner.send("DELETE", path)) == (404, "not_found")
    await ok(await stage.expert.send("DELETE", path), 204)

    answer = await stage.town.client.get(f"/api/v1/sessions/{session['id']}", headers=guest)
    assert answer.status == 401
    assert await refusal(await stage.expert.send("DELETE", path)) == (404, "not_found")


async def test_nobody_is_invited_to_what_is_over(stage: Stage) -> None:
    session = await stage.ended()

    answer = await stage.expert.post(f"/sessions/{session['id']}/commentators", PERSON)

    assert await refusal(answer) == (409, "session.ended")


async def test_a_link_tells_little_and_its_code_counts_once(stage: Stage) -> None:
    session = await stage.plan(visibility="invited")
    invitation = await invited(stage, session["id"])
    client, path = stage.town.client, f"/api/v1/invitations/{invitation['code']}"

    facts = await ok(await client.get(path))
    wrong = await client.post(f"{path}/redeem", json={"one_time_code": "00000000", "name": "x"})
    statuses = await at_once(
        *(
            client.post(f"{path}/redeem", json={"one_time_code": invitation["one_time_code"]})
            for _ in range(4)
        )
    )

    assert set(facts["session"]) == {"title", "expert_name", "starts_at", "state"}
    assert (facts["kind"], facts["name"]) == ("commentator", "张涛")
    assert await refusal(wrong) == (403, "invitation.code_wrong")
    assert statuses == [200] + [409] * 3
    assert (await refusal(await client.get(path)))[1] == "invitation.used"
    unknown = await client.get(f"/api/v1/invitations/{'a' * 32}")
    assert await refusal(unknown) == (404, "invitation.invalid")

"""Share links over HTTP."""

from typing import Any

from platform_api.kernel.events import AccessRevoked
from tests.support.sessions import Stage, at_once, listen, ok, refusal


async def shared(stage: Stage, session: str, hours: int = 24) -> dict[str, Any]:
    made: dict[str, Any] = await ok(
        await stage.expert.post(f"/sessions/{session}/share", {"hours": hours}), 201
    )
    return {**made, "token": made["url"].rpartition("/s/")[2]}


async def look(stage: Stage, token: str) -> Any:
    return await stage.town.client.get(f"/api/v1/share/{token}")


async def open_it(stage: Stage, token: str, pin: str | None = None) -> Any:
    return await stage.town.client.post(f"/api/v1/share/{token}/open", json={"pin": pin})


async def rows_of(stage: Stage) -> str:
    async with stage.town.platform.database.transaction() as transaction:
        await transaction.execute("SELECT set_config('scopecast.actor', 'system:test', true)")
        return str([dict(row) for row in await transaction.fetch("SELECT * FROM session_shares")])


async def test_PR_04_a_link_tells_little_and_holds_no_name(stage: Stage) -> None:
    session = await stage.plan()
    link = await shared(stage, session["id"])

    answer = await look(stage, link["token"])

    facts = await ok(answer)
    assert set(facts["session"]) == {"title", "expert_name", "starts_at", "state"}
    assert (facts["kind"], facts["expires_at"]) == ("live", link["expires_at"])
    assert len(link["token"]) == 32
    assert session["title"] not in link["url"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_PR_04_the_database_holds_neither_token_nor_second_secret(stage: Stage) -> None:
    link = await shared(stage, (await stage.plan())["id"])

    kept = await rows_of(stage)

    assert link["token"] not in kept
    assert f"'{link['pin']}'" not in kept
    for stolen in (link["id"], "a" * 32):
        assert (await refusal(await look(stage, stolen)))[0] == 404


async def test_PR_04_the_second_secret_lets_a_visitor_into_that_session_alone(stage: Stage) -> None:
    session, other = await stage.opened(visibility="invited"), await stage.opened()
    link = await shared(stage, session["id"])

    assert await refusal(await open_it(stage, link["token"])) == (403, "share.pin_wrong")
    entrance = await ok(await open_it(stage, link["token"], link["pin"]))

    assert (entrance["session"], entrance["room"]) == (session["id"], session["room"])
    headers = {"Authorization": f"Bearer {entrance['access_token']}"}
    client = stage.town.client
    seen = await ok(await client.get(f"/api/v1/sessions/{session['id']}", headers=headers))
    assert seen["may"]["join"]
    assert not seen["may"]["moderate"]
    hidden = await client.get(f"/api/v1/sessions/{other['id']}", headers=headers)
    assert await refusal(hidden) == (404, "not_found")
    listed = await ok(await client.get("/api/v1/sessions", headers=headers))
    assert [item["id"] for item in listed["items"]] == [session["id"]]
    seat = await ok(await client.post(f"/api/v1/sessions/{session['id']}/grant", json={}, headers=headers))
    assert seat["role"] == "viewer"


async def test_a_signed_in_user_needs_no_second_secret_and_keeps_it_until_the_link_ends(stage: Stage) -> None:
    session = await stage.opened(visibility="invited")
    link = await shared(stage, session["id"])
    path = f"/sessions/{session['id']}"
    assert await refusal(await stage.foreigner.get(path)) == (404, "not_found")

    entrance = await ok(await stage.foreigner.post(f"/share/{link['token']}/open", {}))

    assert entrance["access_token"] is None
    assert (await ok(await stage.foreigner.get(path)))["may"]["join"]
    listed = await ok(await stage.foreigner.get("/sessions?state=live"))
    assert [item["id"] for item in listed["items"]] == [session["id"]]
    stage.town.clock.advance(24 * 3600)
    await stage.foreigner.sign_in()
    assert await refusal(await stage.foreigner.get(path)) == (404, "not_found")


async def test_PR_04_an_expired_link_opens_nothing(stage: Stage) -> None:
    link = await shared(stage, (await stage.opened())["id"], hours=1)
    stage.town.clock.advance(3600)

    assert await refusal(await look(stage, link["token"])) == (410, "share.expired")
    assert await refusal(await open_it(stage, link["token"], link["pin"])) == (410, "share.expired")


async def test_PR_04_a_withdrawn_link_opens_nothing_and_puts_its_visitors_out(stage: Stage) -> None:
    session = await stage.opened(visibility="invited")
    link = await shared(stage, session["id"])
    visitor = await ok(await open_it(stage, link["token"], link["pin"]))
    await ok(await stage.foreigner.post(f"/share/{link['token']}/open", {}))
    heard = listen(stage.town, AccessRevoked)
    path = f"/sessions/{session['id']}/shares/{link['id']}"

    assert await refusal(await stage.colleague.send("DELETE", path)) == (404, "not_found")
    await ok(await stage.expert.send("DELETE", path), 204)

    assert await refusal(await look(stage, link["token"])) == (410, "share.revoked")
    assert len(heard.events) == 1
    headers = {"Authorization": f"Bearer {visitor['access_token']}"}
    answer = await stage.town.client.get(f"/api/v1/sessions/{session['id']}", headers=headers)
    assert answer.status == 401
    assert await refusal(await stage.foreigner.get(f"/sessions/{session['id']}")) == (404, "not_found")
    shares = await ok(await stage.expert.get(f"/sessions/{session['id']}/shares"))
    assert [share["revoked"] for share in shares["items"]] == [True]


async def test_who_made_a_link_sees_and_withdraws_it_and_who_runs_the_session_all(stage: Stage) -> None:
    session = await stage.plan()
    path = f"/sessions/{session['id']}/shares"
    of_expert = await shared(stage, session["id"])
    of_colleague = await ok(await stage.colleague.post(f"/sessions/{session['id']}/share", {"hours": 2}), 201)

    async def seen_by(person: Any) -> list[str]:
        return [share["id"] for share in (await ok(await person.get(path)))["items"]]

    assert await seen_by(stage.expert) == [of_colleague["id"], of_expert["id"]]
    assert await seen_by(stage.colleague) == [of_colleague["id"]]
    assert await refusal(await stage.foreigner.get(path)) == (404, "not_found")
    await ok(await stage.colleague.send("DELETE", f"{path}/{of_colleague['id']}"), 204)
    assert await refusal(await stage.colleague.send("DELETE", f"{path}/{of_expert['id']}")) == (
        403,
        "refused",
    )
    shares = (await ok(await stage.expert.get(path)))["items"]
    assert [share["revoked"] for share in shares] == [True, False]


async def test_AU_04_a_link_is_withdrawn_once_however_many_try(stage: Stage) -> None:
    session = await stage.plan()
    link = await shared(stage, session["id"])
    path = f"/sessions/{session['id']}/shares/{link['id']}"

    statuses = await at_once(*(stage.expert.send("DELETE", path) for _ in range(20)))

    assert statuses == [204] + [404] * 19


async def test_AU_04_five_wrong_second_secrets_close_the_link_even_at_once(stage: Stage) -> None:
    link = await shared(stage, (await stage.opened())["id"])
    wrong = f"{(int(link['pin']) + 1) % 1_000_000:06d}"

    statuses = await at_once(*(open_it(stage, link["token"], wrong) for _ in range(12)))

    assert statuses == [403] * 5 + [410] * 7
    assert await refusal(await open_it(stage, link["token"], link["pin"])) == (410, "share.locked")


async def test_a_link_is_made_by_who_may_share_a_session_of_their_organisation(stage: Stage) -> None:
    session = await stage.plan(visibility="everyone_signed_in")
    path = f"/sessions/{session['id']}/share"

    await ok(await stage.colleague.post(path, {}), 201)

    assert await refusal(await stage.foreigner.post(path, {})) == (403, "refused")
    for hours in (0, 169, "24"):
        assert await refusal(await stage.expert.post(path, {"hours": hours})) == (422, "request.invalid")
    hidden = await stage.plan(visibility="invited")
    assert await refusal(await stage.colleague.post(f"/sessions/{hidden['id']}/share", {})) == (
        404,
        "not_found",
    )

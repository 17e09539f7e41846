"""Platform and WHIP together: whom a session's grant still lets in."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from media.egress.whep import add_whep_routes
from media.ingress.whip import add_whip_routes
from media.sdp_over_http import Gate
from platform_api.http.rate import Rate, RateLimiter
from platform_api.kernel.tokens import verify_grant
from tests.support.fake_media import FakeMedia
from tests.support.jobs import TESTER
from tests.support.offers import offer, section
from tests.support.platform import HttpClient, Town
from tests.support.sessions import Stage, make_stage, ok, refusal

SDP = {"Content-Type": "application/sdp"}
Serve = Callable[[TestServer], Awaitable[HttpClient]]


@pytest.fixture
async def stage(town: Town) -> Stage:
    return await make_stage(town)


async def serving(town: Town, aiohttp_client: Serve) -> HttpClient:
    """WHIP and WHEP behind the town's admission."""
    app, media, posts = web.Application(), FakeMedia(), RateLimiter(town.clock)
    gate = Gate(
        verify=lambda token: verify_grant(token, keys=town.keys.signing.verifying(), clock=town.clock),
        admit=town.platform.admission.may_enter,
        count=lambda key: posts.take(key, Rate(2, 60)),
    )
    add_whip_routes(app, media, gate)
    add_whep_routes(app, media, gate)
    return await aiohttp_client(TestServer(app))


async def test_AU_01_an_encoder_is_refused_once_its_session_has_ended(
    stage: Stage, aiohttp_client: Serve
) -> None:
    http = await serving(stage.town, aiohttp_client)
    session = await stage.opened()
    granted = await ok(await stage.expert.post(f"/sessions/{session['id']}/grant", {"role": "encoder"}))
    headers = {**SDP, "Authorization": f"Bearer {granted['grant']}"}
    path, body = f"/whip/{session['room']}?source=scope", offer(section("0", direction="sendonly"))

    taken = await http.post(path, data=body, headers=headers)
    await ok(await stage.expert.post(f"/sessions/{session['id']}/end"))
    refused = await http.post(path, data=body, headers=headers)
    crowd = await http.post(path, data=body, headers=headers)

    assert taken.status == 201
    assert await refusal(refused) == (409, "session.ended")
    assert await refusal(crowd) == (409, "session.ended")


async def test_AU_05_a_viewer_whose_account_is_closed_plays_nothing(
    stage: Stage, aiohttp_client: Serve
) -> None:
    http = await serving(stage.town, aiohttp_client)
    session = await stage.opened()
    granted = await ok(await stage.colleague.post(f"/sessions/{session['id']}/grant"))
    headers = {**SDP, "Authorization": f"Bearer {granted['grant']}"}
    path, body = f"/whep/{session['room']}?source=scope", offer(section("0"))

    seen = await http.post(path, data=body, headers=headers)
    await ok(await stage.colleague.post("/auth/logout"), 204)
    refused = await http.post(path, data=body, headers=headers)

    assert seen.status == 201
    assert await refusal(refused) == (403, "refused")


async def test_posts_are_counted_for_each_asker(stage: Stage, aiohttp_client: Serve) -> None:
    http = await serving(stage.town, aiohttp_client)
    session = await stage.opened()
    granted = await ok(await stage.colleague.post(f"/sessions/{session['id']}/grant"))
    headers = {**SDP, "Authorization": f"Bearer {granted['grant']}"}
    path, body = f"/whep/{session['room']}?source=scope", offer(section("0"))

    answers = [await http.post(path, data=body, headers=headers) for _ in range(3)]

    assert [answer.status for answer in answers] == [201, 201, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


async def test_AD_01_what_a_grant_is_not_for_is_refused_in_the_trail(
    stage: Stage, aiohttp_client: Serve
) -> None:
    http = await serving(stage.town, aiohttp_client)
    session, other = await stage.opened(), await stage.opened()
    granted = await ok(await stage.colleague.post(f"/sessions/{session['id']}/grant"))
    headers = {**SDP, "Authorization": f"Bearer {granted['grant']}"}
    sends, sees = offer(section("0", direction="sendonly")), offer(section("0"))

    for path, body, told in (
        (f"/whip/{session['room']}?source=scope", sends, (403, "media.source_not_allowed")),
        (f"/whep/{other['room']}?source=scope", sees, (403, "grant.invalid")),
    ):
        assert await refusal(await http.post(path, data=body, headers=headers)) == told

    async with stage.town.platform.database.transaction(TESTER) as transaction:
        rows = await transaction.fetch(
            "SELECT * FROM audit_entries WHERE tag = 'access.refused' ORDER BY number"
        )
    assert [row["target"] for row in rows] == [session["room"], other["room"]]
    assert {row["actor"] for row in rows} == {stage.colleague.user.id}

"""Certificates: believed from a proxy of ours alone, bound by their user, off until switched on."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.identity.model import UserRole
from tests.support.certificates import certificate, vouched
from tests.support.platform import BuildTown, Person, Town

ON = {"identity": {"password_memory_kib": 64, "password_rounds": 1, "certificate_login": True}}
PROXY = {"http": {"trusted_proxies": ["127.0.0.0/8"]}}
LOGIN = "/api/v1/auth/certificate/login"


@pytest.fixture
async def owner(cluster: EmbeddedPostgres, database_name: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(cluster.dsn(database=database_name))
    yield connection
    await connection.close()


async def bind(person: Person, shown: x509.Certificate, password: str | None = None) -> tuple[int, Any]:
    answer = await person.client.post(
        "/api/v1/auth/certificates",
        json={"password": password or person.password},
        headers=person.headers | vouched(shown),
    )
    return answer.status, await answer.json()


async def enter(town: Town, headers: dict[str, str]) -> tuple[int, str]:
    answer = await town.client.post(LOGIN, json={}, headers=headers)
    found = await answer.json()
    return answer.status, found.get("code") or found["user"]["username"]


async def test_T20_a_bound_certificate_signs_its_user_in(build_town: BuildTown) -> None:
    town = await build_town(ON | PROXY)
    person = await town.signed_in("expert", UserRole.EXPERT)
    mine = certificate()

    bound, shown = await bind(person, mine)
    entered = await enter(town, vouched(mine))
    caddy = base64.b64encode(mine.public_bytes(Encoding.DER)).decode()
    by_caddy = await enter(
        town, {"X-Scopecast-Client-Certificate": caddy, "X-Scopecast-Client-Verified": "SUCCESS"}
    )

    assert (bound, shown["subject"]) == (201, "CN=王医生")
    assert (entered, by_caddy) == ((200, "expert"), (200, "expert"))
    assert (await (await town.client.get("/api/v1/auth/ways")).json()) == {"certificate": True}


@pytest.mark.parametrize("tables", [ON, PROXY], ids=["not from a proxy", "switched off"])
async def test_the_header_of_anybody_else_is_nothing_and_is_noted(
    build_town: BuildTown, owner: Any, tables: dict[str, Any]
) -> None:
    identity = {"identity": {"password_memory_kib": 64, "password_rounds": 1}}
    town = await build_town(identity | tables)
    person = await town.signed_in("expert", UserRole.EXPERT)

    refused = await enter(town, vouched(certificate()))
    bound = await bind(person, certificate())
    noted = await owner.fetch("SELECT details FROM audit_entries WHERE tag = 'login' AND outcome = 'failed'")

    assert (refused, bound[0]) == ((401, "certificate.missing"), 401)
    assert ["certificate.missing" in row["details"] for row in noted] == [True]


@pytest.mark.parametrize("fault", ["not verified", "over", "not yet", "garbled", "none"])
async def test_a_certificate_that_is_not_good_now_opens_nothing(build_town: BuildTown, fault: str) -> None:
    town = await build_town(ON | PROXY)
    headers = {
        "not verified": vouched(certificate(), "FAILED:self-signed certificate"),
        "over": vouched(certificate(days=0)),
        "not yet": vouched(certificate(begins=1)),
        "garbled": vouched(certificate()) | {"X-Scopecast-Client-Certificate": "%%%"},
        "none": {},
    }[fault]

    assert await enter(town, headers) == (401, "certificate.missing")


async def test_a_certificate_is_bound_to_one_account_with_the_password(build_town: BuildTown) -> None:
    town = await build_town(ON | PROXY)
    person, other = [await town.signed_in(name, UserRole.EXPERT) for name in ("expert", "other")]
    mine = certificate()

    unbound = await enter(town, vouched(mine))
    unproved = await bind(person, mine, "guess-guess")
    _, bound = await bind(person, mine)
    taken = await bind(other, mine)
    foreign = await other.post(f"/auth/certificates/{bound['id']}/remove", {"password": other.password})
    removed = await person.post(f"/auth/certificates/{bound['id']}/remove", {"password": person.password})

    assert (unbound, unproved[0]) == ((401, "certificate.unknown"), 403)
    assert (taken[0], taken[1]["code"]) == (409, "certificate.known")
    assert (foreign.status, removed.status) == (404, 204)
    assert await enter(town, vouched(mine)) == (401, "certificate.unknown")


async def test_a_disabled_account_is_not_opened_by_its_certificate(build_town: BuildTown) -> None:
    town = await build_town(ON | PROXY)
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    person = await town.signed_in("expert", UserRole.EXPERT)
    mine = certificate()
    await bind(person, mine)
    await admin.post(f"/users/{person.user.id}/disable")

    assert await enter(town, vouched(mine)) == (403, "auth.disabled")


async def test_AU_03_guessing_certificates_is_limited_by_address(build_town: BuildTown) -> None:
    town = await build_town(ON | PROXY)

    answers = [await enter(town, vouched(certificate())) for _ in range(21)]

    assert [status for status, _ in answers].count(429) == 1


async def test_reset_credentials_take_certificates_away(build_town: BuildTown) -> None:
    town = await build_town(ON | PROXY)
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    person = await town.signed_in("expert", UserRole.EXPERT)
    mine = certificate()
    await bind(person, mine)

    await admin.post(f"/users/{person.user.id}/reset-credentials")

    assert await enter(town, vouched(mine)) == (401, "certificate.unknown")

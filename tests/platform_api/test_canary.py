"""A person who must not be found in any log, figure or error page, sent through many doors (AD-03)."""

import json
from typing import Any

import pytest
import structlog

from platform_api.app import DOMAINS
from platform_api.http import PUBLIC, Call, Method, Route, Shape
from platform_api.identity.model import Duty, UserRole
from platform_api.kernel.log import configure_logging
from tests.support.platform import BuildTown
from tests.support.sessions import PLAN

NAME, CITIZEN, PHONE = "金丝雀欧阳", "110101199003074477", "13800138777"
CANARIES = (NAME, CITIZEN, PHONE)


class Draft(Shape):
    """A body that a fault quotes."""

    words: str


async def fail(call: Call[None, None, Draft]) -> None:
    raise RuntimeError(f"no row for {call.body.words}")


class Faulty:
    """A domain with a fault."""

    ROUTES = (Route(Method.POST, "/faulty", fail, permission=PUBLIC, summary="Fails"),)

    @staticmethod
    def build(_: object) -> tuple[()]:
        return ()


async def test_AD_03_no_log_no_figure_and_no_error_page_names_a_person(
    build_town: BuildTown, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logging()
    request.addfinalizer(structlog.reset_defaults)
    town = await build_town({"notify": {"sms": "log"}}, domains=(*DOMAINS, Faulty))
    expert = await town.signed_in("expert", UserRole.EXPERT)
    admin = await town.signed_in("admin", duty=Duty.AUDIT)
    doors: list[tuple[str, str, Any]] = [
        ("POST", "/auth/login", {"username": NAME, "password": CITIZEN}),
        ("POST", "/self/code", {"phone": PHONE}),
        ("POST", "/self/login", {"id": NAME, "code": CITIZEN}),
        ("POST", "/faulty", {"words": f"{NAME} {CITIZEN} {PHONE}"}),
        ("POST", "/sessions", PLAN | {"title": NAME, "case_summary": f"{CITIZEN} {PHONE}"}),
        ("POST", "/sessions", {"title": CITIZEN}),
        ("GET", f"/sessions?q={PHONE}", None),
        ("GET", f"/sessions/{NAME}", None),
        ("GET", f"/{CITIZEN}", None),
        ("POST", "/questions", {"title": NAME, "body": CITIZEN}),
        ("POST", "/tables/audit/rows", {"text": NAME, "filters": [{"column": CITIZEN}]}),
        ("POST", f"/tables/{PHONE}/rows", {}),
        ("GET", f"/users?q={NAME}", None),
        ("POST", "/users", {"username": CITIZEN, "name": NAME}),
    ]
    said = []
    for person in (expert, admin):
        for method, path, body in doors:
            answer = await person.send(method, path, body)
            if answer.status >= 400:
                problem = await answer.json()
                del problem["instance"]  # the address that the peer itself asked
                said.append(json.dumps(problem, ensure_ascii=False))
    said.append(await (await town.client.get("/metrics")).text())
    logs = capfd.readouterr()
    said += [logs.err, logs.out]

    faults = [json.loads(line) for line in logs.err.splitlines() if '"http.fault"' in line]
    assert len(faults) == 2
    assert all(len(fault["request_id"]) == 16 for fault in faults)
    assert [(text[:200], canary) for text in said for canary in CANARIES if canary in text] == []

"""Every route that names one thing, walked by those who may not see it (AZ-02, F35)."""

from collections.abc import Iterator
from typing import Any

from platform_api.app import DOMAINS
from platform_api.http import GUEST_OR_USER, PUBLIC, SIGNED_IN, Route
from platform_api.identity.model import UserRole
from platform_api.kernel.ids import new_id
from tests.support.jobs import all_jobs, ask_for_job
from tests.support.platform import Person
from tests.support.sessions import FOREIGN, PLAN, Stage, ok, picture
from tests.support.uploading import begin

MINE = ("teaching", "comments", "files", "jobs")
BODIES: dict[str, object] = {
    "teaching_plan_session": PLAN,
    "teaching_change_session": {"title": "改"},
    "teaching_invite_commentator": {"name": "张涛"},
    "teaching_share_session": {"hours": 1},
    "teaching_keep_position": {"position_ms": 1},
    "comments_post_comment": {"body": "x"},
    "comments_hide_comment": {"reason": "rude"},
    "files_delete_file": {"reason": "mistake"},
}


def routes() -> Iterator[Route]:
    for domain in DOMAINS:
        yield from (route for route in domain.ROUTES if route.name.partition("_")[0] in MINE)


def test_AZ_03_every_route_names_its_permission_and_every_write_its_rate() -> None:
    assert len(list(routes())) > 30
    for route in routes():
        assert route.permission.name
        if route.permission in (PUBLIC, GUEST_OR_USER, SIGNED_IN) and route.method != "GET":
            assert route.rate.count <= 300, route.name


async def things(stage: Stage) -> dict[str, str]:
    """One of everything that belongs to the first organisation, by the name in the paths."""
    session = await stage.ended()
    path = f"/sessions/{session['id']}"
    comment = await ok(await stage.expert.post(f"{path}/comments", {"body": "本院"}), 201)
    share = await ok(await stage.expert.post(f"{path}/share", {}), 201)
    sent = await stage.town.client.post("/api/v1/files", data=picture(), headers=stage.expert.headers)
    file = await ok(sent, 201)
    await ok(await stage.expert.post(f"{path}/materials", {"file": file["id"]}), 204)
    await ask_for_job(stage, "part-1")
    upload = await begin(stage.expert, 1_000)
    job = (await all_jobs(stage.town.platform.database))[0]
    return {
        "/sessions/{id}": session["id"],
        "/recordings/{id}": session["recording"]["id"],
        "/comments/{id}": comment["id"],
        "/files/{id}": file["id"],
        "/uploads/{id}": upload.id,
        "/jobs/{id}": job.id,
        "{file}": file["id"],
        "{share}": share["id"],
        "{invitation}": new_id(),
        "{still}": new_id(),
    }


def filled(route: Route, known: dict[str, str]) -> str:
    path = route.path
    for place, value in known.items():
        path = path.replace(place, place.replace("{id}", value) if "{id}" in place else value)
    assert "{" not in path, f"{route.name} names something that the walk has not made"
    return path


async def ask(stage: Stage, person: Person, route: Route, path: str, file: str) -> Any:
    with_file = route.name in ("teaching_add_material", "files_add_version")
    body = {"file": file} if with_file else BODIES.get(route.name, {})
    if route.name == "teaching_store_still":
        return await stage.town.client.post(f"/api/v1{path}", data=picture(), headers=person.headers)
    return await person.send(route.method, path, body)


async def test_AZ_02_no_route_answers_a_foreigner_about_what_is_not_theirs(stage: Stage) -> None:
    known = await things(stage)
    foreign_root = await stage.town.signed_in("far-root", UserRole.ADMINISTRATOR, organisation=FOREIGN)
    missing = {place: new_id() for place in known}
    walked = 0

    for route in routes():
        if "{" not in route.path or "{token}" in route.path or "{code}" in route.path:
            continue
        statuses = set[int]()
        for person in (stage.foreigner, stage.foreign_office, foreign_root):
            foreign = await ask(stage, person, route, filled(route, known), known["{file}"])
            absent = await ask(stage, person, route, filled(route, missing), missing["{file}"])
            statuses.add(foreign.status)
            walked += 1
            assert foreign.status in (403, 404), (route.name, await foreign.text())
            assert foreign.status == absent.status, route.name
            if route.method != "HEAD":
                assert (await foreign.json())["code"] == (await absent.json())["code"], route.name
        assert 404 in statuses, f"{route.name}: nobody tried it who holds the right to it at home"
        anonymous = await stage.town.client.request(route.method, f"/api/v1{filled(route, known)}", json={})
        assert anonymous.status == 401, route.name

    assert walked >= 3 * 24
    unchanged = await ok(await stage.expert.get(f"/sessions/{known['/sessions/{id}']}"))
    assert (unchanged["title"], unchanged["likes"], unchanged["comments"]) == (PLAN["title"], 0, 1)

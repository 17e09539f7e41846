"""Every operation of the document, walked by those to whom nothing behind it belongs (AZ-02, AZ-04)."""

import base64
import io
import json
import re
import subprocess
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import pytest
import pytest_asyncio
import structlog

from platform_api.db.embedded import EmbeddedPostgres, wheel_binaries
from platform_api.kernel.ids import new_id
from platform_api.kernel.log import configure_logging
from platform_api.kernel.sentences import Language, table
from tests.support.sessions import ok, picture
from tests.support.sheets import sheet
from tests.support.walk_rows import Operation, Said, Sampler, call, filled, missing, operations, put, said
from tests.support.walk_sights import actor_of, census, counts, everything_counted, own_operations, prints
from tests.support.walk_world import (
    Walker,
    World,
    fill,
    own_walker,
    sign_guests_in,
    sign_walkers_in,
    spoil_tokens,
    two_hospitals,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

ID: Final = "01900000-0000-7000-8000-000000000000"
KIOSK: Final = "qa_kiosk"
"""Operations of a screen: whose they are is told by its own head."""
UNKNOWN: Final = ("auth.required", "token.invalid", "login.over")
ENDS_THE_LOGIN: Final = ("identity_log_out", "identity_end_other_logins")
REFERS: Final = {
    "comment": "comments id",
    "after": "comments id",
    "experts": "users id",
    "file": "files id",
    "files": "files id",
    "into": "organisations id",
    "mentions": "users id",
    "organisation": "organisations id",
    "person": "users id",
    "role": "roles id",
    "session": "sessions id",
    "still": "files id",
    "user": "users id",
}
"""What a field of this name refers to."""
NO_REFERENCE: Final = {
    ("break_glass_open_access", "organisation"): "an emergency opens any hospital, on record and reviewed",
    ("comments_post_comment", "mentions.[]"): "colleagues of the network are named by the directory",
    ("joining_ask_to_register", "organisation"): "anybody may ask to join any",
    ("patients_sign_in_by_phone", "id"): "the id of a code that was sent is told to whoever asked for it",
    ("qa_ask_question", "experts.[]"): "experts of the network are asked by the directory",
    ("qa_invite_experts", "experts.[]"): "experts of the network are asked by the directory",
    ("qa_post_answer", "mentions.[]"): "colleagues of the network are named by the directory",
}
"""Fields that may name somebody or something of another hospital, and why."""
MASKED: Final = (
    ("people", "citizen_sealed", "tables/rows key"),
    ("people", "address_sealed", "tables/rows key"),
    ("registrations", "phone_sealed", "registrations id"),
)
"""Columns that are masked, and a row of each list."""
NAMED_BY_CLIENTS: Final = ("sessions/stills still",)
"""Parts whose name the client makes, for the one whole that it is in."""
OVERRUN: Final = {423, 429}
"""Three in one minute may be too many of the same person."""
MORE: Final[dict[str, dict[str, Any]]] = {
    "comments_forward_comment": {"user": ID},
    "comments_post_comment": {"body": "样本"},
    "qa_forward_question": {"user": ID},
    "qa_post_answer": {"body": "样本"},
    "review_return_review": {"remarks": {"overview": "样本"}},
    "teaching_forward_recording": {"user": ID},
    "teaching_forward_session": {"user": ID},
}
"""What an operation must be told though its schema does not say so."""
EXTRA: Final = {
    "org": "x",
    "organisation": ID,
    "organisation_id": ID,
    "role": "administrator",
    "roles": ["administrator"],
    "owner": ID,
    "owner_id": ID,
    "id": ID,
    "state": "locked",
    "status": "active",
    "created_at": "2020-01-01T00:00:00Z",
    "updated_at": "2020-01-01T00:00:00Z",
    "created_by": ID,
    "user_id": ID,
    "asker": ID,
    "subject": ID,
    "permissions": ["audit.view"],
    "disabled": False,
}
"""What no client sets, unless the operation is there for it."""
EMPTY: Final = {
    "audit_deliveries": "no receiver of audit messages is set",
    "job_workers": "no worker runs",
    "pgqueuer_log": "the queue library's own",
    "pgqueuer_schedules": "the queue library's own",
    "pgqueuer_statistics": "the queue library's own",
}
"""Tables of which no hospital has a row, and why."""
OF_NOBODY: Final = {
    "audit_head": "the end of the house's one chain, a number and a hash: whoever writes an entry reads it",
    "pgqueuer": "the queue library's own table: kinds of work and ids of jobs, whose rows stand under rules",
    "schema_migrations": "names of steps and their hashes",
}
"""What is seen by who says not who acts (`db/test_row_rules.py`)."""
CHANGED_BY_TIME: Final = {"logins": "nobody was there for a quarter of an hour"}
CLIENT_SETS: Final[dict[str, set[str]]] = {
    "break_glass_open_access": {"organisation"},
    "comments_forward_comment": {"organisation"},
    "identity_add_user": {"organisation", "roles"},
    "identity_change_role": {"permissions"},
    "identity_change_roles": {"roles"},
    "identity_change_user": {"organisation", "roles"},
    "identity_compose_role": {"organisation", "permissions"},
    "identity_give_composed_role": {"organisation", "role"},
    "identity_give_role": {"organisation", "role"},
    "joining_approve_registration": {"organisation", "roles"},
    "joining_ask_to_register": {"organisation"},
    "joining_invite_user": {"organisation", "roles"},
    "patients_sign_in_by_phone": {"id"},
    "qa_forward_question": {"organisation"},
    "teaching_forward_recording": {"organisation"},
    "teaching_forward_session": {"organisation"},
    "teaching_grant_seat": {"role"},
}
"""Which of these fields an operation takes, being there for it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The operations, and how each is asked."""

    world: World
    document: Mapping[str, Any]
    operations: list[Operation]

    def body(self, operation: Operation, walker: Walker) -> Any:
        """The least that the operation takes."""
        if operation.body is None:
            return None
        return Sampler(self.document, password=walker.password).value(operation.body) | MORE.get(
            operation.name, {}
        )

    async def ask(
        self,
        operation: Operation,
        walker: Walker,
        things: Mapping[str, str],
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Said:
        """What the operation answers to this walker about these things."""
        sampler = Sampler(self.document, password=walker.password)
        headers = dict(walker.headers)
        if operation.name.startswith(KIOSK) and walker.password:
            headers |= self.world.b.kiosk
        answer = await call(
            self.world.town.client,
            operation,
            filled(operation, things),
            headers=headers,
            query=sampler.query(operation) | dict(query or {}),
            body=self.body(operation, walker) if body is None else body,
            data=_data(operation),
        )
        told = await said(answer)
        if told.status >= 400:
            self.world.problems.append(told.text)
        return told

    async def with_references(self, operation: Operation) -> AsyncIterator[tuple[str, Said, Said]]:
        """Each field that names a thing: what is told of a foreign one in it, and of a missing one."""
        walker, own = own_walker(self.world, operation), self.world.b.things
        sampler = Sampler(self.document, password=walker.password)
        for way in dict.fromkeys(sampler.references(operation.body)):
            if (operation.name, ".".join(way)) not in NO_REFERENCE:
                told = [
                    await self.ask(operation, walker, own, body=put(self.body(operation, walker), way, thing))
                    for thing in (self.referred(operation, way), new_id())
                ]
                yield ".".join(way), told[0], told[1]
        for name, schema in operation.query.items():
            if list(sampler.references(schema)):
                things = (self.referred(operation, (name,)), new_id())
                told = [await self.ask(operation, walker, own, query={name: thing}) for thing in things]
                yield f"?{name}", told[0], told[1]

    def referred(self, operation: Operation, way: tuple[str, ...]) -> str:
        """The first hospital's thing that this field may refer to."""
        name = [step for step in way if step != "[]"][-1]
        parent = "organisations id" if operation.name.startswith("organisations") else "comments id"
        return self.world.a.things[REFERS.get(name) or parent]


def lines(wrong: Iterable[object]) -> str:
    """One a line, so that each is read."""
    return "".join(f"\n{each}" for each in wrong)


def _data(operation: Operation) -> bytes | None:
    if not operation.raw:
        return None
    return sheet(("新人", "", "", "医生", "", "", "", "")) if "import" in operation.name else picture()


@dataclass(frozen=True, slots=True)
class Before:
    """What was seen before anybody walked."""

    without: Mapping[str, str]
    """What the second hospital was told while the first was empty."""
    beside: Mapping[str, str]
    """What it was told once the first had everything."""
    rows: Mapping[str, str]
    """The rows of the first."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(cluster: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    log = io.StringIO()
    with redirect_stderr(log):
        configure_logging(level="debug")
    with pytest.MonkeyPatch.context() as words:
        words.setitem(table(Language.ZH_CN), "table.people", "患者")
        async with two_hospitals(cluster, tmp_path_factory.mktemp("walk")) as made:
            made.log = log
            yield made
    structlog.reset_defaults()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def before(world: World) -> Before:
    document = await ok(await world.town.client.get("/api/openapi.json"))
    asked = operations(document)
    await world.b.sign_in()
    then = {"word": world.a.canary.word, "until": world.town.clock.now().isoformat()}
    world.town.clock.advance(1)
    without = await census(world, document, asked, **then)
    await fill(world, world.a)
    beside = await census(world, document, asked, **then)
    await spoil_tokens(world)
    return Before(without, beside, await prints(world, actor_of(world.a)))


@pytest_asyncio.fixture(loop_scope="module")
async def walk(world: World, before: Before) -> Walk:
    await sign_walkers_in(world)
    document = await ok(await world.town.client.get("/api/openapi.json"))
    return Walk(world, document, operations(document))


def strangers(world: World) -> list[Walker]:
    """Those who are nobody: without a token, with one that ran out, with one that was signed off."""
    return [
        Walker("anonymous", {}),
        Walker("expired", _bearer(world.expired)),
        Walker("revoked", _bearer(world.revoked)),
    ]


def foreigners(world: World) -> list[Walker]:
    """Those of the second hospital."""
    return [
        Walker("user", world.b.staff.headers, world.b.staff.password),
        Walker("administrator", world.b.admin.headers, world.b.admin.password),
        Walker("security", world.b.guard.headers, world.b.guard.password),
        Walker("auditor", world.b.auditor.headers, world.b.auditor.password),
        Walker("operator", world.b.operator.headers, world.b.operator.password),
        Walker("guest", world.b.guest),
        Walker("patient", world.b.patient),
        Walker("program", world.b.api_key),
    ]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_AZ_02_who_is_nobody_is_told_so_by_every_operation_that_is_not_public(walk: Walk) -> None:
    wrong, asked = [], 0
    for operation in walk.operations:
        told = [await walk.ask(operation, walker, walk.world.a.things) for walker in strangers(walk.world)]
        asked += len(told)
        if operation.is_public:
            if len({each.status for each in told} - OVERRUN) > 1:
                wrong.append((operation.name, [each.status for each in told]))
        elif [each.status for each in told] != [401] * 3:
            wrong.append((operation.name, [each.status for each in told]))

    assert not wrong, lines(wrong)
    assert asked == 3 * len(walk.operations) > 500


async def test_AZ_02_nobody_of_another_hospital_can_tell_a_foreign_thing_from_a_missing_one(
    walk: Walk,
) -> None:
    wrong, asked = list[tuple[object, ...]](), 0
    await sign_guests_in(walk.world)
    for operation in walk.operations:
        if not operation.foreign_places:
            continue
        tried = set()
        for walker in foreigners(walk.world):
            foreign = await walk.ask(operation, walker, walk.world.a.things)
            absent = await walk.ask(operation, walker, missing(operation))
            asked += 1
            tried.add(foreign.status)
            if foreign.status not in (401, 403, 404) or not foreign.alike(absent):
                wrong.append((operation.name, walker.name, foreign, absent))
        if 404 not in tried:
            wrong.append((operation.name, "nobody tried it who may do it at home", tried))

    assert not wrong, lines(wrong)


async def test_AZ_02_a_foreign_part_of_an_own_thing_is_as_a_missing_one(walk: Walk) -> None:
    """`/sessions/{mine}/shares/{theirs}`: the whole is one's own, the part is not."""
    wrong, asked = [], 0
    for operation in walk.operations:
        walker = own_walker(walk.world, operation)
        for key in operation.foreign_places[1:]:
            if key in NAMED_BY_CLIENTS:
                continue
            foreign = walk.world.b.things | {key: walk.world.a.things[key]}
            absent = walk.world.b.things | {key: missing(operation)[key]}
            told = await walk.ask(operation, walker, foreign), await walk.ask(operation, walker, absent)
            asked += 1
            if told[0].status not in (403, 404) or not told[0].alike(told[1]):
                wrong.append((operation.name, key, *told))

    assert not wrong, lines(wrong)
    assert asked > 5


async def test_AZ_02_no_mask_of_a_foreign_row_is_lifted(walk: Walk) -> None:
    (reveal,) = [each for each in walk.operations if each.name == "tables_reveal_cell"]
    wrong = []
    for listed, column, key in MASKED:
        told = []
        for row in (walk.world.a.things[key], new_id()):
            path = filled(reveal, {"tables/rows key": row}).replace("/people/", f"/{listed}/")
            body = {"column": column}
            answer = await call(
                walk.world.town.client, reveal, path, headers=walk.world.everything.headers, body=body
            )
            told.append(await said(answer))
        if told[0].status != 404 or not told[0].alike(told[1]):
            wrong.append((listed, column, *told))

    assert not wrong, lines(wrong)


async def test_AZ_02_lists_counts_searches_and_badges_are_as_if_the_others_were_not_there(
    before: Before,
) -> None:
    changed = {
        key: (told, before.beside[key]) for key, told in before.without.items() if told != before.beside[key]
    }

    assert not changed, lines(changed.items())
    assert len(before.without) > 100


async def test_AZ_02_nobody_puts_a_foreign_thing_into_an_own_one(walk: Walk) -> None:
    """Each id that a body or a query may hold: a foreign one is refused as a missing one."""
    wrong, asked = [], 0
    for operation in walk.operations:
        async for way, foreign, absent in walk.with_references(operation):
            asked += 1
            refused = foreign.status in (403, 404, 409, 410, 422) or way.startswith("?")
            if not (refused and foreign.alike(absent)):
                wrong.append((operation.name, way, foreign, absent))

    assert not wrong, lines(wrong)


async def test_AZ_01_every_table_is_empty_for_who_says_not_who_acts(walk: Walk) -> None:
    real = await everything_counted(walk.world)
    nobody = await counts(walk.world, None)

    empty = {name for name, count in real.items() if count == 0}
    assert empty == set(EMPTY), lines(empty ^ set(EMPTY))
    seen = {name for name, count in nobody.items() if count > 0}
    assert seen == set(OF_NOBODY), lines(seen ^ set(OF_NOBODY))


async def test_AZ_04_no_operation_takes_a_field_that_is_not_the_clients(walk: Walk) -> None:
    wrong, asked, taken = [], 0, dict[str, set[str]]()
    for operation in walk.operations:
        if operation.body is None:
            continue
        walker = own_walker(walk.world, operation)
        sampler = Sampler(walk.document, password=walker.password)
        for way in dict.fromkeys(sampler.objects(operation.body)):
            part = sampler.at(operation.body, way)
            declared = set(EXTRA) & set(part.get("properties", {}))
            if declared:
                taken[".".join((operation.name, *way))] = declared
            extra = {name: value for name, value in EXTRA.items() if name not in declared}
            body = put(walk.body(operation, walker), way, sampler.value(part) | extra)
            told = await walk.ask(operation, walker, walk.world.b.things, body=body)
            asked += len(extra)
            if told.status != 422 or not set(extra) <= _unknown(told):
                wrong.append((operation.name, way, told))

    assert not wrong, lines(wrong)
    assert taken == CLIENT_SETS, lines(taken.items())


def _unknown(told: Said) -> set[str]:
    fields = json.loads(told.text).get("fields", [])
    return {each["path"].rpartition(".")[2] for each in fields if each["code"] == "field.unknown"}


async def test_AZ_04_no_query_takes_a_field_that_is_not_the_clients(walk: Walk) -> None:
    wrong = []
    for operation in walk.operations:
        if operation.query:
            extra = {name: "x" for name in EXTRA if name not in operation.query}
            told = await walk.ask(
                operation, own_walker(walk.world, operation), walk.world.b.things, query=extra
            )
            if told.status != 422 or not set(extra) <= _unknown(told):
                wrong.append((operation.name, told))

    assert not wrong, lines(wrong)


async def test_PR_03_no_number_and_no_address_is_in_the_database_and_lists_show_them_masked(
    walk: Walk,
) -> None:
    world = walk.world
    dump = subprocess.run(
        [str(wheel_binaries() / "pg_dump"), f"--dbname={world.cluster.dsn(database=world.database_name)}"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    columns = ["citizen_sealed", "address_sealed"]
    page = await ok(await world.b.colleague.post("/tables/people/rows", {"columns": columns}))

    secrets = [each for side in (world.a, world.b) for each in side.canary.all[1:]]
    assert world.a.canary.word in dump
    assert [each for each in secrets for text in _written(each) if text in dump] == []
    (row,) = page["rows"]
    citizen, address = row["cells"]
    assert (citizen, address) == ("5101**********345" + world.b.canary.citizen[-1], "成都市金牛区***")


def _written(secret: str) -> tuple[str, ...]:
    """A secret as a dump would show it: plain, or as the bytes of a column."""
    data = secret.encode()
    return secret, data.hex(), base64.b64encode(data).decode().rstrip("=")[:-1]


async def test_AZ_02_what_is_ones_own_is_answered_without_a_word_of_the_others(walk: Walk) -> None:
    wrong, answered = [], 0
    a = walk.world.a
    ids = [each for each in a.things.values() if len(each) == 36]
    for operation in walk.operations:
        if operation.name in ENDS_THE_LOGIN:
            continue
        told = await walk.ask(operation, own_walker(walk.world, operation), walk.world.b.things)
        answered += told.status < 400
        found = [word for word in (*a.canary.all, *ids) if word in told.text]
        if found or told.status >= 500 or (told.code in UNKNOWN and not operation.is_public):
            wrong.append((operation.name, told.status, found, told.text[:300]))

    assert not wrong, lines(wrong)
    assert answered > 100


async def test_AD_03_no_log_no_figure_no_address_and_no_refusal_names_a_person(walk: Walk) -> None:
    world = walk.world
    figures = await (await world.town.client.get("/metrics")).text()
    log = world.log.getvalue()
    told = {"log": log, "figures": figures, "refusals": "\n".join(world.problems)}
    told |= {f"addresses of {name}": "\n".join(found) for name, found in (await _addresses(walk)).items()}

    canaries = [each for side in (world.a, world.b) for each in side.canary.all]
    spelt = [*canaries, *(quote(each) for each in canaries)]
    assert '"sms.kept"' in log
    assert len(world.problems) > 500
    assert [(name, each) for name, text in told.items() for each in spelt if each in text] == []


async def _addresses(walk: Walk) -> dict[str, list[str]]:
    """Every address in what the second hospital is told."""
    found = {}
    for operation in own_operations(walk.operations):
        told = await walk.ask(operation, own_walker(walk.world, operation), {})
        found[operation.name] = re.findall(r'"(/[^"]*|https?://[^"]*)"', told.text)
    return found


async def test_AZ_02_nothing_of_the_first_hospital_was_changed(walk: Walk, before: Before) -> None:
    """Runs last: what everybody tried has left no mark."""
    rows = await prints(walk.world, actor_of(walk.world.a))

    assert [name for name, mark in rows.items() if mark != before.rows[name]] == list(CHANGED_BY_TIME)

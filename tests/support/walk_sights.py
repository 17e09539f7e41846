"""What the hospitals of a walk see: lists and counts over HTTP, and rows in the database."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from platform_api.app import DOMAINS, lists_of
from platform_api.db import Actor
from tests.support.platform import Person
from tests.support.walk_rows import Operation, Said, Sampler, call, said
from tests.support.walk_world import Side, World

WORDS: Final = ("q", "text", "words")
"""Parameters by which somebody searches."""
CHANGING: Final = frozenset({"seen_at", "used_at", "now", "stamp", "expires_at", "challenge"})
"""Fields of an answer that say when it was asked."""
TRAIL: Final = ("audit_entries", "audit_head", "login_attempts")
"""Where each refusal of a census itself is written down."""
LISTS: Final = ("people", *(table.name for table in lists_of(DOMAINS) if table.name != "audit"))
"""All but the trail, which the census itself fills."""
OF_THE_HOUSE: Final = {
    "audit_list_sights": "who saw one's own record: the census itself did",
    "audit_verify_chain": "one chain for the whole house; how long it is, is no secret among its guards",
    "comments_find_people": "the directory of the network: names, titles and hospitals of colleagues",
    "operation_show_operation": "the machine and its load, for its operators",
}
"""What is not of a hospital, and why."""
TABLES_OF_THE_HOUSE: Final = {
    *TRAIL,
    "organisations",
    "organisation_paths",
    "pgqueuer",
    "pgqueuer_log",
    "pgqueuer_schedules",
    "pgqueuer_statistics",
    "schema_migrations",
}
"""The directory, the queue library's own tables and the trail's one chain."""
TABLES: Final = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
OWN_COLUMNS: Final = """
    SELECT c.relname, min(a.attname) AS own FROM pg_class c
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id'
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
    GROUP BY c.relname
"""
"""Each table, and its column that says whose a row is, if it has one."""


def own_operations(operations: Sequence[Operation]) -> list[Operation]:
    """Those that read, and name no thing of anybody."""
    return [
        each
        for each in operations
        if each.method == "GET" and not each.foreign_places and each.places == [] and not each.is_public
    ]


async def census(
    world: World, document: Mapping[str, Any], operations: Sequence[Operation], *, word: str, until: str
) -> dict[str, str]:
    """What the second hospital is told of what there was: every list, plain and searched for the word."""
    sampler, found = Sampler(document), dict[str, str]()
    for name, person in _people(world):
        for operation in own_operations(operations):
            if operation.name in OF_THE_HOUSE:
                continue
            for query in _queries(operation, sampler, word, until):
                answer = await call(
                    world.town.client, operation, operation.path, headers=person.headers, query=query
                )
                found[f"{name} {operation.name} {_words(query)}"] = _plain(await said(answer))
        for table in LISTS:
            for text in ("", word):
                answer = await person.post(f"/tables/{table}/rows", {"text": text} if text else {})
                found[f"{name} table {table} {text}"] = _plain(await said(answer))
    seen = await counts(world, actor_of(world.b))
    return found | {
        f"rows {table}": str(count) for table, count in seen.items() if table not in TABLES_OF_THE_HOUSE
    }


def _people(world: World) -> list[tuple[str, Person]]:
    return [
        ("user", world.b.staff),
        ("administrator", world.b.admin),
        ("security", world.b.guard),
        ("auditor", world.b.auditor),
        ("operator", world.b.operator),
        ("everything", world.everything),
    ]


def _queries(operation: Operation, sampler: Sampler, word: str, until: str) -> list[dict[str, str]]:
    least = sampler.query(operation)
    if "until" in operation.query:
        least |= {"until": until}
    searched = [least | {name: word} for name in WORDS if name in operation.query]
    return [least, *searched]


def _words(query: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in query.items() if key != "until")


def _plain(answer: Said) -> str:
    """The answer without what says when it was asked."""

    def steady(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: steady(each) for key, each in value.items() if key not in CHANGING}
        return [steady(each) for each in value] if isinstance(value, list) else value

    try:
        return f"{answer.status} {json.dumps(steady(json.loads(answer.text)), ensure_ascii=False)}"
    except ValueError:
        return f"{answer.status} a file"


def actor_of(side: Side) -> Actor:
    """A hospital's administrator as the database is told."""
    return Actor(subject=side.admin.user.id, organisation=side.admin.user.organisation)


async def counts(world: World, actor: Actor | None) -> dict[str, int]:
    """How many rows of each table the application sees for this actor."""
    async with world.town.platform.database.transaction(actor) as transaction:
        names = [row["relname"] for row in await transaction.fetch(TABLES)]
        return {
            name: await transaction.fetchval(f"SELECT count(*) FROM {name}")  # noqa: S608 - of the catalogue
            for name in names
        }


async def prints(world: World, actor: Actor) -> dict[str, str]:
    """A fingerprint of the rows of each table that are of the actor's organisation, or that it alone sees."""
    async with world.town.platform.database.transaction(actor) as transaction:
        columns = {row["relname"]: row["own"] for row in await transaction.fetch(OWN_COLUMNS)}
        return {
            name: await transaction.fetchval(
                f"SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ' ' ORDER BY t::text)), '') "  # noqa: S608
                f"FROM {name} t WHERE {f'{own} = ANY (scopecast_scope())' if own else 'true'}"
            )
            for name, own in columns.items()
            if name not in TABLES_OF_THE_HOUSE
        }


async def everything_counted(world: World) -> dict[str, int]:
    """How many rows each table really has."""
    connection = await asyncpg.connect(world.cluster.dsn(database=world.database_name))
    try:
        names = [row["relname"] for row in await connection.fetch(TABLES)]
        return {
            name: await connection.fetchval(f"SELECT count(*) FROM {name}")  # noqa: S608 - of the catalogue
            for name in names
        }
    finally:
        await connection.close()

"""Finding colleagues by name: to name them in a comment, to ask them, to forward to them."""

from dataclasses import dataclass
from typing import Final

from platform_api.comments import store
from platform_api.db import Actor, Database, Record
from platform_api.http import Asker
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.search import ask

HOUSE: Final = Actor(subject="system:people")
MAX_FOUND: Final = 20
LOOKED_AT: Final = 1_000
"""Of more who are found the first in the order of the index are sorted: nobody reads on, but types more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody with an account, as colleagues of the same network see them."""

    user: UserId
    name: str
    title: str
    organisation: OrganisationId
    organisation_name: str


class People:
    """The directory: names, titles and organisations of those in the same tree, and nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, asker: Asker, text: str) -> list[Colleague]:
        """At most twenty who are found by name, its sound or account, those of the own organisation first."""
        if asker.organisation is None:
            return []
        async with self._database.transaction(HOUSE) as transaction:
            rows = await store.people(transaction, asker.organisation, ask(text), MAX_FOUND)
        return [_colleague(row) for row in rows]

    async def find_below(self, asker: Asker, text: str) -> list[Colleague]:
        """The same of the own organisation and those below it, by the index of the search alone."""
        async with self._database.transaction(asker.actor()) as transaction:
            rows = await store.people_below(transaction, ask(text), LOOKED_AT, MAX_FOUND)
        return [_colleague(row) for row in rows]


def _colleague(row: Record) -> Colleague:
    return Colleague(
        user=UserId(row["id"]),
        name=row["name"],
        title=row["title"],
        organisation=OrganisationId(row["organisation_id"]),
        organisation_name=row["organisation_name"],
    )

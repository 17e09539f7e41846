"""No request that a schema allows or forbids is answered by our own fault (OP-07, OP-08).

Every operation of the document at least once in a run of the suite; `make fuzz-api` goes on for as long as it
is told, from another seed each time. What it finds is mended with a test of its own where the fault was.
"""

import asyncio
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.identity.model import Duty, UserRole
from platform_api.kernel.sentences import Language, table
from tests.support.fuzzing import Maker, Request
from tests.support.platform import Person
from tests.support.sessions import ok
from tests.support.walk_rows import RAW_BODIES, Operation, operations
from tests.support.walk_world import HOSPITALS, World, own_walker, two_hospitals

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS: Final = float(os.environ.get("FUZZ_SECONDS", "7"))
SEED: Final = int(os.environ.get("FUZZ_SEED", "7"))
ROUND_S: Final = 20
"""What the clock of the house goes on by after each round, so that no rate is used up."""
ANSWER_S: Final = 5.0
MOST: Final = 50
GENERAL: Final = frozenset({400, 401, 404, 405, 409, 413, 414, 415, 422, 423, 429})
"""Said before an operation is reached, or of the person who asks."""
INSIDE: Final = re.compile(
    r"Traceback|asyncpg|psycopg|SELECT .* FROM|/platform_api/|site-packages|File \"", re.IGNORECASE
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(cluster: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    with pytest.MonkeyPatch.context() as words:
        words.setitem(table(Language.ZH_CN), "table.people", "患者")
        async with two_hospitals(cluster, tmp_path_factory.mktemp("fuzz")) as made:
            yield made


class Asking:
    """Asks operations in the name of whoever may, and keeps what was wrong with the answers."""

    def __init__(self, world: World, document: dict[str, Any]) -> None:
        self.world = world
        self.document = document
        self.wrong: list[str] = []
        self.statuses: Counter[int] = Counter()
        self._made = 0

    async def ask(self, operation: Operation, request: Request) -> int:
        """The status; what is no lawful answer is kept."""
        walker = own_walker(self.world, operation)
        heads = {**walker.headers, **RAW_BODIES.get(operation.name, {}), **request.headers}
        if operation.name.startswith("qa_kiosk"):
            heads |= self.world.b.kiosk
        address = self.world.town.client.make_url("/")
        url = URL(f"{address}{request.path.lstrip('/')}?{request.query}", encoded=True)
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                self.world.town.client.session.request(
                    operation.method, url, data=request.body, headers=heads, allow_redirects=False
                ) as answer,
            ):
                text = (await answer.read()).decode("utf-8", "replace")
        except (TimeoutError, aiohttp.ClientError) as error:
            self._keep(operation, request, type(error).__name__)
            return 0
        self.statuses[answer.status] += 1
        if (why := self._fault(operation, answer, text)) is not None:
            self._keep(operation, request, why)
        return answer.status

    def _fault(self, operation: Operation, answer: aiohttp.ClientResponse, text: str) -> str | None:
        if answer.status >= 500:
            return f"{answer.status} {text[:200]}"
        declared = self.document["paths"][operation.path][operation.method.lower()]["responses"]
        if str(answer.status) not in declared and answer.status not in GENERAL:
            return f"{answer.status} is not in the document"
        if answer.status >= 400 and operation.method != "HEAD":
            if answer.content_type != "application/problem+json":
                return f"{answer.status} {answer.content_type}"
            if not isinstance(json.loads(text).get("code"), str) or INSIDE.search(text):
                return f"{answer.status} {text[:200]}"
        return None

    def _keep(self, operation: Operation, request: Request, why: str) -> None:
        body = (request.body or b"")[:300]
        self.wrong.append(
            f"{operation.name} [{request.way}] {request.path[:120]}?{request.query[:120]} {body!r}: {why}"
        )

    async def renew(self, person: Person) -> Person:
        """Somebody of the same rights who is signed in: requests may have locked the one before out."""
        self._made += 1
        if person.user.duty is not None:
            return await self._new(f"b.again{self._made}", duty=person.user.duty)
        return await self._new(f"b.again{self._made}", *UserRole)

    async def _new(self, name: str, *roles: UserRole, duty: Duty | None = None) -> Person:
        return await self.world.town.signed_in(name, *roles, organisation=HOSPITALS["b"], duty=duty)

    async def sign_in(self) -> None:
        """Everybody who asks, anew."""
        self.world.everything = await self.renew(self.world.everything)
        for name in ("guard", "auditor", "operator"):
            setattr(self.world.b, name, await self.renew(getattr(self.world.b, name)))


async def test_the_same_chance_makes_the_same_requests_of_every_kind(world: World) -> None:
    document = await ok(await world.town.client.get("/api/openapi.json"))
    every = operations(document)

    made = [
        [maker.request(each, "secret") for each in every for _ in range(5)]
        for maker in (Maker(document, random.Random(1), world.b.things) for _ in range(2))
    ]

    assert made[0] == made[1]
    assert {each.way for each in made[0]} == {"allowed", "path", "query", "spoilt", "bytes", "raw"}


async def test_OP_07_no_request_is_answered_by_our_own_fault(world: World) -> None:
    document = await ok(await world.town.client.get("/api/openapi.json"))
    every = operations(document)
    asking, chance = Asking(world, document), random.Random(SEED)
    maker = Maker(document, chance, world.b.things)
    ends = time.monotonic() + SECONDS
    rounds = 0
    while rounds == 0 or (time.monotonic() < ends and len(asking.wrong) < MOST):
        if rounds % 20 == 0:
            await asking.sign_in()
        rounds += 1
        for operation in every:
            password = own_walker(world, operation).password
            status = await asking.ask(operation, maker.request(operation, password))
            if status == 401 and not operation.is_public:
                await asking.sign_in()
        world.town.clock.advance(ROUND_S)

    assert not asking.wrong, "\n".join([f"seed {SEED}", *dict.fromkeys(asking.wrong)])
    assert len(every) > 200
    assert asking.statuses[200] + asking.statuses[201] + asking.statuses[204] > len(every) // 5, (
        asking.statuses
    )
    print(
        f"{sum(asking.statuses.values())} requests, {rounds} rounds, {dict(sorted(asking.statuses.items()))}"
    )

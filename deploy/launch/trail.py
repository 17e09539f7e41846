"""`scopecast audit`: whether the trail is whole, and what somebody saw or took away (PR-05)."""

import asyncio
import json
import os
import pwd
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from deploy.launch.database import Cluster
from deploy.launch.options import Options
from deploy.launch.ownership import held
from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.audit.anchor import AnchorFile
from platform_api.audit.model import Detail, Disclosed
from platform_api.audit.rules import breach
from platform_api.db import Actor, Database
from platform_api.identity.store import user_by_name
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.keys import load_keys

EXIT_BROKEN: Final = 1


async def run(parsed: Namespace) -> int:
    """Does what is asked, on the database of this machine, whether Scopecast runs or not; the exit code."""
    async with opened(Options.of(parsed)) as (database, trail):
        if parsed.act == "verify":
            return await _verify(trail)
        actor = await _subject(database, parsed.actor)
        entries = await trail.since(parsed.since, actor=actor)
        found = breach(entries, parsed.until)
        await trail.record(_looked(actor, len(found)))
        print(_document(actor, found) if parsed.json else _lines(found))
    return 0


@asynccontextmanager
async def opened(
    options: Options, command: str = "scopecast audit"
) -> AsyncIterator[tuple[Database, AuditTrail]]:
    """The database of this machine, started for this if it does not run, and its trail."""
    keys, cluster = load_keys(options.data_dir, options.settings()), Cluster.of(options)
    async with AsyncExitStack() as stack:
        if cluster.embedded is not None and not cluster.embedded.running():
            stack.enter_context(held(options.places, command))
            stack.callback(cluster.stop)
            await asyncio.to_thread(cluster.start)
        database = Database(cluster.app_dsn)
        await database.open()
        stack.push_async_callback(database.close)
        anchor = AnchorFile(options.data_dir / "audit" / "anchor", keys.sealer)
        yield database, AuditTrail(database, SystemClock(), anchor)


async def _subject(database: Database, word: str) -> str:
    """How the trail names this user."""
    async with database.transaction(Actor(subject="system:audit")) as transaction:
        user = await user_by_name(transaction, word)
    return word if user is None else user.id


async def _verify(trail: AuditTrail) -> int:
    verdict = await trail.verify()
    if verdict.broken_number is None:
        print(f"{verdict.checked} entries, all whole / {verdict.checked} 条，完整")
        return 0
    number = verdict.broken_number
    there = await trail.following(number - 1, 1)
    said = there[0].at.isoformat() if there and there[0].number == number else "missing / 缺失"
    print(f"entry {number} is broken ({said}); {verdict.checked} before it are whole / 第 {number} 条不符")
    return EXIT_BROKEN


def _looked(actor: str, records: int) -> Entry:
    """Looking is an entry too."""
    details: dict[str, Detail] = {"actor": actor, "records": records}
    return Entry(tag=Tag.RECORD_VIEWED, who=typed_by(), target_kind="audit", target="", details=details)


def typed_by() -> Who:
    """The user of this machine who typed the command."""
    user = pwd.getpwuid(os.getuid()).pw_name
    return Who(subject=f"cli:{user}", name=user, organisation=None, address="")


def _document(actor: str, found: Sequence[Disclosed]) -> str:
    def plain(value: Any) -> str:  # noqa: ANN401 - what JSON does not know
        if isinstance(value, datetime):
            return value.isoformat()
        raise TypeError(type(value).__name__)

    records = [asdict(each) for each in found]
    return json.dumps({"actor": actor, "records": records}, ensure_ascii=False, default=plain, indent=2)


def _lines(found: Sequence[Disclosed]) -> str:
    rows = [
        "\t".join(
            (
                each.first.isoformat(timespec="seconds"),
                each.last.isoformat(timespec="seconds"),
                str(each.times),
                f"{each.target_kind} {each.target}".rstrip(),
                ",".join(each.acts),
                ",".join(each.fields),
            )
        )
        for each in found
    ]
    return "\n".join(["first\tlast\ttimes\trecord\tacts\tfields", *rows])

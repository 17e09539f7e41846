"""`scopecast keys`: a new master key without stopping, how far all has come under it, the old one's end."""

import asyncio
from argparse import Namespace
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from deploy.launch.database import Cluster
from deploy.launch.options import Options
from deploy.launch.trail import typed_by
from platform_api.audit import AuditTrail, Entry, Tag
from platform_api.audit.anchor import AnchorFile
from platform_api.db import Actor, Database
from platform_api.exports import Vault
from platform_api.files import FileSettings, RewrapFiles, rewrapper_of, told_resealed
from platform_api.files.rewrap import Rewrapped, Rewrapper
from platform_api.jobs import JobSpec, Owner, store
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.config import SettingsError
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import new_id
from platform_api.kernel.keys import add_sealing_key, load_keys, remove_sealing_key
from platform_api.kernel.sealing import Sealer
from platform_api.resealing import ResealColumns, Resealer

OPERATOR: Final = Actor(subject="system:keys")
AWAY: Final = "The database is away: what is sealed there is not counted, and no key can be retired."
Counts = dict[str, Counter[str]]
"""What is sealed, by kind and master key."""


async def run(parsed: Namespace) -> str:
    """What is to be printed; raises SettingsError."""
    options = Options.of(parsed)
    match parsed.act:
        case "rotate":
            return await _rotate(options)
        case "rewrap":
            return await _rewrap(options)
        case "retire":
            return await _retire(options, parsed.key)
        case _:
            return await _status(options)


async def _status(options: Options) -> str:
    sealer = _sealer(options)
    counts, whole = await _counts(options, sealer)
    keys = {*sealer.keys, *(key for kind in counts.values() for key in kind)}
    rows = [_row(key, counts, sealer.current, may_end=whole) for key in sorted(keys)]
    return "\n".join([*rows, *([] if whole else [AWAY])])


def _row(key: str, counts: Counts, current: str, *, may_end: bool) -> str:
    found = ", ".join(f"{kinds[key]} {kind}" for kind, kinds in counts.items() if kinds[key])
    state = " (in use)" if key == current else ""
    idle = f"nothing; `scopecast keys retire {key}` ends it" if may_end and key != current else "nothing"
    return f"{key or 'do not open'}{state}: {found or idle}"


async def _counts(options: Options, sealer: Sealer) -> tuple[Counts, bool]:
    """How much is under which key, and whether that is all: without the database it is not."""
    counts: Counts = {"files": await asyncio.to_thread(_files(options, sealer).by_key)}
    counts["exports"] = await asyncio.to_thread(_exports(options, sealer).by_key)
    anchor = await asyncio.to_thread(_anchor(options, sealer).key_id)
    counts["audit anchor"] = Counter([anchor] if anchor is not None else [])
    try:
        async with _opened(options) as database:
            counts["values"] = await _values(options, database, sealer).by_key()
    except Unavailable:
        return counts, False
    return counts, True


async def _retire(options: Options, key: str) -> str:
    sealer = _sealer(options)
    counts, whole = await _counts(options, sealer)
    if not whole:
        raise SettingsError(AWAY)
    if left := ", ".join(f"{kinds[key]} {kind}" for kind, kinds in counts.items() if kinds[key]):
        raise SettingsError(f"under {key} there are still {left}")
    async with _opened(options) as database, database.transaction(OPERATOR) as transaction:
        _trail(options, sealer, database).note(transaction, _act(Tag.KEY_RETIRED, key))
        remove_sealing_key(options.data_dir, options.settings(), key)
    return f"{key} is gone. Backups of before need it: keep the old file of keys with them, apart from here."


async def _rewrap(options: Options) -> str:
    sealer, done = _sealer(options), Rewrapped()
    rewrapper = _files(options, sealer)
    await asyncio.to_thread(lambda: rewrapper.run(rewrapper.names(), done))
    said = f"{done.seen} files, {done.changed} sealed anew, {done.broken} do not open"
    try:
        async with _opened(options) as database:
            await _values(options, database, sealer).work(ResealColumns(master_key=sealer.current), _silently)
            told = told_resealed(sealer, "files", changed=done.changed, broken=done.broken)
            await _trail(options, sealer, database).record(told)
    except Unavailable:
        return f"{said}\nThe database is away: what is sealed there, and the exports, are as they were."
    return f"{said}\nThe values in the database and the exports are under the key in use."


async def _silently(_: float) -> None:
    """Nobody looks on."""


async def _rotate(options: Options) -> str:
    key = await asyncio.to_thread(add_sealing_key, options.data_dir, options.settings())
    said = f"{key} is in use now, also by what is running; the keys before it still open."
    try:
        await _ask(options, key, RewrapFiles(master_key=key), ResealColumns(master_key=key))
    except Unavailable:
        return f"{said}\nThe database is away: seal the files anew with `scopecast keys rewrap`."
    return f"{said}\nTwo jobs seal all anew; `scopecast keys status` counts what is still under which key."


async def _ask(options: Options, key: str, *specs: JobSpec) -> None:
    """The jobs and the entry of the trail, all or nothing."""
    owner = Owner(organisation=None, subject=OPERATOR.subject, name="")
    async with _opened(options) as database, database.transaction(OPERATOR) as transaction:
        for spec in specs:
            await store.add(transaction, new_id(), spec, owner, SystemClock().now())
        _trail(options, _sealer(options), database).note(transaction, _act(Tag.KEY_ADDED, key))


def _act(tag: Tag, key: str) -> Entry:
    """What whoever typed the command did with a master key."""
    return Entry(tag=tag, who=typed_by(), target_kind="key", target=key)


def _trail(options: Options, sealer: Sealer, database: Database) -> AuditTrail:
    """To add to: the anchor is moved by its own process alone."""
    return AuditTrail(database, SystemClock(), _anchor(options, sealer))


def _anchor(options: Options, sealer: Sealer) -> AnchorFile:
    return AnchorFile(options.data_dir / "audit" / "anchor", sealer)


@asynccontextmanager
async def _opened(options: Options) -> AsyncIterator[Database]:
    """The database; raises Unavailable."""
    database = Database(Cluster.of(options).app_dsn)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def _sealer(options: Options) -> Sealer:
    return load_keys(options.data_dir, options.settings()).sealer


def _files(options: Options, sealer: Sealer) -> Rewrapper:
    return rewrapper_of(options.data_dir, sealer, options.settings().section("files", FileSettings))


def _exports(options: Options, sealer: Sealer) -> Rewrapper:
    return Rewrapper(Vault.below(options.data_dir, sealer))


def _values(options: Options, database: Database, sealer: Sealer) -> Resealer:
    return Resealer(database, sealer, _exports(options, sealer), _trail(options, sealer, database))

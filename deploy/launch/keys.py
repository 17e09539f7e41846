"""`scopecast keys`: a new master key without stopping, and how far the files have come under it."""

import asyncio
from argparse import Namespace
from typing import Final

from deploy.launch.database import Cluster
from deploy.launch.options import Options
from platform_api.db import Actor, Database
from platform_api.files import FileSettings, RewrapFiles, rewrapper_of
from platform_api.files.rewrap import Rewrapped, Rewrapper
from platform_api.jobs import Owner, store
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import new_id
from platform_api.kernel.keys import add_sealing_key, load_keys

OPERATOR: Final = Actor(subject="system:keys")


async def run(parsed: Namespace) -> str:
    """What is to be printed; raises SettingsError."""
    options = Options.of(parsed)
    match parsed.act:
        case "rotate":
            return await _rotate(options)
        case "rewrap":
            done = Rewrapped()
            rewrapper = _rewrapper(options)
            await asyncio.to_thread(lambda: rewrapper.run(rewrapper.names(), done))
            return f"{done.seen} files, {done.changed} sealed anew, {done.broken} do not open"
        case _:
            counts = await asyncio.to_thread(_rewrapper(options).by_key)
            current = load_keys(options.data_dir, options.settings()).sealer.current
            return "\n".join(_row(key, n, current) for key, n in sorted({current: 0, **counts}.items()))


def _row(key: str, count: int, current: str) -> str:
    return f"{key or 'do not open'}{' (in use)' if key == current else ''}: {count}"


async def _rotate(options: Options) -> str:
    key = await asyncio.to_thread(add_sealing_key, options.data_dir, options.settings())
    said = f"{key} is in use now, also by what is running; the keys before it still open."
    try:
        await _ask(options, key)
    except Unavailable:
        return f"{said}\nThe database is away: seal the files anew with `scopecast keys rewrap`."
    return f"{said}\nA job seals the files anew; `scopecast keys status` counts them."


async def _ask(options: Options, key: str) -> None:
    database = Database(Cluster.of(options).app_dsn)
    await database.open()
    try:
        async with database.transaction(OPERATOR) as transaction:
            owner = Owner(organisation=None, subject=OPERATOR.subject, name="")
            await store.add(transaction, new_id(), RewrapFiles(master_key=key), owner, SystemClock().now())
    finally:
        await database.close()


def _rewrapper(options: Options) -> Rewrapper:
    settings = options.settings()
    sealer = load_keys(options.data_dir, settings).sealer
    return rewrapper_of(options.data_dir, sealer, settings.section("files", FileSettings))

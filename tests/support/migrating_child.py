"""Brings a schema up step by step, and is killed in the middle of the step of this number: its SQL ran, unkept."""

import asyncio
import os
import signal
import sys

import asyncpg

from platform_api.db import migrate as steps


async def killed_in(connection: "asyncpg.Connection[asyncpg.Record]", step: steps.Migration) -> None:
    async with connection.transaction():
        await connection.execute(steps.LIMITS)
        await connection.execute(step.sql)
        os.kill(os.getpid(), signal.SIGKILL)


async def run(dsn: str, number: int) -> None:
    whole = steps._apply

    async def apply(connection: "asyncpg.Connection[asyncpg.Record]", step: steps.Migration) -> None:
        await (killed_in if step.number == number else whole)(connection, step)

    steps._apply = apply
    await steps.migrate(dsn)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2])))

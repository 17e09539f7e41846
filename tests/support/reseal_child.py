"""A worker that brings columns under a new key in batches of two, with time to be killed between them.

Told the database and the data directory; says each step of its progress.
"""

import asyncio
import sys
from pathlib import Path

from platform_api.audit import AuditTrail
from platform_api.audit.anchor import AnchorFile
from platform_api.db import Database
from platform_api.exports import Vault
from platform_api.files import Rewrapper
from platform_api.jobs import JobSpec, Progress, Work
from platform_api.jobs.worker import run_worker
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.config import Settings
from platform_api.kernel.keys import load_keys
from platform_api.resealing import ResealColumns, Resealer
from tests.support.job_child import SETTINGS


async def run(dsn: str, data_dir: Path) -> None:
    sealer = load_keys(data_dir, Settings({}, {})).sealer
    database = Database(dsn)
    await database.open()
    trail = AuditTrail(database, SystemClock(), AnchorFile(data_dir / "audit" / "anchor", sealer))
    resealer = Resealer(database, sealer, Rewrapper(Vault.below(data_dir, sealer)), trail, batch=2)

    async def do(spec: ResealColumns, progress: Progress) -> None:
        async def tell(fraction: float) -> None:
            print(fraction, flush=True)
            await progress(fraction)
            await asyncio.sleep(0.03)

        await resealer.work(spec, tell)

    works: dict[type[JobSpec], Work] = {ResealColumns: Work(do=do)}
    await run_worker(dsn, works, stop=asyncio.Event(), settings=SETTINGS)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2])))

"""Files that are sent, the worker that makes their previews, and what is seen then."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from platform_api.files import JOBS
from platform_api.http import Parts
from platform_api.jobs.worker import run_worker
from platform_api.kernel.config import Settings
from tests.support.jobs import SETTINGS
from tests.support.sessions import Stage
from tests.support.uploading import begin


async def sent(stage: Stage, data: bytes, name: str) -> Any:
    """What the server says of a file that comes by an upload, where it refuses it or at the end."""
    sending = await begin(stage.expert, len(data), name)
    answer = await sending.add(io.BytesIO(data), 0)
    return await sending.finish() if answer.status == 204 else answer


@asynccontextmanager
async def working(
    stage: Stage, dsn: str, data_dir: Path, tables: Mapping[str, Any] | None = None
) -> AsyncIterator[None]:
    """A worker for previews beside the platform."""
    platform, stop = stage.town.platform, asyncio.Event()
    parts = Parts(
        settings=Settings(tables or {}, {}),
        data_dir=data_dir,
        database=platform.database,
        bus=stage.town.bus,
        clock=stage.town.clock,
        signing_key=stage.town.keys.signing,
        sealer=stage.town.keys.sealer,
        lookup=stage.town.keys.lookup,
        services=platform.services,
        readiness=platform.readiness,
        admission=platform.admission,
    )
    works = {kind.spec: kind.work(parts) for kind in JOBS}
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        worker = group.create_task(run_worker(dsn, works, stop=stop, settings=SETTINGS))
        try:
            yield
        finally:
            stop.set()
            await worker


async def previewed(stage: Stage, file: str, seen: str) -> Any:
    """The answer of the preview once the job has ended; nobody waits for a fixed time."""
    while True:
        async with stage.town.platform.database.transaction() as transaction:
            await transaction.execute("SELECT set_config('scopecast.actor', 'system:test', true)")
            state = await transaction.fetchval("SELECT preview_state FROM files WHERE id = $1", file)
        if state != "waiting":
            assert state == seen
            return await stage.expert.get(f"/files/{file}/preview")

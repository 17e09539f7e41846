"""A process that stores a file and is killed before its row is committed: told the database and the folder."""

import asyncio
import sys
from pathlib import Path

from platform_api.db import Actor, Database, Transaction
from platform_api.files.disk import FileDisk
from platform_api.files.images import ImageMaker
from platform_api.files.looking import Looking
from platform_api.files.model import StoredFile
from platform_api.files.office import PaperMaker
from platform_api.files.service import Files, Place
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.ids import OrganisationId
from platform_api.kernel.sealing import Sealer


async def no_preview(_: Transaction, __: StoredFile) -> None:
    """Nobody makes one here."""


async def upload(dsn: str, folder: Path, owner: str, organisation: OrganisationId) -> None:
    database, disk = Database(dsn), FileDisk(folder, Sealer.from_text(Sealer.generate_text("child")))
    await database.open()
    files = Files(
        database=database,
        disk=disk,
        clock=SystemClock(),
        maker=ImageMaker(),
        looking=Looking(),
        papers=PaperMaker(""),
        ask_preview=no_preview,
    )
    content = await files.prepare(b"%PDF-1.7\nnever answered for")
    async with (
        files.laid_down(content) as file,
        database.transaction(Actor(subject=owner, organisation=organisation)) as transaction,
    ):
        await files.enter(transaction, file, content, Place(organisation=organisation, owner=owner))
        print(file, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    dsn, folder, owner, organisation = sys.argv[1:]
    asyncio.run(upload(dsn, Path(folder), owner, OrganisationId(organisation)))

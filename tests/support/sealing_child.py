"""A process that writes or seals a file and stands still before its name is given: told the folder and the key.

`write ID` writes new bytes, `seal ID` seals the plain ones that lie there.
"""

import asyncio
import os
import sys
import threading
from pathlib import Path

from platform_api.files.disk import FileDisk
from platform_api.kernel.ids import FileId
from platform_api.kernel.sealing import Sealer


def stand_still(_: int) -> None:
    print("sealed, not synced", flush=True)
    threading.Event().wait()


def main(folder: str, key: str, what: str, file: str) -> None:
    disk = FileDisk(Path(folder), Sealer.from_text(key))
    place = disk.path(FileId(file))
    place.parent.mkdir(parents=True, exist_ok=True)
    setattr(os, "fsync", stand_still)  # noqa: B010 - the kernel's call is to hang here, whatever its type
    if what == "write":
        asyncio.run(disk.write(FileId(file), b"new bytes"))
    else:
        disk.seal(FileId(file), sys.argv[5])


if __name__ == "__main__":
    main(*sys.argv[1:5])

"""A copy of the database before its schema changes (OP-11), by the server's own program, beside the data."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from deploy.launch.refused import StartRefused
from platform_api.db.embedded import EmbeddedPostgres, wheel_binaries
from platform_api.db.migrate import DATABASE
from platform_api.kernel.disk import make_directory, sync_directory
from platform_api.kernel.log import get_logger

KEPT: Final = 3
SUFFIX: Final = ".dump"


def back_up(server: EmbeddedPostgres, folder: Path, *, database: str = DATABASE) -> Path:
    """The copy, whole and for our eyes alone; older ones than the newest three go. Raises StartRefused."""
    make_directory(folder)
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    path, draft = folder / f"{name}{SUFFIX}", folder / f"{name}.new"
    command = [str(wheel_binaries() / "pg_dump"), "--format=custom", f"--file={draft}"]
    done = subprocess.run(  # noqa: S603 - the server's own program
        [*command, server.dsn(database=database)], capture_output=True, text=True, check=False, umask=0o077
    )
    if done.returncode != 0:
        draft.unlink(missing_ok=True)
        raise StartRefused("launch.backup", params={"reason": done.stderr.strip()[-300:]})
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.rename(path)
    sync_directory(folder)
    for old in sorted(folder.glob(f"*{SUFFIX}"))[:-KEPT]:
        old.unlink()
    get_logger("launch").info("launch.backed_up", path=str(path), size=path.stat().st_size)
    return path

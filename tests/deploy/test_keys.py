"""`scopecast keys` as an operator types it."""

import asyncio
from pathlib import Path

from platform_api.files import FileDisk
from platform_api.kernel.config import Settings
from platform_api.kernel.ids import FileId, new_id
from platform_api.kernel.keys import load_keys
from platform_api.kernel.sealing import Sealer
from tests.deploy.test_cli import scopecast


def sealed_files(folder: Path, count: int) -> None:
    disk = FileDisk(folder / "files", Sealer.from_file(folder / "secrets" / "sealing.key"))
    for _ in range(count):
        asyncio.run(disk.write(FileId(new_id()), b"bytes"))


def test_CR_05_a_key_is_added_and_the_files_come_under_it(tmp_path: Path) -> None:
    words = ("--data-dir", str(tmp_path))
    load_keys(tmp_path, Settings({}, {}))
    sealed_files(tmp_path, 3)
    first = (tmp_path / "secrets" / "sealing.key").read_text(encoding="ascii").partition(":")[0]

    rotated = scopecast("keys", "rotate", *words)
    second = rotated.stdout.split()[0]
    before = scopecast("keys", "status", *words).stdout.splitlines()
    rewrapped = scopecast("keys", "rewrap", *words)

    assert (rotated.returncode, second != first) == (0, True)
    assert "`scopecast keys rewrap`" in rotated.stdout, "no database runs here, so no job was asked for"
    assert sorted(before[:2]) == sorted([f"{first}: 3 files", f"{second} (in use): nothing"])
    assert before[2].startswith("The database is away")
    assert rewrapped.stdout.splitlines()[0] == "3 files, 3 sealed anew, 0 do not open"
    refused = scopecast("keys", "retire", first, *words)
    assert (refused.returncode, "The database is away" in refused.stderr) == (2, True)
    keys = tmp_path / "secrets" / "sealing.key"
    assert keys.stat().st_mode & 0o777 == 0o600
    assert len(keys.read_text(encoding="ascii").split()) == 2


def test_a_key_of_the_settings_is_the_operators_to_change(tmp_path: Path) -> None:
    given = Sealer.generate_text("given")
    refused = scopecast("keys", "rotate", "--data-dir", str(tmp_path), SCOPECAST_SECRETS__SEALING_KEY=given)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("scopecast: the sealing keys come from the settings")
    assert given not in refused.stderr

"""A recording goes only by the rule: complete, older than the days that are set, and never by default."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recording.manifest import Manifest, RecordingState
from recording.repair import write_manifest
from recording.retention import delete_due
from tests.support.sealed import folders_of, made

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def keep(root: Path, name: str, *, days_ago: float, state: RecordingState) -> None:
    ended = NOW - timedelta(days=days_ago)
    manifest = Manifest(
        recording=name,
        room="r",
        session=None,
        title="",
        origin_ms=ended.timestamp() * 1000 - 60_000,
        duration_ms=60_000,
        state=state,
        tracks=(),
    )
    write_manifest(made(root / name), manifest)


@pytest.mark.parametrize(("keep_days", "gone"), [(0, []), (400, []), (30, ["old"]), (5, ["newer", "old"])])
def test_only_what_is_due_goes(tmp_path: Path, keep_days: int, gone: list[str]) -> None:
    keep(tmp_path, "old", days_ago=31, state=RecordingState.COMPLETE)
    keep(tmp_path, "newer", days_ago=6, state=RecordingState.COMPLETE)
    keep(tmp_path, "running", days_ago=500, state=RecordingState.RECORDING)
    (tmp_path / "foreign").mkdir()

    assert list(delete_due(folders_of(tmp_path), now=NOW, keep_days=keep_days)) == gone

    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"old", "newer", "running", "foreign"} - set(gone)


def test_no_directory_is_no_error(tmp_path: Path) -> None:
    assert delete_due(folders_of(tmp_path / "none"), now=NOW, keep_days=1) == ()

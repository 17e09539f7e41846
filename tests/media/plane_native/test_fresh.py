"""An extension that was built for other files is refused at start, and the refusal says what to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from media.app import make_plane
from media.config import MediaSettings, PlaneChoice
from media.plane_native import build, fresh
from media.plane_native.fresh import is_of_sources, require_seam
from platform_api.kernel.config import SettingsError

ROOT = Path(__file__).resolve().parents[3]

_core: ModuleType = pytest.importorskip(
    "media.plane_native._core", reason="the native plane is not built here"
)


def other_seam(folder: Path) -> tuple[Path, ...]:
    """The seam as it will be once somebody adds to it."""
    changed = folder / "plane.py"
    changed.write_bytes(fresh.SEAM[0].read_bytes() + b"\nMORE = 1\n")
    return (changed, *fresh.SEAM[1:])


def test_the_extension_here_is_of_the_files_beside_it() -> None:
    require_seam(_core)

    assert is_of_sources(_core)


@pytest.mark.parametrize("choice", [PlaneChoice.AUTO, PlaneChoice.NATIVE])
def test_an_extension_of_another_seam_is_refused_by_name(
    choice: PlaneChoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh, "SEAM", other_seam(tmp_path))

    with pytest.raises(SettingsError, match=r"another version .*python -m media\.plane_native\.build"):
        make_plane(MediaSettings(port=0, plane=choice))

    assert make_plane(MediaSettings(port=0, plane=PlaneChoice.PYTHON))[1] is PlaneChoice.PYTHON


def test_an_extension_from_before_there_were_marks_is_refused() -> None:
    with pytest.raises(fresh.StaleExtensionError, match="seam none"):
        require_seam(ModuleType("_core"))
    assert not is_of_sources(ModuleType("_core"))


def test_a_node_process_with_a_stale_extension_ends_with_the_sentence(tmp_path: Path) -> None:
    """The whole of it: files of a newer version beside an older extension, as after an update by hand."""
    for package in ("media", "platform_api"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("target", "__pycache__")
        )
    with (tmp_path / "media" / "plane.py").open("a", encoding="utf-8") as seam:
        seam.write("\nMORE = 1\n")

    ended = subprocess.run(
        [sys.executable, "-m", "media"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "SCOPECAST_MEDIA__PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert "python -m media.plane_native.build" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_cannot_be_built_anew_is_taken_away_if_it_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    extension = tmp_path / "_core.abi3.so"
    extension.write_bytes(b"of an earlier build")
    monkeypatch.setattr(build, "EXTENSION", extension)
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert not build.build()
    assert extension.exists()
    monkeypatch.setattr(fresh, "SEAM", other_seam(tmp_path))
    assert not build.build()

    assert not extension.exists()
    assert capsys.readouterr().out.splitlines() == [
        "media/plane_native: no cargo here; the native plane of an earlier build serves.",
        "media/plane_native: no cargo here; the Python packet plane serves.",
    ]

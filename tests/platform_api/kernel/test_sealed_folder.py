"""A folder under a key of its own: made once, sealed anew in its head, and gone with its key."""

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from platform_api.kernel.ciphers import Algorithm
from platform_api.kernel.sealed_folder import BEGUN, KEY, FolderLocked, SealedFolder, SealedFolders
from platform_api.kernel.sealing import Sealer
from tests.support.sealed import SEALER, folder_of, folders_of, made, plain_in

PLAIN = {"manifest.json": b'{"title":"colon"}', "t01p001-00001.m4s": b"\0\0\0\1moof" * 90_000, "empty": b""}
ROOT = Path(__file__).resolve().parents[3]


def old(path: Path) -> Path:
    """A folder as a release before sealing left it."""
    path.mkdir(parents=True)
    for name, data in PLAIN.items():
        (path / name).write_bytes(data)
    return path


def test_two_that_make_it_have_one_key(tmp_path: Path) -> None:
    first, second = made(tmp_path / "rec"), made(tmp_path / "rec")

    first.write("a", b"1")
    second.append("a", b"2")

    assert first.read("a") == b"12"
    assert first.names() == ["a"]


def test_what_an_older_release_left_is_sealed(tmp_path: Path) -> None:
    folder = folder_of(old(tmp_path / "rec"))
    with pytest.raises(FileNotFoundError):
        folder.read("manifest.json")

    folder.make()

    assert {name: folder.read(name) for name in PLAIN} == PLAIN
    assert plain_in(tmp_path, (b"colon", b"moof")) == []


def test_a_kill_while_sealing_is_made_good_by_the_next(tmp_path: Path) -> None:
    path = old(tmp_path / "rec")
    script = (
        "import os, sys, pathlib, platform_api.kernel.sealed_folder as module\n"
        "from tests.support.sealed import folder_of\n"
        "real = module._seal_plain\n"
        "def once(path, cipher):\n"
        "    real(path, cipher)\n"
        "    os.kill(os.getpid(), 9)\n"
        "module._seal_plain = once\n"
        "folder_of(pathlib.Path(sys.argv[1])).make()\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)
    assert (path / BEGUN).exists()
    assert not (path / KEY).exists()
    (path / "manifest.json.new").write_bytes(b"left")

    folder = folder_of(path)
    folder.make()

    assert folder.names() == sorted(PLAIN)
    assert folder.read("manifest.json") == PLAIN["manifest.json"]


def test_nothing_plain_is_read_beside_the_key(tmp_path: Path) -> None:
    folder = made(tmp_path / "rec")
    (folder.path / "manifest.json").write_bytes(PLAIN["manifest.json"])

    folder.make()

    assert folder.read("manifest.json") == b""


def test_CR_05_a_new_master_key_seals_the_key_anew_and_the_files_stay(tmp_path: Path) -> None:
    folder = made(tmp_path / "rec")
    folder.write("a", b"kept")
    before = (folder.path / "a").read_bytes()
    newer = Sealer.from_text(f"{_text()}\n{Sealer.generate_text('newer')}")
    folders = SealedFolders(tmp_path, newer)
    assert [folders.key_of(name) for name in folders.sealed_files()] == ["test"]

    assert folders.rewrap("rec")

    assert not folders.rewrap("rec")
    assert folders.key_of("rec") == "newer"
    assert folders.folder("rec").read("a") == b"kept"
    assert (folder.path / "a").read_bytes() == before
    with pytest.raises(FolderLocked):
        folder_of(folder.path).read("a")


def test_PR_10_a_copy_of_the_files_does_not_open_once_the_key_is_destroyed(tmp_path: Path) -> None:
    folder = made(tmp_path / "rec")
    folder.write("a", b"kept")
    os.link(folder.path / KEY, tmp_path / "key-still-open")
    os.link(folder.path / "a", tmp_path / "a-still-open")

    folder.destroy()

    assert not folder.path.exists()
    assert set((tmp_path / "key-still-open").read_bytes()) == {0}
    with pytest.raises(FileNotFoundError):
        folders_of(tmp_path).rewrap("rec")


def test_CR_04_the_cipher_of_the_settings_seals(tmp_path: Path) -> None:
    folder = SealedFolder(tmp_path / "rec", Sealer.from_text(_text(), Algorithm.SM4))
    folder.make()

    folder.append("a", b"kept")

    assert folder_of(folder.path).read("a") == b"kept"


def _text() -> str:
    return "\n".join(f"{name}:{b64encode(key).decode()}" for name, key in SEALER.keys.items())

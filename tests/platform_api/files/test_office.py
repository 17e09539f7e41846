"""Previews of office documents: LibreOffice shut in, and ended with all that it started.

What goes wrong is caused by small programs in LibreOffice's place; what it draws is seen where it is.
"""

import asyncio
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pypdfium2
import pytest
from PIL import Image

from platform_api.files import landlock, office_child
from platform_api.files.errors import FileRefused
from platform_api.files.model import FileType
from platform_api.files.office import CHILD, OfficeState, PaperMaker
from tests.support import media_files, office_files
from tests.support.platform import BuildTown
from tests.support.previews import previewed, sent, working
from tests.support.sessions import make_stage, ok

DOCUMENT = media_files.office()
SOFFICE = shutil.which("soffice")
real = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice is not here: what it draws is not tested (runbook.md, Previews)"
)
HEAD = '#!/bin/bash\nfor last; do :; done\nfolder="${last%/*}"\n'


def stand_in(folder: Path, body: str) -> str:
    """A program in LibreOffice's place, called as it is."""
    (folder / "bin").mkdir()
    path = folder / "bin" / "soffice"
    path.write_text(HEAD + body, encoding="utf-8")
    path.chmod(0o755)
    return str(path)


async def pdf_of(maker: PaperMaker, file_type: FileType = FileType.DOCX, data: bytes = DOCUMENT) -> bytes:
    return await maker.pdf(file_type, len(data), lambda start, stop: data[start:stop])


def folders() -> set[Path]:
    """What conversions have on the disk or in memory now."""
    above = (Path(office_child.IN_MEMORY), Path(tempfile.gettempdir()))
    return {folder for each in above for folder in each.glob(f"{office_child.PREFIX}*")}


def running(word: str) -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if word in " ".join(each.info["cmdline"] or ())]


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    """However a test ends: no folder, no process."""
    before = folders()
    yield
    assert folders() - before == set()
    assert running(str(tmp_path)) == []
    assert running("9876543") == []


async def test_without_libreoffice_there_is_no_preview_and_that_is_all(tmp_path: Path) -> None:
    for program in ("", "no-such-program", str(tmp_path)):
        maker = PaperMaker(program)

        assert maker.state() is OfficeState.ABSENT
        assert not maker.takes(10)
        with pytest.raises(FileRefused):
            await pdf_of(maker)


async def test_what_the_program_makes_is_answered(tmp_path: Path) -> None:
    maker = PaperMaker(stand_in(tmp_path, 'cp "$last" "$folder/document.pdf"'))

    assert maker.state() is OfficeState.READY
    assert not maker.takes(60 * 1024 * 1024)
    assert await pdf_of(maker) == DOCUMENT
    assert await asyncio.gather(*(pdf_of(maker) for _ in range(3))) == [DOCUMENT] * 3


FAULTS = {
    "it fails": "exit 1",
    "it makes nothing": "exit 0",
    "it overflows its stack": "f() { f; f; }\nf",
    "it takes all memory": 'dd if=/dev/zero of=/dev/null bs=3G count=1 && cp "$last" "$folder/document.pdf"',
    "one file is too large": 'head -c 90000000 /dev/zero > "$folder/document.pdf"',
    "the answer is no file": 'mkfifo "$folder/document.pdf"',
    "the answer points elsewhere": 'ln -s /etc/passwd "$folder/document.pdf"',
    "many files are too large": 'while :; do n="x$n"; head -c 60000000 /dev/zero > "$folder/$n"; done',
}


@pytest.mark.parametrize("body", FAULTS.values(), ids=list(FAULTS))
async def test_UP_01_a_program_that_goes_wrong_gives_no_preview(body: str, tmp_path: Path) -> None:
    began = time.monotonic()

    with pytest.raises(FileRefused):
        await pdf_of(PaperMaker(stand_in(tmp_path, body), timeout_s=60))

    assert time.monotonic() - began < 50


async def test_UP_01_a_program_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    hangs = "sleep 9876543 &\nsetsid sleep 9876543 &\n(sleep 9876543; :) &\nsleep 9876543"

    with pytest.raises(FileRefused):
        await pdf_of(PaperMaker(stand_in(tmp_path, hangs), timeout_s=1))


async def test_a_grandchild_does_not_outlive_a_good_answer(tmp_path: Path) -> None:
    leaves = 'nohup sleep 9876543 >/dev/null 2>&1 &\ndisown\ncp "$last" "$folder/document.pdf"'

    assert await pdf_of(PaperMaker(stand_in(tmp_path, leaves))) == DOCUMENT


async def test_a_worker_that_stops_leaves_nothing(tmp_path: Path) -> None:
    maker = PaperMaker(stand_in(tmp_path, "sleep 9876543 &\nsleep 9876543"))
    task = asyncio.create_task(pdf_of(maker))
    while len(running("sleep 9876543")) < 2:
        await asyncio.sleep(0.05)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_worker_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    program = stand_in(tmp_path, "sleep 9876543 &\nsleep 9876543")
    called = [sys.executable, "-I", str(CHILD), program, "docx", "3", "60"]
    worker = f"import subprocess; c = subprocess.Popen({called!r}, stdin=-1, stdout=-1)\n"
    worker += "c.stdin.write(b'abc'); c.stdin.flush(); c.wait()"
    with subprocess.Popen([sys.executable, "-c", worker]) as process:
        while len(found := running("sleep 9876543")) < 2:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)

        _, alive = psutil.wait_procs([*found, *running(str(CHILD))], timeout=20)

    assert alive == []


def test_a_folder_whose_process_is_gone_is_removed() -> None:
    gone = Path(tempfile.mkdtemp(prefix=office_child.own_name(2**22 + 1)))
    kept = Path(tempfile.mkdtemp(prefix=office_child.own_name(os.getpid())))

    office_child.tidy()

    assert (gone.exists(), kept.exists()) == (False, True)
    kept.rmdir()


ATTEMPTS = """
report() {{
  if "$@" >/dev/null 2>&1; then echo "$1 $2 done"; else echo "$1 $2 refused"; fi >> "$folder/report"
}}
connect() {{ exec 3<>/dev/tcp/127.0.0.1/{port}; }}
write() {{ echo x > "$1"; }}
report cat "{secret}"
report write "{secret}.new"
report cat /etc/hostname
report cat "/proc/{worker}/environ"
report connect tcp
report kill -0 {worker}
report setsid true
report cat /etc/fonts/fonts.conf
report write "$folder/allowed"
mv "$folder/report" "$folder/document.pdf"
"""


async def test_UP_01_the_program_reaches_no_file_no_network_and_no_process(tmp_path: Path) -> None:
    """Run behind the walls, and, to see that they are what refuses, without them."""
    secret = tmp_path / "secret"
    secret.write_text("a key", encoding="utf-8")
    fonts = Path("/etc/fonts/fonts.conf").exists()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        program = stand_in(tmp_path, ATTEMPTS.format(secret=secret, port=port, worker=os.getpid()))
        inside = (await pdf_of(PaperMaker(program))).decode().splitlines()
        subprocess.run([program, str(tmp_path / "document.docx")], check=True, timeout=20)
    outside = (tmp_path / "document.pdf").read_text(encoding="utf-8").splitlines()

    assert [line.split()[-1] for line in inside] == ["refused"] * 7 + ["done" if fonts else "refused", "done"]
    assert [line.split()[-1] for line in outside[:7]] == ["done"] * 7


def test_without_walls_nothing_is_run(tmp_path: Path) -> None:
    """A kernel without landlock: the child refuses before the program runs."""
    beside = tmp_path / "child"
    beside.mkdir()
    shutil.copy(CHILD, beside)
    source = Path(landlock.__file__).read_text(encoding="utf-8")
    (beside / "landlock.py").write_text(source + "\n\ndef version():\n    return -1\n", encoding="utf-8")
    program = stand_in(tmp_path, f'touch "{tmp_path}/ran"; cp "$last" "$folder/document.pdf"')

    called = [sys.executable, "-I", str(beside / CHILD.name), program, "docx", "3", "20"]
    done = subprocess.run(called, input=b"abc", capture_output=True, timeout=30)

    assert (done.returncode, done.stdout) == (office_child.EXIT_NOT_SHUT_IN, b"")
    assert not (tmp_path / "ran").exists()


async def test_a_document_shows_its_first_page_to_who_reads_it(
    build_town: BuildTown, cluster: Any, database_name: str, tmp_path: Path
) -> None:
    (tmp_path / "page.pdf").write_bytes(media_files.paper())
    program = stand_in(tmp_path, 'cp "${0%/*}/page.pdf" "$folder/document.pdf"')
    shutil.move(tmp_path / "page.pdf", tmp_path / "bin")
    tables = {"files": {"soffice": program}}
    stage = await make_stage(await build_town(tables))
    file = await ok(await sent(stage, DOCUMENT, "方案.docx"))
    assert file["preview"] == "waiting"

    async with working(
        stage, cluster.dsn(role="scopecast_app", database=database_name), tmp_path / "data", tables
    ):
        shown = await previewed(stage, file["id"], "failed")

    assert shown.status == 404  # the worker's folder is another: it found no bytes, and that is all
    async with working(stage, cluster.dsn(role="scopecast_app", database=database_name), tmp_path, tables):
        file = await ok(await sent(stage, DOCUMENT, "方案.docx"))
        shown = await previewed(stage, file["id"], "ready")
    with Image.open(io.BytesIO(await shown.read())) as image:
        assert max(image.size) == 640
    assert (await stage.foreigner.get(f"/files/{file['id']}/preview")).status == 404


REAL = {
    FileType.DOCX: office_files.docx,
    FileType.XLSX: office_files.xlsx,
    FileType.PPTX: office_files.pptx,
}


@real
@pytest.mark.parametrize("file_type", REAL, ids=[each.name for each in REAL])
async def test_libreoffice_draws_the_first_page_of_each_kind(file_type: FileType) -> None:
    made = await pdf_of(PaperMaker("soffice"), file_type, REAL[file_type]())

    document = pypdfium2.PdfDocument(made)
    assert len(document) == 1
    assert office_files.WORDS in document[0].get_textpage().get_text_range()
    grey = document[0].render(scale=1).to_pil().convert("L")
    assert grey.getextrema()[0] < 100, "the page is empty"


@real
async def test_UP_01_a_document_brings_nothing_in_from_outside(tmp_path: Path) -> None:
    """Neither a file of this machine nor an address that it names."""
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY of the master key", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        port = listening.getsockname()[1]
        for outside in (f"file://{secret}", f"http://127.0.0.1:{port}/canary.png"):
            made = await pdf_of(PaperMaker("soffice"), data=office_files.docx(pages=1, outside=outside))
            text = pypdfium2.PdfDocument(made)[0].get_textpage().get_text_range()
            assert office_files.WORDS in text
            assert "CANARY" not in text
        with pytest.raises(BlockingIOError):
            listening.accept()

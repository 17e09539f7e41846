"""Spreadsheets made to harm who reads them: refused in a child that can do nothing; nobody waits (UP-01)."""

import io
import struct
import subprocess
import sys
import zipfile

import psutil
import pytest

from platform_api.identity.model import UserRole
from platform_api.joining.errors import SheetInvalid
from platform_api.joining.sheets import CHILD, SheetReader
from tests.platform_api.files.test_images import ATTEMPTS
from tests.platform_api.joining.test_imports import GOOD, check
from tests.support.meanwhile import Watch
from tests.support.platform import Town
from tests.support.sheets import sheet

HEALTH_WITHIN_S = 1
GROWS_AT_MOST = 300 * 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 12))
BILLION = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "haha">{LAUGHS}]>'
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def with_part(name: str, text: bytes) -> bytes:
    """A good list in which one part is another."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(GOOD))) as good, zipfile.ZipFile(made, "w", 8) as changed:
        for each in good.namelist():
            changed.writestr(each, text if each == name else good.read(each))
        if name not in good.namelist():
            changed.writestr(name, text)
    return made.getvalue()


def cells_of(prologue: str, reference: str) -> bytes:
    """A page whose one cell is an entity."""
    cell = f'<c r="A1" t="inlineStr"><is><t>{reference}</t></is></c>'
    return f'{prologue}<worksheet {MAIN}><sheetData><row r="1">{cell}</row></sheetData></worksheet>'.encode()


def members(count: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(count):
            archive.writestr(f"m{number}", b"")
    return made.getvalue()


def lying_length() -> bytes:
    """The directory says of each part that it is empty."""
    data = bytearray(with_part(SHEET, b"<!-- " + b" " * 80_000_000 + b"-->"))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 24 : at + 28] = struct.pack("<I", 0)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def wide() -> bytes:
    """One cell, very far from the first."""
    far = '<c r="XFD1048576"><v>1</v></c>'
    page = f'<worksheet {MAIN}><sheetData><row r="1048576">{far}</row></sheetData></worksheet>'
    return with_part(SHEET, page.encode())


HOSTILE = {
    "billion laughs": (with_part(SHEET, cells_of(BILLION, "&l11;")), 422),
    "billion laughs in the strings": (
        with_part(STRINGS, f"{BILLION}<sst {MAIN}><si><t>&l11;</t></si></sst>".encode()),
        422,
    ),
    "an external entity": (with_part(SHEET, cells_of(EXTERNAL, "&e;")), 422),
    "60 000 members": (members(60_000), 413),
    "20 000 members": (members(20_000), 422),
    "lengths that lie": (lying_length(), 422),
    "a cell far away": (wide(), 422),
    "deep nesting": (with_part(SHEET, b"<a>" * 400_000), 422),
}


async def test_UP_01_hostile_sheets_are_refused_and_the_health_page_answers_meanwhile(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    watch = Watch(town.client)

    for name, (data, status) in HOSTILE.items():
        found, answer = await watch.during(check(admin, data))
        assert found == status, (name, answer)
        assert "root:" not in str(answer), name

    assert watch.slowest_s < HEALTH_WITHIN_S
    assert watch.asked > len(HOSTILE)
    assert watch.grown_bytes < GROWS_AT_MOST
    assert [each for each in psutil.Process().children() if "sheet_child" in " ".join(each.cmdline())] == []


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=list(ATTEMPTS))
@pytest.mark.parametrize("shut_in", [True, False], ids=["shut in", "before"])
def test_UP_01_the_reader_of_sheets_reaches_no_network_no_file_and_no_process(
    attempt: str, shut_in: bool
) -> None:
    program = f"""
import os, runpy, socket, sys
child = runpy.run_path({str(CHILD)!r})
if {shut_in}:
    assert child["shut_in"]() is not None
try:
    {attempt}
except PermissionError:
    os._exit(77)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, env={}, timeout=20)

    assert done.returncode == (77 if shut_in else 0), done.stderr


def test_UP_01_the_reader_of_sheets_has_512_MB_and_no_more() -> None:
    program = f"""
import resource, runpy
child = runpy.run_path({str(CHILD)!r})
child["shut_in"]()
assert resource.getrlimit(resource.RLIMIT_AS) == (512 * 2**20, 512 * 2**20)
bytearray(600 * 2**20)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, env={}, timeout=20)

    assert b"MemoryError" in done.stderr


async def test_UP_01_a_reader_that_takes_too_long_is_ended() -> None:
    with pytest.raises(SheetInvalid):
        await SheetReader(timeout_s=0.001).read(sheet(GOOD))

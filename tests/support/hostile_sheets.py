"""Spreadsheets of strangers: a list of users with something changed in one of its members, or in the archive itself."""

import io
import random
import zipfile
from collections.abc import Iterator
from typing import Final

from tests.support.hostile_seeds import changed
from tests.support.sheets import sheet

ROW: Final = (
    "王建国",
    "wjg",
    "内镜中心",
    "专家、医生",
    "主任医师",
    44.5,
    "13800138000",
    "110101199003070011",
)
CELLS: Final = (
    b'<c r="XFD1048576" t="n"><v>1</v></c>', b'<c r="A0"/>', b'<c r="ZZZZ1"/>', b'<c r="A1" t="s"><v>99999999</v></c>', b'<c t="d"><v>x</v></c>',
    b'<dimension ref="A1:XFD1048576"/>', b"<row r=\"4294967295\"/>", b'<!DOCTYPE a [<!ENTITY b "c">]>', b"&b;", b'<c t="n"><v>1e999</v></c>',
)  # fmt: skip


def hostile_sheets(chance: random.Random, count: int) -> Iterator[bytes]:
    """So many workbooks, the same ones for the same chance."""
    whole = sheet(ROW)
    for _ in range(count):
        if chance.random() < 0.2:
            yield next(changed([whole], chance, 1))
        else:
            yield _with_a_changed_member(whole, chance)


def _with_a_changed_member(whole: bytes, chance: random.Random) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as read,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as wrote,
    ):
        names = read.namelist()
        chosen = chance.choice([name for name in names if "sheet" in name or "shared" in name] + names)
        for name in names:
            data = read.read(name)
            if name == chosen:
                data = _changed(data, chance)
            wrote.writestr(name, data)
    return made.getvalue()


def _changed(data: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return next(changed([data], chance, 1))
    places = [at for at, byte in enumerate(data) if byte == ord("<")] or [0]
    at = chance.choice(places)
    return data[:at] + chance.choice(CELLS) + data[at:]

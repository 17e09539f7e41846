"""The codes of GB/T 2260: provinces, prefectures, counties. Read once from `regions.tsv`."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

CODE_LENGTHS: Final = (6, 9, 12)
"""A region's six digits, which those of township and village may follow."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region by its six digits."""

    code: str
    name: str


@cache
def _names() -> dict[str, str]:
    text = (resources.files("platform_api.organisations") / "regions.tsv").read_text(encoding="utf-8")
    pairs = (line.split("\t") for line in text.splitlines())
    return {pair[0]: pair[1] for pair in pairs}


def region_name(code: str) -> str | None:
    """The name of a code's region, or None if GB/T 2260 has none."""
    return _names().get(code[:6]) if len(code) in CODE_LENGTHS else None


def region_path(code: str) -> tuple[Region, ...]:
    """From the province down to the region itself."""
    steps = dict.fromkeys((code[:2] + "0000", code[:4] + "00", code[:6]))
    return tuple(Region(step, _names()[step]) for step in steps if step in _names())


@cache
def regions_below(above: str) -> tuple[Region, ...]:
    """What lies directly below a code, counties that no prefecture leads too; for no code the provinces."""
    names = _names()
    if above == "":
        return tuple(Region(code, name) for code, name in names.items() if code.endswith("0000"))
    if not above.endswith("00"):
        return ()
    stem = above[:2] if above.endswith("0000") else above[:4]
    inner = [code for code in names if code != above and code.startswith(stem)]
    leading = {code[:4] for code in inner if code.endswith("00")}
    return tuple(
        Region(code, names[code]) for code in inner if code.endswith("00") or code[:4] not in leading
    )

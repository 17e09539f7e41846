"""Which script causes which row of the checklist: tests by their name, the rest as a figure of the bench."""

from collections.abc import Mapping, Sequence
from typing import Final

TESTS: Final[Mapping[str, Sequence[str]]] = {
    "F10": ("tests/platform_api/kernel/test_memory.py", "tests/e2e/test_faults.py"),
    "F11": ("tests/faults/test_processor.py",),
    "F12": ("tests/faults/test_clock.py",),
    "F13": ("tests/faults/test_bad_line.py",),
    "F14": ("tests/faults/test_bad_line.py",),
    "F15": ("tests/faults/test_bad_line.py",),
    "F16": ("tests/faults/test_bad_line.py",),
    "F17": ("tests/media/allocation/test_promise.py",),
    "F18": ("tests/faults/test_bad_line.py",),
    "F19": (
        "tests/media/test_moving_network.py",
        "tests/media/test_ice_restart.py",
        "tests/e2e/test_network.py",
    ),
    "F20": ("tests/e2e/test_network.py", "tests/deploy/test_relayed_browser.py"),
    "F21": ("tests/faults/test_bad_line.py",),
    "F22": ("tests/faults/test_flood.py", "tests/faults/test_flood_process.py"),
    "F23": ("tests/media/test_hostile_network.py",),
    "F24": ("tests/media/test_hostile_network.py",),
    "F25": ("tests/media/negotiation/test_sdp.py",),
    "MD-01": ("tests/media/test_hostile_network.py", "tests/media/plane_python/test_guard.py"),
    "MD-02": ("tests/media/test_hostile_network.py", "tests/media/plane_python/test_guard.py"),
    "MD-03": ("tests/media/test_hostile_network.py", "tests/media/negotiation/test_machine.py"),
    "MD-04": ("tests/media/test_hostile_network.py", "tests/media/plane_python/test_guard.py"),
    "MD-05": ("tests/media/test_candidate_targets.py", "tests/media/transport/test_addresses.py"),
    "MD-06": ("tests/faults/test_flood.py", "tests/media/test_hostile_network.py"),
    "MD-07": ("tests/faults/test_flood_recorded.py",),
    "MD-08": ("tests/faults/test_queues.py",),
    "MD-09": ("tests/deploy/test_turn.py",),
}
FIGURES: Final[Mapping[str, Sequence[str]]] = {
    **{row: ("tests.faults.pressed", row) for row in ("F10", "F11", "F12")},
    **{
        row: ("tests.bench", "faults", row)
        for row in ("F13", "F14", "F15", "F16", "F17", "F18", "F20", "F21")
    },
    "MD-08": ("tests.bench", "soak"),
}
"""Words of `python -m`; rows that are here too have a longer look there."""

ROWS: Final = tuple(sorted({*TESTS, *FIGURES}))


def name_of(row: str) -> str:
    """The row as it stands in the name of a test."""
    return row.replace("-", "_")

"""What is promised of the Python plane, promised of the native one: the same tests, our fixtures.

A test that is written for `plane_python` runs here too, unless it is about that plane's own parts.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Final

from tests.media.plane_python import (
    test_congestion,
    test_forwarding,
    test_glimpses,
    test_grades,
    test_guard,
    test_plane,
    test_redundant_voice,
    test_repair,
    test_reports,
    test_switching,
    test_taps,
)

SHARED: Final = (
    test_congestion,
    test_forwarding,
    test_glimpses,
    test_grades,
    test_guard,
    test_plane,
    test_redundant_voice,
    test_repair,
    test_reports,
    test_switching,
    test_taps,
)
OWN_PARTS: Final = frozenset(
    {
        # The guard's tables by themselves; ours are tested in `src/engine/guard.rs` and `src/wire/`.
        "test_kinds_are_told_by_the_first_byte",
        "test_reports_are_told_by_the_second_byte",
        "test_requests_belong_to_the_owner_of_the_ufrag",
        "test_responses_belong_to_whom_we_asked_and_only_for_a_while",
        "test_transactions_and_addresses_are_bounded",
        "test_an_address_has_one_owner_the_latest",
        # They name the Python plane's class; `test_life.py` has the native one's.
        "test_it_runs_on_uvloop",
        "test_the_port_is_free_again_after_closing_twice",
    }
)


def promises(module: ModuleType) -> dict[str, Callable[..., object]]:
    """The module's tests that hold for any plane."""
    return {
        name: test
        for name, test in vars(module).items()
        if name.startswith("test_") and name not in OWN_PARTS
    }


for _module in SHARED:
    globals().update(promises(_module))

import time
import uuid

import pytest

from platform_api.kernel.ids import new_id


def test_an_identifier_is_a_uuid_of_version_seven() -> None:
    value = uuid.UUID(new_id())

    assert value.version == 7
    assert value.variant == uuid.RFC_4122


def test_identifiers_of_later_milliseconds_sort_later(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for milliseconds in (1, 2, 255, 256, 1_800_000_000_000, (1 << 48) - 1):
        monkeypatch.setattr(time, "time_ns", lambda now=milliseconds: now * 1_000_000)
        made.append(new_id())

    assert made == sorted(made)


def test_identifiers_do_not_repeat() -> None:
    assert len({new_id() for _ in range(5000)}) == 5000

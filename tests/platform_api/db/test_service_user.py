"""Where the embedded database's socket lies, so that the service and a command beside it find the same."""

import os
from pathlib import Path

import pytest

from platform_api.db import service_user
from platform_api.db.service_user import ServiceUser, socket_directory


def test_the_service_manager_s_directory_is_used_where_it_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "run"
    made.mkdir(mode=0o755)
    monkeypatch.setattr(service_user, "RUNTIME", made)
    monkeypatch.setattr(os, "geteuid", lambda: made.stat().st_uid + 1)
    me = ServiceUser(made.stat().st_uid, made.stat().st_gid)

    found = socket_directory(tmp_path / "data", me)

    assert found.parent == made
    assert made.stat().st_mode & 0o777 == 0o700
    assert socket_directory(tmp_path / "data", me) == found
    assert socket_directory(tmp_path / "other", me) != found

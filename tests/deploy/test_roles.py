"""Each role of the command is there, and its process loads no more than it needs."""

import subprocess
import sys
from typing import Final

import pytest

from deploy.launch.cli import ROLES
from tests.support.product import ROOT

LOAD: Final = """
import importlib, sys
import deploy.launch.cli
module, name = sys.argv[1].split(":")
assert callable(getattr(importlib.import_module(module), name))
print("\\n".join(sys.modules))
"""
DATABASE: Final = frozenset(
    {"asyncpg", "pgqueuer", "platform_api.db", "platform_api.app", "platform_api.identity"}
)
LIVE: Final = frozenset({"socketio", "signaling.app", "PIL", "playwright", "pytest"})
NOT_FOR: Final[dict[str, frozenset[str]]] = {
    "media": DATABASE | LIVE | {"recording.server", "deploy.launch.front"},
    "recorder": DATABASE | LIVE | {"aiortc", "media.node", "deploy.launch.front"},
    "demo": DATABASE | LIVE | {"aiortc", "media.node", "recording.server"},
    "up": LIVE | {"aiortc", "pgqueuer", "platform_api.app", "media.node", "deploy.launch.front"},
    "worker": LIVE | {"aiortc", "media.node", "deploy.launch.front"},
    "migrate": LIVE | {"aiortc", "pgqueuer", "media.node", "platform_api.app"},
    "front": frozenset({"media.node", "recording.server", "pgqueuer", "playwright", "pytest"}),
}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_loads_what_it_needs(role: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, ROLES[role][0]], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert sorted(NOT_FOR[role] & set(loaded.stdout.split())) == []

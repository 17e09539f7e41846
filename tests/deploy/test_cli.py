"""The `scopecast` command as an operator meets it when the settings are wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.product import ROOT, free_port

WEAK = "scopecast: secrets.signing_key is too weak: at least 16 characters, no default\n"


def scopecast(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.launch", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", [["token", "--room", "r"], ["up"], ["front"]])
def test_CR_02_a_weak_key_is_refused_with_one_sentence(tmp_path: Path, command: list[str]) -> None:
    refused = scopecast(*command, "--data-dir", str(tmp_path), SCOPECAST_SECRETS__SIGNING_KEY="changeme")

    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", WEAK)


def test_CR_02_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    assert scopecast("token", "--room", "r", "--data-dir", str(tmp_path)).returncode == 0
    (tmp_path / "secrets" / "signing.key").chmod(0o644)

    refused = scopecast("token", "--room", "r", "--data-dir", str(tmp_path))

    assert refused.returncode == 2
    assert refused.stderr.startswith("scopecast: ")
    assert refused.stderr.count("\n") == 1


def test_what_a_part_refuses_ends_the_whole(tmp_path: Path) -> None:
    ports = [word for name in ("--port", "--https-port") for word in (name, str(free_port()))]

    refused = scopecast("up", "--data-dir", str(tmp_path), *ports, SCOPECAST_RECORDING__TICK_S="often")

    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith(
        "scopecast: recording.tick_s: 'often' is not float (rec"
    )

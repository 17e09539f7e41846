"""The service of a hospital's server may do its work and nothing else (SC-06)."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from deploy.launch.cli import parser
from deploy.launch.refused import EXIT_UNABLE
from deploy.launch.supervisor import EXIT_REFUSED
from tests.support.product import ROOT

UNIT: Final = ROOT / "deploy" / "systemd" / "scopecast.service"
EXPOSURE_MOST: Final = 3.0
ANALYSE: Final = shutil.which("systemd-analyze")
DEMANDED: Final = {
    "User": "scopecast",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateMounts": "yes",
    "PrivateUsers": "yes",
    "ProtectProc": "invisible",
    "ProtectClock": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "SystemCallArchitectures": "native",
    "RemoveIPC": "yes",
    "UMask": "0077",
    "StateDirectoryMode": "0700",
    "RuntimeDirectoryMode": "0700",
}


def service() -> dict[str, list[str]]:
    """The directives of `[Service]`, each with its values in order."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_SC_06_the_service_is_shut_in() -> None:
    found = service()

    assert {name: found.get(name) for name in DEMANDED} == {name: [value] for name, value in DEMANDED.items()}
    assert found["SystemCallFilter"][0].startswith("@system-service ")
    assert found["SystemCallFilter"][1:] == ["~@privileged"]
    assert "AF_PACKET" not in found["RestrictAddressFamilies"][0]
    assert (
        set(found) & {"ReadWritePaths", "BindPaths", "PermissionsStartOnly", "SupplementaryGroups"} == set()
    )


def test_SC_06_the_service_writes_only_where_its_command_is_told_to() -> None:
    """What systemd lets it write is the data directory of the command line, which our own parser takes."""
    found = service()
    program, *words = found["ExecStart"][0].split()

    parsed = parser().parse_args(words)

    assert Path(program).name == "scopecast"
    assert parsed.data_dir == Path("/var/lib") / found["StateDirectory"][0]
    assert parsed.config.parent == Path("/etc") / found["ConfigurationDirectory"][0]
    assert found["RestartPreventExitStatus"] == [f"{EXIT_REFUSED} {EXIT_UNABLE}"]
    assert found["KillMode"] == ["mixed"]


def test_SC_06_what_our_own_walls_need_is_left() -> None:
    """Readers of uploads are shut in by landlock, addresses come by netlink, figures from /proc."""
    found = service()

    for name in ("create_ruleset", "add_rule", "restrict_self"):
        assert f"landlock_{name}" in found["SystemCallFilter"][0].split()
    assert found["RestrictAddressFamilies"] == ["AF_UNIX AF_INET AF_INET6 AF_NETLINK"]
    assert "ProcSubset" not in found, "the operation page reads /proc/meminfo"


@pytest.mark.skipif(ANALYSE is None, reason="no systemd-analyze here: the directives alone are checked")
def test_SC_06_systemd_finds_no_fault_and_little_exposure(tmp_path: Path) -> None:
    assert ANALYSE is not None
    installed = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace("/opt/scopecast/.venv/bin/scopecast", sys.executable)
    installed.write_text(text, encoding="utf-8")

    verified = subprocess.run(
        [ANALYSE, "verify", str(installed)], capture_output=True, text=True, check=False
    )
    judged = subprocess.run(
        [ANALYSE, "security", "--offline=true", "--no-pager", str(installed)],
        capture_output=True,
        text=True,
        check=False,
    )

    about = [line for line in verified.stderr.splitlines() if UNIT.name in line or str(installed) in line]
    assert (verified.returncode, about) == (0, [])
    score = re.search(r"exposure level for scopecast\.service: ([\d.]+)", judged.stdout)
    assert score is not None, judged.stderr
    assert float(score[1]) <= EXPOSURE_MOST

"""MD-05: the kernel's own counters, in a network made for it, of what goes where a candidate points."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.support.candidate_lab import LINK_LOCAL, LOOPBACK, NEIGHBOUR, OWN
from tests.support.fault_line import fault_line

WAYS = (("unshare", "--net"), ("unshare", "--user", "--map-root-user", "--net"))


def _own_network() -> tuple[str, ...] | None:
    """The command that gives a program a network of its own: as root, or as anybody where that is allowed."""
    tried = ("sh", "-c", "ip link set lo up && ip link add far type veth peer name near")
    if not all(map(shutil.which, ("unshare", "ip"))):
        return None
    return next(
        (way for way in WAYS if not subprocess.run([*way, *tried], capture_output=True).returncode), None
    )


OWN_NETWORK = _own_network()
pytestmark = pytest.mark.skipif(
    OWN_NETWORK is None, reason="MD-05 is NOT proven here: this machine allows no network of one's own"
)


def carried(*nets: str, reached: str = "") -> dict[str, int]:
    """Datagrams by place, `link`: packets that left by the link, `all`: datagrams of the whole network."""
    program = (sys.executable, "-m", "tests.support.candidate_lab", " ".join(nets), reached)
    assert OWN_NETWORK is not None
    done = subprocess.run([*OWN_NETWORK, *program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    figures: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return figures


def test_MD_05_no_datagram_is_carried_to_where_a_candidate_points() -> None:
    figures = carried()

    assert figures.pop("all") > 0  # the peers that connected: the counter counts
    sent = sum(figures.values())
    print(fault_line("MD-05", "datagrams to forbidden places", [sent], holds=sent == 0, lost=0))
    assert figures == {LOOPBACK: 0, OWN: 0, NEIGHBOUR: 0, LINK_LOCAL: 0, "link": 0}


def test_MD_05_a_wide_net_reaches_neighbours_and_never_ourselves() -> None:
    figures = carried("0.0.0.0/0", reached=NEIGHBOUR)

    assert figures[NEIGHBOUR] > 0
    assert figures["link"] > 0
    assert {figures[address] for address in (LOOPBACK, OWN, LINK_LOCAL)} == {0}


def test_MD_05_a_special_place_is_reached_when_the_setting_names_it() -> None:
    figures = carried("127.0.0.0/8", "169.254.0.0/16", reached=LOOPBACK)

    assert figures[LOOPBACK] > 0
    assert {figures[address] for address in (OWN, NEIGHBOUR)} == {0}

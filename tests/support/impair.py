"""A device behind a bad line: a namespace of the kernel whose only way out is a forwarder of ours.

    with impaired_device() as away:
        away.set(down=Line(loss=0.1, delay_ms=25), up=Line(loss=0.1, delay_ms=25))

Unlike `tc netem`, which not every kernel has, this needs root, iproute2 and /dev/net/tun alone.
"""

import fcntl
import json
import os
import shutil
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.support.browser import chromium_path
from tests.support.impair_model import Line
from tests.support.lines import NET, ip

TUN: Final = "/dev/net/tun"
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_QUEUE_PACKETS: Final = "2000"  # of the kernel, before the forwarder reads
_ANSWER_S: Final = 5.0
_ROOT: Final = Path(__file__).resolve().parents[2]


def open_tun(name: str) -> int:
    """A descriptor whose reads and writes are whole IP packets of a new device; raises OSError."""
    fd = os.open(TUN, os.O_RDWR)
    try:
        fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    except OSError:
        os.close(fd)
        raise
    return fd


@dataclass(slots=True, kw_only=True)
class Impaired:
    """Whoever runs in `namespace` reaches this machine at `server`, as well as the two lines let it."""

    namespace: str
    server: str
    address: str
    control: socket.socket
    down: Line = field(default_factory=Line)
    up: Line = field(default_factory=Line)

    def set(self, *, down: Line | None = None, up: Line | None = None) -> None:
        """Other lines from now on; a direction that is not named stays."""
        self.down, self.up = down or self.down, up or self.up
        self._ask({"down": asdict(self.down), "up": asdict(self.up)})

    def both(self, line: Line) -> None:
        """The same in both directions."""
        self.set(down=line, up=line)

    def counts(self) -> dict[str, dict[str, float]]:
        """`impair_model.Counts` of `down` and `up` since the beginning, and the forwarder's `cpu`."""
        return self._ask({})

    def chromium(self, folder: Path) -> Path:
        """A program that runs Chromium on this device."""
        program = folder / "chromium-behind-the-line"
        program.write_text(f'#!/bin/sh\nexec ip netns exec {self.namespace} {chromium_path()} "$@"\n')
        program.chmod(stat.S_IRWXU)
        return program

    def command(self, *words: str) -> list[str]:
        """This command line, run on the device."""
        return ["ip", "netns", "exec", self.namespace, *words]

    def _ask(self, message: dict[str, object]) -> dict[str, dict[str, float]]:
        self.control.sendall(json.dumps(message).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            part = self.control.recv(65_536)
            if not part:
                raise ConnectionError("the forwarder of the line has ended")
            answer += part
        found: dict[str, dict[str, float]] = json.loads(answer)
        return found


@contextmanager
def impaired_device(*, seed: int = 1) -> Iterator[Impaired]:
    """Makes one with perfect lines, and removes all of it; skips, and says so, where this is not permitted."""
    namespace, near, far = (f"{word}{os.getpid()}" for word in ("scopecast-i", "sn", "sf"))
    if shutil.which("ip") is None:
        pytest.skip("NOT PROVED HERE: a bad line needs iproute2 (system-packages test)")
    with ExitStack() as stack:
        try:
            ip("netns", "add", namespace)
            stack.callback(ip, "netns", "delete", namespace)
            ends = [open_tun(name) for name in (near, far)]
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"NOT PROVED HERE: a bad line needs root and {TUN}: {error}")
        for fd in ends:
            stack.callback(os.close, fd)  # with its device
        place = f"{NET}.{os.getpid() % 250}"
        _connect(namespace, (near, f"{place}.9"), (far, f"{place}.10"))
        control = stack.enter_context(_forwarding(ends, seed))
        yield Impaired(namespace=namespace, server=f"{place}.9", address=f"{place}.10", control=control)


def _connect(namespace: str, near: tuple[str, str], far: tuple[str, str]) -> None:
    """Gives both ends their addresses; the far one is in the namespace, and its only way out."""
    ip("link", "set", far[0], "netns", namespace)
    ip("-n", namespace, "link", "set", "lo", "up")
    for where, (name, address) in (((), near), (("-n", namespace), far)):
        ip(*where, "address", "add", f"{address}/30", "dev", name)
        ip(*where, "link", "set", name, "txqueuelen", _QUEUE_PACKETS, "up")
    ip("-n", namespace, "route", "add", "default", "dev", far[0])


@contextmanager
def _forwarding(ends: list[int], seed: int) -> Iterator[socket.socket]:
    """The forwarder's process and a line to it, which ends it."""
    ours, theirs = socket.socketpair()
    ours.settimeout(_ANSWER_S)
    words = [str(number) for number in (seed, *ends, theirs.fileno())]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.impair_forwarder", *words],
        cwd=_ROOT,
        pass_fds=(*ends, theirs.fileno()),
    )
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.wait(_ANSWER_S)

"""A device on networks of its own: a namespace of the kernel with two ways to this machine, each of which can be cut."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.browser import chromium_path

# RFC 2544 keeps these addresses for tests of networks: no hospital has them.
NET = "198.18"
MAY_RESOLVE = (
    f"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost , EXCLUDE {NET}.*"
)
WIFI, MOBILE = "wifi", "mobile"
NOBODY = "02:00:00:00:00:01"


def ip(*words: str) -> None:
    """One command of ip(8); raises CalledProcessError."""
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def _our_end(line: str) -> str:
    return f"sc{line[0]}{os.getpid()}"


def _addresses(place: str, line: str) -> tuple[str, str]:
    """Ours and the device's on this line."""
    first = (WIFI, MOBILE).index(line) * 4 + 1
    return f"{place}.{first}", f"{place}.{first + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a line: where ip(8) finds it, and the address at the other."""

    words: tuple[str, ...]
    name: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Whoever runs in `namespace` reaches this machine at `server`, over WIFI at first."""

    namespace: str
    server: str
    gateway: str

    def silence(self, line: str) -> None:
        """Nothing comes through any more in either direction, and neither end is told."""
        for end in self._ends(line):
            ip(
                *end.words,
                "neighbour",
                "replace",
                end.other,
                "lladdr",
                NOBODY,
                "nud",
                "permanent",
                "dev",
                end.name,
            )

    def speak(self, line: str) -> None:
        """It comes through again."""
        for end in self._ends(line):
            ip(*end.words, "neighbour", "delete", end.other, "dev", end.name)

    def _ends(self, line: str) -> tuple["End", "End"]:
        near, far = _addresses(self.server.rpartition(".")[0], line)
        return (
            End(words=(), name=_our_end(line), other=far),
            End(words=("-n", self.namespace), name=line, other=near),
        )

    def cut(self, line: str) -> None:
        """The line goes down, and the device sees it."""
        ip("-n", self.namespace, "link", "set", line, "down")

    def join(self, line: str) -> None:
        """The line comes up; over MOBILE the server is reached through its gateway."""
        ip("-n", self.namespace, "link", "set", line, "up")
        if line == MOBILE:
            ip("-n", self.namespace, "route", "replace", "default", "via", self.gateway, "dev", line)

    @contextmanager
    def without_udp(self) -> Iterator[None]:
        """Refuses the device all UDP while the block runs, as the nets of many hospitals do."""
        rule = ("pref", "1", "ipproto", "udp", "prohibit")
        ip("-n", self.namespace, "rule", "add", *rule)
        try:
            yield
        finally:
            ip("-n", self.namespace, "rule", "delete", *rule)

    def chromium(self, folder: Path) -> Path:
        """A program that runs Chromium on this device."""
        program = folder / "chromium-on-device"
        program.write_text(f'#!/bin/sh\nexec ip netns exec {self.namespace} {chromium_path()} "$@"\n')
        program.chmod(stat.S_IRWXU)
        return program


@contextmanager
def device() -> Iterator[Device]:
    """Makes one, and removes all of it; skips, and says so, where this is not permitted."""
    namespace = f"scopecast-{os.getpid()}"
    if shutil.which("ip") is None:
        pytest.skip("NOT PROVED HERE: a network of one's own needs iproute2 (system-packages test)")
    try:
        ip("netns", "add", namespace)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"NOT PROVED HERE: a network of one's own needs root: {error.stderr.strip()}")
    place = f"{NET}.{os.getpid() % 250}"
    with ExitStack() as stack:
        stack.callback(ip, "netns", "delete", namespace)
        ip("-n", namespace, "link", "set", "lo", "up")
        for line in (WIFI, MOBILE):
            ours, (near, far) = _our_end(line), _addresses(place, line)
            ip("link", "add", ours, "type", "veth", "peer", "name", line, "netns", namespace)
            stack.callback(ip, "link", "delete", ours)  # with the device's end
            ip("address", "add", f"{near}/30", "dev", ours)
            ip("link", "set", ours, "up")
            ip("-n", namespace, "address", "add", f"{far}/30", "dev", line)
        made = Device(namespace=namespace, server=f"{place}.1", gateway=f"{place}.5")
        made.join(WIFI)
        yield made

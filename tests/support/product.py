"""The whole product as a stranger starts it, on free ports with its own data directory."""

import fcntl
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from deploy.launch.demo import endoluminal, pictures
from deploy.launch.demo.pictures import TEST_VIDEO

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 240
SMALL = "640x360"
"""The demonstration's scope where nothing is measured: its 720 lines take a third of a core, and each page as much."""
# For products whose rooms are filled: few enough for a test, more than any other test brings.
MOST_IN_A_ROOM = 12


PORTS_EACH = 2_000


@cache
def _own_ports() -> Iterator[int]:
    """Each once before any comes again, in no order that another run has too.

    They lie below those that the kernel gives to outgoing connections (32768 on), so that nobody is given one
    between its choice and its server's start; each of the runs that go abreast has its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 20_000 + worker % 6 * PORTS_EACH
    return cycle(random.sample(range(first, first + PORTS_EACH), PORTS_EACH))


def _is_free(number: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("", number))
        except OSError:
            return False
    return True


def free_port(*kinds: socket.SocketKind) -> int:
    """A number that is free for all of these kinds of sockets, TCP if none is named."""
    wanted = kinds or (socket.SOCK_STREAM,)
    return next(number for number in _own_ports() if all(_is_free(number, kind) for kind in wanted))


def free_media_port() -> int:
    """A number that is free in UDP and in TCP."""
    return free_port(socket.SOCK_DGRAM, socket.SOCK_STREAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    username: str
    password: str
    totp_secret: str


@dataclass(slots=True, kw_only=True)
class Product:
    """A running `scopecast up`: its addresses, its demonstration accounts, its parts' process ids."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    port: int
    https_port: int
    media_port: int
    ready: dict[str, Any]
    address: str = ""
    """Where people open it, if not on this machine."""

    @property
    def url(self) -> str:
        return self.address or f"http://localhost:{self.port}"

    def account(self, role: str) -> Account:
        kept = json.loads((self.data_dir / "demo" / "accounts.json").read_text())
        found = next(entry for entry in kept if entry["role"] == role)
        return Account(
            username=found["username"], password=found["password"], totp_secret=found["totp_secret"]
        )

    def pid(self, part: str) -> int:
        """The process id that the part has now (it changes when the part is killed)."""
        return int(json.loads((self.data_dir / "run" / "parts.json").read_text())[part])

    def kill(self, part: str) -> int:
        pid = self.pid(part)
        os.kill(pid, signal.SIGKILL)
        return pid


@cache
def rendered_pictures() -> dict[str, str]:
    """The demonstration's own pictures as its settings name them, rendered once; none beside the test data.

    Rendering takes ten seconds of a core, and a product that starts would show nothing meanwhile.
    """
    if (ROOT.parent / TEST_VIDEO).exists():
        return {}
    sources = (Path(endoluminal.__file__), Path(pictures.__file__))
    mark = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    kept = Path(tempfile.gettempdir(), f"scopecast-pictures-{mark}")
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = pictures.choose_pictures({}, kept, kept)
    return {"DEMO_SCOPE": str(made.scope), "DEMO_HAND": str(made.hand)}


def start_product(
    data_dir: Path,
    *,
    demo: bool = True,
    environment: dict[str, str] | None = None,
    words: Sequence[str] = (),
) -> Product:
    """`words` are more of the command line."""
    ports = free_port(), free_port(), free_media_port()
    return resume_product(data_dir, ports, demo=demo, environment=environment, words=words)


def resume_product(
    data_dir: Path,
    ports: tuple[int, int, int],
    *,
    demo: bool,
    environment: dict[str, str] | None = None,
    words: Sequence[str] = (),
) -> Product:
    """Starts on given ports, so that a second start is at the same addresses."""
    port, https_port, media_port = ports
    command = [sys.executable, "-m", "deploy.launch", "up", "--data-dir", str(data_dir), "--port", str(port)]
    command += [
        "--https-port",
        str(https_port),
        "--media-port",
        str(media_port),
        *(["--demo"] if demo else []),
        *words,
    ]
    shown = rendered_pictures() if demo else {}
    ready_file = data_dir / "run" / "ready.json"
    ready_file.unlink(missing_ok=True)
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "up.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                "DEMO_SCOPE_SIZE": SMALL,
                **os.environ,
                "SCOPECAST_MEDIA__LOOPBACK": "true",
                **shown,
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            pytest.fail(
                "the product did not start:\n" + (data_dir / "up.log").read_text(errors="replace")[-4000:]
            )
        time.sleep(0.05)
    return Product(
        process=process,
        data_dir=data_dir,
        port=port,
        https_port=https_port,
        media_port=media_port,
        ready=json.loads(ready_file.read_text()),
    )


def stop_product(product: Product) -> None:
    if product.process.poll() is None:
        product.process.terminate()
        product.process.wait(timeout=60)


@contextmanager
def running_product(
    data_dir: Path,
    *,
    demo: bool = True,
    environment: dict[str, str] | None = None,
    words: Sequence[str] = (),
) -> Iterator[Product]:
    product = start_product(data_dir, demo=demo, environment=environment, words=words)
    try:
        yield product
    finally:
        stop_product(product)

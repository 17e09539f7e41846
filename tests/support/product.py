"""The whole product as a stranger starts it, on free ports with its own data directory."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 90


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    username: str
    password: str
    totp_secret: str


@dataclass(slots=True, kw_only=True)
class Product:
    """A running `scopecast up`: its addresses, its demonstration accounts, its parts' process ids."""

    process: asyncio.subprocess.Process
    data_dir: Path
    port: int
    https_port: int
    media_port: int
    ready: dict[str, Any]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

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


async def start_product(data_dir: Path, *, demo: bool = True) -> Product:
    port, https_port, media_port = free_port(), free_port(), free_port(socket.SOCK_DGRAM)
    command = [sys.executable, "-m", "deploy.launch", "up", "--data-dir", str(data_dir), "--port", str(port)]
    command += [
        "--https-port",
        str(https_port),
        "--media-port",
        str(media_port),
        *(["--demo"] if demo else []),
    ]
    environment = {**os.environ, "SCOPECAST_MEDIA__LOOPBACK": "true"}
    ready_file = data_dir / "run" / "ready.json"
    ready_file.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    heard: list[str] = []
    async with asyncio.timeout(START_TIMEOUT_S):
        while not ready_file.exists():
            line = await process.stdout.readline()
            heard.append(line.decode(errors="replace"))
            assert line, "the product ended at start:\n" + "".join(heard)
    return Product(
        process=process,
        data_dir=data_dir,
        port=port,
        https_port=https_port,
        media_port=media_port,
        ready=json.loads(ready_file.read_text()),
    )


async def stop_product(product: Product) -> None:
    if product.process.returncode is None:
        product.process.terminate()
        async with asyncio.timeout(60):
            await product.process.communicate()


@asynccontextmanager
async def running_product(data_dir: Path, *, demo: bool = True) -> AsyncIterator[Product]:
    product = await start_product(data_dir, demo=demo)
    try:
        yield product
    finally:
        await stop_product(product)

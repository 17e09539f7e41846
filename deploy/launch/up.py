"""`scopecast up`: the whole of Scopecast on one machine, until it is told to stop."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

import aiohttp

from deploy.launch.certificate import host_addresses
from deploy.launch.database import Cluster
from deploy.launch.options import Options
from deploy.launch.supervisor import Part, Supervisor
from platform_api.kernel.keys import load_keys

READY_TIMEOUT_S: Final = 180.0
STOP_ORDER: Final = ("demo", "front", "worker", "recorder-standby", "recorder", "media-1")


async def up(options: Options) -> None:
    """Runs until SIGTERM or SIGINT.

    Raises TimeoutError if a part does not come up, SettingsError if we or a part refuse the settings.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop.set)
    places = options.places
    places.make()
    load_keys(options.data_dir, options.settings())
    ready_file = places.run / "ready.json"
    for stale in (ready_file, places.run / "demo.json"):
        stale.unlink(missing_ok=True)
    cluster = Cluster.of(options)
    supervisor = Supervisor(places.logs, roll=places.run / "parts.json")
    try:
        await asyncio.to_thread(cluster.start)
        await cluster.migrate()
        for part in parts(options):
            supervisor.start(part)
        await _until_stopped(options, supervisor, stop, ready_file)
    finally:
        await supervisor.close(STOP_ORDER)
        await asyncio.to_thread(cluster.stop)


async def _until_stopped(
    options: Options, supervisor: Supervisor, stop: asyncio.Event, ready_file: Path
) -> None:
    ready = asyncio.create_task(_until_ready(options))
    stopping, refusal = asyncio.create_task(stop.wait()), asyncio.create_task(supervisor.refusal())
    try:
        await asyncio.wait({ready, stopping, refusal}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            announce(options, ready.result(), ready_file)
            await asyncio.wait({stopping, refusal}, return_when=asyncio.FIRST_COMPLETED)
        if refusal.done():
            refusal.result()
    finally:
        for task in (ready, stopping, refusal):
            task.cancel()


def parts(options: Options) -> list[Part]:
    """The processes of one machine."""
    names = [("media-1", "media"), ("recorder", "recorder"), ("recorder-standby", "recorder")]
    names += [("worker", "worker"), ("front", "front")]
    if options.demo:
        names.append(("demo", "demo"))
    return [Part(name=name, command=options.command(role)) for name, role in names]


async def _until_ready(options: Options) -> dict[str, Any]:
    """Asks the front until every part answers; raises TimeoutError with what was missing."""
    url = f"http://127.0.0.1:{options.port}/readyz"
    last: dict[str, Any] = {}
    deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as client:
        while asyncio.get_running_loop().time() < deadline:
            try:
                async with client.get(url) as answer:
                    last = await answer.json()
                    if answer.status == 200:
                        return last
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                last = {"front": type(error).__name__}
            await asyncio.sleep(0.1)
    raise TimeoutError(f"not ready after {READY_TIMEOUT_S:.0f} s: {last}")


def announce(options: Options, ready: dict[str, Any], ready_file: Path) -> None:
    """Tells a person where to go, and leaves the same for programs in `run/ready.json`."""
    accounts = options.places.demo / "accounts.json"
    demo = options.places.run / "demo.json"
    facts: dict[str, Any] = {
        "http": f"http://localhost:{options.port}",
        "https": [f"https://{address}:{options.https_port}" for address in host_addresses()],
        "media_port": options.media_port,
        "parts": ready,
        "demo": json.loads(demo.read_text(encoding="utf-8")) if demo.exists() else None,
    }
    print(_sentences(facts, json.loads(accounts.read_text(encoding="utf-8")) if accounts.exists() else []))
    sys.stdout.flush()
    partial = ready_file.with_suffix(".partial")
    partial.write_text(json.dumps(facts), encoding="utf-8")
    os.replace(partial, ready_file)


def _sentences(facts: dict[str, Any], accounts: list[dict[str, str]]) -> str:
    lines = ["", "Scopecast 已就绪 / is ready", ""]
    lines.append(f"  本机 / this machine    {facts['http']}")
    lines += [
        f"  其他设备 / other devices {address}" for address in facts["https"] if "127.0.0.1" not in address
    ]
    lines.append(f"  媒体 / media           UDP {facts['media_port']}")
    if facts["demo"]:
        lines += ["", f"  演示场次正在直播 / demonstration on air: {facts['http']}{facts['demo']['path']}"]
    if accounts:
        lines += [
            "",
            "  演示账号 / demonstration accounts (密码每次新建目录时随机生成 / made for this data directory)",
        ]
        lines += [
            f"    {entry['role']:<14} {entry['username']:<10} {entry['password']}" for entry in accounts
        ]
        lines += ["  动态码 / one-time code:  .venv/bin/scopecast code 用户名/USERNAME"]
    return "\n".join([*lines, "", "  按 Ctrl+C 停止 / Ctrl+C stops", ""])

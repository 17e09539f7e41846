"""`scopecast up`: the whole of Scopecast on one machine, until it is told to stop."""

import asyncio
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import aiohttp

from deploy.launch.certificate import host_addresses
from deploy.launch.database import Cluster
from deploy.launch.options import START_HEADER, Options
from deploy.launch.ownership import end_left_over, held
from deploy.launch.ports import http_ports, media_ports, refuse_taken, taken
from deploy.launch.refused import Params, StartRefused, place_in_use
from deploy.launch.stopping import stop_on_signal
from deploy.launch.supervisor import Part, Supervisor
from deploy.launch.turn import turn_part, turn_ports
from platform_api.kernel.keys import load_keys

READY_TIMEOUT_S: Final = 180.0
MEGABYTE: Final = 1024 * 1024
NEEDED_BYTES: Final = 200 * MEGABYTE  # a new database takes 50, and there must be something left to record
STOP_ORDER: Final = ("demo", "front", "worker", "recorder-standby", "recorder", "media-1", "turn")


async def up(options: Options) -> None:
    """Runs until SIGTERM or SIGINT.

    Raises StartRefused if this machine does not let us start, SettingsError if we or a part refuse the
    settings. A second start on the same data directory is refused and changes nothing.
    """
    stop = stop_on_signal()
    with place_in_use(options.data_dir), held(options.places, options.url):
        load_keys(options.data_dir, options.settings())
        cluster = Cluster.of(options)
        try:
            await asyncio.to_thread(make_way, options)
            await asyncio.to_thread(cluster.start)
            await cluster.migrate()
            await _run_parts(replace(options, start_id=token_hex(16)), stop)
        finally:
            await asyncio.to_thread(cluster.stop)


def make_way(options: Options) -> None:
    """Ends and removes what an earlier start left; raises StartRefused for want of space or of a port."""
    places = options.places
    for name in ("ready.json", "demo.json"):
        (places.run / name).unlink(missing_ok=True)
    end_left_over(places)
    refuse_full(places.root)
    refuse_taken([*http_ports(options), *media_ports(options), *turn_ports(options)])


def refuse_full(place: Path) -> None:
    """Raises StartRefused if a start would soon fill the disk."""
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        facts: Params = {"place": str(place), "free": free // MEGABYTE, "needed": NEEDED_BYTES // MEGABYTE}
        raise StartRefused("launch.disk_full", params=facts)


async def _run_parts(options: Options, stop: asyncio.Event) -> None:
    places = options.places
    supervisor = Supervisor(places.logs, roll=places.run / "parts.json")
    ready_file = places.run / "ready.json"
    try:
        for part in parts(options):
            supervisor.start(part)
        await _until_stopped(options, supervisor, stop, ready_file)
    finally:
        ready_file.unlink(missing_ok=True)
        await supervisor.close(STOP_ORDER)


async def _until_stopped(
    options: Options, supervisor: Supervisor, stop: asyncio.Event, ready_file: Path
) -> None:
    ready = asyncio.create_task(until_ready(options))
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
    places = options.places
    names = [("media-1", "media"), ("recorder", "recorder"), ("recorder-standby", "recorder")]
    names += [("worker", "worker"), ("front", "front")]
    if options.demo:
        names.append(("demo", "demo"))
    relay = turn_part(options)
    ours = [
        Part(
            name=name,
            command=options.command(role),
            spare=options.command(role, "--spare") if role == "media" else None,
            pulse=places.pulse(1) if role == "media" else None,
        )
        for name, role in names
    ]
    return [relay, *ours] if relay is not None else ours


async def until_ready(options: Options) -> dict[str, Any]:
    """Asks our front until every part answers.

    Raises StartRefused with what was missing, or if it is not our front that answers.
    """
    url = f"{options.own_url}/readyz"
    last: dict[str, Any] = {}
    deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as client:
        while asyncio.get_running_loop().time() < deadline:
            try:
                async with client.get(url) as answer:
                    if answer.headers.get(START_HEADER) != options.start_id:
                        raise taken(http_ports(options)[0])
                    last = await answer.json()
                    if answer.status == 200:
                        return last
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                last = {"parts": {"front": type(error).__name__}}
            await asyncio.sleep(0.1)
    missing = ", ".join(name for name, state in last.get("parts", {}).items() if state != "ok")
    facts: Params = {"seconds": int(READY_TIMEOUT_S), "missing": missing, "logs": str(options.places.logs)}
    raise StartRefused("launch.not_ready", params=facts)


def announce(options: Options, ready: dict[str, Any], ready_file: Path) -> None:
    """Tells a person where to go, and leaves the same for programs in `run/ready.json`."""
    accounts = options.places.demo / "accounts.json"
    demo = options.places.run / "demo.json"
    facts: dict[str, Any] = {
        "http": options.url,
        "https": options.https_urls(host_addresses()),
        "media_port": options.media_port,
        "media_protocols": "+".join(dict.fromkeys(port.protocol for port in media_ports(options))),
        "parts": ready,
        "demo": json.loads(demo.read_text(encoding="utf-8")) if options.demo else None,
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
    lines.append(f"  媒体 / media           {facts['media_protocols']} {facts['media_port']}")
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

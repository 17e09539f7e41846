"""The `scopecast` command."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import uvloop

from deploy.launch import demo_accounts, token
from deploy.launch.database import Cluster
from deploy.launch.demo.role import run_demo
from deploy.launch.front import run_front
from deploy.launch.options import Options
from deploy.launch.roles import run_jobs, run_media, run_recording
from deploy.launch.supervisor import EXIT_REFUSED, SAYS
from deploy.launch.up import up
from platform_api.kernel.config import SettingsError
from platform_api.kernel.log import configure_logging


async def _migrate(options: Options) -> None:
    cluster = Cluster.of(options)
    await asyncio.to_thread(cluster.start)
    await cluster.migrate()


ROLES: Final[dict[str, tuple[Callable[[Options], Awaitable[None]], str]]] = {
    "up": (up, "starts all of Scopecast on this machine"),
    "front": (run_front, "HTTP, signaling and the web client"),
    "media": (run_media, "one media node"),
    "recorder": (run_recording, "writes what rooms send into recordings"),
    "worker": (run_jobs, "background jobs"),
    "demo": (run_demo, "publishes the demonstration's pictures by WHIP"),
    "migrate": (_migrate, "brings the database's schema up to this version"),
}


def parser() -> ArgumentParser:
    """The whole command line."""
    found = ArgumentParser(prog="scopecast", description="Live endoscopy teaching for hospitals.")
    commands = found.add_subparsers(dest="command", required=True)
    for name, (_, help_text) in ROLES.items():
        Options.declare(commands.add_parser(name, help=help_text))
    token.declare(commands.add_parser("token", help="prints a grant for a room"))
    demo_accounts.declare(commands.add_parser("code", help="prints a demonstration account's one-time code"))
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit code."""
    parsed = parser().parse_args(words)
    configure_logging(human=parsed.command == "up")
    try:
        return _run(parsed)
    except (SettingsError, token.TokenRefused, demo_accounts.UnknownAccount) as error:
        print(f"{SAYS}{error}", file=sys.stderr)
        return EXIT_REFUSED


def _run(parsed: Namespace) -> int:
    if parsed.command == "token":
        print(token.make_token(parsed))
        return 0
    if parsed.command == "code":
        print(demo_accounts.code_now(parsed))
        return 0
    role, _ = ROLES[parsed.command]
    options = Options.of(parsed)
    options.places.make()

    async def work() -> None:
        await role(options)

    uvloop.run(work())
    return 0

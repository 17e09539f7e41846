"""The `scopecast` command."""

import asyncio
import importlib
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

import uvloop

from deploy.launch import demo_accounts, token, words
from deploy.launch.options import Options
from deploy.launch.refused import EXIT_UNABLE, StartRefused, place_in_use
from deploy.launch.supervisor import EXIT_REFUSED, SAYS
from platform_api.kernel.config import SettingsError
from platform_api.kernel.log import configure_logging

ROLES: Final[dict[str, tuple[str, str]]] = {
    "up": ("deploy.launch.up:up", "starts all of Scopecast on this machine"),
    "front": ("deploy.launch.front:run_front", "HTTP, signaling and the web client"),
    "media": ("deploy.launch.media_role:run_media", "one media node"),
    "recorder": ("deploy.launch.recorder_role:run_recording", "writes what rooms send into recordings"),
    "worker": ("deploy.launch.worker_role:run_jobs", "background jobs"),
    "demo": ("deploy.launch.demo.role:run_demo", "publishes the demonstration's pictures by WHIP"),
    "migrate": ("deploy.launch.database:run_migrate", "brings the database's schema up to this version"),
}
"""Where each role begins and what it is. A process loads its own role alone: it starts in less than half."""
INSIDE: Final = {"audit": "deploy.launch.trail:run", "appoint": "deploy.launch.appoint:run"}
"""Commands that work in the database of this machine and end."""


def parser() -> ArgumentParser:
    """The whole command line."""
    found = ArgumentParser(prog="scopecast", description="Live endoscopy teaching for hospitals.")
    commands = found.add_subparsers(dest="command", required=True)
    for name, (_, help_text) in ROLES.items():
        Options.declare(commands.add_parser(name, help=help_text))
    token.declare(commands.add_parser("token", help="prints a grant for a room"))
    words.declare_keys(commands.add_parser("keys", help="the keys under which files and columns are sealed"))
    demo_accounts.declare(commands.add_parser("code", help="prints a demonstration account's one-time code"))
    words.declare_audit(commands.add_parser("audit", help="whether the trail is whole; who saw what"))
    words.declare_appoint(commands.add_parser("appoint", help="gives one of the three duties to an account"))
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit code."""
    parsed = parser().parse_args(given)
    configure_logging(human=parsed.command == "up")
    try:
        return _run(parsed)
    except (SettingsError, token.TokenRefused, demo_accounts.UnknownAccount) as error:
        print(f"{SAYS}{error}", file=sys.stderr)
        return EXIT_REFUSED
    except StartRefused as error:
        print(error, file=sys.stderr)
        return EXIT_UNABLE


def _run(parsed: Namespace) -> int:
    if parsed.command == "token":
        print(token.make_token(parsed))
        return 0
    if parsed.command == "keys":
        print(asyncio.run(_load("deploy.launch.keys:run")(parsed)))
        return 0
    if parsed.command == "code":
        print(demo_accounts.code_now(parsed))
        return 0
    if parsed.command in INSIDE:
        with place_in_use(parsed.data_dir):
            does: Callable[[Namespace], Coroutine[Any, Any, int]] = _load(INSIDE[parsed.command])
            return uvloop.run(does(parsed))
    role: Callable[[Options], Awaitable[None]] = _load(ROLES[parsed.command][0])
    if parsed.spare and not sys.stdin.readline():  # the supervisor is gone
        return 0
    options = Options.of(parsed)
    with place_in_use(options.data_dir):
        options.places.make()

    async def work() -> None:
        await role(options)

    uvloop.run(work())
    return 0


def _load(place: str) -> Callable[..., Any]:
    """What stands at `module:name`, loaded only now."""
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found

"""`scopecast token`: a grant from the command line, for encoders and tests."""

from argparse import ArgumentParser, Namespace
from datetime import timedelta
from pathlib import Path

from platform_api.kernel.clock import SystemClock
from platform_api.kernel.config import Settings
from platform_api.kernel.ids import RoomId
from platform_api.kernel.keys import load_keys
from platform_api.kernel.rooms import ROLE_RIGHTS, Role, Source
from platform_api.kernel.tokens import Grant, SigningKey, sign_grant


def declare(parser: ArgumentParser) -> None:
    parser.add_argument("--room", required=True, help="the room; it exists from its first use")
    parser.add_argument("--publish", default="", help="sources, by commas: scope,hand,voice …, or all")
    parser.add_argument("--subscribe", default="", help="sources, by commas, or all")
    parser.add_argument("--ttl", type=int, default=3600, help="seconds that it is valid, at most 86400")
    parser.add_argument("--role", choices=[role.value for role in Role], default=Role.ENCODER.value)
    parser.add_argument("--name", default="CLI", help="the name that others see")
    parser.add_argument("--data-dir", type=Path, default=Path("var"))
    parser.add_argument("--config", type=Path)


class TokenRefused(Exception):
    """An unknown source, or a life that is too long; the text says which."""


def make_token(parsed: Namespace) -> str:
    """The grant as one line; raises TokenRefused."""
    keys = load_keys(parsed.data_dir.resolve(), Settings.read(parsed.config))
    try:
        return operator_token(
            keys.signing,
            room=parsed.room,
            name=parsed.name,
            role=Role(parsed.role),
            publish=sources(parsed.publish),
            subscribe=sources(parsed.subscribe),
            life=timedelta(seconds=parsed.ttl),
        )
    except ValueError as error:
        raise TokenRefused(str(error)) from error


def operator_token(
    key: SigningKey,
    *,
    room: str,
    name: str,
    role: Role,
    publish: frozenset[Source],
    subscribe: frozenset[Source],
    life: timedelta,
) -> str:
    """A signed grant of the operator, whose subject says so."""
    clock = SystemClock()
    grant = Grant(
        room=RoomId(room),
        subject=f"cli:{name}",
        name=name,
        role=role,
        expires_at=clock.now() + life,
        publish=publish,
        subscribe=subscribe,
        may=ROLE_RIGHTS[role],
    )
    return sign_grant(grant, key=key, clock=clock, operator=True)


def sources(text: str) -> frozenset[Source]:
    """Sources named by commas; `all` is every one, nothing is none."""
    if text == "all":
        return frozenset(Source)
    return frozenset(Source(part.strip()) for part in text.split(",") if part.strip())

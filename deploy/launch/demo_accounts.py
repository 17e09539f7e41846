"""The demonstration's accounts as they are kept on this machine, and their one-time codes."""

import json
import os
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass
from pathlib import Path

import pyotp


class UnknownAccount(Exception):
    """There is no such demonstration account in this data directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """What a stranger needs to sign in."""

    role: str
    name: str
    username: str
    password: str
    totp_secret: str


def accounts_file(demo: Path) -> Path:
    return demo / "accounts.json"


def read_accounts(demo: Path) -> list[DemoAccount]:
    """The kept accounts; none if the demonstration never ran here."""
    path = accounts_file(demo)
    if not path.exists():
        return []
    return [DemoAccount(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def keep_accounts(demo: Path, accounts: list[DemoAccount]) -> None:
    """Writes them for this user's eyes alone."""
    partial = accounts_file(demo).with_suffix(".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump([asdict(account) for account in accounts], out, ensure_ascii=False)
    os.replace(partial, accounts_file(demo))


def declare(parser: ArgumentParser) -> None:
    parser.add_argument("username", help="a demonstration account, as printed by `make run`")
    parser.add_argument("--data-dir", type=Path, default=Path("var"))


def code_now(parsed: Namespace) -> str:
    """The account's present one-time code (RFC 6238); raises UnknownAccount."""
    for account in read_accounts(parsed.data_dir.resolve() / "demo"):
        if account.username == parsed.username:
            return pyotp.TOTP(account.totp_secret).now()
    raise UnknownAccount(f"no demonstration account {parsed.username!r} in {parsed.data_dir}")

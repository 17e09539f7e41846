"""The words of commands that look into the database, apart from their work: others need not load that."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Final

from deploy.launch.options import Options


def declare_keys(parser: ArgumentParser) -> None:
    parser.add_argument(
        "act",
        choices=["rotate", "rewrap", "status", "retire"],
        help="rotate: adds a key and has all come under it; rewrap: does that here; status: counts what is "
        "under which key; retire: takes a key away under which nothing is any more",
    )
    parser.add_argument("key", nargs="?", default="", help="the key to retire")
    Options.declare(parser)


def declare_audit(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True)
    verify = acts.add_parser("verify", help="recomputes the chain; names the first entry that does not fit")
    kit = acts.add_parser("breach", help="what somebody saw, took away or passed on since a moment")
    kit.add_argument("--actor", required=True, help="a username, or the id that stands in the trail")
    kit.add_argument("--since", required=True, type=moment, help="ISO 8601; UTC if it names no zone")
    kit.add_argument("--until", type=moment, help="ISO 8601; now if left out")
    kit.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    for each in (verify, kit):
        Options.declare(each)


DUTIES: Final = ("system", "security", "audit")


def declare_appoint(parser: ArgumentParser) -> None:
    parser.add_argument("username", help="an account that holds no duty and keeps no accounts")
    parser.add_argument("duty", choices=DUTIES, help="which of the three duties")
    Options.declare(parser)


def moment(text: str) -> datetime:
    """An aware moment."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)

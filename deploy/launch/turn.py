"""Debian's coturn as a part of this machine: a relay for those who reach neither port of the media node.

It relays to the media node's addresses and nowhere else, for those whom the front gave credentials.
"""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path
from secrets import token_hex
from typing import Final

from deploy.launch.certificate import CERTIFICATE_FILE, KEY_FILE, tls_context
from deploy.launch.options import Options
from deploy.launch.ports import Port
from deploy.launch.refused import StartRefused
from deploy.launch.supervisor import Part
from media.config import MediaSettings
from media.transport.addresses import advertised_addresses, host_addresses
from media.turn import Relays, TurnSettings, urls_of
from platform_api.kernel.clock import Clock
from platform_api.kernel.keys import kept_text
from platform_api.kernel.log import get_logger

PROGRAM: Final = "turnserver"
ADVISED: Final = (4, 9, 0)
"""MD-09; an update of the distribution for its own release counts as much."""
UPDATED: Final = re.compile(r"\+deb\d+u\d+|ubuntu\d+\.\d+")
ASKING_S: Final = 5.0
ALLOCATIONS_A_USER: Final = 10
ALLOCATIONS: Final = 1200
NONCE_LIFE_S: Final = 600
FLAGS: Final = (
    "use-auth-secret",
    "secure-stun",
    "fingerprint",
    "no-cli",
    "no-multicast-peers",
    "no-tcp-relay",
    "no-dtls",
    "no-tlsv1",
    "no-tlsv1_1",
    "no-rfc5780",
    "no-stun-backward-compatibility",
    "no-software-attribute",
    "no-dynamic-ip-list",
    "no-dynamic-realms",
    "simple-log",
)
EVERYBODY: Final = ("0.0.0.0-255.255.255.255", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")


def settings_of(options: Options) -> TurnSettings:
    """Raises SettingsError."""
    settings = options.settings().section("turn", TurnSettings)
    settings.check()
    return settings


def relays_of(options: Options, clock: Clock) -> Relays:
    """What the front tells those whom it admits."""
    settings = settings_of(options)
    urls = settings.urls
    if settings.serve and not urls:
        urls = urls_of(_node_addresses(options), port=settings.port, tls_port=settings.tls_port)
    secret = _secret(options, settings) if urls else ""
    return Relays(urls, secret, settings.ttl_s, clock)


def turn_ports(options: Options) -> list[Port]:
    """The ports of the relay, if it is ours to run; its relay ports are taken as they are needed."""
    settings = settings_of(options)
    if not settings.serve:
        return []
    udp, tcp = socket.SOCK_DGRAM, socket.SOCK_STREAM
    named = (("turn.port", settings.port, udp), ("turn.port", settings.port, tcp))
    return [
        Port(option=option, number=number, host="0.0.0.0", kind=kind)  # noqa: S104 - as the relay does
        for option, number, kind in (*named, ("turn.tls_port", settings.tls_port, tcp))
    ]


def turn_part(options: Options) -> Part | None:
    """The relay with a fresh configuration, if it is ours to run; raises StartRefused if it is missing."""
    settings = settings_of(options)
    if not settings.serve:
        return None
    program = shutil.which(PROGRAM)
    if program is None:
        raise StartRefused("launch.turn_missing", params={"program": PROGRAM})
    warn_of_age(program)
    tls_context(options.places.tls)  # makes the certificate if this is the first start
    file = options.places.run / "turn" / "turnserver.conf"
    write_private(file, configuration(options, settings, file.parent))
    return Part(name="turn", command=[program, "-c", str(file)])


def warn_of_age(program: str) -> None:
    """Says so in the log where the relay is older than what is advised."""
    version, package = (
        said_by(program, "--version"),
        said_by("dpkg-query", "-W", "-f", "${Version}", "coturn"),
    )
    if not is_advised(version, package):
        advised = ".".join(map(str, ADVISED))
        get_logger("launch").warning(
            "launch.turn_outdated", version=version, package=package, advised=advised
        )


def said_by(*command: str) -> str:
    """The last line of what a program says of itself; nothing where it cannot be asked."""
    try:
        ended = subprocess.run(  # noqa: S603 - our own words
            command, capture_output=True, text=True, timeout=ASKING_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next(reversed(ended.stdout.split()), "")


def is_advised(version: str, package: str) -> bool:
    """Whether coturn is new enough, or updated by its distribution; what says no version is not."""
    numbers = re.search(r"(\d+)\.(\d+)\.(\d+)", version)
    is_new = numbers is not None and tuple(map(int, numbers.groups())) >= ADVISED
    return is_new or (package.startswith(version) and version != "" and UPDATED.search(package) is not None)


def configuration(options: Options, settings: TurnSettings, folder: Path) -> str:
    """coturn's file: nobody may do anything that is not named here."""
    tls = options.places.tls
    rows: list[tuple[str, object]] = [
        ("listening-port", settings.port),
        ("tls-listening-port", settings.tls_port),
        ("min-port", settings.first_relay_port),
        ("max-port", settings.last_relay_port),
        ("realm", "scopecast"),
        ("static-auth-secret", _secret(options, settings)),
        ("stale-nonce", NONCE_LIFE_S),
        ("user-quota", ALLOCATIONS_A_USER),
        ("total-quota", ALLOCATIONS),
        ("cert", tls / CERTIFICATE_FILE),
        ("pkey", tls / KEY_FILE),
        ("userdb", folder / "users.sqlite"),
        ("pidfile", folder / "turnserver.pid"),
        ("log-file", "stdout"),
    ]
    rows += [("relay-ip", address) for address in _relay_addresses(options)]
    rows += [("allowed-peer-ip", address) for address in _node_addresses(options)]
    rows += [("denied-peer-ip", everybody) for everybody in EVERYBODY]
    return "".join([*(f"{name}={value}\n" for name, value in rows), *(f"{flag}\n" for flag in FLAGS)])


def write_private(file: Path, text: str) -> None:
    """For our user alone, since it holds the secret."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    os.replace(partial, file)


def _secret(options: Options, settings: TurnSettings) -> str:
    return settings.secret or kept_text(options.places.secrets / "turn.key", token_hex(32))


def _media(options: Options) -> MediaSettings:
    return options.settings().section("media", MediaSettings)


def _relay_addresses(options: Options) -> list[str]:
    """From where it sends to the node: the node's own addresses, or behind NAT all that this machine has."""
    here = host_addresses(ipv6=_media(options).ipv6)
    return [address for address in _node_addresses(options) if address in here] or list(here)


def _node_addresses(options: Options) -> tuple[str, ...]:
    media = _media(options)
    host, host6 = media.hosts()
    return advertised_addresses(media.advertised_addresses, loopback=False, host=host, host6=host6)

"""What the command line says of one machine, and how a child process is told the same."""

import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.launch.places import Places
from platform_api.kernel.config import Settings

START_HEADER: Final = "X-Scopecast-Start"
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what answers here, asked from here
LOOPBACK: Final = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where this machine keeps its data and on which ports it answers."""

    data_dir: Path
    config: Path | None
    host: str
    port: int
    https_port: int
    media_port: int
    demo: bool
    start_id: str = ""
    """Which `scopecast up` this belongs to: the front says it at /readyz."""

    @classmethod
    def declare(cls, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data-dir", type=Path, default=Path("var"), help="where everything is kept (var)"
        )
        parser.add_argument(
            "--config", type=Path, help="a settings file; deploy/config/sample.toml explains all"
        )
        parser.add_argument("--host", default="0.0.0.0", help="address of HTTP and HTTPS")  # noqa: S104
        parser.add_argument("--port", type=int, default=8080, help="HTTP, for this machine itself (8080)")
        parser.add_argument("--https-port", type=int, default=8443, help="HTTPS, for everybody else (8443)")
        parser.add_argument(
            "--media-port", type=int, default=7882, help="UDP and TCP port of the first media node (7882)"
        )
        parser.add_argument("--demo", action="store_true", help="demonstration accounts and a session on air")
        parser.add_argument("--start-id", default="", help=SUPPRESS)
        parser.add_argument("--spare", action="store_true", help=SUPPRESS)

    @classmethod
    def of(cls, parsed: Namespace) -> "Options":
        return cls(
            data_dir=parsed.data_dir.resolve(),
            config=parsed.config.resolve() if parsed.config else None,
            host=parsed.host,
            port=parsed.port,
            https_port=parsed.https_port,
            media_port=parsed.media_port,
            demo=parsed.demo,
            start_id=parsed.start_id,
        )

    @property
    def own_url(self) -> str:
        """HTTP as the parts on this machine ask it: at loopback, unless the front listens elsewhere alone."""
        return f"http://{_in_url(EVERYWHERE.get(self.host, self.host))}:{self.port}"

    @property
    def url(self) -> str:
        """HTTP as a person on this machine opens it."""
        at_loopback = EVERYWHERE.get(self.host, self.host) in LOOPBACK
        return f"http://localhost:{self.port}" if at_loopback else self.own_url

    def https_urls(self, addresses: Sequence[str]) -> list[str]:
        """HTTPS as others open it, at these addresses of the machine or at the one chosen."""
        chosen = addresses if self.host in EVERYWHERE else [self.host]
        return [f"https://{_in_url(address)}:{self.https_port}" for address in chosen]

    @property
    def places(self) -> Places:
        return Places.at(self.data_dir)

    def settings(self) -> Settings:
        return Settings.read(self.config)

    def command(self, role: str, *extra: str) -> Sequence[str]:
        """The command line of a child with this role and the same options."""
        words = [
            sys.executable,
            "-m",
            "deploy.launch",
            role,
            "--data-dir",
            str(self.data_dir),
            "--host",
            self.host,
        ]
        words += ["--port", str(self.port), "--https-port", str(self.https_port)]
        words += ["--media-port", str(self.media_port)]
        words += ["--config", str(self.config)] if self.config else []
        words += ["--demo"] if self.demo else []
        words += ["--start-id", self.start_id] if self.start_id else []
        return [*words, *extra]


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address

"""Where one machine keeps what: every path below the data directory, in one place."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Paths below one data directory (absolute)."""

    root: Path

    @classmethod
    def at(cls, root: Path) -> "Places":
        return cls(root.resolve())

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def run(self) -> Path:
        """Sockets of the parts that speak to each other on this machine."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def recordings(self) -> Path:
        return self.root / "recordings"

    @property
    def rooms(self) -> Path:
        return self.root / "rooms"

    @property
    def demo(self) -> Path:
        return self.root / "demo"

    @property
    def tls(self) -> Path:
        return self.root / "tls"

    def media_socket(self, node: int) -> Path:
        return self.run / f"media-{node}.sock"

    def pulse(self, node: int) -> Path:
        """What a media node touches each second while its loop turns."""
        return self.run / f"media-{node}.pulse"

    @property
    def recorder_socket(self) -> Path:
        return self.run / "recorder.sock"

    def make(self) -> None:
        """Creates what is missing; the root may be walked by the database's user, the rest is ours alone."""
        self.root.mkdir(parents=True, exist_ok=True)
        for private in (self.secrets, self.run, self.logs, self.recordings, self.rooms, self.demo, self.tls):
            private.mkdir(mode=0o700, exist_ok=True)

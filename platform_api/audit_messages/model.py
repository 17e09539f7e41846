"""Where audit messages go, and how far they are, as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogSettings:
    """Section `syslog`. Without a host nothing leaves."""

    host: str = ""
    port: int = 6514
    ca_path: str = ""
    certificate_path: str = ""
    key_path: str = ""
    source: str = "scopecast"
    site: str = ""
    batch: int = 500
    timeout_s: float = 10.0
    retry_s: float = 5.0

    @property
    def receiver(self) -> str:
        """How the receiver is named where its progress is kept."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far a receiver has confirmed the trail; `waiting` entries have come since."""

    receiver: str
    number: int
    waiting: int
    delivered_at: datetime | None
    failed_at: datetime | None
    failure: str

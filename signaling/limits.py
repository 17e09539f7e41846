"""How much one connection and one user may ask: token buckets, pure, with the time as an argument.

A user's buckets outlive the connection, so that coming back does not buy a new allowance (SG-02).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from signaling.errors import RateExceeded
from signaling.messages.catalogue import RequestSpec

EVENTS_PER_S: Final = 50.0
EVENT_BURST: Final = 150
BYTES_PER_S: Final = 1_000_000.0
BYTES_BURST: Final = 2_000_000
STRIKES_PER_S: Final = 5.0
STRIKE_BURST: Final = 200
"""So many refusals for rate are borne before the connection is cut; they are forgiven at 5 a second."""

MAX_STILLS: Final = 200
MAX_PENDING_REQUESTS: Final = 64
MAX_BACKLOG_FRAMES: Final = 4000
VOLATILE_BACKLOG_FRAMES: Final = 100
USERS_KEPT: Final = 20_000
_PER_USER: Final = frozenset({"room.join", "media.offer"})


@dataclass(slots=True)
class TokenBucket:
    """Holds up to `burst` tokens and refills at `rate_per_s`."""

    rate_per_s: float
    burst: float
    level: float = field(init=False)
    seen_s: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        self.level = self.burst

    def take(self, now_s: float, amount: float = 1.0) -> bool:
        """Takes the amount if it is there."""
        self._refill(now_s)
        if self.level < amount:
            return False
        self.level -= amount
        return True

    def wait_s(self, now_s: float, amount: float = 1.0) -> float:
        """How long until the amount is there."""
        self._refill(now_s)
        return max(0.0, (amount - self.level) / self.rate_per_s)

    def full(self, now_s: float) -> bool:
        self._refill(now_s)
        return self.level >= self.burst

    def _refill(self, now_s: float) -> None:
        if now_s > self.seen_s:
            if self.seen_s != float("-inf"):
                self.level = min(self.burst, self.level + (now_s - self.seen_s) * self.rate_per_s)
            self.seen_s = now_s


class UserMeter:
    """What one user spends over all connections."""

    def __init__(self, specs: Mapping[str, RequestSpec]) -> None:
        self.octets = TokenBucket(BYTES_PER_S, BYTES_BURST)
        self.events = TokenBucket(EVENTS_PER_S, EVENT_BURST)
        self.named = {
            name: TokenBucket(specs[name].rate_per_s, specs[name].burst) for name in sorted(_PER_USER)
        }

    def idle(self, now_s: float) -> bool:
        """Nothing is owed: forgetting this meter gives nothing away."""
        return all(bucket.full(now_s) for bucket in (self.octets, self.events, *self.named.values()))


class ConnectionMeter:
    """What one connection spends; it also charges the user."""

    def __init__(self, specs: Mapping[str, RequestSpec], user: UserMeter) -> None:
        self._specs = specs
        self._user = user
        self._events = TokenBucket(EVENTS_PER_S, EVENT_BURST)
        self._strikes = TokenBucket(STRIKES_PER_S, STRIKE_BURST)
        self._named: dict[str, TokenBucket] = {}

    def spend(self, name: str, now_s: float) -> None:
        """Pays for one request; raises RateExceeded with the time after which it may work."""
        buckets = [self._events, self._user.events]
        spec = self._specs.get(name)
        if spec is not None:
            own = self._named.setdefault(name, TokenBucket(spec.rate_per_s, spec.burst))
            buckets += [own, *([self._user.named[name]] if name in self._user.named else [])]
        paid = [bucket.take(now_s) for bucket in buckets]
        if not all(paid):
            raise RateExceeded(retry_after_s=round(max(bucket.wait_s(now_s) for bucket in buckets), 3))

    def strike(self, now_s: float) -> bool:
        """Counts one refusal for rate; True when there were too many and the connection is to be cut."""
        return not self._strikes.take(now_s)


class UserMeters:
    """The meters of all users by subject; those who owe nothing are forgotten when there are many."""

    def __init__(self, specs: Mapping[str, RequestSpec], *, kept: int = USERS_KEPT) -> None:
        self._specs = specs
        self._kept = kept
        self._meters: dict[str, UserMeter] = {}

    def of(self, subject: str, now_s: float) -> UserMeter:
        if subject not in self._meters and len(self._meters) >= self._kept:
            self.forget_idle(now_s)
        return self._meters.setdefault(subject, UserMeter(self._specs))

    def forget_idle(self, now_s: float) -> None:
        self._meters = {name: meter for name, meter in self._meters.items() if not meter.idle(now_s)}

    def __len__(self) -> int:
        return len(self._meters)

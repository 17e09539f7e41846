"""Whether a peer is still there, and still wants what we send (RFC 7675), by when it was last heard."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds. Consent is asked for every `ask_s`, a fifth sooner or later, as RFC 7675 5.1 wants it.

    A peer of whom nothing was heard for `doubt_s` is asked every `ask_again_s`, and is dead after `dead_s`;
    one that lives and never answers has withdrawn its consent after `consent_s`. A process that is late by
    more than `late_s` was deaf meanwhile.
    """

    ask_s: float = 5.0
    doubt_s: float = 4.0
    ask_again_s: float = 0.5
    dead_s: float = 7.0
    consent_s: float = 30.0
    late_s: float = 0.5


PATIENCE = Patience()


class Vigil:
    """Over one peer. Anything authentic shows that it lives; an answer to our question that it consents."""

    def __init__(self, patience: Patience, now: float) -> None:
        self._patience = patience
        self._heard_s = self._consented_s = self._asked_s = now

    def heard(self, now: float) -> None:
        self._heard_s = now

    def consented(self, now: float) -> None:
        self._heard_s = self._consented_s = now

    def asked(self, now: float) -> None:
        self._asked_s = now

    def excuse(self, late_s: float) -> None:
        """We ourselves were late by so much, and may not have heard: that is no silence of the peer's."""
        if late_s > self._patience.late_s:
            self._heard_s += late_s

    def doubts(self, now: float) -> bool:
        """Whether the peer has been silent for longer than a living one would."""
        return now - self._heard_s >= self._patience.doubt_s

    def wait_s(self, now: float, spread: float) -> float:
        """How long until it is time to ask; `spread` 0..1 keeps peers apart."""
        patience = self._patience
        if self.doubts(now):
            return max(0.0, self._asked_s + patience.ask_again_s - now)
        regular_s = self._asked_s + patience.ask_s * (0.8 + 0.4 * spread)
        return max(0.0, min(regular_s, self._heard_s + patience.doubt_s) - now)

    def is_over(self, now: float, *, must_consent: bool) -> bool:
        """Whether nothing may be sent to the peer any more."""
        if now - self._heard_s >= self._patience.dead_s:
            return True
        return must_consent and now - self._consented_s >= self._patience.consent_s

"""The seam to whoever carries short messages; a gateway's adapter is one class with `send`."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger

KEPT: Final = 100


class SmsWay(StrEnum):
    """How short messages leave."""

    OFF = "off"
    LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """Section `notify`."""

    sms: SmsWay = SmsWay.OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """One message: to whom, which template of the gateway, and what it fills in."""

    phone: str
    template: str
    params: Mapping[str, str]


class SmsSender(Protocol):
    """Carries a message; raises Unavailable if it cannot be handed on now."""

    async def send(self, message: Sms) -> None: ...


class NoSender:
    """Where no gateway is set."""

    async def send(self, message: Sms) -> None:  # noqa: ARG002 - the protocol's
        """Raises Unavailable."""
        raise Unavailable("sms.off")


class LogSender:
    """The stand-in of demonstrations and tests: keeps the last messages, and logs them without the number."""

    def __init__(self) -> None:
        self.kept: deque[Sms] = deque(maxlen=KEPT)
        self._log = get_logger("notify")

    async def send(self, message: Sms) -> None:
        """Keeps it."""
        self.kept.append(message)
        self._log.info("sms.kept", template=message.template, params=dict(message.params))


class Messages:
    """What domains call; the sender can be changed for a gateway's."""

    def __init__(self, sender: SmsSender) -> None:
        self.sender = sender

    async def send(self, message: Sms) -> None:
        """Hands the message on; raises Unavailable."""
        await self.sender.send(message)

"""Where a user is signed in, and which device that is, in the few words that a person needs; pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from platform_api.identity.visitor import LoginMethod


class DeviceKind(StrEnum):
    """What one holds in the hand."""

    COMPUTER = "computer"
    PHONE = "phone"
    TABLET = "tablet"
    PROGRAM = "program"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device: its kind, and the names of its system and browser, empty where they are not known."""

    kind: DeviceKind
    system: str
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLogin:
    """One signing-in that has not ended."""

    id: str
    method: LoginMethod
    address: str
    device: Device
    began_at: datetime
    seen_at: datetime


# The first that fits: many agents name several, the more special one first here.
SYSTEMS: Final = (
    ("HarmonyOS", r"HarmonyOS|OpenHarmony"),
    ("iPad", r"iPad"),
    ("iPhone", r"iPhone|iPod"),
    ("Android", r"Android"),
    ("Windows", r"Windows NT"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)
BROWSERS: Final = (
    ("微信 WeChat", r"MicroMessenger"),
    ("钉钉 DingTalk", r"DingTalk"),
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("360", r"QihooBrowser|360SE|360EE"),
    ("QQ", r"QQBrowser|MQQBrowser"),
    ("UC", r"UCBrowser|UBrowser"),
    ("Quark", r"Quark"),
    ("Opera", r"OPR/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
PROGRAMS: Final = re.compile(
    r"^(?:curl|Wget|python|aiohttp|okhttp|Go-http|Java|PostmanRuntime)", re.IGNORECASE
)
PHONES: Final = frozenset({"iPhone"})
TABLETS: Final = frozenset({"iPad"})
COMPUTERS: Final = frozenset({"Windows", "macOS", "ChromeOS", "Linux"})


def device_of(agent: str) -> Device:
    """The device that sends this user agent; what it says proves nothing, it only helps to recognise one."""
    if PROGRAMS.match(agent):
        return Device(kind=DeviceKind.PROGRAM, system="", browser=agent.split("/")[0][:20])
    system = _first(SYSTEMS, agent)
    return Device(kind=_kind(system, agent), system=system, browser=_first(BROWSERS, agent))


def _kind(system: str, agent: str) -> DeviceKind:
    if system in TABLETS or "Tablet" in agent:
        return DeviceKind.TABLET
    if system in PHONES or "Mobile" in agent or "Phone" in agent:
        return DeviceKind.PHONE
    if system in {"Android", "HarmonyOS"}:
        return DeviceKind.TABLET
    return DeviceKind.COMPUTER if system in COMPUTERS else DeviceKind.UNKNOWN


def _first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in table if re.search(pattern, agent)), "")

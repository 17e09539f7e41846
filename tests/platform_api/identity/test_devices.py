"""Which device that was, in few words."""

import pytest

from platform_api.identity.devices import DeviceKind, device_of

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CASES = [
    (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/126.0 Safari/537.36 Edg/126.0",
        (DeviceKind.COMPUTER, "Windows", "Edge"),
    ),
    (
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) {WEBKIT} Version/17.5 Safari/605.1",
        (DeviceKind.COMPUTER, "macOS", "Safari"),
    ),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0", (DeviceKind.COMPUTER, "Linux", "Firefox")),
    (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {WEBKIT} Mobile/15E MicroMessenger/8.0",
        (DeviceKind.PHONE, "iPhone", "微信 WeChat"),
    ),
    (
        f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {WEBKIT} Chrome/126.0 Mobile Safari/537.36",
        (DeviceKind.PHONE, "Android", "Chrome"),
    ),
    (
        f"Mozilla/5.0 (Linux; Android 13; SM-X700) {WEBKIT} Chrome/126.0 Safari/537.36",
        (DeviceKind.TABLET, "Android", "Chrome"),
    ),
    (
        f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {WEBKIT} Safari/604",
        (DeviceKind.TABLET, "iPad", "Safari"),
    ),
    (
        f"Mozilla/5.0 (Phone; OpenHarmony 5.0) {WEBKIT} Chrome/114.0 Mobile",
        (DeviceKind.PHONE, "HarmonyOS", "Chrome"),
    ),
    (
        f"Mozilla/5.0 (Windows NT 6.1) {WEBKIT} Chrome/86.0 QihooBrowser",
        (DeviceKind.COMPUTER, "Windows", "360"),
    ),
    ("python-requests/2.32", (DeviceKind.PROGRAM, "", "python-requests")),
    ("", (DeviceKind.UNKNOWN, "", "")),
    ("<script>alert(1)</script>", (DeviceKind.UNKNOWN, "", "")),
]


@pytest.mark.parametrize(("agent", "expected"), CASES)
def test_a_device_is_named_by_kind_system_and_browser(
    agent: str, expected: tuple[DeviceKind, str, str]
) -> None:
    device = device_of(agent)

    assert (device.kind, device.system, device.browser) == expected

"""A real browser that may use nothing but the relay: by UDP, by TCP, by TLS (F20)."""

import asyncio
import time
from typing import Final

import pytest

from media.control import PublicationStarted
from tests.deploy.test_turn import HERE, Relay, needs_relay, node_here, relay
from tests.support.aiortc_peer import Events
from tests.support.browser import chromium
from tests.support.canvas_publisher import publish_canvas
from tests.support.fault_line import fault_line

__all__ = ["relay"]

CONNECTED_WITHIN_S: Final = 10.0
KNOWS_HERE: Final = f"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE {HERE}"
UNTRUSTED: Final = "--ignore-certificate-errors"
"""A relay's certificate is our own here: no browser knows who made it."""
WAYS: Final = """
async () => {
  const rows = await peer.getStats();
  for (const row of rows.values()) {
    if (row.type !== "transport" || !row.selectedCandidatePairId) continue;
    const local = rows.get(rows.get(row.selectedCandidatePairId).localCandidateId);
    return [local.candidateType, local.relayProtocol];
  }
  return null;
}
"""


@pytest.mark.e2e
@needs_relay
@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
async def test_F20_browser_sends_its_picture_by_the_relay_alone(relay: Relay, way: str) -> None:
    (server,) = relay.relays.ice_servers(f"browser-{way}")
    scheme, transport = ("turns:", "tcp") if way == "tls" else ("turn:", way)
    urls = [url for url in server["urls"] if url.startswith(scheme) and url.endswith(transport)]
    async with node_here() as client, chromium(UNTRUSTED, KNOWS_HERE) as browser:
        events = Events(client)
        await client.watch("room-1")
        page = await browser.new_page()
        began = time.monotonic()
        await publish_canvas(
            page, client, {"iceServers": [{**server, "urls": urls}], "iceTransportPolicy": "relay"}
        )
        async with asyncio.timeout(CONNECTED_WITHIN_S):
            await events.until(PublicationStarted)

        took_s, figure = time.monotonic() - began, f"picture by a relay over {way} after"
        print(fault_line("F20", figure, [took_s], holds=took_s <= 10, unit="s", lost=0))
        assert await page.evaluate(WAYS) == ["relay", way]

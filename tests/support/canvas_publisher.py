"""A bare page of Chromium that sends a moving canvas to a node as the expert's scope."""

from typing import Any, Final

from playwright.async_api import Page

from media.client import MediaClient
from media.control import Negotiate, OfferedPublication
from platform_api.kernel.rooms import Source

# A picture that moves, over one peer connection; it is `peer` in the page.
OFFER: Final = """
async (configuration) => {
  window.peer = new RTCPeerConnection(configuration);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  setInterval(() => {
    context.fillStyle = `rgb(${Date.now() % 255}, 0, 0)`;
    context.fillRect(0, 0, 300, 150);
  }, 50);
  const [track] = canvas.captureStream(15).getVideoTracks();
  const transceiver = peer.addTransceiver(track, {direction: "sendonly"});
  await peer.setLocalDescription(await peer.createOffer());
  return {sdp: peer.localDescription.sdp, mid: transceiver.mid};
}
"""


async def publish_canvas(page: Page, client: MediaClient, configuration: dict[str, Any]) -> None:
    """Negotiates for it in `room-1`; `configuration` is the browser's RTCConfiguration."""
    offered: dict[str, Any] = await page.evaluate(OFFER, configuration)
    negotiated = await client.negotiate(
        Negotiate(
            room="room-1",
            participant="expert",
            peer="peer-of-expert",
            offer=offered["sdp"],
            publications=(OfferedPublication(mid=offered["mid"], source=Source.SCOPE),),
            may_publish=frozenset(Source),
        )
    )
    await page.evaluate("sdp => peer.setRemoteDescription({type: 'answer', sdp})", negotiated.answer)

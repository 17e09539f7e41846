"""A camera that is no more than its RTP: VP8 frames whose every number the test knows."""

from media.core.extensions import encode_block
from tests.support.media_factory import vp8
from tests.support.rtp_peer import RtpPeer


class Camera:
    """Sends frames of two packets each, at thirty a second of RTP time."""

    def __init__(
        self,
        peer: RtpPeer,
        ssrc: int,
        *,
        payload_type: int = 96,
        sequence: int = 60_000,
        rid: str | None = None,
    ) -> None:
        self.peer, self.ssrc, self.payload_type = peer, ssrc, payload_type
        self.sequence, self.timestamp, self.picture = sequence, 5_000, 100
        self.block = b"" if rid is None else encode_block([(1, b"0"), (2, rid.encode())])

    def frame(self, body: bytes = b"", *, key: bool = False) -> None:
        for first in (True, False):
            self.peer.send(
                vp8(body, key=key, first=first, picture=self.picture, tl0=self.picture),
                sequence=self.sequence % 65536,
                timestamp=self.timestamp,
                ssrc=self.ssrc,
                payload_type=self.payload_type,
                marker=not first,
                extension_block=self.block,
            )
            self.sequence += 1
        self.timestamp += 3000
        self.picture += 1

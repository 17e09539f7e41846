"""A peer on a loopback socket with real SRTP: sends what a browser would, keeps what it gets."""

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pylibsrtp

from media.core import rtcp
from media.core.rtp import RtpHeader, build_packet, parse_header
from media.plane import PacketPlane, SrtpKeys, SrtpProfile
from platform_api.kernel.ids import PeerId

WAIT_S = 5.0
_NUMBERS = {
    SrtpProfile.AEAD_AES_128_GCM: (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    SrtpProfile.AEAD_AES_256_GCM: (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
    SrtpProfile.AES128_CM_SHA1_80: (pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
}


@dataclass(frozen=True, slots=True)
class Received:
    """One RTP packet in plaintext; `at_ms` is the loop's time when it was read."""

    header: RtpHeader
    data: bytes
    at_ms: float = 0.0

    @property
    def payload(self) -> bytes:
        return self.data[self.header.payload_start : self.header.payload_end]


class RtpPeer:
    """Its address is checked at the plane from the beginning, and its keys are set if `has_keys`."""

    def __init__(
        self,
        plane: PacketPlane,
        name: str,
        *,
        profile: SrtpProfile = SrtpProfile.AEAD_AES_128_GCM,
        family: socket.AddressFamily = socket.AF_INET,
        has_keys: bool = True,
    ) -> None:
        self.plane = plane
        self.id = PeerId(name)
        self.rtp: list[Received] = []
        self.rtcp: list[rtcp.Packet] = []
        self.ciphertexts: list[bytes] = []
        self.bad = 0
        self.drop: Callable[[Received], bool] = lambda _: False
        self._changed = asyncio.Event()
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self.server = (host, plane.local_port)
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        self.address = self.socket.getsockname()[:2]
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self.socket.fileno(), self._read)
        plane.add_peer(self.id, local_ufrag=f"ufrag-{name}")
        plane.bind_address(self.id, self.address)
        plane.select_address(self.id, self.address)
        self.keys = self._agree(profile)
        if has_keys:
            plane.set_keys(self.id, self.keys)

    def set_keys(self, profile: SrtpProfile) -> None:
        """New keys at both ends."""
        self.keys = self._agree(profile)
        self.plane.set_keys(self.id, self.keys)

    def _agree(self, profile: SrtpProfile) -> SrtpKeys:
        number, size = _NUMBERS[profile]
        send, receive = os.urandom(size), os.urandom(size)
        policy = pylibsrtp.Policy(key=send, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND, srtp_profile=number)
        policy.allow_repeat_tx = True
        self._sending = pylibsrtp.Session(policy)
        self._receiving = pylibsrtp.Session(
            pylibsrtp.Policy(key=receive, ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND, srtp_profile=number)
        )
        return SrtpKeys(profile=profile, transmit=receive, receive=send)

    def send(
        self,
        payload: bytes,
        *,
        sequence: int,
        timestamp: int,
        ssrc: int,
        payload_type: int = 96,
        marker: bool = False,
        extension_block: bytes = b"",
        padding: int = 0,
    ) -> None:
        self.send_plain(
            build_packet(
                payload_type=payload_type,
                sequence=sequence,
                timestamp=timestamp,
                ssrc=ssrc,
                payload=payload,
                marker=marker,
                extension_block=extension_block,
                padding=padding,
            )
        )

    def send_plain(self, packet: bytes) -> None:
        """Protects and sends these bytes, whatever they are, as RTP."""
        self.socket.sendto(self._sending.protect(packet), self.server)

    def send_rtcp(self, *packets: rtcp.Packet) -> None:
        self.send_plain_rtcp(rtcp.write_compound(packets))

    def send_plain_rtcp(self, compound: bytes) -> None:
        self.socket.sendto(self._sending.protect_rtcp(compound), self.server)

    def send_raw(self, datagram: bytes) -> None:
        self.socket.sendto(datagram, self.server)

    def _read(self) -> None:
        while True:
            try:
                data = self.socket.recv(2048)
            except BlockingIOError:
                break
            try:
                self._take(data)
            except pylibsrtp.Error:
                self.bad += 1
        self._changed.set()

    def _take(self, data: bytes) -> None:
        if 192 <= data[1] <= 223:
            self.rtcp.extend(rtcp.parse_compound(self._receiving.unprotect_rtcp(data)))
            return
        header = parse_header(data[:12] if not data[0] & 0x10 else data)
        if self.drop(Received(header, data)):
            return
        plain = self._receiving.unprotect(data)
        self.ciphertexts.append(data)
        self.rtp.append(Received(parse_header(plain), plain, self._loop.time() * 1000))

    async def until(self, condition: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
        """Waits for datagrams until the condition holds."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_plane(self, condition: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
        """Waits for the plane's own state, looking at each turn of the loop."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0)

    async def packets(self, count: int) -> list[Received]:
        """The first `count` RTP packets."""
        await self.until(lambda: len(self.rtp) >= count)
        return self.rtp[:count]

    def feedback(self, kind: type[rtcp.Packet]) -> list[rtcp.Packet]:
        return [packet for packet in self.rtcp if isinstance(packet, kind)]

    def close(self) -> None:
        self._loop.remove_reader(self.socket.fileno())
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

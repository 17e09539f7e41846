"""Which of several nominated ways media takes."""

from aioice.candidate import Candidate
from aioice.ice import CandidatePair

from media.plane import Address
from media.plane_python.plane import PythonPlane
from media.transport.ice import PlaneConnection
from platform_api.kernel.ids import PeerId


class NotingPlane(PythonPlane):
    """Notes where media is to go."""

    def __init__(self) -> None:
        super().__init__(port=0, host6=None)
        self.selected: list[Address | None] = []

    def select_address(self, peer: PeerId, address: Address | None) -> None:
        self.selected.append(address)
        super().select_address(peer, address)


def candidate(host: str, *, priority: int) -> Candidate:
    return Candidate(host, 1, "udp", priority, host, 4000, "host")


async def test_of_all_that_a_peer_nominates_the_best_counts() -> None:
    plane = NotingPlane()
    connection = PlaneConnection(
        PeerId("anna"),
        plane,
        [candidate("192.0.2.1", priority=100)],
        local_username="ufraganna",
        local_password="apasswordofsomelength00",
    )
    await connection.gather_candidates()
    (protocol,) = connection._protocols
    low, high = (
        CandidatePair(protocol, candidate(host, priority=priority))
        for host, priority in (("192.0.2.7", 10), ("192.0.2.8", 20))
    )
    for pair in (low, high):
        pair.nominated = True
        pair.state = CandidatePair.State.SUCCEEDED
    connection._check_list = [low, high]

    for pair in (low, high, low, high, low):
        connection.check_complete(pair)

    assert plane.selected == [("192.0.2.7", 4000), ("192.0.2.8", 4000)]
    await connection.close()

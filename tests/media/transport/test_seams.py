"""The private names of aiortc and aioice that we build on: an upgrade that moves one fails here, loudly."""

import inspect
from importlib.metadata import version

from aioice.ice import Connection, StunProtocol
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceTransport

from media.transport import dtls, ice


def test_versions_are_the_ones_that_were_read() -> None:
    assert version("aiortc") == "1.16.0"
    assert version("aioice") == "0.13.0"


async def test_ice_names_are_where_we_look() -> None:
    connection = Connection(ice_controlling=False)

    assert [name for name in ice.PRIVATE_NAMES if not hasattr(connection, name)] == []
    overridden = ("check_complete", "check_incoming", "data_received", "gather_candidates", "query_consent")
    for name in (*overridden, "close", "build_request"):
        assert callable(getattr(Connection, name))
    assert list(inspect.signature(Connection.check_incoming).parameters) == [
        "self",
        "message",
        "addr",
        "protocol",
    ]
    assert list(inspect.signature(StunProtocol.datagram_received).parameters) == ["self", "data", "addr"]


async def test_transport_takes_its_connection_from_the_gatherer() -> None:
    gatherer = RTCIceGatherer(iceServers=[])
    gatherer._connection = Connection(ice_controlling=False)
    transport = RTCIceTransport(gatherer)

    assert transport._connection is gatherer._connection
    assert transport._recv == gatherer._connection.recv


async def test_dtls_names_are_where_we_look() -> None:
    transport = RTCDtlsTransport(
        RTCIceTransport(RTCIceGatherer(iceServers=[])), [RTCCertificate.generateCertificate()]
    )

    assert [name for name in dtls.PRIVATE_NAMES if not hasattr(transport, name)] == []
    assert {item.openssl_profile for item in transport._srtp_profiles} == set(dtls.PREFERENCE)
    assert "_setup_srtp" in inspect.getsource(RTCDtlsTransport.start)


def test_MD_10_each_process_makes_its_own_certificate() -> None:
    first, second = dtls.Certificate(), dtls.Certificate()

    assert [item.algorithm for item in first.fingerprints] == ["sha-256"]
    assert first.fingerprints != second.fingerprints

"""Checks that the engine answers by itself, so that a busy Python never loses a peer (RFC 7675)."""

import socket
from typing import TYPE_CHECKING

from aioice import stun
from aioice.stun import Class, Message, Method

from media.plane import Address
from tests.media.plane_python.conftest import MakePeer
from tests.support.plane_listener import RecordingListener
from tests.support.rtp_peer import RtpPeer

if TYPE_CHECKING:
    from media.plane_native.plane import NativePlane

PASSWORD = "a-password-of-thirty-two-letters"


def check(transaction: bytes, *, password: str = PASSWORD, controlling: bool = True) -> bytes:
    message = Message(message_method=Method.BINDING, message_class=Class.REQUEST, transaction_id=transaction)
    message.attributes["USERNAME"] = "ufrag-anna:far"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING" if controlling else "ICE-CONTROLLED"] = 7
    message.add_message_integrity(password.encode())
    message.add_fingerprint()
    return bytes(message)


class Answers:
    """The STUN messages that a peer gets, integrity checked by aioice."""

    def __init__(self, peer: RtpPeer) -> None:
        peer._loop.remove_reader(peer.socket.fileno())
        peer.socket.settimeout(5)
        self.socket = peer.socket

    def next(self) -> Message:
        message = stun.parse_message(self.socket.recv(2048))
        assert message.check_message_integrity(PASSWORD.encode())
        return message


async def test_a_check_from_a_known_address_is_answered_without_python(
    plane: "NativePlane", make_peer: MakePeer, listener: RecordingListener
) -> None:
    peer = make_peer("anna")
    answers = Answers(peer)
    plane.add_peer(peer.id, local_ufrag="ufrag-anna", local_password=PASSWORD)

    peer.send_raw(check(b"t" * 12))
    answer = answers.next()  # blocks the event loop: nobody above has a hand in it

    assert answer.message_class is Class.RESPONSE
    assert answer.transaction_id == b"t" * 12
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == peer.address
    assert plane.counters()["out.stun_answers"] == 1
    await listener.until(lambda: bool(listener.control))
    assert listener.control == [(peer.id, check(b"t" * 12), peer.address)]


async def test_the_answer_from_above_is_not_sent_a_second_time(
    plane: "NativePlane", make_peer: MakePeer
) -> None:
    peer = make_peer("anna")
    answers = Answers(peer)
    plane.add_peer(peer.id, local_ufrag="ufrag-anna", local_password=PASSWORD)
    peer.send_raw(check(b"t" * 12))
    answers.next()

    plane.send_control(peer.id, response(b"t" * 12, peer.address), peer.address)
    plane.send_control(peer.id, response(b"u" * 12, peer.address), peer.address)

    assert answers.next().transaction_id == b"u" * 12


def response(transaction: bytes, address: Address) -> bytes:
    message = Message(message_method=Method.BINDING, message_class=Class.RESPONSE, transaction_id=transaction)
    message.attributes["XOR-MAPPED-ADDRESS"] = address
    message.add_message_integrity(PASSWORD.encode())
    message.add_fingerprint()
    return bytes(message)


async def test_other_checks_are_left_to_those_above(
    plane: "NativePlane", make_peer: MakePeer, listener: RecordingListener
) -> None:
    peer = make_peer("anna")
    plane.add_peer(peer.id, local_ufrag="ufrag-anna", local_password=PASSWORD)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unknown:
        unknown.sendto(check(b"a" * 12), ("127.0.0.1", plane.local_port))
        peer.send_raw(check(b"b" * 12, password="another"))
        peer.send_raw(check(b"c" * 12, controlling=False))
        plane.select_address(peer.id, None)
        peer.send_raw(check(b"d" * 12))
        await listener.until(lambda: len(listener.control) == 4)

    assert plane.counters()["out.stun_answers"] == 0

"""What the plane tells both sides about time, loss and rate."""

import time

import pytest

from media.core import rtcp
from media.core.extensions import (
    decode_capture_time,
    elements,
    encode_audio_level,
    encode_block,
    encode_capture_time,
    ntp_to_unix_ms,
    unix_ms_to_ntp,
)
from media.plane import ExtensionIds
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PeerId, PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import (
    AUDIO_SSRC,
    SLOT_SSRC,
    audio_track,
    video_slot,
    video_track,
    vp8,
)
from tests.support.plane_listener import RecordingListener
from tests.support.rtp_peer import RtpPeer

SCOPE = PublicationId("anna.scope")
SSRC = 0x10
WRONG_BY_MS = 86_400_000.0
SLACK_MS = 150.0
"""What a busy machine may add between sending and reading."""


def wall_ms() -> float:
    return time.time() * 1000


def report_of(publisher: RtpPeer, captured_ms: float, timestamp: int) -> None:
    """A sender report of one whose clock is a day fast."""
    publisher.send_rtcp(
        rtcp.SenderReport(SSRC, unix_ms_to_ntp(captured_ms + WRONG_BY_MS), timestamp, 1, 100),
        rtcp.SourceDescription(((SSRC, "anna"),)),
    )


async def test_the_publisher_hears_of_loss_and_of_what_we_can_take(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher = make_peer("anna")
    plane.set_tracks(publisher.id, [video_track()])
    for sequence in (0, 1, 3):
        publisher.send(vp8(), sequence=sequence, timestamp=0, ssrc=SSRC)
    report_of(publisher, wall_ms(), 0)

    def heard() -> list[rtcp.ReportBlock]:
        reports = [packet for packet in publisher.rtcp if isinstance(packet, rtcp.ReceiverReport)]
        return [block for report in reports for block in report.blocks if block.last_sender_report]

    await publisher.until(lambda: bool(heard()) and bool(publisher.feedback(rtcp.Remb)))

    block = heard()[0]
    assert (block.ssrc, block.cumulative_lost) == (SSRC, 1)
    assert block.highest_sequence & 0xFFFF == 3
    assert block.delay < 2 * 65536
    estimate = publisher.feedback(rtcp.Remb)[0]
    assert isinstance(estimate, rtcp.Remb)
    assert (estimate.bitrate_bps, estimate.ssrcs) == (8_000_000, (SSRC,))
    assert publisher.feedback(rtcp.SourceDescription)


async def test_subscribers_see_the_servers_clock_whatever_the_publishers_says(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot(extensions=ExtensionIds(mid=1, abs_capture_time=7))])
    plane.attach(subscriber.id, "5", SCOPE)
    captured = wall_ms()
    publisher.send(vp8(key=True), sequence=0, timestamp=9000, ssrc=SSRC)
    report_of(publisher, captured, 9000)
    await listener.until(lambda: bool(listener.slot_clocks))
    publisher.send(vp8(), sequence=1, timestamp=18_000, ssrc=SSRC)
    second = (await subscriber.packets(2))[1]
    await subscriber.until(lambda: bool(subscriber.feedback(rtcp.SenderReport)))

    (report,) = subscriber.feedback(rtcp.SenderReport)[:1]
    assert isinstance(report, rtcp.SenderReport)
    assert report.ssrc == SLOT_SSRC
    assert ntp_to_unix_ms(report.ntp) == pytest.approx(wall_ms(), abs=2000)
    assert report.packets == 2
    ticks = (second.header.timestamp - report.rtp_timestamp + 2**31) % 2**32 - 2**31
    assert ntp_to_unix_ms(report.ntp) + ticks / 90 == pytest.approx(captured + 100, abs=SLACK_MS)

    publication, rid, point = listener.clocks[-1]
    assert (publication, rid, point.clock_rate) == (SCOPE, "", 90_000)
    assert point.capture_ms + (9000 - point.rtp_timestamp) / 90 == pytest.approx(captured, abs=SLACK_MS)
    peer, mid, slot_point = listener.slot_clocks[-1]
    assert (peer, mid) == (PeerId("ben"), "5")
    ticks = (second.header.timestamp - slot_point.rtp_timestamp + 2**31) % 2**32 - 2**31
    assert slot_point.capture_ms + ticks / 90 == pytest.approx(captured + 100, abs=SLACK_MS)

    stamp, _ = decode_capture_time(elements(second.data, second.header)[7])
    assert stamp == pytest.approx(captured + 100, abs=SLACK_MS)


async def test_capture_times_of_the_publisher_are_laid_on_the_servers_axis(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher = make_peer("anna")
    plane.set_tracks(publisher.id, [video_track()])
    now = wall_ms()
    report_before_media = rtcp.SenderReport(SSRC, unix_ms_to_ntp(now + WRONG_BY_MS), 0, 0, 0)
    block = encode_block([(5, encode_capture_time(now - 250 + WRONG_BY_MS))])

    publisher.send(vp8(), sequence=0, timestamp=9000, ssrc=SSRC, extension_block=block)
    publisher.send_rtcp(report_before_media)
    await listener.until(lambda: len(listener.clocks) >= 2)

    assert listener.clocks[-1][2].capture_ms == pytest.approx(now - 250, abs=SLACK_MS)


async def test_round_trips_and_loss_come_from_the_subscribers_reports(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    publisher.send(vp8(key=True), sequence=0, timestamp=0, ssrc=SSRC)
    await subscriber.packets(1)
    sent_ms = wall_ms() - 340

    subscriber.send_rtcp(
        rtcp.ReceiverReport(
            1,
            (
                rtcp.ReportBlock(
                    ssrc=SLOT_SSRC,
                    fraction_lost=64,
                    cumulative_lost=1,
                    highest_sequence=1,
                    jitter=0,
                    last_sender_report=unix_ms_to_ntp(sent_ms) >> 16 & 0xFFFFFFFF,
                    delay=round(0.3 * 65536),
                ),
            ),
        )
    )
    await subscriber.until_plane(lambda: plane.peer_stats(subscriber.id).slots[0].rtt_ms is not None)

    slot = plane.peer_stats(subscriber.id).slots[0]
    assert slot.rtt_ms is not None
    assert 39 < slot.rtt_ms < 39 + SLACK_MS
    assert slot.fraction_lost == 0.25
    assert (slot.packets, slot.publication, slot.layer) == (1, SCOPE, "")


async def test_loudness_is_told_at_most_ten_times_a_second(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher = make_peer("anna")
    plane.set_tracks(publisher.id, [audio_track()])
    voice = PublicationId("anna.voice")
    began = time.monotonic()

    for sequence in range(30):
        level = encode_block([(4, encode_audio_level(-50 + sequence))])
        publisher.send(
            b"opus", sequence=sequence, timestamp=960 * sequence, ssrc=AUDIO_SSRC, payload_type=111,
            extension_block=level,
        )  # fmt: skip
    await publisher.until_plane(lambda: _packets(plane, publisher.id) == 30)
    await listener.until(lambda: bool(listener.levels))

    assert listener.levels[0] == (voice, -50)
    assert len(listener.levels) <= 1 + (time.monotonic() - began) * 10


def _packets(plane: PythonPlane, peer: PeerId) -> int:
    return sum(layer.packets for track in plane.peer_stats(peer).tracks for layer in track.layers)

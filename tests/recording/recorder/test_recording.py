"""A recording holds every picture at the time it was captured, through all that happens to its sources."""

from pathlib import Path

import pytest

from media.control import PublicationChanged
from platform_api.kernel.rooms import Source
from recording.manifest import PartState, RecordingState
from tests.support.packetise import Sender, encode_video, encode_voice
from tests.support.recordings import (
    Stage,
    files_without_row,
    heard_samples,
    rows_without_file,
    settle,
    shown,
    track_of,
)
from tests.support.sealed import folder_of


@pytest.mark.parametrize("codec", ["H264", "VP9", "AV1"])
async def test_every_picture_stands_at_its_capture_time(tmp_path: Path, codec: str) -> None:
    stage = Stage(tmp_path)
    room = await stage.start()
    origin_ms = room.run.origin_ms
    stage.clock.advance(2.345)
    sender = Sender(codec)
    scope = await stage.publish("p1", Source.SCOPE, sender)
    uneven = [n * 33.3 + (n % 3) * 4 for n in range(300)]
    frames = encode_video(codec, 300, gop=60, captures_ms=uneven)

    base = await stage.play([(scope, sender, frames)])
    manifest = await stage.stop()

    (part,) = track_of(manifest, scope).parts
    pictures = shown(folder_of(tmp_path / "rec"), part)
    assert [picture.counter for picture in pictures] == list(range(300))
    errors = [picture.at_ms + origin_ms - base - at for picture, at in zip(pictures, uneven, strict=True)]
    assert max(map(abs, errors)) <= 1
    assert manifest.state is RecordingState.COMPLETE
    assert len(part.segments) >= 2
    assert sum(segment.duration_ms for segment in part.segments) == pytest.approx(
        part.end_ms - part.start_ms, abs=3
    )
    assert files_without_row(folder_of(tmp_path / "rec"), manifest) == set()
    assert rows_without_file(folder_of(tmp_path / "rec"), manifest) == set()
    assert [change.state for change in stage.changes] == [RecordingState.RECORDING, RecordingState.COMPLETE]


async def test_what_a_publisher_had_kept_back_stands_at_its_capture_time(tmp_path: Path) -> None:
    """Encoders begin with the frames of the time in which they connected: the clock seems late at first."""
    stage = Stage(tmp_path)
    origin_ms = (await stage.start()).run.origin_ms
    sender = Sender("H264")
    scope = await stage.publish("p1", Source.SCOPE, sender)
    captures = [n * 40.0 for n in range(5)] + [2000 + n * 40.0 for n in range(100)]
    frames = encode_video("H264", len(captures), gop=25, captures_ms=captures)
    base = stage.now_ms()
    stage.clock.advance(2)
    stage.node.clock(scope, sender, 0, base + 2000)
    for frame in frames[:5]:
        stage.node.send_frame(scope, sender, frame, stage.now_ms())
    await stage.tick_at(stage.now_ms() + 20)
    stage.node.clock(scope, sender, 0, base)

    await stage.play([(scope, sender, frames[5:])], base_ms=base, told_clock=False)
    manifest = await stage.stop()

    (part,) = track_of(manifest, scope).parts
    at = [picture.at_ms + origin_ms - base for picture in shown(folder_of(tmp_path / "rec"), part)]
    assert at == pytest.approx(captures, abs=1)
    assert len(part.segments) <= 3


async def test_voice_is_whole_and_holes_in_it_are_silence(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.start()
    sender = Sender("opus")
    voice = await stage.publish("p1", Source.VOICE, sender)
    frames = encode_voice(10)
    heard = [frame for frame in frames if not 100 <= frame.counter < 120]

    await stage.play([(voice, sender, heard)])
    manifest = await stage.stop()

    (part,) = track_of(manifest, voice).parts
    assert heard_samples(folder_of(tmp_path / "rec"), part) == 500 * 960
    assert part.end_ms - part.start_ms == 10_000


async def test_a_publisher_that_reconnects_goes_on_in_the_same_track(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    origin_ms = (await stage.start()).run.origin_ms
    first = Sender("H264", ssrc=1, base=5)
    scope = await stage.publish("p1", Source.SCOPE, first)
    base = await stage.play([(scope, first, encode_video("H264", 60, gop=30))])
    second = Sender("H264", ssrc=2, base=3_000_000_000)
    stage.clock.advance(5)
    again = stage.now_ms()
    await stage.publish("p1", Source.SCOPE, second)
    await stage.play([(scope, second, encode_video("H264", 60, gop=30, first=1000))])

    manifest = await stage.stop()

    one, two = track_of(manifest, scope).parts
    assert [picture.counter for picture in shown(folder_of(tmp_path / "rec"), one)] == list(range(60))
    pictures = shown(folder_of(tmp_path / "rec"), two)
    assert [picture.counter for picture in pictures] == list(range(1000, 1060))
    assert pictures[0].at_ms == pytest.approx(again - origin_ms, abs=1)
    assert one.start_ms == pytest.approx(base - origin_ms, abs=1)


async def test_a_new_size_or_codec_begins_a_new_part(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.start()
    sender = Sender("VP9")
    scope = await stage.publish("p1", Source.SCOPE, sender)
    small = encode_video("VP9", 30)
    large = encode_video("VP9", 30, width=640, height=480, captures_ms=[1000 + n * 33.3 for n in range(30)])
    await stage.play([(scope, sender, [*small, *large])])
    other = Sender("H264", ssrc=9)
    await stage.publish("p1", Source.SCOPE, other)
    await stage.play([(scope, other, encode_video("H264", 30))])

    manifest = await stage.stop()

    parts = track_of(manifest, scope).parts
    assert [(part.codec, part.width) for part in parts] == [("VP9", 320), ("VP9", 640), ("H264", 320)]
    assert [len(shown(folder_of(tmp_path / "rec"), part)) for part in parts] == [30, 30, 30]


async def test_a_loss_asks_for_a_keyframe_and_drops_what_cannot_be_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.start()
    sender = Sender("H264")
    scope = await stage.publish("p1", Source.SCOPE, sender)
    frames = encode_video("H264", 60, gop=30)
    base = stage.now_ms()
    stage.node.clock(scope, sender, 0, base)
    asked_before = None
    for frame in frames:
        stage.clock.advance(1 / 30)
        packets = sender.packets(frame)
        if frame.counter == 10:
            asked_before = len(stage.node.keyframes_asked)
            packets = packets[:-1]
        stage.node.send(scope, packets, stage.now_ms())
        await settle()
    assert asked_before is not None
    assert len(stage.node.keyframes_asked) > asked_before

    await stage.tick_at(stage.now_ms() + 1)
    manifest = await stage.stop()

    (part,) = track_of(manifest, scope).parts
    assert [picture.counter for picture in shown(folder_of(tmp_path / "rec"), part)] == [
        *range(10),
        *range(30, 60),
    ]


async def test_a_keyframe_is_asked_for_when_the_last_is_old(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.start()
    sender = Sender("H264")
    scope = await stage.publish("p1", Source.SCOPE, sender)

    await stage.play([(scope, sender, encode_video("H264", 450, gop=450))])

    assert 2 <= len(stage.node.keyframes_asked) <= 3


async def test_the_best_layer_of_a_simulcast_is_recorded(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.start()
    low, high = Sender("VP9", ssrc=1), Sender("VP9", ssrc=2, base=77)
    scope = await stage.publish("p1", Source.SCOPE, low)
    small = encode_video("VP9", 60, width=160, height=120, bit_rate=60_000)
    large = encode_video("VP9", 60, width=640, height=480, bit_rate=900_000)
    base = stage.now_ms()
    stage.node.clock(scope, low, 0, base, rid="l")
    stage.node.clock(scope, high, 0, base, rid="h")
    for one, other in zip(small, large, strict=True):
        stage.clock.advance(1 / 30)
        stage.node.send(scope, low.packets(one), stage.now_ms(), rid="l")
        stage.node.send(scope, high.packets(other), stage.now_ms(), rid="h")

    await stage.tick_at(stage.now_ms() + 1)
    manifest = await stage.stop()

    (part,) = track_of(manifest, scope).parts
    assert (part.width, len(shown(folder_of(tmp_path / "rec"), part))) == (640, 60)


async def test_what_is_switched_off_is_not_recorded(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.start()
    sender = Sender("H264")
    hand = await stage.publish("p1", Source.HAND, sender)
    await stage.play([(hand, sender, encode_video("H264", 45, gop=15))])
    stage.node.tell(PublicationChanged(room="room", publication=hand, on=False))
    await stage.play([(hand, sender, encode_video("H264", 60, gop=15, first=500))])
    stage.node.tell(PublicationChanged(room="room", publication=hand, on=True))
    await stage.play([(hand, sender, encode_video("H264", 45, gop=15, first=900))])

    manifest = await stage.stop()

    parts = track_of(manifest, hand).parts
    counters = [[picture.counter for picture in shown(folder_of(tmp_path / "rec"), part)] for part in parts]
    assert counters == [list(range(45)), list(range(900, 945))]


async def test_vp8_waits_for_a_job(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.start()
    sender = Sender("VP8")
    hand = await stage.publish("p1", Source.HAND, sender)
    await stage.play([(hand, sender, encode_video("VP8", 45, gop=15))])

    manifest = await stage.stop()

    (part,) = track_of(manifest, hand).parts
    assert (part.codec, part.state, part.width) == ("VP8", PartState.PENDING, 320)


async def test_start_and_stop_may_be_said_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    room = await stage.start()
    assert await stage.start() is room
    await stage.stop()

    await stage.recorder.stop(recording="rec")
    await stage.recorder.stop(recording="never-heard-of")

    assert [change.state for change in stage.changes][-1] is RecordingState.COMPLETE
